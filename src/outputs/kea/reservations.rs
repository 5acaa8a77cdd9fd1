//! Reservations: hosts with an address in the subnet of the address, hosts without one for all subnets where they get
//! the same everywhere, and else in each subnet.
//!
//! Kea sends option 175 of the host, of the subnet or of a class, and never joins them: a host with a sub-option of
//! its own has those of its subnet too.

use serde_json::{Map, Value, json};

use super::classes::{self, Classes, ELSEWHERE, HOST};
use super::{options, raw};
use crate::dhcp::{Policy, ProfileScope, Setting, encapsulated};
use crate::model::{Card, Host};

/// The reservations of a site.
pub(super) struct Reservations<'p, 's> {
    policy: &'p Policy<'s>,
    classes: &'p Classes<'p>,
    /// Hosts with an address are known in other subnets, too.
    pub mark_elsewhere: bool,
    /// Every subnet has the same options of iPXE's, and boots.
    alike: bool,
    /// The hosts with a card in each subnet, by index.
    by_subnet: Vec<Vec<u32>>,
    /// The hosts with a card without an address.
    roaming: Vec<u32>,
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
        let ipxe = |at: usize| policy.subnets.get(at).map(|scope| encapsulated(&scope.ipxe));
        let same = (1..policy.subnets.len()).all(|at| ipxe(at) == ipxe(0));
        Self {
            policy,
            classes,
            mark_elsewhere: policy.networks.len() > 1 && classes.known_counts(),
            alike: same && !policy.has_netboot_none,
            by_subnet,
            roaming,
        }
    }

    fn host(&self, number: u32) -> Option<&'p Host<'p>> {
        self.policy.site.hosts.get(number as usize)
    }

    /// Those that hold in every subnet.
    pub(super) fn global(&self) -> impl Iterator<Item = Value> + '_ {
        let roaming = self.roaming.iter().filter_map(|number| self.host(*number));
        let roaming = roaming.filter(|host| self.is_global(host)).flat_map(|host| {
            let at = (!self.policy.subnets.is_empty()).then_some(0);
            self.of_cards(host, at, |card| card.ip.is_none())
        });
        let hosts = self.policy.site.hosts.iter().filter(|_| self.mark_elsewhere);
        let elsewhere = hosts.flat_map(Host::cards).filter(|card| card.ip.is_some());
        let elsewhere = elsewhere
            .flat_map(|card| card.macs)
            .map(|mac| json!({ "hw-address": mac.value.to_string(), "client-classes": [HOST, ELSEWHERE] }));
        roaming.chain(elsewhere)
    }

    /// Whether a host without an address gets the same in every subnet.
    fn is_global(&self, host: &Host<'p>) -> bool {
        let own = || {
            host.root_path.is_some()
                || self.policy.profile(host.profile).is_some_and(|profile| !profile.ipxe.is_empty())
        };
        self.alike || !own()
    }

    /// Those of a subnet.
    pub(super) fn of_subnet(&self, at: usize) -> impl Iterator<Item = Value> + '_ {
        let fixed = self.by_subnet.get(at).into_iter().flatten().filter_map(|number| self.host(*number));
        let here = u32::try_from(at).ok();
        let fixed = fixed.flat_map(move |host| {
            self.of_cards(host, Some(at), move |card| card.ip.is_some() && card.subnet == here)
        });
        let roaming = self.roaming.iter().filter_map(|number| self.host(*number));
        let roaming = roaming
            .filter(|host| !self.is_global(host))
            .flat_map(move |host| self.of_cards(host, Some(at), |card| card.ip.is_none()));
        fixed.chain(roaming)
    }

    /// The reservations of some of a host's cards in a subnet, one for each MAC address.
    fn of_cards(
        &self,
        host: &'p Host<'p>,
        at: Option<usize>,
        which: impl Fn(&Card<'_>) -> bool,
    ) -> Vec<Value> {
        let Some(profile) = self.policy.profile(host.profile) else { return Vec::new() };
        let (options, classes) = self.common(host, &profile, at);
        let own = raw::object(&profile.profile.handout.raw, "kea");
        let mut all = Vec::new();
        for card in host.cards().filter(|card| which(card)) {
            for mac in card.macs {
                let mut one = Map::new();
                let mut set = |name: &str, value: Value| one.insert(name.to_owned(), value);
                set("hw-address", json!(mac.value.to_string()));
                if let Some(ip) = card.ip {
                    set("ip-address", json!(ip.value));
                }
                if let Some(name) = host.host_name {
                    set("hostname", json!(name));
                }
                if !options.is_empty() {
                    set("option-data", Value::from(options.clone()));
                }
                set("client-classes", json!(classes));
                raw::merge(&mut one, own.clone());
                all.push(one.into());
            }
        }
        all
    }

    /// The options and classes of a host in a subnet.
    fn common(
        &self,
        host: &'p Host<'p>,
        profile: &ProfileScope<'p>,
        at: Option<usize>,
    ) -> (Vec<Value>, Vec<String>) {
        let mut all: Vec<Value> = profile.options.iter().filter_map(options::option).collect();
        let mut classes = vec![HOST.to_owned()];
        let unset = profile.options.iter().filter(|setting| setting.data.is_unset());
        classes.extend(unset.map(|setting| classes::unset(setting.code)));
        let scope = at.and_then(|at| self.policy.subnets.get(at));
        if scope.is_some_and(|scope| !scope.subnet.boots()) {
            return (all, classes);
        }
        classes.extend(self.classes.of_profile(&profile.files));
        all.extend(self.policy.root_path(host).iter().filter_map(options::option));
        let disk = self.policy.disk(host);
        if !profile.ipxe.is_empty() || !disk.is_empty() {
            let outer: Vec<Setting<'_>> = scope.map_or_else(Vec::new, |scope| scope.ipxe.clone());
            let whole = encapsulated(outer.iter().chain(&profile.ipxe).chain(&disk));
            if !whole.is_empty() {
                all.push(options::bytes(175, &whole));
            }
        }
        (all, classes)
    }
}
