use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;

use tempfile::tempdir;

use crate::support::daemons::Server;
use crate::support::dhcp::{Client, Link, Mac};
use crate::support::netns::Net;
use crate::support::program::run_on;
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
        server.kea()
    } else {
        server.dhcp()
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
