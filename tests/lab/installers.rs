//! Installers with their answers, and arguments that the menu does not show.

use crate::Lab;
use crate::boots::EMPTY_CPIO;
use crate::ipxe::with;
use crate::list::Release;
use crate::machine::{Firmware, Machine, MachineBuilder};
use crate::support::daemons::Server;
use crate::support::suites::TRIXIE_INSTALLER;
use crate::support::{kernel, render};

const MAC: &str = "52:54:00:00:00:41";
const CLIENT: &str = "10.0.0.100";
const IMAGES: &str = "/srv/tftp/debian-installer/amd64";

/// The server, with the kernel of an installed Debian installer and what goes with it.
fn served(lab: &Lab) -> Option<(Server, String)> {
    let kernel = kernel()?;
    let trees = render("installers");
    let menu = std::fs::read_to_string(trees.of("boot").join("var/www/html/install.ipxe")).unwrap();
    assert!(!menu.contains("Jerry"), "{menu}");
    let server = lab.serve(&trees.of("boot"), "10.0.0.1/24");
    server.tmpfiles();
    server.stage(&format!("{IMAGES}/linux"), &kernel);
    server.write("/srv/tftp/empty.img", EMPTY_CPIO);
    server.dhcp();
    server.tftp();
    server.http("/var/www/html");
    Some((server, kernel))
}

fn at_the_menu(lab: &Lab, firmware: Firmware) -> Machine {
    let machine = MachineBuilder::new(lab, firmware, MAC).args(&["-m", "1024"]).boot();
    machine.shows("A kernel that is not there", 120);
    machine
}

/// The installer's kernel gets the URL of its answer file, and the server has it there. The installation itself is not
/// tested; it is too slow in an emulated machine.
#[test]
pub fn the_debian_installer_is_told_where_its_answers_are() {
    let Some(lab) = Lab::new("debian-installer") else { return };
    let Some((server, kernel)) = served(&lab) else { return };
    let initrd = kernel.replace("/linux", "/initrd.gz");
    if !std::path::Path::new(&initrd).is_file() {
        crate::support::skip(&format!("no {initrd}"));
        return;
    }
    server.stage(&format!("{IMAGES}/initrd.gz"), &initrd);
    let mut machine = at_the_menu(&lab, Firmware::Bios);
    machine.key("d");
    machine.shows("Command line: initrd=initrd.gz auto=true priority=critical interface=auto", 120);
    let url = "http://10.0.0.1/tftpboot/ipxegen/debian/preseed.cfg";
    machine.shows(&format!("url={url} console=ttyS0 panic=-1"), 20);
    let answers = server.space.sh(&format!("curl -fsS {url}"));
    assert!(
        answers.contains("wget -q -O /dev/null http://10.0.0.1/tftpboot/the-answers-were-read"),
        "{answers}"
    );
}

/// The installer of Debian 13 finds its answers in its RAM disk, into which iPXE puts them.
fn answers_in_the_ram_disk(name: &str, firmware: Firmware) {
    let Some(lab) = Lab::new(name) else { return };
    let Some((server, _)) = served(&lab) else { return };
    let Some(root) = TRIXIE_INSTALLER.root() else { return };
    let images = root.join("usr/lib/debian-installer/images/13/amd64/text/debian-installer/amd64");
    for file in ["linux", "initrd.gz"] {
        let path = format!("/srv/tftp/trixie/debian-installer/amd64/{file}");
        server.stage(&path, images.join(file).to_str().unwrap());
    }
    let mut machine = at_the_menu(&lab, firmware);
    machine.key("i");
    machine.shows("Linux version 6.12", 120);
    machine.shows("initrd=initrd.gz auto=true priority=critical interface=auto console=ttyS0", 20);
    machine.shows("The installer has read the answers in its RAM disk", 300);
    machine.ends(30);
    let fetched = ["debian-installer/amd64/linux", "debian-installer/amd64/initrd.gz"];
    let mut fetched = fetched.map(|file| format!("http /tftpboot/trixie/{file}")).to_vec();
    fetched.push("http /tftpboot/ipxegen/trixie/inject/preseed.cfg".to_owned());
    assert_eq!(lab.fetched(CLIENT)[1..], fetched);
}

#[test]
pub fn the_debian_13_installer_has_its_answers_in_its_ram_disk() {
    answers_in_the_ram_disk("debian-13", Firmware::Bios);
}

#[test]
pub fn the_debian_13_installer_has_its_answers_in_its_ram_disk_on_uefi() {
    with(Release::Debian14, || answers_in_the_ram_disk("debian-13-uefi", Firmware::UefiRom));
}

fn told(name: &str, firmware: Firmware) {
    let Some(lab) = Lab::new(name) else { return };
    let Some(_served) = served(&lab) else { return };
    let mut machine = at_the_menu(&lab, firmware);
    machine.key("t");
    machine.shows("Command line: ", 120);
    machine.shows("initrd=empty.img console=ttyS0 panic=-1 lab.password=Tom && Jerry", 20);
    let fetched = ["ipxegen/told/boot.ipxe", "debian-installer/amd64/linux", "empty.img"];
    assert_eq!(lab.fetched(CLIENT)[1..], fetched.map(|file| format!("http /tftpboot/{file}")));
}

#[test]
pub fn a_secret_argument_arrives_on_bios() {
    told("secret", Firmware::Bios);
}

#[test]
pub fn a_secret_argument_arrives_on_uefi() {
    told("secret-uefi", Firmware::UefiRom);
}

#[test]
pub fn a_script_of_an_entrys_own_comes_back_to_the_menu() {
    let Some(lab) = Lab::new("secret-lost") else { return };
    let Some(_served) = served(&lab) else { return };
    let mut machine = at_the_menu(&lab, Firmware::Bios);
    // Twice: nothing of the first try may be left for the second.
    for _ in 0..2 {
        machine.key("l");
        machine.shows("This entry did not start.", 20);
        machine.key("spc");
        machine.shows("A kernel that is not there", 30);
    }
    machine.key("t");
    machine.shows("Linux version", 120);
}
