//! `subnet6` and what is in it.

use std::net::Ipv6Addr;
use std::rc::Rc;

use super::super::super::copies::weight_of_text;
use super::super::super::coverage::Outcome;
use super::super::super::names::title;
use super::super::super::six::{Network, Part, Pool, Said, Text};
use super::super::scopes::settle;
use super::super::statements::Statement;
use super::super::words::{Word, lists, plain};
use super::{Reader, is_of_ipv4, part, urls};
use crate::model::{Cidr6, Range6, ipv6};

/// What the scopes around a network say for it.
#[derive(Clone, Default)]
pub(super) struct Outer<'a, 't> {
    pub(super) dns: Option<(Rc<Vec<Ipv6Addr>>, &'a Statement<'t>)>,
    pub(super) domains: Option<(Rc<Vec<String>>, &'a Statement<'t>)>,
    /// The last statement that chooses boot files: its index among all of them.
    pub(super) boot: Option<usize>,
}

/// A statement that chooses boot files. Scopes share those of the scopes around them.
pub(super) struct BootStatement<'a, 't> {
    pub(super) statement: &'a Statement<'t>,
    /// The one before it in its scope or around it.
    pub(super) before: Option<usize>,
    /// The weight of both, and of all before them.
    pub(super) weight: usize,
}

impl<'a, 't> Reader<'a, 't, '_> {
    /// Adds a statement that chooses boot files to a scope.
    pub(super) fn choose(&mut self, statement: &'a Statement<'t>, scope: &mut Outer<'a, 't>) {
        let before = scope.boot;
        let outside = before.and_then(|at| self.boot.get(at)).map_or(0, |last| last.weight);
        let weight = outside + weight_of_text(statement.text);
        scope.boot = Some(self.boot.len());
        self.boot.push(BootStatement { statement, before, weight });
    }

    /// The statements of a scope and those around it that choose boot files, in the order of the file.
    fn chosen(&self, scope: &Outer<'a, 't>) -> Vec<&'a Statement<'t>> {
        let get = |at: Option<usize>| self.boot.get(at?);
        let all = std::iter::successors(get(scope.boot), |last| get(last.before));
        let mut all: Vec<_> = all.map(|one| one.statement).collect();
        all.reverse();
        all
    }

    pub(super) fn network(
        &mut self,
        statement: &'a Statement<'t>,
        inside: &'a [Statement<'t>],
        shared: Option<String>,
        outer: &Outer<'a, 't>,
    ) {
        let words = plain(statement.tokens.get(1..).unwrap_or_default());
        let cidr = match words.as_slice() {
            [word] => word.text().and_then(|text| Cidr6::parse(text).ok()),
            _ => None,
        };
        let Some(cidr) = cidr else {
            let why = "dhcpd expects `subnet6 NETWORK/PREFIX`, and a site a prefix from 16 on";
            settle(statement, &Outcome::Lost(why.into()), self.coverage);
            return;
        };
        self.coverage.set(statement.number, Outcome::Words);
        let head = Part {
            numbers: vec![statement.number],
            origin: statement.origin.clone(),
            text: Text::Nowhere("a network is no text"),
        };
        let title = statement.comment.and_then(title);
        let mut network = Network { title, shared, ..Network::new(cidr, head) };
        let mut own;
        let inherits = outer.boot.is_some() || outer.dns.is_some() || outer.domains.is_some();
        if inherits && !self.six.networks.is_empty() && !self.may_copy(outer) {
            own = Outer::default();
        } else {
            own = outer.clone();
        }
        for inner in inside {
            self.inside(inner, &mut network, &mut own);
        }
        let said = |statement: &Statement<'t>| part(statement);
        let boot = self.chosen(&own);
        network.dns =
            own.dns.map(|(value, from)| Said { value: Rc::unwrap_or_clone(value), part: said(from) });
        network.domains =
            own.domains.map(|(value, from)| Said { value: Rc::unwrap_or_clone(value), part: said(from) });
        network.sends = urls::sends(&boot, &self.names);
        network.boot = boot.into_iter().map(part).collect();
        let kept =
            network.dns.iter().map(|said| &said.part).chain(network.domains.iter().map(|said| &said.part));
        for part in kept.chain(&network.boot) {
            part.set(&Outcome::Words, self.coverage);
        }
        self.six.networks.push(network);
    }

    fn inside(&mut self, inner: &'a Statement<'t>, network: &mut Network, own: &mut Outer<'a, 't>) {
        let is_conditional =
            ["if", "elsif", "elseif", "else", "switch"].iter().any(|head| inner.begins(&[head]));
        if self.is_without_words(inner) {
        } else if is_conditional || urls::chooses(inner, &self.names) {
            self.choose(inner, own);
        } else if self.client_option(inner, own) {
        } else if inner.begins(&["range6"])
            && let Some(range) = range(inner)
        {
            self.coverage.set(inner.number, Outcome::Words);
            let value = Pool { range, known_only: false };
            network.ranges.push(Said { value, part: part(inner) });
        } else if inner.begins(&["pool6"])
            && let Some(pools) = pool(inner)
        {
            settle(inner, &Outcome::Words, self.coverage);
            let whole = part(inner);
            // The first has it all.
            let rest = Part { numbers: Vec::new(), text: Text::Statements(String::new()), ..whole.clone() };
            let parts = std::iter::once(whole).chain(std::iter::repeat(rest));
            network.ranges.extend(pools.into_iter().zip(parts).map(|(value, part)| Said { value, part }));
        } else if inner.begins(&["host"]) {
            let name = inner.tokens.get(1).map(|token| token.text.to_owned());
            self.host(inner, name);
        } else if is_of_ipv4(inner, &self.names) {
            settle(inner, &Outcome::Default, self.coverage);
        } else {
            network.raw.push(part(inner));
        }
    }

    /// Takes an option of clients that a subnet has a key for.
    pub(super) fn client_option(&mut self, statement: &'a Statement<'t>, scope: &mut Outer<'a, 't>) -> bool {
        let values = statement.tokens.get(4..).unwrap_or_default();
        let lists = || lists(values);
        let only = |list: &Vec<Word>| match list.as_slice() {
            [word] => word.text().map(str::to_owned),
            _ => None,
        };
        match urls::code(statement, &self.names) {
            Some(23) => {
                let ips = lists().iter().map(|list| ipv6(&only(list)?).ok()).collect::<Option<Vec<_>>>();
                let Some(ips) = ips.filter(|ips| !ips.is_empty()) else { return false };
                self.overridden(scope.dns.replace((Rc::new(ips), statement)).map(|(_, old)| old));
            }
            Some(24) => {
                let Some(domains) = lists().iter().map(only).collect::<Option<Vec<_>>>() else {
                    return false;
                };
                self.overridden(scope.domains.replace((Rc::new(domains), statement)).map(|(_, old)| old));
            }
            _ => return false,
        }
        self.coverage.set(statement.number, Outcome::Default);
        true
    }

    /// A statement that a later one of the same scope, or of an inner one, overrides. It counts where it is used.
    fn overridden(&mut self, old: Option<&Statement<'t>>) {
        if let Some(old) = old
            && self.coverage.outcome(old.number) != Some(&Outcome::Words)
        {
            self.coverage.set(old.number, Outcome::Default);
        }
    }
}

