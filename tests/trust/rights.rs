//! Restored files have their old owner, mode, access control list and attributes; installed files have exactly the rights
//! in the manifest.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::Command;

use crate::diff::{Home, SITE};
use crate::support::{require, require_root, skip};

const CONF: &str = "root/etc/dhcp/dhcpd.conf";
const MENU: &str = "root/srv/tftp/menu.ipxe";

fn tool(name: &str, args: &[&str], path: &Path) -> Option<String> {
    let output = Command::new(name).args(args).arg(path).env("LC_ALL", "C").output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// All rights of a file, and its attributes.
fn rights(path: &Path) -> (u32, u32, u32, String, String) {
    let met = fs::metadata(path).unwrap();
    let list = tool("getfacl", &["--numeric", "--omit-header", "--absolute-names"], path).unwrap();
    let attributes = tool("getfattr", &["--dump", "--absolute-names"], path).unwrap();
    (met.uid(), met.gid(), met.mode() & 0o7777, list, attributes)
}

/// A machine with a foreign dhcpd.conf that has an ACL, extended attributes and an unusual owner and mode.
fn machine() -> Option<Home> {
    if !(["setfacl", "getfacl", "setfattr", "getfattr"].into_iter().all(require) && require_root()) {
        return None;
    }
    let home = Home::new(SITE);
    fs::create_dir_all(home.path("root/etc/dhcp")).unwrap();
    let conf = home.path(CONF);
    fs::write(&conf, "# theirs\n").unwrap();
    chown(&conf, Some(1), Some(2)).unwrap();
    fs::set_permissions(&conf, Permissions::from_mode(0o600)).unwrap();
    let set = tool("setfacl", &["-m", "u:33:rw,g:7:r,m::rw"], &conf)
        .and_then(|_| tool("setfattr", &["-n", "user.note", "-v", "keep me"], &conf));
    if set.is_none() {
        skip("this file system has no access control lists, or no attributes");
        return None;
    }
    Some(home)
}

#[test]
fn a_file_that_was_taken_over_comes_back_with_all_its_rights() {
    let Some(home) = machine() else { return };
    let before = rights(&home.path(CONF));
    assert!(before.3.contains("user:33:rw-") && before.4.contains("user.note=\"keep me\""), "{before:?}");
    home.run("apply --root root --yes --adopt").ends(0);
    let (uid, gid, mode, list, attributes) = rights(&home.path(CONF));
    assert_eq!((uid, gid, mode, &*attributes), (0, 0, 0o644, ""));
    assert_eq!(list, "user::rw-\ngroup::r--\nother::r--\n\n");

    home.run("rollback --root root --yes").ends(0);
    assert_eq!(fs::read_to_string(home.path(CONF)).unwrap(), "# theirs\n");
    assert_eq!(rights(&home.path(CONF)), before);
}

#[test]
fn a_file_of_ours_comes_back_with_the_list_that_an_administrator_gave_it() {
    let Some(home) = machine() else { return };
    fs::remove_file(home.path(CONF)).unwrap();
    home.run("apply --root root --yes").ends(0);
    tool("setfacl", &["-m", "u:33:r"], &home.path(CONF)).unwrap();
    let before = rights(&home.path(CONF));
    // A file that does not change is left alone; one that changes gets the permissions of the manifest.
    home.site(&SITE.replace("memtest.bin", "memtest86.bin"));
    home.run("apply --root root --yes").ends(0);
    assert_eq!(rights(&home.path(CONF)), before);
    home.site(&SITE.replace("10.0.0.11", "10.0.0.21"));
    let run = home.run("apply --root root --yes").ends(0);
    assert!(run.out.contains("the files that were there before are kept as generation"), "{}", run.out);
    assert!(!rights(&home.path(CONF)).3.contains("user:33"));
    home.run("rollback --root root --yes").ends(0);
    assert_eq!(rights(&home.path(CONF)), before);
}

#[test]
fn only_the_list_differs_and_comes_back() {
    let Some(home) = machine() else { return };
    home.run("apply --root root --yes --adopt").ends(0);
    home.run("rollback --root root --yes").ends(0);
    let before = rights(&home.path(CONF));
    tool("setfacl", &["-b"], &home.path(CONF)).unwrap();
    fs::set_permissions(home.path(CONF), Permissions::from_mode(before.2)).unwrap();
    home.run("rollback 1 --root root --yes --force --adopt").ends(0);
    assert_eq!(rights(&home.path(CONF)), before);
}

#[test]
fn a_list_that_a_folder_passes_on_adds_nothing_to_a_file_of_ours() {
    let Some(home) = machine() else { return };
    fs::create_dir_all(home.path("root/srv/tftp")).unwrap();
    tool("setfacl", &["-d", "-m", "u:33:rwx"], &home.path("root/srv/tftp")).unwrap();
    home.run("apply --root root --yes --adopt").ends(0);
    assert_eq!(rights(&home.path(MENU)).3, "user::rw-\ngroup::r--\nother::r--\n\n");
}
