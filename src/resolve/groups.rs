//! Groups, and the order in which their settings apply.

use foldhash::{HashMap, HashSet};

use super::boot_file::check_file;
use super::entry_ids::{EntryIds, check_reference};
use super::resolver::Resolver;
use crate::limits::GROUP_DEPTH;
use crate::model::{Spanned, network_name};
use crate::report::Finding;
use crate::report::catalogue::{GROUP_CYCLE, MALFORMED};
use crate::schema::{Group, Setting};
use crate::source::{Scalar, Span};

/// Every group with its ancestors.
pub(super) struct Groups<'a> {
    all: Vec<Group<'a>>,
    /// For each group, the groups whose settings apply to it: its ancestors, outermost first, then itself.
    chains: Vec<Vec<usize>>,
    by_name: HashMap<&'a str, usize>,
    /// Whether a group accepts findings.
    any_allow: bool,
}

/// Keeps the last occurrence of each group.
fn last_wins(groups: impl Iterator<Item = usize>) -> Vec<usize> {
    let all: Vec<usize> = groups.collect();
    let mut seen = HashSet::default();
    let mut kept: Vec<usize> = all.into_iter().rev().filter(|group| seen.insert(*group)).collect();
    kept.reverse();
    kept
}

/// The state of a group in the search for its ancestors.
#[derive(Clone, Copy, PartialEq)]
enum SearchState {
    New,
    Open,
    Done,
}

pub(super) fn resolve<'a>(r: &mut Resolver<'_, 'a>, all: Vec<Group<'a>>, ids: &EntryIds<'_>) -> Groups<'a> {
    let by_name: HashMap<&str, usize> =
        all.iter().enumerate().map(|(at, group)| (group.name.text, at)).collect();
    for group in &all {
        r.value(group.name, network_name);
        r.gaps.hosts |= group.wrong;
        check_file(r, "group", group.name, &group.settings);
        for setting in &group.settings {
            if let Setting::Boot(word) = setting {
                check_reference(r, *word, ids);
            }
        }
    }
    let allows =
        |group: &Group<'_>| group.settings.iter().any(|setting| matches!(setting, Setting::Allow(_)));
    let any_allow = all.iter().any(allows);
    let mut groups = Groups { chains: vec![Vec::new(); all.len()], all, by_name, any_allow };
    let mut marks = vec![SearchState::New; groups.all.len()];
    for at in 0..groups.all.len() {
        chain(r, &mut groups, &mut marks, at);
    }
    groups
}

/// Finds the ancestors of a group. It uses a list instead of recursion, because users can nest groups to any
/// depth.
fn chain(r: &mut Resolver<'_, '_>, groups: &mut Groups<'_>, marks: &mut [SearchState], start: usize) {
    let mut open = vec![start];
    while let Some(&at) = open.last() {
        if marks[at] == SearchState::Done {
            open.pop();
            continue;
        }
        let parents: Vec<(usize, Span)> = parents(r, groups, at, marks[at] == SearchState::New);
        marks[at] = SearchState::Open;
        let mut waiting = false;
        for (parent, span) in &parents {
            match marks[*parent] {
                SearchState::New => {
                    open.push(*parent);
                    waiting = true;
                }
                SearchState::Open => {
                    let name = groups.all[*parent].name;
                    if r.refused.insert(*span) {
                        let finding = Finding::new(
                            &GROUP_CYCLE,
                            *span,
                            format!("the group `{}` is its own ancestor", name.text),
                        );
                        r.report.push(finding.and(name.span, "the group"));
                        r.gaps.hosts = true;
                    }
                }
                SearchState::Done => {}
            }
        }
        if waiting {
            continue;
        }
        let mut chain = last_wins(parents.iter().flat_map(|(parent, _)| &groups.chains[*parent]).copied());
        chain.push(at);
        if chain.len() > GROUP_DEPTH {
            let name = groups.all[at].name;
            let message = format!("the group `{}` has {} ancestors", name.text, chain.len() - 1);
            let finding = Finding::new(&MALFORMED, name.span, message);
            r.report.push(finding.help(format!("at most {}: nobody can follow more", GROUP_DEPTH - 1)));
            r.gaps.hosts = true;
            // Its ancestors are ignored, so its descendants are not reported too.
            chain = vec![at];
        }
        groups.chains[at] = chain;
        marks[at] = SearchState::Done;
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
    /// Reports an unknown group.
    pub(super) fn unknown(&self, r: &mut Resolver<'_, '_>, word: Scalar<'_>) {
        let all = if r.hints() { self.all.as_slice() } else { &[] };
        let known: Vec<&str> = all.iter().map(|group| group.name.text).collect();
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

    /// Each group whose settings apply, and these, weakest first.
    pub(super) fn one_by_one(
        &self,
        groups: &[usize],
    ) -> impl Iterator<Item = (Spanned<String>, &[Setting<'a>])> {
        let groups = self.order(groups).into_iter().filter_map(|at| self.all.get(at));
        groups.map(|group| {
            let name = Spanned::new(group.name.text.to_owned(), group.name.span);
            (name, group.settings.as_slice())
        })
    }

    /// The rules whose findings the groups accept on their hosts.
    pub(super) fn allows(&self, groups: &[usize]) -> Vec<Scalar<'a>> {
        if !self.any_allow {
            return Vec::new();
        }
        let dicts = self.settings(groups).filter_map(|setting| match setting {
            Setting::Allow(dict) => Some(dict),
            _ => None,
        });
        dicts.flat_map(|dict| &dict.entries).map(|(rule, _reason)| *rule).collect()
    }

    /// The names of the groups whose settings apply, weakest first.
    pub(super) fn names(&self, groups: &[usize]) -> Vec<Spanned<String>> {
        let names = self.order(groups).into_iter().map(|at| self.all[at].name);
        names.map(|name| Spanned::new(name.text.to_owned(), name.span)).collect()
    }

    fn order(&self, groups: &[usize]) -> Vec<usize> {
        last_wins(groups.iter().flat_map(|group| &self.chains[*group]).copied())
    }
}
