use std::fs;
use std::net::Ipv4Addr;

use crate::support::daemons::Server;
use crate::support::dhcp::{Client, Link};
use crate::support::netns::Net;
use crate::support::program::run_in;
use crate::support::{render_file, require, require_root};

const SITE: &str = "
servers:
  boot: { ip: 10.7.0.2/24, interfaces: [eth0] }
  two: { ip: 10.7.0.3/24, interfaces: [eth0] }
dhcp: { daemon: DAEMON, netboot: none }
subnets:
  lan:
    cidr: 10.7.0.0/24
    routers: 10.7.0.1
    ranges: RANGES
";

fn of(dhcp: &str, ranges: &str) -> String {
    SITE.replace("DAEMON", dhcp).replace("RANGES", ranges)
}

/// The addresses that a few BOOTP clients get, and then as many DHCP clients; none for a client without an answer.
fn answers(daemon: &str, ranges: &str) -> Vec<Option<Ipv4Addr>> {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site.yaml");
    fs::write(&site, of(&format!("{daemon}, server: boot"), ranges)).unwrap();
    let net = Net::new(&["lan"]);
    let server = Server::new(&net, "lan", "10.7.0.2/24", render_file(&site, &[]).of("boot").as_ref());
    match daemon {
        "dnsmasq" => server.dnsmasq(),
        _ => server.dhcp(),
    }
    let mut link = Link::open(&net.switch, &net.probe("lan"));
    let mut answers = Vec::new();
    for number in 0..6 {
        let client = Client::plain([0x52, 0x54, 0, 0, 1, number]);
        let reply = if number < 3 { link.bootp(&client) } else { link.discover(&client) };
        answers.push(reply.map(|reply| reply.yiaddr));
    }
    answers
}

fn able(daemon: &str) -> bool {
    ["unshare", "nsenter", "ip", "python3", "tar", daemon].into_iter().all(require) && require_root()
}

fn are_in(answers: &[Option<Ipv4Addr>], low: u8, high: u8) -> bool {
    answers.iter().all(|ip| ip.is_some_and(|ip| (low..=high).contains(&ip.octets()[3])))
}

#[test]
fn dhcpd_gives_bootp_clients_addresses_of_their_range_only() {
    if !able("dhcpd") {
        return;
    }
    let ranges = "[10.7.0.100-10.7.0.149, { range: 10.7.0.150-10.7.0.199, dynamic_bootp: true }]";
    let got = answers("isc", ranges);
    assert!(are_in(&got[..3], 150, 199) && are_in(&got[3..], 100, 199), "{got:?}");
    // In pools of dhcpd's, every range is for BOOTP clients unless they are denied. A client gets an address of the first.
    let ranges = "[{ range: 10.7.0.100-10.7.0.149, clients: unknown }, { range: 10.7.0.150-10.7.0.199, dynamic_bootp: true }]";
    let got = answers("isc", ranges);
    assert!(are_in(&got[..3], 150, 199) && are_in(&got[3..], 100, 149), "{got:?}");
}

#[test]
fn dnsmasq_gives_bootp_clients_addresses_of_a_subnet_for_them() {
    if !able("dnsmasq") {
        return;
    }
    let got = answers("dnsmasq", "{ range: 10.7.0.150-10.7.0.199, dynamic_bootp: true }");
    assert!(are_in(&got, 150, 199), "{got:?}");
}

#[test]
fn servers_that_cannot_give_bootp_clients_a_range_say_so() {
    let one = "{ range: 10.7.0.150-10.7.0.199, dynamic_bootp: true }";
    let some = format!("[10.7.0.100-10.7.0.149, {one}]");
    let folder = tempfile::tempdir().unwrap();
    for (daemon, ranges, lacks) in [
        ("isc, server: boot", some.as_str(), None),
        ("isc, servers: [boot, two]", one, Some("dhcpd does not start")),
        ("kea, server: boot", one, Some("Kea answers BOOTP clients only with a hook")),
        ("dnsmasq, server: boot", some.as_str(), Some("all ranges of a subnet or of none")),
        ("dnsmasq, server: boot", one, None),
    ] {
        fs::write(folder.path().join("site.yaml"), of(daemon, ranges)).unwrap();
        let ran = run_in(folder.path(), &["check", "--format", "short", "site.yaml"]);
        let said = ran.stdout + &ran.stderr;
        assert_eq!(said.contains("daemon-lacks"), lacks.is_some(), "{daemon}: {said}");
        assert!(said.contains(lacks.unwrap_or_default()), "{daemon}: {said}");
    }
}

#[test]
fn a_range_for_bootp_clients_that_is_allowed_in_a_pair_is_written_without_them() {
    let folder = tempfile::tempdir().unwrap();
    let ranges = "{ range: 10.7.0.150-10.7.0.199, dynamic_bootp: true }";
    let site = of("isc, servers: [boot, two]", ranges) + "allow: { daemon-lacks: not needed }\n";
    fs::write(folder.path().join("site.yaml"), site).unwrap();
    let ran = run_in(
        folder.path(),
        &["render", "--stdout", "etc/dhcp/dhcpd.conf", "--server", "boot", "site.yaml"],
    );
    assert!(ran.stdout.contains("range 10.7.0.150 10.7.0.199;"), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("deny dynamic bootp clients;"), "{}", ran.stdout);
}
