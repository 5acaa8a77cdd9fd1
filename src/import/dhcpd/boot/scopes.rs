//! Scopes, entered from the outside to the inside: what they choose, and what stays text.

use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::super::super::copies::{too_many, weight_of_text};
use super::super::super::coverage::{Coverage, Outcome};
use super::super::scopes::{Kind, Scope, Scopes};
use super::super::statements::Statement;
use super::super::switch::{Choices, Entered};
use super::super::verbatim::Verbatim;
use super::{BootFiles, with_inner};

/// A scope around several others, entered.
pub(super) struct Around<'a, 't> {
    /// What was given outside of it, which the key is the place of.
    _outside: Rc<Choices>,
    entered: Rc<Entered<'a, 't>>,
    /// Whether its text and its classes are written again for each of the others.
    is_copied: bool,
}

/// How much a class for a branch weighs for each subnet that it names.
const CLASS: usize = 8;

/// How many scopes are remembered.
const REMEMBERED: usize = 256;

/// How many statements of groups and shared networks are evaluated again, for another subnet or host than the first.
const EVALUATED: usize = 20_000;

/// Counts the statements that are evaluated again.
pub(super) struct Evaluations {
    left: usize,
    /// The statements of each scope, with those in its blocks.
    sizes: HashMap<usize, usize>,
    /// The scopes that are too big to be entered again.
    left_out: HashSet<usize>,
}

impl Default for Evaluations {
    fn default() -> Self {
        Self { left: EVALUATED, sizes: HashMap::default(), left_out: HashSet::default() }
    }
}

impl Evaluations {
    /// Whether a scope may be entered once more. The first time is free.
    fn take(&mut self, at: usize, scope: &Scope<'_, '_>) -> bool {
        let Some(size) = self.sizes.get(&at) else {
            let inside = |statement: &Statement<'_>| {
                with_inner(statement.block.as_deref().unwrap_or_default()).count()
            };
            self.sizes.insert(at, scope.boot.iter().map(|statement| 1 + inside(statement)).sum());
            return true;
        };
        let left = self.left.checked_sub(*size);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

impl<'r, 'a, 't> BootFiles<'r, 'a, 't> {
    /// Enters scopes, outer ones first; what no key expresses is added to `raw`.
    pub(in crate::import::dhcpd) fn enter(
        &mut self,
        outer: &Rc<Choices>,
        scopes: &[usize],
        subnet: Option<&str>,
        raw: &mut Vec<Verbatim>,
        coverage: &mut Coverage,
    ) -> Rc<Choices> {
        let mut choices = Rc::clone(outer);
        let all: &'r Scopes<'a, 't> = self.scopes;
        for (at, scope) in scopes.iter().filter_map(|at| Some((*at, all.all.get(*at)?))) {
            let Some(block) = scope.head.and_then(|head| head.block.as_deref()) else { continue };
            if scope.boot.is_empty() {
                continue;
            }
            if !matches!(scope.kind, Kind::Shared(_) | Kind::Group(_)) {
                let entered = choices.enter(block, None, &self.definitions);
                raw.extend(self.account(&entered, subnet, coverage));
                choices = entered.choices;
                continue;
            }
            let key = (Rc::as_ptr(&choices), at);
            let known = self.entered.get(&key).map(|around| (Rc::clone(&around.entered), around.is_copied));
            let is_new = known.is_none();
            if is_new && !self.evaluations.take(at, scope) {
                if self.evaluations.left_out.insert(at) {
                    let why = format!(
                        "what it says about boot files is evaluated for each subnet of its hosts, and an import evaluates {EVALUATED} statements again at most"
                    );
                    let lost = Outcome::Lost(why);
                    for statement in &scope.boot {
                        super::super::scopes::settle(statement, &lost, coverage);
                    }
                }
                continue;
            }
            let (entered, is_copied) = match known {
                Some(known) => known,
                None => {
                    let entered = Rc::new(choices.enter(block, None, &self.definitions));
                    let times = all.members.get(&at).copied().filter(|_| subnet.is_some()).unwrap_or(1);
                    let texts = entered.raw.iter().map(|verbatim| weight_of_text(&verbatim.text));
                    let weight = texts.sum::<usize>() + CLASS * entered.others.len();
                    let is_copied = self.copies.take(weight, times);
                    Self::settle(&entered, (!is_copied).then_some(times), coverage);
                    if self.entered.len() >= REMEMBERED {
                        self.entered.clear();
                    }
                    let around =
                        Around { _outside: Rc::clone(&choices), entered: Rc::clone(&entered), is_copied };
                    self.entered.insert(key, around);
                    (entered, is_copied)
                }
            };
            // A group has its text once, whatever hosts are in it.
            if is_copied && (is_new || subnet.is_some()) {
                raw.extend(self.texts(&entered, subnet, coverage));
            }
            choices = Rc::clone(&entered.choices);
        }
        choices
    }

    /// Accounts for the statements of a scope; returns what goes into `raw`.
    pub(super) fn account(
        &mut self,
        entered: &Entered<'_, '_>,
        subnet: Option<&str>,
        coverage: &mut Coverage,
    ) -> Vec<Verbatim> {
        Self::settle(entered, None, coverage);
        self.texts(entered, subnet, coverage)
    }

    /// Accounts for the statements of a scope; with `subnets`, there are too many of them for its text.
    fn settle(entered: &Entered<'_, '_>, subnets: Option<usize>, coverage: &mut Coverage) {
        for statement in &entered.in_words {
            coverage.set(statement.number, Outcome::Words);
        }
        for statement in &entered.without_effect {
            coverage.set(statement.number, Outcome::Default);
        }
        let lost = subnets.map(|subnets| Outcome::Lost(too_many(subnets, "subnets")));
        for verbatim in &entered.raw {
            for statement in &verbatim.statements {
                let raw = || Outcome::Raw(verbatim.why.clone());
                coverage.set(statement.number, lost.clone().unwrap_or_else(raw));
            }
        }
        if let Some(lost) = lost {
            for branch in &entered.others {
                super::super::scopes::settle(branch.statement, &lost, coverage);
            }
        }
    }

    /// What goes into `raw`.
    fn texts(
        &mut self,
        entered: &Entered<'_, '_>,
        subnet: Option<&str>,
        coverage: &mut Coverage,
    ) -> Vec<Verbatim> {
        let mut raw = Vec::new();
        for verbatim in &entered.raw {
            if let Some(first) = verbatim.statements.first() {
                let text = format!("{}\n", verbatim.text.trim_end());
                raw.push(Verbatim::with(first, text));
            }
        }
        // Clients that no kind of client describes are classes.
        for branch in &entered.others {
            if let Err(why) = self.classes.branch(branch, subnet) {
                super::super::scopes::settle(branch.statement, &Outcome::Raw(why), coverage);
                raw.push(Verbatim::with(branch.statement, alone(branch.statement)));
            }
        }
        raw
    }
}

/// A branch as a condition of its own: `elsif` becomes `if`.
fn alone(statement: &Statement<'_>) -> String {
    let text = super::super::verbatim::text_of(statement);
    let rest = ["elsif", "elseif"].iter().find_map(|word| {
        let head = text.get(..word.len())?;
        if head.eq_ignore_ascii_case(word) { text.get(word.len()..) } else { None }
    });
    match rest {
        Some(rest) => format!("if{rest}"),
        None => text,
    }
}
