//! `ipxegen import`: the folders of `tests/import`, our own rendered files, and inputs of any kind.
//!
//! Each folder of `tests/import` has files of a server; `site.yaml` is what the import makes of them, and `account.txt`
//! what it prints. `UPDATE=1` writes both. The site must pass `check`, unless there is a `check.txt`. Folders hold files
//! that others include, but `root` is the file system of a server, for `--root`. `arguments.txt` has further arguments.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::tempdir;

use crate::support::program::{SITES, cases, cases_of, difference, expect_text, name, package, run_in, tree};

/// The files of a case that are not input.
const EXPECTED: [&str; 5] = ["site.yaml", "raw.yaml", "account.txt", "check.txt", "arguments.txt"];

#[test]
fn files_of_servers_become_sites() {
    let mut wrong = Vec::new();
    for case in cases_of("tests/import") {
        let inputs: Vec<String> = (fs::read_dir(&case).unwrap())
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_file())
            .map(|entry| entry.file_name().into_string().unwrap())
            .filter(|file| !EXPECTED.contains(&file.as_str()) && !file.ends_with(".included"))
            // The table that the import writes, where other files are its input.
            .filter(|file| {
                file != "hosts.csv" || !["dhcpd.conf", "root"].iter().any(|file| case.join(file).exists())
            })
            .collect();
        wrong.extend(one(&case, inputs));
    }
    assert!(wrong.is_empty(), "{}\nUPDATE=1 rewrites what is expected", wrong.join("\n"));
}

/// Imports a folder, and compares.
fn one(case: &Path, mut inputs: Vec<String>) -> Vec<String> {
    inputs.sort();
    let mut arguments = vec!["import"];
    let further = fs::read_to_string(case.join("arguments.txt")).unwrap_or_default();
    arguments.extend(further.lines());
    if case.join("root").is_dir() {
        arguments.extend(["--root", "root"]);
    }
    arguments.extend(inputs.iter().map(String::as_str));
    let folder = tempdir().unwrap();
    let site = folder.path().join("site.yaml");
    arguments.extend(["-o", site.to_str().unwrap()]);
    let ran = run_in(case, &arguments);
    let mut wrong = Vec::new();
    if ran.stderr.contains("panicked") || !matches!(ran.code, Some(0 | 1)) {
        wrong.push(format!("{}: {:?} {}", case.display(), ran.code, ran.stderr));
        return wrong;
    }
    let account = format!("{}exit code {}\n", ran.stderr, ran.code.unwrap());
    wrong.extend(expect_text(&case.join("account.txt"), &account));
    wrong.extend(expect_text(&case.join("site.yaml"), &fs::read_to_string(&site).unwrap()));
    for file in ["hosts.csv", "raw.yaml"] {
        if let Ok(text) = fs::read_to_string(folder.path().join(file)) {
            wrong.extend(expect_text(&case.join(file), &text));
        }
    }
    let checked = run_in(folder.path(), &["check", "site.yaml"]);
    let report = checked.stdout + &checked.stderr;
    let report = if report.contains("error[") { report } else { String::new() };
    wrong.extend(expect_text(&case.join("check.txt"), &report));
    // The rendered file must be one that dhcpd accepts, as the imported one is.
    if report.is_empty() && Path::new("/usr/sbin/dhcpd").exists() {
        wrong.extend(accepted(case, folder.path()));
    }
    wrong
}

/// Renders a site, and asks dhcpd what it thinks of it.
fn accepted(case: &Path, folder: &Path) -> Option<String> {
    let ran = run_in(folder, &["render", "site.yaml", "-o", "out"]);
    if ran.code != Some(0) {
        return Some(format!("{}: {}", case.display(), ran.stderr));
    }
    let mut wrong = None;
    for server in fs::read_dir(folder.join("out")).unwrap().map(|entry| entry.unwrap().path()) {
        let file = server.join("etc/dhcp/dhcpd.conf");
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let options = server.join("etc/dhcp/ipxe.options");
        let text = text.replace("/etc/dhcp/ipxe.options", options.to_str().unwrap());
        let staged = folder.join("dhcpd.conf");
        fs::write(&staged, text).unwrap();
        let ran =
            Command::new("/usr/sbin/dhcpd").args(["-t", "-cf", staged.to_str().unwrap()]).output().unwrap();
        if !ran.status.success() {
            wrong = Some(format!("{}: {}", case.display(), String::from_utf8_lossy(&ran.stderr)));
        }
    }
    wrong
}

