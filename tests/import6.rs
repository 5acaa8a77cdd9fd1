//! DHCPv6 of imported files: every site with IPv6 becomes itself again, whichever DHCP server renders it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ipxegen::dhcp::{Client6, Policy6};
use ipxegen::model::{CLIENT_KINDS, Site};
use tempfile::tempdir;

use crate::support::answers::{moving, sites, with_site};
use crate::support::program::run_in;
use crate::support::render_file;

/// What the clients of a site are told by DHCPv6, by network and by MAC address. The names of subnets and hosts differ.
fn facts(site: &Site<'_>) -> BTreeMap<String, String> {
    let policy = Policy6::new(site);
    let mut facts = BTreeMap::new();
    if policy.subnets.is_empty() {
        return facts;
    }
    facts.insert("lease time".to_owned(), policy.lease_time().to_string());
    let kinds = CLIENT_KINDS.iter().flat_map(|info| info.kind.arch_numbers()).map(|arch| (Some(arch), false));
    let clients: Vec<_> = kinds.chain([(Some(0), true), (Some(7), true), (None, false)]).collect();
    for (at, scope) in policy.subnets.iter().enumerate() {
        let cidr = scope.v6.cidr.value;
        facts.insert(format!("{cidr} of"), scope.subnet.cidr.value.to_string());
        let free: Vec<String> = scope.v6.free.iter().map(ToString::to_string).collect();
        facts.insert(format!("{cidr} ranges"), format!("{free:?} {}", scope.subnet.unknown_clients.value));
        facts.insert(format!("{cidr} names"), format!("{:?} {:?}", scope.v6.dns, scope.domains()));
        for (arch, is_ipxe) in &clients {
            for known in [false, true] {
                let (url, is_http) = scope.url(*arch, *is_ipxe, known);
                // No client of dnsmasq's gets a URL for HTTP boot, so that its files say none.
                let value = format!("{:?} {is_http}", url.unwrap_or_default());
                facts.insert(format!("{cidr} {arch:?} {is_ipxe} {known}"), value);
            }
        }
        for host in policy.hosts(|_| false) {
            for mac in host.cards().flat_map(|card| card.macs) {
                let client = Client6 { subnet: at, mac: mac.value.octets(), arch: Some(7), is_ipxe: false };
                let answer = ipxegen::dhcp::answer6(&policy, &client).unwrap();
                facts.insert(
                    format!("{cidr} {}", mac.value),
                    format!("{:?} {:?}", answer.address, answer.url),
                );
            }
        }
    }
    facts
}

/// Puts the files of DHCPv6 that another daemon gets into a tree of ISC dhcpd's. By IPv4, only dhcpd's files become their
/// site without loss.
fn with_files_of(daemon: &str, tree: &Path, other: &Path) {
    let (six, folder) = (tree.join("etc/dhcp/dhcpd6.conf"), tree.join("etc"));
    match daemon {
        "isc" => return,
        "kea" => {
            fs::create_dir(folder.join("kea")).unwrap();
            fs::copy(other.join("etc/kea/kea-dhcp6.conf"), folder.join("kea/kea-dhcp6.conf")).unwrap();
        }
        _ => {
            let text = fs::read_to_string(other.join("etc/dnsmasq.d/ipxegen.conf")).unwrap();
            let is_six = |line: &&str| {
                ["6-", "option6:", "dhcpv6", "any-known", "port=0"].iter().any(|part| line.contains(part))
            };
            let is_four = |line: &&str| line.contains("dhcp-range") && !line.contains("::");
            let lines = text.lines().filter(is_six).filter(|line| !is_four(line));
            fs::create_dir(folder.join("dnsmasq.d")).unwrap();
            let text: String = lines.map(|line| format!("{line}\n")).collect();
            fs::write(folder.join("dnsmasq.d/ipxegen.conf"), text).unwrap();
        }
    }
    fs::remove_file(six).unwrap();
}

/// dnsmasq has no HTTP boot by IPv6, and hosts with tags stay in `raw`.
fn is_kept(daemon: &str, fact: &str) -> bool {
    daemon != "dnsmasq" || fact.matches(':').count() < 7
}

#[test]
fn every_site_becomes_itself_again() {
    let folder = tempdir().unwrap();
    let mut wrong = Vec::new();
    let mut compared = BTreeMap::new();
    for path in sites("isc", folder.path()) {
        let with = folder.path().join("with.yaml");
        // Where dnsmasq answers DNS, the site says something else with another daemon.
        let is_alike = |site: &Site<'_>| site.dhcp.as_ref().is_none_or(|dhcp| !dhcp.answer_dns.value);
        let has_ipv6 = |site: &Site<'_>| is_alike(site) && !Policy6::new(site).subnets.is_empty();
        let texts = with_site(&path, &[], |site| {
            let text = |daemon| moving(daemon, None, &path, site);
            has_ipv6(site).then(|| ["isc", "kea", "dnsmasq"].map(|daemon| (daemon, text(daemon))))
        });
        for (daemon, text) in texts.into_iter().flatten() {
            let written = |text: &str| fs::write(&with, text).unwrap();
            written(&text);
            let others = render_file(&path, &[&with]);
            written(&with_site(&path, &[], |site| moving("isc", None, &path, site)));
            let trees = render_file(&path, &[&with]);
            with_site(&path, &[&with], |site| {
                let wanted = facts(site);
                for at in site.dhcp.iter().flat_map(|dhcp| dhcp.servers.iter().copied()) {
                    let server = site.servers[at].name.as_str();
                    let tree = trees.of(server);
                    with_files_of(daemon, &tree, &others.of(server));
                    let title = format!("{daemon}: {}: {server}", path.display());
                    let imported = tempdir().unwrap();
                    let site = imported.path().join("site.yaml");
                    let arguments =
                        ["import", "--root", tree.to_str().unwrap(), "-o", site.to_str().unwrap()];
                    let ran = run_in(imported.path(), &arguments);
                    assert!(matches!(ran.code, Some(0 | 1)), "{title}: {}", ran.stderr);
                    let got = with_site(&site, &[], facts);
                    *compared.entry(daemon).or_insert(0) += wanted.len();
                    for (fact, value) in wanted.iter().filter(|(fact, _)| is_kept(daemon, fact)) {
                        if got.get(fact) != Some(value) {
                            wrong.push(format!("{title}: {fact}: {value}, not {:?}", got.get(fact)));
                        }
                    }
                }
            });
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared.len() == 3 && compared.values().all(|count| *count > 200), "{compared:?}");
}
