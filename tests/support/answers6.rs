//! Every client of a site by DHCPv6: what the policy says it gets, and what a DHCP server advertises to it on the wire.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use ipxegen::dhcp::{Address6, Answer6, Client6, Policy6, answer6, domain_names};
use ipxegen::model::{CLIENT_KINDS, Host, Site};
use serde_json::{Value, json};
use tempfile::tempdir;

use super::answers::{folder_of, moving, sites, with_site};
use super::daemons::Server;
use super::netns::{Net, Space};
use super::render_file;
use super::suites::Suite;

const ASK: &str = include_str!("solicit.py");

/// A card is ready after the kernel has tested its addresses for duplicates.
pub const READY: &str = "for _ in $(seq 50); do ip -6 address show dev eth0 | grep -q tentative || exit 0; sleep 0.1; done; exit 1";

/// What a server advertises to each client, given as `MAC,ARCH,USER-CLASS`.
pub fn solicit<S: AsRef<OsStr>>(space: &Space, clients: &[S]) -> Vec<Value> {
    let output = space.command("python3").args(["-c", ASK, "eth0"]).args(clients).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every client of a subnet: strangers and each host, as firmware of every kind, as iPXE and as a plain client.
fn clients(policy: &Policy6<'_>, subnet: usize) -> Vec<Client6> {
    let hosts = policy.site.hosts.iter().flat_map(Host::cards).flat_map(|card| card.macs);
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

/// Compares what a server advertises with the policy's answer, or what it replies to a client that asks for options only.
fn differs(answer: &Answer6<'_>, is_stateless: bool, told: &Value) -> Option<String> {
    let address = told["address"].as_str().map(|ip| ip.parse().unwrap());
    let right = match (&answer.address, address) {
        _ if is_stateless => address.is_none(),
        // The client ignores an advertisement without an address (RFC 8415, 18.2.9).
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
        && told["dns"] == json!(dns)
        && told["domains"] == domains
        && (is_stateless || told["lease_time"] == answer.lease_time);
    (!same).then(|| format!("the policy says {answer:?}, the server {told}"))
}

/// A DHCPv6 server, and how it starts.
struct Daemon {
    /// Its word in a site.
    word: &'static str,
    program: &'static str,
    start: fn(&Server),
    /// Answers that it cannot give.
    is_lacking: fn(&Answer6<'_>) -> bool,
}

/// Compares what dhcpd advertises with the policy's answers.
pub fn compare6_isc() {
    compare(&Daemon { word: "isc", program: "dhcpd", start: isc, is_lacking: |_| false }, None);
}

/// The same of Kea, of this machine or of another release.
pub fn compare6_kea(suite: Option<&Suite>) {
    compare(&Daemon { word: "kea", program: "kea-dhcp6", start: Server::kea6, is_lacking: |_| false }, suite);
}

/// The same of dnsmasq, but for UEFI's HTTP boot, which it cannot answer.
pub fn compare6_dnsmasq(suite: Option<&Suite>) {
    let is_lacking = |answer: &Answer6<'_>| answer.is_http;
    compare(&Daemon { word: "dnsmasq", program: "dnsmasq", start: Server::dnsmasq, is_lacking }, suite);
}

/// Debian's init script would start both servers, and the card is not named as in the site.
fn isc(server: &Server) {
    server.space.sh(
        "sed -i '/preferred-lifetime/d; /^failover peer/,/^}/d' /etc/dhcp/dhcpd6.conf; : >/var/lib/dhcp/dhcpd6.leases
         dhcpd -6 -q -cf /etc/dhcp/dhcpd6.conf -lf /var/lib/dhcp/dhcpd6.leases -pf /run/dhcpd6.pid eth0 >/run/out 2>&1 || { cat /run/out >&2; exit 1; }",
    );
}

/// Asks the servers of every site with DHCPv6 as every client.
fn compare(daemon: &Daemon, suite: Option<&Suite>) {
    let Some(root) = folder_of(daemon.program, suite) else { return };
    let folder = tempdir().unwrap();
    let with = folder.path().join("with.yaml");
    let (mut asked, mut wrong) = (0, Vec::new());
    for path in sites(daemon.word, folder.path()) {
        let Some(text) =
            with_site(&path, &[], |site| has_dhcp6(site).then(|| moving(daemon.word, suite, &path, site)))
        else {
            continue;
        };
        fs::write(&with, text).unwrap();
        with_site(&path, &[&with], |site| {
            let trees = render_file(&path, &[&with]);
            for at in site.dhcp.iter().flat_map(|dhcp| dhcp.servers.iter().copied()) {
                let tree = trees.of(&site.servers[at].name);
                let (count, differences) = ask_server(daemon, root, site, at, &tree);
                asked += count;
                wrong.extend(differences.into_iter().map(|wrong| format!("{}: {wrong}", path.display())));
            }
        });
    }
    assert!(wrong.is_empty(), "{} of {asked} answers differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 200, "only {asked} clients");
    println!("{asked} questions by DHCPv6 to {}, none answered otherwise", daemon.program);
}

/// Whether any client of a site is answered by DHCPv6.
fn has_dhcp6(site: &Site<'_>) -> bool {
    !Policy6::new(site).subnets.is_empty()
}

/// What the server of that index advertises in each subnet in which it has an address, with its card there: how many
/// clients asked, and every difference.
fn ask_server(
    daemon: &Daemon,
    root: Option<&Path>,
    site: &Site<'_>,
    server: usize,
    tree: &Path,
) -> (usize, Vec<String>) {
    let policy = Policy6::new(site);
    let (mut asked, mut wrong) = (0, Vec::new());
    for (at, scope) in policy.subnets.iter().enumerate() {
        let network = scope.v6.cidr.value;
        let Some(own) = site.servers[server].ips6.iter().find(|ip| network.contains(ip.value)) else {
            continue;
        };
        let net = Net::new(&["lan"]);
        let machine = match root {
            Some(root) => Server::with_daemons_of(root, &net, "lan", "10.0.0.1/24", tree),
            None => Server::new(&net, "lan", "10.0.0.1/24", tree),
        };
        machine.space.sh(&format!("ip -6 address add {}/{} dev eth0", own.value, network.prefix()));
        machine.space.sh(READY);
        if daemon.word == "kea" {
            stand_alone(&machine, &network.to_string());
        }
        (daemon.start)(&machine);
        let asking = Space::new();
        net.plug("lan", &asking, "eth0", "10.0.0.90/24");
        // The test for duplicates takes a second for each MAC address, and nobody else is here.
        asking.sh("echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad");
        let clients = clients(&policy, at);
        let told = in_turn(&asking, &clients);
        asked += told.len() * 2;
        wrong.extend(clients.iter().zip(&told).flat_map(|(client, told)| {
            let answer = answer6(&policy, client).filter(|answer| !(daemon.is_lacking)(answer));
            let differences = answer.into_iter().flat_map(|answer| {
                let ways = [(false, &told.0), (true, &told.1)];
                ways.into_iter().filter_map(move |(is_stateless, told)| differs(&answer, is_stateless, told))
            });
            let place = format!("{}: {client:?}", scope.subnet.name.value);
            differences.map(|differs| format!("{place}: {differs}")).collect::<Vec<_>>()
        }));
    }
    (asked, wrong)
}

/// Asks as each client, for an address and then for options only. A server may know a client by its card rather than by its DUID, so the card has each MAC address
/// in its turn.
fn in_turn(space: &Space, clients: &[Client6]) -> Vec<(Value, Value)> {
    let mut told = Vec::new();
    for of_card in clients.chunk_by(|one, other| one.mac == other.mac) {
        let lines = of_card.iter().map(line);
        let both = |line: String| [line.clone(), format!("{line},stateless")];
        let lines: Vec<String> = lines.flat_map(both).collect();
        let mac = lines[0].split(',').next().unwrap();
        space.sh(&format!("ip link set eth0 down; ip link set eth0 address {mac} up"));
        space.sh(READY);
        let mut both = solicit(space, &lines).into_iter();
        while let (Some(advertised), Some(replied)) = (both.next(), both.next()) {
            told.push((advertised, replied));
        }
    }
    told
}

/// Kea selects the subnet by the interface, and each subnet is asked at the same card. One of a pair waits for the other,
/// and remembers its offers.
fn stand_alone(machine: &Server, network: &str) {
    machine.space.sh(&format!(
        r#"file=/etc/kea/kea-dhcp6.conf
        sed -i '/^ *"interface": /d; /^  "hooks-libraries"/d; /^  "loggers"/d; s/HA_[^'"'"'"]*/ALL/g' $file
        sed -i 's|{{ "subnet": "{network}",|& "interface": "eth0",|' $file
        grep -q '"interface": "eth0"' $file"#
    ));
}
