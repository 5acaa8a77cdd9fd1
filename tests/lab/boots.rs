//! Every way to boot, one test each.

use std::path::Path;

use crate::list::Release;
use crate::machine::{Firmware, Machine, MachineBuilder, boot_sector};
use crate::quick::{I38, I38_LOGIN, iscsi_windows};
use crate::support::daemons::Server;
use crate::support::render;
use crate::traced::traced;
use crate::{Lab, ipxe};

const MAC: &str = "52:54:00:00:00:21";
const CLIENT: &str = "10.0.0.100";
const TITLE: &str = "The boot lab";
/// The last line of the menu.
const END: &str = "The local disk";
/// The hook: the script that each machine looks for under its own name.
const HOOK: &str = "http /hosts/52-54-00-00-00-21.ipxe";

/// An archive with nothing in it: the smallest initrd.
pub const EMPTY_CPIO: &[u8] = b"07070100000000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000b00000000TRAILER!!!\0\0\0\0";

/// The first words of iPXE, which stands in for another program here.
const IPXE: &str = "iPXE initialising devices...";

/// A script that prints its name and waits: it shows that an entry worked.
fn parked(name: &str) -> Vec<u8> {
    format!("#!ipxe\necho Parked in {name}\nprompt\n").into_bytes()
}

/// The server of the site `kinds`, with stand-ins for what its entries boot.
fn kinds(lab: &Lab) -> Server {
    let server = lab.serve(&render("kinds").of("boot"), "10.0.0.1/24");
    server.tmpfiles();
    server.stage("/srv/tftp/ipxe.efi", &ipxe::file("ipxe.efi"));
    server.stage("/srv/tftp/undionly.kpxe", &ipxe::file("undionly.kpxe"));
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
    machine.shows(TITLE, 90);
    machine.shows(END, 10);
    Some((machine, server, lab))
}

/// The files that a machine with iPXE in its network card fetched after the script and the hook.
fn after_the_script(lab: &Lab) -> Vec<String> {
    let fetched = lab.fetched(CLIENT);
    assert_eq!(fetched[..2], ["http /install.ipxe", HOOK], "{fetched:?}");
    fetched[2..].to_vec()
}

#[test]
pub fn the_default_entry_starts_after_the_timeout() {
    let Some((machine, _server, lab)) = at_the_menu("default", Firmware::Bios, |_| {}) else { return };
    machine.shows("Parked in first", 30);
    assert_eq!(after_the_script(&lab), ["http /tftpboot/first.ipxe"]);
    // `trace` says the same files, up to the one that the default entry starts.
    let site = Path::new("tests/lab/sites/kinds/site.yaml");
    assert_eq!(lab.fetched(CLIENT), traced(site, &[], MAC, "ipxe"));
}

#[test]
pub fn a_hot_key_starts_its_entry_and_the_menu_comes_back_after_it() {
    let Some((mut machine, _server, lab)) = at_the_menu("key", Firmware::Bios, |_| {}) else { return };
    machine.key("o");
    machine.shows("Parked in other", 20);
    machine.key("spc");
    machine.shows(END, 20);
    machine.key("a");
    machine.shows("Parked in first", 20);
    assert_eq!(after_the_script(&lab), ["http /tftpboot/other.ipxe", "http /tftpboot/first.ipxe"]);
}

#[test]
pub fn a_submenu_leads_back_and_to_its_entry() {
    let Some((mut machine, _server, lab)) = at_the_menu("submenu", Firmware::Bios, |_| {}) else { return };
    let open = |machine: &mut Machine| {
        machine.key("down");
        machine.key("ret");
        machine.shows("A deep one", 10);
        machine.shows("Back", 10);
    };
    // By its last line, and by Escape.
    open(&mut machine);
    machine.key("down");
    machine.key("ret");
    machine.shows(END, 10);
    open(&mut machine);
    machine.key("esc");
    machine.shows(END, 10);
    open(&mut machine);
    machine.key("d");
    machine.shows("Parked in deep", 20);
    assert_eq!(after_the_script(&lab), ["http /tftpboot/deep.ipxe"]);
}

#[test]
pub fn escape_draws_the_menu_again() {
    let Some((mut machine, _server, lab)) = at_the_menu("escape", Firmware::Bios, |_| {}) else { return };
    machine.key("esc");
    machine.shows(TITLE, 10);
    machine.shows(END, 10);
    machine.key("o");
    machine.shows("Parked in other", 20);
    assert_eq!(after_the_script(&lab), ["http /tftpboot/other.ipxe"]);
}

