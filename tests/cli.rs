use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::support::program::{Ran, SITES, cases, finish, ipxegen, run_in, run_on, tree};

/// Two servers, so that one can be chosen.
const SITE: &str = "name: Two
servers: { a: { ip: 10.0.0.2, interfaces: eth0 }, b: { ip: 10.0.0.3 } }
dhcp: { server: a }
tftp: { servers: [a, b] }
http: { server: b }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110 } }
boot_entries: { c: { kind: chain, label: Café, url: c.efi } }
";

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempdir().unwrap());
        folder.write("site.yaml", SITE);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        run_in(self.0.path(), arguments)
    }

    /// The paths below `out`.
    fn paths(&self) -> Vec<String> {
        tree(&self.path("out")).into_keys().collect()
    }
}

#[test]
fn help_says_what_there_is_and_what_the_exit_codes_mean() {
    let help = run_in(Path::new("/"), &["--help"]).ended(0);
    assert_eq!(help.stderr, "");
    for words in ["render", "show", "init", "Exit codes: 0 success; 1 the site has errors", "2 failure"] {
        assert!(help.stdout.contains(words), "{words}:\n{}", help.stdout);
    }
    for command in ["render", "show", "init"] {
        let help = run_in(Path::new("/"), &[command, "--help"]).ended(0);
        assert!(help.stdout.contains("Usage: ipxegen"), "{}", help.stdout);
    }
    let version = run_in(Path::new("/"), &["--version"]).ended(0);
    assert_eq!(version.stdout, format!("ipxegen {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_arguments_are_a_failure() {
    for arguments in
        [&[][..], &["frobnicate"], &["render", "--frob"], &["show", "--format", "xml"], &["render", "a", "b"]]
    {
        let ran = run_in(Path::new("/"), arguments).ended(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_warning_is_an_error_under_strict_only() {
    let folder = Folder::new();
    folder.run(&["render", "--strict"]).ended(1).says("warning[label-not-ascii]: ");
    assert!(!folder.path("out").exists(), "something was written");
    folder.run(&["render"]).ended(0).says("warning[label-not-ascii]: ");
    assert!(folder.path("out/manifest.json").is_file());
}

#[test]
fn a_site_from_standard_input() {
    let folder = Folder::new();
    folder.run(&["render", "-o", "file"]).ended(0);
    let mut command = ipxegen();
    command
        .current_dir(folder.0.path())
        .args(["render", "-", "-o", "stdin"])
        .stdin(std::process::Stdio::piped());
    finish(&mut command, SITE.as_bytes()).ended(0).says("--> <stdin>:7:");
    let names = |dir: &str| tree(&folder.path(dir)).into_keys().collect::<Vec<_>>();
    assert_eq!(names("stdin"), names("file"));
    for file in names("file") {
        assert_eq!(folder.read(&format!("stdin/{file}")), folder.read(&format!("file/{file}")), "{file}");
    }
    assert!(folder.read("file/a/etc/dhcp/dhcpd.conf").starts_with("# Made by ipxegen for the site Two: "));
}

/// The name of the site's file does not change the rendered bytes: otherwise `apply` would reload daemons.
#[test]
fn the_name_of_the_site_file_changes_no_byte() {
    for case in cases(&SITES).iter().filter(|case| case.join("site.yaml").is_file()) {
        let folder = tempdir().unwrap();
        let copy = folder.path().join("copy");
        assert!(Command::new("cp").arg("-r").args([case, &copy]).status().unwrap().success());
        fs::rename(copy.join("site.yaml"), copy.join("school.yaml")).unwrap();
        let other = folder.path().join("other");
        let renamed = ["render", "copy/school.yaml", "-o", other.to_str().unwrap()];
        run_in(folder.path(), &renamed).ended(0);
        let (one, other) = (tree(&case.join("rendered")), tree(&other));
        assert!(!one.is_empty() && one.len() == other.len(), "{}", case.display());
        for (path, file) in &one {
            assert!(file.bytes == other[path].bytes, "{}: {path}", case.display());
        }
    }
}

#[test]
fn one_server_or_one_output() {
    let folder = Folder::new();
    let ran = folder.run(&["render", "--server", "b"]).ended(0);
    assert!(!ran.stdout.contains(" a/") && ran.stdout.contains("left to do on b:"), "{}", ran.stdout);
    assert!(folder.paths().iter().all(|path| path.starts_with("b/") || path == "manifest.json"));
    folder.run(&["render", "--only", "dhcpd", "--only", "ipxe_options"]).ended(0);
    let dhcpd: Vec<_> = folder.paths().into_iter().filter(|path| path.starts_with("a/")).collect();
    assert_eq!(dhcpd, ["a/etc/dhcp/dhcpd.conf", "a/etc/dhcp/ipxe.options"]);
    // Files that are not chosen are not touched or removed, and stay in the manifest.
    let manifest: Value = serde_json::from_str(&folder.read("out/manifest.json")).unwrap();
    let listed = manifest["files"].as_array().unwrap().len();
    assert_eq!(listed, folder.paths().len() - 1);
    folder.run(&["render", "--server", "c"]).ended(1).says("--server: the site has no server `c`");
    folder
        .run(&["render", "--only", "dhcp"])
        .ended(1)
        .says("--only: there is no output `dhcp`")
        .says("`dhcpd`");
}

#[test]
fn one_file_on_standard_output() {
    let folder = Folder::new();
    folder.run(&["render"]).ended(0);
    for path in ["a/etc/dhcp/dhcpd.conf", "/etc/dhcp/dhcpd.conf", "etc/dhcp/dhcpd.conf"] {
        let ran = folder.run(&["render", "-o", "nowhere", "--stdout", path]).ended(0);
        assert_eq!(ran.stdout, folder.read("out/a/etc/dhcp/dhcpd.conf"), "{path}");
    }
    folder
        .run(&["render", "--stdout", "etc/default/tftpd-hpa"])
        .ended(2)
        .says("name one of a/etc/default/tftpd-hpa, b/etc/default/tftpd-hpa");
    let of_b = folder.run(&["render", "--server", "b", "--stdout", "etc/default/tftpd-hpa"]).ended(0);
    assert_eq!(of_b.stdout, folder.read("out/b/etc/default/tftpd-hpa"));
    folder.run(&["render", "--server", "b", "--stdout", "a/etc/default/tftpd-hpa"]).ended(2);
    let ran =
        folder.run(&["render", "--stdout", "etc/nothing"]).ended(2).says("no file `etc/nothing` is rendered");
    assert!(ran.stdout.is_empty());
    assert!(!folder.path("nowhere").exists());
}

#[test]
fn a_fragment_has_a_place_for_anchors_as_the_site_has() {
    let folder = Folder::new();
    let tonight = "x-pc: &pc { mac: \"52:54:00:00:00:01\", ip: 10.0.0.11 }\nhosts: { a: *pc }\n";
    folder.write("tonight.yaml", tonight);
    let ran = folder.run(&["show", "site.yaml", "--with", "tonight.yaml"]).ended(0);
    assert!(ran.stdout.contains("10.0.0.11") && !ran.stderr.contains("x-pc"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn quiet_prints_findings_only() {
    let folder = Folder::new();
    let ran = folder.run(&["render", "--quiet"]).ended(0).says("warning[label-not-ascii]");
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_file_changed_by_hand_stops_the_run() {
    let folder = Folder::new();
    folder.run(&["render"]).ended(0);
    folder.write("out/a/etc/dhcp/dhcpd.conf", "by hand");
    folder.write("site.yaml", &SITE.replace("Two", "Three"));
    let before = tree(&folder.path("out"));
    let ran = folder.run(&["render"]).ended(2).says("nothing was written; --force overwrites these files");
    assert!(
        ran.stderr.contains("out/a/etc/dhcp/dhcpd.conf: ") && !ran.stderr.contains("install.ipxe"),
        "{}",
        ran.stderr
    );
    assert_eq!(tree(&folder.path("out")), before);
    folder.run(&["render", "--force"]).ended(0);
    assert!(folder.read("out/a/etc/dhcp/dhcpd.conf").starts_with("# Made by ipxegen"));
    assert!(folder.read("out/b/var/www/html/install.ipxe").contains("menu Three"));
}

#[test]
fn a_stale_file_of_ours_goes_and_others_stay() {
    let folder = Folder::new();
    folder.run(&["render"]).ended(0);
    folder.write("out/b/var/www/html/mine", "mine");
    folder.write(
        "site.yaml",
        &SITE.replace("http: { server: b }", "http: none").replace("c.efi", "\"http://x/c.efi\""),
    );
    let ran = folder.run(&["render"]).ended(0);
    assert!(ran.stdout.contains("removed   b/var/www/html/install.ipxe\n"), "{}", ran.stdout);
    assert!(!folder.path("out/b/var/www/html/install.ipxe").exists());
    assert_eq!(folder.read("out/b/var/www/html/mine"), "mine");
}

#[test]
fn nothing_is_written_when_there_is_an_error() {
    let folder = Folder::new();
    folder.run(&["render"]).ended(0);
    let before = tree(&folder.path("out"));
    folder.write("site.yaml", &SITE.replace("10.0.0.110", "10.0.0.99"));
    folder.run(&["render"]).ended(1).says("error[malformed]: the range 10.0.0.100-10.0.0.99 is reversed");
    assert_eq!(tree(&folder.path("out")), before);
}

#[test]
fn a_template_of_the_users_replaces_ours() {
    let folder = Folder::new();
    folder.write("t/tftpd_hpa/tftpd-hpa.tera", "# mine\nTFTP_DIRECTORY={{ root | value }}\n");
    folder.run(&["render", "--templates", "t"]).ended(0);
    assert_eq!(folder.read("out/a/etc/default/tftpd-hpa"), "# mine\nTFTP_DIRECTORY=\"/srv/tftp\"\n");
    // One block of one of ours.
    folder.write(
        "t/dhcpd/dhcpd.conf.tera",
        "{% extends \"builtin/dhcpd/dhcpd.conf\" %}\n{% block tail %}\n# my own end\n{% endblock %}\n",
    );
    folder.run(&["render", "--templates", "t"]).ended(0);
    let conf = folder.read("out/a/etc/dhcp/dhcpd.conf");
    assert!(
        conf.starts_with("# Made by ipxegen")
            && conf.contains("subnet 10.0.0.0 ")
            && conf.contains("# my own end"),
        "{conf}"
    );
}

#[test]
fn a_template_that_is_none_of_ours_is_named_with_the_nearest() {
    let folder = Folder::new();
    folder.write("t/dhcpd/dhcp.conf.tera", "x");
    let ran = folder.run(&["render", "--templates", "t"]).ended(1).says("error[unknown-template]: ");
    assert!(ran.stderr.contains("dhcpd/dhcpd.conf"), "{}", ran.stderr);
    folder.run(&["render", "--templates", "nowhere"]).ended(2).says("cannot read the templates in nowhere");
    assert!(!folder.path("out").exists());
}

#[test]
fn a_template_that_forgets_to_quote_writes_nothing() {
    let folder = Folder::new();
    for (body, words) in [
        ("TFTP_DIRECTORY={{ source }} x\n{{ site.name ~ \"; reboot\" }}\n", "is not a bare word"),
        ("{{ site.name | safe }}\n", "safe"),
        ("{{ no.such.thing }}\n", "no"),
        ("{% if %}\n", "cannot be read"),
        ("{{ site.name | frobnicate }}\n", "frobnicate"),
    ] {
        folder.write("t/tftpd_hpa/tftpd-hpa.tera", body);
        let ran = folder.run(&["render", "--templates", "t"]);
        assert!(matches!(ran.code, Some(1 | 2)), "{body}: {:?}", ran.code);
        assert!(!ran.stderr.contains("panicked") && ran.stderr.contains(words), "{body}:\n{}", ran.stderr);
        assert!(
            folder
                .path("out")
                .read_dir()
                .map_or(true, |dir| dir.flatten().all(|entry| entry.file_name() == ".ipxegen.lock")),
            "{body}: something was written"
        );
    }
}

#[test]
fn init_writes_a_site_that_renders() {
    let dir = tempdir().unwrap();
    let ran = run_in(dir.path(), &["init"]).ended(0);
    assert!(ran.stdout.contains("site.yaml") && ran.stderr.is_empty(), "{ran:?}");
    let starter = fs::read(dir.path().join("site.yaml")).unwrap();
    let ran = run_in(dir.path(), &["render", "--strict"]).ended(0);
    assert_eq!(ran.stderr, "");
    run_in(dir.path(), &["init"]).ended(2).says("an existing file is not replaced");
    assert_eq!(fs::read(dir.path().join("site.yaml")).unwrap(), starter);
    run_in(dir.path(), &["init", "other.yaml"]).ended(0);
    assert_eq!(fs::read(dir.path().join("other.yaml")).unwrap(), starter);
    run_in(dir.path(), &["init", "no/such/folder.yaml"]).ended(2).says("cannot write no/such/folder.yaml");
}

#[test]
fn show_is_the_same_in_both_formats() {
    for case in cases(&SITES) {
        let yaml = run_in(&case, &["show"]).ended(0).stdout;
        let json = run_in(&case, &["show", "--format", "json"]).ended(0).stdout;
        let from_yaml: Value = serde_yaml::from_str(&yaml).unwrap();
        let from_json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(from_yaml, from_json, "{}", case.display());
    }
}

/// A host shows what it inherits from its groups and its subnet, and a scope its verbatim text.
#[test]
fn show_has_what_a_host_inherits() {
    let site = "servers: { a: { ip: 10.0.0.2/24 } }\n\
                dhcp: { daemon: external, default_lease_time: 1h }\n\
                subnets: { lan: { cidr: 10.0.0.0/24, boot: local } }\n\
                groups: { room: { domain: room.example } }\n\
                raw: { exports: \"/x *(ro)\" }\n\
                smb: { raw: { smb: \"log level = 1\" }, shares: { s: { path: /s, raw: { smb: \"comment = x\" } } } }\n\
                hosts:\n  \
                  h: { mac: 020000000001, ip: 10.0.0.21, group: room }\n  \
                  own: { mac: 020000000002, ip: 10.0.0.22, boot: none, netboot: none }\n";
    let shown = run_on(site.as_bytes(), &["show", "-", "--format", "json"]).ended(0).stdout;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    for (path, wanted) in [
        ("/dhcp/daemon", "\"external\""),
        ("/dhcp/default_lease_time", "3600"),
        ("/raw/exports", "\"/x *(ro)\""),
        ("/smb/raw/smb", "\"log level = 1\""),
        ("/smb/shares/s/raw/smb", "\"comment = x\""),
        ("/hosts/h/group", "[\"room\"]"),
        ("/hosts/h/boot", "\"local\""),
        ("/hosts/h/netboot", "\"all\""),
        ("/hosts/h/loaders/bios", "\"undionly.kpxe\""),
        ("/hosts/own/boot", "\"\""),
        ("/hosts/own/netboot", "\"none\""),
    ] {
        let value = shown.pointer(path).unwrap_or_else(|| panic!("{path} is not shown:\n{shown:#}"));
        assert_eq!(*value, serde_json::from_str::<Value>(wanted).unwrap(), "{path}");
    }
    assert_eq!(shown.pointer("/hosts/own/loaders"), None, "a host that does not boot has no loaders");
}

/// `show` prints every default of a site that sets nothing.
#[test]
fn show_has_every_default() {
    let site = "servers: { boot: { ip: 10.0.0.200, interfaces: [eth0] } }\n\
                subnets: { lan: { cidr: 10.0.0.0/24 } }\n\
                smb: { shares: { s: { path: /s } } }\n\
                boot_entries: { live: { kind: casper, dir: live } }\n\
                hosts: { h: { mac: 020000000001, ip: 10.0.0.21 } }\n";
    let shown = run_on(site.as_bytes(), &["show", "-", "--format", "json"]).ended(0).stdout;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    for (path, wanted) in [
        ("/name", "\"boot\""),
        ("/dhcp/daemon", "\"isc\""),
        ("/dhcp/authoritative", "false"),
        ("/dhcp/unknown_clients", "\"allow\""),
        ("/tftp/root", "\"/srv/tftp\""),
        ("/tftp/user", "\"tftp\""),
        ("/tftp/address", "\":69\""),
        ("/tftp/options", "[\"--secure\"]"),
        ("/http/root", "\"/var/www/html\""),
        ("/http/tftp_prefix", "\"/tftpboot\""),
        ("/http/group", "\"www-data\""),
        ("/http/daemon", "\"none\""),
        ("/nfs/exports_file", "\"/etc/exports\""),
        ("/nfs/exports/0/options", "[\"ro\",\"no_subtree_check\",\"async\"]"),
        ("/nfs/exports/0/clients", "[\"10.0.0.0/24\"]"),
        ("/smb/workgroup", "\"WORKGROUP\""),
        ("/smb/config_file", "\"/etc/samba/smb.conf\""),
        ("/smb/shares/s/guest", "false"),
        ("/smb/shares/s/writable", "false"),
        ("/smb/shares/s/browseable", "true"),
        ("/ipxe/script", "\"install.ipxe\""),
        ("/ipxe/over", "\"http\""),
        ("/ipxe/https", "false"),
        ("/subnets/lan/broadcast", "\"10.0.0.255\""),
        ("/subnets/lan/netboot", "\"all\""),
        ("/subnets/lan/unknown_clients", "\"allow\""),
        ("/subnets/lan/next_server", "\"10.0.0.200\""),
        ("/subnets/lan/loaders/bios", "\"undionly.kpxe\""),
        ("/subnets/lan/loaders/efi_x64", "\"ipxe.efi\""),
        ("/subnets/lan/loaders/http_x64", "\"http://10.0.0.200/tftpboot/ipxe.efi\""),
        ("/subnets/lan/ipxe/no_pxedhcp", "true"),
        ("/boot_entries/live/label", "\"live\""),
        ("/boot_entries/live/hidden", "false"),
        ("/boot_entries/live/over", "\"http\""),
        ("/menu/title", "\"boot\""),
        ("/menu/timeout", "0"),
        ("/menu/default", "\"live\""),
        ("/hosts/h/host_name", "\"h\""),
    ] {
        let value = shown.pointer(path).unwrap_or_else(|| panic!("{path} is not shown:\n{shown:#}"));
        assert_eq!(*value, serde_json::from_str::<Value>(wanted).unwrap(), "{path}");
    }
    assert_eq!(shown.pointer("/subnets/lan/loaders").unwrap().as_object().unwrap().len(), 3);
}

#[test]
fn control_characters_of_the_users_do_not_reach_the_terminal() {
    let site = "name: \"\\e[31mred\\a\\u202e\"\nservers: { boot: { ip: \"\\e]0;x\\a\" } }\n";
    let ran = run_on(site.as_bytes(), &["show", "-"]).ended(1);
    assert!(!ran.stderr.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{:?}", ran.stderr);
    let ran = run_in(Path::new("/"), &["show", "\u{1b}[31m.yaml"]).ended(2);
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
}

#[test]
fn several_sites_are_rendered_at_once_each_into_its_folder() {
    let folder = Folder::new();
    let other = SITE.replace("10.0.0.", "10.9.0.");
    folder.write("sites/north.yaml", SITE);
    folder.write("sites/south/a.yaml", &other);
    let both = ["render", "sites/north.yaml", "sites/south", "-o", "out/{name}"];
    let ran = folder.run(&both).ended(0);
    assert!(ran.stdout.contains("sites/north.yaml into out/north:\ncreated   "), "{}", ran.stdout);
    for (name, net) in [("north", "10.0.0.0"), ("south", "10.9.0.0")] {
        let conf = folder.read(&format!("out/{name}/a/etc/dhcp/dhcpd.conf"));
        assert!(conf.contains(&format!("subnet {net} netmask")), "{name}: {conf}");
    }
    folder.run(&[&both[..], &["--check"]].concat()).ended(0);
    // One with an error keeps nobody from theirs.
    folder.write("sites/north.yaml", &SITE.replace("cidr:", "cider:"));
    folder.write("sites/south/a.yaml", &other.replace("10.9.0.110", "10.9.0.120"));
    let ran = folder.run(&both).ended(1).says("did you mean `cidr`?");
    assert!(ran.stderr.ends_with("1 of 2 sites have findings, and were not rendered\n"), "{}", ran.stderr);
    assert!(ran.stdout.contains("changed   a/etc/dhcp/dhcpd.conf"), "{}", ran.stdout);
}

#[test]
fn two_sites_never_share_a_folder() {
    let folder = Folder::new();
    folder.write("a.yaml", SITE);
    folder.write("other/a.yaml", SITE);
    for output in ["out", "out/{name}"] {
        let ran = folder.run(&["render", "a.yaml", "other/a.yaml", "-o", output]).ended(2);
        assert!(!folder.path("out").exists(), "{}", ran.stderr);
    }
    folder.run(&["render", "a.yaml", "other/a.yaml", "-o", "{name}", "--stdout", "x"]).ended(2);
}

#[test]
fn rules_for_programs() {
    let all = run_in(".".as_ref(), &["explain", "--format", "json"]).ended(0).stdout;
    let all: Value = serde_json::from_str(&all).unwrap();
    assert!(all.as_array().unwrap().len() > 100);
    let one = run_in(".".as_ref(), &["explain", "duplicate-mac", "--format", "json"]).ended(0).stdout;
    let one: Value = serde_json::from_str(&one).unwrap();
    assert!(all.as_array().unwrap().contains(&one), "{one}");
    assert_eq!((&one["rule"], &one["severity"]), (&"duplicate-mac".into(), &"error".into()));
    assert!(one["text"].as_str().unwrap().contains("Fails:"), "{one}");
    run_in(".".as_ref(), &["explain", "no-such-rule", "--format", "json"]).ended(2);
}
