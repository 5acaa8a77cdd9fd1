//! Messages of the daemons' real checkers lead to the right place in the site.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use tempfile::tempdir;

use super::support::{require, skip};

/// Marks each place that the report must name.
const MARK: char = '§';

/// Checks a site with marks: `check --daemons` reports exactly the marked places. Returns the whole report.
fn leads_to_marks(files: &[(&str, &str)]) -> Option<String> {
    let dir = tempdir().unwrap();
    let mut marked = BTreeSet::new();
    for (name, text) in files {
        for (line, text) in text.lines().enumerate() {
            for (nth, (at, _)) in text.match_indices(MARK).enumerate() {
                let column = text[..at].chars().count() + 1 - nth;
                marked.insert(((*name).to_owned(), line + 1, column));
            }
        }
        fs::write(dir.path().join(name), text.replace(MARK, "")).unwrap();
    }
    let check = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
        command.args(["check", "--daemons", "--format", format]).current_dir(dir.path());
        let ran = command.env_remove("CLICOLOR_FORCE").output().unwrap();
        (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap())
    };
    let (out, err) = check("short");
    // A security profile may keep dhcpd out of the stage.
    if err.contains("may not read") {
        skip(&err);
        return None;
    }
    let place = |line: &str| {
        let place = line.split(": ").next().unwrap();
        let parts: Vec<&str> = place.split(':').collect();
        let [file, line, column] = parts[..] else { panic!("no place: {line}\n{out}") };
        (file.to_owned(), line.parse().unwrap(), column.parse().unwrap())
    };
    let found: BTreeSet<(String, usize, usize)> =
        out.lines().filter(|line| line.contains("[daemon")).map(place).collect();
    assert_eq!(found, marked, "\n{out}\n{err}");
    Some(check("human").0)
}

const HEAD: &str = "servers:\n  boot: { ip: 10.0.0.200/24, ip6: \"fd00::1\", interfaces: [eth0] }\n\
                    boot_entries:\n  memtest: { kind: iso, iso: memtest.iso }\n";

/// Every scope that has `raw` for dhcpd, in every way that YAML writes a text.
#[test]
fn verbatim_text_for_dhcpd() {
    if !require("dhcpd") {
        return;
    }
    let site = r#"dhcp:
  raw:
    dhcpd: |
      # The comment that a literal block has first.
      §option no-dhcp 1;

      option domain-name "fine";
      §option no-dhcp-either 1;
    ipxe_options: §option no-definition 1;
    dhcpd6: |
      §option no-six 1;
raw:
  dhcpd: |+
    class "c" {
      §option no-class 1;
    }
    # Blocks that look like ours.
    host pc-a {
      §option no-other-host 1;
    §}
    subnet 10.0.0.0 netmask 255.255.255.128 {
      §option no-other-subnet 1;
    }

subnets:
  lan:
    cidr: 10.0.0.0/24
    cidr6: fd00::/64
    ranges: 10.0.0.100-10.0.0.199
    shared_network: wire
    raw:
      dhcpd: >-
        §pool { range 10.0.0.20 10.0.0.29;
        option no-pool 1; }

        §option no-subnet 1;
  other:
    cidr: 10.0.1.0/24
    shared_network: wire
    raw: { dhcpd: "§option no-quoted 1;\n§option no-second 1;" }
groups:
  room:
    raw:
      dhcpd: §'option no-group 1;'
  lone:
    raw: &shared
      dhcpd: |2
          if known {
            §option no-lone 1;
          }
hosts:
  pc-a:
    mac: "52:54:00:00:00:01"
    raw:
      dhcpd: |
        option domain-name "fine";
        §option no-host 1;
  pc-b: { mac: ["52:54:00:00:00:02", "52:54:00:00:00:03"], group: room }
  pc-c: { mac: "52:54:00:00:00:04", group: [room, lone] }
  pc-d: { mac: "52:54:00:00:00:05", raw: *shared }
"#;
    let Some(report) = leads_to_marks(&[("site.yaml", &format!("{HEAD}{site}"))]) else { return };
    // The site's line and the rendered one. What a group says of several profiles is said once.
    let group = report.split("\n\n").find(|finding| finding.contains("no-group")).unwrap();
    assert!(
        group.starts_with("error[daemon]: dhcpd says of boot/etc/dhcp/dhcpd.conf: unknown option"),
        "{group}"
    );
    assert!(group.contains("     dhcpd: 'option no-group 1;'\n"), "{group}");
    assert!(group.contains("  ::: boot/etc/dhcp/dhcpd.conf:"), "{group}");
    assert_eq!(report.matches("unknown option dhcp.no-group").count(), 1, "{report}");
}

