//! ARM64: its firmware's own PXE client, and Debian 14's iPXE.

use std::fs;
use std::path::Path;

use crate::list::Release;
use crate::machine::Firmware;
use crate::quick::to_the_menu;
use crate::support::{render_file, require, skip};
use crate::traced::traced;
use crate::{Lab, ipxe};

const MAC: &str = "52:54:00:00:00:61";

#[test]
pub fn arm64_to_the_menu() {
    ipxe::with(Release::Debian14, || {
        let firmware = Path::new("/usr/share/AAVMF/AAVMF_CODE.fd");
        if !(firmware.is_file() || skip("qemu-efi-aarch64 is not installed")) {
            return;
        }
        let Some(lab) = Lab::new("arm64").filter(|_| require("qemu-system-aarch64")) else { return };
        let with = lab.dir().join("with.yaml");
        fs::write(&with, "loaders: { efi_arm64: arm64/ipxe.efi }\n").unwrap();
        let site = Path::new("examples/minimal/site.yaml");
        let server = lab.serve(&render_file(site, &[&with]).of("boot"), "10.0.0.200/24");
        server.tmpfiles();
        server.stage("/srv/tftp/arm64/ipxe.efi", &ipxe::file("ipxe-arm64.efi"));
        server.dhcp();
        server.tftp();
        server.http("/var/www/html");
        let fetched = ["tftp arm64/ipxe.efi", "http /install.ipxe"];
        assert_eq!(traced(site, &[&with], MAC, "efi_arm64")[..2], fetched);
        to_the_menu(&lab, Firmware::UefiArm64, MAC, "boot", "10.0.0.100", &fetched);
    });
}
