use std::fs;
use std::path::Path;

use serde_json::Value;

use super::SITE;
use crate::support::program::run_in;

/// With the server's files, the boot ends at the first step that they break.
#[test]
fn files_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("site.yaml", SITE.as_bytes());
    fs::create_dir_all(folder.path().join("root/srv/tftp")).unwrap();
    let stop = |kind: &str| {
        let arguments = ["trace", "pc1", "--as", kind, "--root", "root", "--format", "json"];
        let trace: Value = serde_json::from_str(&run_in(folder.path(), &arguments).ended(0).stdout).unwrap();
        let stop = &trace["clients"][0]["stopped"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&stop["stage"]), text(&stop["finding"]))
    };
    let pair = |stage: &str, finding: &str| (stage.to_owned(), finding.to_owned());
    assert_eq!(stop("bios"), pair("first_stage", "missing-file"));
    // A program for BIOS in the place of one for UEFI.
    write("root/srv/tftp/undionly.kpxe", b"NBP");
    write("root/srv/tftp/ipxe.efi", b"NBP");
    assert_eq!(stop("efi_x64"), pair("first_stage", "wrong-architecture"));
    assert_eq!(stop("bios"), pair("script", "missing-file"));
    write("root/var/www/html/install.ipxe", b"#!ipxe\n");
    assert_eq!(stop("bios"), pair("default", "missing-file"));
    write("root/srv/tftp/tool/vmlinuz", b"");
    write("root/srv/tftp/tool/initrd.img", b"");
    assert_eq!(stop("bios"), pair("", ""));
    let shown = run_in(folder.path(), &["trace", "pc1", "--as", "bios", "--root", "root"]).ended(0).stdout;
    assert!(shown.contains("    boot:/srv/tftp/tool/vmlinuz: is there\n"), "{shown}");
    let stale = "  note: /var/www/html/install.ipxe is not the rendered file";
    assert!(shown.contains(stale), "{shown}");
    run_in(folder.path(), &["render", "-q"]).ended(0);
    fs::copy(
        folder.path().join("out/boot/var/www/html/install.ipxe"),
        folder.path().join("root/var/www/html/install.ipxe"),
    )
    .unwrap();
    let shown = run_in(folder.path(), &["trace", "pc1", "--as", "bios", "--root", "root"]).ended(0).stdout;
    assert!(!shown.contains(stale), "{shown}");
    // A file that only its owner may read.
    use std::os::unix::fs::PermissionsExt as _;
    let file = folder.path().join("root/srv/tftp/undionly.kpxe");
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(stop("bios"), pair("first_stage", "unreadable-file"));
}

/// Text and templates of the user's may change what a trace shows, so it says that they are there.
#[test]
fn what_is_not_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let raw = "boot: san, raw: { dhcpd: \"option root-path \\\"x\\\";\" }";
    let site = SITE.replace("boot: san", raw) + "templates: own\n";
    fs::write(folder.path().join("site.yaml"), site).unwrap();
    fs::create_dir_all(folder.path().join("own/ipxe")).unwrap();
    fs::write(folder.path().join("own/ipxe/entry.tera"), "\n:{{ id }}\n{{ body | rendered }}\n").unwrap();
    let shown = run_in(folder.path(), &["trace", "pc2", "--from", "lan", "--as", "bios"]).ended(0).stdout;
    for said in [
        "text for dhcpd, which is not read  site.yaml:11",
        "note: the site replaces ipxe/entry, which may change this",
        "note: it needs a root-path, which only `raw` can give",
    ] {
        assert!(shown.contains(said), "{said}:\n{shown}");
    }
    assert!(!shown.contains("stops here"), "{shown}");
}

/// Folders that the booted system mounts, and the file of a disk, are looked at as well.
#[test]
fn folders_and_disks_are_looked_at() {
    let school = Path::new("examples/school");
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap().to_owned();
    let found = |who: &str, server: &str| -> Vec<(String, bool)> {
        let arguments =
            ["trace", who, "--as", "efi_x64", "--root", &root, "--server", server, "--format", "json"];
        let trace: Value = serde_json::from_str(&run_in(school, &arguments).ended(0).stdout).unwrap();
        let stages = trace["clients"][0]["stages"].as_array().unwrap();
        let values = stages.last().unwrap()["values"].as_array().unwrap().iter();
        let looked = values.filter(|value| value["file"]["findings"].is_array());
        let text = |value: &Value| value["name"].as_str().unwrap().to_owned();
        looked.map(|value| (text(value), value["file"]["findings"].as_array().unwrap().is_empty())).collect()
    };
    // The server of the disk serves no other file.
    assert_eq!(found("lab-01", "san"), [("disk".to_owned(), false)]);
    fs::create_dir_all(folder.path().join("srv/iscsi")).unwrap();
    fs::write(folder.path().join("srv/iscsi/lab-01.img"), "").unwrap();
    assert_eq!(found("lab-01", "san"), [("disk".to_owned(), true)]);

    for file in ["tftp/ipxe.efi", "tftp/diskless/vmlinuz", "tftp/diskless/initrd.img"] {
        let path = folder.path().join("srv").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Enough of a program for UEFI on x64.
        fs::write(path, [&b"MZ"[..], &[0; 58], &[0x40, 0, 0, 0], b"PE\0\0\x64\x86"].concat()).unwrap();
    }
    fs::create_dir_all(folder.path().join("var/www/html")).unwrap();
    fs::write(folder.path().join("var/www/html/install.ipxe"), "#!ipxe\n").unwrap();
    let there =
        |nfs| [("kernel", true), ("initrd", true), ("nfs root", nfs)].map(|(name, is)| (name.to_owned(), is));
    assert_eq!(found("annex-01", "annex"), there(false));
    fs::create_dir_all(folder.path().join("srv/nfs/annex-01")).unwrap();
    assert_eq!(found("annex-01", "annex"), there(true));
}