#[test]
pub fn a_failed_entry_comes_back_to_the_menu() {
    // The kernel arrives, and its initrd does not: nothing of the first try may be left for the second.
    let prepare = |server: &Server| server.stage("/srv/tftp/linux/vmlinuz", "/usr/lib/ipxe/ipxe.lkrn");
    let Some((mut machine, _server, lab)) = at_the_menu("failed", Firmware::Bios, prepare) else { return };
    machine.key("f");
    machine.shows("This entry did not start.", 10);
    machine.key("spc");
    machine.shows(TITLE, 30);
    machine.shows(END, 10);
    machine.key("k");
    // Without a key it goes on by itself.
    machine.shows("This entry did not start.", 10);
    machine.shows(END, 30);
    machine.key("o");
    machine.shows("Parked in other", 20);
    let fetched = ["absent.ipxe", "linux/vmlinuz", "linux/initrd.img", "other.ipxe"];
    assert_eq!(after_the_script(&lab), fetched.map(|file| format!("http /tftpboot/{file}")));
}

#[test]
pub fn shell_and_config_lead_back_to_the_menu() {
    let Some((mut machine, _server, lab)) = at_the_menu("shell", Firmware::Bios, |_| {}) else { return };
    machine.key("h");
    machine.shows("iPXE>", 10);
    machine.line("exit");
    machine.shows(END, 10);
    machine.key("c");
    machine.shows("exit configuration utility", 10);
    machine.key("ctrl-x");
    machine.shows(END, 10);
    machine.key("o");
    machine.shows("Parked in other", 20);
    assert_eq!(after_the_script(&lab), ["http /tftpboot/other.ipxe"]);
}

#[test]
pub fn entries_are_shown_to_the_machines_that_they_are_for() {
    let Some((mut machine, _server, lab)) = at_the_menu("only-bios", Firmware::Bios, |_| {}) else { return };
    assert!(machine.text().contains("For BIOS only") && !machine.text().contains("For UEFI only"));
    // The lines of the user's own, while the menu is here.
    machine.key("s");
    machine.shows("Our own lines speak", 10);
    machine.shows("Parked in other", 10);
    assert_eq!(after_the_script(&lab), ["http /tftpboot/other.ipxe"]);
}

#[test]
pub fn uefi_has_its_own_entries_and_its_own_memory_test() {
    let prepare = |server: &Server| {
        server.stage("/srv/tftp/memtest86+x64.efi", "/usr/lib/ipxe/snponly.efi");
        server.stage("/srv/tftp/memtest86+x64.bin", "/usr/lib/ipxe/ipxe.lkrn");
    };
    let Some((mut machine, _server, lab)) = at_the_menu("only-uefi", Firmware::UefiRom, prepare) else {
        return;
    };
    assert!(!machine.text().contains("For BIOS only") && machine.text().contains("For UEFI only"));
    machine.key("m");
    machine.shows(IPXE, 30);
    assert_eq!(after_the_script(&lab)[0], "http /tftpboot/memtest86+x64.efi");
}

#[test]
pub fn memtest_on_bios_is_the_program_for_bios() {
    let prepare = |server: &Server| {
        server.stage("/srv/tftp/memtest86+x64.bin", "/usr/lib/ipxe/ipxe.lkrn");
    };
    let Some((mut machine, _server, lab)) = at_the_menu("memtest", Firmware::Bios, prepare) else { return };
    machine.key("m");
    machine.shows(IPXE, 30);
    assert_eq!(after_the_script(&lab)[0], "http /tftpboot/memtest86+x64.bin");
}

#[test]
pub fn reboot_starts_the_machine_again() {
    let Some((mut machine, _server, _lab)) = at_the_menu("reboot", Firmware::Bios, |_| {}) else { return };
    machine.key("r");
    // QEMU is told to end instead.
    machine.ends(20);
}

#[test]
pub fn poweroff_switches_the_machine_off_or_says_that_ipxe_cannot() {
    let Some((mut machine, _server, _lab)) = at_the_menu("poweroff", Firmware::Bios, |_| {}) else { return };
    machine.key("p");
    if ipxe::release() != Release::Debian12 {
        machine.ends(20);
        return;
    }
    // Debian's iPXE of 2019 was built without the command.
    machine.shows("This entry did not start.", 10);
    machine.key("spc");
    machine.shows(END, 10);
}

