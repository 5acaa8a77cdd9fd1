use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};

use crate::support::program::{finish, ipxegen, run_in, run_on, tree, within};
use crate::support::{require, require_root};

/// A site that renders, to which each test adds a mistake.
const SITE: &str = "servers: { b: { ip: 10.0.0.2, interfaces: e } }\nsubnets: { l: { cidr: 10.0.0.0/8, ranges: 10.1.0.0-10.9.255.255 } }\n";

/// `render` of a text reports a finding with these words, and writes nothing.
fn refused(text: impl AsRef<[u8]>, rule: &str, words: &str) -> String {
    let dir = tempdir().unwrap();
    let out = dir.path().join("out");
    let ran = run_on(text.as_ref(), &["render", "-", "-o", out.to_str().unwrap()]).ended(1);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains(&format!("error[{rule}]: ")), "no {rule}:\n{}", ran.stderr);
    assert!(ran.stderr.contains(words), "`{words}` is missing:\n{}", ran.stderr);
    assert!(!out.exists(), "something was written");
    ran.stderr
}

#[test]
fn a_file_without_a_site() {
    for text in ["", "\n\n", "# nothing\n", "---\n", "~\n", "null\n", "\u{feff}", "---\n...\n"] {
        refused(text, "empty", "there is no site in this file");
    }
    refused("just words\n", "wrong-type", "expected a mapping for the site, found a single value");
    refused("[a, b]\n", "wrong-type", "expected a mapping for the site, found a list");
    refused("{}\n", "no-server", "the site has no server");
}

#[test]
fn text_that_is_not_utf8() {
    let shown = refused(b"name: caf\xe9\n", "not-utf8", "the text is not UTF-8 from here on");
    assert!(shown.contains(":1:10"), "{shown}");
    refused([SITE.as_bytes(), b"name: \"\xff\"\n"].concat(), "not-utf8", "iconv");
    // UTF-16, with and without its mark.
    for start in [&b"\xff\xfe"[..], b""] {
        let text: Vec<u8> = SITE.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let ran = run_on(&[start, &text].concat(), &["render", "-", "-o", "/nonexistent/x"]).ended(1);
        assert!(ran.stderr.contains("error["), "{}", ran.stderr);
    }
    refused(format!("{SITE}name: \"a\0b\"\n"), "yaml", "this is not YAML");
}

#[test]
fn a_mark_at_the_start_and_carriage_returns_do_no_harm() {
    let plain = run_on(SITE.as_bytes(), &["show", "-"]).ended(0).stdout;
    let marked = run_on(format!("\u{feff}{SITE}").as_bytes(), &["show", "-"]).ended(0).stdout;
    let returns = run_on(SITE.replace('\n', "\r\n").as_bytes(), &["show", "-"]).ended(0).stdout;
    assert_eq!((&marked, &returns), (&plain, &plain));
    // Places count without the mark, and a carriage return is no part of a line.
    let shown = refused(format!("\u{feff}nmae: x\r\n{SITE}"), "unknown-key", "did you mean `name`?");
    assert!(shown.contains("<stdin>:1:1") && !shown.contains('\r'), "{shown:?}");
}

#[test]
fn tabs_instead_of_blanks() {
    refused(
        "servers:\n\tb: { ip: 10.0.0.2 }\n",
        "yaml",
        "a tab indents this line, and YAML does not take tabs",
    );
}

#[test]
fn anchors_that_are_none() {
    refused(format!("{SITE}name: *nobody\n"), "yaml-alias", "this alias has no anchor before it");
    refused(format!("{SITE}x-a: &a [*a]\n"), "yaml-alias", "this alias has no anchor before it");
    refused(format!("{SITE}<<: word\n"), "yaml-merge", "`<<` merges a mapping, or a list of mappings");
    refused(
        format!("{SITE}<<: [{{}}, word]\n"),
        "yaml-merge",
        "`<<` merges a mapping, or a list of mappings",
    );
    refused(format!("{SITE}groups: {{ a: {{ <<: [x] }} }}\n"), "yaml-merge", "`<<` merges");
    refused(format!("{SITE}name: !ruby/object x\n"), "yaml-tag", "`!ruby/object` means nothing here");
    refused(format!("{SITE}? [a, b]\n: x\n"), "yaml-key", "a key must be a single value");
    refused(format!("{SITE}---\nname: x\n"), "yaml-document", "a second document begins here");
}

