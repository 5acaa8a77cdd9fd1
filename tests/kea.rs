use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;
use std::process::Command;
use std::thread;
use std::time::Duration;

use tempfile::tempdir;

use crate::support::daemons::Server;
use crate::support::dhcp::{Client, Link, Mac};
use crate::support::netns::Net;
use crate::support::program::{finish, run_on};
use crate::support::{Trees, render_file, require, require_root};

const STRANGER: Mac = [0x52, 0x54, 0, 0, 0, 1];

fn able(program: &str) -> bool {
    ["unshare", "nsenter", "ip", "python3", "tar", program].into_iter().all(require) && require_root()
}

/// The rendered files of a site.
fn rendered(site: &str) -> Trees {
    let folder = tempdir().unwrap();
    let path = folder.path().join("site.yaml");
    fs::write(&path, site).unwrap();
    render_file(&path, &[])
}

/// The addresses that one machine leases whose ROM, installer and system each send another identifier, or none.
fn leased_by_one_machine(daemon: &str, client_id: &str) -> BTreeSet<Ipv4Addr> {
    let trees = rendered(&format!(
        "servers: {{ boot: {{ ip: 10.0.0.1/24, interfaces: [eth0] }} }}\n\
         dhcp: {{ daemon: {daemon}, ping_check: false, client_id: {client_id} }}\n\
         subnets: {{ lan: {{ cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, netboot: none }} }}\n"
    ));
    let net = Net::new(&["lan"]);
    let server = Server::new(&net, "lan", "10.0.0.1/24", &trees.of("boot"));
    if daemon == "kea" {
        server.kea();
    } else {
        server.dhcp();
    }
    let mut link = Link::open(&net.switch, &net.probe("lan"));
    let client = Client::plain(STRANGER);
    let mut leased = BTreeSet::new();
    for id in [&[][..], b"\0\x11UUID-of-the-ROM", b"\xff\0\0\0\x01\0\x03\0\x01\x52\x54\0\0\0\x01"] {
        let option = || (!id.is_empty()).then(|| (61, id.to_vec()));
        let offer = link.ask(&client, 1, &option().into_iter().collect::<Vec<_>>(), 8).expect("an offer");
        let server = offer.options.get(&54).cloned().unwrap_or_default();
        let asks = [(50, offer.yiaddr.octets().to_vec()), (54, server)].into_iter().chain(option());
        let lease = link.ask(&client, 3, &asks.collect::<Vec<_>>(), 8).expect("a lease");
        assert_eq!(lease.kind(), 5);
        leased.insert(lease.yiaddr);
    }
    leased
}

#[test]
fn identifiers_of_clients_count_or_do_not() {
    for (program, daemon) in [("dhcpd", "isc"), ("kea-dhcp4", "kea")] {
        if able(program) {
            assert_eq!(leased_by_one_machine(daemon, "ignore").len(), 1, "{daemon}");
            assert!(leased_by_one_machine(daemon, "use").len() > 1, "{daemon}");
        }
    }
}

