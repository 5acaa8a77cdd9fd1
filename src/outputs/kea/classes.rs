//! Classes: who gets which boot file, in tests that exclude each other.
//!
//! Kea's `==` compares bytes, so a type of client is `0x0007` and not `7`, which it accepts and never matches.
//! Membership in a class without a test comes from a reservation; a class must be listed before the tests that name
//! it.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::pair::{Pair, class_of};
use super::{Words, options};
use crate::dhcp::{BootFiles, HostFiles, Policy, RASPBERRY_PI_MENU, SubnetScope, file_name};
use crate::model::{
    Asks, ClientKind, Clients, Loader, Loaders, RASPBERRY_PI, RASPBERRY_PI_ID, Range, Spanned,
};

const IPXE: &str = "option[77].hex == 'iPXE' or substring(option[77].hex,1,4) == 'iPXE'";

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
/// Hosts with loaders of their own.
pub(super) const OWN_FILES: &str = "ipxegen-own-files";

/// Files of hosts: the script, and the loaders.
type Files<'s> = (Option<&'s str>, &'s Loaders);

/// The classes of a site.
pub(super) struct Classes<'s> {
    policy: &'s Policy<'s>,
    /// The words of the server's version.
    pub words: Words,
    /// The pair, where each of its servers has its own part of each range.
    pair: Option<&'s Pair<'s>>,
    /// The different files that hosts have of their own, with their numbers.
    own: FxHashMap<Files<'s>, usize>,
    /// The same in order.
    own_files: Vec<Files<'s>>,
    /// Options that some host unsets.
    unset: BTreeSet<u8>,
    no_boot: bool,
    no_script: bool,
}

/// The class of hosts that unset an option.
pub(super) fn unset(code: u8) -> String {
    format!("ipxegen-no-option-{code}")
}

/// The class of clients of a kind, or of iPXE.
pub(in super::super) fn kind_class(kind: &str) -> String {
    format!("ipxegen-{kind}")
}

/// The members of a class that a server of a pair answers.
fn shared_class(class: &str, server: &str) -> String {
    format!("{class}.{server}")
}

/// The class of hosts with certain files.
fn files_class(number: usize) -> String {
    format!("ipxegen-files-{number}")
}

impl<'s> Classes<'s> {
    pub(super) fn new(policy: &'s Policy<'s>, words: Words, pair: Option<&'s Pair<'s>>) -> Self {
        let mut classes = Self {
            policy,
            words,
            pair,
            own: FxHashMap::default(),
            own_files: Vec::new(),
            unset: BTreeSet::new(),
            no_boot: false,
            no_script: false,
        };
        let profiles = 0..u32::try_from(policy.site.profiles.len()).unwrap_or(u32::MAX);
        for scope in profiles.filter_map(|at| policy.profile(at)) {
            match scope.files {
                HostFiles::OfSubnet => {}
                HostFiles::Nothing => classes.no_boot = true,
                HostFiles::WithoutScript => classes.no_script = true,
                HostFiles::Own(BootFiles { script, loaders }) => {
                    let number = classes.own_files.len() + 1;
                    if *classes.own.entry((script, loaders)).or_insert(number) == number {
                        classes.own_files.push((script, loaders));
                    }
                }
            }
            let unset = scope.options.iter().filter(|setting| setting.data.is_unset());
            classes.unset.extend(unset.map(|setting| setting.code));
        }
        classes
    }

    /// Whether some host unsets an option, so that a class has to say it.
    pub(super) fn is_unset_by_some(&self, code: u8) -> bool {
        self.unset.contains(&code)
    }

    /// The classes of a host with a profile.
    pub(super) fn of_profile(&self, files: &HostFiles<'s>) -> Vec<String> {
        match files {
            HostFiles::OfSubnet => Vec::new(),
            HostFiles::Nothing => vec![NO_BOOT.to_owned()],
            HostFiles::WithoutScript => vec![NO_SCRIPT.to_owned()],
            HostFiles::Own(BootFiles { script, loaders }) => {
                let number = self.own.get(&(*script, *loaders)).copied().unwrap_or_default();
                vec![OWN_FILES.to_owned(), files_class(number)]
            }
        }
    }

