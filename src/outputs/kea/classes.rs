//! Classes: who gets which boot file, in tests that exclude each other.
//!
//! Membership in a class without a test comes from a reservation; a class must be listed before the tests that name
//! it.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use foldhash::HashMap;
use serde_json::{Value, json};

use super::KeaVersion;
use super::class_match::{self, class_name};
use super::class_options::{SaidInSubnet, beside_files_of_hosts};
use super::client_kinds::{IPXE, WITH_SCRIPT, ipxe_member, kind_class, kind_test, script_member};
use super::guards::{Guard, Guards};
use super::pair::{Pair, class_of};
use crate::dhcp::{BootFiles, HostFiles, Overlaps, Policy, ProfileScope, Setting, SubnetScope, encapsulated};
use crate::model::{
    ClassFile, ClientKind, Clients, Features, Loader, Loaders, Netboot, Profile, Range, Spanned,
};

/// A reservation must say something beside its MAC address (Kea 2.2).
pub(in super::super) const HOST: &str = "ipxegen-host";
/// Hosts whose address is in another subnet: known, and nothing else.
pub(super) const ELSEWHERE: &str = "ipxegen-elsewhere";
/// Hosts without an address: those that dhcpd's `deny unknown-clients` lets in.
pub(super) const ROAMING: &str = "ipxegen-roaming";
/// Hosts with `netboot: none`.
pub(in super::super) const NO_BOOT: &str = "ipxegen-no-boot";
/// Hosts whose iPXE gets no script.
pub(super) const NO_SCRIPT: &str = "ipxegen-no-script";
/// Hosts with one boot file for whatever program asks: their reservation has it.
pub(in super::super) const ONE_FILE: &str = "ipxegen-one-file";
/// Those whose file is a URL.
pub(super) const ONE_URL: &str = "ipxegen-one-url";
/// Hosts with loaders of their own.
pub(super) const OWN_FILES: &str = "ipxegen-own-files";

/// The beginning of the names of classes for them.
const OWN: &str = "ipxegen-files-";

/// Files that hosts have of their own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct OwnFiles<'s> {
    pub script: Option<&'s str>,
    /// All loaders, in place of the subnet's.
    pub loaders: &'s Loaders,
    /// Over those of classes: iPXE gets no script.
    pub no_script: bool,
    /// Over those of classes: the loaders of some kinds.
    pub changes: &'s [(ClientKind, Spanned<Option<Loader>>)],
}

/// The classes of a site.
pub(super) struct Classes<'s> {
    pub policy: &'s Policy<'s>,
    /// The words of the server's version.
    pub version: KeaVersion,
    /// The pair, where each of its servers has its own part of each range.
    pair: Option<&'s Pair<'s>>,
    /// The classes of the site that can have a client in common.
    pub overlaps: Overlaps,
    /// The options of classes in each subnet.
    pub said: Vec<SaidInSubnet>,
    /// The classes that guard pools.
    guards: Guards,
    /// Hosts with an address are known in other subnets, too.
    pub mark_elsewhere: bool,
    /// The different files that hosts have of their own, with their numbers.
    own: HashMap<OwnFiles<'s>, usize>,
    /// The same in order.
    pub own_files: Vec<OwnFiles<'s>>,
    /// The different options of iPXE's of hosts, with their numbers, where classes have some too.
    own_ipxe_numbers: HashMap<Vec<u8>, usize>,
    /// The same in order.
    pub own_ipxe: Vec<Vec<Setting<'s>>>,
    /// Options that some host unsets.
    unset: BTreeSet<u8>,
    pub no_boot: bool,
    pub no_script: bool,
    /// Some host has one file, and of some it is a URL.
    pub one_file: bool,
    pub one_url: bool,
}

/// The class of hosts that unset an option.
pub(super) fn unset(code: u8) -> String {
    format!("ipxegen-no-option-{code}")
}

/// The class of hosts with certain options of iPXE's; of all that have some without a number.
pub(super) fn own_ipxe(number: usize) -> String {
    if number == 0 { "ipxegen-own-ipxe".to_owned() } else { format!("ipxegen-own-ipxe-{number}") }
}

/// The members of a class that a server of a pair answers.
fn shared_class(class: &str, server: &str) -> String {
    format!("{class}.{server}")
}

/// The class of hosts with certain files.
pub(super) fn files_class(number: impl std::fmt::Display) -> String {
    format!("{OWN}{number}")
}

