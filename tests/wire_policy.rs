//! Every client of every example and case: the policy's answer, and the offers of the real servers. The gate asks a
//! sample; the full run asks everything (tests/lab/full.rs).

use std::fs;
use std::path::Path;

use ipxegen::dhcp::Policy;

use crate::support::answers::{Asked, Sample, compare_dnsmasq, compare_isc, compare_kea, with_site};
use crate::support::dhcp::Client;
use crate::support::{render_file, require, require_root};

#[test]
fn dhcpd_offers_what_the_policy_says() {
    compare_isc(Some(Sample::default()));
}

#[test]
fn kea_offers_what_the_policy_says() {
    compare_kea(None, Some(Sample::default()));
}

#[test]
fn dnsmasq_offers_what_the_policy_says() {
    compare_dnsmasq(None, Some(Sample::default()));
}

/// Kea sends a client what it lists, and what is marked for all clients.
#[test]
fn kea_sends_options_that_nobody_asked_for() {
    if !["unshare", "nsenter", "ip", "python3", "kea-dhcp4", "tar"].into_iter().all(require)
        || !require_root()
    {
        return;
    }
    let path = Path::new("tests/cases/kea-classes/site.yaml");
    with_site(path, &[], |site| {
        let policy = Policy::new(site);
        let trees = render_file(path, &[]);
        let mut server = Asked::new(&policy, 0, &trees.of("boot")).unwrap();
        server.kea();
        for (vendor_class, codes) in [("Polycom-VVX", &[150][..]), ("ubnt", &[43]), ("MSFT 5.0", &[])] {
            let mut client = Client::plain([0x52, 0x54, 3, 0, 0, 1]);
            client.vendor_class = Some(vendor_class.to_owned());
            client.wants = vec![1, 3];
            let reply = server.link.ask(&client, 1, &[], 8).unwrap();
            for code in [43, 150] {
                assert_eq!(reply.options.contains_key(&code), codes.contains(&code), "{vendor_class} {code}");
            }
        }
    });
}

/// Of clients that send a list of options, phones and access points get those with `always: true` too, and others do
/// not. A client without a list gets everything.
#[test]
fn dhcpd_sends_options_that_nobody_asked_for() {
    sends_always("dhcpd", &[], Asked::isc);
}

#[test]
fn dnsmasq_sends_options_that_nobody_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let with = folder.path().join("with.yaml");
    fs::write(&with, "dhcp: { daemon: dnsmasq }\nallow: { daemon-lacks: lease times }\n").unwrap();
    sends_always("dnsmasq", &[&with], Asked::dnsmasq);
}

