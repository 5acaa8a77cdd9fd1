//! The classes of a dhcpd.conf that ipxegen made, from their conditions in the subnets. A class that ranges need is also a
//! `class` of the file.

use std::collections::{BTreeMap, BTreeSet};

use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Mapping, Value};
use super::class_conflicts::{MOST_COMPARED, may_conflict};
use super::class_settings::settings;
use super::expression::OptionNames;
use super::own_conditions::{OwnCondition, Role, network_of};
pub use super::own_match::own_match;
use super::scopes::{Scopes, settle};
use super::statements::Statement;
use super::subnets::Subnet;
use super::switch::{Choices, Who};
use super::words::{Word, plain};
use crate::model::CLIENT_KINDS;

/// A class of the site, and where it is written.
#[derive(Debug)]
pub struct OwnClass {
    /// Its name.
    pub name: String,
    /// Its keys, but for `subnets` and `priority`.
    pub body: Mapping,
    /// The place of its `class` among all.
    pub declared: Option<usize>,
    options: BTreeSet<String>,
    files: BTreeSet<String>,
    fixed: BTreeSet<String>,
}

/// The classes, the weakest first. A class that no key expresses is left out, and the reason is returned with its
/// statements.
pub fn classes<'a, 't>(
    taken: &'a [OwnCondition<'t>],
    scopes: &mut Scopes<'a, 't>,
    names: &OptionNames,
    coverage: &mut Coverage,
) -> Vec<OwnClass> {
    let mut all = Vec::new();
    let mut by_name: BTreeMap<&str, Vec<&'a OwnCondition<'t>>> = BTreeMap::new();
    for own in taken {
        by_name.entry(&own.name).or_default().push(own);
    }
    for name in order(taken) {
        let of = by_name.remove(name.as_str()).unwrap_or_default();
        match body(&of, scopes, names) {
            Ok(body) => {
                let subnets = |is: &dyn Fn(Role) -> bool| {
                    let here = of.iter().filter(|own| is(own.role));
                    here.map(|own| own.subnet.clone()).collect::<BTreeSet<_>>()
                };
                all.push(OwnClass {
                    body,
                    declared: None,
                    options: subnets(&|role| role == Role::Options),
                    files: subnets(&|role| matches!(role, Role::Files | Role::Netboot(_))),
                    fixed: subnets(&|role| matches!(role, Role::Address(_))),
                    name,
                });
            }
            Err(why) => {
                for own in of {
                    settle(&own.statement, &Outcome::Lost(why.clone()), coverage);
                }
            }
        }
    }
    all
}

/// The names of the classes, the weakest first: in each subnet the stronger one comes later. Where nothing tells, by
/// name, as ipxegen does.
fn order(taken: &[OwnCondition<'_>]) -> Vec<String> {
    let mut stronger: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut last: Option<&OwnCondition<'_>> = None;
    for own in taken {
        stronger.entry(&own.name).or_default();
        let kind = |role: Role| match role {
            Role::Netboot(_) => 0,
            Role::Files => 1,
            Role::Options => 2,
            Role::Address(_) => 3,
        };
        let alike = |last: &&OwnCondition<'_>| {
            last.subnet == own.subnet && kind(last.role) == kind(own.role) && kind(own.role) != 3
        };
        if let Some(last) = last.filter(alike) {
            stronger.entry(&last.name).or_default().insert(&own.name);
        }
        last = Some(own);
    }
    let mut weaker: BTreeMap<&str, usize> = stronger.keys().map(|name| (*name, 0)).collect();
    for name in stronger.values().flatten() {
        *weaker.entry(name).or_default() += 1;
    }
    let mut free: BTreeSet<&str> =
        weaker.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    let mut order = Vec::new();
    while let Some(name) = free.pop_first() {
        order.push(name.to_owned());
        for next in stronger.get(name).into_iter().flatten() {
            if let Some(count) = weaker.get_mut(next) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    free.insert(next);
                }
            }
        }
    }
    // A circle: somebody has edited the file.
    let left = weaker.iter().filter(|(_, count)| **count > 0).map(|(name, _)| (*name).to_owned());
    order.extend(left);
    order
}

/// The keys of a class, from the first subnet that says the most.
fn body<'a, 't>(
    of: &[&'a OwnCondition<'t>],
    scopes: &mut Scopes<'a, 't>,
    names: &OptionNames,
) -> Result<Mapping, String> {
    let mut body = Mapping::default();
    let condition = of.iter().find(|own| !matches!(own.role, Role::Address(_)));
    if let Some(own) = condition {
        body.set("match", own_match(own.statement.tokens.get(1..).unwrap_or_default(), names)?);
    }
    let mut done: Vec<Role> = Vec::new();
    let mut sorted = of.to_vec();
    // A subnet in which nothing boots has a part of the options only.
    sorted.sort_by_key(|own| std::cmp::Reverse(own.statement.text.len()));
    for own in sorted {
        if done.contains(&own.role) {
            continue;
        }
        done.push(own.role);
        match own.role {
            Role::Address(ip) => {
                body.set("ip", ip.to_string());
            }
            Role::Netboot(value) => {
                body.set("netboot", value);
            }
            Role::Options => {
                let block = own.statement.block.as_deref().unwrap_or_default();
                settings(block, scopes, &mut body)?;
                for statement in block {
                    if statement.begins(&["next-server"]) {
                        let words = plain(statement.tokens.get(1..).unwrap_or_default());
                        let server = words.first().and_then(Word::bare).ok_or("it names no server")?;
                        body.set("next_server", server);
                    }
                }
            }
            Role::Files => files(own.statement.block.as_deref().unwrap_or_default(), names, &mut body),
        }
    }
    Ok(body)
}

