//! `ipxegen import`: the folders of `tests/import`, our own rendered files, and inputs of any kind.
//!
//! Each folder of `tests/import` has files of a server; `site.yaml` is what the import makes of them, and `account.txt`
//! what it prints. `UPDATE=1` writes both. The site must pass `check`, unless there is a `check.txt`. Folders hold files
//! that others include, but `root` is the file system of a server, for `--root`. `arguments.txt` has further arguments.

use std::collections::BTreeSet;
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
    // What the import allows must be something that `check` finds.
    if report.contains("warning[unused-allow]") {
        wrong.push(format!("{}: {report}", case.display()));
    }
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
        let six = server.join("etc/dhcp/dhcpd6.conf");
        if six.is_file() {
            let ran = Command::new("/usr/sbin/dhcpd").args(["-6", "-t", "-cf"]).arg(six).output().unwrap();
            if !ran.status.success() {
                wrong = Some(format!("{}: {}", case.display(), String::from_utf8_lossy(&ran.stderr)));
            }
        }
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

/// Cases with passwords, and the files that have them.
const SECRETS: [(&str, &str); 3] =
    [("tgt-chap", "targets.conf"), ("tgt-without-host", "targets.conf"), ("disk-account", "dhcpd.conf")];

/// Standard output and the account go to screens and logs.
#[test]
fn passwords_are_not_printed() {
    for (case, input) in SECRETS {
        let folder = package().join("tests/import").join(case);
        for format in ["text", "json"] {
            let ran = run_in(&folder, &["import", input, "--format", format]);
            assert!(!(ran.stdout + &ran.stderr).contains("Correct-Horse"), "{case}");
        }
        let target = tempdir().unwrap();
        let site = target.path().join("site.yaml");
        run_in(&folder, &["import", input, "-o", site.to_str().unwrap()]);
        let written = fs::read_dir(target.path().join("secrets")).into_iter().flatten();
        for path in written.map(|file| file.unwrap().path()).chain([site]) {
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600,
                "{}",
                path.display()
            );
        }
    }
}

/// A statement that the import does not know may have a password in it, in any syntax.
#[test]
fn the_account_shows_no_password() {
    for (name, text) in PASSWORDS {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        for format in ["text", "json"] {
            let ran = run_in(folder.path(), &["import", name, "--format", format]);
            let account = ran.stderr;
            assert!(!account.contains("Correct-Horse") && account.contains("********"), "{account}");
        }
    }
}

/// `conf-dir` may name a folder that `--root` does not search, and endings that are read alone or left out.
#[test]
fn folders_of_dnsmasq_are_read_as_dnsmasq_reads_them() {
    let root = tempdir().unwrap();
    let folder = root.path().join("etc/more.d");
    fs::create_dir_all(&folder).unwrap();
    for (at, name) in ["a.conf", "b.cfg", "c.bak", "d.conf~", ".e.conf", "f"].iter().enumerate() {
        let host = name.trim_start_matches('.').split_at(1).0;
        fs::write(folder.join(name), format!("dhcp-host=52:54:00:00:00:0{at},{host},10.0.0.{}\n", 1 + at))
            .unwrap();
    }
    for (endings, hosts) in [("", "a b c f"), ("/,*.conf,*.cfg", "a b"), (",.bak, .cfg", "a f")] {
        let text = format!("dhcp-range=10.0.0.10,10.0.0.20\nconf-dir=/etc/more.d{endings}\n");
        fs::write(root.path().join("etc/dnsmasq.conf"), &text).unwrap();
        let here = text.replace("/etc", root.path().join("etc").to_str().unwrap());
        fs::write(root.path().join("here.conf"), here).unwrap();
        for arguments in [&["import", "--root", "."][..], &["import", "--from", "dnsmasq", "here.conf"]] {
            let site = run_in(root.path(), arguments).stdout;
            let found = site.lines().filter_map(|line| Some(line.trim_start().split_once(": { mac:")?.0));
            assert_eq!(found.collect::<Vec<_>>().join(" "), hosts, "{arguments:?} {endings}");
        }
    }
}