/// Lines that ipxegen renders. dhcpd accepts our values, so the test defines their options with another type.
#[test]
fn values_for_dhcpd() {
    if !require("dhcpd") {
        return;
    }
    let site = r#"domain: §a.example
dhcp:
  raw:
    ipxe_options: |
      option time-offset code 2 = boolean;
      option routers code 3 = boolean;
      option domain-name-servers code 6 = boolean;
      option host-name code 12 = boolean;
      option domain-name code 15 = boolean;
      option root-path code 17 = boolean;
      option interface-mtu code 26 = text;
      option broadcast-address code 28 = boolean;
      option ntp-servers code 42 = boolean;
      option domain-search code 119 = boolean;
      option ipxe.boot-entry code 224 = ip-address;
      option ipxe.syslogs code 85 = ip-address;
  dns: [§10.0.0.1, 10.0.0.2]
  options: { time-offset: §-18000, wpad: { code: 252, text: x } }
ipxe: { syslogs: §somebody }
subnets:
  lan:
    cidr: §10.0.0.0/24
    ranges: 10.0.0.100-10.0.0.199
    routers: [§10.0.0.1]
    boot: §memtest
    domain_search: [§x.example, y.example]
groups:
  room: { ntp: §10.0.0.1, options: { time-offset: §3600, interface-mtu: §1500 } }
hosts:
  §pc-a: { mac: "52:54:00:00:00:01", group: room, root_path: §"nfs:10.0.0.200:/srv/a", ip: 10.0.0.5 }
  §pc-b: { mac: ["52:54:00:00:00:02", "52:54:00:00:00:22"], group: room }
  §pc-c: { mac: "52:54:00:00:00:03", group: room, options: { time-offset: §7200 } }
"#;
    leads_to_marks(&[("site.yaml", &format!("{HEAD}{site}"))]);
}

/// Statements of ours that `raw` text makes wrong: of a statement that is there twice, the second is wrong.
#[test]
fn statements_for_dhcpd() {
    if !require("dhcpd") {
        return;
    }
    let site = r#"dhcp:
  raw:
    ipxe_options: |
      subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.100; }
      host pc-b { hardware ethernet 52:54:00:00:00:99; }
subnets:
  lan:
    cidr: 10.0.0.0/24
    ranges: [10.0.0.20-10.0.0.29, §10.0.0.90-10.0.0.110]
hosts:
  §pc-b: { mac: "52:54:00:00:00:02" }
"#;
    leads_to_marks(&[("site.yaml", &format!("{HEAD}{site}"))]);
}

/// testparm names no line, so the site has the same mistake at several places.
#[test]
fn lines_for_samba() {
    if !require("testparm") {
        return;
    }
    let site = r#"subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
smb:
  raw:
    smb: |
      # In [global].
      §no such = 1
      log level = 1
  shares:
    iso: { path: /srv/iso, create_mask: "0644", raw: { smb: §no such = 2 } }
    two:
      path: /srv/two
      raw:
        smb: |
          §no such = 3
          comment = fine
          §no such = 3
          §workgroup = OTHER
raw: { smb: §no such = 4 }
"#;
    let site = format!("{HEAD}{site}");
    leads_to_marks(&[("site.yaml", &site)]);
    // It stops at an error, so one at a time.
    for wrong in ["guest ok = maybe", "create mask = 99999", "case sensitive = perhaps"] {
        let text = format!("{wrong}\n          comment = fine");
        let site =
            site.replace(MARK, "").replace("no such = 3\n          comment = fine", &format!("{MARK}{text}"));
        leads_to_marks(&[("site.yaml", &site)]);
    }
}

/// Web servers stop at the first mistake.
#[test]
fn lines_for_web_servers() {
    if !(require("nginx") && require("apache2")) {
        return;
    }
    for (daemon, wrong) in [("nginx", "no_such on;"), ("apache", "NoSuch on")] {
        let site = format!(
            "subnets: {{ lan: {{ cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 }} }}\n\
             http: {{ daemon: {daemon} }}\nraw:\n  {daemon}: |\n    # fine\n    §{wrong}\n"
        );
        leads_to_marks(&[("site.yaml", &format!("{HEAD}{site}"))]);
    }
    let twice = "subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }\n\
                 http: §{ daemon: nginx }\nraw:\n  nginx: location / { return 404; }\n";
    // The second of two is ours, or theirs: the place is a line of one of them.
    let verbatim = twice.replace('§', "").replace("nginx: location", "nginx: §location");
    leads_to_marks(&[("site.yaml", &format!("{HEAD}{verbatim}"))]);
}

/// Files that the site includes, and templates of the user's own.
#[test]
fn other_files() {
    if !require("dhcpd") {
        return;
    }
    let site = r#"include: [rooms.yaml, { csv: hosts.csv, group: room }]
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
dhcp:
  raw:
    dhcpd: |
      include "/etc/dhcp/own.conf";
      §option no-include 1;
files:
  - { path: §/etc/dhcp/own.conf, template: own.tera }
"#;
    let rooms = "groups:\n  room:\n    raw:\n      dhcpd: |\n        # one\n        §option no-room 1;\n";
    let hosts = "name,mac,options.time-offset\npc-a,52:54:00:00:00:01,3600\n";
    let own = "# {{ site.name }}\n  §option own-{{ site.name }} 1;\n{% for x in [1, 2] %}\noption no-{{ x }} 1;\n\
               {% endfor %}\n§option no-template 1;\noption no-{{ site.name }}-either 1;\n";
    // Two lines of the template begin as the last one does: then its entry is the place.
    leads_to_marks(&[
        ("site.yaml", &format!("{HEAD}{site}")),
        ("rooms.yaml", rooms),
        ("hosts.csv", hosts),
        ("own.tera", own),
    ]);
}

