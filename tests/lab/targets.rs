//! Disks from the site's own target: the rendered configuration of tgt, and machines that may open a disk or may not.

use crate::Lab;
use crate::machine::{Firmware, Machine, boot_sector};
use crate::support::daemons::Server;
use crate::support::{render, require};

const ON_THE_NET: &str = "The disk of our own boots";
const TITLE: &str = "Disks of our own";
const PLAIN: &str = "52:54:00:00:04:01";
const PROVED: &str = "52:54:00:00:04:02";
const ROAMING: &str = "52:54:00:00:04:03";
const TWO_WAYS: &str = "52:54:00:00:04:04";
const THIEF: &str = "52:54:00:00:04:05";
const LIAR: &str = "52:54:00:00:04:06";

/// The boot server and the target, with a disk that boots for each host.
fn site(lab: &Lab) -> Option<(Server, Server)> {
    if !require("tgtd") {
        return None;
    }
    let trees = render("targets");
    let san = lab.serve(&trees.of("san"), "10.0.0.2/24");
    san.space.sh("ip address add 10.0.0.12/24 dev eth0");
    for host in ["plain", "proved", "roaming", "two-ways"] {
        san.write(&format!("/srv/iscsi/{host}.img"), &boot_sector(ON_THE_NET));
    }
    san.tgt();
    let boot = lab.serve(&trees.of("boot"), "10.0.0.1/24");
    boot.tmpfiles();
    boot.dhcp();
    boot.tftp();
    boot.http("/var/www/html");
    Some((boot, san))
}

/// The event on the network when a host opens its disk.
fn login(host: &str) -> String {
    format!("iscsi iqn.2010-04.org.ipxe:{host} iqn.2020-01.lan.lab:{host}")
}

#[test]
pub fn the_menu_runs_with_a_disk_of_our_own_hooked() {
    let Some(lab) = Lab::new("target-plain") else { return };
    let Some(_servers) = site(&lab) else { return };
    let mut machine = Machine::boot(&lab, Firmware::Bios, PLAIN);
    machine.shows(TITLE, 60);
    machine.shows("iPXE shell", 10);
    assert_eq!(lab.fetched("10.0.0.21"), [login("plain"), "http /install.ipxe".into()]);
    machine.key("s");
    machine.shows(ON_THE_NET, 30);
}

#[test]
pub fn a_machine_proves_itself_and_so_does_its_target() {
    let Some(lab) = Lab::new("target-chap") else { return };
    let Some(_servers) = site(&lab) else { return };
    let mut machine = Machine::boot(&lab, Firmware::Bios, PROVED);
    machine.shows(TITLE, 60);
    machine.shows("iPXE shell", 10);
    machine.key("s");
    machine.shows(ON_THE_NET, 30);
}

#[test]
pub fn a_machine_without_an_address_of_its_own_proves_itself() {
    let Some(lab) = Lab::new("target-roaming") else { return };
    let Some(_servers) = site(&lab) else { return };
    let mut machine = Machine::boot(&lab, Firmware::Bios, ROAMING);
    machine.shows(TITLE, 60);
    machine.shows("iPXE shell", 10);
    assert_eq!(lab.fetched("10.0.0.100")[0], login("roaming"));
    machine.key("s");
    machine.shows(ON_THE_NET, 30);
}

#[test]
pub fn a_disk_with_two_portals_boots_when_the_first_is_gone() {
    let Some(lab) = Lab::new("target-two-ways") else { return };
    let Some((_boot, san)) = site(&lab) else { return };
    let mut machine = Machine::boot(&lab, Firmware::Bios, TWO_WAYS);
    machine.shows(TITLE, 60);
    machine.shows("iPXE shell", 10);
    san.space.sh("ip address del 10.0.0.2/24 dev eth0; ip address replace 10.0.0.12/24 dev eth0");
    machine.key("s");
    machine.shows(ON_THE_NET, 120);
}

#[test]
pub fn the_rendered_target_refuses_a_disk_to_another_machine() {
    let Some(lab) = Lab::new("target-thief") else { return };
    let Some(_servers) = site(&lab) else { return };
    let machine = Machine::boot(&lab, Firmware::Bios, THIEF);
    machine.shows("Could not open SAN device", 60);
    assert_eq!(lab.fetched("10.0.0.25"), ["iscsi iqn.2010-04.org.ipxe:thief iqn.2020-01.lan.lab:plain"]);
    assert!(!machine.text().contains(ON_THE_NET));
}

#[test]
pub fn the_rendered_target_refuses_a_machine_without_the_password() {
    let Some(lab) = Lab::new("target-liar") else { return };
    let Some(_servers) = site(&lab) else { return };
    let machine = Machine::boot(&lab, Firmware::Bios, LIAR);
    machine.shows("Could not open SAN device", 60);
    assert!(!machine.text().contains(ON_THE_NET));
}
