//! The daemons' own checkers accept the expected files in the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::tempdir;

use crate::support::daemon_grammar::exports;
use crate::support::ipxe_script;
use crate::support::program::{SITES, cases, finish, run_in, run_on};
use crate::support::require;

/// A server's golden tree, and its site as resolved.
struct Tree {
    name: String,
    server: String,
    folder: PathBuf,
    site: Value,
}

fn trees() -> Vec<Tree> {
    let mut trees = Vec::new();
    for case in cases(&SITES) {
        let shown = run_in(&case, &["show", "--format", "json"]).ended(0);
        let site: Value = serde_json::from_str(&shown.stdout).unwrap();
        let rendered = case.join("rendered");
        for entry in fs::read_dir(&rendered).unwrap() {
            let folder = entry.unwrap().path();
            if folder.is_dir() {
                let server = folder.file_name().unwrap().to_str().unwrap().to_owned();
                let name = format!("{}/{server}", case.file_name().unwrap().to_str().unwrap());
                trees.push(Tree { name, server, folder, site: site.clone() });
            }
        }
    }
    assert!(trees.len() >= 12, "only {} trees", trees.len());
    trees
}

impl Tree {
    fn file(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(path.trim_start_matches('/'))).ok()
    }

    /// The path of the one file of an output, from the manifest.
    fn path(&self, output: &str) -> Option<String> {
        let manifest = fs::read(self.folder.with_file_name("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let files = manifest["files"].as_array().unwrap();
        let found = files.iter().find(|file| file["server"] == *self.server && file["output"] == *output);
        found.map(|file| file["path"].as_str().unwrap().to_owned())
    }

    fn text(&self, output: &str) -> Option<String> {
        self.path(output).map(|path| self.file(&path).unwrap())
    }
}

/// The texts of a JSON list.
fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|item| item.as_str().unwrap()).collect()
}

#[test]
fn dhcpd_accepts_every_tree() {
    if !require("dhcpd") {
        return;
    }
    let mut seen = 0;
    for tree in trees() {
        let Some(conf) = tree.file("/etc/dhcp/dhcpd.conf") else { continue };
        let options = tree.file("/etc/dhcp/ipxe.options").unwrap();
        let include = "include \"/etc/dhcp/ipxe.options\";\n";
        assert_eq!(conf.matches(include).count(), 1, "{}", tree.name);
        // dhcpd would read this machine's own file, and AppArmor lets it read few places: it gets
        // both as its standard input.
        let stage = tempdir().unwrap();
        let staged = stage.path().join("dhcpd.conf");
        fs::write(&staged, conf.replace(include, &options)).unwrap();
        let mut command = Command::new("/usr/sbin/dhcpd");
        command.args(["-t", "-cf", "/dev/stdin"]).stdin(fs::File::open(&staged).unwrap());
        let ran = finish(&mut command, b"");
        assert_eq!(ran.code, Some(0), "{}:\n{}", tree.name, ran.stderr);
        for word in ["WARNING", "Warning", "warning"] {
            assert!(!ran.stderr.contains(word), "{}:\n{}", tree.name, ran.stderr);
        }
        seen += 1;
    }
    assert!(seen >= 10, "only {seen}");
}

#[test]
fn dhcpd_accepts_every_tree_for_ipv6() {
    if !require("dhcpd") {
        return;
    }
    let mut seen = 0;
    for tree in trees() {
        if tree.file("/etc/dhcp/dhcpd6.conf").is_none() {
            continue;
        }
        let conf = fs::File::open(tree.folder.join("etc/dhcp/dhcpd6.conf")).unwrap();
        let mut command = Command::new("/usr/sbin/dhcpd");
        let ran = finish(command.args(["-6", "-t", "-cf", "/dev/stdin"]).stdin(conf), b"");
        assert_eq!(ran.code, Some(0), "{}:\n{}", tree.name, ran.stderr);
        assert!(!ran.stderr.to_lowercase().contains("warning"), "{}:\n{}", tree.name, ran.stderr);
        seen += 1;
    }
    assert!(seen >= 2, "only {seen}");
}

