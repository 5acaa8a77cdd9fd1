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

pub fn shot(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("{name}.ppm"))
}

#[test]
fn uefi_x64_to_the_menu_over_http() {
    let Some(lab) = Lab::new("uefi-http") else { return };
    let _server = classroom(&lab);
    let mut machine = Machine::boot(&lab, Firmware::UefiX64, "52:54:00:00:00:11");
    let t = std::time::Instant::now();
    lab.wait_for("http 10.0.0.100 GET /install.ipxe", 60);
    println!("script after {:?}", t.elapsed());
    machine.shows("Classroom boot menu", 30);
    machine.shows("Local disk", 30);
    println!("menu after {:?}", t.elapsed());
    machine.screenshot(&shot("uefi"));
    lab.wait_for("marker-a", 30);
    println!("{}\n{}", lab.wire.text(), machine.text());
    assert_eq!(
        lab.fetched("10.0.0.100"),
        ["tftp ipxe/ipxe.efi", "http /install.ipxe", "http /tftpboot/marker-a"]
    );
}

#[test]
fn bios_to_the_menu_over_tftp() {
    let Some(lab) = Lab::new("bios-tftp") else { return };
    let _server = iscsi_windows(&lab);
    let mut machine = Machine::boot(&lab, Firmware::Bios, "52:54:00:00:00:12");
    let t = std::time::Instant::now();
    lab.wait_for("menu.ipxe", 60);
    println!("script after {:?}", t.elapsed());
    machine.shows("iSCSI site", 30);
    println!("menu after {:?}", t.elapsed());
    machine.screenshot(&shot("bios"));
    lab.wait_for("marker-b", 30);
    println!("{}\n{}", lab.wire.text(), machine.text());
    assert_eq!(
        lab.fetched("10.1.1.100"),
        ["tftp iPXE/menu.ipxe", "tftp /iPXE/marker-a", "tftp iPXE/marker-b"]
    );
}