#[test]
fn a_hundred_thousand_levels() {
    for open in ["[", "{a: ", "- ", "a: {b: [", "? "] {
        refused(open.repeat(100_000), "yaml", "this is not YAML");
    }
}

#[test]
fn a_scalar_of_ten_megabytes() {
    let shown = refused(format!("{SITE}name: {}\n", "x".repeat(10_000_000)), "malformed", "one line of text");
    assert!(shown.len() < 10_000, "{} bytes", shown.len());
    let shown = refused(
        format!("{SITE}domain: \"{}\"\n", "\\t".repeat(5_000_000)),
        "malformed",
        "such as lab.example.org",
    );
    assert!(shown.len() < 20_000, "{} bytes", shown.len());
}

/// Every class is resolved in every subnet that it names, and dhcpd.conf has its settings there. Too many are refused before
/// they take gigabytes.
#[test]
fn classes_in_too_many_subnets() {
    let class = |at: usize| format!("  c{at}: {{ match: {{ vendor_class: v{at} }}, file: f{at} }}\n");
    let subnet = |at: usize| format!("  n{at}: {{ cidr: 10.{}.{}.0/24 }}\n", at >> 8, at & 255);
    let site = |classes: usize, subnets: usize| {
        let classes: String = (0..classes).map(class).collect();
        let subnets: String = (0..subnets).map(subnet).collect();
        format!(
            "servers: {{ b: {{ ip: 10.0.0.2/24, interfaces: e }} }}\nclasses:\n{classes}subnets:\n{subnets}"
        )
    };
    let shown = refused(site(1_000, 20_000), "malformed", "the classes count in 20000000 subnets");
    assert!(shown.contains("500000 are the most"), "{shown}");
    let shown = refused(site(20_000, 1_000), "malformed", "the site has 20000 classes; 1000 are the most");
    assert_eq!(shown.matches("error[").count(), 1, "{shown}");
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("site.yaml"), site(1_000, 20_000)).unwrap();
    within(500_000, folder.path(), "$IPXEGEN check site.yaml").ended(1);
}

