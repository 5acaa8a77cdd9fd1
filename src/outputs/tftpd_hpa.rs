//! `/etc/default/tftpd-hpa`, and the loaders that have to be below the TFTP root.

use super::checkers::{Checker, shell::SHELL};
use super::settings::settings;
use super::{
    Action, Block, BlockSource, ManualStep, Output, PlannedFile, Port, RawScope, handout, source_map, view,
};
use crate::dialects::Dialect;
use crate::diff::Reader;
use crate::model::{ClientKind, Loader, Site, is_signed, second_stages};

pub(super) struct TftpdHpa;

impl Output for TftpdHpa {
    fn name(&self) -> &'static str {
        "tftpd_hpa"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Defaults
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("tftpd_hpa/tftpd-hpa", include_str!("../../templates/tftpd_hpa/tftpd-hpa.tera"))]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[SHELL]
    }

    fn action(&self, unit: &str) -> Option<Action> {
        (unit == "tftpd-hpa.service").then_some(Action::Restart)
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site]
    }

    fn reader(&self) -> Option<Reader> {
        Some(|text| settings("tftpd-hpa", text))
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(tftp) = site.tftp.as_ref().filter(|tftp| tftp.servers.contains(&server)) else {
            return Vec::new();
        };
        let mut view = view(site);
        view.insert("user", &tftp.user);
        view.insert("root", tftp.root.as_str());
        view.insert("address", &tftp.address);
        view.insert("options", &tftp.options);
        view.insert("raw", &handout::raw(&site.raw, "tftpd_hpa"));
        let file = PlannedFile::new("/etc/default/tftpd-hpa", "tftpd_hpa/tftpd-hpa", view);
        let source_map = move |_: &Block<'_>| {
            // Without the section, the place of a default is the whole site, which says nothing.
            let said = |span| tftp.section.map(|_| span);
            let source = BlockSource::new(tftp.section).raw(&site.raw, "tftpd_hpa");
            let source =
                source.line("TFTP_DIRECTORY", tftp.root_span).line("TFTP_ADDRESS", said(tftp.address.span));
            Some(source.line("TFTP_OPTIONS", source_map::list(&tftp.options).and_then(said)))
        };
        let file = file.reload("tftpd-hpa.service").source_map(source_map);
        vec![file.check(&["sh", "-n", "/etc/default/tftpd-hpa"])]
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        let is_here = site.tftp.as_ref().is_some_and(|tftp| tftp.servers.contains(&server));
        if is_here { vec![Port::udp(69, "in.tftpd")] } else { Vec::new() }
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        let Some(tftp) = site.tftp.as_ref().filter(|tftp| tftp.servers.contains(&server)) else {
            return Vec::new();
        };
        let mut needs = vec![ManualStep::new("package", "tftpd-hpa", "in.tftpd")];
        let profiles = site.profiles.iter().filter_map(|profile| profile.loaders.as_ref());
        for (kind, loader) in site.subnets.iter().map(|subnet| &subnet.loaders).chain(profiles).flatten() {
            if let Loader::File(path) = &loader.value {
                let why = format!("the loader of {} clients{}", kind.name(), source(site, *kind, path));
                needs.push(ManualStep::new("file", tftp.root.join(path).to_string(), why));
                for beside in second_stages(path) {
                    let why = if is_signed(path) {
                        "the signed iPXE that its shim starts".to_owned()
                    } else {
                        format!("the program that {path} starts")
                    };
                    needs.push(ManualStep::new("file", tftp.root.join(&beside).to_string(), why));
                }
            }
        }
        let mounted = site.mounted();
        for entry in &site.entries {
            for file in entry.files.iter().filter(|file| !mounted.has(&file.path)) {
                needs.push(ManualStep::new(
                    "file",
                    tftp.root.join(&file.path).to_string(),
                    format!("boot entry {}", entry.id),
                ));
            }
        }
        needs
    }
}

/// Where a loader comes from, as far as it is known. The files are those of Debian 13's package, whose `ipxe.efi` is
/// a link; Debian 12's has those for PCs only.
fn source(site: &Site<'_>, kind: ClientKind, path: &str) -> String {
    if is_signed(path) {
        return "; ipxeboot.tar.gz of a release of iPXE from 2.0 on, unpacked in the TFTP root, has it"
            .to_owned();
    }
    if site.loaders_build.is_some() {
        return "; build/ipxe/build.sh makes it".to_owned();
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    // Another program, such as GRUB, is in another package.
    if !["ipxe", "undionly", "snponly"].iter().any(|ipxe| name.to_ascii_lowercase().contains(ipxe)) {
        return String::new();
    }
    let (file, more) = match kind {
        ClientKind::Bios => ("undionly.kpxe", ""),
        ClientKind::EfiX64 | ClientKind::HttpX64 if name.contains("snponly") => ("snponly.efi", ""),
        ClientKind::EfiX64 | ClientKind::HttpX64 => ("ipxe.efi", ""),
        ClientKind::EfiArm64 | ClientKind::HttpArm64 => ("ipxe-arm64.efi", " from Debian 13 on"),
        ClientKind::EfiRiscv64 | ClientKind::HttpRiscv64 => ("ipxe-riscv64.efi", " from Debian 13 on"),
        ClientKind::EfiLoongarch64 | ClientKind::HttpLoongarch64 => {
            ("ipxe-loong64.efi", " from Debian 13 on")
        }
        _ => return String::new(),
    };
    format!("; Debian's package ipxe has it as /usr/lib/ipxe/{file}{more}")
}
