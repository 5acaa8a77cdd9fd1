//! Boot files of hosts, where these or their groups say something of their own.

use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::super::coverage::{Coverage, Outcome};
use super::super::draft::Value;
use super::boot::{ACCEPTED, BootFiles, HostsBoot, InSubnet, RULE, overrides, repeated};
use super::host_files::{File, is_for_class, set_by, with};
use super::hosts::{Host, Hosts};
use super::setting::Key;
use super::statements::Statement;
use super::switch::{Boot, Choices, Keys, Level};
use crate::model::Mac;

/// The settings that hosts which boot alike have in common: their subnet, their groups, and their statements.
type Alike = (Option<usize>, Vec<usize>, String);

impl<'a, 't> BootFiles<'_, 'a, 't> {
    /// Adds to the hosts what they boot other than their subnets; returns what they boot.
    pub(super) fn hosts(
        &mut self,
        inside: &[InSubnet],
        global: &Rc<Choices>,
        site_boots_nothing: bool,
        hosts: &mut Hosts<'a, 't>,
        coverage: &mut Coverage,
    ) -> HostsBoot {
        // Many hosts say the same.
        let mut known: HashMap<Alike, (Keys, Vec<String>)> = HashMap::default();
        let mut seen: HashSet<usize> = HashSet::default();
        // What hosts boot that say nothing of their own, by their subnets.
        let mut without: HashMap<Option<usize>, Rc<Boot>> = HashMap::default();
        let has_urls = self.has_urls();
        let mut boots = HostsBoot::default();
        // What the statements of each group set.
        let mut of_groups: HashMap<usize, Option<File>> = HashMap::default();
        let all = &self.scopes.all;
        let mut file_of = |host: &Host<'_, '_>| {
            let groups = host.around.iter().rev();
            let each = groups.map(|at| {
                let boot = || set_by(all.get(*at).into_iter().flat_map(|scope| &scope.boot).copied());
                of_groups.entry(*at).or_insert_with(boot).clone()
            });
            let of_group = each
                .reduce(|outer, inner| Some(with(outer?, inner?)))
                .unwrap_or_else(|| Some(File::default()));
            let file = with(of_group?, set_by(host.boot.iter().copied())?);
            is_for_class(&file).then_some(file).filter(|_| host.raw.is_empty())
        };
        let files: Vec<_> = hosts.all.iter().map(&mut file_of).collect();
        let mut settled: HashSet<usize> = HashSet::default();
        for (host, file) in hosts.all.iter().zip(&files) {
            if let Some(file) = file {
                self.host_files.count(file.clone(), host.macs.len() + host.nics.len());
            }
        }
        for (host, file) in hosts.all.iter_mut().zip(files) {
            let all_macs = || -> Vec<Mac> {
                host.macs.iter().chain(host.nics.iter().flat_map(|(macs, _)| macs)).copied().collect()
            };
            if file.is_some_and(|file| self.host_files.take(&file, &host.name, &all_macs())) {
                let groups = host.around.iter().filter(|at| settled.insert(**at));
                let groups = groups.filter_map(|at| self.scopes.all.get(*at));
                for statement in groups.flat_map(|scope| &scope.boot).chain(&host.boot) {
                    super::scopes::settle(statement, &Outcome::Words, coverage);
                }
                continue;
            }
            let groups: Vec<usize> = host.around.iter().rev().copied().collect();
            let says = |at: &usize| self.scopes.all.get(*at).is_some_and(|scope| !scope.boot.is_empty());
            if host.boot.is_empty() && !groups.iter().any(says) {
                continue;
            }
            let text: String = host.boot.iter().map(|statement| statement.text).collect();
            let key = (host.subnet, groups.clone(), text);
            if let Some((keys, raw)) = known.get(&key) {
                settle_again(&host.boot, raw, &keys.raw, coverage);
                put(host, keys, raw);
                continue;
            }
            let outer = match host.subnet.and_then(|at| inside.get(at)) {
                Some(subnet) => Some(subnet),
                // It may be in any subnet.
                None => inside.first(),
            };
            let base = outer.map_or(global, |outer| &outer.choices);
            let mut raw = Vec::new();
            let mut choices = self.enter(base, &groups, None, &mut raw, coverage);
            for group in &groups {
                if seen.insert(*group)
                    && let Some(group) = hosts.groups.get_mut(group)
                {
                    group.raw.append(&mut raw);
                }
            }
            let mut own = Vec::new();
            choices = self.enter(&choices, &[host.at], None, &mut own, coverage);
            let boot = self.boot(&choices.as_hosts(), coverage);
            let before = match without.get(&host.subnet) {
                Some(before) => Rc::clone(before),
                None => {
                    let before = Rc::new(self.boot(&base.as_hosts(), coverage));
                    without.insert(host.subnet, Rc::clone(&before));
                    before
                }
            };
            let own: Vec<String> = own.into_iter().map(|verbatim| verbatim.text).collect();
            let (keys, own) = if before.is_nothing() && !boot.is_nothing() && !site_boots_nothing {
                // `netboot: none` of its subnet overrides every key of the host.
                let groups = groups.iter().filter_map(|at| self.scopes.all.get(*at));
                let statements = groups.flat_map(|scope| &scope.boot).chain(&host.boot);
                let texts = statements.map(|statement| super::verbatim::text_of(statement)).collect();
                for statement in &host.boot {
                    let why = "its subnet boots nothing, which overrides a host".to_owned();
                    super::scopes::settle(statement, &Outcome::Raw(why), coverage);
                }
                (Keys::default(), texts)
            } else {
                (boot.keys(Some(&before), Level::Host, has_urls, None), own)
            };
            for text in &keys.raw {
                let chain: Vec<usize> = groups.iter().copied().chain([host.at]).collect();
                self.source(text, &chain, coverage);
            }
            put(host, &keys, &own);
            known.insert(key, (keys, own));
            boots.add(&boot);
        }
        boots
    }
}

/// Adds keys and text to a host.
fn put(host: &mut Host<'_, '_>, keys: &Keys, raw: &[String]) {
    for entry in keys.keys.entries() {
        // A host knows `none` alone.
        if entry.key == "netboot" && entry.value != Value::from("none") {
            continue;
        }
        let key = Key { section: "", name: entry.key.clone().into() };
        host.own.push((key, entry.value.clone()));
    }
    host.raw.extend(raw.iter().cloned());
    host.raw.extend(keys.raw.iter().map(|text| format!("{text}\n")));
    if host.raw.iter().any(|text| overrides(text)) {
        // With the text, it may become that of a group.
        host.own.push((Key::within("allow", RULE), ACCEPTED.into()));
    }
}

/// Accounts for statements that another host has in the same words: `raw` has its texts, `added` those that the keys need.
fn settle_again(statements: &[&Statement<'_>], raw: &[String], added: &[String], coverage: &mut Coverage) {
    for statement in statements {
        let word = statement.tokens.first().map_or("", |token| token.text);
        let is_added = added.iter().any(|text| repeated(text) == Some(word));
        let outcome = if !raw.is_empty() || is_added {
            Outcome::Raw("as in a host before".into())
        } else {
            Outcome::Words
        };
        super::scopes::settle(statement, &outcome, coverage);
    }
}