/// Standard output and the account go to screens and logs.
#[test]
fn passwords_of_tgt_are_not_printed() {
    for case in ["tgt-chap", "tgt-without-host"] {
        let folder = package().join("tests/import").join(case);
        for format in ["text", "json"] {
            let ran = run_in(&folder, &["import", "targets.conf", "--format", format]);
            assert!(!(ran.stdout + &ran.stderr).contains("Correct-Horse"), "{case}");
        }
        let target = tempdir().unwrap();
        let site = target.path().join("site.yaml");
        run_in(&folder, &["import", "targets.conf", "-o", site.to_str().unwrap()]);
        assert_eq!(fs::metadata(&site).unwrap().permissions().mode() & 0o777, 0o600, "{case}");
    }
}

/// Our own files become the site that they came from: rendered again, they are the same, but for the names of groups.
#[test]
fn rendered_files_become_their_site() {
    let mut differ = Vec::new();
    for case in cases(&SITES) {
        let rendered = case.join("rendered");
        let Ok(servers) = fs::read_dir(&rendered) else { continue };
        for server in servers.map(|entry| entry.unwrap().path()) {
            if !server.join("etc/dhcp/dhcpd.conf").is_file() {
                continue;
            }
            let title = format!("{}/{}", name(&case), name(&server));
            let why = round_trip(&server);
            let known = NOT_YET.iter().find(|(known, _)| *known == title);
            match (why, known) {
                (Some(why), None) => differ.push(format!("{title}: {why}")),
                (None, Some(_)) => differ.push(format!("{title} is equal now: take it from the list")),
                _ => {}
            }
        }
    }
    assert!(differ.is_empty(), "{}\n", differ.join("\n"));
}

/// The trees that are not equal, and why.
const NOT_YET: &[(&str, &str)] = &[
    ("awkward/boot-1", "a text with control characters stays in raw"),
    ("boards/boot", "the loader of a Raspberry Pi comes with options 43, 60 and 66"),
    ("branch/branch", "each subnet has a boot server of its own"),
    ("branch/head", "each subnet has a boot server of its own"),
    ("campus/boot", "classes, and options that are sent unasked, are marks of ipxegen"),
    ("classes/boot", "classes, and options that are sent unasked, are marks of ipxegen"),
    ("diskless/boot", "the options for the menu follow from boot entries"),
    ("dual-stack/boot", "the options for the menu follow from boot entries"),
    ("groups/boot", "comments in raw are not carried over"),
    ("iscsi-targets/boot", "an account of a disk stays in raw with its password"),
    ("netboot-none/boot", "the mark of subnets without boot files stays in raw"),
    ("nics/boot", "the mark of subnets without boot files stays in raw"),
    ("own-ipxe/boot", "the features that iPXE must have are no words yet"),
    ("school/main", "the options for the menu follow from boot entries"),
    ("source-files/east", "the options for the menu follow from boot entries"),
    ("two-servers/dhcp-1", "the options for the menu follow from boot entries"),
    ("vars/boot", "variables are no options of dhcpd.conf"),
    ("web-servers/one", "the options for the menu follow from boot entries"),
    ("windows/boot", "the loader of a Raspberry Pi comes with options 43, 60 and 66"),
];