/// A column that the import does not know may be the password of a management controller.
#[test]
fn the_account_shows_only_cells_of_known_columns() {
    let folder = tempdir().unwrap();
    let rows = "name,mac,bmc,ip\na,52:54:00:00:00:01,Correct-Horse-1,\n,52:54:00:00:00:02,Correct-Horse-2,10.0.0.9,Correct-Horse-3\n";
    fs::write(folder.path().join("hosts.csv"), rows).unwrap();
    let ran = run_in(folder.path(), &["import", "hosts.csv", "--format", "json"]);
    for shown in ["\"a,52:54:00:00:00:01,…,\"", "\",52:54:00:00:00:02,…,10.0.0.9,…\""] {
        assert!(ran.stderr.contains(shown), "{}", ran.stderr);
    }
}

/// Files with passwords.
const PASSWORDS: [(&str, &str); 6] = [
    (
        "dhcpd.conf",
        r#"foo password "Correct-Horse-1";
option server.password "Correct-Horse-2";
subnet 10.0.0.0 netmask 255.255.255.0 {
  option domain-name "x" password Correct-Horse-3;
  filename "http://u:Correct-Horse-4@10.0.0.1/x";
  option root-path "iscsi:u:Correct-Horse-5@10.0.0.5::::iqn.2020-01.a:b";
  option root-path "iscsi:u:Correct-Horse/6@10.0.0.5::::iqn.2020-01.a:c";
  bar "a-word-that-is-so-long-that-the-rest-is-cut" "http://u:Correct-Horse-7-Correct-Horse-7@10.0.0.1/x";
  baz token Correct-Horse-8;
}
"#,
    ),
    (
        "dnsmasq.conf",
        "server=/x/#password=Correct-Horse-1
dhcp-script=/usr/bin/x --password Correct-Horse-2
dhcp-option=190,password Correct-Horse-3
password Correct-Horse-4
",
    ),
    (
        "smb.conf",
        "[global]
 ldap admin password = Correct-Horse-1
 add user script = /x --passwd=Correct-Horse-2
 preexec = mount -o user=a,pass=Correct-Horse-3 //b/c /d
",
    ),
    (
        "boot.ipxe",
        "#!ipxe
set password Correct-Horse-1
set net0/password Correct-Horse-2
:x
kernel http://u:Correct-Horse-3@10.0.0.1/vmlinuz password=Correct-Horse-4 rootpw=Correct-Horse-5
boot
",
    ),
    (
        "targets.conf",
        "incomingdiscoveryuser a Correct-Horse-3
<target iqn.2020-01.a:b>
 backing-store /x
 outgoinguser a Correct-Horse-1
 foo password Correct-Horse-2
</target>
",
    ),
    (
        "kea-dhcp4.conf",
        r#"{ "Dhcp4": {
  "lease-database": { "password": "Correct-Horse-1", "type": "mysql" },
  "hosts-databases": [ { "type": "mysql", "password": "Correct-Horse-2" } ],
  "password": "Correct-Horse-3",
  "subnet4": [ { "id": 1, "subnet": "10.0.0.0/24", "password": "Correct-Horse-4" } ]
} }
"#,
    ),
];

