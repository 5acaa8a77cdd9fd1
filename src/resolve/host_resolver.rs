//! Resolves one host after the other: its addresses, and the settings that it has and inherits.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use smallvec::SmallVec;

use super::allow;
use super::boot_file::check_file;
use super::cards::{Cards, SubnetOf, cards};
use super::host_context::HostContext;
use super::host_placeholders::{HostPlaceholders, VarScopes, filled};
use super::inheritance::Inheritance;
use super::profiles::Profiles;
use super::resolver::Resolver;
use super::root_path::root_path;
use crate::model::{Allow, Host, HostFacts, HostLayers, Netboot, host_name, ipv6};
use crate::schema;
use crate::source::Scalar;

/// Resolves hosts one after the other, and keeps them.
pub(super) struct HostResolver<'c, 'a> {
    context: &'c HostContext<'c, 'a>,
    subnet_of: SubnetOf<'c>,
    inheritance: Inheritance<'c, 'a>,
    pub(super) profiles: Profiles,
    pub(super) hosts: Vec<Host<'a>>,
    /// The layers of the hosts that are traced.
    pub(super) traced: Vec<HostLayers<'a>>,
    /// The subnets of their addresses, in the order of the hosts; of equal ones in a row only one.
    pub(super) used_subnets: Vec<u32>,
    /// The findings of hosts that their groups accept.
    pub(super) allow: Vec<Allow>,
    /// Whether a name was written in capitals.
    pub(super) any_lowered: bool,
    /// What is true of some of the hosts.
    pub(super) facts: HostFacts,
}

impl<'c, 'a> HostResolver<'c, 'a> {
    pub(super) fn new(context: &'c HostContext<'c, 'a>, order: &'c [(Ipv4Addr, u32)]) -> Self {
        Self {
            context,
            subnet_of: SubnetOf::new(context.subnets, order),
            inheritance: Inheritance::new(context),
            profiles: Profiles::default(),
            hosts: Vec::new(),
            traced: Vec::new(),
            used_subnets: Vec::new(),
            allow: Vec::new(),
            any_lowered: false,
            facts: HostFacts::default(),
        }
    }

    /// Resolves the hosts of a chunk.
    pub(super) fn chunk(&mut self, r: &mut Resolver<'_, 'a>, chunk: &schema::HostChunk<'a>) {
        self.hosts.reserve(chunk.len());
        chunk.each(r.sources, |written| {
            let Some(host) = self.host(r, written) else {
                r.gaps.hosts = true;
                return;
            };
            self.any_lowered |= host.name != written.name.text;
            self.facts.note(&host);
            self.uses(host.subnet);
            host.further().iter().for_each(|nic| self.uses(nic.subnet));
            self.hosts.push(host);
        });
    }

    /// Notes the subnet of an address.
    fn uses(&mut self, subnet: Option<u32>) {
        if let Some(at) = subnet
            && self.used_subnets.last() != Some(&at)
        {
            self.used_subnets.push(at);
        }
    }

    /// Adds the hosts of another resolver behind its own.
    pub(super) fn append(&mut self, other: Self) {
        let profiles = other.profiles.into_vec();
        let profiles: Vec<u32> = profiles.into_iter().map(|profile| self.profiles.intern(profile)).collect();
        self.traced.extend(other.traced);
        self.allow.extend(other.allow);
        self.used_subnets.extend(other.used_subnets);
        self.any_lowered |= other.any_lowered;
        self.facts = self.facts.and(other.facts);
        self.hosts.extend(other.hosts.into_iter().map(|host| {
            let profile = profiles.get(host.profile as usize).copied().unwrap_or(u32::MAX);
            Host { profile, ..host }
        }));
    }

    /// Resolves a host. A value in error leaves a gap, and the rest of the host is still checked; `None` if the host
    /// cannot be in the model, for its name or a MAC address is missing or in error.
    fn host(&mut self, r: &mut Resolver<'_, 'a>, written: &schema::Host<'a>) -> Option<Host<'a>> {
        let context = self.context;
        let name = name(r, written.name);
        let Cards { macs, ip, further } = cards(r, written, &mut self.subnet_of);
        r.gaps.hosts |= written.wrong;
        let ip6 = written.ip6.as_deref().and_then(|word| {
            let ip = r.value(*word, ipv6);
            r.gaps.hosts |= ip.is_none();
            ip.map(Box::new)
        });
        let subnet = ip.as_ref().and_then(|ip| self.subnet_of.find(ip.value));
        let groups = groups(r, written, context);
        for rule in context.groups.allows(&groups) {
            allow::within(&mut self.allow, rule, written.name.span, written.span);
        }
        check_file(r, "host", written.name, &written.settings);
        let (name, macs) = (name?, macs?);
        if macs.is_empty() {
            return None;
        }
        let placeholders = HostPlaceholders {
            host: Some(name),
            mac: macs.first().map(|mac| mac.value),
            ip: ip.as_ref().map(|ip| ip.value),
            vars: Some(VarScopes { own: &written.settings, groups: &groups, subnet, context }),
        };
        let first = ip.as_ref().map(|ip| ip.value);
        if context.traced.is_some_and(|traced| traced.is(name, &macs, first, further.as_deref())) {
            let layers = self.inheritance.layers(r, &groups, written, subnet, &placeholders);
            self.traced.push(HostLayers { host: name, layers });
        }
        let settings = self.inheritance.merge(r, &mut self.profiles, &groups, written, subnet, &placeholders);
        let root_path = root_path(r, &settings.root_paths, &placeholders, written.name.span, subnet, context);
        r.gaps.hosts |= root_path.is_err();
        let host_name = match settings.host_name {
            None => Some(name),
            Some(word) if word.text == "none" => None,
            Some(word) => {
                let text = filled(r, word, &placeholders);
                let name = text.and_then(|text| self::name(r, Scalar { text, span: word.span }));
                r.gaps.hosts |= name.is_none();
                name
            }
        };
        let profile = settings.profile;
        // A host that boots nothing here gets no disk to boot from either.
        let boots = self.profiles.get(profile).is_none_or(|profile| profile.netboot != Some(Netboot::None));
        Some(Host {
            name,
            span: written.name.span,
            macs,
            ip,
            subnet,
            profile,
            host_name,
            root_path: root_path.ok().flatten().filter(|_| boots),
            nics: further,
            ip6,
        })
    }
}

/// Reads a host name, which is kept in lower case.
fn name<'a>(r: &mut Resolver<'_, 'a>, word: Scalar<'a>) -> Option<&'a str> {
    r.value(word, host_name).map(|at| match at.value {
        Cow::Borrowed(name) => name,
        Cow::Owned(name) => r.sources.keep(name),
    })
}

/// The indices of a host's groups.
fn groups<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::Host<'a>,
    context: &HostContext<'_, 'a>,
) -> SmallVec<[usize; 4]> {
    let mut groups = SmallVec::new();
    for word in written.groups.iter().filter(|word| word.text != "none") {
        match context.groups.find(word.text) {
            Some(group) => groups.push(group),
            None => context.groups.unknown(r, *word),
        }
    }
    groups
}
