//! The whole matrix of examples and firmware: every example to its menu on every firmware that its clients may have.
//!
//! The gate boots a sample: each example once, and each pair of firmware, loader and way of fetching once. These boots
//! repeat such pairs with other sites, so only the full run has them: `tests/run --full`. Nor does the gate ask the DHCP
//! servers as every client of every site.

use crate::dhcp_servers::boot_with;
use crate::machine::Firmware;
use crate::quick::{self, CLASSROOM, I38, I38_LOGIN, ISCSI_WINDOWS, to_the_menu};
use crate::support::answers::{compare_dnsmasq, compare_isc, compare_kea};
use crate::support::answers6::{compare6_dnsmasq, compare6_kea};
use crate::support::daemons::Server;
use crate::support::render;
use crate::support::suites::{FORKY, TRIXIE};
use crate::{Lab, ipxe};

/// A vendor's PXE client loads `BIOS` or `UEFI` by TFTP first; a ROM with iPXE goes to the script at once.
const BIOS: &str = "undionly.kpxe";
const UEFI: &str = "ipxe.efi";

/// An example with Debian's default TFTP root and its script over HTTP: the machine that boots, and the title of its
/// menu.
struct Example {
    name: &'static str,
    server: &'static str,
    address: &'static str,
    title: &'static str,
    mac: &'static str,
    client: &'static str,
}

const MINIMAL: Example = Example {
    name: "minimal",
    server: "boot",
    address: "10.0.0.200/24",
    title: "boot",
    mac: "52:54:00:00:00:15",
    client: "10.0.0.100",
};
const BRANCH: Example = Example {
    name: "branch",
    server: "head",
    address: "10.10.0.10/24",
    title: "Example Ltd.",
    mac: "52:54:00:10:00:01",
    client: "10.10.0.21",
};
const SCHOOL: Example = Example {
    name: "school",
    server: "main",
    address: "10.30.0.10/24",
    title: "Riverside School",
    mac: "52:54:00:30:00:03",
    client: "10.30.0.22",
};
const CAMPUS: Example = Example {
    name: "campus",
    server: "boot",
    address: "10.40.0.10/24",
    title: "Hillcrest University",
    mac: "52:54:00:40:00:01",
    client: "10.40.0.51",
};

fn serve(lab: &Lab, example: &Example) -> Server {
    let server = lab.serve(&render(example.name).of(example.server), example.address);
    let has_nginx = ["school", "campus"].contains(&example.name);
    if example.name == "school" {
        // Its second card has no wire here, and its nginx site listens on IPv6.
        lab.net().plug("second", &server.space, "eth1", "10.30.1.10/24");
        server.space.sh("ip -6 address add 2001:db8:30::10/64 dev eth0 nodad");
    } else if !has_nginx {
        server.tmpfiles();
        // The other of a failover pair is not here, and without it a new server waits for ever.
        server.space.sh("sed -i '/^failover peer/,/^}/d; /failover peer/d' /etc/dhcp/dhcpd.conf");
    }
    server.stage("/srv/tftp/undionly.kpxe", &ipxe::file(BIOS));
    server.stage("/srv/tftp/ipxe.efi", &ipxe::file(UEFI));
    server.dhcp();
    server.tftp();
    if has_nginx {
        server.nginx();
    } else {
        server.http("/var/www/html");
    }
    server
}

fn example(example: &Example, firmware: Firmware) {
    let Some(lab) = Lab::with_segments(&format!("{}-{firmware:?}", example.name), &["lan", "second"]) else {
        return;
    };
    let _server = serve(&lab, example);
    let fetched: &[&str] = match firmware {
        Firmware::BiosPxe => &["tftp undionly.kpxe", "http /install.ipxe"],
        Firmware::UefiX64 => &["tftp ipxe.efi", "http /install.ipxe"],
        _ => &["http /install.ipxe"],
    };
    to_the_menu(&lab, firmware, example.mac, example.title, example.client, fetched);
}

#[test]
pub fn minimal_on_a_bios_pxe_client() {
    example(&MINIMAL, Firmware::BiosPxe);
}

#[test]
pub fn minimal_on_uefi() {
    example(&MINIMAL, Firmware::UefiX64);
}

#[test]
pub fn minimal_on_uefi_with_an_ipxe_rom() {
    example(&MINIMAL, Firmware::UefiRom);
}

#[test]
pub fn branch_on_a_bios_pxe_client() {
    example(&BRANCH, Firmware::BiosPxe);
}

#[test]
pub fn branch_on_uefi() {
    example(&BRANCH, Firmware::UefiX64);
}