/// dnsmasq reads nearly all files of its folder, whatever their names end with.
#[test]
fn files_that_dnsmasq_leaves_out_are_not_imported() {
    let root = tempdir().unwrap();
    let folder = root.path().join("etc/dnsmasq.d");
    fs::create_dir_all(&folder).unwrap();
    let left_out = [".a", "b~", "#c#", "d.dpkg-dist", "e.dpkg-old", "f.dpkg-new"];
    for name in ["0.conf", "1.bak", "README"].iter().chain(&left_out) {
        fs::write(folder.join(name), "dhcp-range=10.0.0.5,10.0.0.9,255.255.255.0\n").unwrap();
    }
    let ran = run_in(root.path(), &["import", "--root", ".", "-o", "site.yaml"]);
    let found: Vec<&str> = ran.stderr.lines().filter_map(|line| line.strip_prefix("found /etc/")).collect();
    assert_eq!(found, ["dnsmasq.d/0.conf", "dnsmasq.d/1.bak", "dnsmasq.d/README"], "{}", ran.stderr);
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
            let is_known = OTHER_ORDER.iter().any(|(known, _)| *known == title);
            match round_trip(&server) {
                Err(why) => differ.push(format!("{title}: {why}")),
                Ok(Difference::None) if is_known => {
                    differ.push(format!("{title} is equal now: take it from the list"));
                }
                Ok(Difference::Order(_)) if is_known => {}
                Ok(Difference::Order(why) | Difference::Facts(why)) => differ.push(format!("{title}: {why}")),
                Ok(Difference::None) => {}
            }
        }
    }
    assert!(differ.is_empty(), "{}\n", differ.join("\n"));
}

/// The trees whose hosts and subnets get the same, but not in the same lines, and why.
const OTHER_ORDER: &[(&str, &str)] = &[
    ("awkward/boot-1", "an option of the site that one subnet overrides is one of the subnets"),
    ("diskless/boot", "hosts that say the same become a group"),
    ("vendor-class/boot", "hosts that need more than a row of `hosts.csv` are before those of it"),
    ("iscsi-targets/boot", "hosts are in the order of their groups, which say nothing in the file"),
];

/// The first difference of two trees.
enum Difference {
    None,
    /// Each scope has the same statements.
    Order(String),
    Facts(String),
}

/// Imports the files of a server and renders them.
fn round_trip(server: &Path) -> Result<Difference, String> {
    let folder = tempdir().unwrap();
    let site = folder.path().join("site.yaml");
    let (site, root) = (site.to_str().unwrap(), server.to_str().unwrap());
    let own = name(server);
    let ran = run_in(&package(), &["import", "--root", root, "--server", &own, "-o", site]);
    if !matches!(ran.code, Some(0 | 1)) {
        return Err(ran.stderr);
    }
    let ran = run_in(folder.path(), &["render", "site.yaml", "-o", "out"]);
    if ran.code != Some(0) {
        return Err(ran.stderr.lines().take(4).collect::<Vec<_>>().join(" / "));
    }
    let files = [
        "etc/dhcp/dhcpd.conf",
        "etc/dhcp/dhcpd6.conf",
        "etc/dhcp/ipxe.options",
        "etc/default/isc-dhcp-server",
    ];
    let mut order = Difference::None;
    for file in files {
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
        let why = format!("{file}: `{}`, not `{}`", line(&got).trim(), line(&wanted).trim());
        if wanted != got && facts(&wanted) != facts(&got) {
            return Ok(Difference::Facts(why));
        }
        if wanted != got {
            order = Difference::Order(why);
        }
    }
    Ok(order)
}

/// The statements of a dhcpd.conf, each with the blocks around it. Those of a group are its hosts'.
fn facts(lines: &[String]) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    let mut blocks: Vec<String> = Vec::new();
    let mut of_group: Vec<String> = Vec::new();
    let mut statement = String::new();
    for line in lines {
        // A comment comes behind the last string.
        let quoted = line.rfind('"').unwrap_or(0);
        let comment = line[quoted..].find(" #").map_or(line.len(), |at| quoted + at);
        let line = line[..comment].trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        statement.push_str(line);
        if line.starts_with('}') {
            if blocks.pop().as_deref() == Some("group") {
                of_group.clear();
            }
            statement = statement.trim_start_matches('}').trim().to_owned();
            if statement.is_empty() {
                continue;
            }
        }
        if let Some(head) = statement.strip_suffix('{') {
            let head = head.trim();
            blocks.push(head.to_owned());
            if head.starts_with("host ") {
                facts.extend(of_group.iter().map(|fact| format!("{head} > {fact}")));
            }
            statement.clear();
        } else if statement.ends_with(';') {
            let inner: Vec<&str> =
                blocks.iter().map(String::as_str).filter(|block| *block != "group").collect();
            let is_of_group = blocks.first().is_some_and(|block| block == "group")
                && !inner.iter().any(|block| block.starts_with("host "));
            let fact = [inner.as_slice(), &[statement.as_str()]].concat().join(" > ");
            if is_of_group {
                of_group.push(fact);
            } else {
                facts.insert(fact);
            }
            statement.clear();
        } else {
            statement.push(' ');
        }
    }
    facts
}