fn sends_always(program: &str, with: &[&Path], start: impl Fn(&Asked, &Policy<'_>)) {
    if !["unshare", "nsenter", "ip", "python3", program, "tar"].into_iter().all(require) || !require_root() {
        return;
    }
    let path = Path::new("tests/cases/classes/site.yaml");
    with_site(path, with, |site| {
        let policy = Policy::new(site);
        let trees = render_file(path, with);
        let mut server = Asked::new(&policy, 0, &trees.of("boot")).unwrap();
        start(&server, &policy);
        for (vendor_class, codes) in [("Polycom-VVX", &[150][..]), ("ubnt", &[43]), ("MSFT 5.0", &[])] {
            let mut client = Client::plain([0x52, 0x54, 3, 0, 0, 1]);
            client.vendor_class = Some(vendor_class.to_owned());
            for asks in [true, false] {
                client.wants = if asks { vec![1, 3] } else { Vec::new() };
                let reply = server.link.ask(&client, 1, &[], 8).unwrap();
                for code in [43, 150] {
                    assert_eq!(
                        reply.options.contains_key(&code),
                        codes.contains(&code),
                        "{vendor_class} {code}"
                    );
                }
                // The list itself stays as it is.
                assert_eq!(reply.options.contains_key(&7), !asks, "{vendor_class}: {reply:?}");
            }
        }
    });
}

/// Values that `dhcp-match` would read as numbers or find anywhere, and sub-options of a relay.
const ODD: &str = r#"
name: Odd values
servers: { boot: { ip: 10.7.0.2/24, interfaces: [eth0] } }
dhcp: { daemon: dnsmasq }
tftp: { server: boot }
http: { server: boot }
subnets: { lan: { cidr: 10.7.0.0/24, ranges: 10.7.0.100-10.7.0.199, routers: 10.7.0.1 } }
classes:
  one: { match: { vendor_class: P }, options: { nis-domain: one } }
  begins: { match: { vendor_class: "Q*" }, options: { nis-domain: begins } }
  user: { match: { user_class: z }, domain: user.example.org }
  bytes: { match: { client_id: { hex: "01:02:03" } }, ntp: 10.7.0.9 }
  port: { match: { circuit_id: "ge-*" }, options: { log-servers: 10.7.0.9 } }
  switch: { match: { remote_id: sw-1 }, options: { www-server: 10.7.0.9 } }
boot_entries: { local: { label: Local disk } }
"#;

#[test]
fn dnsmasq_matches_what_a_class_says_and_no_more() {
    if !["unshare", "nsenter", "ip", "python3", "dnsmasq", "tar"].into_iter().all(require) || !require_root()
    {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.yaml");
    fs::write(&path, ODD).unwrap();
    with_site(&path, &[], |site| {
        let policy = Policy::new(site);
        let trees = render_file(&path, &[]);
        let mut server = Asked::new(&policy, 0, &trees.of("boot")).unwrap();
        server.dnsmasq(&policy);
        let (asked, wrong) = server.ask("odd", &policy, Some(&mut Sample::default()));
        assert!(asked > 40 && wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    });
}

/// Levels that meet: features that iPXE must have, loaders of subnets, groups, hosts and classes, exceptions to netboot,
/// and values that one level takes back.
const MEETING: &str = r#"
name: Levels that meet
domain: meet.example.org
servers: { boot: { ip: 10.7.0.2/24, interfaces: [eth0] } }
dhcp: { daemon: DAEMON, options: { nis-domain: site, log-servers: 10.7.0.2 } }
http: { server: boot }
tftp: { server: boot }
ipxe: { NEEDS }
loaders: { bios: undionly.kpxe, efi_x64: ipxe.efi, efi_arm64: none }
subnets:
  lan:
    cidr: 10.7.0.0/24
    ranges: 10.7.0.100-10.7.0.199
    routers: 10.7.0.1
    loaders: { efi_x64: lan.efi }
    root_path: { nfs: { path: /srv/nfs/lan } }
    options: { nis-domain: lan }
  far:
    cidr: 10.8.0.0/24
    ranges: 10.8.0.100-10.8.0.199
    routers: 10.8.0.1
    netboot: known
    loaders: { bios: none }
  dark: { cidr: 10.9.0.0/24, ranges: 10.9.0.100-10.9.0.199, routers: 10.9.0.1, netboot: none }
classes:
  lit:
    match: { user_class: lit }
    netboot: all
    priority: 3
    loaders: { efi_x64: lit.efi }
    options: { nis-domain: lit }
  dim:
    match: { user_class: ["lit", "dim"] }
    netboot: none
    priority: 2
    options: { log-servers: none }
    root_path: { nfs: { path: /srv/nfs/dim } }
  plain-file:
    match: { vendor_class: "PXEClient*", mac: "52:54:00:00:00:*" }
    file: class.0
    next_server: 10.7.0.8
    priority: 1
  arm:
    match: { arch: efi_arm64 }
    loaders: { efi_arm64: arm.efi }
    netboot: known
  script:
    match: { client: ipxe, mac: "52:54:01:*" }
    boot: inventory
    priority: 4
groups:
  quiet: { options: { nis-domain: quiet } }
  loud: { group: quiet, loaders: { efi_x64: loud.efi, efi_arm64: loud-arm.efi } }
hosts:
  a: { mac: "52:54:00:00:00:01", ip: 10.7.0.11, group: quiet, netboot: none }
  b: { mac: "52:54:00:00:00:02", ip: 10.8.0.12, group: loud }
  c: { mac: "52:54:01:00:00:03", ip: 10.9.0.13, boot: inventory }
  d: { mac: "52:54:01:00:00:04", ip: 10.7.0.14, options: { nis-domain: none }, root_path: none }
  e: { mac: "52:54:01:00:00:05", ip: 10.8.0.15, loaders: { bios: own.kpxe, efi_x64: none } }
  f: { mac: "52:54:02:00:00:06" }
boot_entries:
  inventory: { kind: script, label: Inventory, lines: "echo hello" }
"#;

/// Option 43 of each level, as sub-options, a text and bytes, beside the one that a Raspberry Pi needs with its file.
const VENDOR: &str = r#"
name: Vendor options
servers: { boot: { ip: 10.7.0.2/24, interfaces: [eth0] } }
dhcp: { daemon: DAEMON, vendor_options: { 1: { ip: 10.7.0.5 } } }
http: { server: boot }
tftp: { server: boot }
loaders: { rpi: rpi/bootcode.bin }
subnets:
  lan: { cidr: 10.7.0.0/24, ranges: 10.7.0.100-10.7.0.199, routers: 10.7.0.1 }
  far:
    cidr: 10.8.0.0/24
    ranges: 10.8.0.100-10.8.0.199
    routers: 10.8.0.1
    vendor_options: { 0: { text: "pub/image, with a comma" }, 3: { text: ftp }, always: true }
  none: { cidr: 10.9.0.0/24, ranges: 10.9.0.100-10.9.0.199, routers: 10.9.0.1, vendor_options: none }
classes:
  phones: { match: { vendor_class: "Phone*" }, vendor_options: { text: "10.7.0.6" } }
groups:
  switches: { vendor_options: { 0: { text: "pub/{host}.tgz" } } }
hosts:
  a: { mac: "52:54:00:00:00:01", ip: 10.7.0.11, group: switches }
  b: { mac: "52:54:00:00:00:02", ip: 10.8.0.12, vendor_options: { hex: "ff:00:2c", vendor_class: Switch } }
  c: { mac: "52:54:00:00:00:03", ip: 10.8.0.13, vendor_options: none }
  d: { mac: "52:54:00:00:00:04", group: switches }
boot_entries: { local: { label: Local disk } }
"#;

/// Texts of clients that have the characters of each server's language.
const NASTY: &str = r#"
name: Nasty texts
servers: { boot: { ip: 10.7.0.2/24, interfaces: [eth0] } }
dhcp: { daemon: DAEMON }
http: { server: boot }
tftp: { server: boot }
subnets: { lan: { cidr: 10.7.0.0/24, ranges: 10.7.0.100-10.7.0.199, routers: 10.7.0.1 } }
classes:
  quote: { match: { vendor_class: "\"x" }, options: { nis-domain: quote } }
  backslash: { match: { vendor_class: "\\" }, options: { nis-domain: backslash } }
  comma: { match: { vendor_class: "a,set:b" }, options: { nis-domain: comma } }
  comment: { match: { vendor_class: "a #b" }, options: { nis-domain: comment } }
  apostrophe: { match: { vendor_class: "') or ('a'=='a" }, options: { nis-domain: apostrophe } }
  lines: { match: { vendor_class: "a\nb" }, options: { nis-domain: lines } }
  wide: { match: { vendor_class: "ä*" }, options: { nis-domain: wide } }
  blank: { match: { user_class: " x" }, options: { log-servers: 10.7.0.9 } }
  number: { match: { user_class: "12" }, options: { log-servers: 10.7.0.8 } }
  bytes: { match: { user_class: "01:02" }, options: { log-servers: 10.7.0.7 } }
"#;

/// Hosts and groups with one boot file, where subnets, classes and groups say something else.
const FILES: &str = r#"
name: Files of hosts
servers: { boot: { ip: 10.7.0.2/24, interfaces: [eth0] } }
dhcp: { daemon: DAEMON }
http: { server: boot }
tftp: { server: boot }
ipxe: { NEEDS }
loaders: { bios: undionly.kpxe, efi_x64: ipxe.efi, rpi: rpi/bootcode.bin }
subnets:
  lan:
    cidr: 10.7.0.0/24
    ranges: 10.7.0.100-10.7.0.199
    routers: 10.7.0.1
    loaders: { efi_x64: lan.efi }
    vendor_options: { text: x, vendor_class: lan }
  far:
    cidr: 10.8.0.0/24
    ranges: 10.8.0.100-10.8.0.199
    routers: 10.8.0.1
    next_server: 10.8.0.9
    netboot: known
  dark:
    cidr: 10.9.0.0/24
    ranges: 10.9.0.100-10.9.0.199
    routers: 10.9.0.1
    netboot: none
    vendor_options: { text: y, vendor_class: dark }
classes:
  plain-file: { match: { vendor_class: "PXEClient*" }, file: class.0, next_server: 10.7.0.8, priority: 1 }
  ipxe-file: { match: { client: ipxe, mac: "52:54:00:00:00:*" }, file: class.ipxe }
  uefi: { match: { arch: efi_x64 }, loaders: { efi_x64: class.efi }, priority: 2, netboot: none }
groups:
  old: { file: pxelinux.0, next_server: 10.7.0.5 }
  loaders: { loaders: { bios: group.kpxe, efi_x64: none } }
  quiet: { netboot: none }
hosts:
  a: { mac: "52:54:00:00:00:01", ip: 10.7.0.11, file: own.0, root_path: { nfs: { path: /srv/nfs/a } } }
  b: { mac: "52:54:00:00:00:02", ip: 10.8.0.12, group: old, boot: inventory }
  c: { mac: "52:54:01:00:00:03", ip: 10.9.0.13, file: dark.0, next_server: 10.9.0.5, root_path: { nfs: { path: /srv/nfs/c } } }
  d: { mac: "b8:27:eb:00:00:04", ip: 10.7.0.14, group: old, file: none }
  e: { mac: "52:54:01:00:00:05", group: old, file: roaming.0 }
  f: { mac: "52:54:02:00:00:06", ip: 10.7.0.16, file: "http://10.7.0.6/f.efi" }
  g: { mac: "52:54:02:00:00:07", ip: 10.7.0.17, group: [loaders, old] }
  h: { mac: "52:54:02:00:00:08", ip: 10.8.0.18, group: old, file: "http://10.7.0.6/h.efi", next_server: 10.7.0.6, vendor_options: { text: z, vendor_class: h } }
  i: { mac: "52:54:02:00:00:09", ip: 10.9.0.19, group: old, file: "http://10.7.0.6/i.efi" }
  j: { mac: "52:54:02:00:00:0a", ip: 10.8.0.20, group: quiet, file: own.0 }
  k: { mac: "b8:27:eb:00:00:0b", ip: 10.8.0.21, group: old, vendor_options: none }
  l: { mac: "52:54:02:00:00:0c", ip: 10.8.0.22, file: none }
  m: { mac: "52:54:02:00:00:0d", ip: 10.8.0.23, group: old, netboot: none }
boot_entries:
  inventory: { kind: script, label: Inventory, lines: "echo hello" }
"#;

/// Hosts with a boot server of their own, and the loaders of their subnet, a group or themselves.
const SERVERS: &str = r#"
name: Servers of hosts
servers: { boot: { ip: 10.7.0.2/24, interfaces: [eth0] }, other: { ip: 10.7.0.3/24 } }
dhcp: { daemon: DAEMON, server: boot }
http: { server: boot }
tftp: { server: boot }
ipxe: { NEEDS }
subnets:
  lan: { cidr: 10.7.0.0/24, ranges: 10.7.0.100-10.7.0.199, routers: 10.7.0.1, loaders: { RPI } }
  dark: { cidr: 10.9.0.0/24, ranges: 10.9.0.100-10.9.0.199, routers: 10.9.0.1, netboot: none }
classes:
  pxe: { match: { vendor_class: "PXEClient*" }, next_server: 10.7.0.8 }
groups:
  there: { next_server: other }
  old: { group: there, file: pxelinux.0 }
hosts:
  a: { mac: "52:54:00:00:00:01", ip: 10.7.0.11, group: there }
  b: { mac: "52:54:00:00:00:02", ip: 10.9.0.12, next_server: 10.7.0.7 }
  c: { mac: "b8:27:eb:00:00:03", next_server: 10.7.0.7 }
  d: { mac: "52:54:00:00:00:04", ip: 10.7.0.14, group: old, loaders: { bios: own.kpxe } }
  e: { mac: "52:54:00:00:00:05", ip: 10.7.0.15, group: there, netboot: none }
boot_entries: { local: { label: Local disk } }
"#;

#[test]
fn every_server_gives_a_host_its_one_file() {
    every_server_answers_all(FILES, 100, || None);
}

#[test]
fn servers_send_the_boot_server_of_a_host() {
    servers_answer(&SERVERS_OF_HOSTS, SERVERS, 40, || None);
}

#[test]
fn every_server_follows_the_levels_where_they_meet() {
    every_server_answers(MEETING, 100);
}

#[test]
fn every_server_matches_nasty_texts() {
    every_server_answers(NASTY, 40);
}

#[test]
fn every_server_sends_vendor_options_of_each_level() {
    every_server_answers(VENDOR, 40);
}

/// Options 43, 60 and 66 of each level beside those that firmware needs with its boot file. Every client is asked for, as
/// a sample leaves out most pairs of a class and a group.
#[test]
fn every_server_sends_vendor_options_beside_boot_files() {
    let text = fs::read_to_string("tests/cases/vendor-class/site.yaml").unwrap();
    every_server_answers_all(&text, 1000, || None);
}

fn every_server_answers(text: &str, least: usize) {
    every_server_answers_all(text, least, || Some(Sample::default()));
}

fn every_server_answers_all(text: &str, least: usize, sample: impl Fn() -> Option<Sample>) {
    let all = [("isc", "dhcpd"), ("kea", "kea-dhcp4"), ("dnsmasq", "dnsmasq")];
    servers_answer(&all, text, least, sample);
}

/// Those that know a boot server without a file (`daemon-lacks`).
const SERVERS_OF_HOSTS: [(&str, &str); 2] = [("isc", "dhcpd"), ("kea", "kea-dhcp4")];

fn servers_answer(daemons: &[(&str, &str)], text: &str, least: usize, sample: impl Fn() -> Option<Sample>) {
    for (daemon, program) in daemons.iter().copied() {
        if !["unshare", "nsenter", "ip", "python3", program, "tar"].into_iter().all(require)
            || !require_root()
        {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site.yaml");
        // dnsmasq does not know iPXE's features.
        let needs = if daemon == "dnsmasq" { "" } else { "needs: [http, menu]" };
        // Kea sends a Raspberry Pi the subnet's server as an option.
        let rpi = if daemon == "kea" { "" } else { "rpi: rpi/bootcode.bin" };
        fs::write(&path, text.replace("DAEMON", daemon).replace("NEEDS", needs).replace("RPI", rpi)).unwrap();
        let with = folder.path().join("with.yaml");
        fs::write(&with, format!("dhcp: {{ daemon: {daemon} }}\n")).unwrap();
        with_site(&path, &[&with], |site| {
            let policy = Policy::new(site);
            let trees = render_file(&path, &[&with]);
            let mut server = Asked::new(&policy, 0, &trees.of("boot")).unwrap();
            match daemon {
                "isc" => server.isc(&policy),
                "kea" => server.kea(),
                _ => server.dnsmasq(&policy),
            }
            let (asked, wrong) = server.ask(daemon, &policy, sample().as_mut());
            assert!(
                asked > least && wrong.is_empty(),
                "{daemon}: {} of {asked}:\n{}",
                wrong.len(),
                wrong.join("\n")
            );
        });
    }
}
