use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::daemons::Server;
use crate::support::netns::Net;
use crate::support::{require, require_root, skip};

mod ansible;
mod ci;
mod deb;
mod release;
mod salt;

/// The program.
const IPXEGEN: &str = env!("CARGO_BIN_EXE_ipxegen");

/// The checkout: cargo runs tests in it.
fn checkout() -> PathBuf {
    env::current_dir().unwrap()
}

/// A folder for a test, which a [`Server`] can be given.
fn scratch() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// The output of a command, whatever its exit code.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs a command, which must succeed, and gives what it printed.
fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, said(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn render(site: &Path, to: &Path) {
    run(Command::new(IPXEGEN).args(["render", "--quiet", "--strict"]).arg(site).arg("-o").arg(to));
}

fn copy(from: &Path, to: &Path) {
    run(Command::new("cp").arg("-r").arg(from).arg(to));
}

/// The folder of a virtual environment, from a program in it.
fn environment(tool: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap();
    let mut bins = env::split_paths(&path).filter(|bin| bin.join(tool).is_file());
    let bin = bins.next().unwrap();
    fs::canonicalize(bin.parent().unwrap()).unwrap()
}

/// Every installation of a tool in the PATH, by the folder of its programs: the newest, and the oldest that we allow.
fn versions(tool: &str) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap();
    let mut found: Vec<PathBuf> = Vec::new();
    for bin in env::split_paths(&path).filter(|bin| bin.join(tool).is_file()) {
        let bin = fs::canonicalize(bin).unwrap();
        if !found.contains(&bin) {
            found.push(bin);
        }
    }
    if found.len() < 2 {
        skip(&format!("an old {tool} beside the new one is not installed"));
    }
    found
}

/// The folder of the library of a virtual environment's Python.
fn python(environment: &Path) -> PathBuf {
    let mut command = Command::new(environment.join("bin/python3"));
    run(command.args(["-c", "import sys; print(sys.base_prefix)"])).trim_end().into()
}

/// Every file below a folder, by its path, with its bytes and mode.
fn picture(folder: &Path) -> Vec<(String, Vec<u8>, u32)> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let name = entry.strip_prefix(folder).unwrap().display().to_string();
                let mode = fs::metadata(&entry).unwrap().permissions().mode() & 0o7777;
                all.push((name, fs::read(&entry).unwrap(), mode));
            }
        }
    }
    all.sort();
    all
}

/// A site of one server, as a text that the tests change.
fn minimal() -> String {
    fs::read_to_string("examples/minimal/site.yaml").unwrap()
}

/// A host more.
const HOST: &str = "hosts: { pc-1: { mac: \"52:54:00:00:00:01\", ip: 10.0.0.21 } }\n";

/// Text that ipxegen accepts and dhcpd refuses.
const NOT_FOR_DHCPD: &str = "dhcp: { raw: { dhcpd: \"no-such-statement 1;\" } }\n";

/// A network card that the server does not have: all checkers accept the files, and dhcpd does not start.
fn other_card(site: &str) -> String {
    site.replace("[eth0]", "[eth9]")
}

/// The server of the smallest site, its daemons running, and what a tool has to reach there.
struct Room {
    server: Server,
    folder: TempDir,
    _net: Net,
}

impl Room {
    fn new(tool: &str) -> Self {
        let folder = scratch();
        let program = Path::new(IPXEGEN).parent().unwrap();
        let tools = environment(tool);
        let python = python(&tools);
        let server = Server::sharing(&[&checkout(), folder.path(), program, &tools, &python]);
        let net = Net::new(&["lan"]);
        net.plug("lan", &server.space, "eth0", "10.0.0.200/24");
        // Python's queues want it.
        server.space.sh("mkdir -p /dev/shm /srv/tftp; mount -t tmpfs tmpfs /dev/shm");
        // The packages of this machine that the site needs, in a package database of the server's own.
        for package in ["isc-dhcp-server", "tftpd-hpa", "nginx"] {
            server.space.sh(&format!(
                "mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/dpkg/triggers\n\
                 printf 'Package: {package}\\nStatus: install ok installed\\nMaintainer: A <a@example.org>\\n\
                 Architecture: all\\nVersion: 1\\nDescription: a stand-in\\n\\n' >>/var/lib/dpkg/status\n\
                 touch /var/lib/dpkg/info/{package}.list"
            ));
        }
        let site = folder.path().join("site.yaml");
        fs::write(&site, minimal()).unwrap();
        let tree = folder.path().join("first");
        render(&site, &tree);
        server.install(&tree.join("boot"));
        server.dhcp();
        server.tftp();
        server.space.sh("for name in isc-dhcp-server tftpd-hpa; do update-rc.d $name defaults; update-rc.d $name enable; done >&2");
        Self { server, folder, _net: net }
    }