    /// The parts of a range for the members of a class, each with the class of a pool: the range itself, or a half for
    /// each server of a pair.
    pub(super) fn shares(
        &self,
        class: Option<&str>,
        range: Range,
    ) -> Vec<(Option<String>, Ipv4Addr, Ipv4Addr)> {
        let Some(pair) = self.pair else { return vec![(class.map(str::to_owned), range.low, range.high)] };
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
        let names =
            self.of_subnet(scope).into_iter().filter_map(|class| Some(class["name"].as_str()?.to_owned()));
        names.collect()
    }

    /// Every class.
    pub(super) fn all(&self) -> Vec<Value> {
        let mut all = vec![json!({ "name": HOST }), json!({ "name": ELSEWHERE })];
        all.push(
            json!({ "name": ROAMING, "test": format!("member('KNOWN') and not member('{ELSEWHERE}')") }),
        );
        // A pool of Kea 2.2 has one class.
        for (server, ..) in self.pair.iter().flat_map(|pair| pair.servers) {
            all.extend(["KNOWN", "UNKNOWN", ROAMING].map(|class| {
                let test = format!("member('{class}') and member('{}')", class_of(server));
                json!({ "name": shared_class(class, server), "test": test })
            }));
        }
        all.push(json!({ "name": kind_class("ipxe"), "test": IPXE }));
        let loaders = self.policy.site.subnets.iter().map(|subnet| &subnet.loaders);
        let loaders = loaders.chain(self.own_files.iter().map(|(_, loaders)| *loaders));
        let kinds: BTreeSet<ClientKind> = loaders.flatten().map(|(kind, _)| *kind).collect();
        all.extend(kinds.into_iter().map(|kind| {
            let test = format!("not member('{}') and {}", kind_class("ipxe"), test(kind));
            json!({ "name": kind_class(kind.name()), "test": test })
        }));
        let mut named = |used: bool, name: String| all.extend(used.then(|| json!({ "name": name })));
        named(self.no_boot, NO_BOOT.to_owned());
        named(self.no_script, NO_SCRIPT.to_owned());
        named(!self.own_files.is_empty(), OWN_FILES.to_owned());
        for number in 1..=self.own_files.len() {
            named(true, files_class(number));
        }
        for code in &self.unset {
            named(true, unset(*code));
        }
        all.extend(self.policy.subnets.iter().flat_map(|scope| self.of_subnet(scope)));
        all
    }

    /// The classes of a subnet: its files, the files of hosts that have their own, and the options that some host
    /// unsets.
    fn of_subnet(&self, scope: &SubnetScope<'s>) -> Vec<Value> {
        let name = &scope.subnet.name.value;
        let on_demand = self.words.on_demand();
        let mut all = Vec::new();
        if let Some(files) = scope.files {
            for (at, (script, loaders)) in self.own_files.iter().enumerate() {
                let class = files_class(at + 1);
                let files = BootFiles { script: *script, loaders };
                let member = format!("member('{class}') and ");
                all.extend(file_classes(on_demand, &format!("{name}.{class}"), &member, "", &files, scope));
            }
            let mut member = String::new();
            if scope.known_only {
                member.push_str("member('KNOWN') and ");
            }
            for (used, class) in [(self.no_boot, NO_BOOT), (!self.own_files.is_empty(), OWN_FILES)] {
                if used {
                    member.push_str(&format!("not member('{class}') and "));
                }
            }
            let no_script =
                if self.no_script { format!("not member('{NO_SCRIPT}') and ") } else { String::new() };
            all.extend(file_classes(on_demand, name, &member, &no_script, &files, scope));
        }
        for setting in scope.options.iter().filter(|setting| self.unset.contains(&setting.code)) {
            if let Some(option) = options::option(setting) {
                let mut class = json!({
                    "name": format!("{name}.option-{}", setting.code),
                    "test": format!("not member('{}')", unset(setting.code)),
                    "option-data": [option],
                });
                class[self.words.on_demand()] = json!(true);
                all.push(class);
            }
        }
        all
    }

    /// Whether a subnet treats known clients differently from strangers.
    pub(super) fn known_counts(&self) -> bool {
        self.policy.subnets.iter().any(|scope| {
            let pools = || scope.pools.iter().any(|pool| pool.clients != Clients::All);
            scope.known_only || !scope.subnet.unknown_clients.value || pools()
        })
    }
}

