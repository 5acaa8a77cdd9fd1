//! Every way to boot, one test each.

use crate::Lab;
use crate::machine::{Firmware, Machine, MachineBuilder, boot_sector};
use crate::support::daemons::Server;
use crate::support::render;

const MAC: &str = "52:54:00:00:00:21";
const CLIENT: &str = "10.0.0.100";
const TITLE: &str = "The boot lab";

/// An archive with nothing in it: the smallest initrd.
const EMPTY_CPIO: &[u8] = b"07070100000000000000000000000000000001000000000000000000000000000000000000000000000000000000000000000b00000000TRAILER!!!\0\0\0\0";

/// A script that says its name and waits: what an entry that worked looks like.
fn parked(name: &str) -> Vec<u8> {
    format!("#!ipxe\necho Parked in {name}\nprompt\n").into_bytes()
}

/// The server of the site `kinds`, with stand-ins for what its entries boot.
fn kinds(lab: &Lab) -> Server {
    let server = lab.serve(&render("kinds").join("boot"), "10.0.0.1/24");
    server.space.sh("ln -s /srv/tftp /var/www/html/tftpboot");
    server.stage("/srv/tftp/ipxe.efi", "/usr/lib/ipxe/ipxe.efi");
    server.stage("/srv/tftp/undionly.kpxe", "/usr/lib/ipxe/undionly.kpxe");
    server.write("/srv/tftp/ipxe32.efi", b"not a program");
    for name in ["first", "other", "deep"] {
        server.write(&format!("/srv/tftp/{name}.ipxe"), &parked(name));
    }
    server.dhcp();
    server.tftp();
    server.http("/var/www/html");
    server
}

/// The site `kinds` with one machine at its menu.
fn at_the_menu(
    name: &str,
    firmware: Firmware,
    prepare: impl FnOnce(&Server),
) -> Option<(Machine, Server, Lab)> {
    let lab = Lab::new(name)?;
    let server = kinds(&lab);
    prepare(&server);
    let machine = Machine::boot(&lab, firmware, MAC);
    machine.shows(TITLE, 60);
    machine.shows("Local", 10);
    Some((machine, server, lab))
}

/// What a BIOS machine with iPXE in its card fetched, behind the script.
fn after_the_script(lab: &Lab, client: &str) -> Vec<String> {
    let fetched = lab.fetched(client);
    assert_eq!(fetched.first().map(String::as_str), Some("http /install.ipxe"), "{fetched:?}");
    fetched[1..].to_vec()
}

#[test]
fn the_default_entry_starts_after_the_timeout() {
    let Some((machine, _server, lab)) = at_the_menu("default", Firmware::Bios, |_| {}) else { return };
    machine.shows("Parked in first", 20);
    assert_eq!(after_the_script(&lab, CLIENT), ["http /tftpboot/first.ipxe"]);
}

#[test]
fn a_hot_key_starts_its_entry() {
    let Some((mut machine, _server, lab)) = at_the_menu("key", Firmware::Bios, |_| {}) else { return };
    machine.key("o");
    machine.shows("Parked in other", 20);
    assert_eq!(after_the_script(&lab, CLIENT), ["http /tftpboot/other.ipxe"]);
}

#[test]
fn a_submenu_opens_and_its_entry_starts() {
    let Some((mut machine, _server, lab)) = at_the_menu("submenu", Firmware::Bios, |_| {}) else { return };
    for _ in 0..6 {
        machine.key("down");
    }
    machine.key("ret");
    machine.shows("A deep one", 10);
    machine.key("ret");
    machine.shows("Parked in deep", 20);
    assert_eq!(after_the_script(&lab, CLIENT), ["http /tftpboot/deep.ipxe"]);
}

#[test]
fn a_failed_entry_comes_back_to_the_menu() {
    let Some((mut machine, _server, lab)) = at_the_menu("failed", Firmware::Bios, |_| {}) else { return };
    machine.key("f");
    lab.wait_for("GET /tftpboot/absent.ipxe", 10);
    lab.wait_for("404", 10);
    machine.shows(TITLE, 30);
    machine.key("o");
    machine.shows("Parked in other", 20);
    assert_eq!(after_the_script(&lab, CLIENT), ["http /tftpboot/absent.ipxe", "http /tftpboot/other.ipxe"]);
}

#[test]
fn winpe_fetches_its_files_by_name_and_in_order() {
    let files = ["wimboot", "winpe/Boot/BCD", "winpe/Boot/boot.sdi", "winpe/sources/boot.wim"];
    let prepare = |server: &Server| {
        // iPXE has to know the first as a program: a boot sector will not do, a kernel image will.
        server.stage("/srv/tftp/wimboot", "/usr/lib/ipxe/ipxe.lkrn");
        for file in &files[1..] {
            server.write(&format!("/srv/tftp/{file}"), file.as_bytes());
        }
    };
    let Some((mut machine, _server, lab)) = at_the_menu("winpe", Firmware::Bios, prepare) else { return };
    machine.key("w");
    machine.shows("iPXE initialising", 30);
    assert_eq!(after_the_script(&lab, CLIENT), files.map(|file| format!("http /tftpboot/{file}")));
}

#[test]
fn an_iso_boots_over_http() {
    let prepare = |server: &Server| server.stage("/srv/tftp/small.iso", "/usr/lib/ipxe/ipxe.iso");
    let Some((mut machine, _server, lab)) = at_the_menu("iso", Firmware::Bios, prepare) else { return };
    machine.key("i");
    machine.shows("ISOLINUX", 60);
    assert_eq!(after_the_script(&lab, CLIENT), ["http /tftpboot/small.iso"]);
}

