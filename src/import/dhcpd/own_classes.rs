//! The classes of a dhcpd.conf that ipxegen made. In each subnet they are conditions with their name in a comment
//! (`templates/dhcpd`: `class_options`, `class_files`, `class_netboot`), the strongest last; a class that ranges need is
//! also a `class`, and an address for its one client a pool.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Mapping, Value};
use super::expression::OptionNames;
pub use super::own_match::own_match;
use super::scopes::{Scopes, settle};
use super::site_classes::settings;
use super::statements::Statement;
use super::subnets::Subnet;
use super::switch::{Choices, Who};
use super::words::{Word, plain};
use crate::dialects::dhcpd::lexer::Token;
use crate::model::{CLIENT_KINDS, ipv4};

/// The effect of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// It sends options.
    Options,
    /// It chooses boot files.
    Files,
    /// It decides who boots.
    Netboot(&'static str),
    /// It is a pool of one address.
    Address(Ipv4Addr),
}

/// A condition of a class in a subnet.
#[derive(Debug)]
pub struct OwnCondition<'t> {
    name: String,
    role: Role,
    /// The network and the mask of its subnet, as written.
    subnet: String,
    statement: Statement<'t>,
}

/// Takes the conditions of classes out of the subnets of a file, with the pools of their addresses, and what belongs to
/// options that are sent unasked.
pub fn take<'t>(statements: &mut Vec<Statement<'t>>, coverage: &mut Coverage) -> Vec<OwnCondition<'t>> {
    let mut taken = Vec::new();
    statements.retain(|statement| {
        let unasked = statement.begins(&["if", "exists", "dhcp-parameter-request-list"])
            && statement.text.contains("ipxegen.always-");
        if unasked {
            settle(statement, &Outcome::Words, coverage);
        }
        !unasked
    });
    for statement in statements {
        if statement.begins(&["shared-network"]) {
            for inner in statement.block.iter_mut().flatten() {
                from_subnet(inner, &mut taken, coverage);
            }
        } else {
            from_subnet(statement, &mut taken, coverage);
        }
    }
    taken
}

fn from_subnet<'t>(
    statement: &mut Statement<'t>,
    taken: &mut Vec<OwnCondition<'t>>,
    coverage: &mut Coverage,
) {
    if !statement.begins(&["subnet"]) {
        return;
    }
    let subnet = network_of(statement);
    let Some(block) = &mut statement.block else { return };
    netboot(block, &subnet, taken, coverage);
    addresses(block, &subnet, taken, coverage);
    conditions(block, &subnet, taken, coverage);
}

/// The network and the mask of a subnet, as written.
fn network_of(statement: &Statement<'_>) -> String {
    plain(statement.tokens.get(1..).unwrap_or_default())
        .iter()
        .filter_map(Word::bare)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The name in the comment behind the condition of a class.
fn name_of(statement: &Statement<'_>) -> Option<String> {
    let name = statement.remark?.trim_start_matches('#').trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn add<'t>(
    statement: Statement<'t>,
    role: Role,
    subnet: &str,
    taken: &mut Vec<OwnCondition<'t>>,
    coverage: &mut Coverage,
) {
    settle(&statement, &Outcome::Words, coverage);
    let Some(name) = name_of(&statement) else { return };
    taken.push(OwnCondition { name, role, subnet: subnet.to_owned(), statement });
}

/// Takes the conditions of options and boot files.
fn conditions<'t>(
    block: &mut Vec<Statement<'t>>,
    subnet: &str,
    taken: &mut Vec<OwnCondition<'t>>,
    coverage: &mut Coverage,
) {
    let mut rest = Vec::with_capacity(block.len());
    let mut all = std::mem::take(block).into_iter().peekable();
    while let Some(mut statement) = all.next() {
        let is_chain = all.peek().is_some_and(|next| next.begins(&["elsif"]) || next.begins(&["else"]));
        if statement.begins(&["if", "known"]) && !is_chain {
            if let Some(inner) = &mut statement.block {
                conditions(inner, subnet, taken, coverage);
            }
        } else if statement.begins(&["if", "("]) && !is_chain && name_of(&statement).is_some() {
            let role = if has_file(&statement) { Role::Files } else { Role::Options };
            add(statement, role, subnet, taken, coverage);
            continue;
        }
        rest.push(statement);
    }
    *block = rest;
}

fn has_file(statement: &Statement<'_>) -> bool {
    statement.begins(&["filename"]) || statement.block.iter().flatten().any(has_file)
}

