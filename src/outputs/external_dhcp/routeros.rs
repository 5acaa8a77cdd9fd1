//! MikroTik's RouterOS 7, and what goes into the fields of pfSense and OPNsense.
//!
//! RouterOS takes an option's value as hexadecimal digits, so nothing of the user's is ever quoted here.

use std::fmt::Write as _;

use super::told::{Net, Told};
use crate::dialects::comment;
use crate::model::Site;

/// Commands for RouterOS. Names are the site's own, which are letters, digits, `_` and `-`.
pub(super) fn script(site: &Site<'_>, told: &Told) -> String {
    let mut text = format!(
        "# Made by ipxegen from {}: change it there, not here.\n#\n\
         # For RouterOS 7.4 or later, whose DHCP server has matchers. Look at it, then `/import` it. It adds\n\
         # options and matchers and leaves leases and pools alone.\n",
        comment(&site.source)
    );
    // Writing to a string cannot fail.
    for net in &told.nets {
        let _ = writeln!(text, "\n# {}, {}", comment(&net.name), net.cidr);
        if let Some(next) = &net.next_server {
            let _ =
                writeln!(text, "/ip/dhcp-server/network/set [find address={}] next-server={next}", net.cidr);
        }
        if !net.ipxe_hex.is_empty() {
            option(&mut text, &format!("{}-ipxe-options", net.name), 175, &net.ipxe_hex.replace(':', ""));
            let _ = writeln!(
                text,
                "/ip/dhcp-server/network/set [find address={}] dhcp-option=ipxegen-{}-ipxe-options",
                net.cidr, net.name
            );
        }
        if let Some(script) = &net.script {
            file(&mut text, net, "ipxe", script, false);
            matcher(&mut text, net, "ipxe", 77, "69505845");
        }
        for entry in &net.files {
            file(&mut text, net, entry.kind, &entry.file, entry.http);
            let kind = told.kinds.iter().find(|kind| kind.name == entry.kind);
            for (at, arch) in kind.into_iter().flat_map(|kind| &kind.arch).enumerate() {
                let name = if at == 0 { entry.kind.to_owned() } else { format!("{}-{arch}", entry.kind) };
                let _ = writeln!(
                    text,
                    "/ip/dhcp-server/matcher/add name=ipxegen-{0}-{name} server=all code=93 value=0x{arch:04x} \
                     matching-type=exact option-set=ipxegen-{0}-{1}",
                    net.name, entry.kind
                );
            }
        }
    }
    for machine in told.machines.iter().filter(|machine| machine.ip.is_some()) {
        let ip = machine.ip.as_deref().unwrap_or_default();
        let _ = writeln!(
            text,
            "/ip/dhcp-server/lease/add address={ip} mac-address={} comment=ipxegen-{}",
            machine.mac, machine.name
        );
    }
    text
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn option(text: &mut String, name: &str, code: u8, value: &str) {
    let _ = writeln!(text, "/ip/dhcp-server/option/add name=ipxegen-{name} code={code} value=0x{value}");
}

fn file(text: &mut String, net: &Net, kind: &str, file: &str, http: bool) {
    let name = format!("{}-{kind}", net.name);
    option(text, &name, 67, &hex(file));
    let mut options = format!("ipxegen-{name}");
    if http {
        option(text, &format!("{name}-class"), 60, &hex("HTTPClient"));
        options = format!("{options},ipxegen-{name}-class");
    }
    let _ = writeln!(text, "/ip/dhcp-server/option/sets/add name=ipxegen-{name} options={options}");
}

fn matcher(text: &mut String, net: &Net, kind: &str, code: u8, value: &str) {
    let _ = writeln!(
        text,
        "/ip/dhcp-server/matcher/add name=ipxegen-{0}-{kind} server=all code={code} value=0x{value} \
         matching-type=exact option-set=ipxegen-{0}-{kind}",
        net.name
    );
}

/// The fields of pfSense's and OPNsense's DHCP pages, by name.
pub(super) fn fields(site: &Site<'_>, told: &Told) -> String {
    let mut text = format!(
        "Made by ipxegen from {}: change it there, not here.\n\n\
         What to enter in pfSense (Services, DHCP Server, Network Booting) and OPNsense (Services, ISC DHCPv4,\n\
         Network booting), for each interface. Both give iPXE the same file as the firmware unless their own\n\
         field for iPXE is filled in; a loader with an embedded script (`loaders.build.embed: chain`) needs none.\n",
        comment(&site.source)
    );
    for net in &told.nets {
        let of = |kind: &str| {
            net.files.iter().find(|file| file.kind == kind).map_or("", |file| file.file.as_str())
        };
        let _ = write!(
            text,
            "\n{} ({})\n  \
             Next Server, TFTP Server:           {}\n  \
             Default BIOS file name:             {}\n  \
             UEFI 32 bit file name:              {}\n  \
             UEFI 64 bit file name:              {}\n  \
             ARM 64 bit file name:               {}\n  \
             UEFI HTTP boot URL (64 bit):        {}\n  \
             iPXE boot file name (where shown):  {}\n  \
             Option 175, type String, value:     {}\n",
            comment(&net.name),
            net.cidr,
            net.next_server.as_deref().unwrap_or_default(),
            of("bios"),
            of("efi_ia32"),
            of("efi_x64"),
            of("efi_arm64"),
            of("http_x64"),
            net.script.as_deref().unwrap_or_default(),
            net.ipxe_hex,
        );
    }
    for machine in told.machines.iter().filter(|machine| machine.root_path.is_some()) {
        let _ = writeln!(
            text,
            "\nstatic mapping {} ({})\n  Root path:                          {}",
            machine.name,
            machine.mac,
            machine.root_path.as_deref().unwrap_or_default()
        );
    }
    text
}