/// An answer file for Windows setup is still XML after its placeholders are filled.
#[test]
fn published_xml_is_xml() {
    if !require("xmllint") {
        return;
    }
    let mut seen = 0;
    for folder in SITES {
        for entry in walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap) {
            let path = entry.path();
            if path.extension().is_some_and(|end| end == "xml")
                && path.components().any(|part| part.as_os_str() == "rendered")
            {
                let ran = finish(Command::new("xmllint").arg("--noout").arg(path), b"");
                assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 1);
}

#[test]
fn testparm_accepts_every_tree_and_reads_the_same_shares() {
    if !require("testparm") {
        return;
    }
    let mut seen = 0;
    for tree in trees() {
        let Some(path) = tree.path("smb") else { continue };
        let file = tree.folder.join(path.trim_start_matches('/'));
        let ran = finish(Command::new("testparm").arg("-s").arg(&file), b"");
        assert_eq!(ran.code, Some(0), "{}:\n{}", tree.name, ran.stderr);
        for word in ["Unknown parameter", "WARNING", "Ignoring", "NOTE"] {
            assert!(!ran.stderr.contains(word), "{}:\n{}", tree.name, ran.stderr);
        }
        let read = crate::support::daemon_grammar::smb::read(&ran.stdout).unwrap();
        let shares = tree.site["smb"]["shares"].as_object().unwrap();
        let names: Vec<&str> =
            read.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "global").collect();
        assert_eq!(names, shares.keys().collect::<Vec<_>>(), "{}", tree.name);
        for (name, share) in shares {
            let (_, values) = read.iter().find(|(section, _)| section == name).unwrap();
            let value =
                |key: &str| values.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
            assert_eq!(value("path"), share["path"].as_str(), "{}", tree.name);
            assert_eq!(value("comment"), share["comment"].as_str(), "{}", tree.name);
            // testparm prints what differs from the default.
            assert_eq!(value("guest ok") == Some("Yes"), share["guest"] == true, "{}", tree.name);
            assert_eq!(value("read only") == Some("No"), share["writable"] == true, "{}", tree.name);
        }
        seen += 1;
    }
    assert!(seen >= 3, "only {seen}");
}

/// Whether a subnet has a `cidr6`.
fn speaks_ipv6(site: &Value) -> bool {
    site["subnets"].as_object().unwrap().values().any(|subnet| !subnet["cidr6"].is_null())
}

/// Reads the values as Debian's init scripts do: sourced, then expanded without quotes.
#[test]
fn the_init_scripts_read_the_defaults_files_as_they_are_meant() {
    if !require("sh") {
        return;
    }
    let mut seen = 0;
    for tree in trees() {
        for (output, variables) in [
            ("tftpd_hpa", &["TFTP_USERNAME", "TFTP_DIRECTORY", "TFTP_ADDRESS", "TFTP_OPTIONS"][..]),
            ("isc_dhcp_server", &["INTERFACESv4", "INTERFACESv6"]),
        ] {
            // Debian 14 has drop-ins instead.
            let Some(path) = tree.path(output).filter(|path| path.starts_with("/etc/default/")) else {
                continue;
            };
            let file = tree.folder.join(path.trim_start_matches('/'));
            let checked = finish(Command::new("sh").arg("-n").arg(&file), b"");
            assert_eq!((checked.code, checked.stderr.as_str()), (Some(0), ""), "{}", tree.name);
            for variable in variables {
                let wanted: Vec<&str> = match *variable {
                    "TFTP_USERNAME" => vec![tree.site["tftp"]["user"].as_str().unwrap()],
                    "TFTP_DIRECTORY" => vec![tree.site["tftp"]["root"].as_str().unwrap()],
                    "TFTP_ADDRESS" => vec![tree.site["tftp"]["address"].as_str().unwrap()],
                    "TFTP_OPTIONS" => texts(&tree.site["tftp"]["options"]),
                    "INTERFACESv6" if !speaks_ipv6(&tree.site) => vec![],
                    _ => texts(&tree.site["servers"][&tree.server]["interfaces"]),
                };
                // In a folder with files, so that a pattern would find some.
                let script = format!(". \"$1\"; for word in ${variable}; do printf '%s\\n' \"$word\"; done");
                let mut command = Command::new("sh");
                command.current_dir(&tree.folder).arg("-c").arg(script).arg("sh").arg(&file);
                let ran = finish(&mut command, b"");
                assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", tree.name);
                assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), wanted, "{} {variable}", tree.name);
                seen += 1;
            }
        }
    }
    assert!(seen >= 40, "only {seen}");
}

