//! Reservations: hosts with an address in the subnet of the address, hosts without one for all subnets where they get
//! the same everywhere, and else in each subnet.
//!
//! Kea sends option 175 of the host, of the subnet or of a class, and never joins them: a host with a sub-option of
//! its own has those of its subnet too.

use std::collections::hash_map::Entry;

use foldhash::HashMap;
use serde_json::{Map, Value, json};

use super::super::PIECE;
use super::classes::{self, Classes, ELSEWHERE, HOST};
use super::{options, raw};
use crate::dhcp::{HostFiles, Policy, ProfileScope, Setting, encapsulated};
use crate::model::{Card, Dotted, Host, Mac, WriteTo};

/// The reservations of a site.
pub(super) struct Reservations<'p, 's> {
    policy: &'p Policy<'s>,
    classes: &'p Classes<'p>,
    /// The hosts with a card in each subnet, by index.
    by_subnet: Vec<Vec<u32>>,
    /// The hosts with a card without an address that get the same in every subnet.
    global: Vec<u32>,
    /// The ones whose settings differ between subnets.
    local: Vec<u32>,
}

/// Some reservations of a list, which are made in one go.
#[derive(Clone, Copy)]
pub(super) enum Part<'r, 's> {
    /// Of hosts without an address that get the same in every subnet.
    Global(&'r [u32]),
    /// Of hosts with an address, which are known in other subnets, too.
    Elsewhere(&'r [Host<'s>]),
    /// Of hosts with an address in a subnet.
    Fixed(usize, &'r [u32]),
    /// Of hosts without an address whose settings differ between subnets, in one of these.
    Local(usize, &'r [u32]),
}

impl<'p> Reservations<'p, 'p> {
    pub(super) fn new(policy: &'p Policy<'p>, classes: &'p Classes<'p>) -> Self {
        let mut by_subnet: Vec<Vec<u32>> = policy.subnets.iter().map(|_| Vec::new()).collect();
        let mut roaming = Vec::new();
        for (number, host) in (0..).zip(&policy.site.hosts) {
            for card in host.cards() {
                let hosts = match (card.ip, card.subnet) {
                    (None, _) => Some(&mut roaming),
                    (Some(_), at) => at.and_then(|at| by_subnet.get_mut(at as usize)),
                };
                if let Some(hosts) = hosts.filter(|hosts| hosts.last() != Some(&number)) {
                    hosts.push(number);
                }
            }
        }
        let mut all = Self { policy, classes, by_subnet, global: Vec::new(), local: Vec::new() };
        let ipxe = |at: usize| policy.subnets.get(at).map(|scope| encapsulated(&scope.ipxe));
        let same = (1..policy.subnets.len()).all(|at| ipxe(at) == ipxe(0));
        // Every subnet has the same options of iPXE's, and boots.
        let alike = same && !policy.has_netboot_none;
        let profiles = 0..u32::try_from(policy.site.profiles.len()).unwrap_or(u32::MAX);
        // A boot server without a file does not count in subnets with `netboot: none`.
        let differs = |profile: ProfileScope<'_>| {
            !profile.ipxe.is_empty()
                || (profile.next_server.is_some() && !matches!(profile.files, HostFiles::One(_)))
        };
        let differs: Vec<bool> = profiles.map(|at| policy.profile(at).is_some_and(differs)).collect();
        for number in roaming {
            let Some(host) = all.host(number) else { continue };
            let differs = || differs.get(host.profile as usize).is_some_and(|differs| *differs);
            let is_global = alike || (host.root_path.is_none() && !differs());
            if is_global { &mut all.global } else { &mut all.local }.push(number);
        }
        all
    }

    fn host(&self, number: u32) -> Option<&'p Host<'p>> {
        self.policy.site.hosts.get(number as usize)
    }

