//! The answers of real servers by DHCPv6 with the rendered files.

use std::fs;
use std::path::Path;

use ipxegen::dhcp::{Address6, Answer6, Client6, Policy6, answer6, domain_names};
use ipxegen::model::CLIENT_KINDS;
use serde_json::Value;
use tempfile::tempdir;

use crate::support::answers::with_site;
use crate::support::daemons::Server;
use crate::support::netns::{Net, Space};
use crate::support::{render, render_file, require, require_root};

const ASK: &str = include_str!("support/solicit.py");
/// A card is ready after the kernel has tested its addresses for duplicates.
const READY: &str = "for _ in $(seq 50); do ip -6 address show dev eth0 | grep -q tentative || exit 0; sleep 0.1; done; exit 1";

/// The answer to each client, given as `MAC,ARCH,USER-CLASS`.
fn ask(clients: &[&str]) -> Option<Vec<Value>> {
    if !["unshare", "nsenter", "ip", "python3", "dhcpd", "tar"].into_iter().all(require) || !require_root() {
        return None;
    }
    let net = Net::new(&["lan"]);
    let server = Server::new(&net, "lan", "10.0.0.1/24", &render("six").of("boot"));
    server.space.sh("ip -6 address add 2001:db8::1/64 dev eth0");
    server.space.sh(READY);
    server.dhcp();
    let client = Space::new();
    net.plug("lan", &client, "eth0", "10.0.0.90/24");
    client.sh(READY);
    let told = solicit(&client, clients);
    assert!(told.iter().all(|told| !told.is_null()), "no answer:\n{told:?}\n{}", server.log.text());
    Some(told)
}

