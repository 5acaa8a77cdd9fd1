//! The boot file of each kind of client in each subnet. Most lines depend on no tag of a range, and are evaluated once for
//! all subnets; each subnet then evaluates the lines that ask for its tags.

use std::net::Ipv4Addr;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::super::clients::{ASKERS, Answered, Asker, Choices, Evaluated, Given, tells_few};
use super::boot::CHOOSES;
use super::lines::Setting;
use super::ranges::Subnet;
use super::tags::{conditions, holds, sets};

/// How many lines may be evaluated again, over all subnets: those that exclude tags of ranges count for each subnet.
const MOST: usize = 20_000;

/// The lines that choose boot files, by what they depend on.
pub(super) struct BootLines<'s> {
    settings: &'s [Setting<'s>],
    /// The tags that some line asks for.
    asked: HashSet<&'s str>,
    /// The tags of each client that depend on no range, by [`Asker::number`]. Each has the index of the first line that
    /// sees it: a `tag-if` sees what those before it give.
    base: Vec<HashMap<&'s str, usize>>,
    /// `dhcp-boot` that depends on no range.
    always: Vec<usize>,
    /// `tag-if` and `dhcp-boot` that depend on ranges, but ask for none that one of them must have.
    everywhere: Vec<usize>,
    /// `tag-if` and `dhcp-boot` of the subnets with a tag.
    by_tag: HashMap<&'s str, Vec<usize>>,
}

impl<'s> BootLines<'s> {
    /// Sorts the lines; `unknown` are the `dhcp-boot` that are not evaluated.
    pub(super) fn of(settings: &'s [Setting<'s>], subnets: &[Subnet<'s>], unknown: &HashSet<usize>) -> Self {
        let is_chooser = |setting: &Setting<'_>| CHOOSES.contains(&setting.name) && setting.name != "tag-if";
        let choosers: Vec<&'s Setting<'s>> = settings.iter().filter(|setting| is_chooser(setting)).collect();
        let own = |asker: &Asker| {
            let given = choosers.iter().filter(|setting| holds(setting, &asker.client));
            let mut tags: HashMap<&'s str, usize> =
                given.flat_map(|setting| sets(setting)).map(|tag| (tag, 0)).collect();
            if asker.known {
                tags.insert("known", 0);
            }
            tags
        };
        let mut lines = Self {
            settings,
            asked: settings.iter().flat_map(|setting| conditions(setting).map(|(tag, _)| tag)).collect(),
            base: ASKERS.iter().map(own).collect(),
            always: Vec::new(),
            everywhere: Vec::new(),
            by_tag: HashMap::default(),
        };
        let of_ranges: HashSet<&'s str> = subnets.iter().flat_map(|subnet| &subnet.tags).copied().collect();
        // The tags that nothing but a range gives.
        let mut only_of_ranges = of_ranges.clone();
        let givers = settings.iter().filter(|setting| CHOOSES.contains(&setting.name));
        for tag in givers.flat_map(sets) {
            only_of_ranges.remove(tag);
        }
        let mut depending = of_ranges;
        for (index, setting) in settings.iter().enumerate() {
            if setting.name != "tag-if" {
                continue;
            }
            if conditions(setting).any(|(tag, _)| depending.contains(tag)) {
                depending.extend(sets(setting));
                lines.place(index, setting, &only_of_ranges);
                continue;
            }
            for tags in &mut lines.base {
                if conditions(setting).all(|(tag, wanted)| tags.contains_key(tag) == wanted) {
                    for tag in sets(setting) {
                        tags.entry(tag).or_insert(index + 1);
                    }
                }
            }
        }
        for (index, setting) in settings.iter().enumerate() {
            if setting.name == "dhcp-boot" && !unknown.contains(&index) {
                if conditions(setting).any(|(tag, _)| depending.contains(tag)) {
                    lines.place(index, setting, &only_of_ranges);
                } else {
                    lines.always.push(index);
                }
            }
        }
        lines
    }

    fn place(&mut self, index: usize, setting: &'s Setting<'s>, only_of_ranges: &HashSet<&str>) {
        match conditions(setting).find(|(tag, wanted)| *wanted && only_of_ranges.contains(tag)) {
            Some((tag, _)) => self.by_tag.entry(tag).or_default().push(index),
            None => self.everywhere.push(index),
        }
    }

