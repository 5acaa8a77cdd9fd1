//! The words of other tools, compared with the JSON Schema: every hint names a key that exists where it says.

use std::collections::{BTreeMap, BTreeSet};

use ipxegen::model::{FOREIGN_OPTIONS, Instead, OTHER_OPTIONS};
use ipxegen::schema::{Equivalent, FOREIGN_KINDS, fold, foreign_words};
use serde_json::Value;

use super::support::program::{run_in, run_on};

/// The name in the schema of a mapping, as messages call it.
const MAPPINGS: &[(&str, &str)] = &[
    ("a server", "Server"),
    ("a subnet", "Subnet"),
    ("a class", "Class"),
    ("a group", "Group"),
    ("a host", "Host"),
    ("a card of `nics`", "Nic"),
    ("dhcp", "Dhcp"),
    ("failover", "Failover"),
    ("tftp", "Tftp"),
    ("http", "Http"),
    ("nfs", "Nfs"),
    ("an export", "Export"),
    ("smb", "Smb"),
    ("a share", "Share"),
    ("iscsi", "Iscsi"),
    ("an iSCSI server", "IscsiServer"),
    ("root_path", "Forms"),
    ("root_path.iscsi", "IscsiPath"),
    ("root_path.nfs", "NfsPath"),
    ("chap", "Chap"),
    ("store", "Store"),
    ("loaders", "Loaders"),
    ("ipxe", "Ipxe"),
    ("menu", "Menu"),
    ("a relay", "Relay"),
    ("an include", "Table"),
    ("winpe", "WinpeImages"),
    ("a file", "CustomFile"),
    ("a range", "RangeFor"),
];

