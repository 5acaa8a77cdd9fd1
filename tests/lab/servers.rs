//! Boots that take more than one server: relays, failover, disks over the network.

use std::path::Path;
use std::process::Command;

use crate::Lab;
use crate::machine::{Firmware, Machine, MachineBuilder, boot_sector};
use crate::support::daemons::Server;
use crate::support::{render, require};

const MAC: &str = "52:54:00:00:00:31";

/// A boot server of a site of the lab, everything started.
fn boot_server(lab: &Lab, site: &str, name: &str, address: &str) -> Server {
    let trees = render(site);
    let tree = trees.of(name);
    let server = lab.serve(&tree, address);
    server.tmpfiles();
    server.dhcp();
    server.tftp();
    // By the rendered site file, where there is one.
    if tree.join("etc/nginx").exists() {
        server.nginx();
    } else if tree.join("etc/apache2").exists() {
        server.apache();
    } else {
        server.http("/var/www/html");
    }
    server
}

/// The target for the site `san`: one disk for each host, which no other host may open.
///
/// Access is by address: with `initiator-name` alone, tgt-admin also binds `ALL` addresses, and either is enough for tgtd.
fn disks(lab: &Lab, disk: &[u8]) -> Option<Server> {
    if !require("tgtd") {
        return None;
    }
    let server = Server::bare();
    lab.net().plug("lan", &server.space, "eth0", "10.0.0.2/24");
    let mut targets = String::new();
    for (host, address) in [("kept", "10.0.0.21"), ("straight", "10.0.0.22"), ("plain", "10.0.0.23")] {
        let store = format!("/srv/iscsi/{host}.img");
        server.write(&store, disk);
        targets += &format!(
            "<target iqn.2020-01.lan.lab:{host}>\n\
             \tbacking-store {store}\n\
             \tinitiator-address {address}\n\
             </target>\n"
        );
    }
    server.write("/etc/tgt/conf.d/lab.conf", targets.as_bytes());
    server.tgt();
    Some(server)
}

/// The boot server and the target of the site `san`, all disks alike.
fn san(lab: &Lab, disk: &[u8]) -> Option<(Server, Server)> {
    let disks = disks(lab, disk)?;
    Some((boot_server(lab, "san", "boot", "10.0.0.1/24"), disks))
}

/// The event on the network when a host opens its disk.
fn login(host: &str) -> String {
    format!("iscsi iqn.2010-04.org.ipxe:{host} iqn.2020-01.lan.lab:{host}")
}

const ON_THE_NET: &str = "The disk over the network boots";
const KEPT: &str = "52:54:00:00:02:01";
const STRAIGHT: &str = "52:54:00:00:02:02";
const PLAIN: &str = "52:54:00:00:02:03";
const THIEF: &str = "52:54:00:00:02:04";
const BARE: &str = "52:54:00:00:02:05";
const TITLE: &str = "Disks over the network";

#[test]
pub fn the_menu_runs_with_the_disk_hooked_and_san_boots_it() {
    let Some(lab) = Lab::new("keep-san") else { return };
    let Some(_servers) = san(&lab, &boot_sector(ON_THE_NET)) else { return };
    let mut machine = Machine::boot(&lab, Firmware::Bios, KEPT);
    machine.shows(TITLE, 60);
    machine.shows("The local disk", 10);
    assert_eq!(lab.fetched("10.0.0.21"), [login("kept"), "http /install.ipxe".into()]);
    machine.key("s");
    machine.shows(ON_THE_NET, 30);
    assert_eq!(lab.fetched("10.0.0.21")[2..], [login("kept")]);
}

#[test]
pub fn san_boots_a_disk_that_nothing_hooked_before() {
    let Some(lab) = Lab::new("san") else { return };
    let Some(_servers) = san(&lab, &boot_sector(ON_THE_NET)) else { return };
    let mut machine = Machine::boot(&lab, Firmware::Bios, PLAIN);
    machine.shows(TITLE, 60);
    machine.shows("The local disk", 10);
    machine.key("s");
    machine.shows(ON_THE_NET, 30);
    assert_eq!(lab.fetched("10.0.0.23").last(), Some(&login("plain")));
}

/// A loader with an embedded script, as `loaders.build.embed: chain` makes it: iPXE asks DHCP and hooks no disk.
const EMBEDDED: &str = "dhcp && chain --autofree http://10.0.0.1/install.ipxe";

