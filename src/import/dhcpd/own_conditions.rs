//! The conditions of classes in a dhcpd.conf that ipxegen made. Each subnet has them with the name of the class in a comment
//! (`templates/dhcpd`: `class_options`, `class_files`, `class_netboot`), the strongest last; an address for the one client
//! of a class is a pool.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::super::coverage::{Coverage, Outcome};
use super::scopes::settle;
use super::statements::Statement;
use super::words::{Word, plain};
use crate::dialects::dhcpd::lexer::Token;
use crate::model::ipv4;

/// The effect of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
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
    /// The name of the class.
    pub(super) name: String,
    /// Its effect.
    pub(super) role: Role,
    /// The network and the mask of its subnet, as written.
    pub(super) subnet: String,
    /// The statement.
    pub(super) statement: Statement<'t>,
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
pub(super) fn network_of(statement: &Statement<'_>) -> String {
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
    let denies_bootp = |inner: &&Statement<'_>| inner.begins(&["deny", "dynamic", "bootp", "clients"]);
    let inner: Vec<&Statement<'_>> =
        pool.block.iter().flatten().filter(|inner| !denies_bootp(inner)).collect();
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
