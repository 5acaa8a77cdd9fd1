//! Boots that take more than one server: relays, failover, disks over the network.

use std::fmt::Write;

use crate::Lab;
use crate::machine::{Firmware, Machine, MachineBuilder, boot_sector};
use crate::support::daemons::Server;
use crate::support::{render, require};

const MAC: &str = "52:54:00:00:00:31";

/// A boot server of a site of the lab, everything started.
fn boot_server(lab: &Lab, site: &str, name: &str, address: &str) -> Server {
    let server = lab.serve(&render(site).join(name), address);
    server.space.sh("ln -s /srv/tftp /var/www/html/tftpboot; mkdir -p /srv/tftp");
    server.dhcp();
    server.tftp();
    server.http("/var/www/html");
    server
}

/// The server with the disks of the site `san`.
fn disks(lab: &Lab) -> Server {
    let server = lab.serve(&render("san").join("disks"), "10.0.0.2/24");
    for host in ["kept", "straight"] {
        server.write(&format!("/srv/iscsi/{host}.img"), &boot_sector(&format!("The disk of {host} boots")));
    }
    server.tgt();
    server
}

#[test]
fn the_menu_runs_with_the_disk_hooked_and_san_boots_it() {
    let Some(lab) = Lab::new("keep-san") else { return };
    if !require("tgtd") {
        return;
    }
    let _servers = (boot_server(&lab, "san", "boot", "10.0.0.1/24"), disks(&lab));
    let machine = Machine::boot(&lab, Firmware::Bios, "52:54:00:00:02:01");
    let login = "iscsi 10.0.0.21 iqn.2010-04.org.ipxe:kept iqn.2020-01.lan.lab:kept";
    lab.wait_for(login, 60);
    lab.wait_for("GET /install.ipxe", 30);
    machine.shows("Disks over the network", 20);
    machine.shows("The disk of kept boots", 30);
    assert_eq!(lab.fetched("10.0.0.21")[..2], [login.replace("10.0.0.21 ", ""), "http /install.ipxe".into()]);
}

#[test]
fn a_host_without_a_script_boots_its_disk_straight() {
    let Some(lab) = Lab::new("san-straight") else { return };
    if !require("tgtd") {
        return;
    }
    let _servers = (boot_server(&lab, "san", "boot", "10.0.0.1/24"), disks(&lab));
    let machine = Machine::boot(&lab, Firmware::Bios, "52:54:00:00:02:02");
    machine.shows("The disk of straight boots", 60);
    assert_eq!(
        lab.fetched("10.0.0.22"),
        ["iscsi iqn.2010-04.org.ipxe:straight iqn.2020-01.lan.lab:straight"]
    );
}

#[test]
fn a_second_subnet_boots_through_a_relay() {
    let Some(lab) = Lab::with_segments("relay", &["lan", "far"]) else { return };
    if !require("dhcrelay") {
        return;
    }
    let boot = boot_server(&lab, "relay", "boot", "10.0.0.1/24");
    boot.space.sh("ip route add 10.9.0.0/24 via 10.0.0.9");
    let router = lab.serve(&render("relay").join("router"), "10.0.0.9/24");
    lab.net().plug("far", &router.space, "eth1", "10.9.0.1/24");
    router.space.sh("echo 1 >/proc/sys/net/ipv4/ip_forward");
    router.relay();
    let machine = MachineBuilder::new(&lab, Firmware::Bios, MAC).on("far").boot();
    machine.shows("Two networks", 60);
    assert_eq!(lab.fetched("10.9.0.100"), ["http /install.ipxe"]);
}

#[test]
fn one_of_a_pair_serves_when_the_other_is_gone() {
    let Some(lab) = Lab::new("failover") else { return };
    let one = boot_server(&lab, "pair", "one", "10.0.0.1/24");
    let two = boot_server(&lab, "pair", "two", "10.0.0.2/24");
    for server in [&one, &two] {
        let normal = server.log.wait("I move from recover-done to normal", 60);
        assert!(normal, "no failover pair:\n{}\n{}", one.log.text(), two.log.text());
    }
    one.space.sh("kill $(cat /run/dhcpd.pid)");
    assert!(two.log.wait("communications-interrupted", 60), "{}", two.log.text());
    let machine = Machine::boot(&lab, Firmware::Bios, MAC);
    machine.shows("A pair", 60);
    let mut what = String::new();
    for line in lab.wire.text().lines().filter(|line| line.starts_with("dhcp ack")) {
        writeln!(what, "{line}").unwrap();
    }
    assert!(what.contains("http://10.0.0.2/install.ipxe"), "{what}");
}