#[test]
pub fn winpe_fetches_its_files_by_name_and_in_order() {
    let files = ["wimboot", "winpe/Boot/BCD", "winpe/Boot/boot.sdi", "winpe/sources/boot.wim"];
    let prepare = |server: &Server| {
        // iPXE has to know the first as a program: a boot sector will not do, a kernel image will.
        server.stage("/srv/tftp/wimboot", "/usr/lib/ipxe/ipxe.lkrn");
        for file in &files[1..] {
            server.write(&format!("/srv/tftp/{file}"), file.as_bytes());
        }
    };
    let Some((mut machine, server, lab)) = at_the_menu("winpe", Firmware::Bios, prepare) else { return };
    machine.key("w");
    machine.shows(IPXE, 30);
    let all = after_the_script(&lab);
    assert_eq!(all[..4], files.map(|file| format!("http /tftpboot/{file}")));
    // The file that mounts the share and starts setup is rendered, with the share's password.
    assert_eq!(all[4], "http /tftpboot/ipxegen/pe/startnet.cmd");
    let startnet = server.space.sh("stat -c %a /srv/tftp/ipxegen/pe/startnet.cmd; grep -c Setup-of-the-lab /srv/tftp/ipxegen/pe/startnet.cmd");
    assert_eq!(startnet, "640\n1\n");
}

/// Windows PE of the architecture that the machine has, over TFTP.
fn winpe_by_architecture(name: &str, firmware: Firmware, wimboot: &str, arch: &str) {
    let Some(lab) = Lab::new(name) else { return };
    let Some((server, _target)) = iscsi_windows(&lab) else { return };
    server.stage("/srv/tftp/wimboot", wimboot);
    let media = ["Boot/BCD", "Boot/boot.sdi", "sources/boot.wim"];
    for file in media {
        for arch in ["amd64", "x86"] {
            server.write(&format!("/srv/tftp/WinPE/{arch}/media/{file}"), file.as_bytes());
        }
    }
    let mut machine = Machine::boot(&lab, firmware, I38);
    machine.shows("Windows on iSCSI", 90);
    machine.shows("Exit iPXE", 10);
    // The example names no keys; the first entry is above the preselected one.
    machine.key("up");
    machine.key("ret");
    machine.shows(IPXE, 60);
    let fetched = media.map(|file| format!("tftp WinPE/{arch}/media/{file}"));
    let all = lab.fetched("10.1.1.38");
    assert_eq!(all[..3], [I38_LOGIN, "tftp iPXE/menu.ipxe", "tftp wimboot"], "{all:?}");
    assert_eq!(all[3..6], fetched, "{all:?}");
}

#[test]
pub fn winpe_over_tftp_on_a_64_bit_bios_machine_is_amd64() {
    winpe_by_architecture("winpe-amd64", Firmware::Bios, "/usr/lib/ipxe/ipxe.lkrn", "amd64");
}

#[test]
pub fn winpe_over_tftp_on_uefi_x64_is_amd64() {
    winpe_by_architecture("winpe-uefi", Firmware::UefiRom, "/usr/lib/ipxe/snponly.efi", "amd64");
}

#[test]
pub fn an_iso_boots_over_http() {
    let prepare = |server: &Server| server.stage("/srv/tftp/small.iso", "/usr/lib/ipxe/ipxe.iso");
    let Some((mut machine, _server, lab)) = at_the_menu("iso", Firmware::Bios, prepare) else { return };
    machine.key("i");
    machine.shows("ISOLINUX", 60);
    assert_eq!(after_the_script(&lab), ["http /tftpboot/small.iso"]);
}

#[test]
pub fn local_boots_the_disk_on_bios() {
    let Some(lab) = Lab::new("local-bios") else { return };
    let _server = kinds(&lab);
    let disk = lab.dir().join("disk");
    std::fs::write(&disk, boot_sector("The disk boots")).unwrap();
    let mut machine = MachineBuilder::new(&lab, Firmware::Bios, MAC).disk(&disk).boot();
    machine.shows(END, 60);
    machine.key("l");
    machine.shows("The disk boots", 30);
    assert_eq!(after_the_script(&lab), [""; 0]);
}