/// dnsmasq stops at the first line that it does not read.
#[test]
fn verbatim_text_for_dnsmasq() {
    if !require("dnsmasq") {
        return;
    }
    let dhcp = "subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }\n\
                raw: { dnsmasq: \"log-dhcp\" }\ndhcp:\n  daemon: dnsmasq\n  raw:\n    dnsmasq: |\n";
    for text in ["      # fine\n      §no-such-word=1\n", "      §dhcp-option=3,\"x\"\n      bogus\n"] {
        let head = HEAD.replace(", ip6: \"fd00::1\"", "");
        let Some(report) = leads_to_marks(&[("site.yaml", &format!("{head}{dhcp}{text}"))]) else { return };
        assert!(report.contains("dnsmasq says of boot/etc/dnsmasq.d/ipxegen.conf: bad "), "{report}");
    }
}

/// dhcpd names no line for an `include` whose file does not exist.
#[test]
fn files_that_are_not_there() {
    if !require("dhcpd") {
        return;
    }
    let site = "subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }\n\
                dhcp:\n  raw:\n    dhcpd: |\n      # fine\n      §include \"/nowhere/at-all.conf\";\n";
    let Some(report) = leads_to_marks(&[("site.yaml", &format!("{HEAD}{site}"))]) else { return };
    let said = "dhcpd says of boot/etc/dhcp/dhcpd.conf: Can't open /nowhere/at-all.conf: No such file or directory\n";
    assert!(report.contains(said), "{report}");
}

/// No output shows a line with a password, whatever place the message leads to.
#[test]
fn passwords_are_not_shown() {
    if !require("dhcpd") {
        return;
    }
    let site = r#"subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
dhcp:
  raw:
    ipxe_options: |
      option ipxe.password code 191 = boolean;
iscsi: { server: boot, daemon: tgt }
hosts:
  pc-a:
    mac: "52:54:00:00:00:01"
    ip: 10.0.0.5
    root_path:
      iscsi: { target: "iqn.2020-01.lan.lab:a", chap: { user: u, password_file: §secret }, store: { block: /dev/a } }
    raw: { dhcpd: §option no-host 1; }
"#;
    let files = [("site.yaml", &*format!("{HEAD}{site}")), ("secret", "geheimgeheim\n")];
    let Some(report) = leads_to_marks(&files) else { return };
    assert!(report.contains("option ipxe.password ********"), "{report}");
    assert!(!report.contains("geheim"), "{report}");
}

/// Kea stops at the first mistake, so each has a site of its own: a scope of `raw`, by each protocol.
#[test]
fn parameters_for_kea() {
    if !require("kea-dhcp4") || !require("kea-dhcp6") {
        return;
    }
    let places = [
        ("SITE", "§no-such-word: 1"),
        ("SITE", "§client-classes: [{ name: phones, test: nonsense }]"),
        ("SITE", "§loggers: [{ name: kea-dhcp4, output_options: [{ output: stdout, frob: 1 }] }]"),
        ("SUBNET", "§store-extended-info: 5"),
        ("SUBNET", "user-context: { a: 1 }\n        §option-data: [{ code: 6, data: no-address }]"),
        ("SUBNET", "§max-valid-lifetimes: 5"),
        ("GROUP", "user-context: { b: 1 }\n        §option-data: [{ code: 6, data: no-address }]"),
        ("HOST", "§user-context: 5"),
        ("SITE6", "§no-such-word: 1"),
        ("SUBNET6", "§rapid-commit: 5"),
        ("HOST6", "§user-context: 5"),
    ];
    for (scope, words) in places {
        let raw = |here: &str| {
            let output = if here.ends_with('6') { "kea6" } else { "kea" };
            if here == scope { format!("raw:\n      {output}:\n        {words}") } else { String::new() }
        };
        let [site, site6, subnet, subnet6, group, host, host6] =
            ["SITE", "SITE6", "SUBNET", "SUBNET6", "GROUP", "HOST", "HOST6"].map(raw);
        let site = format!(
            "{HEAD}dhcp:\n    daemon: kea\n    {site}{site6}\n\
             subnets:\n  lan:\n    cidr: 10.0.0.0/24\n    ranges: 10.0.0.100-10.0.0.199\n    cidr6: fd00::/64\n    {subnet}{subnet6}\n\
             groups:\n  room:\n    dns: 10.0.0.3\n    {group}\n\
             hosts:\n  pc-b: {{ mac: \"52:54:00:00:00:02\", ip: 10.0.0.12, group: room }}\n  pc-a:\n    mac: \"52:54:00:00:00:01\"\n    ip: 10.0.0.11\n    ip6: fd00::11\n    {host}{host6}\n"
        );
        let Some(report) = leads_to_marks(&[("site.yaml", &site)]) else { return };
        assert!(report.contains("kea-dhcp"), "{report}");
    }
}
