//! Words for the keys of `loaders` and `ipxe`.

use super::Equivalent::{Here, In, Instead};
use super::{ForeignWords, row};

pub(super) static WORDS: &[ForeignWords] = &[
    row(
        &["loaders"],
        "uefi efi efi64 x64 x86_64 uefi64 uefi_x64 amd64 efi_bc efi_amd64 bc_efi x86_64_efi",
        Here("efi_x64", ""),
    ),
    row(
        &["loaders"],
        "pc pcbios x86pc legacy undi x86 i386 pxe intel undionly filename default pxelinux",
        Here("bios", ""),
    ),
    row(
        &["loaders"],
        "grub ipxe snponly snp",
        Here("efi_x64", "the key is the kind of client, the value its loader: `efi_x64: snponly.efi`"),
    ),
    row(&["loaders"], "ia32 efi32 uefi32 uefi_ia32 efi_x86", Here("efi_ia32", "")),
    row(&["loaders"], "arm64 aarch64 uefi_arm64 efi_aarch64", Here("efi_arm64", "")),
    row(&["loaders"], "arm arm32 uefi_arm", Here("efi_arm32", "")),
    row(&["loaders"], "riscv riscv64", Here("efi_riscv64", "")),
    row(&["loaders"], "loong64 loongarch loongarch64 efi_loong64", Here("efi_loongarch64", "")),
    row(&["loaders"], "http httpboot http_boot uefi_http http_efi https", Here("http_x64", "")),
    row(&["loaders"], "secureboot shim sb", Here("secure_boot", "")),
    row(&["loaders"], "raspberry raspberrypi raspberry_pi pi", Here("rpi", "")),
    row(&["loaders"], "uboot u_boot", Here("uboot_arm64", "")),
    row(&["ipxe"], "menu menu_script script_file url boot_script filename chain", Here("script", "")),
    row(&["ipxe"], "protocol method via", Here("over", "")),
    row(&["ipxe"], "user", Here("username", "")),
    row(&["ipxe"], "syslog syslog_server", Here("syslogs", "")),
    row(&["ipxe"], "embed build", In("loaders", "build", "")),
    row(&["ipxe"], "user_class", Instead("iPXE is recognised by its user class without a setting")),
    row(&["ipxe"], "config configuration", Here("script", "")),
];