#[test]
pub fn exit_goes_on_to_the_disk_on_bios() {
    let Some(lab) = Lab::new("exit-bios") else { return };
    let _server = kinds(&lab);
    let disk = lab.dir().join("disk");
    std::fs::write(&disk, boot_sector("The disk boots")).unwrap();
    let mut machine = MachineBuilder::new(&lab, Firmware::Bios, MAC).disk(&disk).boot();
    machine.shows(END, 60);
    machine.key("x");
    machine.shows("The disk boots", 30);
}

#[test]
pub fn local_boots_the_disk_on_uefi() {
    let Some(lab) = Lab::new("local-uefi") else { return };
    let _server = kinds(&lab);
    // QEMU makes a FAT disk of a folder.
    let esp = lab.dir().join("esp");
    std::fs::create_dir_all(esp.join("EFI/BOOT")).unwrap();
    std::fs::copy("/usr/lib/ipxe/snponly.efi", esp.join("EFI/BOOT/BOOTX64.EFI")).unwrap();
    let mut machine = MachineBuilder::new(&lab, Firmware::UefiRom, MAC)
        .args(&["-drive", &format!("if=none,id=esp,format=raw,file=fat:rw:{}", esp.display())])
        .args(&["-device", "virtio-blk-pci,drive=esp,bootindex=1"])
        .only_rom()
        .boot();
    machine.shows(END, 90);
    machine.key("l");
    machine.shows("\"UEFI Misc Device\"", 60);
    machine.shows(IPXE, 30);
    assert_eq!(lab.fetched(CLIENT)[..2], ["http /install.ipxe", HOOK]);
}

#[test]
pub fn local_hands_a_uefi_machine_back_to_its_own_pxe_client() {
    let Some(lab) = Lab::new("local-snp") else { return };
    let server = kinds(&lab);
    // Debian's ipxe.efi drives the card itself, and OVMF hangs when that ends; snponly.efi uses OVMF's driver.
    server.stage("/srv/tftp/ipxe.efi", &ipxe::file("snponly.efi"));
    let mut machine = Machine::boot(&lab, Firmware::UefiX64, MAC);
    machine.shows(END, 120);
    machine.key("l");
    machine.shows("BdsDxe: failed to start", 60);
}

#[test]
pub fn a_machine_has_a_script_of_its_own() {
    let prepare = |server: &Server| {
        let hook = b"#!ipxe\necho The hook speaks\nset ipxegen.default other\n";
        server.write("/var/www/html/hosts/52-54-00-00-00-21.ipxe", hook);
    };
    let Some((mut machine, _server, lab)) = at_the_menu("hook", Firmware::Bios, prepare) else { return };
    assert!(machine.text().contains("The hook speaks"));
    // The hook decides.
    machine.key("ret");
    machine.shows("Parked in other", 20);
    assert_eq!(after_the_script(&lab), ["http /tftpboot/other.ipxe"]);
}

#[test]
pub fn a_host_has_a_hidden_entry_preselected() {
    let Some(lab) = Lab::new("picky") else { return };
    let _server = kinds(&lab);
    let machine = Machine::boot(&lab, Firmware::Bios, "52:54:00:00:01:01");
    machine.shows(TITLE, 60);
    machine.shows("A hidden one", 10);
    machine.shows("Parked in other", 30);
    assert_eq!(lab.fetched("10.0.0.11")[2..], ["http /tftpboot/other.ipxe"]);
}

#[test]
pub fn autoboot_starts_without_the_menu() {
    let Some(lab) = Lab::new("hasty") else { return };
    let _server = kinds(&lab);
    let machine = Machine::boot(&lab, Firmware::Bios, "52:54:00:00:01:02");
    machine.shows("Parked in other", 60);
    assert!(!machine.text().contains(TITLE));
    assert_eq!(lab.fetched("10.0.0.12")[2..], ["http /tftpboot/other.ipxe"]);
}

#[test]
pub fn a_key_during_autoboot_opens_the_menu() {
    let Some(lab) = Lab::new("hasty-key") else { return };
    let _server = kinds(&lab);
    let mut machine = Machine::boot(&lab, Firmware::Bios, "52:54:00:00:01:02");
    machine.shows("Starting other in 3 s, press any key for the menu", 60);
    machine.key("spc");
    machine.shows(END, 10);
    machine.key("a");
    machine.shows("Parked in first", 20);
}

