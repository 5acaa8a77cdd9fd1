//! Hosts and subnets as the files of every DHCP server have them, so that a site can be compared with itself after its
//! DHCP server was replaced.

use std::borrow::Cow;

use foldhash::HashMap;

use super::subjects::{FactsOf, Subject, Subjects};

/// The facts that the files of all DHCP servers have, by the names that dhcpd.conf gives them.
const COMMON: [&str; 8] =
    ["mac", "address", "host-name", "range", "routers", "domain-name-servers", "domain-name", "ntp-servers"];

/// The line above a comparison of common facts.
pub(super) const COMMON_ONLY: &str =
    "hosts and subnets are compared by addresses, names, ranges, routers, DNS, domains and NTP only";

/// The name of an option whose value is compared, by its code.
pub(super) fn option_name(code: u64) -> Option<&'static str> {
    match code {
        3 => Some("routers"),
        6 => Some("domain-name-servers"),
        15 => Some("domain-name"),
        42 => Some("ntp-servers"),
        _ => None,
    }
}

/// A range as dhcpd.conf has it.
pub(super) fn range(low: &str, high: &str) -> String {
    format!("{low} {high}")
}

/// Hosts and subnets while a file is read.
pub(super) struct DhcpSubjects<'t> {
    pub(super) all: Subjects<'t>,
    facts_of: FactsOf,
}

impl<'t> Subject<'t> {
    /// Adds a fact that it does not have yet.
    pub(super) fn add(&mut self, fact: impl Into<Cow<'t, str>>, value: impl Into<Cow<'t, str>>) {
        let new = (fact.into(), value.into());
        if !self.facts.contains(&new) {
            self.facts.push(new);
        }
    }
}

impl<'t> DhcpSubjects<'t> {
    pub(super) fn new(facts_of: FactsOf) -> Self {
        Self { all: Subjects::new(), facts_of }
    }

    /// A subnet, by its network.
    pub(super) fn subnet(&mut self, network: &str) -> &mut Subject<'t> {
        self.subject("subnet", network)
    }

    /// Adds a host, found by its name or else by its first MAC address. Files name a host several times: for each of
    /// its MAC addresses, and in each subnet where it may be.
    pub(super) fn host(
        &mut self,
        name: Option<&str>,
        macs: &[&str],
        address: Option<&str>,
        of: Option<&str>,
    ) -> Option<&mut Subject<'t>> {
        let subject = self.subject("host", name.or(macs.first().copied())?);
        for mac in macs {
            subject.add("mac", mac.to_ascii_lowercase());
        }
        for (fact, value) in [("address", address), ("host-name", name)] {
            if let Some(value) = value {
                subject.add(fact, value.to_owned());
            }
        }
        if let Some(of) = of {
            subject.of = Some(of.to_owned().into());
        }
        Some(subject)
    }

    /// The subject of a kind and name.
    pub(super) fn subject(&mut self, kind: &'static str, name: &str) -> &mut Subject<'t> {
        let subject = self.all.entry((kind, Cow::Owned(name.to_owned()))).or_default();
        subject.facts_of = self.facts_of;
        subject
    }
}

/// Leaves what every DHCP server's file has, and nothing that may be a secret.
pub(super) fn keep_common(subjects: &mut Subjects<'_>) {
    subjects.retain(|(kind, _), _| is_common(kind));
    for subject in subjects.values_mut() {
        subject.facts.retain(|(name, _)| COMMON.contains(&name.as_ref()));
        subject.facts_of = FactsOf::All;
    }
}

fn is_common(kind: &str) -> bool {
    kind == "host" || kind == "subnet"
}

/// Makes the files of two DHCP servers comparable, or a file with one that must not be read: keeps the facts that both
/// have. Returns whether the servers differ.
pub(super) fn align<'t>(old: &mut Subjects<'t>, new: &mut Subjects<'t>) -> bool {
    let facts_of = |subjects: &Subjects<'_>| {
        let mut all = subjects.iter().filter(|((kind, _), _)| is_common(kind));
        all.next().map(|(_, subject)| subject.facts_of)
    };
    match (facts_of(old), facts_of(new)) {
        (Some(one), Some(other)) if one != other => {}
        _ => return false,
    }
    // The words of a server that all its hosts and subnets depend on have no counterpart.
    let of_one_server = ["dhcp", "pool", "class", "option definition", "option space"];
    for subjects in [&mut *old, &mut *new] {
        subjects.retain(|(kind, _), _| !of_one_server.contains(kind));
        for ((kind, _), subject) in subjects.iter_mut() {
            if is_common(kind) {
                subject.facts.retain(|(name, _)| COMMON.contains(&name.as_ref()));
            }
        }
    }
    same_names(old, new);
    true
}

/// Gives each host the name that it has in the other file, by its MAC addresses: dhcpd.conf has a name for each of
/// them, and other files have one for the host, or none.
fn same_names<'t>(old: &mut Subjects<'t>, new: &mut Subjects<'t>) {
    let macs = |subject: &Subject<'t>| {
        let macs = subject.facts.iter().filter(|(name, _)| name == "mac");
        macs.map(|(_, mac)| mac.clone()).collect::<Vec<_>>()
    };
    // The file with fewer names has the hosts as the site has them.
    let (few, many) = if hosts(old) <= hosts(new) { (&*old, new) } else { (&*new, old) };
    let mut names: HashMap<Cow<'t, str>, Cow<'t, str>> = HashMap::default();
    for ((kind, name), subject) in few {
        if *kind == "host" {
            names.extend(macs(subject).into_iter().map(|mac| (mac, name.clone())));
        }
    }
    for ((kind, name), subject) in std::mem::take(many) {
        let other = macs(&subject).iter().find_map(|mac| names.get(mac)).filter(|_| kind == "host");
        let known = many.entry((kind, other.cloned().unwrap_or(name))).or_default();
        known.of = known.of.take().or(subject.of);
        known.shown = known.shown.take().or(subject.shown);
        known.facts_of = subject.facts_of;
        for fact in subject.facts {
            if kind != "host" || !known.facts.contains(&fact) {
                known.facts.push(fact);
            }
        }
    }
}

fn hosts(subjects: &Subjects<'_>) -> usize {
    subjects.keys().filter(|(kind, _)| *kind == "host").count()
}