#[test]
fn a_password_among_the_parameters_is_masked() {
    let site = "servers: { boot: { ip: 10.0.0.1/24, interfaces: [eth0] } }\n\
                dhcp: { daemon: kea, raw: { kea: { lease-database: { type: mysql, password: hunter2hunter2 } } } }\n\
                subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, netboot: none } }\n";
    let shown = run_on(site.as_bytes(), &["show", "-"]).ended(0);
    assert!(shown.stdout.contains("mysql") && !shown.stdout.contains("hunter2"), "{}", shown.stdout);
    let trees = rendered(site);
    let text = fs::read_to_string(trees.of("boot").join("etc/kea/kea-dhcp4.conf")).unwrap();
    assert!(text.contains(r#""type":"mysql""#) && text.contains(r#""password":"hunter2hunter2""#), "{text}");
    let manifest = fs::read_to_string(trees.path().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let files = manifest["files"].as_array().unwrap();
    let kea = files.iter().find(|file| file.to_string().contains("kea-dhcp4.conf")).unwrap();
    assert_eq!((&kea["mode"], kea["secret"] == true), (&"0640".into(), true), "{kea}");
}

/// A pair on one wire, and a raw line to it.
struct Pair {
    servers: [Server; 2],
    link: Link,
    _net: Net,
}

/// Asks a server by its control socket; prints its own state, and what it knows of the other's.
const STATE: &str = r#"
import json, socket
line = socket.socket(socket.AF_UNIX)
line.connect("/run/kea/kea4-ctrl-socket")
line.sendall(b'{ "command": "status-get" }')
answer = b""
while part := line.recv(65536):
    answer += part
pair = json.loads(answer)["arguments"]["high-availability"][0]["ha-servers"]
print(pair["local"]["state"], pair["remote"]["last-state"])
"#;

impl Pair {
    fn start(failover: &str) -> Self {
        let trees = rendered(&format!(
            "servers: {{ one: {{ ip: 10.0.0.1/24, interfaces: [eth0], os: debian-12 }}, \
                         two: {{ ip: 10.0.0.2/24, interfaces: [eth0], os: debian-12 }} }}\n\
             dhcp: {{ daemon: kea, servers: [one, two], failover: {{ max_response_delay: 3s, {failover} }} }}\n\
             tftp: {{ server: one }}\n\
             http: {{ server: one }}\n\
             subnets: {{ lan: {{ cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, netboot: none }} }}\n"
        ));
        let net = Net::new(&["lan"]);
        let server = |name: &str, ip: &str| {
            let server = Server::new(&net, "lan", ip, &trees.of(name));
            server.kea();
            server
        };
        let servers = [server("one", "10.0.0.1/24"), server("two", "10.0.0.2/24")];
        let link = Link::open(&net.switch, &net.probe("lan"));
        Self { servers, link, _net: net }
    }

    /// Waits until a server is in a state, and sees the other one in a state.
    fn wait(&self, server: usize, state: &str) {
        let mut last = String::new();
        for _ in 0..1200 {
            let output = self.servers[server].space.command("python3").args(["-c", STATE]).output().unwrap();
            last = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            if last == state {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("`{last}`, not `{state}`:\n{}", self.servers[server].space.sh("cat /run/dhcp4.out"));
    }

    /// The servers that offer something to clients, and the addresses.
    fn offers(&mut self) -> BTreeSet<(Ipv4Addr, Ipv4Addr)> {
        let clients = (1..=24).map(|last| (Client::plain([0x52, 0x54, 0, 0, 7, last]), Vec::new()));
        let replies = self.link.discover_all(&clients.collect::<Vec<_>>(), 8);
        let offer = |reply: Option<crate::support::dhcp::Reply>| {
            let reply = reply.expect("an offer to each client");
            (reply.addresses(54)[0], reply.yiaddr)
        };
        replies.into_iter().map(offer).collect()
    }

    fn kill(&self, server: usize) {
        self.servers[server].space.sh("kill -KILL $(pidof kea-dhcp4)");
    }
}

const ONE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const TWO: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

#[test]
fn the_second_server_of_a_pair_stands_by() {
    if !able("kea-dhcp4") {
        return;
    }
    let mut pair = Pair::start("auto_partner_down: 1s");
    pair.wait(0, "hot-standby hot-standby");
    pair.wait(1, "hot-standby hot-standby");
    assert!(pair.offers().iter().all(|(server, _)| *server == ONE));
    pair.kill(0);
    pair.wait(1, "partner-down unavailable");
    assert!(pair.offers().iter().all(|(server, _)| *server == TWO));
}

#[test]
fn a_pair_with_a_split_shares_the_clients() {
    if !able("kea-dhcp4") {
        return;
    }
    let mut pair = Pair::start("split: 128");
    pair.wait(0, "load-balancing load-balancing");
    pair.wait(1, "load-balancing load-balancing");
    let offers = pair.offers();
    let of =
        |server| offers.iter().filter(|(from, _)| *from == server).map(|(_, ip)| ip.octets()[3]).collect();
    let [one, two]: [Vec<u8>; 2] = [of(ONE), of(TWO)];
    assert!(!one.is_empty() && one.iter().all(|last| (100..=149).contains(last)), "{one:?}");
    assert!(!two.is_empty() && two.iter().all(|last| (150..=199).contains(last)), "{two:?}");
    pair.kill(1);
    pair.wait(0, "partner-down unavailable");
    // The one that is left answers the other's clients too, from the other's half.
    let offers = pair.offers();
    assert!(offers.iter().all(|(server, _)| *server == ONE), "{offers:?}");
    assert!(offers.iter().any(|(_, ip)| ip.octets()[3] >= 150), "{offers:?}");
}

#[test]
fn dhcpd_takes_the_time_until_it_replaces_its_peer() {
    if !require("dhcpd") {
        return;
    }
    let site = fs::read_to_string("tests/lab/sites/pair/site.yaml").unwrap();
    let trees = rendered(&site.replace("mclt: 60s", "mclt: 60s, auto_partner_down: 5m"));
    for server in ["one", "two"] {
        let conf = trees.of(server).join("etc/dhcp/dhcpd.conf");
        let text = fs::read_to_string(&conf).unwrap();
        assert!(text.contains("\n\tauto-partner-down 300;\n"), "{text}");
        let options = trees.of(server).join("etc/dhcp/ipxe.options");
        fs::write(&conf, text.replace("/etc/dhcp/ipxe.options", options.to_str().unwrap())).unwrap();
        let ran = finish(Command::new("dhcpd").arg("-t").arg("-cf").arg(&conf), b"");
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
}

/// `show` prints the settings that the daemon of the site has, with its own defaults.
#[test]
fn a_pair_is_shown_with_the_defaults_of_its_daemon() {
    let shown = |daemon: &str, failover: &str| {
        let site = format!(
            "servers: {{ one: {{ ip: 10.0.0.1/24, interfaces: [eth0], os: debian-13 }}, two: {{ ip: 10.0.0.2/24, interfaces: [eth0], os: debian-13 }} }}\n\
             dhcp: {{ servers: [one, two], daemon: {daemon}, failover: {{ {failover} }} }}\ntftp: {{ server: one }}\nhttp: {{ server: one }}\n\
             subnets: {{ lan: {{ cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.254 }} }}\n\
             boot_entries: {{ local: {{ label: Local disk }} }}\n"
        );
        let text = run_on(site.as_bytes(), &["show", "-", "--format", "json"]).ended(0).stdout;
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["dhcp"]["failover"].clone()
    };
    let dhcpd = serde_json::json!({
        "port": 647, "peer_port": 647, "mclt": 3600, "split": 128, "max_response_delay": 60,
        "max_unacked_updates": 10, "load_balance_max": 3,
    });
    assert_eq!(shown("isc", ""), dhcpd);
    let kea = serde_json::json!({ "port": 8001, "peer_port": 8001, "max_response_delay": 60 });
    assert_eq!(shown("kea", ""), kea);
    let written = serde_json::json!({ "port": 647, "peer_port": 8001, "split": 128, "max_response_delay": 60, "load_balance_max": 3 });
    assert_eq!(shown("kea", "port: 647, split: 128, load_balance_max: 3s"), written);
}
