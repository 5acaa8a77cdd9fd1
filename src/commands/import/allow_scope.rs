//! The narrowest mappings of a site whose `allow` accepts findings: a subnet, class, group, host or boot entry.

use std::collections::BTreeSet;

use crate::model;
use crate::report::Finding;
use crate::schema;
use crate::source::Span;

/// A mapping of the site that has `allow`: its section and its name.
pub(super) type Scope = (&'static str, String);

/// So many mappings get an `allow` each. With more, the whole site does: a site of a thousand hosts may have a fault in each.
const MOST: usize = 8;

/// The mappings that have `allow`, by their places in the text.
pub(super) struct Scopes {
    all: Vec<(Span, Scope)>,
}

impl Scopes {
    /// Reads the mappings of a site except its hosts.
    pub(super) fn of(site: &schema::Site<'_>) -> Self {
        let mut all = Vec::new();
        let mut add = |name: Span, mapping: Span, section, text: &str| {
            all.push((name.to(mapping), (section, text.to_owned())));
        };
        for (name, subnet) in &site.subnets {
            add(name.span, subnet.span, "subnets", name.text);
        }
        for class in &site.classes {
            add(class.name.span, class.span, "classes", class.name.text);
        }
        for group in &site.groups {
            add(group.name.span, group.span, "groups", group.name.text);
        }
        for entry in &site.boot_entries {
            add(entry.id.span, entry.span, "boot_entries", entry.id.text);
        }
        all.sort_by_key(|(span, _)| span.start);
        Self { all }
    }

    /// The mappings in which the findings have their places; none if one has it elsewhere, or if they are many.
    pub(super) fn around(
        &self,
        findings: &[&Finding],
        site: &model::Site<'_>,
        text: &str,
    ) -> Option<BTreeSet<Scope>> {
        let mut hosts: Option<Vec<(u32, &str)>> = None;
        let mut found = BTreeSet::new();
        for finding in findings {
            if finding.others > 0 {
                return None;
            }
            // A finding with the same place and another related one may be reported in place of one that is accepted.
            let span = finding.primary.as_ref()?.span;
            let scope = self.holding(span).or_else(|| {
                let hosts = hosts.get_or_insert_with(|| {
                    let mut all: Vec<_> =
                        site.hosts.iter().map(|host| (host.span.start, host.name)).collect();
                    all.sort_unstable();
                    all
                });
                host_around(hosts, span, text)
            })?;
            found.insert(scope);
            if found.len() > MOST {
                return None;
            }
        }
        Some(found)
    }

    fn holding(&self, span: Span) -> Option<Scope> {
        let behind = self.all.partition_point(|(scope, _)| scope.start <= span.start);
        let (scope, named) = self.all.get(behind.checked_sub(1)?)?;
        (span.end <= scope.end).then(|| named.clone())
    }
}

/// The host that a place belongs to: the last one before it, unless another section begins between them.
fn host_around(hosts: &[(u32, &str)], span: Span, text: &str) -> Option<Scope> {
    let behind = hosts.partition_point(|(start, _)| *start <= span.start);
    let (start, name) = hosts.get(behind.checked_sub(1)?)?;
    let between = text.get(*start as usize..span.start as usize)?;
    let leaves = between.lines().skip(1).any(|line| line.starts_with(|c: char| !c.is_whitespace()));
    (!leaves).then(|| ("hosts", (*name).to_owned()))
}