#[test]
pub fn netboot_none_gives_the_host_nothing() {
    let Some(lab) = Lab::new("still") else { return };
    let _server = kinds(&lab);
    let machine = Machine::boot(&lab, Firmware::Bios, "52:54:00:00:01:03");
    machine.shows("No more network devices", 60);
    assert_eq!(lab.fetched("10.0.0.13"), [""; 0]);
}

#[test]
pub fn a_host_has_a_loader_of_its_own() {
    let Some(lab) = Lab::new("own-loader") else { return };
    let server = kinds(&lab);
    server.stage("/srv/tftp/own.kpxe", &ipxe::file("undionly.kpxe"));
    let machine = Machine::boot(&lab, Firmware::BiosPxe, "52:54:00:00:01:04");
    machine.shows(TITLE, 60);
    assert_eq!(lab.fetched("10.0.0.14")[..2], ["tftp own.kpxe", "http /install.ipxe"]);
}

#[test]
pub fn uefi_ia32_gets_the_ia32_loader_and_no_other() {
    let Some(lab) = Lab::new("ia32") else { return };
    let _server = kinds(&lab);
    let machine = Machine::boot(&lab, Firmware::UefiIa32, MAC);
    lab.wait_for("tftp 10.0.0.100 ipxe32.efi", 90);
    machine.shows("failed to load", 60);
    assert_eq!(lab.fetched(CLIENT), ["tftp ipxe32.efi"]);
}

#[test]
pub fn a_kind_of_client_without_a_loader_gets_no_file() {
    let Some(lab) = Lab::new("no-loader") else { return };
    // The site `relay` has no loader for UEFI IA32.
    let server = lab.serve(&render("relay").of("boot"), "10.0.0.1/24");
    server.dhcp();
    server.tftp();
    let _machine = Machine::boot(&lab, Firmware::UefiIa32, MAC);
    lab.wait_for(&format!("dhcp offer {MAC} 10.0.0.100\n"), 90);
    // An offer without a file is none to it: it asks again, and again.
    lab.wait_for("dhcp discover", 60);
    lab.wait_for(&format!("dhcp offer {MAC} 10.0.0.100\n"), 60);
    assert_eq!(lab.fetched(CLIENT), [""; 0]);
}

#[test]
pub fn uefi_boots_over_http_without_tftp() {
    let Some(lab) = Lab::new("uefi-http-boot") else { return };
    let _server = kinds(&lab);
    let machine = MachineBuilder::new(&lab, Firmware::UefiX64, MAC)
        .args(&["-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=n"])
        .args(&["-fw_cfg", "name=opt/org.tianocore/IPv6Support,string=n"])
        .boot();
    machine.shows(TITLE, 90);
    assert_eq!(lab.fetched(CLIENT)[..2], ["http /tftpboot/ipxe.efi", "http /install.ipxe"]);
}

/// A kernel boots and prints its command line.
fn linux(name: &str, firmware: Firmware, key: &str, says: &str, fetched: [&str; 2]) {
    let Some(kernel) = crate::support::kernel() else { return };
    let prepare = |server: &Server| {
        server.stage("/srv/tftp/linux/vmlinuz", &kernel);
        server.write("/srv/tftp/linux/initrd.img", EMPTY_CPIO);
    };
    let Some((mut machine, _server, lab)) = at_the_menu(name, firmware, prepare) else { return };
    machine.key(key);
    machine.shows("Linux version", 90);
    machine.shows("Command line: ", 20);
    machine.shows(&format!("initrd=initrd.img console=ttyS0 panic=-1 lab.says={says}"), 20);
    assert_eq!(after_the_script(&lab), fetched);
    // It found its initrd.
    machine.shows("Trying to unpack rootfs image as initramfs", 90);
}