impl<'s> Classes<'s> {
    pub(super) fn new(policy: &'s Policy<'s>, version: KeaVersion, pair: Option<&'s Pair<'s>>) -> Self {
        let overlaps = Overlaps::new(policy);
        let of_hosts = beside_files_of_hosts(policy);
        let said = policy.subnets.iter().enumerate();
        let is_url = |profile: &Profile| {
            profile.file.as_ref().is_some_and(|file| matches!(file.value, ClassFile::Url(_)))
        };
        let one_url = policy.site.profiles.iter().any(is_url);
        let said =
            said.map(|(at, scope)| SaidInSubnet::new(policy, at, scope.subnet.boots(), &of_hosts, one_url));
        let said: Vec<_> = said.collect();
        let mark_elsewhere = policy.networks.len() > 1 && known_counts(policy);
        let mut classes = Self {
            policy,
            version,
            pair,
            guards: Guards::new(policy, &overlaps, mark_elsewhere),
            mark_elsewhere,
            overlaps,
            own: HashMap::default(),
            own_files: Vec::new(),
            own_ipxe_numbers: HashMap::default(),
            own_ipxe: Vec::new(),
            unset: BTreeSet::new(),
            no_boot: false,
            no_script: false,
            one_file: false,
            one_url,
            said,
        };
        let has_ipxe = classes.said.iter().any(|said| !said.ipxe.is_empty());
        let profiles = 0..u32::try_from(policy.site.profiles.len()).unwrap_or(u32::MAX);
        for scope in profiles.filter_map(|at| policy.profile(at)) {
            match scope.files {
                HostFiles::OfSubnet => {}
                HostFiles::Nothing => classes.no_boot = true,
                HostFiles::WithoutScript => classes.no_script = true,
                HostFiles::One(_) => classes.one_file = true,
                HostFiles::Own(files) => {
                    let own = classes.own_files_of(&scope, files);
                    let number = classes.own_files.len() + 1;
                    if *classes.own.entry(own).or_insert(number) == number {
                        classes.own_files.push(own);
                    }
                }
            }
            let unset = scope.options.iter().filter(|setting| setting.data.is_unset());
            classes.unset.extend(unset.map(|setting| setting.code));
            if has_ipxe && !scope.ipxe.is_empty() {
                let number = classes.own_ipxe.len() + 1;
                let known = classes.own_ipxe_numbers.entry(ipxe_key(&scope.ipxe)).or_insert(number);
                if *known == number {
                    classes.own_ipxe.push(scope.ipxe.clone());
                }
            }
        }
        classes
    }

