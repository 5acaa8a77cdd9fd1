use std::fs;
use std::path::{Path, PathBuf};

use tempfile::{TempDir, tempdir};

use crate::support::program::{Ran, finish, ipxegen};

/// A site without findings.
pub const SITE: &str = "servers: { boot: { ip: 10.0.0.200/24, interfaces: [eth0] } }
subnets: { lan: { cidr: 10.0.0.0/24 } }
";

/// A text that no output may show.
pub const PLANTED: &str = "planted-Geheimnis-17";

/// A folder `site` with a site in it, and a folder `outside` that the site must not read.
pub struct Folders(TempDir);

impl Folders {
    pub fn new(more: &str) -> Self {
        let folders = Self(tempdir().unwrap());
        folders.write("site/site.yaml", &format!("{SITE}{more}\n"));
        folders.write("outside/file", &format!("{PLANTED}\n"));
        folders
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn link(&self, target: impl AsRef<Path>, name: &str) {
        std::os::unix::fs::symlink(target, self.path(name)).unwrap();
    }

    /// Runs the program in the site's folder. The planted text must not be in its output.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_on("", arguments)
    }

    #[track_caller]
    pub fn run_on(&self, stdin: &str, arguments: &[&str]) -> Ran {
        let mut command = ipxegen();
        command.current_dir(self.path("site")).args(arguments).env("IPXEGEN_TRUST", "a-secret-of-ours");
        command.env("PLANTED", PLANTED).stdin(std::process::Stdio::piped());
        let ran = finish(&mut command, stdin.as_bytes());
        assert!(!ran.stdout.contains(PLANTED), "it shows what it must not: {}", ran.stdout);
        assert!(!ran.stderr.contains(PLANTED), "it shows what it must not: {}", ran.stderr);
        ran
    }
}

/// Every way in which a site names a file; `PATH` stands for it.
pub const NAMED_FILES: &[&str] = &[
    "include: [PATH]",
    "include: [{ csv: PATH }]",
    "files: [{ path: /etc/motd, template: PATH }]",
    "loaders: { build: { embed: PATH } }",
    "boot_entries: { e: { kind: chain, url: { source: PATH } } }",
    "boot_entries: { e: { kind: debian_installer, dir: d, reinstall: every_boot, preseed: { source: PATH } } }",
    "boot_entries: { e: { kind: subiquity, dir: d, reinstall: every_boot, autoinstall: { source: PATH } } }",
    "boot_entries: { e: { kind: anaconda, dir: d, reinstall: every_boot, kickstart: { source: PATH } } }",
    "boot_entries: { e: { kind: autoyast, dir: d, reinstall: every_boot, profile: { source: PATH } } }",
    "boot_entries: { e: { kind: winpe, dir: d, inject: { a.cmd: { source: PATH } } } }",
    "boot_entries: { e: { kind: linux, kernel: k, cmdline: [{ prefix: p=, secret_file: PATH }] } }",
    "ipxe: { username: u, password_file: PATH }",
    "ipxe: { username: u, password_env: IPXEGEN_TRUST, reverse_username: u, reverse_password_file: PATH }",
    "hosts: { pc: { mac: '52:54:00:00:00:01', ip: 10.0.0.1, root_path: { iscsi: { server: nas, \
     target: 'iqn.2026-01.org.example:pc', chap: { user: pc, password_file: PATH } } } } }
iscsi: { servers: { nas: { portals: 10.0.0.9 } } }",
    "boot_entries: { e: { kind: winpe, dir: d, share: w, user: u, reinstall: every_boot, password_file: PATH } }
smb: { shares: { w: { path: /srv/w, users: [u] } } }",
    "boot_entries: { e: { kind: winpe, dir: d, share: w, reinstall: every_boot, unattend: { source: PATH } } }
smb: { shares: { w: { path: /srv/w, guest: true } } }",
];
