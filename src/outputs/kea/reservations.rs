//! Reservations: hosts with an address in the subnet of the address, hosts without one for all subnets where they get
//! the same everywhere, and else in each subnet.
//!
//! Kea sends option 175 of the host, of the subnet or of a class, and never joins them: a host with a sub-option of
//! its own has those of its subnet too.

use std::cell::RefCell;
use std::fmt::{Display, Write as _};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};

use super::classes::{self, Classes, ELSEWHERE, HOST};
use super::{options, raw};
use crate::dhcp::{Policy, ProfileScope, Setting, encapsulated};
use crate::model::{Card, Dotted, Host};

/// The index of a profile, and of the subnet, where it is one.
type ProfileInSubnet = (u32, Option<usize>);

/// The reservations of a site.
pub(super) struct Reservations<'p, 's> {
    policy: &'p Policy<'s>,
    classes: &'p Classes<'p>,
    /// Every subnet has the same options of iPXE's, and boots.
    alike: bool,
    /// The hosts with a card in each subnet, by index.
    by_subnet: Vec<Vec<u32>>,
    /// The hosts with a card without an address.
    roaming: Vec<u32>,
    /// The ones whose settings differ between subnets.
    local: Vec<u32>,
    /// Whether each profile has options of iPXE's.
    has_ipxe: Vec<bool>,
    /// The settings that hosts of a profile share in a subnet.
    known: RefCell<FxHashMap<ProfileInSubnet, Rc<Common<'p>>>>,
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
        let profiles = 0..u32::try_from(policy.site.profiles.len()).unwrap_or(u32::MAX);
        let has_ipxe = |at| policy.profile(at).is_some_and(|profile| !profile.ipxe.is_empty());
        let mut all = Self {
            policy,
            classes,
            alike: same && !policy.has_netboot_none,
            by_subnet,
            roaming,
            local: Vec::new(),
            has_ipxe: profiles.map(has_ipxe).collect(),
            known: RefCell::default(),
        };
        let local = |number: &&u32| all.host(**number).is_some_and(|host| !all.is_global(host));
        all.local = all.roaming.iter().filter(local).copied().collect();
        all
    }

    fn host(&self, number: u32) -> Option<&'p Host<'p>> {
        self.policy.site.hosts.get(number as usize)
    }

    /// The reservations that apply in every subnet.
    pub(super) fn global(&self) -> impl Iterator<Item = String> + '_ {
        let roaming = self.roaming.iter().filter_map(|number| self.host(*number));
        let roaming = roaming.filter(|host| self.is_global(host)).flat_map(|host| {
            let at = (!self.policy.subnets.is_empty()).then_some(0);
            self.of_cards(host, at, |card| card.ip.is_none())
        });
        let hosts = self.policy.site.hosts.iter().filter(|_| self.classes.mark_elsewhere);
        let elsewhere = hosts.flat_map(Host::cards).filter(|card| card.ip.is_some());
        let elsewhere = elsewhere.flat_map(|card| card.macs).map(|mac| {
            let mac = mac.value;
            format!("{{\"hw-address\":\"{mac}\",\"client-classes\":[\"{HOST}\",\"{ELSEWHERE}\"]}}")
        });
        roaming.chain(elsewhere)
    }

    /// Whether a host without an address gets the same in every subnet.
    fn is_global(&self, host: &Host<'p>) -> bool {
        let has_ipxe = || self.has_ipxe.get(host.profile as usize).is_some_and(|has| *has);
        self.alike || (host.root_path.is_none() && !has_ipxe())
    }

    /// The reservations of a subnet.
    pub(super) fn of_subnet(&self, at: usize) -> impl Iterator<Item = String> + '_ {
        let fixed = self.by_subnet.get(at).into_iter().flatten().filter_map(|number| self.host(*number));
        let here = u32::try_from(at).ok();
        let fixed = fixed.flat_map(move |host| {
            self.of_cards(host, Some(at), move |card| card.ip.is_some() && card.subnet == here)
        });
        let local = self.local.iter().filter_map(|number| self.host(*number));
        let local = local.flat_map(move |host| self.of_cards(host, Some(at), |card| card.ip.is_none()));
        fixed.chain(local)
    }

    /// The reservations of some of a host's cards in a subnet, one for each MAC address.
    fn of_cards(
        &self,
        host: &'p Host<'p>,
        at: Option<usize>,
        which: impl Fn(&Card<'_>) -> bool,
    ) -> Vec<String> {
        let Some(common) = self.common(host.profile, at) else { return Vec::new() };
        let options = self.options(host, &common);
        let mut all = Vec::new();
        for card in host.cards().filter(|card| which(card)) {
            for mac in card.macs {
                let mut one = format!("{{\"hw-address\":\"{}\"", mac.value);
                if let Some(ip) = card.ip {
                    let _ = write!(one, ",\"ip-address\":\"{}\"", Dotted(ip.value));
                }
                if let Some(name) = host.host_name {
                    let _ = write!(one, ",\"hostname\":{}", json!(name));
                }
                if !options.is_empty() {
                    let _ = write!(one, ",\"option-data\":[{options}]");
                }
                let _ = write!(one, ",\"client-classes\":{}}}", common.classes);
                all.push(if common.raw.is_empty() { one } else { with_raw(one, &common.raw) });
            }
        }
        all
    }

    /// The options of a host, separated by commas.
    fn options(&self, host: &'p Host<'p>, common: &Common<'p>) -> String {
        let mut all = common.options.clone();
        let mut add = |option: &dyn Display| {
            if !all.is_empty() {
                all.push(',');
            }
            let _ = write!(all, "{option}");
        };
        if common.boots {
            for setting in self.policy.root_path(host) {
                if let Some(bytes) = setting.data.bytes() {
                    add(&options::bytes_text(setting.code, &bytes));
                }
            }
            let disk = self.policy.disk(host);
            if !disk.is_empty() {
                let whole = encapsulated(common.ipxe.iter().chain(&disk));
                if !whole.is_empty() {
                    add(&options::bytes_text(175, &whole));
                }
            } else if let Some(option) = &common.ipxe_option {
                add(option);
            }
        }
        all
    }

    /// The settings that hosts of a profile share in a subnet.
    fn common(&self, profile: u32, at: Option<usize>) -> Option<Rc<Common<'p>>> {
        if let Some(known) = self.known.borrow().get(&(profile, at)) {
            return Some(Rc::clone(known));
        }
        let made = Rc::new(self.make_common(&self.policy.profile(profile)?, at));
        let mut known = self.known.borrow_mut();
        // Every host may have a profile of its own, which nobody asks for again.
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert((profile, at), Rc::clone(&made));
        Some(made)
    }

    fn make_common(&self, profile: &ProfileScope<'p>, at: Option<usize>) -> Common<'p> {
        let scope = at.and_then(|at| self.policy.subnets.get(at));
        let boots = scope.is_none_or(|scope| scope.subnet.boots());
        let options: Vec<String> =
            profile.options.iter().filter_map(options::option).map(|option| option.to_string()).collect();
        let mut classes = vec![HOST.to_owned()];
        let unset = profile.options.iter().filter(|setting| setting.data.is_unset());
        classes.extend(unset.map(|setting| classes::unset(setting.code)));
        if boots {
            classes.extend(self.classes.of_profile(profile));
        }
        let by_class = boots && at.is_some_and(|at| self.classes.say_ipxe(at));
        if by_class && !profile.ipxe.is_empty() {
            classes.extend(self.classes.of_ipxe(&profile.ipxe));
        }
        let outer: Vec<Setting<'p>> = scope.map_or_else(Vec::new, |scope| scope.ipxe.clone());
        let ipxe: Vec<Setting<'p>> = outer.into_iter().chain(profile.ipxe.iter().cloned()).collect();
        let whole = if profile.ipxe.is_empty() || by_class { Vec::new() } else { encapsulated(&ipxe) };
        Common {
            boots,
            options: options.join(","),
            ipxe_option: (!whole.is_empty()).then(|| options::bytes(175, &whole).to_string()),
            ipxe,
            classes: json!(classes).to_string(),
            raw: raw::object(&profile.profile.handout.raw, "kea"),
        }
    }
}

/// How many profiles are remembered.
const KNOWN: usize = 4096;

/// The settings that hosts of one profile share in a subnet.
struct Common<'p> {
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
    /// The user's own parameters.
    raw: Map<String, Value>,
}

/// A reservation with the user's own parameters.
fn with_raw(one: String, own: &Map<String, Value>) -> String {
    let Ok(mut whole) = serde_json::from_str::<Map<String, Value>>(&one) else { return one };
    raw::merge(&mut whole, own.clone());
    Value::Object(whole).to_string()
}