#[test]
pub fn windows_pe_hooks_the_disk_that_an_embedded_script_did_not() {
    if !require("dnsmasq") {
        return;
    }
    let Some(lab) = Lab::new("embedded") else { return };
    let Some(_disks) = disks(&lab, &boot_sector(ON_THE_NET)) else { return };
    let trees = render("elsewhere");
    let server = lab.serve(&trees.of("boot"), "10.0.0.1/24");
    server.tmpfiles();
    server.http("/var/www/html");
    let dnsmasq = trees.of("build").join("dhcp/dnsmasq.conf");
    server.write("/etc/elsewhere.conf", &std::fs::read(dnsmasq).unwrap());
    server
        .space
        .sh("dnsmasq --port=0 --user=root --conf-file=/etc/elsewhere.conf --dhcp-leasefile=/run/leases \
         --pid-file=/run/dnsmasq.pid --no-ping </dev/null >/run/out 2>&1");
    server.stage("/srv/tftp/wimboot", "/usr/lib/ipxe/ipxe.lkrn");
    for file in ["Boot/BCD", "Boot/boot.sdi", "sources/boot.wim"] {
        server.write(&format!("/srv/tftp/winpe/{file}"), file.as_bytes());
    }
    let mut machine = MachineBuilder::new(&lab, Firmware::BiosPxe, PLAIN).args(&["-append", EMBEDDED]).boot();
    machine.shows("Somebody else's DHCP", 60);
    machine.shows("The disk over the network", 10);
    assert_eq!(lab.fetched("10.0.0.23"), ["http /install.ipxe"]);
    machine.key("w");
    machine.shows("iPXE initialising devices...", 60);
    assert_eq!(lab.fetched("10.0.0.23")[1..3], [login("plain"), "http /tftpboot/wimboot".into()]);
}

#[test]
pub fn a_disk_that_does_not_boot_stays_hooked_for_an_installer() {
    let Some(lab) = Lab::new("san-empty") else { return };
    let Some(_servers) = san(&lab, &vec![0; 16 << 20]) else { return };
    let mut machine = Machine::boot(&lab, Firmware::Bios, KEPT);
    machine.shows(TITLE, 60);
    machine.shows("The local disk", 10);
    // An entry that takes the drive for itself gives it back, too.
    for key in ["s", "i", "l"] {
        machine.key(key);
        machine.shows("This entry did not start.", 30);
        machine.key("spc");
        machine.shows(TITLE, 10);
        machine.shows("The local disk", 10);
    }
    machine.key("h");
    machine.shows("iPXE>", 10);
    machine.line("sanhook --drive 0x80 nothing");
    machine.shows("Could not open SAN device: Error 0x03232019", 10);
}

#[test]
pub fn san_says_that_a_machine_has_no_root_path() {
    let Some(lab) = Lab::new("san-bare") else { return };
    let _server = boot_server(&lab, "san", "boot", "10.0.0.1/24");
    let mut machine = Machine::boot(&lab, Firmware::Bios, BARE);
    machine.shows(TITLE, 60);
    machine.shows("The local disk", 10);
    machine.key("s");
    machine.shows("DHCP gives this machine no root-path.", 10);
    machine.key("spc");
    machine.shows(TITLE, 10);
    assert_eq!(lab.fetched("10.0.0.25"), ["http /install.ipxe"]);
}

#[test]
pub fn local_boots_the_local_disk_although_another_is_hooked() {
    let Some(lab) = Lab::new("san-local") else { return };
    let Some(_servers) = san(&lab, &boot_sector(ON_THE_NET)) else { return };
    let disk = lab.dir().join("disk");
    std::fs::write(&disk, boot_sector("The local one boots")).unwrap();
    let mut machine = MachineBuilder::new(&lab, Firmware::Bios, KEPT).disk(&disk).boot();
    machine.shows(TITLE, 60);
    machine.shows("The local disk", 10);
    machine.key("l");
    machine.shows("The local one boots", 30);
    assert!(!machine.text().contains(ON_THE_NET));
}

#[test]
pub fn an_iso_boots_although_a_disk_is_hooked() {
    let Some(lab) = Lab::new("san-iso") else { return };
    let Some((boot, _disks)) = san(&lab, &boot_sector(ON_THE_NET)) else { return };
    boot.stage("/srv/tftp/small.iso", "/usr/lib/ipxe/ipxe.iso");
    let mut machine = Machine::boot(&lab, Firmware::Bios, KEPT);
    machine.shows(TITLE, 60);
    machine.shows("The local disk", 10);
    machine.key("i");
    machine.shows("ISOLINUX", 60);
}

#[test]
pub fn a_host_without_a_script_boots_its_disk_straight() {
    let Some(lab) = Lab::new("san-straight") else { return };
    let Some(_servers) = san(&lab, &boot_sector(ON_THE_NET)) else { return };
    let machine = Machine::boot(&lab, Firmware::Bios, STRAIGHT);
    machine.shows(ON_THE_NET, 60);
    assert_eq!(lab.fetched("10.0.0.22"), [login("straight")]);
}

#[test]
pub fn the_target_refuses_the_disk_to_another_machine() {
    let Some(lab) = Lab::new("san-thief") else { return };
    let Some(_servers) = san(&lab, &boot_sector(ON_THE_NET)) else { return };
    let machine = Machine::boot(&lab, Firmware::Bios, THIEF);
    machine.shows("Could not open SAN device", 60);
    // The screen may be ahead of the wire's log.
    lab.wait_for("iscsi 10.0.0.24 ", 10);
    assert_eq!(lab.fetched("10.0.0.24"), ["iscsi iqn.2010-04.org.ipxe:thief iqn.2020-01.lan.lab:kept"]);
    assert!(!machine.text().contains(ON_THE_NET));
}

