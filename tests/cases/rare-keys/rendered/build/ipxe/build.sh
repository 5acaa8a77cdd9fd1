#!/bin/sh
# Made by ipxegen for the site Rare keys: edit the site, not this file.
#
# Builds the loaders of the site into FOLDER, or else into the folder tftp beside this script:
#   sh build.sh [FOLDER]
# Then copy the content of FOLDER into the TFTP root.
# CROSS_X86, CROSS_ARM32, CROSS_ARM64, CROSS_RISCV64 and CROSS_LOONG64 are the prefixes of cross compilers.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
out=${1:-$here/tftp}
case $out in /*) ;; *) out=$PWD/$out ;; esac
source='/usr/src/ipxe'

fail() {
    printf 'build.sh: %s\n' "$1" >&2
    exit 1
}

# Debian: apt-get install build-essential git perl liblzma-dev
for tool in gcc make perl git; do
    command -v "$tool" >/dev/null || fail "$tool is not installed"
done
echo '#include <lzma.h>' | gcc -E - >/dev/null 2>&1 || fail 'lzma.h is missing: install liblzma-dev'

case $source in
*://* | *@*:*)
    [ -d "$here/ipxe-source" ] || git clone --depth 1 -- "$source" "$here/ipxe-source"
    tree=$here/ipxe-source
    ;;
/*) tree=$source ;;
*) tree=$here/$source ;;
esac
[ -f "$tree/src/Makefile" ] && tree=$tree/src
[ -f "$tree/Makefile" ] || fail "$tree is not the source of iPXE"

# cross MACHINES PREFIX: prints the prefix of the compiler, and nothing if this machine is one of MACHINES.
cross() {
    machine=$(uname -m)
    case " $1 " in
    *" $machine "*) ;;
    *) printf '%s' "$2" ;;
    esac
}
x86=$(cross 'x86_64 i686 i586 i386' "${CROSS_X86:-x86_64-linux-gnu-}")
arm32=$(cross 'armv7l armv6l' "${CROSS_ARM32:-arm-linux-gnueabihf-}")
arm64=$(cross 'aarch64' "${CROSS_ARM64:-aarch64-linux-gnu-}")
riscv64=$(cross 'riscv64' "${CROSS_RISCV64:-riscv64-linux-gnu-}")
loong64=$(cross 'loongarch64' "${CROSS_LOONG64:-loongarch64-linux-gnu-}")

# build TARGET CROSS: makes one target of iPXE's Makefile.
build() {
    make -C "$tree" "$1" ${2:+"CROSS=$2"} "EMBED=$here/"'chain.ipxe'
}

# put TARGET NAME: copies it to the name below the TFTP root that clients ask for.
put() {
    mkdir -p "$out/$(dirname -- "$2")"
    cp -- "$tree/$1" "$out/$2"
    chmod 0644 "$out/$2"
    printf '%s\n' "$out/$2"
}

: "$x86" "$arm32" "$arm64" "$riscv64" "$loong64"

build 'bin/undionly.kpxe' "$x86"
put 'bin/undionly.kpxe' 'undionly.kpxe'

build 'bin-x86_64-efi/ipxe.efi' "$x86"
put 'bin-x86_64-efi/ipxe.efi' 'ipxe.efi'

build 'bin-arm32-efi/ipxe.efi' "$arm32"
put 'bin-arm32-efi/ipxe.efi' 'arm32/ipxe.efi'

build 'bin-riscv64-efi/ipxe.efi' "$riscv64"
put 'bin-riscv64-efi/ipxe.efi' 'riscv64/ipxe.efi'

build 'bin-loong64-efi/ipxe.efi' "$loong64"
put 'bin-loong64-efi/ipxe.efi' 'loong64/ipxe.efi'
