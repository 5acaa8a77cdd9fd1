//! The answers of real servers by DHCPv6 with the rendered files.

use serde_json::Value;

use crate::support::answers6::{READY, compare6_dnsmasq, compare6_isc, compare6_kea, solicit};
use crate::support::daemons::Server;
use crate::support::netns::{Net, Space};
use crate::support::{render, require, require_root};

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

#[test]
fn dhcpd_advertises_what_the_policy_says() {
    compare6_isc();
}

#[test]
fn kea_advertises_what_the_policy_says() {
    compare6_kea(None);
}

#[test]
fn dnsmasq_advertises_what_the_policy_says() {
    compare6_dnsmasq(None);
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
