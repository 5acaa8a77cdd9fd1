//! The groups around a host, and the hosts that are text with the groups around them.

use super::super::scopes::{Kind, Scope};
use super::super::setting::DECLARED_NAMES;
use super::super::statements::Statement;
use super::super::subnets::Subnet;
use super::super::verbatim::{Verbatim, text_of};
use super::{Group, Hosts, Reader, is_foreign};
use crate::import::coverage::{Coverage, Outcome};
use crate::import::names::{identifier, title};

impl<'a, 't> Reader<'_, 'a, 't> {
    /// The groups whose statements count for a host over those of its subnet, innermost first.
    ///
    /// dhcpd applies the scopes around a host up to one that is around its client's subnet as well
    /// (`execute_statements_in_scope` with a limiting group in server/dhcp.c).
    pub(super) fn groups_around(
        &self,
        at: usize,
        home: Option<&Subnet<'_, '_>>,
        head: &Statement<'_>,
        coverage: &mut Coverage,
    ) -> Vec<usize> {
        let mut groups = Vec::new();
        for outer in self.scopes.around(at) {
            let Some(scope) = self.scopes.all.get(outer) else { break };
            if outer == 0 || home.is_some_and(|subnet| subnet.scopes.contains(&outer)) {
                break;
            }
            match &scope.kind {
                Kind::Group(_) => groups.push(outer),
                Kind::Subnet(cidr) => {
                    if home.is_some() && !(scope.settings.is_empty() && scope.boot.is_empty()) {
                        let text = format!(
                            "dhcpd gives this host the options of {cidr} in its own subnet, too, because it is declared there; the import does not"
                        );
                        coverage.remark(head.origin.clone(), text);
                    }
                    break;
                }
                _ => break,
            }
        }
        groups
    }

    /// Adds a group and its parents.
    pub(super) fn group(
        &self,
        at: usize,
        around: &[usize],
        hosts: &mut Hosts<'a, 't>,
        coverage: &mut Coverage,
    ) {
        if hosts.groups.contains_key(&at) {
            return;
        }
        let Some(scope) = self.scopes.all.get(at) else { return };
        let Kind::Group(name) = &scope.kind else { return };
        let mut group = Group {
            name: String::new(),
            head: scope.head,
            outside: None,
            parent: None,
            settings: Vec::new(),
            raw: scope.raw.iter().map(|statement| Verbatim::of(statement)).collect(),
        };
        for setting in scope.settings.iter() {
            if is_foreign(&setting.key) {
                // If the group has subnets, too, they have a key for it.
                let why = "a group of hosts has no key for it".to_owned();
                coverage.set(setting.from.number, Outcome::Raw(why));
                group.raw.push(Verbatim::of(setting.from));
            } else if setting.key != DECLARED_NAMES {
                group.settings.push((setting.key.clone(), setting.value.clone()));
            }
        }
        let comment = scope.head.and_then(|head| head.comment).and_then(title);
        group.name = name.as_deref().and_then(identifier).or(comment).unwrap_or_default();
        group.outside =
            around.iter().position(|group| *group == at).and_then(|here| around.get(here + 1)).copied();
        hosts.groups.insert(at, group);
    }

    /// Keeps a host as text, beside others of its group.
    pub(super) fn raw(&mut self, at: usize, head: &'a Statement<'t>) {
        let is_group =
            |at: &usize| matches!(self.scopes.all.get(*at), Some(Scope { kind: Kind::Group(_), .. }));
        let group = self.scopes.around(at).next().filter(is_group);
        let known = group.and_then(|group| self.raw_of_group.get(&group));
        let index = known.copied().unwrap_or(self.raw.len());
        match self.raw.get_mut(index) {
            Some((text, ..)) => text.push_str(&text_of(head)),
            None => {
                self.raw.push((text_of(head), at, head));
                self.raw_of_group.extend(group.map(|group| (group, index)));
            }
        }
    }

    /// A text of hosts with the groups around the host at an index.
    pub(super) fn with_groups(&self, mut text: String, at: usize) -> String {
        for outer in self.scopes.around(at) {
            let Some(scope) = self.scopes.all.get(outer) else { break };
            if !matches!(scope.kind, Kind::Group(_)) {
                break;
            }
            let block = scope.head.and_then(|head| head.block.as_deref()).unwrap_or_default();
            let inner: String =
                (block.iter()).filter(|statement| statement.block.is_none()).map(text_of).collect();
            if !inner.is_empty() {
                text = format!("group {{\n{inner}{text}}}\n");
            }
        }
        text
    }
}