/// A disk that UEFI can boot: a FAT file system with iPXE on it.
fn uefi_disk(path: &Path) -> bool {
    if !(require("mformat") && require("mcopy")) {
        return false;
    }
    let run = |program: &str, args: &[&str]| {
        let output = Command::new(program).arg("-i").arg(path).args(args).output().expect(program);
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run("mformat", &["-C", "-T", "65536", "-h", "16", "-s", "32", "::"]);
    run("mmd", &["::/EFI", "::/EFI/BOOT"]);
    run("mcopy", &["/usr/lib/ipxe/snponly.efi", "::/EFI/BOOT/BOOTX64.EFI"]);
    true
}

/// A UEFI machine at the menu of the site `san`, every disk of which UEFI can boot, its own included.
fn uefi_san(name: &str, mac: &str) -> Option<(Machine, (Server, Server), Lab)> {
    let lab = Lab::new(name)?;
    let disk = lab.dir().join("disk");
    if !uefi_disk(&disk) {
        return None;
    }
    let servers = san(&lab, &std::fs::read(&disk).unwrap())?;
    let machine = MachineBuilder::new(&lab, Firmware::UefiRom, mac).disk(&disk).only_rom().boot();
    machine.shows(TITLE, 60);
    machine.shows("The local disk", 10);
    Some((machine, servers, lab))
}

/// The line that OVMF prints when it boots the machine's own disk, which comes after the network card.
const LOCAL_UEFI: &str = "from PciRoot(0x0)/Pci(0x4,0x0)";

#[test]
pub fn uefi_san_boots_a_disk_that_is_hooked_already() {
    let Some((mut machine, _servers, lab)) = uefi_san("uefi-san-kept", KEPT) else { return };
    machine.key("s");
    machine.shows("iPXE initialising devices...", 60);
    assert_eq!(lab.fetched("10.0.0.21")[..3], [login("kept"), "http /install.ipxe".into(), login("kept")]);
    assert!(!machine.text().contains(LOCAL_UEFI));
}

#[test]
pub fn uefi_san_boots_a_disk_that_nothing_hooked_before() {
    let Some((mut machine, _servers, lab)) = uefi_san("uefi-san", PLAIN) else { return };
    machine.key("s");
    machine.shows("iPXE initialising devices...", 60);
    assert!(lab.fetched("10.0.0.23")[1..].contains(&login("plain")));
    assert!(!machine.text().contains(LOCAL_UEFI));
}

#[test]
pub fn uefi_local_boots_the_local_disk_although_another_is_hooked() {
    let Some((mut machine, _servers, _lab)) = uefi_san("uefi-san-local", KEPT) else { return };
    machine.key("l");
    machine.shows(LOCAL_UEFI, 60);
    machine.shows("iPXE initialising devices...", 60);
}

#[test]
pub fn a_second_subnet_boots_through_a_relay() {
    let Some(lab) = Lab::with_segments("relay", &["lan", "far"]) else { return };
    if !require("dhcrelay") {
        return;
    }
    let boot = boot_server(&lab, "relay", "boot", "10.0.0.1/24");
    boot.space.sh("ip route add 10.9.0.0/24 via 10.0.0.9");
    let router = Server::bare();
    lab.net().plug("lan", &router.space, "eth0", "10.0.0.9/24");
    lab.net().plug("far", &router.space, "eth1", "10.9.0.1/24");
    router.space.sh("echo 1 >/proc/sys/net/ipv4/ip_forward");
    router.install(&render("relay").of("router"));
    router.service("isc-dhcp-relay", "start");
    let machine = MachineBuilder::new(&lab, Firmware::Bios, MAC).on("far").boot();
    machine.shows("Two networks", 60);
    assert_eq!(lab.fetched("10.9.0.100"), ["http /install.ipxe"]);
}

#[test]
pub fn one_of_a_pair_serves_when_the_other_is_gone() {
    let Some(lab) = Lab::new("failover") else { return };
    let one = boot_server(&lab, "pair", "one", "10.0.0.1/24");
    let two = boot_server(&lab, "pair", "two", "10.0.0.2/24");
    for server in [&one, &two] {
        let normal = server.log.wait("I move from recover-done to normal", 60);
        assert!(normal, "no failover pair:\n{}\n{}", one.log.text(), two.log.text());
    }
    one.space.sh("kill $(cat /run/dhcpd.pid)");
    assert!(two.log.wait("communications-interrupted", 60), "{}", two.log.text());
    let machine = Machine::boot(&lab, Firmware::Bios, MAC);
    machine.shows("A pair", 60);
    assert!(two.log.wait("DHCPACK on 10.0.0.", 10), "{}", two.log.text());
    assert_eq!(one.log.text().matches("DHCPDISCOVER").count(), 0, "{}", one.log.text());
}