    /// The reservations that apply in every subnet.
    pub(super) fn global(&self) -> impl Iterator<Item = Part<'_, 'p>> + '_ {
        let known = if self.classes.mark_elsewhere { self.policy.site.hosts.as_slice() } else { &[] };
        self.global.chunks(PIECE).map(Part::Global).chain(known.chunks(PIECE).map(Part::Elsewhere))
    }

    /// The reservations of a subnet.
    pub(super) fn of_subnet(&self, at: usize) -> impl Iterator<Item = Part<'_, 'p>> + '_ {
        let fixed = self.by_subnet.get(at).map_or(&[][..], Vec::as_slice);
        let fixed = fixed.chunks(PIECE).map(move |hosts| Part::Fixed(at, hosts));
        fixed.chain(self.local.chunks(PIECE).map(move |hosts| Part::Local(at, hosts)))
    }

    /// Writes some reservations, each with a comma and the end of the line before it.
    pub(super) fn write(&self, part: Part<'_, 'p>) -> String {
        match part {
            Part::Elsewhere(hosts) => elsewhere(hosts),
            Part::Global(hosts) => {
                let at = (!self.policy.subnets.is_empty()).then_some(0);
                self.hosts(hosts, at, ",\n    ", |card| card.ip.is_none())
            }
            Part::Local(at, hosts) => self.hosts(hosts, Some(at), ",\n        ", |card| card.ip.is_none()),
            Part::Fixed(at, hosts) => {
                let here = u32::try_from(at).ok();
                let is_here = move |card: &Card<'_>| card.ip.is_some() && card.subnet == here;
                self.hosts(hosts, Some(at), ",\n        ", is_here)
            }
        }
    }

    /// Writes the reservations of some of the cards of hosts in a subnet, one for each MAC address.
    fn hosts(
        &self,
        hosts: &[u32],
        at: Option<usize>,
        before: &str,
        which: impl Fn(&Card<'_>) -> bool,
    ) -> String {
        let mut out = String::with_capacity(hosts.len() * 256);
        let mut options = String::new();
        let mut known: HashMap<u32, ProfileSettings<'p>> = HashMap::default();
        for host in hosts.iter().filter_map(|number| self.host(*number)) {
            let settings = match known.entry(host.profile) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let Some(profile) = self.policy.profile(host.profile) else { continue };
                    place.insert(self.profile_settings(&profile, at))
                }
            };
            options.clear();
            self.options(host, settings, &mut options);
            for card in host.cards().filter(|card| which(card)) {
                for mac in card.macs {
                    out.push_str(before);
                    let start = out.len();
                    reservation(host, &card, mac.value, &options, settings, &mut out);
                    if !settings.raw.is_empty() {
                        let own = out.split_off(start);
                        out.push_str(&with_raw(own, &settings.raw));
                    }
                }
            }
        }
        out
    }

    /// Writes the options of a host, separated by commas.
    fn options(&self, host: &'p Host<'p>, settings: &ProfileSettings<'p>, out: &mut String) {
        out.push_str(&settings.options);
        if !settings.boots {
            return;
        }
        for setting in self.policy.root_path(host) {
            options::write(setting.code, &setting.data, out);
        }
        let disk = self.policy.disk(host);
        if disk.is_empty() {
            if let Some(option) = &settings.ipxe_option {
                options::separate(out);
                out.push_str(option);
            }
        } else {
            let whole = encapsulated(settings.ipxe.iter().chain(&disk));
            if !whole.is_empty() {
                options::write_bytes(175, &whole, out);
            }
        }
    }

    fn profile_settings(&self, profile: &ProfileScope<'p>, at: Option<usize>) -> ProfileSettings<'p> {
        let scope = at.and_then(|at| self.policy.subnets.get(at));
        let boots = scope.is_none_or(|scope| scope.subnet.boots());
        let options: Vec<String> =
            profile.options.iter().filter_map(options::option).map(|option| option.to_string()).collect();
        let mut classes = vec![HOST.to_owned()];
        let unset = profile.options.iter().filter(|setting| setting.data.is_unset());
        classes.extend(unset.map(|setting| classes::unset(setting.code)));
        if boots || matches!(profile.files, HostFiles::One(_)) {
            classes.extend(self.classes.of_profile(profile));
        }
        let by_class = boots && at.is_some_and(|at| self.classes.say_ipxe(at));
        if by_class && !profile.ipxe.is_empty() {
            classes.extend(self.classes.of_ipxe(&profile.ipxe));
        }
        let outer: Vec<Setting<'p>> = scope.map_or_else(Vec::new, |scope| scope.ipxe.clone());
        let ipxe: Vec<Setting<'p>> = outer.into_iter().chain(profile.ipxe.iter().cloned()).collect();
        let mut fields = String::new();
        let file = match profile.files {
            HostFiles::One(file) => Some(file.value.name()),
            _ => None,
        };
        if let Some(Some(name)) = file {
            fields.push_str(",\"boot-file-name\":");
            fields.push_str(&json!(name).to_string());
        }
        if let Some(next) = profile.next_server.filter(|_| boots || file.is_some()) {
            fields.push_str(",\"next-server\":\"");
            push(&mut fields, Dotted(next.value));
            fields.push('"');
        }
        let whole = if profile.ipxe.is_empty() || by_class { Vec::new() } else { encapsulated(&ipxe) };
        ProfileSettings {
            boots,
            options: options.join(","),
            ipxe_option: (!whole.is_empty()).then(|| options::bytes(175, &whole).to_string()),
            ipxe,
            classes: json!(classes).to_string(),
            fields,
            raw: raw::object(&profile.profile.handout.raw, "kea"),
        }
    }
}

