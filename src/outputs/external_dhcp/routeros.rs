//! MikroTik's RouterOS 7, and what goes into the fields of pfSense and OPNsense.
//!
//! RouterOS takes an option's value as hexadecimal digits, so nothing of the user's is ever quoted here.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Result;

use super::view::{Net, View, machines};
use crate::dhcp::Policy;
use crate::dialects::comment;

/// Commands for RouterOS. Names are the site's own, which are letters, digits, `_` and `-`.
pub(super) fn script(policy: &Policy<'_>, view: &View, out: &mut dyn Write) -> Result<()> {
    let mut text = format!(
        "# Made by ipxegen for the site {}: edit the site, not this file.\n#\n\
         # For RouterOS 7.4 or later, whose DHCP server has matchers. Look at it, then `/import` it. It adds\n\
         # options, matchers and leases; networks, pools and DHCP servers must be there already. A network's server\n\
         # is found by the router's own address there; for one that answers through a relay, write its name.\n\
         # Matchers look at options alone. A Raspberry Pi says that it is a BIOS client, so it is sent the BIOS file.\n",
        comment(&policy.site.name)
    );
    // Writing to a string cannot fail.
    for net in &view.nets {
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
            let kind = view.kinds.iter().find(|kind| kind.name == entry.kind);
            for (at, arch) in kind.into_iter().flat_map(|kind| &kind.arch).enumerate() {
                let name = if at == 0 { entry.kind.to_owned() } else { format!("{}-{arch}", entry.kind) };
                let _ = writeln!(
                    text,
                    "/ip/dhcp-server/matcher/add name=ipxegen-{0}-{name} server={2} code=93 value=0x{arch:04x} \
                     matching-type=exact option-set=ipxegen-{0}-{1}",
                    net.name,
                    entry.kind,
                    server(net)
                );
            }
        }
    }
    out.write_all(text.as_bytes())?;
    for machine in machines(policy, &view.nets) {
        let Some(ip) = &machine.ip else { continue };
        // RouterOS takes one lease for an address.
        let mut macs = machine.macs.iter();
        let Some(mac) = macs.next() else { continue };
        let name = &machine.name;
        writeln!(out, "/ip/dhcp-server/lease/add address={ip} mac-address={mac} comment=ipxegen-{name}")?;
        for mac in macs {
            writeln!(out, "# {mac} of {name} has no lease: {ip} is reserved for one MAC address")?;
        }
    }
    Ok(())
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

/// The DHCP server of a network, whatever the router calls it: one runs on each interface. A matcher for `all`
/// would answer the clients of every other network, too, those without network boot among them.
fn server(net: &Net) -> String {
    format!(
        "[/ip/dhcp-server/get [find interface=[/ip/address/get [find network={}] interface]] name]",
        net.network
    )
}

fn matcher(text: &mut String, net: &Net, kind: &str, code: u8, value: &str) {
    let _ = writeln!(
        text,
        "/ip/dhcp-server/matcher/add name=ipxegen-{0}-{kind} server={1} code={code} value=0x{value} \
         matching-type=exact option-set=ipxegen-{0}-{kind}",
        net.name,
        server(net)
    );
}

/// The fields of pfSense's and OPNsense's DHCP pages, by name.
pub(super) fn fields(policy: &Policy<'_>, view: &View, out: &mut dyn Write) -> Result<()> {
    let mut text = format!(
        "Made by ipxegen for the site {}: edit the site, not this file.\n\n\
         What to enter in pfSense (Services, DHCP Server, Network Booting) and OPNsense (Services, ISC DHCPv4,\n\
         Network booting), for each interface. Both give iPXE the same file as the firmware unless their own\n\
         field for iPXE is filled in; a loader with an embedded script (`loaders.build.embed: chain`) needs none.\n\
         A Raspberry Pi says that it is a BIOS client, so it is sent the BIOS file.\n",
        comment(&policy.site.name)
    );
    for net in &view.nets {
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
    out.write_all(text.as_bytes())?;
    for machine in machines(policy, &view.nets) {
        let Some(path) = &machine.root_path else { continue };
        writeln!(
            out,
            "\nstatic mapping {} ({})\n  Root path:                          {path}",
            machine.name,
            machine.macs.join(", ")
        )?;
    }
    Ok(())
}
