//! No file that everybody may read has the hash of a file with a secret, from which the secret could be guessed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use crate::diff::Home;

const SITE: &str = "\
servers: { boot: { ip: 10.0.0.2/24, interfaces: [eth0] } }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
ipxe: { username: all, password_file: password }
files: [{ path: /etc/private, mode: '0640', template: planted }]
";

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn with_password(password: &str) -> Home {
    let home = Home::new(SITE);
    fs::write(home.path("password"), password).unwrap();
    fs::write(home.path("planted"), "planted\n").unwrap();
    fs::set_permissions(home.path("password"), fs::Permissions::from_mode(0o600)).unwrap();
    home
}

fn manifest(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>, bool)> {
    let files = WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|one| one.file_type().is_file());
    files
        .map(|one| {
            let is_open = one.metadata().unwrap().permissions().mode() & 0o044 != 0;
            (one.path().to_owned(), fs::read(one.path()).unwrap(), is_open)
        })
        .collect()
}

/// No file that others may read has the hash of one that they may not; and each secret file is marked.
fn check(folder: &Path, list: &Path, trees: &Path) {
    let list = manifest(list);
    let mut hidden = 0;
    for file in list["files"].as_array().unwrap() {
        let place = trees.join(file["path"].as_str().unwrap().trim_start_matches('/'));
        let hash = sha256(&fs::read(&place).unwrap());
        if file["secret"] == true {
            hidden += 1;
            assert!(file.get("sha256").is_none(), "{file}");
            for (path, bytes, is_open) in files(folder) {
                let text = String::from_utf8_lossy(&bytes);
                assert!(!text.contains(&hash), "{} has the hash of {}", path.display(), place.display());
                assert!(!(is_open && text.contains("hmac")), "{} has keyed hashes", path.display());
            }
        } else {
            assert_eq!(file["sha256"], *hash, "{file}");
        }
    }
    assert_eq!(hidden, 2, "{list}");
}

#[test]
fn a_folder_of_trees_tells_no_secret() {
    let home = with_password("hunter2");
    home.run("render -q").ends(0);
    check(&home.path("out"), &home.path("out/manifest.json"), &home.path("out/boot"));
    let key = home.path("out/.ipxegen-secrets.json");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o7777, 0o600);
    // Nothing in it is random, and nothing is written twice.
    home.run("render -q -o again").ends(0);
    let read = |name: &str| fs::read(home.path(name)).unwrap();
    assert_eq!(read("out/manifest.json"), read("again/manifest.json"));
    assert_ne!(read("out/.ipxegen-secrets.json"), read("again/.ipxegen-secrets.json"));
    let before = read("out/.ipxegen-secrets.json");
    let run = home.run("render").ends(0);
    let listed: Vec<_> = run.out.lines().take_while(|line| !line.is_empty()).collect();
    assert!(listed.len() > 4 && listed.iter().all(|line| line.starts_with("unchanged ")), "{}", run.out);
    assert_eq!(read("out/.ipxegen-secrets.json"), before);
    assert_eq!(home.run("render --check").ends(0).out, "");
}

#[test]
fn a_machine_tells_no_secret() {
    let home = with_password("hunter2");
    fs::create_dir(home.path("root")).unwrap();
    home.run("apply --root root --yes").ends(0);
    fs::write(home.path("password"), "hunter3").unwrap();
    home.run("apply --root root --yes").ends(0);
    let notes = home.path("root/var/lib/ipxegen");
    assert_eq!(fs::metadata(notes.join("generations")).unwrap().permissions().mode() & 0o7777, 0o700);
    check(&notes, &notes.join("manifest.json"), &home.path("root"));
    home.run("rollback --root root --yes").ends(0);
    check(&notes, &notes.join("manifest.json"), &home.path("root"));
    assert!(home.run("apply --root root --yes").ends(0).out.contains("generation 3"));
}

#[test]
fn an_edit_of_a_file_with_a_secret_is_seen() {
    let home = with_password("hunter2");
    home.run("render -q").ends(0);
    let conf = home.path("out/boot/etc/dhcp/dhcpd.conf");
    let ours = fs::read(&conf).unwrap();
    fs::write(&conf, "by hand").unwrap();
    let run = home.run("render -q").ends(2);
    assert!(run.err.contains("dhcpd.conf: changed since it was rendered"), "{}", run.err);
    fs::write(&conf, ours).unwrap();
    // Without the hashes nobody knows; what is the same is fine all the same.
    fs::remove_file(home.path("out/.ipxegen-secrets.json")).unwrap();
    home.run("render -q").ends(0);
    fs::remove_file(home.path("out/.ipxegen-secrets.json")).unwrap();
    fs::write(home.path("password"), "hunter3").unwrap();
    let run = home.run("render -q").ends(2);
    assert!(run.err.contains("dhcpd.conf: not proven to be unchanged"), "{}", run.err);
    home.run("render -q --force").ends(0);
    fs::write(home.path("password"), "hunter4").unwrap();
    home.run("render -q").ends(0);
}

#[test]
fn a_manifest_of_the_older_form_is_read_and_replaced() {
    let home = with_password("hunter2");
    fs::create_dir(home.path("root")).unwrap();
    home.run("render -q").ends(0);
    home.run("apply --root root --yes").ends(0);
    for (folder, trees) in [("out", "out/boot"), ("root/var/lib/ipxegen", "root")] {
        let path = home.path(folder).join("manifest.json");
        let mut old = manifest(&path);
        old["version"] = 1.into();
        for file in old["files"].as_array_mut().unwrap() {
            let place = home.path(trees).join(file["path"].as_str().unwrap().trim_start_matches('/'));
            file["sha256"] = sha256(&fs::read(place).unwrap()).into();
            if file.get("secret").is_some() {
                file["secret"] = file.get("masked").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
            }
            file.as_object_mut().unwrap().remove("masked");
        }
        fs::write(&path, serde_json::to_vec(&old).unwrap()).unwrap();
        fs::remove_file(home.path(folder).join(".ipxegen-secrets.json")).unwrap();
    }
    home.run("render -q").ends(0);
    home.run("apply --root root --yes").ends(0);
    for (folder, trees) in [("out", "out/boot"), ("root/var/lib/ipxegen", "root")] {
        check(&home.path(folder), &home.path(folder).join("manifest.json"), &home.path(trees));
    }
}