/// The keys of every mapping of site.yaml.
fn keys() -> BTreeMap<String, BTreeSet<String>> {
    let schema: Value = serde_json::from_str(&run_in(".".as_ref(), &["schema"]).ended(0).stdout).unwrap();
    let keys = |mapping: &Value| -> BTreeSet<String> {
        mapping["properties"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
    };
    let defs = schema["$defs"].as_object().unwrap();
    let mut all = BTreeMap::from([("the site".to_owned(), keys(&schema))]);
    for (mapping, name) in MAPPINGS {
        all.insert((*mapping).to_owned(), keys(&defs[*name]));
    }
    let items = ["gap", "submenu", "title", "items"].map(str::to_owned);
    all.insert("a menu item".to_owned(), BTreeSet::from(items));
    let mut entry = BTreeSet::new();
    for (name, def) in defs {
        if let Some(kind) = name.strip_prefix("entry_") {
            entry.extend(keys(def));
            all.insert(format!("an entry of kind `{kind}`"), keys(def));
        }
    }
    all.insert("a boot entry".to_owned(), entry);
    assert!(all.values().all(|keys| !keys.is_empty()), "{all:?}");
    all
}

#[test]
fn every_hint_names_a_key_that_exists_there() {
    let keys = keys();
    let mut words = BTreeSet::new();
    for row in foreign_words() {
        for place in row.places {
            let here = keys.get(*place).unwrap_or_else(|| panic!("there is no mapping {place}"));
            for word in row.words.split(' ') {
                assert_eq!(word, fold(word), "{place}");
                // A boot entry has the keys of its kind only: `iso` is a key for some, and a word for none.
                assert!(*place == "a boot entry" || !here.contains(word), "{word} is a key of {place}");
                words.insert((*place, word));
            }
            match row.by {
                Equivalent::Here(key, _) => assert!(here.contains(key), "{key} in {place}"),
                Equivalent::In(mapping, key, _) => {
                    let there = keys.get(mapping).unwrap_or_else(|| panic!("there is no mapping {mapping}"));
                    assert!(there.contains(key), "{key} in {mapping}");
                }
                Equivalent::Instead(_) => {}
            }
        }
    }
    assert!(words.len() >= 130, "only {} words", words.len());
}

#[test]
fn no_word_stands_twice_at_one_mapping_where_only_the_first_counts() {
    let mut seen = BTreeSet::new();
    let rows = foreign_words().flat_map(|row| row.places.iter().map(move |place| (row, *place)));
    // A kind of entry takes the first row whose key it has, so its words may stand in several.
    for (row, place) in rows.filter(|(_, place)| *place != "a boot entry") {
        for word in row.words.split(' ') {
            assert!(seen.insert((place, word)), "{word} is listed twice for {place}");
        }
    }
}

#[test]
fn every_kind_of_another_tool_is_a_kind() {
    let keys = keys();
    for (word, kind) in FOREIGN_KINDS {
        assert!(keys.contains_key(&format!("an entry of kind `{kind}`")), "{kind}");
        assert!(!keys.contains_key(&format!("an entry of kind `{word}`")), "{word}");
    }
}

#[test]
fn every_key_instead_of_an_option_exists_where_it_is_said_to() {
    let keys = keys();
    let all = OTHER_OPTIONS.iter().map(|(name, _, instead)| (name, instead));
    for (name, instead) in all.chain(FOREIGN_OPTIONS.iter().map(|(name, instead)| (name, instead))) {
        let Instead::Key(key, places) = instead else { continue };
        for place in places.split(", ").flat_map(|place| place.split(" or ")) {
            let mapping = if key.starts_with("root_path.") { "root_path.iscsi" } else { place };
            let last = key.rsplit('.').next().unwrap();
            assert!(keys[mapping].contains(last), "{name}: {key} of {place}");
        }
    }
}

/// Words as an administrator types them, and what has to be said.
const TYPED: &[(&str, &str)] = &[
    ("subnets: { l: { hardware ethernet: x } }", "`hardware ethernet` is not a key of a subnet"),
    ("hosts: { p: { hardware ethernet: \"52:54:00:00:00:01\" } }", "did you mean `mac`?"),
    ("hosts: { p: { macaddress: \"52:54:00:00:00:01\" } }", "did you mean `mac`?"),
    ("hosts: { p: { hw-address: \"52:54:00:00:00:01\" } }", "did you mean `mac`?"),
    ("subnets: { l: { option routers: 10.0.0.1 } }", "did you mean `routers`?"),
    ("subnets: { l: { gateway4: 10.0.0.1 } }", "did you mean `routers`?"),
    ("subnets: { l: { netmask: 255.255.255.0 } }", "it carries the netmask: `cidr: 10.0.0.0/24`"),
    ("subnets: { l: { domain-name: x.org } }", "did you mean `domain`?"),
    ("subnets: { l: { domain-name-server: 10.0.0.1 } }", "did you mean `dns`?"),
    ("subnets: { l: { vlan: 20 } }", "use the key `interfaces` of a server: each VLAN is a subnet"),
    ("subnets: { l: { mtu: 1400 } }", "`options: { interface-mtu: 1400 }`"),
    ("default_server: a", "use the key `server` of `dhcp`"),
    ("nodes: {}", "did you mean `hosts`?"),
    ("boot_entries: { e: { kind: linux, append: quiet } }", "did you mean `cmdline`?"),
    ("boot_entries: { e: { kind: linux, title: X } }", "did you mean `label`?"),
    ("boot_entries: { e: { kind: ubuntu } }", "did you mean `subiquity`?"),
    ("menu: { items: [{ entry: e }] }", "an entry is its id alone: `- ID`"),
    ("tftp: { TFTP_DIRECTORY: /srv/tftp }", "did you mean `root`?"),
    ("smb: { shares: { s: { path: /s, guest ok: yes } } }", "did you mean `guest`?"),
    ("loaders: { x86_64: ipxe.efi }", "did you mean `efi_x64`?"),
    ("loaders: { X86-64_EFI: ipxe.efi }", "did you mean `efi_x64`?"),
    ("log-facility: local7", "use the key `log_facility` of `dhcp`"),
    ("pxe-service: x", "did you mean `loaders`?"),
    ("ethernets: {}", "netplan configures them; here they are only named"),
    ("mac: \"52:54:00:00:00:01\"", "use the key `mac` of a host"),
    ("servers: { a: { macaddress: x } }", "the machines that boot are `hosts`"),
    ("servers: { a: { routes: [] } }", "configured elsewhere, as with netplan"),
    ("dhcp: { lease-database: x }", "writes what Kea needs"),
    ("subnets: { l: { always-broadcast: on } }", "did you mean `raw`?"),
    ("subnets: { l: { renew-timer: 900 } }", "did you mean `default_lease_time`?"),
    ("subnets: { l: { fabric: x } }", "leave it out"),
    ("subnets: { l: { ranges: { start: 10.0.0.1, end: 10.0.0.9 } } }", "`{ range: 10.0.0.100-10.0.0.199 }`"),
    ("hosts: { p: { autoinstall: x } }", "use the key `autoinstall` of an entry of kind `subiquity`"),
    ("hosts: { p: { boot_server: x } }", "use the key `boot_server` of a subnet"),
    ("hosts: { p: { root_pass: x } }", "the installer's answer file"),
    ("hosts: { p: { container name: x } }", "did you mean `boot`?"),
    ("hosts: { p: { arch: x86_64 } }", "each client tells its architecture by DHCP"),
    ("hosts: { p: { primarynic: x } }", "did you mean `nics`?"),
    ("groups: { g: { members: [] } }", "use the key `group` of a host"),
    ("boot_entries: { m: { kind: memtest, file: m.bin } }", "did you mean `bios`?"),
    ("boot_entries: { e: { kind: linux, insmod: x } }", "the entry needs no commands of GRUB"),
    ("menu: { set timeout: 5 }", "did you mean `timeout`?"),
    ("menu: { items: [{ menu separator: x }] }", "did you mean `gap`?"),
    ("smb: { shares: { s: { path: /s, vfs objects: x } } }", "did you mean `raw`?"),
    ("smb: { shares: { s: { path: /s, printable: no } } }", "it takes lines of smb.conf"),
    ("smb: { log file: x }", "did you mean `raw`?"),
    ("nfs: { threads: 8 }", "/etc/nfs.conf"),
    ("nfs: { exports: [{ path: /e, anonuid: 9 }] }", "did you mean `options`?"),
];

#[test]
fn a_word_of_another_tool_is_answered_with_ours() {
    for (site, said) in TYPED {
        let ran = run_on(site.as_bytes(), &["check", "-"]).ended(1);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(all.contains(said), "{site}\n{all}");
    }
}

#[test]
fn a_key_that_was_probably_meant_is_not_said_to_be_missing() {
    let site = "servers: { a: { address: 10.0.0.2/24, interfaces: e } }\nsubnets: { l: { network: 10.0.0.0/24 } }\n\
                boot_entries: { e: { kind: linux, vmlinuz: k, initrd: i } }\n";
    let ran = run_on(site.as_bytes(), &["check", "-"]).ended(1);
    let all = format!("{}{}", ran.stdout, ran.stderr);
    assert!(all.contains("3 errors") && !all.contains("missing-key"), "{all}");
}