/// The addresses of `range6 LOW HIGH` or `range6 NETWORK/PREFIX`.
fn range(statement: &Statement<'_>) -> Option<Range6> {
    let words = plain(statement.tokens.get(1..).unwrap_or_default());
    let text = |word: &Word| word.bare().map(str::to_owned);
    match words.as_slice() {
        [low, high] => {
            let (low, high) = (ipv6(&text(low)?).ok()?, ipv6(&text(high)?).ok()?);
            (low <= high).then_some(Range6 { low, high })
        }
        [network] => Cidr6::parse(&text(network)?).ok().map(Range6::from),
        _ => None,
    }
}

/// The ranges of a `pool6` that says no more than whether strangers get their addresses.
fn pool(statement: &Statement<'_>) -> Option<Vec<Pool>> {
    let mut ranges = Vec::new();
    let mut known_only = false;
    for inner in statement.block.as_deref()? {
        let words: Vec<String> = inner.tokens.iter().map(|token| token.text.to_ascii_lowercase()).collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["allow", "known-clients"]
            | ["allow", "known", "clients"]
            | ["deny", "unknown-clients"]
            | ["deny", "unknown", "clients"] => known_only = true,
            ["range6", ..] => ranges.push(range(inner)?),
            _ => return None,
        }
    }
    (!ranges.is_empty()).then(|| ranges.into_iter().map(|range| Pool { range, known_only }).collect())
}
