//! Groups: what hosts inherit, in order.

use rustc_hash::FxHashMap;

use super::Resolver;
use crate::model::network_name;
use crate::report::Finding;
use crate::schema::{Group, Setting};
use crate::source::{Span, Word};

/// Every group with its ancestors.
pub(super) struct Groups<'a> {
    all: Vec<Group<'a>>,
    /// For each group the groups whose settings apply, outermost first, itself last.
    chains: Vec<Vec<usize>>,
    by_name: FxHashMap<&'a str, usize>,
}

/// The state of a group while its ancestors are looked for.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    Open,
    Done,
}

pub(super) fn resolve<'a>(
    r: &mut Resolver<'_, 'a>,
    all: Vec<Group<'a>>,
    ids: &FxHashMap<&str, Span>,
) -> Groups<'a> {
    let by_name: FxHashMap<&str, usize> =
        all.iter().enumerate().map(|(at, group)| (group.name.text, at)).collect();
    for group in &all {
        r.value(group.name, network_name);
        r.gaps.hosts |= group.wrong;
        for setting in &group.settings {
            if let Setting::Boot(word) = setting {
                super::entries::check_reference(r, *word, ids);
            }
        }
    }
    let mut groups = Groups { chains: vec![Vec::new(); all.len()], all, by_name };
    let mut marks = vec![Mark::New; groups.all.len()];
    for at in 0..groups.all.len() {
        chain(r, &mut groups, &mut marks, at);
    }
    groups
}

/// Finds the ancestors of a group. Walks with a list of its own instead of the call stack: groups
/// may be nested as deep as anybody writes them.
fn chain(r: &mut Resolver<'_, '_>, groups: &mut Groups<'_>, marks: &mut [Mark], start: usize) {
    let mut open = vec![start];
    while let Some(&at) = open.last() {
        if marks[at] == Mark::Done {
            open.pop();
            continue;
        }
        let parents: Vec<(usize, Span)> = parents(r, groups, at, marks[at] == Mark::New);
        marks[at] = Mark::Open;
        let mut waiting = false;
        for (parent, span) in &parents {
            match marks[*parent] {
                Mark::New => {
                    open.push(*parent);
                    waiting = true;
                }
                Mark::Open => {
                    let name = groups.all[*parent].name;
                    if r.refused.insert(*span) {
                        let finding = Finding::error(
                            "group-cycle",
                            *span,
                            format!("the group `{}` is its own ancestor", name.text),
                        );
                        r.report.push(finding.and(name.span, "the group"));
                        r.gaps.hosts = true;
                    }
                }
                Mark::Done => {}
            }
        }
        if waiting {
            continue;
        }
        let mut chain: Vec<usize> = Vec::new();
        for (parent, _) in &parents {
            for ancestor in &groups.chains[*parent] {
                chain.retain(|known| known != ancestor);
                chain.push(*ancestor);
            }
        }
        chain.push(at);
        groups.chains[at] = chain;
        marks[at] = Mark::Done;
        open.pop();
    }
}

fn parents(r: &mut Resolver<'_, '_>, groups: &Groups<'_>, at: usize, first: bool) -> Vec<(usize, Span)> {
    let mut found = Vec::new();
    for word in &groups.all[at].parents {
        match groups.by_name.get(word.text) {
            Some(parent) => found.push((*parent, word.span)),
            None if first => groups.unknown(r, *word),
            None => {}
        }
    }
    found
}

impl<'a> Groups<'a> {
    /// Says that there is no such group.
    pub(super) fn unknown(&self, r: &mut Resolver<'_, '_>, word: Word<'_>) {
        let known: Vec<&str> = self.all.iter().map(|group| group.name.text).collect();
        r.unknown("group", word, &known);
        r.gaps.hosts = true;
    }

    /// The group of that name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The settings that hosts of these groups have, weakest first.
    pub(super) fn settings(&self, groups: &[usize]) -> impl Iterator<Item = &Setting<'a>> {
        self.order(groups).into_iter().flat_map(|at| self.all[at].settings.iter())
    }

    /// The names of the groups that have a say, weakest first.
    pub(super) fn names(&self, groups: &[usize]) -> Vec<String> {
        self.order(groups).into_iter().map(|at| self.all[at].name.text.to_owned()).collect()
    }

    fn order(&self, groups: &[usize]) -> Vec<usize> {
        let mut order: Vec<usize> = Vec::new();
        for group in groups {
            for ancestor in &self.chains[*group] {
                order.retain(|known| known != ancestor);
                order.push(*ancestor);
            }
        }
        order
    }
}
