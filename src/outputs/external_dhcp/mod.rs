//! The DHCP policy for a DHCP server that is not ours, in its own language: dnsmasq, Kea, Windows, MikroTik, and
//! the fields of pfSense and OPNsense. Below `build/dhcp`, for whoever runs it.

mod routeros;
mod view;

use std::io;
use std::rc::Rc;

use anyhow::Result;
use tera::Context;

use self::view::View;
use super::checkers::{Checker, dnsmasq::DNSMASQ, kea::KEA};
use super::{BlockSource, Output, PIECE, Pieces, PlannedFile};
use crate::dhcp::Policy;
use crate::dialects::Dialect;
use crate::model::{ClientKind, RASPBERRY_PI, Site};

pub(super) struct ExternalDhcp;

/// Writes one of the files that no template makes.
type Write = fn(&Policy<'_>, &View, &mut dyn io::Write) -> Result<()>;

impl Output for ExternalDhcp {
    fn name(&self) -> &'static str {
        "external_dhcp"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Powershell
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
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
        let policy = Rc::new(Policy::new(site));
        let view = Rc::new(view::view(&policy));
        let mut seen = super::view(site);
        seen.insert("kinds", &view.kinds);
        seen.insert("nets", &view.nets);
        let maker = |bytes: &[u8; 3]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
        let makers: Vec<_> = RASPBERRY_PI.iter().map(maker).collect();
        seen.insert(
            "rpi_maker",
            &makers.iter().map(|maker| format!("{}*", maker.concat().to_uppercase())).collect::<Vec<_>>(),
        );
        seen.insert("any_bios", &view.kinds.iter().any(|kind| kind.name == ClientKind::Bios.name()));
        // Accounts of iSCSI disks travel in iPXE's options.
        let secret = view.secret || super::kea::raw::has_secret(site, None, "kea");
        let secret = secret.then_some(&[][..]);
        let each = |template: &'static str| -> Pieces<'s> {
            let (policy, view) = (Rc::clone(&policy), Rc::clone(&view));
            Box::new(move |sink| {
                let pieces: Vec<_> = site.hosts.chunks(PIECE).collect();
                let (policy, nets) = (&*policy, &view.nets);
                sink.each(pieces.len(), &|piece, sink| {
                    let mut context = Context::new();
                    for host in pieces.get(piece).copied().unwrap_or_default() {
                        for machine in view::machines_of(policy, nets, host) {
                            context.insert("machine", &machine);
                            sink.write(template, &context)?;
                        }
                    }
                    Ok(())
                })
            })
        };
        let written = |path: &str, write: Write| {
            let (policy, view) = (Rc::clone(&policy), Rc::clone(&view));
            PlannedFile::written(path, Box::new(move |out| write(&policy, &view, out)))
        };
        let files =
            vec![
                written("/dhcp/dnsmasq.conf", |policy, _, out| super::dnsmasq::external(policy, out))
                    .check(&["dnsmasq", "--test", "-C", "/dhcp/dnsmasq.conf"]),
                PlannedFile::new("/dhcp/windows.ps1", "external_dhcp/windows.ps1", seen)
                    .pieces(each("external_dhcp/machine.ps1")),
                written("/dhcp/kea-dhcp4.conf", |policy, _, out| super::kea::external(policy, out)).check(&[
                    "kea-dhcp4",
                    "-t",
                    "/dhcp/kea-dhcp4.conf",
                ]),
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
