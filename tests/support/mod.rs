//! Code that the test binaries share.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod answers;
pub mod answers6;
pub mod daemon_grammar;
pub mod daemons;
pub mod dhcp;
pub mod ipxe_script;
pub mod log;
pub mod moved;
pub mod netns;
pub mod program;
pub mod suites;
pub mod swap;
pub mod traffic;

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Whether a program is installed; if not, says so, and fails if `CI` is set, where no test may be skipped.
pub fn require(tool: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let sbin = [PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")];
    let found = env::split_paths(&path).chain(sbin).any(|dir| dir.join(tool).is_file());
    found || skip(&format!("{tool} is not installed"))
}

/// Whether the tests run as root, who alone may make network namespaces.
pub fn require_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout == b"0\n" || skip("needs root")
}

/// Says why a test does not run here. Rust cannot mark a test as skipped while it runs, so with `CI` set it fails.
pub fn skip(why: &str) -> bool {
    assert!(env::var_os("CI").is_none(), "may not be skipped in CI: {why}");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    eprintln!("skipped: {test}: {why}");
    false
}

/// The rendered files of a site, one folder for each server; dropping this removes them.
pub struct Trees(TempDir);

impl Trees {
    /// Trees that were rendered into a folder.
    pub const fn at(folder: TempDir) -> Self {
        Self(folder)
    }

    /// One server's tree.
    pub fn of(&self, server: &str) -> PathBuf {
        let tree = self.0.path().join(server);
        assert!(tree.is_dir(), "nothing is rendered for the server `{server}`");
        tree
    }

    /// The folder that holds them all.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Renders an example, or a site of the lab's own.
pub fn render(name: &str) -> Trees {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [package.join("examples"), package.join("tests/lab/sites")];
    let sites = folders.map(|folder| folder.join(name).join("site.yaml"));
    render_file(sites.iter().find(|site| site.is_file()).unwrap_or_else(|| panic!("no site `{name}`")), &[])
}

/// Renders a site, with files laid over it.
pub fn render_file(site: &Path, with: &[&Path]) -> Trees {
    let trees = TempDir::with_prefix("ipxegen-trees-").expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_ipxegen"))
        .args(["render", "--quiet"])
        .arg(site)
        .args(with.iter().flat_map(|path| [OsStr::new("--with"), path.as_os_str()]))
        .arg("-o")
        .arg(trees.path())
        .output()
        .expect("ipxegen starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} is not rendered:\n{said}", site.display());
    Trees(trees)
}

/// A kernel for the machines of the lab: that of an installed Debian
/// installer, or this machine's own.
pub fn kernel() -> Option<String> {
    let installers = "/usr/lib/debian-installer/images";
    let installer = folders(installers)
        .map(|release| release.join("amd64/text/debian-installer/amd64/linux"))
        .find(|kernel| kernel.is_file());
    let own = || folders("/boot").find(|path| path.to_string_lossy().starts_with("/boot/vmlinuz"));
    let kernel = installer.or_else(own);
    if kernel.is_none() {
        skip(&format!("no kernel in {installers} and none in /boot"));
    }
    kernel.map(|path| path.display().to_string())
}

/// The content of a folder, in a fixed order.
fn folders(path: &str) -> impl Iterator<Item = PathBuf> {
    let mut found: Vec<_> =
        std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort();
    found.into_iter()
}
