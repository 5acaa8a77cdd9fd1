//! An iPXE in a ROM that lacks a feature of `ipxe.needs` gets the loader of its kind in place of the script. If that loader
//! lacks the feature as well, DHCP sends it again, without end. So it should be known that the loader has it:
//! because `loaders.build` builds it, or because `check --root` reads it in the file. iPXE for BIOS is compressed, so the
//! file does not show it; say with `allow` that you have tried it.
//!
//! Fails:
//! ```yaml fails
//! ipxe: { needs: http }
//! ```
//! Passes:
//! ```yaml passes
//! ipxe: { needs: http }
//! loaders: { build: {} }
//! ```

use foldhash::HashSet;

use crate::model::{Asks, ClientKind, Loader, Loaders, Site, Spanned, is_signed, make_target, second_stages};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "needs-unproven",
        "it is not known whether a loader has the features that the script needs",
    ),
    cost: Cost::Low,
    check,
};

/// A loader that iPXE in a ROM may get.
pub(super) struct OwnLoader<'s> {
    pub(super) kind: ClientKind,
    pub(super) path: &'s str,
    /// Its place, or that of `ipxe.needs` for a default.
    pub(super) span: Span,
}

/// The features of a loader, as far as the site tells them.
pub(super) enum Knowledge {
    /// It has all that the script needs.
    Has,
    /// It lacks these, each with the build setting that would enable it.
    Lacks(Vec<(&'static str, Option<&'static str>)>),
    /// The site does not tell.
    Unknown,
}

/// The different loaders of kinds that iPXE says it is, if the script needs features. iPXE always says `PXEClient`.
pub(super) fn loaders<'s>(site: &'s Site<'_>) -> Vec<(OwnLoader<'s>, Knowledge)> {
    let needs = &site.ipxe.needs;
    let is_blind = site.dhcp.as_ref().is_some_and(|dhcp| dhcp.daemon == crate::model::DhcpDaemon::Dnsmasq);
    if needs.value.is_empty() || is_blind {
        return Vec::new();
    }
    let of_subnets = site.subnets.iter().filter(|subnet| subnet.boots());
    // A default has the place of the subnet.
    let defaults: HashSet<Span> = site.subnets.iter().map(|subnet| subnet.name.span).collect();
    let of_subnets = of_subnets.map(|subnet| &subnet.loaders);
    let mut known = HashSet::default();
    let all = of_subnets.chain(site.own_loaders()).flat_map(|loaders: &Loaders| loaders.iter());
    all.filter(|(kind, _)| kind.info().asks == Asks::Pxe)
        .filter(|(kind, loader)| known.insert((*kind, &loader.value)))
        .map(|(kind, loader)| {
            let (Loader::File(path) | Loader::Url(path)) = &loader.value;
            let is_default = loader.span == Span::default() || defaults.contains(&loader.span);
            let span = if is_default { needs.span } else { loader.span };
            (OwnLoader { kind: *kind, path, span }, knowledge(site, *kind, loader))
        })
        .collect()
}

fn knowledge(site: &Site<'_>, kind: ClientKind, loader: &Spanned<Loader>) -> Knowledge {
    let (Loader::File(path), Some(build)) = (&loader.value, &site.loaders_build) else {
        return Knowledge::Unknown;
    };
    if is_signed(path) || make_target(kind, path).is_none() {
        return Knowledge::Unknown;
    }
    match build.lacks(kind, site.ipxe.needs.value) {
        (lacking, _) if !lacking.is_empty() => Knowledge::Lacks(lacking),
        (_, true) => Knowledge::Unknown,
        _ => Knowledge::Has,
    }
}

/// The message for a loader. A shim starts the iPXE beside it.
pub(in crate::rules) fn message(path: &str) -> String {
    match second_stages(path).as_slice() {
        [] => format!("if `{path}` lacks a feature of `ipxe.needs`, it loads itself again and again"),
        [ipxe, ..] => format!(
            "if `{ipxe}`, which `{path}` starts, lacks a feature of `ipxe.needs`, it loads itself again and again"
        ),
    }
}

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for (loader, knowledge) in loaders(site) {
        if !matches!(knowledge, Knowledge::Unknown) {
            continue;
        }
        let needs = &site.ipxe.needs;
        found.push(loader.span, message(loader.path), |finding| {
            let finding =
                if loader.span == needs.span { finding } else { finding.and(needs.span, "the features") };
            finding.help(if second_stages(loader.path).is_empty() {
                "have it built (`loaders.build`), look at the file (`check --root`), or accept it with `allow`"
            } else {
                "look at the file (`check --root`), or accept it with `allow`"
            })
        });
    }
}
