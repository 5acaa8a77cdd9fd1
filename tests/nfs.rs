//! systemd's view of the rendered exports and mounts.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::tempdir;

use crate::support::program::{SITES, cases, finish};
use crate::support::{require, require_root};

/// The generator of nfs-utils that makes nfs-server.service depend on the mounts in `/etc/exports`.
const GENERATOR: &str = "/usr/lib/systemd/system-generators/nfs-server-generator";

/// The mounts that nfs-server.service requires with this file as `/etc/exports`.
fn required(exports: &Path) -> Vec<String> {
    let out = tempdir().unwrap();
    let script = r#"mount --bind "$1" /etc/exports && exec "$2" "$3" "$3" "$3""#;
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "sh", "-ec", script, "sh"]).arg(exports).arg(GENERATOR).arg(out.path());
    finish(&mut unshare, b"").ended(0);
    let unit = out.path().join("nfs-server.service.d/order-with-mounts.conf");
    let unit = fs::read_to_string(&unit).unwrap_or_default();
    let lines = unit.lines().filter_map(|line| line.strip_prefix("RequiresMountsFor="));
    lines.map(|path| path.trim_matches('"').to_owned()).collect()
}

/// A missing ISO does not prevent the other exports.
#[test]
fn the_nfs_server_requires_no_mount_of_an_iso() {
    if !(["unshare", "exportfs"].into_iter().all(require) && require_root()) {
        return;
    }
    let (mut mounted, mut others) = (0, 0);
    for case in cases(&SITES) {
        let servers = fs::read_dir(case.join("rendered")).into_iter().flatten().flatten();
        for server in
            servers.map(|server| server.path()).filter(|server| server.join("etc/exports").is_file())
        {
            let exports = server.join("etc/exports");
            let text = fs::read_to_string(&exports).unwrap();
            let required = required(&exports);
            others += required.len();
            let units = fs::read_dir(server.join("etc/systemd/system")).into_iter().flatten().flatten();
            for unit in units.map(|unit| fs::read_to_string(unit.path()).unwrap()) {
                let at = unit.lines().find_map(|line| line.strip_prefix("Where=")).unwrap();
                let inside = |path: &str| path == at || path.starts_with(&format!("{at}/"));
                assert!(!required.iter().any(|path| inside(path)), "{}: {required:?}", server.display());
                if text.lines().any(|line| line.split(' ').next().is_some_and(inside)) {
                    assert!(unit.contains("\nBefore=nfs-server.service\n"), "{unit}");
                    mounted += 1;
                }
            }
        }
    }
    assert!(mounted >= 2 && others > 0, "{mounted} exports of ISOs, {others} others");
}