#[test]
pub fn branch_on_uefi_with_an_ipxe_rom() {
    example(&BRANCH, Firmware::UefiRom);
}

#[test]
pub fn school_on_a_bios_pxe_client() {
    example(&SCHOOL, Firmware::BiosPxe);
}

#[test]
pub fn school_on_uefi() {
    example(&SCHOOL, Firmware::UefiX64);
}

#[test]
pub fn school_on_uefi_with_an_ipxe_rom() {
    example(&SCHOOL, Firmware::UefiRom);
}

#[test]
pub fn campus_on_a_bios_pxe_client() {
    example(&CAMPUS, Firmware::BiosPxe);
}

#[test]
pub fn campus_on_uefi() {
    example(&CAMPUS, Firmware::UefiX64);
}

#[test]
pub fn campus_on_uefi_with_an_ipxe_rom() {
    example(&CAMPUS, Firmware::UefiRom);
}

fn classroom(firmware: Firmware) {
    let Some(lab) = Lab::new(&format!("classroom-{firmware:?}")) else { return };
    let _server = quick::classroom(&lab);
    to_the_menu(&lab, firmware, "52:54:00:00:00:13", CLASSROOM, "10.0.0.100", &["http /install.ipxe"]);
}

#[test]
pub fn classroom_on_bios_with_an_ipxe_rom() {
    classroom(Firmware::Bios);
}

#[test]
pub fn classroom_on_uefi_with_an_ipxe_rom() {
    classroom(Firmware::UefiRom);
}

fn iscsi_windows(firmware: Firmware) {
    let Some(lab) = Lab::new(&format!("iscsi-windows-{firmware:?}")) else { return };
    let Some(_servers) = quick::iscsi_windows(&lab) else { return };
    let fetched = [I38_LOGIN, "tftp iPXE/menu.ipxe"];
    to_the_menu(&lab, firmware, I38, ISCSI_WINDOWS, "10.1.1.38", &fetched);
}

#[test]
pub fn iscsi_windows_on_bios_with_an_ipxe_rom() {
    iscsi_windows(Firmware::Bios);
}

#[test]
pub fn iscsi_windows_on_uefi_with_an_ipxe_rom() {
    iscsi_windows(Firmware::UefiRom);
}

#[test]
pub fn bios_with_kea_to_the_menu() {
    boot_with("kea", Firmware::BiosPxe);
}

#[test]
pub fn uefi_with_dnsmasq_to_the_menu() {
    boot_with("dnsmasq", Firmware::UefiX64);
}

#[test]
pub fn every_client_is_offered_by_dhcpd_what_the_policy_says() {
    compare_isc(None);
}

#[test]
pub fn every_client_is_offered_by_kea_what_the_policy_says() {
    compare_kea(None, None);
}

#[test]
pub fn every_client_is_offered_by_kea_of_debian_13_what_the_policy_says() {
    compare_kea(Some(&TRIXIE), None);
}

#[test]
pub fn every_client_is_offered_by_kea_of_debian_14_what_the_policy_says() {
    compare_kea(Some(&FORKY), None);
}

#[test]
pub fn every_client_is_offered_by_dnsmasq_what_the_policy_says() {
    compare_dnsmasq(None, None);
}

#[test]
pub fn every_client_is_offered_by_dnsmasq_of_debian_13_what_the_policy_says() {
    compare_dnsmasq(Some(&TRIXIE), None);
}

#[test]
pub fn every_client_is_offered_by_dnsmasq_of_debian_14_what_the_policy_says() {
    compare_dnsmasq(Some(&FORKY), None);
}

#[test]
fn every_client_of_dhcpv6_is_advertised_by_kea_of_debian_13_what_the_policy_says() {
    compare6_kea(Some(&TRIXIE));
}

#[test]
fn every_client_of_dhcpv6_is_advertised_by_kea_of_debian_14_what_the_policy_says() {
    compare6_kea(Some(&FORKY));
}

#[test]
fn every_client_of_dhcpv6_is_advertised_by_dnsmasq_of_debian_13_what_the_policy_says() {
    compare6_dnsmasq(Some(&TRIXIE));
}

#[test]
fn every_client_of_dhcpv6_is_advertised_by_dnsmasq_of_debian_14_what_the_policy_says() {
    compare6_dnsmasq(Some(&FORKY));
}

/// Every boot of the gate and of this module with the iPXE of Debian 14, but for those that the gate has.
pub mod ipxe_2 {
    boots!(with_ipxe_2 Both);
}
