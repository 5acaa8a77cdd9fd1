//! A class leaves no client to a loader of a subnet, or has the MAC address of a host.
//!
//! A class overrides its subnets. If it matches all clients of a kind and has a boot file for them, the subnet's loader
//! for that kind is never sent. A host overrides its classes, and a class that names its MAC address repeats it: its
//! settings belong to the host. `docs/site.md` has the order of precedence.
//!
//! Fails:
//! ```yaml fails
//! classes: { uefi: { match: { arch: efi_x64 }, loaders: { efi_x64: shim.efi } } }
//! subnets: { lan: { cidr: 10.0.0.0/24, loaders: { efi_x64: snponly.efi } } }
//! ```
//! Passes:
//! ```yaml passes
//! classes: { vms: { match: { mac: "52:54:00:*" }, loaders: { efi_x64: shim.efi } } }
//! subnets: { lan: { cidr: 10.0.0.0/24, loaders: { efi_x64: snponly.efi } } }
//! ```

use foldhash::{HashMap, HashSet};

use crate::model::{Arch, Asker, Asks, Class, ClassInSubnet, ClientKind, Host, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("shadowed-by-class", "a class shadows a loader, or repeats a host"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    hosts(site, found);
    let mut said = HashSet::default();
    for (class, here) in
        site.classes.iter().flat_map(|class| class.here.iter().map(move |here| (class, here)))
    {
        let Some(subnet) = site.subnets.get(here.subnet).filter(|subnet| subnet.boots()) else { continue };
        for (kind, loader) in &subnet.loaders {
            // A default of ipxegen's has no place, and one of `dhcp` may be for other subnets.
            let is_own = loader.span != Span::default() && subnet.span.contains(loader.span);
            if !is_own
                || !has_file(class, here, *kind)
                || !takes_all(class, *kind)
                || !said.insert(loader.span)
            {
                continue;
            }
            let message = format!(
                "no client gets the loader of `{}` clients in the subnet `{}`: the class `{}` has another",
                kind.name(),
                subnet.name.value,
                class.name.value
            );
            found.push(loader.span, message, |finding| {
                let finding = finding.and(class.name.span, "the class, which overrides its subnets");
                finding.help("remove one of the two, or let `match` of the class tell its clients apart")
            });
        }
    }
}

/// Whether a class has a boot file for a kind, or none in place of the subnet's.
fn has_file(class: &Class, here: &ClassInSubnet, kind: ClientKind) -> bool {
    class.file.is_some() || here.loaders.iter().any(|(known, _)| *known == kind)
}

/// Whether every client of a kind is in a class.
fn takes_all(class: &Class, kind: ClientKind) -> bool {
    let matches = &class.matches;
    let asker = match kind.info().asks {
        Asks::Http => Some(Asker::Http),
        Asks::Pxe | Asks::Rpi => Some(Asker::Pxe),
        Asks::Uboot | Asks::Power => None,
    };
    matches.patterns().iter().all(|patterns| patterns.is_empty())
        && (matches.client.is_empty() || matches.client.iter().any(|client| Some(client.value) == asker))
        && (matches.arch.is_empty() || matches.arch.iter().any(|arch| arch.value == Arch::Kind(kind)))
}

/// Reports classes with the MAC address of a host.
fn hosts(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut macs: HashMap<&[u8], Vec<(&Class, Span)>> = HashMap::default();
    for class in &site.classes {
        for mac in &class.matches.mac {
            let whole = mac.value.any.iter().filter(|bytes| !bytes.prefix && bytes.from == 0);
            for bytes in whole {
                macs.entry(bytes.bytes.as_slice()).or_default().push((class, mac.span));
            }
        }
    }
    if macs.is_empty() {
        return;
    }
    let cards = site.hosts.iter().flat_map(|host: &Host<'_>| host.cards().map(move |card| (host, card)));
    for (host, mac) in cards.flat_map(|(host, card)| card.macs.iter().map(move |mac| (host, mac))) {
        // Removed: each address is reported once, however many hosts have it.
        for (class, place) in macs.remove(mac.value.octets().as_slice()).into_iter().flatten() {
            let message =
                format!("the class `{}` has a MAC address of the host `{}`", class.name.value, host.name);
            found.push(place, message, |finding| {
                let finding = finding.and(mac.span, "the host, which overrides its classes");
                finding.help("move the settings to the host and remove the address from `match`")
            });
        }
    }
}