    fn site(&self, text: &str) {
        fs::write(self.folder.path().join("site.yaml"), text).unwrap();
    }

    /// The numbers of the daemons' processes.
    fn daemons(&self) -> [String; 2] {
        ["dhcpd", "in.tftpd"].map(|name| self.server.space.sh(&format!("pidof {name} || true")))
    }

    /// Whether a daemon starts when the server boots.
    fn is_enabled(&self, service: &str) -> bool {
        !self.server.space.sh(&format!("ls /etc/rc2.d/S*{service} 2>/dev/null || true")).is_empty()
    }

    /// Keeps a daemon from starting when the server boots.
    fn disable(&self, service: &str) {
        self.server.space.sh(&format!("update-rc.d {service} disable >&2"));
        assert!(!self.is_enabled(service));
    }

    /// Takes a package that the site needs from the server, and gives it a repository that has this package.
    fn without_nginx(&self) {
        // Ansible writes a script into /usr/sbin, and /usr is this machine's.
        self.server.space.sh(
            "mkdir -p /run/over/up /run/over/work\n\
             mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir=/run/over/up,workdir=/run/over/work /usr/sbin\n\
             mkdir -p /srv/packages/nginx/DEBIAN /var/lib/apt/lists/partial /var/cache/apt/archives/partial /var/log/apt\n\
             cd /srv/packages\n\
             printf 'Package: nginx\\nVersion: 1\\nArchitecture: all\\nMaintainer: A <a@example.org>\\n\
             Description: a stand-in\\n' >nginx/DEBIAN/control\n\
             dpkg-deb --build nginx nginx.deb >&2\n\
             dpkg-scanpackages . >Packages\n\
             rm -rf /etc/apt/sources.list.d /etc/apt/apt.conf.d/*proxy*\n\
             echo 'deb [trusted=yes] file:/srv/packages ./' >/etc/apt/sources.list\n\
             dpkg --purge nginx >&2",
        );
        assert!(!self.has_nginx());
    }

    fn has_nginx(&self) -> bool {
        let state = "dpkg-query --show --showformat '${db:Status-Status}' nginx 2>/dev/null || true";
        self.server.space.sh(state).trim() == "installed"
    }

    fn file(&self, path: &str) -> String {
        self.server.space.sh(&format!("cat {path}"))
    }

    /// Runs a tool there.
    fn run(&self, tool: &str, change: impl FnOnce(&mut Command)) -> (bool, String) {
        let bin = environment(tool).join("bin");
        let mut command = self.server.space.command(bin.join(tool).to_str().unwrap());
        let path = format!(
            "{}:{}:/usr/sbin:/usr/bin:/sbin:/bin",
            bin.display(),
            Path::new(IPXEGEN).parent().unwrap().display()
        );
        command.env("PATH", path).env("HOME", "/root").env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        change(&mut command);
        let output = command.output().unwrap();
        (output.status.success(), said(&output))
    }
}

/// The collection and the formula have the same script.
#[test]
fn the_checking_script_is_one() {
    let of = |place| fs::read(Path::new("contrib").join(place).join("files/check-staged")).unwrap();
    assert!(of("ansible/roles/server") == of("salt/ipxegen"), "copy one over the other");
}

#[test]
fn yaml_is_clean() {
    if require("yamllint") {
        run(Command::new("yamllint").args([
            "--strict",
            "-c",
            "contrib/.yamllint",
            "contrib",
            ".github",
            ".gitlab-ci.yml",
            ".pre-commit-hooks.yaml",
        ]));
    }
}
