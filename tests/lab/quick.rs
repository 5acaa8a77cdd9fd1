//! The boots that tell most in the least time.

use std::path::PathBuf;

use crate::Lab;
use crate::machine::{Firmware, Machine};
use crate::support::daemons::Server;
use crate::support::render;

const LOADER: &str = "/usr/lib/ipxe/ipxe.efi";

pub fn classroom(lab: &Lab) -> Server {
    let server = lab.serve(&render("classroom").join("boot"), "10.0.0.200/24");
    server.space.sh("ln -s /var/lib/tftpboot /var/www/html/tftpboot");
    server.stage("/var/lib/tftpboot/ipxe/ipxe.efi", LOADER);
    server.stage("/var/lib/tftpboot/undionly.kpxe", "/usr/lib/ipxe/undionly.kpxe");
    server.dhcp();
    server.tftp();
    server.http("/var/www/html");
    server
}

pub fn iscsi_windows(lab: &Lab) -> Server {
    let server = lab.serve(&render("iscsi-windows").join("boot"), "10.1.1.1/24");
    server.stage("/srv/tftp/iPXE/ipxe.x86-64.efi", LOADER);
    server.stage("/srv/tftp/iPXE/undionly.kpxe", "/usr/lib/ipxe/undionly.kpxe");
    server.dhcp();
    server.tftp();
    server
}

/// The first line of each example's menu.
const CLASSROOM: &str = "Classroom boot menu";
const ISCSI_WINDOWS: &str = "iSCSI site";

/// Boots a machine to the menu, and holds what it fetched on the way to `fetched`.
fn to_the_menu(lab: &Lab, firmware: Firmware, mac: &str, title: &str, client: &str, fetched: &[&str]) {
    let mut machine = Machine::boot(lab, firmware, mac);
    machine.shows(title, 90);
    // All of the screen is drawn when the selected line is drawn again.
    machine.shows("  ", 10);
    if let Some(folder) = std::env::var_os("IPXEGEN_LAB_SHOTS") {
        let name = format!("{}-{firmware:?}.ppm", title.replace(' ', "-"));
        machine.screenshot(&PathBuf::from(folder).join(name));
    }
    assert_eq!(lab.fetched(client)[..fetched.len()], *fetched);
}

#[test]
fn uefi_x64_to_the_menu_over_http() {
    let Some(lab) = Lab::new("uefi-http") else { return };
    let _server = classroom(&lab);
    let fetched = ["tftp ipxe/ipxe.efi", "http /install.ipxe"];
    to_the_menu(&lab, Firmware::UefiX64, "52:54:00:00:00:11", CLASSROOM, "10.0.0.100", &fetched);
}

#[test]
fn bios_to_the_menu_over_http() {
    let Some(lab) = Lab::new("bios-http") else { return };
    let _server = classroom(&lab);
    let fetched = ["tftp undionly.kpxe", "http /install.ipxe"];
    to_the_menu(&lab, Firmware::BiosPxe, "52:54:00:00:00:12", CLASSROOM, "10.0.0.100", &fetched);
}

#[test]
fn uefi_x64_to_the_menu_over_tftp() {
    let Some(lab) = Lab::new("uefi-tftp") else { return };
    let _server = iscsi_windows(&lab);
    let fetched = ["tftp iPXE/ipxe.x86-64.efi", "tftp iPXE/menu.ipxe"];
    to_the_menu(&lab, Firmware::UefiX64, "52:54:00:00:00:13", ISCSI_WINDOWS, "10.1.1.100", &fetched);
}

#[test]
fn bios_to_the_menu_over_tftp() {
    let Some(lab) = Lab::new("bios-tftp") else { return };
    let _server = iscsi_windows(&lab);
    let fetched = ["tftp iPXE/undionly.kpxe", "tftp iPXE/menu.ipxe"];
    to_the_menu(&lab, Firmware::BiosPxe, "52:54:00:00:00:14", ISCSI_WINDOWS, "10.1.1.100", &fetched);
}
