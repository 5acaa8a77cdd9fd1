//! The command of docs/using.md that copies a server's files onto the machine: each file gets the mode of the manifest, and
//! nothing else changes.

use std::process::Command;

use crate::support::netns::Space;
use crate::support::{render, require, require_root};

/// The command, from the tree `$1` to the root `$2`.
///
/// - `--no-overwrite-dir` keeps the mode and owner of existing folders;
/// - `--keep-directory-symlink` keeps a link in place of a folder, which tar would replace;
/// - `--owner` and `--group` give the files to root: the trees belong to the user who rendered them;
/// - `-p` ignores the umask.
fn command() -> String {
    let page = include_str!("../docs/using.md");
    let line = page.lines().find(|line| line.contains("--no-overwrite-dir")).expect("the page copies a tree");
    for part in ["tar -C out/boot ", "| sudo tar -C / "] {
        assert!(line.contains(part), "{line}");
    }
    line.replace("out/boot", "\"$1\"").replace("sudo tar -C /", "tar -C \"$2\"")
}

#[test]
fn copied_files_are_roots_and_folders_stay_whose_they_are() {
    if !(["unshare", "nsenter", "tar"].into_iter().all(require) && require_root()) {
        return;
    }
    let trees = render("classroom");
    let tree = trees.of("boot");
    let root = tempfile::tempdir().expect("a folder");
    // A private space, so that nothing that goes wrong here reaches the machine.
    let space = Space::new();
    let sh = |script: &str| {
        let output = space
            .command("sh")
            .args(["-ec", script, "sh"])
            .arg(&tree)
            .arg(root.path())
            .output()
            .expect("nsenter");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}: {said}");
        assert_eq!(said, "", "{script}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };

    // A machine as they are: its own modes and owners, links, and files of the packages.
    sh(r#"
        umask 077
        chown -R 1234:1234 "$1"; chmod 0700 "$1" "$1/etc" "$1/var"
        cd "$2"; chmod 0755 .
        mkdir -p etc/dhcp etc/default etc/samba srv data/www var
        chmod 0755 etc etc/default; chmod 0750 etc/dhcp; chmod 0751 srv; chmod 2775 data/www
        chown 7:8 srv etc/dhcp; chown 33:33 data/www
        ln -s ../data/www var/www
        echo old >etc/exports; chmod 0600 etc/exports; chown 9:9 etc/exports
        echo other >etc/passwd; chmod 0640 etc/passwd
        ln -s /dev/null etc/samba/smb.conf
    "#);
    let before =
        sh(r#"cd "$2"; stat -c '%n %a %u:%g %F' . etc etc/default etc/dhcp srv data/www var/www etc/passwd"#);
    sh(&format!("umask 077\n{}", command()));
    let after =
        sh(r#"cd "$2"; stat -c '%n %a %u:%g %F' . etc etc/default etc/dhcp srv data/www var/www etc/passwd"#);
    assert_eq!(after, before);

    let manifest = std::fs::read_to_string(trees.path().join("manifest.json")).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    let files = manifest["files"].as_array().expect("files");
    assert!(files.len() > 4, "{manifest}");
    for file in files {
        let text = |key: &str| file[key].as_str().expect(key).to_owned();
        let path = text("path");
        let installed = root.path().join(path.trim_start_matches('/'));
        let (there, ours) =
            (std::fs::read(&installed), std::fs::read(tree.join(path.trim_start_matches('/'))));
        assert_eq!(there.expect(&path), ours.expect(&path), "{path}");
        let stat = Command::new("stat").args(["-c", "%a %U:%G %F"]).arg(&installed).output().expect("stat");
        let wanted = format!(
            "{} {}:{} regular file\n",
            text("mode").trim_start_matches('0'),
            text("owner"),
            text("group")
        );
        assert_eq!(String::from_utf8_lossy(&stat.stdout), wanted, "{path}");
    }
    // A folder that was not there is everybody's to read.
    let new = sh(r#"cd "$2"; stat -c '%a %u:%g' etc/tmpfiles.d data/www/html"#);
    assert_eq!(new, "755 0:0\n755 0:0\n");
}