/// The boot files of a class: one for all, or those of the kinds that it changes.
fn files(block: &[Statement<'_>], names: &OptionNames, body: &mut Mapping) {
    let direct = |block: &[Statement<'_>]| {
        let found = block.iter().rfind(|inner| inner.begins(&["filename"]));
        found.and_then(|inner| String::from_utf8(inner.tokens.last()?.decoded()).ok())
    };
    // Around it may be a condition that spares iPXE.
    let spared = || {
        let inner = block.iter().filter(|inner| inner.begins(&["if", "not"]) || inner.begins(&["else"]));
        inner.filter_map(|inner| direct(inner.block.as_deref()?)).next_back()
    };
    if let Some(file) = direct(block).or_else(spared) {
        body.set("file", if file.is_empty() { "none" } else { file.as_str() });
        return;
    }
    let choices = Choices::default().enter(block, None, names).choices;
    let file = |kind| {
        let state = choices.first(|asker| asker.who == Who::Firmware(kind))?;
        state.written_file().map(|given| given.text.clone())
    };
    let mut loaders = Mapping::default();
    for info in &CLIENT_KINDS {
        let Some(own) = file(info.kind) else { continue };
        // UEFI's HTTP boot gets the loader of its kind, or none with it.
        let implied = info.loads_like.and_then(file).is_some_and(|like| match like.is_empty() {
            true => own.is_empty(),
            false => own.strip_suffix(&*like).is_some_and(|url| url.ends_with("/tftpboot/")),
        });
        if !implied {
            loaders.set(info.name, if own.is_empty() { "none" } else { &*own });
        }
    }
    body.set("loaders", loaders);
}

impl OwnClass {
    /// A class that gives nothing but ranges.
    pub fn new(name: &str) -> Self {
        let name = name.to_owned();
        let (options, files, fixed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { name, body: Mapping::default(), declared: None, options, files, fixed }
    }

    /// Where it has an effect, unless in every subnet.
    fn subnets(&self, all: &Networks<'_>) -> Option<Value> {
        let parts = [&self.options, &self.files, &self.fixed];
        // A subnet in which nothing boots has a part of the options only, and no files.
        let everywhere = [&self.options, &self.files].iter().any(|of| {
            !of.is_empty()
                && of.len() >= all.boot.len()
                && all.boot.iter().all(|network| of.contains(network))
        });
        if everywhere || parts.iter().all(|of| of.is_empty()) {
            return None;
        }
        let here = parts.iter().flat_map(|of| of.iter()).filter_map(|network| all.by_network.get(network));
        let here: BTreeMap<usize, &str> = here.copied().collect();
        (here.len() < all.by_network.len())
            .then(|| Value::one_or_list(here.into_values().map(Value::from).collect()))
    }
}

/// The subnets of a file, by their networks as written.
struct Networks<'n> {
    by_network: BTreeMap<String, (usize, &'n str)>,
    /// Those in which something boots.
    boot: Vec<String>,
}

impl<'n> Networks<'n> {
    fn of(subnets: &'n [Subnet<'_, '_>]) -> Self {
        let all = subnets.iter().enumerate();
        let by_network = all.map(|(at, subnet)| (network_of(subnet.head), (at, subnet.name.as_str())));
        let boot = subnets.iter().filter(|subnet| !subnet.netboot_none).map(|subnet| network_of(subnet.head));
        Self { by_network: by_network.collect(), boot: boot.collect() }
    }
}

/// Writes the classes, with priorities if two of them may conflict.
pub fn write(classes: &[OwnClass], subnets: &[Subnet<'_, '_>], target: &mut Mapping) {
    // Without priorities, a later name wins.
    let mut runs: Vec<usize> = Vec::new();
    let mut run = 0;
    for (at, class) in classes.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| classes.get(at));
        run += usize::from(before.is_some_and(|before| before.name > class.name));
        runs.push(run);
    }
    let few = classes.get(..MOST_COMPARED).unwrap_or(classes);
    let conflict = run == 0
        && few
            .iter()
            .enumerate()
            .any(|(at, class)| few.iter().skip(at + 1).any(|other| may_conflict(&class.body, &other.body)));
    let networks = Networks::of(subnets);
    let mut sorted: Vec<(usize, &OwnClass)> = classes.iter().enumerate().collect();
    // The order of the site is that of the `class` blocks.
    sorted.sort_by_key(|(_, class)| class.declared.unwrap_or(usize::MAX));
    for (at, class) in sorted {
        let mut body = class.body.clone();
        if let Some(subnets) = class.subnets(&networks) {
            body.set("subnets", subnets);
        }
        let priority = if conflict { at } else { runs.get(at).copied().unwrap_or_default() };
        if priority > 0 {
            body.set("priority", Value::Bare(priority.min(1000).to_string()));
        }
        target.set(&class.name, body);
    }
}