    fn own_files_of(&self, scope: &ProfileScope<'s>, files: BootFiles<'s>) -> OwnFiles<'s> {
        let BootFiles { script, loaders, .. } = files;
        let has_classes = !self.policy.classes.is_empty();
        let changes = if has_classes { scope.changes.loaders } else { &[] };
        OwnFiles { script, loaders, no_script: has_classes && scope.changes.no_script.is_some(), changes }
    }

    /// Whether some host unsets an option, so that a class has to say it.
    pub(super) fn is_unset_by_some(&self, code: u8) -> bool {
        self.unset.contains(&code)
    }

    /// Whether a class says an option in a subnet, in place of the subnet: because some class of the site says
    /// otherwise, a boot file needs another value, or some host unsets it.
    pub(super) fn is_said_by_class(&self, at: usize, code: u8) -> bool {
        let says = |said: &SaidInSubnet| said.codes.contains(&code) || said.beside_files.contains(&code);
        self.is_unset_by_some(code) || self.said.get(at).is_some_and(says)
    }

    /// Whether classes of the site have options of iPXE's in a subnet, so that classes say all of option 175.
    pub(super) fn say_ipxe(&self, at: usize) -> bool {
        self.said.get(at).is_some_and(|said| !said.ipxe.is_empty())
    }

    /// The classes of a host with a profile.
    pub(super) fn of_profile(&self, scope: &ProfileScope<'s>) -> Vec<String> {
        match scope.files {
            HostFiles::OfSubnet => Vec::new(),
            HostFiles::Nothing => vec![NO_BOOT.to_owned()],
            HostFiles::WithoutScript => vec![NO_SCRIPT.to_owned()],
            HostFiles::One(file) if matches!(file.value, ClassFile::Url(_)) => {
                vec![ONE_FILE.to_owned(), ONE_URL.to_owned()]
            }
            HostFiles::One(_) => vec![ONE_FILE.to_owned()],
            HostFiles::Own(files) => {
                let number = self.own.get(&self.own_files_of(scope, files)).copied().unwrap_or_default();
                vec![OWN_FILES.to_owned(), files_class(number)]
            }
        }
    }

    /// The classes of a host with options of iPXE's in a subnet where classes say option 175.
    pub(super) fn of_ipxe(&self, settings: &[Setting<'s>]) -> Vec<String> {
        let number = self.own_ipxe_numbers.get(&ipxe_key(settings)).copied();
        number.map(|number| vec![own_ipxe(0), own_ipxe(number)]).unwrap_or_default()
    }

    /// The class that guards a pool of a subnet.
    pub(super) fn guard(&self, at: usize, scope: &SubnetScope<'_>, nth: usize) -> Guard {
        self.guards.of(at, scope, nth, self.mark_elsewhere)
    }

    /// The parts of a range for the members of a class, each with the class of a pool: the range itself, or a half for
    /// each server of a pair.
    pub(super) fn shares(
        &self,
        class: Option<&str>,
        range: Range,
        whole: bool,
    ) -> Vec<(Option<String>, Ipv4Addr, Ipv4Addr)> {
        // One address has no halves, and only one client.
        let Some(pair) = self.pair.filter(|_| !whole) else {
            return vec![(class.map(str::to_owned), range.low, range.high)];
        };
        let halves = pair.halves(range).into_iter();
        let class_at = |server: &str| match class {
            Some(class) => shared_class(class, server),
            None => class_of(server),
        };
        halves.map(|(server, low, high)| (Some(class_at(server)), low, high)).collect()
    }

    /// The classes that are evaluated in a subnet.
    pub(super) fn required_in(&self, at: usize) -> Vec<String> {
        let Some(scope) = self.policy.subnets.get(at) else { return Vec::new() };
        let names = self
            .of_subnet(at, scope)
            .into_iter()
            .filter_map(|class| Some(class["name"].as_str()?.to_owned()));
        names.collect()
    }

    /// Every class.
    pub(super) fn all(&self) -> Vec<Value> {
        let mut all = vec![json!({ "name": HOST }), json!({ "name": ELSEWHERE })];
        all.push(
            json!({ "name": ROAMING, "test": format!("member('KNOWN') and not member('{ELSEWHERE}')") }),
        );
        let ipxe = json!({ "name": kind_class("ipxe"), "test": IPXE });
        let of_site = self.policy.site.classes.iter().map(|class| {
            json!({ "name": class_name(&class.name.value), "test": class_match::test(&class.matches) })
        });
        let of_site: Vec<Value> = of_site.collect();
        // Kea reads sub-options of option 175 by the definition that `needs_definition` makes.
        let with_script = (!self.policy.needs.is_empty()).then(|| {
            let has = self.policy.needs.codes().map(|code| format!("option[175].option[{code}].exists"));
            let test: Vec<_> = [ipxe_member()].into_iter().chain(has).collect();
            json!({ "name": kind_class(WITH_SCRIPT), "test": test.join(" and ") })
        });
        let (before, behind) = if of_site.is_empty() { (None, Some(ipxe)) } else { (Some(ipxe), None) };
        all.extend(before);
        all.extend(of_site);
        all.extend(self.guards.classes());
        // A pool of Kea 2.2 has one class.
        for (server, ..) in self.pair.iter().flat_map(|pair| pair.servers) {
            let guards = ["KNOWN", "UNKNOWN", ROAMING].into_iter().chain(self.guards.names());
            all.extend(guards.map(|class| {
                let test = format!("member('{class}') and member('{}')", class_of(server));
                json!({ "name": shared_class(class, server), "test": test })
            }));
        }
        all.extend(behind);
        all.extend(with_script);
        all.extend(self.lease_times());
        all.extend(self.kinds().into_iter().map(|kind| {
            let test = format!("not {} and {}", script_member(self.policy.needs), kind_test(kind));
            json!({ "name": kind_class(kind.name()), "test": test })
        }));
        let mut named = |used: bool, name: String| all.extend(used.then(|| json!({ "name": name })));
        named(self.no_boot, NO_BOOT.to_owned());
        named(self.no_script, NO_SCRIPT.to_owned());
        named(self.one_file, ONE_FILE.to_owned());
        named(self.one_url, ONE_URL.to_owned());
        named(!self.own_files.is_empty(), OWN_FILES.to_owned());
        for number in 1..=self.own_files.len() {
            named(true, files_class(number));
        }
        for code in &self.unset {
            named(true, unset(*code));
        }
        for number in (0..=self.own_ipxe.len()).filter(|_| !self.own_ipxe.is_empty()) {
            named(true, own_ipxe(number));
        }
        let subnets = self.policy.subnets.iter().enumerate();
        all.extend(subnets.flat_map(|(at, scope)| self.of_subnet(at, scope)));
        all
    }

    /// The kinds of clients that some scope has a loader for, or none.
    fn kinds(&self) -> BTreeSet<ClientKind> {
        let loaders = self.policy.site.subnets.iter().map(|subnet| &subnet.loaders);
        let loaders = loaders.chain(self.own_files.iter().map(|own| own.loaders));
        let of_classes = self.policy.site.classes.iter().flat_map(|class| &class.here);
        let changes = of_classes.map(|here| here.loaders.as_slice());
        let changes = changes.chain(self.own_files.iter().map(|own| own.changes));
        loaders.flatten().map(|(kind, _)| *kind).chain(changes.flatten().map(|(kind, _)| *kind)).collect()
    }

    /// The classes of a subnet: its files, the files of hosts that have their own, what classes of the site say, and
    /// the options that some class says or some host unsets.
    fn of_subnet(&self, at: usize, scope: &SubnetScope<'s>) -> Vec<Value> {
        let files = match &scope.files {
            Some(files) if self.change_files(at) => self.layered_files(at, scope, files),
            Some(files) => self.files(scope, files),
            None => Vec::new(),
        };
        let files: Vec<Value> = self.http_of_hosts(scope).into_iter().chain(files).collect();
        let of_hosts = format!("{}.{OWN}", scope.subnet.name.value);
        let is_of_host = |file: &Value| file["name"].as_str().is_some_and(|name| name.starts_with(&of_hosts));
        let (of_hosts, files) = files.into_iter().partition(is_of_host);
        // The options that go with the file of a host override those of a class, and these the others.
        let mut all = self.with_options(at, true, of_hosts);
        all.extend(self.options_of_classes(at, scope));
        all.extend(self.ipxe_of_classes(at, scope));
        all.extend(self.with_options(at, false, files));
        all.extend(self.options_beside_classes(at, scope));
        all
    }

    /// Boot files, and the options that go with them and have classes of their own.
    fn with_options(&self, at: usize, is_of_hosts: bool, mut files: Vec<Value>) -> Vec<Value> {
        let names = self.server_names(at, &mut files);
        files.extend(names);
        let options = self.unset_beside_files(at, is_of_hosts, &mut files);
        files.extend(options);
        files
    }
}