/// The settings that hosts of one profile share in a subnet.
struct ProfileSettings<'p> {
    /// Whether the subnet boots.
    boots: bool,
    /// The options that do not belong to booting, separated by commas.
    options: String,
    /// iPXE's options of the subnet and the profile.
    ipxe: Vec<Setting<'p>>,
    /// The same as one option, if the profile has any.
    ipxe_option: Option<String>,
    /// The classes, as a list.
    classes: String,
    /// The boot file and server, each with a comma before it.
    fields: String,
    /// The user's own parameters.
    raw: Map<String, Value>,
}

/// The reservations that make hosts known in other subnets than that of their address.
fn elsewhere(hosts: &[Host<'_>]) -> String {
    let mut out = String::with_capacity(hosts.len() * 96);
    let cards = hosts.iter().flat_map(Host::cards).filter(|card| card.ip.is_some());
    for mac in cards.flat_map(|card| card.macs) {
        out.push_str(",\n    {\"hw-address\":\"");
        push(&mut out, mac.value);
        out.push_str("\",\"client-classes\":[\"");
        out.push_str(HOST);
        out.push_str("\",\"");
        out.push_str(ELSEWHERE);
        out.push_str("\"]}");
    }
    out
}

/// Writes a reservation.
fn reservation(
    host: &Host<'_>,
    card: &Card<'_>,
    mac: Mac,
    options: &str,
    settings: &ProfileSettings<'_>,
    out: &mut String,
) {
    out.push_str("{\"hw-address\":\"");
    push(out, mac);
    out.push('"');
    if let Some(ip) = card.ip {
        out.push_str(",\"ip-address\":\"");
        push(out, Dotted(ip.value));
        out.push('"');
    }
    if let Some(name) = host.host_name {
        // Of letters, digits, hyphens and dots (`model::host_name`).
        out.push_str(",\"hostname\":\"");
        out.push_str(name);
        out.push('"');
    }
    if !options.is_empty() {
        out.push_str(",\"option-data\":[");
        out.push_str(options);
        out.push(']');
    }
    out.push_str(&settings.fields);
    out.push_str(",\"client-classes\":");
    out.push_str(&settings.classes);
    out.push('}');
}

fn push(out: &mut String, value: impl WriteTo) {
    // A `String` takes everything.
    let _ = value.write_to(out);
}

/// A reservation with the user's own parameters.
fn with_raw(one: String, own: &Map<String, Value>) -> String {
    let Ok(mut whole) = serde_json::from_str::<Map<String, Value>>(&one) else { return one };
    raw::merge(&mut whole, own.clone());
    Value::Object(whole).to_string()
}
