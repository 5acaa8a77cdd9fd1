//! A shell script that builds the site's loaders from the source of iPXE, and the iPXE script that it embeds.

use serde::Serialize;
use tera::Context;

use super::{Output, PlannedFile, view};
use crate::dialects::Dialect;
use crate::model::{ClientKind, Embed, Loader, Script, Site, is_signed, make_target};

pub(super) struct LoadersBuild;

/// The template of the embedded script, which chains to the script of the site.
pub(super) const CHAIN: &str = "loaders_build/chain.ipxe";

#[derive(Serialize)]
struct MakeTarget {
    target: String,
    /// The variable of the shell script with the prefix of the cross compiler.
    cross: &'static str,
    /// The path of the loader.
    paths: Vec<String>,
}

impl Output for LoadersBuild {
    fn name(&self) -> &'static str {
        "loaders_build"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sh
    }

    fn dialect_of(&self, template: &str) -> Dialect {
        if template == CHAIN { Dialect::Ipxe } else { Dialect::Sh }
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (CHAIN, include_str!("../../templates/loaders_build/chain.ipxe.tera")),
            ("loaders_build/build.sh", include_str!("../../templates/loaders_build/build.sh.tera")),
        ]
    }

    fn files<'s>(&self, _: &'s Site<'_>, _: usize) -> Vec<PlannedFile<'s>> {
        Vec::new()
    }

    fn build_files<'s>(&self, site: &'s Site<'_>) -> Vec<PlannedFile<'s>> {
        let Some(build) = &site.loaders_build else { return Vec::new() };
        let mut view = view(site);
        view.insert("from", &build.source);
        view.insert("enable", &build.enable);
        let mut targets = targets(site);
        if build.usb {
            for target in ["bin/ipxe.usb", "bin-x86_64-efi/ipxe.usb"] {
                let path = if target.starts_with("bin/") { "usb/ipxe-bios.usb" } else { "usb/ipxe-x64.usb" };
                targets.push(MakeTarget {
                    target: target.to_owned(),
                    cross: "x86",
                    paths: vec![path.to_owned()],
                });
            }
        }
        view.insert("targets", &targets);
        let mut files = Vec::new();
        match &build.embed {
            Embed::Nothing => {}
            Embed::Chain => {
                view.insert("embed", "chain.ipxe");
                files.push(PlannedFile::new("/ipxe/chain.ipxe", CHAIN, chain_view(site)));
            }
            Embed::Own(text) => {
                view.insert("embed", "embed.ipxe");
                files.push(PlannedFile::literal("/ipxe/embed.ipxe", text));
            }
        }
        let mut script = PlannedFile::new("/ipxe/build.sh", "loaders_build/build.sh", view);
        script.mode = 0o755;
        files.push(script);
        files
    }
}

/// The values of the embedded script: the URL of the script of the site, if all subnets have one and
/// our DHCP server does not send it.
pub(super) fn chain_view(site: &Site<'_>) -> Context {
    let mut view = view(site);
    let booting = || site.subnets.iter().filter(|subnet| subnet.boots());
    let mut urls = booting().map(|subnet| {
        let script = subnet.script.as_deref()?;
        match site.ipxe.script {
            Script::Tftp(_) => Some(format!("tftp://{}/{script}", subnet.addresses.tftp?)),
            _ => Some(script.to_owned()),
        }
    });
    let first = urls.next().flatten();
    if site.dhcp.is_none()
        && urls.all(|url| url == first)
        && let Some(url) = first
    {
        view.insert("url", &url);
    }
    view
}

/// The loaders to build, without duplicates.
fn targets(site: &Site<'_>) -> Vec<MakeTarget> {
    let own = site.own_loaders().flatten();
    let all = site.subnets.iter().flat_map(|subnet| &subnet.loaders).chain(own);
    let mut targets: Vec<MakeTarget> = Vec::new();
    for (kind, loader) in all {
        let Loader::File(path) = &loader.value else { continue };
        if is_signed(path) {
            continue;
        }
        let Some(target) = make_target(*kind, path) else { continue };
        match targets.iter_mut().find(|known| known.target == target) {
            Some(known) if known.paths.contains(path) => {}
            Some(known) => known.paths.push(path.clone()),
            None => targets.push(MakeTarget { target, cross: cross(*kind), paths: vec![path.clone()] }),
        }
    }
    targets
}

const fn cross(kind: ClientKind) -> &'static str {
    match kind {
        ClientKind::EfiArm32 | ClientKind::HttpArm32 | ClientKind::UbootArm32 => "arm32",
        ClientKind::EfiArm64 | ClientKind::HttpArm64 | ClientKind::UbootArm64 => "arm64",
        ClientKind::EfiRiscv64 | ClientKind::HttpRiscv64 => "riscv64",
        ClientKind::EfiLoongarch64 | ClientKind::HttpLoongarch64 => "loong64",
        _ => "x86",
    }
}