#[test]
fn local_boots_the_disk_on_bios() {
    let Some(lab) = Lab::new("local-bios") else { return };
    let _server = kinds(&lab);
    let disk = lab.dir().join("disk");
    std::fs::write(&disk, boot_sector("The disk boots")).unwrap();
    let mut machine = MachineBuilder::new(&lab, Firmware::Bios, MAC).disk(&disk).boot();
    machine.shows("Local", 60);
    machine.key("l");
    machine.shows("The disk boots", 30);
    assert_eq!(after_the_script(&lab, CLIENT), [""; 0]);
}

#[test]
fn local_boots_the_disk_on_uefi() {
    let Some(lab) = Lab::new("local-uefi") else { return };
    let _server = kinds(&lab);
    // QEMU makes a FAT disk of a folder.
    let esp = lab.dir().join("esp");
    std::fs::create_dir_all(esp.join("EFI/BOOT")).unwrap();
    std::fs::copy("/usr/lib/ipxe/ipxe.efi", esp.join("EFI/BOOT/BOOTX64.EFI")).unwrap();
    let mut machine = MachineBuilder::new(&lab, Firmware::UefiRom, MAC)
        .args(&["-drive", &format!("if=none,id=esp,format=raw,file=fat:rw:{}", esp.display())])
        .args(&["-device", "virtio-blk-pci,drive=esp,bootindex=1"])
        // Without the firmware's own PXE and HTTP clients, which would come between the card's ROM and the disk.
        .args(&["-fw_cfg", "name=opt/org.tianocore/IPv4Support,string=n"])
        .args(&["-fw_cfg", "name=opt/org.tianocore/IPv6Support,string=n"])
        .boot();
    machine.shows("Local", 60);
    machine.key("l");
    machine.shows("\"UEFI Misc Device\"", 60);
    machine.shows("iPXE initialising devices...ok", 30);
}

#[test]
fn a_host_has_its_own_entry_preselected() {
    let Some(lab) = Lab::new("picky") else { return };
    let _server = kinds(&lab);
    let machine = Machine::boot(&lab, Firmware::Bios, "52:54:00:00:01:01");
    machine.shows(TITLE, 60);
    machine.shows("Parked in other", 20);
    assert_eq!(after_the_script(&lab, "10.0.0.11"), ["http /tftpboot/other.ipxe"]);
}

#[test]
fn autoboot_starts_without_the_menu() {
    let Some(lab) = Lab::new("hasty") else { return };
    let _server = kinds(&lab);
    let machine = Machine::boot(&lab, Firmware::Bios, "52:54:00:00:01:02");
    machine.shows("Parked in other", 60);
    assert!(!machine.text().contains(TITLE));
    assert_eq!(after_the_script(&lab, "10.0.0.12"), ["http /tftpboot/other.ipxe"]);
}

#[test]
fn a_key_during_autoboot_opens_the_menu() {
    let Some(lab) = Lab::new("hasty-key") else { return };
    let _server = kinds(&lab);
    let mut machine = Machine::boot(&lab, Firmware::Bios, "52:54:00:00:01:02");
    machine.shows("a key opens the menu", 60);
    machine.key("spc");
    machine.shows(TITLE, 10);
    machine.key("a");
    machine.shows("Parked in first", 20);
}

#[test]
fn netboot_none_gives_the_host_nothing() {
    let Some(lab) = Lab::new("still") else { return };
    let _server = kinds(&lab);
    let machine = Machine::boot(&lab, Firmware::Bios, "52:54:00:00:01:03");
    machine.shows("No more network devices", 60);
    assert_eq!(lab.fetched("10.0.0.13"), [""; 0]);
}

#[test]
fn a_pxe_rom_gets_the_bios_loader() {
    let Some(lab) = Lab::new("undionly") else { return };
    let _server = kinds(&lab);
    let machine = Machine::boot(&lab, Firmware::BiosPxe, MAC);
    machine.shows(TITLE, 60);
    assert_eq!(lab.fetched(CLIENT)[..2], ["tftp undionly.kpxe", "http /install.ipxe"]);
}

#[test]
fn uefi_ia32_gets_the_ia32_loader_and_no_other() {
    let Some(lab) = Lab::new("ia32") else { return };
    let _server = kinds(&lab);
    let machine = Machine::boot(&lab, Firmware::UefiIa32, MAC);
    lab.wait_for("tftp 10.0.0.100 ipxe32.efi", 60);
    machine.shows("failed to load", 60);
    assert_eq!(lab.fetched(CLIENT), ["tftp ipxe32.efi"]);
}

#[test]
fn uefi_boots_over_http_without_tftp() {
    let Some(lab) = Lab::new("uefi-http-boot") else { return };
    let _server = kinds(&lab);
    let machine = MachineBuilder::new(&lab, Firmware::UefiX64, MAC)
        .args(&["-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=n"])
        .args(&["-fw_cfg", "name=opt/org.tianocore/IPv6Support,string=n"])
        .boot();
    machine.shows(TITLE, 60);
    assert_eq!(lab.fetched(CLIENT), ["http /tftpboot/ipxe.efi", "http /install.ipxe"]);
}

#[test]
fn linux_boots_with_our_command_line() {
    let Some(kernel) = crate::support::kernel() else { return };
    let prepare = |server: &Server| {
        server.stage("/srv/tftp/linux/vmlinuz", &kernel);
        server.write("/srv/tftp/linux/initrd.img", EMPTY_CPIO);
    };
    let Some((mut machine, _server, lab)) = at_the_menu("linux", Firmware::Bios, prepare) else { return };
    machine.key("k");
    machine.shows("Linux version", 60);
    machine.shows("lab.says=hello", 20);
    assert_eq!(
        after_the_script(&lab, CLIENT),
        ["http /tftpboot/linux/vmlinuz", "http /tftpboot/linux/initrd.img"]
    );
}