/// A `script` entry that returns to the menu leaves its script loaded, which a kernel would take for its initrd.
fn linux_after_a_script(name: &str, firmware: Firmware) {
    let Some(kernel) = crate::support::kernel() else { return };
    let prepare = |server: &Server| {
        server.stage("/srv/tftp/linux/vmlinuz", &kernel);
        server.write("/srv/tftp/linux/initrd.img", EMPTY_CPIO);
    };
    let Some((mut machine, _server, lab)) = at_the_menu(name, firmware, prepare) else { return };
    machine.key("s");
    machine.shows("Parked in other", 30);
    machine.key("spc");
    machine.shows(END, 30);
    machine.key("k");
    machine.shows("Linux version", 90);
    // The kernel gets to it late, and an emulated one on a busy machine very late.
    machine.shows("Freeing initrd memory", 400);
    let screen = machine.text();
    for failure in ["rootfs image is not initramfs", "Initramfs unpacking failed"] {
        assert!(!screen.contains(failure), "{screen}");
    }
    let fetched = after_the_script(&lab);
    assert_eq!(fetched[0], "http /tftpboot/other.ipxe");
    assert_eq!(fetched[1..], KERNEL_BY_HTTP);
}

#[test]
pub fn linux_starts_with_its_own_initrd_after_another_entry() {
    linux_after_a_script("after", Firmware::Bios);
}

#[test]
pub fn linux_starts_with_its_own_initrd_after_another_entry_on_uefi() {
    linux_after_a_script("after-uefi", Firmware::UefiRom);
}

const KERNEL_BY_HTTP: [&str; 2] = ["http /tftpboot/linux/vmlinuz", "http /tftpboot/linux/initrd.img"];

#[test]
pub fn linux_boots_with_our_command_line() {
    linux("linux", Firmware::Bios, "k", "hello", KERNEL_BY_HTTP);
}

#[test]
pub fn linux_boots_on_uefi_and_finds_its_initrd_by_name() {
    linux("linux-uefi", Firmware::UefiRom, "k", "hello", KERNEL_BY_HTTP);
}

#[test]
pub fn linux_boots_over_tftp_from_a_script_over_http() {
    let fetched = ["tftp linux/vmlinuz", "tftp linux/initrd.img"];
    linux("linux-tftp", Firmware::Bios, "t", "slow", fetched);
}

/// A variable reaches the kernel's command line by DHCP: one script, a different text for each machine.
fn in_a_room(name: &str, mac: &str, address: &str, says: &str) {
    let (Some(kernel), Some(lab)) = (crate::support::kernel(), Lab::new(name)) else { return };
    let server = lab.serve(&render("vars").of("boot"), "10.0.0.1/24");
    server.tmpfiles();
    server.stage("/srv/tftp/linux/vmlinuz", &kernel);
    server.write("/srv/tftp/linux/initrd.img", EMPTY_CPIO);
    server.dhcp();
    server.http("/var/www/html");
    let machine = Machine::boot(&lab, Firmware::Bios, mac);
    machine.shows("Command line: ", 120);
    machine.shows(&format!("console=ttyS0 panic=-1 {says}"), 20);
    assert_eq!(lab.fetched(address)[1..], KERNEL_BY_HTTP);
}

#[test]
pub fn a_kernel_is_told_the_variables_of_its_room() {
    in_a_room("vars", "52:54:00:00:03:01", "10.0.0.31", "lab.room=a;pc-01||#1 lab.mirror=10.0.0.5");
}

#[test]
pub fn a_kernel_is_told_the_sites_variables_where_no_room_has_its_own() {
    in_a_room("vars-site", MAC, CLIENT, "lab.room=nowhere lab.mirror=10.0.0.5");
}

/// OVMF's own PXE client over IPv6: DHCPv6 gives it a URL, and in.tftpd hears it ask.
#[test]
pub fn uefi_fetches_its_loader_by_ipv6() {
    let Some(lab) = Lab::new("ipv6") else { return };
    let server = lab.serve(&render("six").of("boot"), "10.0.0.1/24");
    server
        .space
        .sh("ip -6 address add 2001:db8::1/64 dev eth0 nodad; sysctl -qw net.ipv6.conf.eth0.accept_dad=0");
    server.stage("/srv/tftp/ipxe.efi", &ipxe::file("snponly.efi"));
    server.dhcp();
    server.tftp();
    server.http("/var/www/html");
    let mut machine = Machine::boot(&lab, Firmware::UefiX64, "52:54:00:00:06:02");
    machine.shows("PXE over IPv6", 90);
    machine.shows(IPXE, 60);
    assert!(server.log.wait("RRQ from 2001:db8::1", 5), "{}", server.log.text());
    assert!(server.log.text().contains("filename ipxe.efi"), "{}", server.log.text());
    machine.key("q");
}