/// What the files of the classroom that were written by hand say otherwise than examples/classroom, which corrects them:
/// docs/seeds.md has the reasons. `-` is the example's, `+` that of the files.
const CORRECTED: &[(&str, &[&str])] = &[
    (
        "etc/dhcp/dhcpd.conf",
        &[
            // An expression, which works by luck.
            "-ping-check true;",
            "+subnet 10.0.0.0 netmask 255.255.255.0 > ping-check = 1;",
            // UEFI's HTTP boot got the program for BIOS.
            "-subnet 10.0.0.0 netmask 255.255.255.0 > elsif substring(option vendor-class-identifier, 0, 10) = \"HTTPClient\" > if substring(option arch, 0, 2) = 00:0f > option vendor-class-identifier \"HTTPClient\";",
            "-subnet 10.0.0.0 netmask 255.255.255.0 > elsif substring(option vendor-class-identifier, 0, 10) = \"HTTPClient\" > if substring(option arch, 0, 2) = 00:0f > filename \"http://10.0.0.200/tftpboot/ipxe/ipxe32.efi\";",
            "-subnet 10.0.0.0 netmask 255.255.255.0 > elsif substring(option vendor-class-identifier, 0, 10) = \"HTTPClient\" > elsif substring(option arch, 0, 2) = 00:10 > option vendor-class-identifier \"HTTPClient\";",
            "-subnet 10.0.0.0 netmask 255.255.255.0 > elsif substring(option vendor-class-identifier, 0, 10) = \"HTTPClient\" > elsif substring(option arch, 0, 2) = 00:10 > filename \"http://10.0.0.200/tftpboot/ipxe/ipxe.efi\";",
        ],
    ),
    // Exported to all, who are root there.
    (
        "etc/exports",
        &[
            "+/var/lib/tftpboot/ubuntuinstall *(ro,async,no_subtree_check,no_root_squash)",
            "-/var/lib/tftpboot/ubuntuinstall 10.0.0.0/24(ro,no_subtree_check,async)",
        ],
    ),
    // Nobody can write there.
    ("etc/samba/smb.conf", &["+create mask = 0775", "+directory mask = 0775"]),
    (
        "var/www/html/install.ipxe",
        &[
            // Two hours and a half.
            "-choose --timeout 30000 --default ${ipxegen.default} ipxegen.choice || goto ipxegen.menu",
            "+choose --timeout 9000000 --default ${ipxegen.default} ipxegen.choice || goto ipxegen.menu",
            // What follows `--` would be for the installer alone.
            "-kernel /tftpboot/ubuntuinstall/casper/vmlinuz initrd=initrd root=/dev/nfs boot=casper netboot=nfs nfsroot=10.0.0.200:/var/lib/tftpboot/ubuntuinstall ip=dhcp systemd.mask=tmp.mount --- || goto ipxegen.failed",
            "+kernel /tftpboot/ubuntuinstall/casper/vmlinuz initrd=initrd root=/dev/nfs boot=casper netboot=nfs nfsroot=10.0.0.200:/var/lib/tftpboot/ubuntuinstall ip=dhcp systemd.mask=tmp.mount -- || goto ipxegen.failed",
            // Windows PE was offered to a 32-bit UEFI, which cannot start it.
            "-set ipxegen.client other",
            "-iseq ${platform} pcbios && set ipxegen.client bios ||",
            "-iseq ${platform} efi && iseq ${buildarch} x86_64 && set ipxegen.client efi_x64 ||",
            "-iseq ${ipxegen.client} bios && item --key w winpe Windows PE ||",
            "-iseq ${ipxegen.client} efi_x64 && item --key w winpe Windows PE ||",
            "+item --key w winpe Windows PE",
            // By hand the local disk was iPXE's `exit`, with which few BIOSes go on.
            "-iseq ${platform} pcbios || set skip-san-boot 1",
            "-iseq ${platform} pcbios || exit 1",
            "-sanboot --no-describe --drive 0x80 && goto ipxegen.menu ||",
        ],
    ),
];

