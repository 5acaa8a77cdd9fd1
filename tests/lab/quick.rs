//! The four boots that find most mistakes in the least time.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use crate::machine::{Firmware, Machine, boot_sector};
use crate::support::daemons::Server;
use crate::support::{render, require};
use crate::traced::traced;
use crate::{Lab, ipxe};

const LOADER: &str = "ipxe.efi";

pub fn classroom(lab: &Lab) -> Server {
    let server = lab.serve(&render("classroom").of("boot"), "10.0.0.200/24");
    server.tmpfiles();
    server.stage("/var/lib/tftpboot/ipxe/ipxe.efi", &ipxe::file(LOADER));
    server.stage("/var/lib/tftpboot/undionly.kpxe", &ipxe::file("undionly.kpxe"));
    server.dhcp();
    server.tftp();
    server.http("/var/www/html");
    server
}

/// The host of the example `iscsi-windows`, whose disk is on the target 10.1.1.2.
pub const I38: &str = "aa:bb:cc:dd:ee:ff";
pub const I38_LOGIN: &str = "iscsi iqn.2010-04.org.ipxe:i38 iqn.2020-01.lan.lab:i38-tgt";

/// The boot server, and the target; none without a target daemon.
pub fn iscsi_windows(lab: &Lab) -> Option<(Server, Server)> {
    if !require("tgtd") {
        return None;
    }
    let target = Server::bare();
    lab.net().plug("lan", &target.space, "eth0", "10.1.1.2/24");
    target.write("/srv/i38.img", &boot_sector("Windows, by its disk"));
    target.write(
        "/etc/tgt/conf.d/lab.conf",
        b"<target iqn.2020-01.lan.lab:i38-tgt>\n\tbacking-store /srv/i38.img\n</target>\n",
    );
    target.tgt();

    let server = lab.serve(&render("iscsi-windows").of("boot"), "10.1.1.1/24");
    // The example's target serves LUN 0, as Windows and LIO do; tgt's first disk is LUN 1.
    server.space.sh("sed -i 's/iscsi:10.1.1.2::::/iscsi:10.1.1.2:::1:/' /etc/dhcp/dhcpd.conf");
    server.stage("/srv/tftp/iPXE/ipxe.x86-64.efi", &ipxe::file(LOADER));
    server.stage("/srv/tftp/iPXE/undionly.kpxe", &ipxe::file("undionly.kpxe"));
    server.dhcp();
    server.tftp();
    Some((server, target))
}

/// The first line of each example's menu.
pub const CLASSROOM: &str = "Classroom";
pub const ISCSI_WINDOWS: &str = "Windows on iSCSI";

/// Boots a machine to the menu, and compares the files that it fetched with `fetched`.
pub fn to_the_menu(
    lab: &Lab,
    firmware: Firmware,
    mac: &str,
    title: &str,
    client: &str,
    fetched: &[&str],
) -> Machine {
    let machine = Machine::boot(lab, firmware, mac);
    machine.shows(&format!("\n{title}"), 90);
    machine.shows("Exit iPXE", 10);
    let all = lab.fetched(client);
    assert_eq!(all[..fetched.len().min(all.len())], *fetched, "{all:?}");
    machine
}

/// Takes the picture of an example's menu if `IPXEGEN_LAB_PICTURES=docs` is set.
pub fn picture(lab: &Lab, machine: &mut Machine, example: &str) {
    let Some(folder) = std::env::var_os("IPXEGEN_LAB_PICTURES") else { return };
    // The count-down goes with the first key, and this one means nothing else.
    machine.key("tab");
    let screen = lab.dir().join("screen.ppm");
    machine.screenshot(&screen);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(format!("menu-{example}.png"));
    let made = Command::new("python3")
        .args(["-c", include_str!("png.py")])
        .stdin(File::open(&screen).expect("a picture"))
        .stdout(File::create(&path).expect("a folder for pictures"))
        .status();
    assert!(made.expect("python3").success(), "no {}", path.display());
}

#[test]
pub fn uefi_x64_to_the_menu_over_http() {
    let Some(lab) = Lab::new("uefi-http") else { return };
    let _server = classroom(&lab);
    let fetched = ["tftp ipxe/ipxe.efi", "http /install.ipxe"];
    let mac = "52:54:00:00:00:11";
    assert_eq!(traced(Path::new("examples/classroom/site.yaml"), &[], mac, "efi_x64")[..2], fetched);
    to_the_menu(&lab, Firmware::UefiX64, mac, CLASSROOM, "10.0.0.100", &fetched);
}

#[test]
pub fn bios_to_the_menu_over_http() {
    let Some(lab) = Lab::new("bios-http") else { return };
    let _server = classroom(&lab);
    let fetched = ["tftp undionly.kpxe", "http /install.ipxe"];
    let mut machine =
        to_the_menu(&lab, Firmware::BiosPxe, "52:54:00:00:00:12", CLASSROOM, "10.0.0.100", &fetched);
    picture(&lab, &mut machine, "classroom");
}

#[test]
pub fn uefi_x64_to_the_menu_over_tftp() {
    let Some(lab) = Lab::new("uefi-tftp") else { return };
    let Some(_servers) = iscsi_windows(&lab) else { return };
    let fetched = ["tftp iPXE/ipxe.x86-64.efi", I38_LOGIN, "tftp iPXE/menu.ipxe"];
    to_the_menu(&lab, Firmware::UefiX64, I38, ISCSI_WINDOWS, "10.1.1.38", &fetched);
}

#[test]
pub fn bios_to_the_menu_over_tftp() {
    let Some(lab) = Lab::new("bios-tftp") else { return };
    let Some(_servers) = iscsi_windows(&lab) else { return };
    let fetched = ["tftp iPXE/undionly.kpxe", I38_LOGIN, "tftp iPXE/menu.ipxe"];
    let mut machine = to_the_menu(&lab, Firmware::BiosPxe, I38, ISCSI_WINDOWS, "10.1.1.38", &fetched);
    picture(&lab, &mut machine, "iscsi-windows");
}