#[test]
fn systemd_tmpfiles_makes_the_link() {
    if !require("systemd-tmpfiles") {
        return;
    }
    let mut seen = 0;
    for tree in trees() {
        let Some(path) = tree.path("tmpfiles") else { continue };
        let root = tempdir().unwrap();
        let http = tree.site["http"]["root"].as_str().unwrap();
        let prefix = tree.site["http"]["tftp_prefix"].as_str().unwrap();
        let link = root.path().join(http.trim_start_matches('/')).join(prefix.trim_start_matches('/'));
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        let mut command = Command::new("systemd-tmpfiles");
        command.arg("--create").arg(format!("--root={}", root.path().display()));
        let ran = finish(command.arg(tree.folder.join(path.trim_start_matches('/'))), b"");
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", tree.name);
        let target = fs::read_link(&link).unwrap_or_else(|error| panic!("{}: {error}", tree.name));
        let files = tree.site["http"]["boot_files"].as_str().or(tree.site["tftp"]["root"].as_str());
        assert_eq!(target.to_str(), files, "{}", tree.name);
        seen += 1;
    }
    assert!(seen >= 5, "only {seen}");
}

#[test]
fn exports_say_what_the_site_says() {
    let mut seen = 0;
    for tree in trees() {
        let Some(text) = tree.text("exports") else { continue };
        let read = exports::read(text.as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", tree.name));
        let read: BTreeMap<String, _> = read
            .into_iter()
            .map(|export| (String::from_utf8(export.path).unwrap(), export.clients))
            .collect();
        let all = tree.site["nfs"]["exports"].as_array().unwrap();
        let here = all.iter().filter(|export| export["server"].is_null() || export["server"] == *tree.server);
        let wanted: BTreeMap<String, Vec<(String, Vec<String>)>> = here
            .map(|export| {
                let words =
                    |key: &str| texts(&export[key]).into_iter().map(str::to_owned).collect::<Vec<_>>();
                let path = export["path"].as_str().unwrap();
                let mut options = words("options");
                // An ISO that is mounted there is exported only while it is.
                let mounted = |entry: &Value| {
                    let dir = entry["dir"].as_str().unwrap_or_default();
                    !entry["from_iso"].is_null() && !dir.is_empty() && path.ends_with(&format!("/{dir}"))
                };
                let entries = tree.site["boot_entries"].as_object().unwrap();
                options.extend(entries.values().any(mounted).then(|| "mp".to_owned()));
                let clients = words("clients").into_iter().map(|client| (client, options.clone())).collect();
                (path.to_owned(), clients)
            })
            .collect();
        assert_eq!(read, wanted, "{}", tree.name);
        seen += 1;
    }
    assert!(seen >= 5, "only {seen}");
}

#[test]
fn scripts_hold_together() {
    let mut seen = 0;
    for tree in trees() {
        let Some(text) = tree.text("ipxe") else { continue };
        let script =
            ipxe_script::Script::read(&text).unwrap_or_else(|error| panic!("{}: {error}", tree.name));
        assert_eq!(script.faults(), Vec::<String>::new(), "{}", tree.name);
        let entries: BTreeSet<String> =
            tree.site["boot_entries"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(script.falls_into(&entries), Vec::<String>::new(), "{}", tree.name);
        for id in &entries {
            let labels = script.lines.iter().filter(|line| line.label.as_ref() == Some(id)).count();
            assert_eq!(labels, 1, "{}: {id}", tree.name);
        }
        seen += 1;
    }
    assert!(seen >= 10, "only {seen}");
}

/// The place of an item's name, behind the options.
fn item_name(words: &[String]) -> Option<usize> {
    let mut at = 1;
    while words.get(at)?.starts_with("--") {
        at += if words[at] == "--key" || words[at] == "--menu" { 2 } else { 1 };
    }
    Some(at)
}

/// iPXE shows the text of an item as the site has it.
#[test]
fn menus_show_what_was_written() {
    let mut seen = 0;
    for tree in trees() {
        let Some(text) = tree.text("ipxe") else { continue };
        let script = ipxe_script::Script::read(&text).unwrap();
        for (id, entry) in tree.site["boot_entries"].as_object().unwrap() {
            for line in &script.lines {
                let from = line.words.iter().position(|word| word == "item");
                let words = from.map_or(&[][..], |from| &line.words[from..]);
                let Some(at) = item_name(words).filter(|at| words[*at] == *id) else { continue };
                let end = words.iter().position(|word| word == "||").unwrap_or(words.len());
                assert_eq!(
                    script.shown(&words[at + 1..end]),
                    entry["label"].as_str().unwrap(),
                    "{}",
                    tree.name
                );
                seen += 1;
            }
        }
        let title =
            script.lines.iter().find(|line| line.words.first().is_some_and(|word| word == "menu")).unwrap();
        let words = &title.words[1..];
        let words = if words[0] == "--" { &words[1..] } else { words };
        assert_eq!(script.shown(words), tree.site["menu"]["title"].as_str().unwrap(), "{}", tree.name);
    }
    assert!(seen >= 40, "only {seen}");
}

/// dhcpd accepts every option that site.yaml takes by dhcpd's name, with a value of its type.
#[test]
fn dhcpd_knows_every_option_that_we_know() {
    if !require("dhcpd") {
        return;
    }
    let names = [
        "time-offset",
        "time-servers",
        "ien116-name-servers",
        "log-servers",
        "cookie-servers",
        "lpr-servers",
        "impress-servers",
        "resource-location-servers",
        "boot-size",
        "merit-dump",
        "swap-server",
        "extensions-path",
        "ip-forwarding",
        "non-local-source-routing",
        "policy-filter",
        "max-dgram-reassembly",
        "default-ip-ttl",
        "path-mtu-aging-timeout",
        "path-mtu-plateau-table",
        "interface-mtu",
        "all-subnets-local",
        "perform-mask-discovery",
        "mask-supplier",
        "router-discovery",
        "router-solicitation-address",
        "static-routes",
        "trailer-encapsulation",
        "arp-cache-timeout",
        "ieee802-3-encapsulation",
        "default-tcp-ttl",
        "tcp-keepalive-interval",
        "tcp-keepalive-garbage",
        "nis-domain",
        "nis-servers",
        "netbios-name-servers",
        "netbios-dd-server",
        "netbios-node-type",
        "netbios-scope",
        "font-servers",
        "x-display-manager",
        "nisplus-domain",
        "nisplus-servers",
        "tftp-server-name",
        "mobile-ip-home-agent",
        "smtp-server",
        "pop-server",
        "nntp-server",
        "www-server",
        "finger-server",
        "irc-server",
        "streettalk-server",
        "streettalk-directory-assistance-server",
        "nds-servers",
        "nds-tree-name",
        "nds-context",
        "bcms-controller-names",
        "bcms-controller-address",
        "uap-servers",
        "pcode",
        "tcode",
        "v6-only-preferred",
        "netinfo-server-address",
        "netinfo-server-tag",
        "default-url",
        "tftp-server-address",
        "loader-configfile",
        "loader-pathprefix",
        "loader-reboottime",
    ];
    let site = |options: &str| {
        format!(
            "servers: {{ b: {{ ip: 10.0.0.2, interfaces: e }} }}\nhttp: none\n\
             subnets: {{ l: {{ cidr: 10.0.0.0/24, options: {{ {options} }} }} }}\n"
        )
    };
    let stdout = ["render", "-", "--stdout", "/etc/dhcp/dhcpd.conf"];
    let mut known = 0;
    for name in names {
        // The first form that we take is the option's type.
        let forms =
            ["[10.0.0.7, 10.0.0.8]", "10.0.0.7", "'true'", "7", "'a \"b\" \\'", "[a.example, b.example]"];
        let found = forms.into_iter().find_map(|form| {
            let ran = run_on(site(&format!("{name}: {form}")).as_bytes(), &stdout);
            (ran.code == Some(0)).then_some(ran.stdout)
        });
        let conf = found.unwrap_or_else(|| panic!("{name}: no form is taken"));
        let conf = conf.replace("include \"/etc/dhcp/ipxe.options\";\n", "");
        let line = conf.lines().find(|line| line.contains(name)).unwrap().to_owned();
        let stage = tempdir().unwrap();
        let staged = stage.path().join("dhcpd.conf");
        fs::write(&staged, format!("subnet 10.0.0.0 netmask 255.255.255.0 {{\n{line}\n}}\n")).unwrap();
        let mut command = Command::new("/usr/sbin/dhcpd");
        command.args(["-t", "-cf", "/dev/stdin"]).stdin(fs::File::open(&staged).unwrap());
        let ran = finish(&mut command, b"");
        assert_eq!(ran.code, Some(0), "{line}:\n{}", ran.stderr);
        known += 1;
    }
    assert_eq!(known, 68);
}

/// `check --daemons` runs the web servers' own checkers on the rendered sites.
#[test]
fn web_servers_accept_their_site_files() {
    if !(require("nginx") && require("apache2") && crate::support::require_root()) {
        return;
    }
    for case in ["web-servers", "web-servers-apache"] {
        let folder = crate::support::program::package().join("tests/cases").join(case);
        let ran = run_in(&folder, &["check", "--daemons"]).ended(0);
        assert_eq!(ran.stdout, "", "{case}");
        // Other checkers are not on the path of a scrubbed environment; these were found and run.
        assert!(!ran.stderr.contains("sites-available"), "{case}: {}", ran.stderr);
    }
}

/// systemd accepts a mount unit only if its name matches the path in it, so this finds a path that systemd reads in
/// another way than we do.
#[test]
fn systemd_takes_the_mount_units() {
    if !(require("systemd-analyze") && require("systemd-escape")) {
        return;
    }
    let mut seen = 0;
    for tree in trees() {
        let units = tree.folder.join("etc/systemd/system");
        for unit in fs::read_dir(units).into_iter().flatten() {
            let unit = unit.unwrap().path();
            if unit.extension().is_none_or(|extension| extension != "mount") {
                continue;
            }
            let text = fs::read_to_string(&unit).unwrap();
            let at = text.lines().find_map(|line| line.strip_prefix("Where=")).unwrap().replace("%%", "%");
            let name = finish(Command::new("systemd-escape").args(["-p", "--suffix=mount", &at]), b"");
            assert_eq!(name.stdout.trim_end(), unit.file_name().unwrap(), "{}", tree.name);
            let ran = finish(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit), b"");
            let about = |line: &&str| line.contains(".mount");
            assert_eq!(ran.stderr.lines().find(about), None, "{}: {}", tree.name, ran.stderr);
            seen += 1;
        }
    }
    assert!(seen >= 3, "only {seen}");
}

/// The units of tftpd-hpa 7.2 in Debian 14, as far as the drop-ins change them.
const TFTPD_UNITS: [(&str, &str); 2] = [
    (
        "tftpd-hpa.service",
        "[Unit]\nRequires=tftpd-hpa.socket\n[Service]\nReadWritePaths=/var/lib/tftpboot\n\
         Environment=TFTPD_HOME=/var/lib/tftpboot\nEnvironment=TFTPD_OPTS=\nUser=tftp\n\
         ExecStart=/usr/sbin/in.tftpd $TFTPD_OPTS --systemd --jail ${TFTPD_HOME}\nProtectHome=yes\n\
         ProtectSystem=strict\n",
    ),
    ("tftpd-hpa.socket", "[Socket]\nFreeBind=yes\nListenDatagram=69\n"),
];

/// systemd logs each line of a drop-in that it does not understand, and ignores the line.
#[test]
fn systemd_takes_the_drop_ins_of_tftpd() {
    if !(require("systemd-analyze") && require("in.tftpd")) {
        return;
    }
    let verify = |units: &Path| {
        let mut command = Command::new("systemd-analyze");
        command.args(["verify", "--man=no"]).args(TFTPD_UNITS.map(|(name, _)| units.join(name)));
        let path = format!("{}:", units.display());
        finish(command.env("SYSTEMD_UNIT_PATH", path), b"").stderr
    };
    let mut seen = 0;
    for tree in trees() {
        let drop_in = |unit: &str| tree.folder.join(format!("etc/systemd/system/{unit}.d/ipxegen.conf"));
        if !drop_in("tftpd-hpa.socket").exists() {
            continue;
        }
        let units = tempfile::TempDir::new().unwrap();
        for (name, text) in TFTPD_UNITS {
            fs::write(units.path().join(name), text).unwrap();
            let folder = units.path().join(format!("{name}.d"));
            fs::create_dir(&folder).unwrap();
            fs::copy(drop_in(name), folder.join("ipxegen.conf")).unwrap();
        }
        let about = |said: &str| said.lines().any(|line| line.contains("tftpd-hpa"));
        let said = verify(units.path());
        assert!(!about(&said), "{}: {said}", tree.name);
        // As a check of the check.
        let socket = units.path().join("tftpd-hpa.socket.d/ipxegen.conf");
        fs::write(&socket, fs::read_to_string(&socket).unwrap().replace("69", "tftp")).unwrap();
        assert!(about(&verify(units.path())), "{}", tree.name);
        seen += 1;
    }
    assert!(seen >= 2, "only {seen}");
}