/// The lists of a site that multiply each other, beside those of classes.
#[test]
fn lists_that_multiply() {
    let subnet = |at: usize| {
        format!("  n{at}: {{ cidr: 10.{0}.{1}.0/24, routers: 10.{0}.{1}.1 }}\n", 1 + (at >> 8), at & 255)
    };
    let subnets = |count: usize| format!("subnets:\n{}", (0..count).map(subnet).collect::<String>());
    let head = "servers: { b: { ip: 10.0.0.2/8, interfaces: e } }\n";

    // Each export without clients is for all subnets.
    let exports: String = (0..1_100).map(|at| format!("    - {{ path: /srv/{at} }}\n")).collect();
    let text = format!("{head}nfs:\n  exports:\n{exports}{}", subnets(1_000));
    refused(text, "malformed", "the exports of NFS name more than 1000000 networks");

    // Each subnet has the name servers of the site.
    let dns: Vec<String> = (0..5_000).map(|at| format!("10.0.{}.{}", at >> 8, at & 255)).collect();
    let text = format!("{head}dhcp: {{ dns: [{}] }}\n{}", dns.join(", "), subnets(1_000));
    refused(text, "malformed", "1000 subnets inherit");

    // Each range refuses each class with an address in its network.
    let class = |at: usize| {
        format!("  c{at}: {{ match: {{ circuit_id: p{at} }}, ip: 10.1.{}.{} }}\n", at >> 8, at & 255)
    };
    let classes: String = (0..900).map(class).collect();
    let range = |at: usize| format!("10.2.{}.{}", at >> 7, (at & 127) * 2);
    let ranges: Vec<String> = (0..600).map(range).collect();
    let text = format!(
        "{head}classes:\n{classes}subnets: {{ l: {{ cidr: 10.0.0.0/8, ranges: [{}] }} }}\n",
        ranges.join(", ")
    );
    refused(text, "malformed", "540000 times a range is in the network of a class");

    // Each subnet has the settings of each class.
    let raw = "      ddns-hostname \"printer\";\n".repeat(2_000);
    let class = format!("classes:\n  c:\n    match: {{ vendor_class: v }}\n    raw:\n     dhcpd: |\n{raw}");
    let text = format!("{head}{class}{}", subnets(3_000));
    refused(text, "malformed", "bytes, counted in each subnet; 100000000 are the most");

    // Each address of a server is compared with each subnet.
    let ips: Vec<String> = (0..2_001).map(|at| format!("10.1.{}.{}/8", at >> 8, at & 255)).collect();
    let text = format!("servers: {{ b: {{ ip: [{}], interfaces: e }} }}\n{}", ips.join(", "), subnets(1));
    refused(text, "malformed", "the servers have 2001 addresses; 2000 are the most");

    // Each server of TFTP has the files of all entries.
    let server = |at: usize| format!("  s{at}: {{ ip: 10.200.{}.{}/8 }}\n", at >> 8, at & 255);
    let servers: String = (0..600).map(server).collect();
    let names: Vec<String> = (0..600).map(|at| format!("s{at}")).collect();
    let entry = |at: usize| format!("  e{at}: {{ kind: linux, dir: d{at}, kernel: k, initrd: i }}\n");
    let entries: String = (0..600).map(entry).collect();
    let text = format!(
        "servers:\n  b: {{ ip: 10.0.0.2/8, interfaces: e }}\n{servers}dhcp: {{ server: b }}\ntftp: {{ servers: [{}] }}\nhttp: {{ server: b }}\nboot_entries:\n{entries}{}",
        names.join(", "),
        subnets(1)
    );
    refused(text, "malformed", " servers each need ");
}

/// A folder of files with a site beside it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let dir = tempdir().unwrap();
        fs::write(dir.path().join("site.yaml"), SITE).unwrap();
        Self(dir)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn render(&self) -> crate::support::program::Ran {
        run_in(self.0.path(), &["render"])
    }
}

#[test]
fn no_file_and_no_yaml() {
    let folder = Folder::new();
    run_in(folder.0.path(), &["render", "nowhere.yaml"]).ended(2).says("cannot read nowhere.yaml");
    fs::remove_file(folder.path("site.yaml")).unwrap();
    folder.render().ended(2).says("let `ipxegen init` write one to start from");
    fs::create_dir(folder.path("site.yaml")).unwrap();
    folder.render().ended(2).says("holds no YAML file");
    assert!(!folder.path("out").exists());
}

#[test]
fn an_output_folder_that_is_a_file() {
    let folder = Folder::new();
    fs::write(folder.path("out"), "mine").unwrap();
    let ran = folder.render().ended(2);
    assert!(ran.stderr.contains("out"), "{}", ran.stderr);
    assert_eq!(fs::read(folder.path("out")).unwrap(), b"mine");
}

#[test]
fn an_output_folder_with_other_peoples_files() {
    let folder = Folder::new();
    let conf = folder.path("out/b/etc/dhcp/dhcpd.conf");
    fs::create_dir_all(conf.parent().unwrap()).unwrap();
    fs::write(&conf, "mine").unwrap();
    fs::write(folder.path("out/notes"), "mine").unwrap();
    let ran = folder.render().ended(2).says("nothing was written; --force overwrites these files");
    assert!(ran.stderr.contains("out/b/etc/dhcp/dhcpd.conf: "), "{}", ran.stderr);
    let files = tree(&folder.path("out"));
    assert_eq!(files.keys().collect::<Vec<_>>(), ["b/etc/dhcp/dhcpd.conf", "notes"]);
    assert_eq!(files["b/etc/dhcp/dhcpd.conf"].bytes, b"mine");
    run_in(folder.0.path(), &["render", "--force"]).ended(0);
    assert_eq!(fs::read(folder.path("out/notes")).unwrap(), b"mine");
}