/// Imports the files of a server and renders them; the first difference.
fn round_trip(server: &Path) -> Option<String> {
    let folder = tempdir().unwrap();
    let site = folder.path().join("site.yaml");
    let (site, root) = (site.to_str().unwrap(), server.to_str().unwrap());
    let (conf, defaults) = (server.join("etc/dhcp/dhcpd.conf"), server.join("etc/default/isc-dhcp-server"));
    let files = [conf.to_str().unwrap(), defaults.to_str().unwrap()];
    let own = name(server);
    let arguments = ["import", "--root", root, "--server", &own, files[0], files[1], "-o", site];
    let ran = run_in(&package(), &arguments);
    if !matches!(ran.code, Some(0 | 1)) {
        return Some(ran.stderr);
    }
    let ran = run_in(folder.path(), &["render", "site.yaml", "-o", "out"]);
    if ran.code != Some(0) {
        return Some(ran.stderr.lines().take(4).collect::<Vec<_>>().join(" / "));
    }
    ["etc/dhcp/dhcpd.conf", "etc/dhcp/ipxe.options", "etc/default/isc-dhcp-server"].iter().find_map(|file| {
        let text = |folder: &Path| {
            let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
            // The head names the site; a comment names the groups.
            let lines: Vec<String> =
                text.lines().filter(|line| !line.starts_with("# ")).map(str::to_owned).collect();
            lines
        };
        let (wanted, got) = (text(server), text(&folder.path().join("out").join(&own)));
        let same = wanted.iter().zip(&got).take_while(|(one, other)| one == other).count();
        let line = |lines: &[String]| lines.get(same).cloned().unwrap_or_default();
        (wanted != got).then(|| format!("{file}: `{}`, not `{}`", line(&got).trim(), line(&wanted).trim()))
    })
}

/// The parts of a site that the files of a server other than those of DHCP tell.
const PARTS: [(&str, &[&str]); 3] = [
    ("tftp", &["root", "address", "options", "user"]),
    ("smb", &["shares", "workgroup", "raw"]),
    ("nfs", &["exports"]),
];

/// Sites whose files are not imported alike, and why.
const UNEQUAL: [(&str, &str); 4] = [
    ("boot-files", "no file names the NFS server, so its argument is not the one that the kind adds"),
    ("installers", "`reinstall: every_boot` accepts a finding, and is in no file"),
    ("school", "files that the site publishes are taken for files that were there before"),
    ("several-files", "entries of an included file"),
];

/// Files that are compared: those that the import reads.
fn is_read(path: &str) -> bool {
    let menu = path.ends_with(".ipxe") && !path.contains("/ipxegen/");
    menu || ["etc/exports", "etc/samba/smb.conf"].iter().any(|end| path.ends_with(end))
        || path.contains("tftpd-hpa")
}

