//! Other users of a machine, its umask and unexpected files do not stop `apply`, crash it or make it hang.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::diff::{Home, Run, SITE};
use crate::support::{require, require_root};

const STATE: &str = "root/var/lib/ipxegen";

fn machine() -> Home {
    let home = Home::new(SITE);
    fs::create_dir_all(home.path("root/etc")).unwrap();
    home
}

/// Names in the folder of the generations that are not numbers.
fn leftovers(home: &Home) -> Vec<String> {
    let names = fs::read_dir(home.path(STATE).join("generations")).into_iter().flatten();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.parse::<u64>().is_err()).collect()
}

/// flock(2) needs no write permission, so a user who can open the lock could block every run.
#[test]
fn only_its_owner_can_open_the_lock() {
    let home = machine();
    home.run("apply --root root --yes").ends(0);
    home.run("render -o out --quiet").ends(0);
    let locks = [home.path(STATE).join(".ipxegen.lock"), home.path("out/.ipxegen.lock")];
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for lock in &locks {
        assert_eq!(mode(lock), 0o600, "{}", lock.display());
        // As an earlier version left it.
        fs::set_permissions(lock, fs::Permissions::from_mode(0o644)).unwrap();
    }
    home.run("apply --root root --yes").ends(0);
    home.run("render -o out --quiet").ends(0);
    for lock in &locks {
        assert_eq!(mode(lock), 0o600, "{}", lock.display());
    }
}

/// Even if root has the umask 077, the checkers' account reaches the folders that are made for it.
#[test]
fn a_umask_of_root_does_not_keep_checkers_from_their_files() {
    if !(require_root() && require("unshare")) {
        return;
    }
    for umask in ["000", "077"] {
        let home = machine();
        let mut command = Command::new("sh");
        command.args(["-c", &format!("umask {umask}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_ipxegen")]);
        command.args(["apply", "--root", "root", "--yes"]).current_dir(home.dir.path());
        Run::of(&command.output().unwrap()).ends(0);
        let conf = fs::metadata(home.path("root/etc/dhcp/dhcpd.conf")).unwrap();
        assert_eq!(conf.permissions().mode() & 0o7777, 0o644, "umask {umask}");
    }
}

/// The list of groups below another root.
#[test]
fn a_pipe_in_the_place_of_a_list_of_groups_is_not_waited_for() {
    if !require_root() {
        return;
    }
    let home = Home::new(
        "servers: { boot: { ip: 10.0.0.200/24, interfaces: [eth0] } }\n\
         subnets: { lan: { cidr: 10.0.0.0/24 } }\n\
         boot_entries: { e: { kind: linux, kernel: k, label: E, cmdline: [{ prefix: p=, secret_file: s }] } }\n",
    );
    fs::write(home.path("s"), "secret-1\n").unwrap();
    fs::create_dir_all(home.path("root/etc")).unwrap();
    let apply = || {
        let mut command = Command::new("timeout");
        command.args(["120", env!("CARGO_BIN_EXE_ipxegen"), "apply", "--root", "root", "--yes"]);
        Run::of(&command.current_dir(home.dir.path()).output().unwrap())
    };
    mknodat(CWD, home.path("root/etc/group"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    let run = apply().ends(2);
    assert!(
        run.err.contains("belongs to the group www-data, which this machine does not have"),
        "{}",
        run.err
    );
    // A link is followed as the machine itself would follow it, below its root.
    fs::remove_dir_all(home.path("root/etc")).unwrap();
    fs::create_dir_all(home.path("root/lists")).unwrap();
    fs::write(home.path("root/lists/group"), "www-data:x:4711:\n").unwrap();
    symlink("/lists", home.path("root/etc")).unwrap();
    apply().ends(0);
    let script = fs::metadata(home.path("root/srv/tftp/ipxegen/e/boot.ipxe")).unwrap();
    assert_eq!((script.gid(), script.mode() & 0o7777), (4711, 0o640));
}

#[test]
fn a_number_of_a_generation_without_a_next_one_is_refused() {
    let max = u64::MAX.to_string();
    for (file, from) in
        [("manifest.json", "\"generation\": 1"), ("generations/1/generation.json", "\"number\": 1")]
    {
        let home = machine();
        home.run("apply --root root --yes").ends(0);
        let file = home.path(STATE).join(file);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&file, text.replace(from, &from.replace('1', &max))).unwrap();
        home.site(&SITE.replace("memtest.bin", "memtest86.bin"));
        let run = home.run("apply --root root --yes").ends(2);
        assert!(run.err.contains("the number of its generation is out of range"), "{}", run.err);
    }
}

#[test]
fn a_run_that_fails_before_it_changes_anything_leaves_nothing_staged() {
    let home = machine();
    home.run("apply --root root --yes").ends(0);
    fs::write(home.path(STATE).join("reload.json"), "[]").unwrap();
    home.site(&SITE.replace("memtest.bin", "memtest86.bin"));
    let run = home.run("apply --root root --yes").ends(2);
    assert!(run.err.contains("nothing was changed: "), "{}", run.err);
    assert_eq!(leftovers(&home), [""; 0]);
}

#[test]
fn a_failure_says_that_nothing_was_changed_or_how_to_go_on() {
    let home = machine();
    home.run("apply --root root --yes").ends(0);
    home.site(&SITE.replace("memtest.bin", "memtest86.bin"));
    let menu = home.path("root/srv/tftp/menu.ipxe");
    let text = fs::read_to_string(&menu).unwrap();
    fs::remove_file(&menu).unwrap();
    fs::create_dir(&menu).unwrap();
    let run = home.run("apply --root root --yes").ends(2);
    assert!(
        run.err.contains("ipxegen: nothing was changed: ") && run.err.contains("is a folder"),
        "{}",
        run.err
    );
    fs::remove_dir(&menu).unwrap();
    fs::write(&menu, text).unwrap();
    // Merged by hand, and not to the end.
    let manifest = home.path(STATE).join("manifest.json");
    fs::write(&manifest, format!("<<<<<<< HEAD\n{}", fs::read_to_string(&manifest).unwrap())).unwrap();
    let run = home.run("apply --root root --yes").ends(2);
    assert!(run.err.contains("; remove it, and apply again with --adopt"), "{}", run.err);
    fs::remove_file(&manifest).unwrap();
    home.run("apply --root root --yes --adopt").ends(0);
    home.run("apply --root root --yes").ends(0);
}