    /// The lines that a subnet evaluates, in the order of the files.
    fn own(&self, tags: &[&str]) -> Vec<usize> {
        let own = tags.iter().filter_map(|tag| self.by_tag.get(tag)).flatten();
        let mut lines: Vec<usize> = own.chain(&self.everywhere).copied().collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    /// The tags of a subnet that make a difference.
    fn tags(&self, subnet: &Subnet<'s>) -> Vec<&'s str> {
        let mut tags: Vec<&str> =
            subnet.tags.iter().copied().filter(|tag| self.asked.contains(tag)).collect();
        tags.sort_unstable();
        tags
    }

    /// Whether there are too many subnets for the lines that each of them evaluates.
    pub(super) fn is_crowded(&self, subnets: &[Subnet<'s>]) -> bool {
        let mut sets: HashSet<Vec<&str>> = HashSet::default();
        let mut lines = 0_usize;
        for subnet in subnets {
            let tags = self.tags(subnet);
            let own = tags.iter().filter_map(|tag| self.by_tag.get(tag)).map(Vec::len).sum::<usize>();
            if sets.insert(tags) && sets.len() > 1 {
                lines = lines.saturating_add(self.everywhere.len() + own);
            }
        }
        lines > MOST.max(8 * self.settings.len())
    }

    /// The answers in each subnet.
    pub(super) fn evaluated(&self, subnets: &[Subnet<'s>], server: Option<Ipv4Addr>) -> Evaluated {
        let nowhere = Tags::new(&self.base, &[]);
        let mut always = vec![Last::default(); ASKERS.len()];
        self.boot(&self.always, &nowhere, &mut always);
        let mut known: HashMap<Vec<&str>, Rc<Choices>> = HashMap::default();
        let mut evaluated = Evaluated::default();
        for subnet in subnets {
            let tags = self.tags(subnet);
            if let Some(choices) = known.get(&tags) {
                evaluated.subnets.push((subnet.name.clone(), Rc::clone(choices)));
                continue;
            }
            let mut last = always.clone();
            let lines = self.own(&tags);
            if !lines.is_empty() {
                self.boot(&lines, &self.with_ranges(&tags, &lines), &mut last);
            }
            let mut answers: HashMap<usize, Answered> = HashMap::default();
            for (at, explicit) in last.iter().filter_map(|last| last.tagged.or(last.plain)) {
                if let Some(line) = self.settings.get(at) {
                    answers.entry(at).or_insert_with(|| answer(line, explicit, server));
                }
            }
            let choices = Choices::answered(|asker| {
                let last = last.get(asker.number).and_then(|last| last.tagged.or(last.plain));
                last.and_then(|(at, _)| answers.get(&at)).cloned().unwrap_or_default()
            });
            let choices = Rc::new(choices);
            known.insert(tags, Rc::clone(&choices));
            evaluated.subnets.push((subnet.name.clone(), choices));
        }
        evaluated
    }

    /// The tags of the clients of a subnet.
    fn with_ranges<'l>(&'l self, own: &[&'s str], lines: &[usize]) -> Tags<'l, 's> {
        let mut tags = Tags::new(&self.base, own);
        for at in lines {
            let Some(setting) = self.settings.get(*at).filter(|setting| setting.name == "tag-if") else {
                continue;
            };
            for asker in ASKERS.iter().filter(|asker| tags.fit(setting, *at, asker)).collect::<Vec<_>>() {
                if let Some(more) = tags.more.get_mut(asker.number) {
                    more.extend(sets(setting));
                }
            }
        }
        tags
    }

    /// Finds the last `dhcp-boot` among these lines for each client.
    fn boot(&self, lines: &[usize], tags: &Tags<'_, 's>, all: &mut [Last]) {
        for at in lines {
            let Some(setting) = self.settings.get(*at).filter(|setting| setting.name == "dhcp-boot") else {
                continue;
            };
            let fits: Vec<bool> = ASKERS.iter().map(|asker| tags.fit(setting, usize::MAX, asker)).collect();
            let fit = |asker: &Asker| fits.get(asker.number) == Some(&true);
            let explicit = tells_few(fit);
            let is_tagged = conditions(setting).next().is_some();
            for (last, _) in all.iter_mut().zip(&fits).filter(|(_, fits)| **fits) {
                let place = if is_tagged { &mut last.tagged } else { &mut last.plain };
                if place.is_none_or(|(other, _)| other < *at) {
                    *place = Some((*at, explicit));
                }
            }
        }
    }
}

/// The last `dhcp-boot` for a client, by index, and whether it is for few kinds of firmware: one that asks for tags counts
/// before one that does not.
#[derive(Clone, Copy, Default)]
struct Last {
    tagged: Option<(usize, bool)>,
    plain: Option<(usize, bool)>,
}

/// The tags of clients, by [`Asker::number`].
struct Tags<'l, 's> {
    base: &'l [HashMap<&'s str, usize>],
    /// Those of the ranges.
    own: HashSet<&'s str>,
    /// Those that depend on them.
    more: Vec<HashSet<&'s str>>,
}

impl<'l, 's> Tags<'l, 's> {
    fn new(base: &'l [HashMap<&'s str, usize>], own: &[&'s str]) -> Self {
        Self { base, own: own.iter().copied().collect(), more: vec![HashSet::default(); base.len()] }
    }

    /// Whether a client has all that the line at an index asks for.
    fn fit(&self, setting: &Setting<'_>, at: usize, asker: &Asker) -> bool {
        let (base, more) = (self.base.get(asker.number), self.more.get(asker.number));
        conditions(setting).all(|(tag, wanted)| {
            let seen = base.and_then(|base| base.get(tag)).is_some_and(|first| *first <= at);
            (seen || self.own.contains(tag) || more.is_some_and(|more| more.contains(tag))) == wanted
        })
    }
}

/// The answer of a `dhcp-boot`.
fn answer(line: &Setting<'_>, explicit: bool, server: Option<Ipv4Addr>) -> Answered {
    let values: Vec<&str> = line.values().take(3).collect();
    let given = |text: &str| Rc::new(Given { text: text.into(), origin: line.origin.clone(), explicit });
    let field = |at: usize| values.get(at).copied().filter(|text| !text.is_empty());
    let own = server.map(|server| given(&server.to_string()));
    let next_server = match field(2) {
        Some(text) if text.parse::<Ipv4Addr>().is_ok_and(|ip| !ip.is_unspecified()) => Some(given(text)),
        _ => own,
    };
    Answered { file: field(0).map(given), next_server }
}

#[cfg(test)]
mod tests {
    use crate::import::{FileKind, SERVER, SourceFile, import};

    fn site(text: &str) -> crate::import::Mapping {
        let file = SourceFile {
            path: "dnsmasq.conf".into(),
            kind: FileKind::Dnsmasq,
            included: false,
            text: text.into(),
        };
        import(&[file], SERVER, false).draft.site
    }

    const RANGES: &str = "dhcp-range=set:a,10.1.0.9,10.1.0.20\ndhcp-range=set:b,10.2.0.9,10.2.0.20\n\
                          dhcp-range=set:c,10.3.0.9,10.3.0.20\ndhcp-match=set:efi,93,7\ndhcp-boot=undionly.kpxe\n";

    /// The loader for UEFI of each subnet, or that of the site.
    fn loaders(lines: &str) -> [String; 3] {
        let site = site(&format!("{RANGES}{lines}"));
        ["a", "b", "c"].map(|name| {
            let subnet = site.submap("subnets").and_then(|subnets| subnets.submap(name)).unwrap();
            let own = subnet.submap("loaders").and_then(|loaders| loaders.text("efi_x64"));
            let of_site = || site.submap("loaders").and_then(|loaders| loaders.text("efi_x64"));
            own.or_else(of_site).unwrap_or("ipxe.efi").to_owned()
        })
    }

    #[test]
    fn lines_are_evaluated_with_the_tags_of_ranges() {
        assert_eq!(
            loaders("dhcp-boot=tag:efi,tag:a,a.efi\ndhcp-boot=tag:efi,tag:!a,n.efi\n"),
            ["a.efi", "n.efi", "n.efi"]
        );
        // `tag-if` hands a tag on, and sees those before it alone.
        let lines = "tag-if=set:x,tag:a,tag:efi\ntag-if=set:y,tag:x\ndhcp-boot=tag:y,a.efi\ndhcp-boot=tag:efi,tag:!y,n.efi\n";
        assert_eq!(loaders(lines), ["a.efi", "n.efi", "n.efi"]);
        let lines = "tag-if=set:y,tag:x,tag:b\ntag-if=set:x,tag:efi\ndhcp-boot=tag:y,a.efi\ndhcp-boot=tag:efi,tag:!y,n.efi\n";
        assert_eq!(loaders(lines), ["n.efi", "n.efi", "n.efi"]);
        // A tag that ranges and other lines give.
        let lines = "tag-if=set:a,tag:efi\ndhcp-boot=tag:efi,n.efi\ndhcp-boot=tag:a,a.efi\n";
        assert_eq!(loaders(lines), ["a.efi", "a.efi", "a.efi"]);
    }

    #[test]
    fn too_many_lines_for_too_many_subnets_are_left_to_dnsmasq() {
        let range =
            |at: usize| format!("dhcp-range=set:r{at},10.{}.{}.9,10.{0}.{1}.99\n", at / 256, at % 256);
        let boot = |at: usize| format!("dhcp-boot=tag:!r{at},f{at}\n");
        let text = |size: usize| (0..size).map(range).chain((0..size).map(boot)).collect::<String>();
        let raw = |size: usize| {
            let site = site(&text(size));
            let raw = site.submap("raw").and_then(|raw| raw.text("dnsmasq")).unwrap_or_default().to_owned();
            raw.lines().filter(|line| line.starts_with("dhcp-boot")).count()
        };
        assert_eq!((raw(10), raw(400)), (0, 400));
    }
}