/// The page that ipxegen began with, in files of our own, becomes the site that we made of it.
#[test]
fn the_classroom_by_hand_becomes_the_example() {
    let by_hand = package().join("tests/import/classroom-by-hand");
    let example = package().join("examples/classroom/rendered/boot");
    let folder = tempdir().unwrap();
    let site = folder.path().join("site.yaml");
    let ran = run_in(&by_hand, &["import", "--root", "root", "-o", site.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = run_in(folder.path(), &["render", "site.yaml", "-o", "out"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for (file, corrected) in CORRECTED {
        let lines = |folder: &Path| -> BTreeSet<String> {
            let text = fs::read_to_string(folder.join(file)).unwrap();
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            if file.ends_with("dhcpd.conf") {
                return facts(&lines);
            }
            let lines = lines.iter().map(|line| line.trim().to_owned());
            lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
        };
        let (wanted, got) = (lines(&example), lines(&folder.path().join("out/boot")));
        let missing = wanted.difference(&got).map(|line| format!("-{line}"));
        let found: BTreeSet<String> =
            missing.chain(got.difference(&wanted).map(|line| format!("+{line}"))).collect();
        let expected: BTreeSet<String> = corrected.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(found, expected, "{file}");
    }
}

/// The parts of a site that the files of a server other than those of DHCP tell.
const PARTS: [(&str, &[&str]); 3] = [
    ("tftp", &["root", "address", "options", "user"]),
    ("smb", &["shares", "workgroup", "raw"]),
    ("nfs", &["exports"]),
];

/// Sites whose files are not imported alike, and why.
const UNEQUAL: [(&str, &str); 7] = [
    ("boot-files", "no file names the NFS server, so its argument is not the one that the kind adds"),
    ("injected", "`reinstall: every_boot` accepts a finding, and is in no file"),
    ("installers", "`reinstall: every_boot` accepts a finding, and is in no file"),
    ("merge", "blanks at the beginning of a line of a script, which mean nothing to iPXE"),
    ("rare-keys", "the argument of all entries but one becomes one of each entry"),
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
    // The files of one server say that it runs a service, and not which others do, or how they are called.
    let known = map.get("servers").and_then(Value::as_object).cloned().unwrap_or_default();
    let is_known = |name: &Value| name.as_str().is_some_and(|name| known.contains_key(name));
    for service in ["tftp", "http", "nfs", "smb"] {
        let names_own =
            map.get(service).is_some_and(|keys| keys.get("server").or(keys.get("servers")).is_some());
        let Some(keys) = new.get_mut(service).and_then(Value::as_object_mut) else { continue };
        keys.retain(|key, value| match key.as_str() {
            "server" => !names_own && is_known(value),
            "servers" => !names_own && value.as_array().is_some_and(|names| names.iter().all(is_known)),
            _ => true,
        });
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

/// The comments of exports say why an export is derived.
fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with('#')).map(|line| format!("{line}\n")).collect()
}

/// What a site may read is said of a site, and the import reads none but that of `--site`.
#[test]
fn access_is_that_of_another_site() {
    for option in [["--allow-path", "."], ["--allow-env", "PASSWORD"], ["--with", "more.yaml"]] {
        let ran = run_in(&package(), &[&["import", "dhcpd.conf"], &option[..]].concat());
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains("--site <SITE>"), "{}", ran.stderr);
    }
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