/// The key that identifies one of iPXE's options.
fn ipxe_key(settings: &[Setting<'_>]) -> Vec<u8> {
    // Codes that are unset are no part of the bytes, but count over those of a class.
    let unset = settings.iter().filter(|setting| setting.data.is_unset()).map(|setting| setting.code);
    encapsulated(settings).into_iter().chain([0]).chain(unset).collect()
}

/// Whether a subnet treats known clients differently from strangers.
fn known_counts(policy: &Policy<'_>) -> bool {
    let of_classes = policy.classes.iter().filter_map(|scope| scope.class.netboot.as_ref());
    let mut of_classes = of_classes.map(|netboot| netboot.value);
    of_classes.any(|netboot| netboot == Netboot::Known)
        || policy.subnets.iter().any(|scope| {
            let pools = || scope.pools.iter().any(|pool| pool.clients != Clients::All);
            scope.known_only || !scope.subnet.unknown_clients.value || pools()
        })
}

/// The definition of option 175 with its sub-options, which Kea needs to look at those of a client; without it the option
/// is a text of bytes.
fn needs_definition(needs: Features) -> Option<Value> {
    let definition = json!({ "name": "ipxe", "code": 175, "type": "empty", "encapsulate": "ipxe" });
    (!needs.is_empty()).then_some(definition)
}

/// The definitions of options that differ from Kea's own. It knows option 43 as a space of sub-options, and ours are bytes
/// that subnets and hosts send as they are.
pub(super) fn definitions(policy: &Policy<'_>) -> Option<Value> {
    let is_vendor = |setting: &Setting<'_>| setting.code == 43;
    let of_subnets = policy.subnets.iter().flat_map(|scope| &scope.options).any(is_vendor);
    let mut profiles = policy.site.profiles.iter().map(|profile| &profile.handout);
    let is_used = of_subnets || profiles.any(|handout| crate::dhcp::options(handout).iter().any(is_vendor));
    let vendor = is_used.then(|| json!({ "name": "vendor-options", "code": 43, "type": "binary" }));
    let all: Vec<Value> = needs_definition(policy.needs).into_iter().chain(vendor).collect();
    (!all.is_empty()).then(|| all.into())
}
