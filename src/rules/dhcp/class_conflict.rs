//! One client can be in two classes, and they set the same word to different values. Classes come from several files, so
//! their order decides nothing; `priority` does, and the class with the higher one wins.
//!
//! Evidence: dhcpd and Kea apply both classes, each in an order of its own. Two classes cannot share a client if a key of
//! `match` excludes it (two vendor classes, `client: plain` and `client: pxe`), or if they count in different subnets.
//!
//! Fails:
//! ```yaml fails
//! classes:
//!   phones: { match: { vendor_class: "Cisco*" }, dns: 10.0.0.5 }
//!   floor-2: { match: { circuit_id: "ge-0/2/*" }, dns: 10.0.0.6 }
//! ```
//! Passes:
//! ```yaml passes
//! classes:
//!   phones: { match: { vendor_class: "Cisco*" }, dns: 10.0.0.5, priority: 1 }
//!   floor-2: { match: { circuit_id: "ge-0/2/*" }, dns: 10.0.0.6 }
//! ```

use crate::dhcp;
use crate::model::{Class, Site, Spanned};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::error("class-conflict", "two classes set a word differently for one client"),
    cost: Cost::Low,
    check,
};

/// A word that a class sets, its value for comparison, and its place.
type Word = (String, Vec<u8>, Span);

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let words: Vec<Vec<Word>> = site.classes.iter().map(|class| words(site, class)).collect();
    let all: Vec<(&Class, &Vec<Word>)> = site.classes.iter().zip(&words).collect();
    for (at, (one, said)) in all.iter().enumerate() {
        for (other, others) in all.iter().skip(at + 1) {
            // The words first: most classes that overlap say different things.
            let contested = said.iter().find_map(|(word, value, span)| {
                let (_, _, other) = others.iter().find(|(name, other, _)| name == word && other != value)?;
                Some((word, *span, *other))
            });
            let Some((word, first, second)) = contested else { continue };
            if one.priority != other.priority
                || !share_a_subnet(one, other)
                || !one.matches.overlaps(&other.matches)
            {
                continue;
            }
            let message = format!(
                "a client can be in the classes `{}` and `{}`, which set {word} differently",
                one.name.value, other.name.value
            );
            found.push(second, message, |finding| {
                finding.and(first, "the other one").help("give the class that wins a `priority`, such as 1")
            });
        }
    }
}

fn share_a_subnet(one: &Class, other: &Class) -> bool {
    match (&one.subnets, &other.subnets) {
        (Some(one), Some(other)) => one.iter().any(|at| other.binary_search(at).is_ok()),
        (Some(one), None) => !one.is_empty(),
        (None, Some(other)) => !other.is_empty(),
        (None, None) => true,
    }
}

/// Every word that a class sets. A `file` replaces the choice of loaders, so it is a word for every kind of client.
fn words(site: &Site<'_>, class: &Class) -> Vec<Word> {
    let mut all: Vec<Word> = Vec::new();
    let place = class.name.span;
    for setting in dhcp::options(&class.handout) {
        let value = setting.data.bytes().unwrap_or_default();
        all.push((format!("the option `{}`", setting.name), value, setting.span.unwrap_or(place)));
    }
    for setting in dhcp::ipxe(&class.handout, site) {
        let value = setting.data.bytes().unwrap_or_default();
        all.push((format!("iPXE's option `{}`", setting.name), value, setting.span.unwrap_or(place)));
    }
    let mut say = |word: &str, said: Option<(String, Span)>| {
        all.extend(said.map(|(value, span)| (word.to_owned(), value.into_bytes(), span)));
    };
    let seconds = |time: &Option<Spanned<u32>>| time.as_ref().map(|time| (time.value.to_string(), time.span));
    say("`default_lease_time`", seconds(&class.default_lease_time));
    say("`max_lease_time`", seconds(&class.max_lease_time));
    say("`min_lease_time`", seconds(&class.min_lease_time));
    say("`netboot`", class.netboot.as_ref().map(|at| (at.value.word().to_owned(), at.span)));
    say("`ip`", class.ip.as_ref().map(|at| (at.value.to_string(), at.span)));
    say("`next_server`", class.next_server.as_ref().map(|at| (at.value.clone(), at.span)));
    say("`root_path`", class.root_path.as_ref().map(|at| (at.value.clone(), at.span)));
    let file = class.file.as_ref();
    for info in crate::model::CLIENT_KINDS.iter().filter(|info| class.matches.can_be_kind(info.kind)) {
        let of_all = file.map(|file| (file.value.name().unwrap_or("none").to_owned(), file.span));
        let changes = class.here.iter().flat_map(|here| &here.loaders);
        let own = changes.into_iter().find(|(kind, _)| *kind == info.kind).map(|(_, loader)| {
            let name = loader.value.as_ref().map_or("none", dhcp::file_name);
            (name.to_owned(), loader.span)
        });
        say(&format!("the boot file of `{}` clients", info.name), of_all.or(own));
    }
    say("the boot file", file.map(|file| (file.value.name().unwrap_or("none").to_owned(), file.span)));
    all
}
