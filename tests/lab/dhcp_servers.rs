//! Boots with Kea and with dnsmasq: a machine of the example `minimal`, from the firmware's own PXE client to the menu.
//!
//! The gate has each server and each firmware once; the other two pairs are in the full run.

use std::fs;
use std::path::Path;

use crate::machine::Firmware;
use crate::quick::to_the_menu;
use crate::support::{render_file, require};
use crate::traced::traced;
use crate::{Lab, ipxe};

const MAC: &str = "52:54:00:00:00:31";
/// Kea and dnsmasq choose from a pool as they like, so the machine has an address of its own.
const CLIENT: &str = "10.0.0.31";

/// Boots the machine with a DHCP server, by the server's word in a site.
pub fn boot_with(daemon: &str, firmware: Firmware) {
    let program = if daemon == "kea" { "kea-dhcp4" } else { daemon };
    let Some(lab) = Lab::new(&format!("{daemon}-{firmware:?}")).filter(|_| require(program)) else { return };
    let with = lab.dir().join("with.yaml");
    let text =
        format!("dhcp: {{ daemon: {daemon} }}\nhosts: {{ machine: {{ mac: \"{MAC}\", ip: {CLIENT} }} }}\n");
    fs::write(&with, text).unwrap();
    let trees = render_file(Path::new("examples/minimal/site.yaml"), &[&with]);
    let server = lab.serve(&trees.of("boot"), "10.0.0.200/24");
    server.tmpfiles();
    server.stage("/srv/tftp/undionly.kpxe", &ipxe::file("undionly.kpxe"));
    server.stage("/srv/tftp/ipxe.efi", &ipxe::file("ipxe.efi"));
    if daemon == "kea" {
        server.kea();
    } else {
        server.dnsmasq();
    }
    server.tftp();
    server.http("/var/www/html");
    let (loader, kind) = match firmware {
        Firmware::BiosPxe => ("tftp undionly.kpxe", "bios"),
        _ => ("tftp ipxe.efi", "efi_x64"),
    };
    // `trace` says so, too.
    let traced = traced(Path::new("examples/minimal/site.yaml"), &[&with], "machine", kind);
    assert_eq!(traced[..2], [loader, "http /install.ipxe"]);
    to_the_menu(&lab, firmware, MAC, "boot", CLIENT, &[loader, "http /install.ipxe"]);
}

#[test]
pub fn uefi_with_kea_to_the_menu() {
    boot_with("kea", Firmware::UefiX64);
}

#[test]
pub fn bios_with_dnsmasq_to_the_menu() {
    boot_with("dnsmasq", Firmware::BiosPxe);
}
