//! Packages of other releases of Debian, unpacked with all libraries into a folder of the tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{require, skip};

/// Packages of a release of Debian.
pub struct Suite {
    name: &'static str,
    /// Its word in a site.
    pub os: &'static str,
    /// The folder below the target folder.
    folder: &'static str,
    packages: &'static str,
    root: OnceLock<Option<PathBuf>>,
}

impl Suite {
    const fn new(name: &'static str, os: &'static str, folder: &'static str, packages: &'static str) -> Self {
        Self { name, os, folder, packages, root: OnceLock::new() }
    }
}

const DHCP_SERVERS: &str = "kea-dhcp4-server kea-dhcp6-server dnsmasq-base";
pub static TRIXIE: Suite = Suite::new("trixie", "debian-13", "trixie", DHCP_SERVERS);
pub static FORKY: Suite = Suite::new("forky", "debian-14", "forky", DHCP_SERVERS);
/// The installer of Debian 13.
pub static TRIXIE_INSTALLER: Suite =
    Suite::new("trixie", "debian-13", "trixie-installer", "debian-installer-13-netboot-amd64");
/// iPXE of Debian 14, and the program that writes keys into a firmware's variables, which Debian 12 does not have.
pub static FORKY_BOOT: Suite =
    Suite::new("forky", "debian-14", "forky-boot", "ipxe ipxe-qemu python3-virt-firmware");

/// With an empty list of installed packages, apt downloads every library. The packages' own scripts do not run, so the
/// links of a merged /usr and the one user are made here. The root stays for the next run unless there are newer packages.
const UNPACK: &str = r#"
    folder=$1
    packages=$3
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
    cd "$folder"
    exec 9>lock
    flock 9
    : >status
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $2 main" >sources.list
    cat >apt.conf <<END
Dir::Etc::SourceList "$folder/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "$folder";
Dir::State::status "$folder/status";
Dir::Cache "$folder/cache";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Update::Error-Mode "any";
APT::Sandbox::User "root";
END
    export APT_CONFIG=$folder/apt.conf
    apt-get -q update
    apt-get -q -y --no-install-recommends --print-uris install $packages >wanted
    if cmp -s wanted unpacked; then exit; fi
    apt-get -q -y --no-install-recommends --download-only install $packages
    rm -rf root
    for name in bin sbin lib lib64; do mkdir -p root/usr/$name; ln -s usr/$name root/$name; done
    for package in cache/archives/*.deb; do dpkg-deb --extract "$package" root; done
    for name in dev proc run etc/kea etc/dnsmasq.d var/lib/kea; do mkdir -p root/$name; done
    echo root:x:0:0:root:/root:/bin/sh >root/etc/passwd
    apt-get clean
    mv wanted unpacked
"#;

impl Suite {
    /// The folder with the programs; none if they cannot be downloaded.
    pub fn root(&self) -> Option<&Path> {
        self.root.get_or_init(|| self.unpack()).as_deref()
    }

    fn unpack(&self) -> Option<PathBuf> {
        if !["apt-get", "dpkg-deb", "flock", "chroot"].into_iter().all(require) {
            return None;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(self.folder);
        let output = Command::new("sh")
            .args(["-ec", UNPACK, "sh"])
            .arg(&folder)
            .args([self.name, self.packages])
            .output()
            .expect("sh");
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            skip(&format!("Debian's {} cannot be downloaded:\n{said}", self.name));
            return None;
        }
        Some(folder.join("root"))
    }
}

/// Lays the server's own folders over those of a root, within a space that shares it.
pub const LAY_OVER: &str = r#"
    for name in dev proc run etc/kea etc/dnsmasq.d var/lib/kea; do
        mkdir -p "/$name"
        mount --rbind "/$name" "$root/$name"
    done
    chmod 750 /etc/kea
    mkdir -p -m 750 /run/kea
"#;
