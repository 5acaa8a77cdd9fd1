//! What a DHCP server that is not ours has to say, in its own words: dnsmasq, Kea, Windows, MikroTik, and
//! the fields of pfSense and OPNsense. Below `build/dhcp`, for whoever runs it.

mod kea;
mod routeros;
mod told;

use super::{Origin, Output, PlannedFile, view};
use crate::dialects::Dialect;
use crate::model::Site;

pub(super) struct ExternalDhcp;

impl Output for ExternalDhcp {
    fn name(&self) -> &'static str {
        "external_dhcp"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Dnsmasq
    }

    fn dialect_of(&self, template: &str) -> Dialect {
        match template {
            "external_dhcp/windows.ps1" => Dialect::Powershell,
            _ => Dialect::Dnsmasq,
        }
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "external_dhcp/dnsmasq.conf",
                include_str!("../../../templates/external_dhcp/dnsmasq.conf.tera"),
            ),
            ("external_dhcp/windows.ps1", include_str!("../../../templates/external_dhcp/windows.ps1.tera")),
        ]
    }

    fn files<'s>(&self, _: &'s Site<'_>, _: usize) -> Vec<PlannedFile<'s>> {
        Vec::new()
    }

    fn build_files<'s>(&self, site: &'s Site<'_>) -> Vec<PlannedFile<'s>> {
        let Some(external) = &site.external_dhcp else { return Vec::new() };
        let told = told::told(site, external);
        let mut seen = view(site);
        seen.insert("kinds", &told.kinds);
        seen.insert("nets", &told.nets);
        seen.insert("machines", &told.machines);
        // Accounts of iSCSI disks travel in iPXE's options.
        let secret = told.secret.then_some(&[][..]);
        let files = vec![
            PlannedFile::new("/dhcp/dnsmasq.conf", "external_dhcp/dnsmasq.conf", seen.clone()).check(&[
                "dnsmasq",
                "--test",
                "-C",
                "/dhcp/dnsmasq.conf",
            ]),
            PlannedFile::new("/dhcp/windows.ps1", "external_dhcp/windows.ps1", seen),
            PlannedFile::literal("/dhcp/kea-dhcp4.conf", kea::config(site, &told)).check(&[
                "kea-dhcp4",
                "-t",
                "/dhcp/kea-dhcp4.conf",
            ]),
            PlannedFile::literal("/dhcp/mikrotik.rsc", routeros::script(site, &told)),
            PlannedFile::literal("/dhcp/pfsense-opnsense.txt", routeros::fields(site, &told)),
        ];
        files
            .into_iter()
            .map(|file| file.origins(|_| Some(Origin::new(external.span))))
            .map(|file| match secret {
                Some(marks) => file.secret(marks),
                None => file,
            })
            .collect()
    }
}
