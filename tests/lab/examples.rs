//! The menus of the examples that no other test boots.

use crate::Lab;
use crate::machine::Firmware;
use crate::quick::{picture, to_the_menu};
use crate::support::render;

/// An example, of which only one server runs.
fn example_to_the_menu(example: &str, server: &str, address: &str, title: &str, (mac, client): (&str, &str)) {
    let Some(lab) = Lab::new(example) else { return };
    let server = lab.serve(&render(example).of(server), address);
    server.tmpfiles();
    // The other of a pair is not here, and without it a new server waits for ever.
    server.space.sh("sed -i '/^failover peer/,/^}/d; /failover peer/d' /etc/dhcp/dhcpd.conf");
    server.dhcp();
    server.http("/var/www/html");
    let fetched = ["http /install.ipxe"];
    let mut machine = to_the_menu(&lab, Firmware::Bios, mac, title, client, &fetched);
    picture(&lab, &mut machine, example);
}

#[test]
pub fn bios_to_the_menu_of_minimal() {
    let stranger = ("52:54:00:00:00:15", "10.0.0.100");
    example_to_the_menu("minimal", "boot", "10.0.0.200/24", "boot", stranger);
}

#[test]
pub fn bios_to_the_menu_of_branch() {
    let pc_01 = ("52:54:00:10:00:01", "10.10.0.21");
    example_to_the_menu("branch", "head", "10.10.0.10/24", "Example Ltd.", pc_01);
}

/// The example with nearly every key, served by its rendered nginx site; one of its two network cards is not connected.
#[test]
pub fn bios_to_the_menu_of_school() {
    let Some(lab) = Lab::with_segments("school", &["lan", "second"]) else { return };
    let server = lab.serve(&render("school").of("main"), "10.30.0.10/24");
    lab.net().plug("second", &server.space, "eth1", "10.30.1.10/24");
    server.space.sh("ip -6 address add 2001:db8:30::10/64 dev eth0 nodad");
    server.dhcp();
    server.nginx();
    let fetched = ["http /install.ipxe"];
    let secretary = ("52:54:00:30:00:03", "10.30.0.22");
    let mut machine =
        to_the_menu(&lab, Firmware::Bios, secretary.0, "Riverside School", secretary.1, &fetched);
    picture(&lab, &mut machine, "school");
}

/// A server of the example with classes; the machine of a subnet in which strangers get no address.
#[test]
pub fn bios_to_the_menu_of_campus() {
    let Some(lab) = Lab::new("campus") else { return };
    let server = lab.serve(&render("campus").of("boot"), "10.40.0.10/24");
    server.dhcp();
    server.nginx();
    let fetched = ["http /install.ipxe"];
    let backup = ("52:54:00:40:00:01", "10.40.0.51");
    let mut machine = to_the_menu(&lab, Firmware::Bios, backup.0, "Hillcrest University", backup.1, &fetched);
    picture(&lab, &mut machine, "campus");
}
