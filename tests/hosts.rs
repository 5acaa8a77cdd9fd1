use std::path::Path;

use serde_json::{Value, json};

use crate::support::program::{Ran, run_in, run_on};

const SITE: &str = "name: Site
servers: { boot: { ip: 10.0.0.2, interfaces: eth0 } }
subnets:
  lan: { cidr: 10.0.0.0/28, ranges: 10.0.0.8-10.0.0.9, routers: 10.0.0.1, boot: shell }
  wan: { cidr: 10.1.0.0/24, routers: 10.1.0.254 }
  phones: { cidr: 10.2.0.0/24, netboot: none }
groups:
  all: { dns: 10.0.0.3 }
  pcs: { group: all, boot: exit }
hosts:
  pc10: { mac: \"52:54:00:00:00:10\", ip: 10.0.0.10, group: pcs }
  pc9: { nics: [{ mac: \"52:54:00:00:00:09\", ip: 10.0.0.4 }, { mac: [\"52:54:00:00:00:0a\", \"52:54:00:00:00:0b\"], ip: 10.1.0.9 }] }
  roams: { mac: \"52:54:00:00:00:01\" }
  disk: { mac: \"52:54:00:00:00:02\", ip: 10.0.0.11, script: none, root_path: \"iscsi:10.0.0.2::::iqn.2024-09.org.example:x\" }
  printer: { mac: \"52:54:00:00:00:03\", netboot: none }
  phone: { mac: \"52:54:00:00:00:04\", ip: 10.2.0.4 }
";

fn hosts(arguments: &[&str]) -> Ran {
    run_on(SITE.as_bytes(), &[&["hosts", "-"], arguments].concat()).ended(0)
}

fn names(arguments: &[&str]) -> Vec<String> {
    let table: Value =
        serde_json::from_str(&hosts(&[arguments, &["--format", "json"]].concat()).stdout).unwrap();
    table.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_row_for_each_card() {
    let table = "\
NAME     MAC                                  IP         SUBNET  GROUP    BOOTS
pc10     52:54:00:00:00:10                    10.0.0.10  lan     all pcs  exit
pc9      52:54:00:00:00:09                    10.0.0.4   lan              shell
pc9      52:54:00:00:00:0a 52:54:00:00:00:0b  10.1.0.9   wan              shell
roams    52:54:00:00:00:01
disk     52:54:00:00:00:02                    10.0.0.11  lan              root-path
printer  52:54:00:00:00:03                                                none
phone    52:54:00:00:00:04                    10.2.0.4   phones           none
";
    assert_eq!(hosts(&[]).stdout, table);
}

#[test]
fn rows_are_chosen_and_sorted() {
    assert_eq!(names(&["--subnet", "lan"]), ["pc10", "pc9", "disk"]);
    assert_eq!(names(&["--group", "all"]), ["pc10"]);
    assert_eq!(names(&["--boots", "exit"]), ["pc10"]);
    assert_eq!(names(&["--boots", "none"]), ["printer", "phone"]);
    assert_eq!(names(&["--subnet", "wan", "--boots", "exit"]), [""; 0]);
    assert_eq!(names(&["--sort", "ip"]), ["pc9", "pc10", "disk", "pc9", "phone", "roams", "printer"]);
    assert_eq!(names(&["--sort", "mac"]), ["roams", "disk", "printer", "phone", "pc9", "pc9", "pc10"]);
    assert_eq!(names(&["--sort", "subnet"])[..3], ["pc10", "pc9", "disk"]);
    assert_eq!(
        hosts(&["--boots", "exit", "--group", "all", "--subnet", "wan"]).stdout,
        "NAME  MAC  IP  IP6  SUBNET  GROUP  BOOTS  NOTE\n"
    );
}

/// By what a host tells: its MAC addresses and its subnet.
#[test]
fn the_hosts_of_a_class() {
    let site = format!(
        "{SITE}classes:
  early: {{ match: {{ mac: [\"52:54:00:00:00:0*\"] }}, ntp: 10.0.0.3 }}
  here: {{ match: {{ mac: \"52:54:00:*\", vendor_class: \"Cisco*\" }}, subnets: wan, ntp: 10.0.0.3 }}
  phones: {{ match: {{ vendor_class: \"Cisco*\", arch: bios }}, dns: 10.0.0.3 }}
"
    )
    .replace(":0*", ":*");
    let hosts = |class: &str| run_on(site.as_bytes(), &["hosts", "-", "--class", class, "--format", "csv"]);
    let all = hosts("early").ended(0);
    assert_eq!(all.stdout.lines().count(), 8, "{}", all.stdout);
    let here = hosts("here").ended(0);
    let names: Vec<&str> = here.stdout.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    // A machine without a fixed address may be anywhere.
    assert_eq!(names, ["pc9", "roams", "printer"], "{}", here.stdout);
    here.says("the class `here` also asks for vendor_class, which hosts do not declare");
    hosts("phones").ended(1).says(
        "--class: the site does not say which hosts are in `phones`: its clients are known by vendor_class, arch alone",
    );
    hosts("phone").ended(1).says("--class: the site has no class `phone`");
}

#[test]
fn a_name_that_the_site_does_not_have_is_a_finding() {
    for (arguments, said) in [
        (["--subnet", "lam"], "--subnet: the site has no subnet `lam`\n  |\n  = help: did you mean `lan`?"),
        (["--group", "pc"], "--group: no machine is in a group `pc`\n  |\n  = help: did you mean `pcs`?"),
        (["--boots", "memtest"], "--boots: the site has no boot entry `memtest`"),
        (["--free", "x"], "--free: the site has no subnet `x`"),
    ] {
        let ran = run_on(SITE.as_bytes(), &[&["hosts", "-"][..], &arguments].concat()).ended(1);
        assert!(ran.stdout.is_empty());
        ran.says(said);
    }
    run_on(SITE.as_bytes(), &["hosts", "-", "--count", "3"]).ended(2);
    run_on(SITE.as_bytes(), &["hosts", "-", "--free", "lan", "--subnet", "lan"]).ended(2);
}

#[test]
fn formats_for_programs() {
    let table: Value = serde_json::from_str(&hosts(&["--format", "json"]).stdout).unwrap();
    let expected = json!({
        "name": "pc9", "mac": ["52:54:00:00:00:0a", "52:54:00:00:00:0b"], "ip": "10.1.0.9", "ip6": null,
        "subnet": "wan", "group": [], "boots": "shell", "note": null
    });
    assert_eq!(table[2], expected);
    assert_eq!(table[3]["boots"], Value::Null);
    assert_eq!(table.as_array().unwrap().len(), 7);

    let ran = hosts(&["--format", "csv"]);
    assert!(ran.stdout.lines().count() == 8 && ran.stdout.ends_with("\r\n"), "{}", ran.stdout);
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    let head: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(head, ["name", "mac", "ip", "ip6", "subnet", "group", "boots", "note"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows[0].iter().collect::<Vec<_>>()[5..], ["all pcs", "exit", ""]);
}

#[test]
fn free_addresses_are_outside_of_ranges_and_nobody_s() {
    let free = |arguments: &[&str]| hosts(arguments).stdout;
    // 1 is the router, 2 the server, 3 a name server, 4, 10 and 11 are hosts, 8 and 9 the range.
    assert_eq!(free(&["--free", "lan"]), "10.0.0.5\n10.0.0.6\n10.0.0.7\n10.0.0.12\n10.0.0.13\n10.0.0.14\n");
    assert_eq!(free(&["--free", "lan", "--count", "1", "--format", "csv"]), "ip\r\n10.0.0.5\r\n");
    assert_eq!(
        free(&["--free", "wan", "--count", "2", "--format", "json"]),
        "[\n  \"10.1.0.1\",\n  \"10.1.0.2\"\n]\n"
    );
    assert_eq!(free(&["--free", "wan", "--count", "999"]).lines().count(), 252);
    assert_eq!(free(&["--free", "wan", "--count", "0"]), "");
    // Addresses that only an option or a class names: a phone's server, a controller, a port's own.
    let more = format!(
        "{SITE}classes:
  phones: {{ match: {{ vendor_class: Cisco }}, options: {{ tftp-server-name: 10.0.0.5 }}, next_server: 10.0.0.13 }}
  unifi: {{ match: {{ vendor_class: ubnt }}, vendor_options: {{ 1: {{ ip: 10.0.0.6 }} }} }}
  desk: {{ match: {{ circuit_id: x }}, ip: 10.0.0.12 }}
dhcp: {{ options: {{ smtp-server: [10.0.0.7] }} }}
"
    );
    let ran = run_on(more.as_bytes(), &["hosts", "-", "--free", "lan"]).ended(0);
    assert_eq!(ran.stdout, "10.0.0.14\n");
    let full = "servers: { b: { ip: 0.0.0.1, interfaces: eth0 } }\nsubnets: { a: { cidr: 255.255.255.252/30, ranges: 255.255.255.253-255.255.255.254 } }\n";
    let ran = run_on(full.as_bytes(), &["hosts", "-", "--free", "a"]);
    assert!(ran.stdout.is_empty(), "{ran:?}");
}

/// The column is what the menu of the machine preselects.
#[test]
fn the_example_of_a_school() {
    let folder = Path::new("examples/school");
    let table = run_in(folder, &["hosts", "--format", "json", "--sort", "name"]).ended(0).stdout;
    let table: Value = serde_json::from_str(&table).unwrap();
    let boots = |name: &str| {
        let row = table.as_array().unwrap().iter().find(|row| row["name"] == name);
        row.unwrap()["boots"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        ["lab-01", "annex-15", "secretary", "kiosk", "printer"].map(boots),
        ["san", "debian-diskless", "local", "debian-live", "none"]
    );
}

#[test]
fn notes_are_shown() {
    let more =
        "  noted: { mac: \"52:54:00:00:00:05\", ip: 10.0.0.12, group: pcs, note: \"third row,\\nü\" }\n";
    let site = SITE.replace("pcs: { group: all,", "pcs: { note: blinds, group: all,");
    let site = site.replace("boot: shell }", "boot: shell, note: cable 4 }");
    let site = format!("{site}{more}");
    let row = run_on(site.as_bytes(), &["hosts", "-", "--sort", "note"]).ended(0).stdout;
    assert_eq!(
        row.lines().nth(1).unwrap(),
        "noted    52:54:00:00:00:05                    10.0.0.12  lan     all pcs  exit       third row, ü"
    );
    let csv = run_on(site.as_bytes(), &["hosts", "-", "--format", "csv"]).ended(0).stdout;
    assert!(csv.starts_with("name,mac,ip,ip6,subnet,group,boots,note\r\n"), "{csv}");
    let trace = run_on(site.as_bytes(), &["trace", "noted", "-"]).ended(0).stdout;
    for note in [
        "note on the host noted: third row, ü",
        "note on the group pcs: blinds",
        "note on the subnet lan: cable 4",
    ] {
        assert!(trace.contains(note), "{trace}");
    }
}
