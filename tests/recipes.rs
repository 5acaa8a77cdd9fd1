//! Devices as docs/recipes.md has them ask real DHCP servers, which have been given the recipe and nothing else. The page
//! names the document that says what each device sends and expects.

use std::fs;

use ipxegen::dhcp::Policy;
use serde_yaml::Value;
use tempfile::tempdir;

use crate::readme::{Page, lay};
use crate::support::answers::{Asked, with_site};
use crate::support::dhcp::{Client, Mac, Reply};
use crate::support::{render_file, require, require_root};

/// A device: what it sends, and what it must get.
struct Device {
    mac: Mac,
    vendor_class: &'static str,
    /// Option 93, of PXE firmware.
    arch: Option<u16>,
    /// The options that it asks for.
    asks: &'static [u8],
    /// Options of the answer, and their bytes.
    gets: &'static [(u8, &'static [u8])],
    /// The boot file and its server, if it must get one.
    file: Option<(&'static str, [u8; 4])>,
}

const DEVICE: Device =
    Device { mac: [0x02, 0, 0, 0, 0, 1], vendor_class: "", arch: None, asks: &[43], gets: &[], file: None };

/// The devices by the heading of their recipe.
const RECIPES: &[(&str, &[Device])] = &[
    (
        "IP phones",
        &[
            // It does not ask for option 150.
            Device {
                vendor_class: "Cisco Systems, Inc. IP Phone CP-7941G",
                asks: &[1, 3, 66],
                gets: &[(66, b"10.0.0.5"), (150, &[10, 0, 0, 5])],
                ..DEVICE
            },
            // "Parsing Vendor ID Information": the number, the length of all, and sub-options.
            Device {
                vendor_class: "\x00\x006=\x0e\x01\x07Polycom\x02\x03VVX",
                asks: &[1, 3, 66, 160],
                gets: &[(66, b"http://10.0.0.5/polycom"), (160, b"http://10.0.0.5/polycom")],
                ..DEVICE
            },
            Device {
                vendor_class: "Polycom-VVX411",
                asks: &[66],
                gets: &[(66, b"http://10.0.0.5/polycom")],
                ..DEVICE
            },
        ],
    ),
    (
        "Access points",
        &[
            Device { vendor_class: "ubnt", gets: &[(43, &[1, 4, 10, 0, 0, 6])], ..DEVICE },
            Device {
                vendor_class: "ArubaAP",
                asks: &[43, 60],
                gets: &[(43, b"10.0.0.7"), (60, b"ArubaAP")],
                ..DEVICE
            },
            Device { asks: &[138], gets: &[(138, &[10, 0, 0, 6])], ..DEVICE },
        ],
    ),
    (
        "Zero-touch provisioning of switches",
        &[
            Device { vendor_class: "ciscopnp", gets: &[(43, b"5A1N;B2;K4;I10.0.0.5;J80")], ..DEVICE },
            Device {
                vendor_class: "Juniper-ex4100-48p",
                asks: &[3, 51, 1, 15, 6, 66, 67, 120, 44, 43, 150, 12, 7, 42],
                gets: &[
                    (7, &[10, 0, 0, 5]),
                    (43, b"\x00\x0cjunos/ex.tgz\x01\x0djunos/ex.conf\x03\x04http"),
                    (150, &[10, 0, 0, 5]),
                ],
                ..DEVICE
            },
            Device {
                vendor_class: "onie_vendor:x86_64-accton_as7712_32x-r0",
                asks: &[1, 3, 6, 7, 12, 15, 42, 54, 66, 67, 72, 114, 150],
                gets: &[(114, b"http://10.0.0.200/onie/installer")],
                ..DEVICE
            },
        ],
    ),
    (
        "Another PXE server for some machines",
        &[
            Device {
                mac: [0, 0x15, 0x5d, 0, 0, 1],
                arch: Some(0),
                file: Some((r"boot\x64\wdsnbp.com", [10, 0, 0, 7])),
                ..DEVICE
            },
            Device {
                mac: [0, 0x15, 0x5d, 0, 0, 2],
                arch: Some(7),
                file: Some((r"boot\x64\wdsmgfw.efi", [10, 0, 0, 7])),
                ..DEVICE
            },
            Device { arch: Some(11), file: Some(("grubaa64.efi", [10, 0, 0, 8])), ..DEVICE },
            Device { arch: Some(7), file: Some(("ipxe.efi", [10, 0, 0, 200])), ..DEVICE },
        ],
    ),
    (
        "FreeBSD",
        &[Device {
            mac: [0, 0x25, 0x90, 0, 0, 1],
            arch: Some(7),
            gets: &[(17, b"10.0.0.200:/srv/nfs/freebsd")],
            file: Some(("freebsd/boot/loader.efi", [10, 0, 0, 200])),
            ..DEVICE
        }],
    ),
    (
        "OpenBSD",
        &[
            Device {
                mac: [0, 0x0d, 0xb9, 0, 0, 1],
                arch: Some(0),
                file: Some(("auto_install", [10, 0, 0, 9])),
                ..DEVICE
            },
            // The installer is a plain client.
            Device { mac: [0, 0x0d, 0xb9, 0, 0, 2], file: Some(("auto_install", [10, 0, 0, 9])), ..DEVICE },
        ],
    ),
];