/// What the menu, the exports, smb.conf and tftpd-hpa of a rendered server say is what the site says: with the imported
/// parts in place of its own, the site renders the same files.
#[test]
fn rendered_files_are_imported_as_the_site_that_renders_them() {
    let mut wrong = Vec::new();
    for case in cases(&SITES) {
        let unequal = UNEQUAL.iter().any(|(known, _)| *known == name(&case));
        let found = differences(&case);
        match (unequal, found.is_empty()) {
            (false, false) => wrong.extend(found),
            (true, true) => wrong.push(format!("{}: equal now", name(&case))),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The differences between the rendered files of a case and those of the site with imported parts.
fn differences(case: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let site = fs::read_to_string(case.join("site.yaml")).unwrap();
    let Ok(written) = serde_yaml::from_str::<Value>(&site) else { return vec!["no site".to_owned()] };
    for server in fs::read_dir(case.join("rendered")).unwrap().map(|server| server.unwrap().path()) {
        if !server.is_dir() || server.ends_with("build") {
            continue;
        }
        let root = server.to_str().unwrap();
        let imported = run_in(case, &["import", "--root", root, "--server", name(&server).as_str()]);
        if imported.code == Some(2) {
            continue;
        }
        let new: Value = serde_yaml::from_str(&imported.stdout).unwrap();
        if new.get("menu").is_none() {
            continue;
        }
        let whole = merged(written.clone(), &new);
        let folder = tempdir().unwrap();
        copy(case, folder.path());
        fs::write(folder.path().join("site.yaml"), serde_yaml::to_string(&whole).unwrap()).unwrap();
        let ran = run_in(folder.path(), &["render", "-o", "out"]);
        if ran.code != Some(0) {
            wrong.push(format!("{}: {}", name(case), ran.stderr));
            continue;
        }
        let (old, new) = (tree(&server), tree(&folder.path().join("out").join(name(&server))));
        for (path, file) in old.into_iter().filter(|(path, _)| is_read(path)) {
            let text = |bytes: &[u8]| without_comments(&String::from_utf8_lossy(bytes));
            let got = new.get(&path).map(|file| text(&file.bytes)).unwrap_or_default();
            if text(&file.bytes) != got {
                wrong.push(difference(&server.join(&path), &text(&file.bytes), &got));
            }
        }
    }
    wrong
}

/// A site with its own parts taken out, and imported ones in their place.
fn merged(mut site: Value, new: &Value) -> Value {
    let mut new = new.clone();
    // DHCP's files are imported too, if their kind is known.
    let parts = ["menu", "boot_entries", "tftp", "smb", "nfs", "http", "ipxe"];
    new.as_object_mut().unwrap().retain(|key, _| parts.contains(&key.as_str()));
    let map = site.as_object_mut().unwrap();
    // The files of one server say that it runs a service, and not which others do.
    for service in ["tftp", "http", "nfs"] {
        let written = map.get(service).and_then(Value::as_object);
        if written.is_some_and(|keys| keys.contains_key("server") || keys.contains_key("servers"))
            && let Some(keys) = new.get_mut(service).and_then(Value::as_object_mut)
        {
            keys.remove("server");
        }
    }
    map.remove("menu");
    map.remove("boot_entries");
    for (service, keys) in PARTS {
        if let Some(part) = map.get_mut(service).and_then(Value::as_object_mut) {
            keys.iter().for_each(|key| drop(part.remove(*key)));
            if part.is_empty() {
                map.remove(service);
            }
        }
    }
    lay_over(&mut site, &new);
    site
}

fn lay_over(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                lay_over(below.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above.clone(),
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from)
        .min_depth(1)
        .into_iter()
        .filter_entry(|entry| entry.file_name() != "rendered")
    {
        let entry = entry.unwrap();
        let path = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir(path).unwrap();
        } else {
            fs::copy(entry.path(), path).unwrap();
        }
    }
}

/// The comments of exports say why an export is derived. Blanks at the beginning of a line mean nothing to iPXE.
fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.map(|line| format!("{}\n", line.trim_start())).collect()
}

/// Big files of every shape are read to their end.
#[test]
fn big_files_are_read() {
    let host = |at: usize| {
        let (high, middle, low) = (at >> 16, (at >> 8) & 0xff, at & 0xff);
        format!(
            "host pc-{at} {{ hardware ethernet 52:54:00:{high:02x}:{middle:02x}:{low:02x}; fixed-address 10.{high}.{middle}.{low}; filename \"f{}.0\"; }}\n",
            at % 7
        )
    };
    let subnet = |at: usize| {
        let net = format!("10.{}.{}", at >> 8, at & 0xff);
        format!(
            "subnet {net}.0 netmask 255.255.255.0 {{ option routers {net}.1; pool {{ range {net}.9 {net}.20; }} }}\n"
        )
    };
    let lan = "subnet 10.0.0.0 netmask 255.0.0.0 { option routers 10.0.0.1; }\n";
    let hosts = format!("{lan}{}", (1..5_000).map(host).collect::<String>());
    let subnets: String = (0..2_000).map(subnet).collect();
    let groups: String =
        (1..2_000).map(|at| format!("group {{ option time-offset {at}; {} }}\n", host(at))).collect();
    let options: String = (0..2_000)
        .map(|at| format!("option space s{at}; option s{at}.a code 1 = text; option s{at}.a \"x\";\n"))
        .collect();
    let open = "group { ".repeat(100_000);
    let shapes = [
        hosts,
        format!("shared-network a {{ {subnets} }}"),
        subnets,
        lan.to_owned() + &groups,
        options,
        open,
    ];
    for text in shapes {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("dhcpd.conf"), text).unwrap();
        let ran = run_in(folder.path(), &["import", "dhcpd.conf", "-o", "site.yaml"]);
        assert!(
            matches!(ran.code, Some(0 | 1)),
            "{:?}: {}",
            ran.code,
            ran.stderr.lines().take(5).collect::<String>()
        );
    }
}
