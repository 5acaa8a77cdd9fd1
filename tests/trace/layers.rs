use serde_json::Value;

use super::traced;
use crate::support::program::run_on;

/// pc1 is in no group.
#[test]
fn a_value_of_a_host_is_not_one_of_a_group() {
    let trace = traced(&["pc1", "--as", "bios"]);
    let stages = trace["clients"][0]["stages"].as_array().unwrap();
    let values = stages.iter().flat_map(|stage| stage["values"].as_array().unwrap());
    let layers: Vec<&str> = values.map(|value| value["layer"].as_str().unwrap()).collect();
    assert!(layers.contains(&"host") && !layers.contains(&"group"), "{trace:#}");
}

/// A host's own value overrides that of its group, and the group's that of an outer group; `--all` shows all of them.
#[test]
fn each_layer_of_a_host_is_named() {
    let site = "servers: { boot: { ip: 10.0.0.2, interfaces: eth0 } }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110, ntp: 10.0.0.3 } }
groups:
  outer: { ntp: 10.0.0.4 }
  inner: { group: outer, ntp: 10.0.0.5 }
hosts:
  pc: { mac: \"52:54:00:00:00:01\", ip: 10.0.0.11, group: inner, ntp: 10.0.0.6 }
  other: { mac: \"52:54:00:00:00:02\", ip: 10.0.0.12, group: inner }
boot_entries: { local: {} }
";
    let layers = |who: &str| {
        let ran = run_on(site.as_bytes(), &["trace", who, "-", "--as", "plain", "--all", "--format", "json"]);
        let trace: Value = serde_json::from_str(&ran.ended(0).stdout).unwrap();
        let values = trace["clients"][0]["stages"][0]["values"].as_array().unwrap();
        let ntp = values.iter().find(|value| value["name"] == "ntp-servers").unwrap();
        let lost = ntp["overridden"].as_array().unwrap().iter();
        let all = [ntp].into_iter().chain(lost);
        let text = |value: &Value| format!("{} {}", value["layer"].as_str().unwrap(), value["value"]);
        all.map(text).collect::<Vec<_>>()
    };
    for who in ["pc", "52:54:00:00:00:01", "10.0.0.11"] {
        let wanted =
            [r#"host "10.0.0.6""#, r#"group "10.0.0.5""#, r#"group "10.0.0.4""#, r#"subnet "10.0.0.3""#];
        assert_eq!(layers(who), wanted, "{who}");
    }
    assert_eq!(layers("other"), [r#"group "10.0.0.5""#, r#"group "10.0.0.4""#, r#"subnet "10.0.0.3""#]);
}

/// `netboot: none` of a host overrides its root-path, at whatever layer they are, as in the rendered files.
#[test]
fn a_host_that_boots_nothing_has_no_disk() {
    let disk = "root_path: \"iscsi:10.0.0.3::::iqn.2020-01.lan.lab:pc\", keep_san: true";
    for (group, host) in [("", format!("netboot: none, {disk}")), (disk, "netboot: none".to_owned())] {
        let site = format!(
            "servers: {{ boot: {{ ip: 10.0.0.2, interfaces: eth0 }} }}
subnets: {{ lan: {{ cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110 }} }}
groups: {{ disks: {{ {group} }} }}
hosts: {{ pc: {{ mac: \"52:54:00:00:00:01\", ip: 10.0.0.11, group: disks, {host} }} }}
boot_entries: {{ local: {{}} }}
"
        );
        let all = ["trace", "pc", "-", "--as", "ipxe", "--format", "json"];
        let trace: Value = serde_json::from_str(&run_on(site.as_bytes(), &all).ended(0).stdout).unwrap();
        let values = trace["clients"][0]["stages"][0]["values"].as_array().unwrap();
        let names: Vec<&str> = values.iter().map(|value| value["name"].as_str().unwrap()).collect();
        assert!(names.contains(&"host-name"), "{names:?}");
        assert!(!names.iter().any(|name| ["root-path", "ipxe.keep-san"].contains(name)), "{names:?}");
    }
}

/// Text in `raw` has the layer that it was written in, and `--as` says what it may decide.
#[test]
fn raw_of_a_host_is_not_of_a_group() {
    let site = "servers: { boot: { ip: 10.0.0.2, interfaces: eth0 } }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110 } }
groups: { desks: { raw: { dhcpd: \"option nis-domain \\\"x\\\";\" } } }
hosts:
  pc: { mac: \"52:54:00:00:00:01\", ip: 10.0.0.11, group: desks, raw: { dhcpd: \"if known { filename \\\"x\\\"; }\" } }
boot_entries: { local: {} }
allow: { boot-file-in-raw: for the test }
";
    let text = run_on(site.as_bytes(), &["trace", "pc", "-", "--as", "bios"]).ended(0).stdout;
    let layers: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("which is not read"))
        .filter_map(|line| line.rsplit(' ').next())
        .collect();
    assert_eq!(layers, ["host", "group"], "{text}");
    assert!(
        text.contains("\nnote: `raw` for dhcpd may decide the boot file, by `filename` (<stdin>:5)"),
        "{text}"
    );
}

/// Verbatim text for the DHCP server is not read, so it is not known what a client gets where the text may give what the
/// keys of the site do not.
#[test]
fn what_raw_may_give_is_not_nothing() {
    let site = |daemon: &str, raw: &str| {
        format!(
            "servers: {{ boot: {{ ip: 10.0.0.2/24, interfaces: [eth0] }} }}
dhcp: {{ daemon: {daemon} }}
loaders: {{ bios: undionly.kpxe, efi_x64: none }}
subnets:
  lan: {{ cidr: 10.0.0.0/24, routers: 10.0.0.1{raw} }}
allow: {{ boot-file-in-raw: for the test, no-address: for the test }}
"
        )
    };
    let run = |site: &str, more: &[&str]| {
        let arguments = [&["trace", "00:1b:21:00:00:01", "-"], more].concat();
        run_on(site.as_bytes(), &arguments).ended(0).stdout
    };
    let pool = "dhcpd: \"pool { range 10.0.0.100 10.0.0.199; }\"";
    // The address: of the subnet, and of a subnet beside it.
    for (daemon, raw, word) in [
        ("isc", format!(", raw: {{ {pool} }}"), "`pool`, `range`"),
        ("kea", " }\nraw: { kea: { hosts-database: { type: mysql } }".to_owned(), "`hosts-database`"),
        ("dnsmasq", " }\nraw: { dnsmasq: \"dhcp-range=10.0.0.100,10.0.0.199\"".to_owned(), "`dhcp-range`"),
        (
            "isc",
            format!(
                ", shared_network: one }}\n  more: {{ cidr: 10.0.1.0/24, shared_network: one, raw: {{ {pool} }}"
            ),
            "`pool`, `range`",
        ),
    ] {
        let site = site(daemon, &raw);
        let name = if daemon == "isc" { "dhcpd" } else { daemon };
        let why = format!(
            "not known, `raw` for {name} may decide the address, by {word}; without it, `lan` has no address for strangers"
        );
        let more: &[&str] = if raw.contains("more") { &["--from", "lan"] } else { &[] };
        let text = run(&site, more);
        assert!(text.contains(&why) && !text.contains("nothing"), "{why}:\n{text}");
        let plain = run(&site, &[more, &["--as", "plain"]].concat());
        for said in ["\nas plain: not known: ", "not known from here: ", "which is not read"] {
            assert!(plain.contains(said), "{said}:\n{plain}");
        }
        let place = if raw.contains('\n') { "<stdin>:6)" } else { "<stdin>:5)" };
        assert!(text.contains(place), "{place}:\n{text}");
        let json: Value = serde_json::from_str(&run(&site, &[more, &["--format", "json"]].concat())).unwrap();
        let client = &json["clients"][0];
        assert_eq!((&client["known"], client["stopped"]["place"].is_object()), (&Value::from(false), true));
    }
    // The boot file; a kind with a loader gets it, but the text may change it.
    for (raw, is_open) in [
        (", raw: { dhcpd: \"if known { filename \\\"x\\\"; }\" }", true),
        (" }\nraw: { dhcpd: \"host x { filename \\\"x\\\"; }\"", true),
        (", raw: { dhcpd: \"option wpad code 252 = text; # filename\" }", false),
    ] {
        let site = site("isc", &format!(", ranges: 10.0.0.100-10.0.0.199{raw}"));
        let text = run(&site, &[]);
        let open = "not known, `raw` for dhcpd may decide the boot file, by `filename`";
        assert_eq!(
            text.contains(open) || text.contains("by `host`, `filename`; without it"),
            is_open,
            "{text}"
        );
        assert_eq!(text.contains("nothing, no loader"), !is_open, "{text}");
        assert_eq!(text.contains("note: `raw` for dhcpd may decide the boot file"), is_open, "{text}");
        assert!(text.contains("bios   tftp://10.0.0.2/undionly.kpxe"), "{text}");
    }
}