#[test]
fn dhcpd_gives_devices_what_they_expect() {
    ask("isc", "dhcpd", Asked::isc);
}

#[test]
fn kea_gives_devices_what_they_expect() {
    ask("kea", "kea-dhcp4", |server, _| server.kea());
}

#[test]
fn dnsmasq_gives_devices_what_they_expect() {
    ask("dnsmasq", "dnsmasq", Asked::dnsmasq);
}

fn ask(daemon: &str, program: &str, start: impl Fn(&Asked, &Policy<'_>)) {
    if !["unshare", "nsenter", "ip", "python3", program, "tar"].into_iter().all(require) || !require_root() {
        return;
    }
    let mut wrong = Vec::new();
    for (heading, devices) in RECIPES {
        let folder = tempdir().unwrap();
        let path = folder.path().join("site.yaml");
        fs::write(&path, site_of(heading, daemon)).unwrap();
        with_site(&path, &[], |site| {
            let policy = Policy::new(site);
            let mut server = Asked::new(&policy, 0, &render_file(&path, &[]).of("boot")).unwrap();
            start(&server, &policy);
            for device in *devices {
                let reply = server.link.ask(&device.client(), 1, &[], 8);
                let told = format!("{heading}: {:?} {:02x?}", device.vendor_class, device.mac);
                wrong.extend(
                    reply
                        .map_or(vec!["no answer".into()], |reply| device.compared(&reply))
                        .iter()
                        .map(|wrong| format!("{told}: {wrong}")),
                );
            }
        });
    }
    assert!(wrong.is_empty(), "{daemon}:\n  {}", wrong.join("\n  "));
}

impl Device {
    fn client(&self) -> Client {
        match self.arch {
            Some(arch) => Client::pxe(self.mac, &[arch]),
            None => Client {
                vendor_class: Some(self.vendor_class.to_owned()).filter(|class| !class.is_empty()),
                wants: self.asks.to_vec(),
                ..Client::plain(self.mac)
            },
        }
    }

    /// What is wrong with an answer.
    fn compared(&self, reply: &Reply) -> Vec<String> {
        let mut wrong = Vec::new();
        for (code, bytes) in self.gets {
            // dnsmasq ends the name of a TFTP server with a NUL, which RFC 2132 asks clients to ignore.
            let got = reply.options.get(code).map(|got| match code {
                66 => got.strip_suffix(b"\0").unwrap_or(got),
                _ => got,
            });
            if got != Some(*bytes) {
                wrong.push(format!("option {code} is {got:02x?}, not {bytes:02x?}"));
            }
        }
        if let Some((file, server)) = self.file
            && (reply.file.as_str(), reply.siaddr.octets()) != (file, server)
        {
            wrong.push(format!("the file is {:?} of {}", reply.file, reply.siaddr));
        }
        wrong
    }
}

/// The site of the page with all fragments below a heading, and another DHCP server.
fn site_of(heading: &str, daemon: &str) -> String {
    let blocks = Page::of("docs/recipes.md").blocks();
    let frame = blocks.iter().find(|block| block.info == "yaml").unwrap();
    let mut site: Value = serde_yaml::from_str(&frame.text).unwrap();
    lay(&mut site, serde_yaml::from_str(&format!("dhcp: {{ daemon: {daemon} }}")).unwrap());
    let of_heading = blocks.iter().filter(|block| block.heading == heading);
    let mut fragments = of_heading.filter(|block| block.info.starts_with("yaml fragment")).peekable();
    assert!(fragments.peek().is_some(), "no recipe `{heading}`");
    for fragment in fragments {
        lay(&mut site, serde_yaml::from_str(&fragment.text).unwrap());
    }
    serde_yaml::to_string(&site).unwrap()
}

/// The lines of the menu by the heading of their recipe: those of the documents, and the `initrd=` that UEFI needs.
const LINES: &[(&str, &[&str])] = &[
    ("RHEL 10 and Fedora", &["inst.rdp inst.rdp.username=install"]),
    (
        "openSUSE and SLES 16",
        &[
            "kernel /tftpboot/leap-16/linux initrd=initrd root=live:http://10.0.0.200/tftpboot/leap-16/squashfs.img ip=dhcp rd.neednet=1 inst.auto=http://10.0.0.200/tftpboot/leap-16/profile.json",
            "initrd --name initrd /tftpboot/leap-16/initrd",
        ],
    ),
    (
        "ESXi",
        &["chain --autofree /tftpboot/esxi/efi/boot/bootx64.efi -c http://10.0.0.200/tftpboot/esxi/boot.cfg"],
    ),
    ("Proxmox", &["chain --autofree /tftpboot/proxmox/boot.ipxe"]),
    (
        "Talos and Flatcar",
        &[
            "talos.platform=metal slab_nomerge pti=on talos.config=http://10.0.0.200/tftpboot/talos/${mac:hexhyp}.yaml",
            "flatcar.first_boot=1 ignition.config.url=http://10.0.0.200/tftpboot/flatcar/config.ign",
        ],
    ),
    (
        "LTSP",
        &[
            "kernel /tftpboot/ltsp/x86_64/vmlinuz initrd=ltsp.img initrd=initrd.img root=/dev/nfs nfsroot=10.0.0.200:/srv/ltsp ltsp.image=images/x86_64.img loop.max_part=9 BOOTIF=01-${mac:hexhyp}",
            "initrd --name ltsp.img /tftpboot/ltsp/ltsp.img",
            "initrd --name initrd.img /tftpboot/ltsp/x86_64/initrd.img",
        ],
    ),
    ("netboot.xyz", &["chain --autofree http://boot.netboot.xyz/ipxe/netboot.xyz.efi"]),
];

#[test]
fn menus_have_the_lines_of_the_documents() {
    let mut wrong = Vec::new();
    for (heading, lines) in LINES {
        let menu = rendered(heading, "var/www/html/install.ipxe");
        let missing = lines.iter().filter(|line| !menu.contains(**line));
        wrong.extend(missing.map(|line| format!("{heading}: {line}\n{menu}")));
    }
    let start = rendered("Windows 11 24H2 and later", "srv/tftp/ipxegen/win11/startnet.cmd");
    // The new setup takes no switches.
    let lines = [
        r#"reg add HKLM\SYSTEM\Setup /v UnattendFile /t REG_SZ /d "%SystemRoot%\System32\unattend.xml" /f >nul"#,
        r#""Z:\setup.exe""#,
    ];
    if !lines.iter().all(|line| start.lines().any(|written| written == *line)) {
        wrong.push(start);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A rendered file of a recipe's site.
fn rendered(heading: &str, file: &str) -> String {
    let folder = tempdir().unwrap();
    let path = folder.path().join("site.yaml");
    fs::write(&path, site_of(heading, "isc")).unwrap();
    fs::read_to_string(render_file(&path, &[]).of("boot").join(file)).unwrap()
}

/// What people publish for these devices is said without verbatim text.
#[test]
fn no_recipe_and_no_class_of_the_campus_has_raw() {
    let blocks = Page::of("docs/recipes.md").blocks();
    let fragments =
        blocks.iter().filter(|block| block.info.starts_with("yaml")).map(|block| block.text.clone());
    let campus = walkdir::WalkDir::new("examples/campus").into_iter().flatten();
    let campus = campus.filter(|file| file.path().extension().is_some_and(|end| end == "yaml"));
    let texts: Vec<String> =
        fragments.chain(campus.map(|file| fs::read_to_string(file.path()).unwrap())).collect();
    assert!(texts.len() > 25, "{}", texts.len());
    let raw: Vec<_> = texts.iter().filter(|text| text.contains("raw:")).collect();
    assert!(raw.is_empty(), "{raw:#?}");
}