/// Takes the conditions that decide who boots. The boot files of the subnet stay, for those for whom they are.
fn netboot<'t>(
    block: &mut Vec<Statement<'t>>,
    subnet: &str,
    taken: &mut Vec<OwnCondition<'t>>,
    coverage: &mut Coverage,
) {
    let boots = ["option", "ipxegen", ".", "boots"];
    let decides = |statement: &Statement<'_>| {
        let mut inner = statement.block.iter().flatten();
        inner.any(|inner| {
            inner.begins(&boots) || inner.block.iter().flatten().any(|inner| inner.begins(&boots))
        })
    };
    if !block.iter().any(decides) {
        return;
    }
    let mut known = None;
    let mut rest = Vec::with_capacity(block.len());
    let mut rules = Vec::new();
    for mut statement in std::mem::take(block) {
        if decides(&statement) {
            let marks: Vec<&Statement<'_>> = statement.block.iter().flatten().collect();
            let value = match marks.as_slice() {
                [only] if only.begins(&["if", "known"]) => "known",
                [only] if only.tokens.last().is_some_and(|token| token.text == "1") => "all",
                _ => "none",
            };
            if statement.begins(&["else"]) {
                settle(&statement, &Outcome::Words, coverage);
                known =
                    statement.block.take().into_iter().flatten().find(|inner| inner.begins(&["if", "known"]));
            } else {
                rules.push((statement, value));
            }
        } else if statement.begins(&["if", "config-option", "ipxegen", ".", "boots"]) {
            coverage.set(statement.number, Outcome::Words);
            let files = statement.block.take().unwrap_or_default();
            match known.take() {
                Some(known) => rest.push(Statement { block: Some(files), ..known }),
                None => rest.extend(files),
            }
        } else {
            rest.push(statement);
        }
    }
    // The strongest is the first here.
    for (statement, value) in rules.into_iter().rev() {
        add(statement, Role::Netboot(value), subnet, taken, coverage);
    }
    *block = rest;
}

/// Takes the pools of classes with one address, if all other pools refuse the class.
fn addresses<'t>(
    block: &mut Vec<Statement<'t>>,
    subnet: &str,
    taken: &mut Vec<OwnCondition<'t>>,
    coverage: &mut Coverage,
) {
    let is_pool = |inner: &Statement<'_>| inner.begins(&["pool"]);
    if block.iter().any(|inner| inner.begins(&["range"])) {
        return;
    }
    // How many of the other pools refuse each class.
    let mut refused: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    let mut others = 0;
    for pool in block.iter().filter(|inner| is_pool(inner) && address_of(inner).is_none()) {
        others += 1;
        for class in pool.block.iter().flatten().filter_map(|inner| permit(inner, "deny")) {
            *refused.entry(class).or_default() += 1;
        }
    }
    let mut alone: BTreeSet<Vec<u8>> = BTreeSet::new();
    for pool in std::mem::take(block) {
        match address_of(&pool) {
            Some((class, ip)) if refused.get(class.as_bytes()).copied().unwrap_or(0) == others => {
                settle(&pool, &Outcome::Words, coverage);
                alone.insert(class.clone().into_bytes());
                let subnet = subnet.to_owned();
                taken.push(OwnCondition { name: class, role: Role::Address(ip), subnet, statement: pool });
            }
            _ => block.push(pool),
        }
    }
    for inner in block.iter_mut().filter(|inner| is_pool(inner)).filter_map(|pool| pool.block.as_mut()) {
        inner.retain(|inner| {
            let refuses = permit(inner, "deny").is_some_and(|class| alone.contains(&class));
            if refuses {
                coverage.set(inner.number, Outcome::Words);
            }
            !refuses
        });
    }
}

/// The class that a statement of a pool allows or denies.
fn permit(statement: &Statement<'_>, word: &str) -> Option<Vec<u8>> {
    let is_permit = statement.begins(&[word, "members", "of"]);
    statement.tokens.last().filter(|_| is_permit).map(Token::decoded)
}

/// The class of a pool of one address that is for it alone.
fn address_of(pool: &Statement<'_>) -> Option<(String, Ipv4Addr)> {
    let inner: Vec<&Statement<'_>> = pool.block.iter().flatten().collect();
    let [permit, range] = inner.as_slice() else { return None };
    if !pool.begins(&["pool"]) || !permit.begins(&["allow", "members", "of"]) || !range.begins(&["range"]) {
        return None;
    }
    let class = String::from_utf8(permit.tokens.last().map(Token::decoded)?).ok()?;
    let words = plain(range.tokens.get(1..)?);
    let [low, high] = words.as_slice() else { return None };
    let (low, high) = (ipv4(low.bare()?).ok()?, ipv4(high.bare()?).ok()?);
    (low == high).then_some((class, low))
}

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
        let state = choices.of(|asker| asker.who == Who::Firmware(kind))?;
        state.written_file().map(|given| given.text.clone())
    };
    let mut loaders = Mapping::default();
    for info in &CLIENT_KINDS {
        let Some(own) = file(info.kind) else { continue };
        let like = info.loads_like.and_then(file).unwrap_or_default();
        let implied =
            !like.is_empty() && own.strip_suffix(&like).is_some_and(|url| url.ends_with("/tftpboot/"));
        if !(implied || info.loads_like.is_some() && own.is_empty() && like.is_empty()) {
            loaders.set(info.name, if own.is_empty() { "none" } else { own.as_str() });
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
        let boot = subnets.iter().filter(|subnet| !subnet.lid).map(|subnet| network_of(subnet.head));
        Self { by_network: by_network.collect(), boot: boot.collect() }
    }
}

/// How many classes are compared with each other.
const MOST_COMPARED: usize = 200;

/// Writes the classes; `may_conflict` says whether two of them need different priorities.
pub fn write(
    classes: &[OwnClass],
    subnets: &[Subnet<'_, '_>],
    target: &mut Mapping,
    may_conflict: impl Fn(&Mapping, &Mapping) -> bool,
) {
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
