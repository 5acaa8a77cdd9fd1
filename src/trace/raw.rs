//! Verbatim text for the DHCP server, and what it may decide in place of the site.

use super::stage::{Fact, Origin, Stop};
use crate::model::{Host, Raw, Site};
use crate::outputs::{RawEffects, raw_effects, raw_names};
use crate::source::Span;

/// The name of the fact of a text that the user wrote for the DHCP server's file.
pub(super) const RAW: &str = "raw";

/// A text for the DHCP server, with its layer.
pub(super) type ScopedRaw<'s> = (&'static str, &'s Raw);

/// The texts for the DHCP server that apply to a client in some subnets, innermost first: of DHCPv4, or of DHCPv6.
pub(super) fn texts<'s>(
    site: &'s Site<'s>,
    subnets: &[usize],
    classes: &[&str],
    host: Option<&Host<'s>>,
    is_v6: bool,
) -> Vec<ScopedRaw<'s>> {
    let Some(dhcp) = &site.dhcp else { return Vec::new() };
    let (v4, v6) = raw_names(dhcp.daemon);
    let name = if is_v6 { v6 } else { v4 };
    let merged = host.and_then(|host| site.profile(host)).map(|profile| &profile.handout.raw);
    let is_own = |raw: &Raw| host.is_some_and(|host| is_of_host(site, host, raw.text.span));
    let (own, of_groups): (Vec<_>, Vec<_>) = merged.into_iter().flatten().partition(|raw| is_own(raw));
    let own = own.into_iter().map(|raw| ("host", raw));
    let of_groups = of_groups.into_iter().map(|raw| ("group", raw));
    let classes = site.classes.iter().filter(|class| classes.contains(&class.name.value.as_str()));
    let of_classes = classes.map(|class| ("class", &class.handout.raw));
    let subnets = subnets.iter().filter_map(|at| site.subnets.get(*at));
    let of_subnets = subnets.map(|subnet| ("subnet", &subnet.handout.raw));
    let of_site = [("site", &dhcp.raw), ("site", &site.raw)];
    let layers = of_classes.chain(of_subnets).chain(of_site);
    let outer = layers.flat_map(|(layer, raw)| raw.iter().map(move |raw| (layer, raw)));
    own.chain(of_groups).chain(outer).filter(|(_, raw)| raw.output == name).collect()
}

/// Whether the text at a place is one of the host itself, and not of its groups.
fn is_of_host(site: &Site<'_>, host: &Host<'_>, place: Span) -> bool {
    let layers =
        site.traced.iter().filter(|traced| traced.host == host.name).flat_map(|traced| &traced.layers);
    let mut own = layers.filter(|layer| layer.group.is_none()).flat_map(|layer| &layer.profile.handout.raw);
    own.any(|raw| raw.text.span == place)
}

/// The facts of texts, which are not read.
pub(super) fn facts(texts: &[ScopedRaw<'_>]) -> Vec<Fact> {
    let fact = |(layer, raw): &ScopedRaw<'_>| {
        let text = format!("text for {}, which is not read", raw.output);
        Fact::new(RAW, text, Origin::new(layer, raw.text.span))
    };
    texts.iter().map(fact).collect()
}

/// A part of the answer that a text may decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decides {
    Address,
    File,
}

impl Decides {
    const fn word(self) -> &'static str {
        match self {
            Self::Address => "the address",
            Self::File => "the boot file",
        }
    }

    /// The words by which a text may give it.
    fn gives(self, effects: &RawEffects) -> Vec<&'static str> {
        match self {
            Self::Address => effects.address.clone(),
            Self::File => effects.file.clone(),
        }
    }

    /// The words by which a text may give or withhold it.
    fn changes(self, effects: &RawEffects) -> Vec<&'static str> {
        let mut words = self.gives(effects);
        if self == Self::Address {
            words.extend(&effects.silence);
            words.sort_unstable();
            words.dedup();
        }
        words
    }

    fn text(self, raw: &Raw, words: &[&str]) -> Option<(String, Span)> {
        let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let text = format!("`raw` for {} may decide {}, by {}", raw.output, self.word(), quoted.join(", "));
        (!words.is_empty()).then_some((text, raw.text.span))
    }
}

/// The parts of the answer that texts may change, each in words and with the place of the text.
pub(super) fn changes(texts: &[ScopedRaw<'_>], what: Decides) -> Vec<(String, Span)> {
    texts.iter().filter_map(|(_, raw)| what.text(raw, &what.changes(&raw_effects(raw)))).collect()
}

/// The first text that may give what the keys of the site do not, in words and with its place.
pub(super) fn gives(texts: &[ScopedRaw<'_>], what: Decides) -> Option<(String, Span)> {
    texts.iter().find_map(|(_, raw)| what.text(raw, &what.gives(&raw_effects(raw))))
}

/// The stop of a client that gets nothing from the keys of the site, where a text may give it; else the stop itself.
pub(super) fn unless_raw(stop: Stop, texts: &[ScopedRaw<'_>], what: Decides) -> Result<Stop, Stop> {
    match gives(texts, what) {
        Some((text, span)) => {
            Err(Stop { why: format!("{text}; without it, {}", stop.why), span: Some(span), ..stop })
        }
        None => Ok(stop),
    }
}
