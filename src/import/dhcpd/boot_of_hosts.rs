//! Boot files of hosts, where these or their groups say something of their own.

use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Entry, Value};
use super::boot::{ACCEPTED, BootFiles, HostsBoot, InSubnet, RULE, overrides, repeated};
use super::host_files::{File, is_for_host, is_for_host_of_ours, keys, set_by, set_by_ours, with};
use super::hosts::{Host, Hosts};
use super::scopes::has_disk;
use super::setting::Key;
use super::statements::Statement;
use super::switch::{Boot, Choices, Keys, Level};

/// The settings that hosts which boot alike have in common: their subnet, their groups, their statements, and whether
/// they have a disk.
type Alike = (Option<usize>, Vec<usize>, String, bool);

/// The keys and texts of hosts that boot alike.
struct Said {
    settings: Vec<(Key, Value)>,
    raw: Vec<Rc<str>>,
    /// Whether statements of a host are among the texts.
    has_statements: bool,
    /// The words of the statements that the other texts repeat.
    repeated: Vec<&'static str>,
    /// Whether a text overrides the boot file or the server.
    overrides: bool,
}

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
        let mut known: HashMap<Alike, Said> = HashMap::default();
        let mut seen: HashSet<usize> = HashSet::default();
        // What hosts boot that say nothing of their own, by their subnets.
        let mut without: HashMap<Option<usize>, Rc<Boot>> = HashMap::default();
        let has_urls = self.has_urls();
        let mut boots = HostsBoot::default();
        let all = &self.scopes.all;
        // What the statements of each group set: a group may have many, and many hosts.
        let mut of_group: HashMap<usize, Option<File>> = HashMap::default();
        let ours = self.ours;
        let read = |statements: Vec<&Statement<'_>>| match ours {
            true => set_by_ours(statements.into_iter()),
            false => set_by(statements.into_iter()),
        };
        let is_for_host = |file: &File| if ours { is_for_host_of_ours(file) } else { is_for_host(file) };
        let mut file_of = |host: &Host<'_, '_>| {
            if !host.raw.is_empty() {
                return None;
            }
            let mut file = File::default();
            for at in host.around.iter().rev() {
                let boot = || read(all.get(*at).into_iter().flat_map(|scope| &scope.boot).copied().collect());
                file = with(file, of_group.entry(*at).or_insert_with(boot).clone()?);
            }
            Some(with(file, read(host.boot.clone())?)).filter(is_for_host)
        };
        let files: Vec<_> = hosts.all.iter().map(&mut file_of).collect();
        let mut settled: HashSet<usize> = HashSet::default();
        for (host, file) in hosts.all.iter_mut().zip(files) {
            if let Some(file) = file {
                self.host_files |= file.0.is_some();
                host.own.extend(keys(file));
                let groups = host.around.iter().filter(|at| settled.insert(**at));
                let groups = groups.filter_map(|at| self.scopes.all.get(*at));
                for statement in groups.flat_map(|scope| &scope.boot).chain(&host.boot) {
                    super::scopes::settle(statement, &Outcome::Words, coverage);
                }
                continue;
            }
            let says = |at: &usize| self.scopes.all.get(*at).is_some_and(|scope| !scope.boot.is_empty());
            if host.boot.is_empty() && !host.around.iter().any(says) {
                continue;
            }
            let text: String = host.boot.iter().map(|statement| statement.text).collect();
            let of_groups = host.around.iter().filter_map(|at| Some(&all.get(*at)?.settings));
            let has_disk = of_groups.chain([&host.settings]).any(has_disk);
            let key = (host.subnet, host.around.clone(), text, has_disk);
            if let Some(said) = known.get(&key) {
                said.settle(&host.boot, coverage);
                said.put(host);
                continue;
            }
            let groups: Vec<usize> = host.around.iter().rev().copied().collect();
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
                (boot.keys(Some(&before), Level::Host { has_disk }, has_urls, None), own)
            };
            for text in &keys.raw {
                let chain: Vec<usize> = groups.iter().copied().chain([host.at]).collect();
                self.source(text, &chain, coverage);
            }
            let said = Said::new(&keys, own);
            said.put(host);
            known.insert(key, said);
            boots.add(&boot);
        }
        boots
    }
}

impl Said {
    /// From the keys, and the statements that none of them expresses.
    fn new(keys: &Keys, own: Vec<String>) -> Self {
        // A host knows `none` alone.
        let knows = |entry: &&Entry| entry.key != "netboot" || entry.value == Value::from("none");
        let setting = |entry: &Entry| (Key::within("", entry.key.clone()), entry.value.clone());
        let has_statements = !own.is_empty();
        let added = keys.raw.iter().map(|text| format!("{text}\n"));
        let raw: Vec<Rc<str>> = own.into_iter().chain(added).map(Rc::from).collect();
        Self {
            settings: keys.keys.entries().iter().filter(knows).map(setting).collect(),
            has_statements,
            repeated: keys.raw.iter().filter_map(|text| repeated(text)).collect(),
            overrides: raw.iter().any(|text| overrides(text)),
            raw,
        }
    }

    /// Adds it to a host.
    fn put(&self, host: &mut Host<'_, '_>) {
        host.own.extend(self.settings.iter().cloned());
        if self.overrides || host.raw.iter().any(|text| overrides(text)) {
            // With the text, it may become that of a group.
            host.own.push((Key::within("allow", RULE), ACCEPTED.into()));
        }
        host.raw.extend(self.raw.iter().cloned());
    }

    /// Accounts for statements that another host has in the same words.
    fn settle(&self, statements: &[&Statement<'_>], coverage: &mut Coverage) {
        for statement in statements {
            let word = statement.tokens.first().map_or("", |token| token.text);
            let outcome = if self.has_statements || self.repeated.contains(&word) {
                Outcome::Raw("as in a host before".into())
            } else {
                Outcome::Words
            };
            super::scopes::settle(statement, &outcome, coverage);
        }
    }
}
