//! What a DHCP server that is not ours has to say, in its own words: dnsmasq, Kea, Windows, MikroTik, and
//! the fields of pfSense and OPNsense. Below `build/dhcp`, for whoever runs it.

mod kea;
mod routeros;
mod told;

use std::io;
use std::rc::Rc;

use anyhow::Result;
use tera::Context;

use super::checkers::{Checker, dnsmasq::DNSMASQ, kea::KEA};
use super::{BlockSource, Output, PIECE, Pieces, PlannedFile, view};
use crate::dialects::Dialect;
use crate::model::{ClientKind, RASPBERRY_PI, RASPBERRY_PI_ID, Site};

pub(super) struct ExternalDhcp;

/// Writes one of the files that no template makes.
type Write = fn(&Site<'_>, &told::Told, &mut dyn io::Write) -> Result<()>;

impl Output for ExternalDhcp {
    fn name(&self) -> &'static str {
        "external_dhcp"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Dnsmasq
    }

    fn dialect_of(&self, template: &str) -> Dialect {
        match template {
            "external_dhcp/windows.ps1" | "external_dhcp/machine.ps1" => Dialect::Powershell,
            _ => Dialect::Dnsmasq,
        }
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "external_dhcp/dnsmasq.conf",
                include_str!("../../../templates/external_dhcp/dnsmasq.conf.tera"),
            ),
            (
                "external_dhcp/machine.conf",
                include_str!("../../../templates/external_dhcp/machine.conf.tera"),
            ),
            ("external_dhcp/windows.ps1", include_str!("../../../templates/external_dhcp/windows.ps1.tera")),
            ("external_dhcp/machine.ps1", include_str!("../../../templates/external_dhcp/machine.ps1.tera")),
        ]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[DNSMASQ, KEA]
    }

    fn files<'s>(&self, _: &'s Site<'_>, _: usize) -> Vec<PlannedFile<'s>> {
        Vec::new()
    }

    fn build_files<'s>(&self, site: &'s Site<'_>) -> Vec<PlannedFile<'s>> {
        let Some(external) = &site.external_dhcp else { return Vec::new() };
        let told = Rc::new(told::told(site, external));
        let mut seen = view(site);
        seen.insert("kinds", &told.kinds);
        seen.insert("nets", &told.nets);
        seen.insert("boots_nothing", &told.boots_nothing);
        let maker = |bytes: &[u8; 3]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
        let makers: Vec<_> = RASPBERRY_PI.iter().map(maker).collect();
        seen.insert("rpi_macs", &makers.iter().map(|maker| maker.join(":")).collect::<Vec<_>>());
        seen.insert(
            "rpi_maker",
            &makers.iter().map(|maker| format!("{}*", maker.concat().to_uppercase())).collect::<Vec<_>>(),
        );
        let id: Vec<_> = RASPBERRY_PI_ID.iter().map(|byte| format!("{byte:02x}")).collect();
        seen.insert("rpi_id", &id.join(":"));
        seen.insert("any_bios", &told.kinds.iter().any(|kind| kind.name == ClientKind::Bios.name()));
        // Accounts of iSCSI disks travel in iPXE's options.
        let secret = told.secret.then_some(&[][..]);
        let each = |template: &'static str| -> Pieces<'s> {
            let told = Rc::clone(&told);
            Box::new(move |sink| {
                let pieces: Vec<_> = site.hosts.chunks(PIECE).collect();
                let nets = &told.nets;
                sink.each(pieces.len(), &|piece, sink| {
                    let mut view = Context::new();
                    for host in pieces.get(piece).copied().unwrap_or_default() {
                        for machine in told::machines_of(site, nets, host) {
                            view.insert("machine", &machine);
                            sink.write(template, &view)?;
                        }
                    }
                    Ok(())
                })
            })
        };
        let written = |path: &str, write: Write| {
            let told = Rc::clone(&told);
            PlannedFile::written(path, Box::new(move |out| write(site, &told, out)))
        };
        let files = vec![
            PlannedFile::new("/dhcp/dnsmasq.conf", "external_dhcp/dnsmasq.conf", seen.clone())
                .check(&["dnsmasq", "--test", "-C", "/dhcp/dnsmasq.conf"])
                .pieces(each("external_dhcp/machine.conf")),
            PlannedFile::new("/dhcp/windows.ps1", "external_dhcp/windows.ps1", seen)
                .pieces(each("external_dhcp/machine.ps1")),
            written("/dhcp/kea-dhcp4.conf", kea::config).check(&["kea-dhcp4", "-t", "/dhcp/kea-dhcp4.conf"]),
            written("/dhcp/mikrotik.rsc", routeros::script),
            written("/dhcp/pfsense-opnsense.txt", routeros::fields),
        ];
        files
            .into_iter()
            .map(|file| file.source_map(|_| Some(BlockSource::new(external.span))))
            .map(|file| match secret {
                Some(marks) => file.secret(marks),
                None => file,
            })
            .collect()
    }
}