/// What a server advertises to each client.
fn solicit<S: AsRef<std::ffi::OsStr>>(space: &Space, clients: &[S]) -> Vec<Value> {
    let output = space.command("python3").args(["-c", ASK, "eth0"]).args(clients).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every client of a subnet: strangers and each host, as firmware of every kind, as iPXE and as a plain client.
fn clients(policy: &Policy6<'_>, subnet: usize) -> Vec<Client6> {
    let hosts = policy.site.hosts.iter().flat_map(ipxegen::model::Host::cards).flat_map(|card| card.macs);
    let macs = hosts.map(|mac| mac.value.octets()).chain([[0x52, 0x54, 0, 0xfe, 0xed, 1]]);
    let arches: Vec<u16> = CLIENT_KINDS.iter().flat_map(|info| info.kind.arch_numbers()).collect();
    macs.flat_map(|mac| {
        let firmware = arches.iter().map(move |arch| (Some(*arch), false));
        let others = [(Some(7), true), (Some(0), true), (Some(11), true), (None, false)];
        firmware.chain(others).map(move |(arch, is_ipxe)| Client6 { subnet, mac, arch, is_ipxe })
    })
    .collect()
}

/// The client as solicit.py takes it.
fn line(client: &Client6) -> String {
    let mac: Vec<String> = client.mac.iter().map(|byte| format!("{byte:02x}")).collect();
    let arch = client.arch.map_or_else(String::new, |arch| arch.to_string());
    format!("{},{arch},{}", mac.join(":"), if client.is_ipxe { "iPXE" } else { "" })
}

/// Compares what a server advertises with the policy's answer.
fn differs(answer: &Answer6<'_>, told: &Value) -> Option<String> {
    let address = told["address"].as_str().map(|ip| ip.parse().unwrap());
    let right = match (&answer.address, address) {
        (Address6::Nothing, None) => return None,
        (Address6::Fixed(own), Some(ip)) => *own == ip,
        (Address6::Pool(ranges), Some(ip)) => ranges.iter().any(|range| range.contains(ip)),
        _ => false,
    };
    let dns: Vec<String> = answer.dns.iter().map(ToString::to_string).collect();
    let domains: String =
        domain_names(&answer.domains).iter().flatten().map(|byte| format!("{byte:02x}")).collect();
    let same = right
        && told["url"] == answer.url.unwrap_or_default()
        && told["class"].as_str().unwrap().ends_with("HTTPClient") == answer.is_http
        && told["dns"] == serde_json::json!(dns)
        && told["domains"] == domains
        && told["lease_time"] == answer.lease_time;
    (!same).then(|| format!("the policy says {answer:?}, the server {told}"))
}

/// Asks the servers of some sites as every client.
fn compare(program: &str, daemon: &str, start: impl Fn(&Server)) {
    compare_without(program, daemon, start, |_| false);
}

/// The same without some answers.
fn compare_without(
    program: &str,
    daemon: &str,
    start: impl Fn(&Server),
    is_lacking: fn(&Answer6<'_>) -> bool,
) {
    if !["unshare", "nsenter", "ip", "python3", program, "tar"].into_iter().all(require) || !require_root() {
        return;
    }
    let folder = tempdir().unwrap();
    let mut asked = 0;
    for site in ["tests/lab/sites/six/site.yaml", "tests/cases/dual-stack/site.yaml"] {
        let site = Path::new(site);
        let subnets = with_site(site, &[], |site| Policy6::new(site).subnets.len());
        for at in 0..subnets {
            let name = with_site(site, &[], |site| Policy6::new(site).subnets[at].subnet.name.value.clone());
            let with = folder.path().join("with.yaml");
            // The card is not in the site's order.
            let raw = if daemon == "kea" { "raw: { kea6: { interface: eth0 } }" } else { "" };
            let text = format!(
                "dhcp: {{ daemon: {daemon} }}\nsubnets: {{ {name}: {{ {raw} }} }}\n\
                 allow: {{ daemon-lacks: compared without }}\n"
            );
            fs::write(&with, text).unwrap();
            with_site(site, &[&with], |resolved| {
                let policy = Policy6::new(resolved);
                let v6 = policy.subnets[at].v6;
                let own = resolved.servers[0].ips6.iter().find(|ip| v6.cidr.value.contains(ip.value));
                let Some(own) = own else { return };
                let net = Net::new(&["lan"]);
                let server = Server::new(&net, "lan", "10.0.0.1/24", &render_file(site, &[&with]).of("boot"));
                server.space.sh(&format!("ip -6 address add {}/64 dev eth0", own.value));
                server.space.sh(READY);
                start(&server);
                let asking = Space::new();
                net.plug("lan", &asking, "eth0", "10.0.0.90/24");
                asking.sh(READY);
                let clients = clients(&policy, at);
                // A server may know a client by its card rather than by its DUID.
                let mut told = Vec::new();
                for of_card in clients.chunk_by(|one, other| one.mac == other.mac) {
                    let lines: Vec<String> = of_card.iter().map(line).collect();
                    let mac = lines[0].split(',').next().unwrap();
                    asking.sh(&format!("ip link set eth0 down; ip link set eth0 address {mac} up"));
                    asking.sh(READY);
                    told.extend(solicit(&asking, &lines));
                }
                let wrong = clients.iter().zip(&told).filter_map(|(client, told)| {
                    let answer = answer6(&policy, client).filter(|answer| !is_lacking(answer))?;
                    Some(format!("{client:?}: {}", differs(&answer, told)?))
                });
                let wrong: Vec<_> = wrong.collect();
                asked += told.len();
                assert!(wrong.is_empty(), "{name}: {} of {}\n{}", wrong.len(), told.len(), wrong.join("\n"));
            });
        }
    }
    assert!(asked > 200, "only {asked} clients");
}

#[test]
fn dhcpd_advertises_what_the_policy_says() {
    compare("dhcpd", "isc", |server| {
        // Debian's init script would start both, and the card is not named as in the site.
        server.space.sh(
            "sed -i '/preferred-lifetime/d' /etc/dhcp/dhcpd6.conf; : >/var/lib/dhcp/dhcpd6.leases
             dhcpd -6 -q -cf /etc/dhcp/dhcpd6.conf -lf /var/lib/dhcp/dhcpd6.leases -pf /run/dhcpd6.pid eth0 >/run/out 2>&1 || { cat /run/out >&2; exit 1; }",
        );
    });
}

#[test]
fn kea_advertises_what_the_policy_says() {
    compare("kea-dhcp6", "kea", Server::kea6);
}

/// But for UEFI's HTTP boot, which dnsmasq cannot answer.
#[test]
fn dnsmasq_advertises_what_the_policy_says() {
    compare_without("dnsmasq", "dnsmasq", Server::dnsmasq, |answer| answer.is_http);
}

#[test]
fn each_kind_of_client_gets_its_url() {
    const MAC: &str = "52:54:00:00:00:01";
    let table = [
        ("7,", "tftp://[2001:db8::1]/ipxe.efi"),
        ("9,", "tftp://[2001:db8::1]/ipxe.efi"),
        ("16,", "http://[2001:db8::1]/tftpboot/ipxe.efi"),
        ("7,iPXE", "http://[2001:db8::1]/install.ipxe"),
        ("11,iPXE", "http://[2001:db8::1]/install.ipxe"),
        // Another kind has no loader, a plain client asks for none.
        ("11,", ""),
        (",", ""),
    ];
    let clients: Vec<String> = table.iter().map(|(client, _)| format!("{MAC},{client}")).collect();
    let Some(told) = ask(&clients.iter().map(String::as_str).collect::<Vec<_>>()) else { return };
    for ((client, url), told) in table.iter().zip(&told) {
        assert_eq!(told["url"], *url, "{client}: {told}");
        let address: std::net::Ipv6Addr = told["address"].as_str().unwrap().parse().unwrap();
        assert!((0x1000..=0x1fff).contains(&address.segments()[7]), "{client}: {told}");
        assert_eq!(told["dns"], serde_json::json!(["2001:db8::53"]));
        let http = told["class"].as_str().unwrap().ends_with("HTTPClient");
        assert_eq!(http, *client == "16,", "{client}: {told}");
    }
}

#[test]
fn a_machine_that_boots_nothing_is_given_no_url() {
    let Some(told) = ask(&["52:54:00:00:06:03,7,", "52:54:00:00:06:03,16,", "52:54:00:00:06:03,7,iPXE"])
    else {
        return;
    };
    assert!(told.iter().all(|told| told["url"] == ""), "{told:?}");
    // UEFI's HTTP boot would wait for a URL.
    assert!(told.iter().all(|told| told["class"] == ""), "{told:?}");
    assert!(told.iter().all(|told| told["address"] != ""), "{told:?}");
}

#[test]
fn a_host_is_known_by_the_mac_address_in_its_duid() {
    let Some(told) = ask(&["52:54:00:00:06:01,7,"]) else { return };
    assert_eq!(told[0]["address"], "2001:db8::11");
}