/// A class for each file, for the members only.
fn file_classes(
    on_demand: &str,
    name: &str,
    member: &str,
    no_script: &str,
    files: &BootFiles<'_>,
    scope: &SubnetScope<'_>,
) -> Vec<Value> {
    let class = |kind: &str, test: String, file: &str| {
        let mut class = json!({ "name": format!("{name}.{kind}"), "test": test, "boot-file-name": file });
        class[on_demand] = json!(true);
        class
    };
    let mut all: Vec<Value> = files
        .script
        .map(|script| class("ipxe", format!("{member}{no_script}member('{}')", kind_class("ipxe")), script))
        .into_iter()
        .collect();
    for (kind, loader) in files.loaders {
        let Spanned { value, .. }: &Spanned<Loader> = loader;
        let test = format!("{member}member('{}')", kind_class(kind.name()));
        let mut one = class(kind.name(), test, file_name(value));
        let always = |code: u8, bytes: &[u8]| {
            let mut option = options::bytes(code, bytes);
            // Kea sends an option only to a client that lists it in option 55, unless told otherwise.
            option["always-send"] = json!(true);
            option
        };
        match kind.info().asks {
            // UEFI takes a URL only from an answer that says HTTPClient too.
            Asks::Http => one["option-data"] = json!([always(60, b"HTTPClient")]),
            Asks::Rpi => {
                let next = scope.next_server.map(|next| always(66, next.value.to_string().as_bytes()));
                let options: Vec<Value> = [always(60, b"PXEClient"), always(43, RASPBERRY_PI_MENU)]
                    .into_iter()
                    .chain(next)
                    .collect();
                one["option-data"] = Value::from(options);
                // Kea knows option 43 as a space of sub-options; this is a text of bytes.
                one["option-def"] = json!([{ "name": "pxe-menu", "code": 43, "type": "binary" }]);
            }
            Asks::Pxe | Asks::Uboot | Asks::Power => {}
        }
        all.push(one);
    }
    all
}

/// The test for firmware of a kind.
fn test(kind: ClientKind) -> String {
    let info = kind.info();
    let arches: Vec<String> = info
        .arch
        .iter()
        .map(|arch| format!("substring(option[93].hex,0,2) == 0x{}", arch.replace(':', "")))
        .collect();
    let arches = arches.join(" or ");
    match info.asks {
        Asks::Http => format!("substring(option[60].hex,0,10) == 'HTTPClient' and ({arches})"),
        Asks::Power => format!("not (substring(option[60].hex,0,10) == 'HTTPClient') and ({arches})"),
        // A Raspberry Pi presents itself as a BIOS client, and old PXE ROMs send no option 93.
        Asks::Pxe if kind == ClientKind::Bios => format!(
            "substring(option[60].hex,0,9) == 'PXEClient' and \
             (not option[93].exists or (({arches}) and not ({})))",
            raspberry_pi()
        ),
        Asks::Pxe => format!("substring(option[60].hex,0,9) == 'PXEClient' and ({arches})"),
        Asks::Rpi => format!(
            "substring(option[60].hex,0,9) == 'PXEClient' and ({arches} or \
             (substring(option[93].hex,0,2) == 0x0000 and ({})))",
            raspberry_pi()
        ),
        Asks::Uboot => {
            // Kea 2.2 cannot lower the case of a text.
            let class =
                "(substring(option[60].hex,0,6) == 'U-Boot' or substring(option[60].hex,0,6) == 'U-boot')";
            let named = match kind {
                ClientKind::UbootArm64 => "substring(option[60].hex,6,6) == '.armv8'",
                _ => "substring(option[60].hex,6,6) == '.armv7' or option[60].hex == 'U-Boot.arm'",
            };
            format!("{class} and ({arches} or {named})")
        }
    }
}

/// What the firmware of a Raspberry Pi says or is called beside its type.
fn raspberry_pi() -> String {
    let id = RASPBERRY_PI_ID.len();
    let mut tests = vec![format!("substring(option[97].hex,0,{id}) == 0x{}", options::hex(&RASPBERRY_PI_ID))];
    let makers = RASPBERRY_PI.iter();
    tests.extend(makers.map(|maker| format!("substring(pkt4.mac,0,3) == 0x{}", options::hex(maker))));
    tests.join(" or ")
}