/// Root may write everywhere, so the test gives the folder to another user and runs as that user.
#[test]
fn an_output_folder_that_is_not_writable() {
    let folder = Folder::new();
    fs::create_dir(folder.path("out")).unwrap();
    fs::set_permissions(folder.path("out"), fs::Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(folder.0.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = if fs::write(folder.path("out/probe"), "").is_ok() {
        fs::remove_file(folder.path("out/probe")).unwrap();
        if !require("setpriv") {
            return;
        }
        // A program that `nobody` may not execute is copied to a folder where it may.
        let program = folder.path("ipxegen");
        fs::copy(env!("CARGO_BIN_EXE_ipxegen"), &program).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
        command
    } else {
        ipxegen()
    };
    let ran = finish(command.current_dir(folder.0.path()).arg("render").stdin(Stdio::null()), b"").ended(2);
    assert!(ran.stderr.contains("out") && ran.stderr.contains("ermission denied"), "{}", ran.stderr);
    assert!(tree(&folder.path("out")).is_empty());
}

/// A disk of 64 kB, which the tree does not fit on: nothing is left behind, and an older tree stays.
#[test]
fn a_full_disk() {
    if !require("mount") || !require_root() {
        return;
    }
    let folder = Folder::new();
    let disk = folder.path("disk");
    fs::create_dir(&disk).unwrap();
    let mounted =
        finish(Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&disk), b"");
    if mounted.code != Some(0) {
        assert!(std::env::var_os("CI").is_none(), "may not be skipped in CI: {}", mounted.stderr);
        eprintln!("skipped: cannot mount a tmpfs here");
        return;
    }
    struct Mount<'p>(&'p Path);
    impl Drop for Mount<'_> {
        fn drop(&mut self) {
            // Lazily: a child that another test starts just now may hold a file that is open here.
            let _ = Command::new("umount").arg("-l").arg(self.0).status();
        }
    }
    let _mount = Mount(&disk);
    let arguments = ["render", "-o", "disk/out"];
    run_in(folder.0.path(), &arguments).ended(0);
    let before = tree(&disk);
    let hosts = (0..2_000).map(|at| format!("  h{at}: {{ mac: 02{at:010x} }}\n")).collect::<String>();
    fs::write(folder.path("site.yaml"), format!("{SITE}hosts:\n{hosts}")).unwrap();
    let ran = run_in(folder.0.path(), &arguments).ended(2);
    assert!(ran.stderr.contains("No space left on device"), "{}", ran.stderr);
    assert_eq!(tree(&disk), before, "something was half-written");
    fs::remove_dir_all(disk.join("out")).unwrap();
    run_in(folder.0.path(), &arguments).ended(2).says("No space left on device");
    let left: Vec<_> = tree(&disk).into_keys().filter(|path| !path.ends_with(".ipxegen.lock")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A reader that closes the pipe early, such as `head`, causes no failure and no panic.
#[test]
fn a_broken_pipe() {
    let folder = Folder::new();
    let hosts = (0..20_000).map(|at| format!("  h{at}: {{ mac: 02{at:010x} }}\n")).collect::<String>();
    fs::write(folder.path("site.yaml"), format!("{SITE}hosts:\n{hosts}")).unwrap();
    for arguments in
        [&["render", "--stdout", "b/etc/dhcp/dhcpd.conf"][..], &["show"], &["show", "--format", "json"]]
    {
        let mut command = ipxegen();
        command.current_dir(folder.0.path()).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let end = child.wait_with_output().unwrap();
        assert!(!line.is_empty());
        assert_eq!(String::from_utf8_lossy(&end.stderr), "", "{arguments:?}");
        assert_eq!(end.status.code(), Some(0), "{arguments:?}");
    }
    // Findings that nobody reads.
    fs::write(folder.path("site.yaml"), "k: 1\n".repeat(50_000)).unwrap();
    let mut command = ipxegen();
    let mut child = command
        .current_dir(folder.0.path())
        .arg("render")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    let code = child.wait().unwrap().code();
    assert!(matches!(code, Some(0 | 1)), "{code:?}");
}
