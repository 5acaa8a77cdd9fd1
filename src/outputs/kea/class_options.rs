//! The options, boot servers and lease times of the site's classes.
//!
//! Of options Kea takes those of the subnet before those of a class. So a subnet leaves out what a class there says,
//! and says it as the last class. Of several classes Kea takes the option, and the boot server, of the first that it
//! lists: the strongest. Only where a stronger class sends no such option, or not to all clients, the others exclude
//! its members. Option 175 is taken whole, so each set of classes with options of iPXE's has one of its own.
//!
//! The lease time is set before the classes of a subnet are evaluated, by the first class with one, else by the subnet
//! (`AllocEngine::getValidLft` and `Dhcpv4Srv::processDiscover` of Kea 2.2 and 3.0). So a class has one for all
//! subnets.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::class_match::class_name;
use super::classes::{Classes, own_ipxe, unset};
use super::{options, raw};
use crate::dhcp::{BesideFile, ClassScope, ClassTimes, Overlaps, Policy, Setting, SubnetScope, encapsulated};
use crate::model::{ClassFile, ClassInSubnet};

/// The settings of the classes in a subnet.
#[derive(Default)]
pub(super) struct SaidInSubnet {
    /// The options that some class says.
    pub codes: BTreeSet<u8>,
    /// The options that go with some boot file. Those of the subnet follow them.
    pub beside_files: BTreeSet<u8>,
    /// The classes with options of iPXE's, weakest first, by their places.
    pub ipxe: Vec<usize>,
}

impl SaidInSubnet {
    /// `of_hosts` are the options that go with some boot file of a host; with its one file `netboot: none` of the subnet
    /// does not matter.
    pub(super) fn new(
        policy: &Policy<'_>,
        at: usize,
        boots: bool,
        of_hosts: &BTreeSet<u8>,
        with_url: bool,
    ) -> Self {
        let mut said = Self::default();
        if with_url {
            said.beside_files.extend(BesideFile::Http.codes());
        }
        if boots {
            said.beside_files.extend(beside_files(policy, at));
            said.beside_files.extend(of_hosts);
        }
        for (place, class, here) in policy.classes_in(at) {
            said.codes.extend(class.options.iter().map(|setting| setting.code));
            if boots {
                said.codes.extend(class.root_path(here).map(|setting| setting.code));
                if !class.ipxe.is_empty() {
                    said.ipxe.push(place);
                }
            }
        }
        said
    }
}

/// The options that go with some boot file of a host.
pub(super) fn beside_files_of_hosts(policy: &Policy<'_>) -> BTreeSet<u8> {
    let loaders = policy.site.profiles.iter().filter_map(|profile| profile.loaders.as_ref());
    loaders.flatten().flat_map(|(kind, _)| BesideFile::of(*kind).codes()).copied().collect()
}

/// The options that go with some boot file in a subnet, of itself or a class.
fn beside_files(policy: &Policy<'_>, at: usize) -> BTreeSet<u8> {
    let subnet = policy.subnets.get(at).and_then(|scope| scope.files);
    let subnet = subnet.iter().flat_map(|files| files.loaders).map(|(kind, _)| *kind);
    let classes = || policy.classes_in(at).map(|(_, class, here)| (class.class, here));
    let of_classes = classes().flat_map(|(_, here)| &here.loaders).map(|(kind, _)| *kind);
    let files = classes().filter_map(|(class, _)| class.file.as_ref());
    let urls = files.filter(|file| matches!(file.value, ClassFile::Url(_))).map(|_| BesideFile::Http);
    let kinds = subnet.chain(of_classes).map(BesideFile::of);
    kinds.chain(urls).flat_map(BesideFile::codes).copied().collect()
}

/// An option as a class says it in a subnet.
fn option_of<'s>(
    class: &ClassScope<'s>,
    here: &'s ClassInSubnet,
    boots: bool,
    code: u8,
) -> Option<Setting<'s>> {
    let root_path = class.root_path(here).filter(|setting| boots && setting.code == code);
    root_path.or_else(|| class.options.iter().rev().find(|setting| setting.code == code).cloned())
}

/// An option that a stronger class says.
struct Stronger {
    place: usize,
    is_unset: bool,
    always: bool,
}

impl Stronger {
    fn of(place: usize, setting: &Setting<'_>) -> Self {
        Self { place, is_unset: setting.data.is_unset(), always: setting.always }
    }

    /// Whether Kea would send the weaker one to its members, or mark theirs as one for all clients.
    fn has_to_be_left_out(&self, weaker: &Setting<'_>) -> bool {
        self.is_unset || (weaker.always && !self.always)
    }
}

impl<'s> Classes<'s> {
    fn member(&self, place: usize) -> String {
        let class = self.policy.classes.get(place).map_or("", |scope| scope.class.name.value.as_str());
        format!("member('{}')", class_name(class))
    }

    /// The test for the clients of whom a class, or the subnet, says an option.
    fn test_of_option(
        &self,
        place: Option<usize>,
        setting: &Setting<'_>,
        stronger: &[Stronger],
        overlaps: &Overlaps,
    ) -> String {
        let mut tests: Vec<String> = place.iter().map(|place| self.member(*place)).collect();
        let left_out = stronger.iter().filter(|other| {
            other.has_to_be_left_out(setting) && place.is_none_or(|place| overlaps.share(place, other.place))
        });
        tests.extend(left_out.map(|other| format!("not {}", self.member(other.place))));
        if self.is_unset_by_some(setting.code) {
            tests.push(format!("not member('{}')", unset(setting.code)));
        }
        if tests.is_empty() { "member('ALL')".to_owned() } else { tests.join(" and ") }
    }

    /// The classes of a subnet with the options and the boot server of the site's classes, the strongest first.
    pub(super) fn options_of_classes(&self, at: usize, scope: &SubnetScope<'s>) -> Vec<Value> {
        let boots = scope.subnet.boots();
        let mut all = Vec::new();
        let mut stronger: Vec<Vec<Stronger>> = (0..=255).map(|_| Vec::new()).collect();
        let mut classes: Vec<_> = self.policy.classes_in(at).collect();
        classes.reverse();
        for (place, class, here) in classes {
            let name = format!("{}.class-{}", scope.subnet.name.value, class.class.name.value);
            // The options with one test share a class.
            let mut groups: Vec<(String, Map<String, Value>)> = Vec::new();
            let mut group = |test: String| match groups.iter().position(|(known, _)| *known == test) {
                Some(known) => known,
                None => {
                    groups.push((test, Map::new()));
                    groups.len() - 1
                }
            };
            let mut more: Vec<(usize, Map<String, Value>)> = Vec::new();
            let codes: BTreeSet<u8> = class
                .options
                .iter()
                .map(|setting| setting.code)
                .chain(class.root_path(here).filter(|_| boots).map(|setting| setting.code))
                .collect();
            for code in codes {
                let Some(setting) = option_of(class, here, boots, code) else { continue };
                let Some(before) = stronger.get_mut(usize::from(code)) else { continue };
                if let Some(option) = options::option(&setting) {
                    let test = self.test_of_option(Some(place), &setting, before, &self.overlaps);
                    more.push((group(test), with_definition(code, &option)));
                }
                before.push(Stronger::of(place, &setting));
            }
            let mut own = raw::object(&class.class.handout.raw, "kea");
            if let Some(next) = here.next_server.as_ref().filter(|_| boots) {
                own.insert("next-server".to_owned(), json!(next.value));
            }
            if !own.is_empty() {
                more.push((group(self.member(place)), own));
            }
            for (group, object) in more {
                if let Some((_, known)) = groups.get_mut(group) {
                    raw::merge(known, object);
                }
            }
            for (nth, (test, object)) in groups.into_iter().enumerate() {
                let name = if nth == 0 { name.clone() } else { format!("{name}.{}", nth + 1) };
                all.push(self.on_demand(&name, &test, object));
            }
        }
        all
    }

    /// Takes the options of boot files from clients of whom a host, or a class of a subnet, says that they get none. A
    /// file of a host overrides what classes say. Gives the classes that have such options in place of those of the files.
    pub(super) fn unset_beside_files(&self, at: usize, is_of_hosts: bool, files: &mut [Value]) -> Vec<Value> {
        let boots = self.policy.subnets.get(at).is_some_and(|scope| scope.subnet.boots());
        let mut all = Vec::new();
        for code in BesideFile::RaspberryPi.codes() {
            let classes = self.policy.classes_in(at).filter(|(_, class, here)| {
                let option = option_of(class, here, boots, *code);
                !is_of_hosts && option.is_some_and(|setting| setting.data.is_unset())
            });
            let mut tests: Vec<String> =
                classes.map(|(place, ..)| format!("not {}", self.member(place))).collect();
            if self.is_unset_by_some(*code) {
                tests.push(format!("not member('{}')", unset(*code)));
            }
            if tests.is_empty() {
                continue;
            }
            let test = tests.join(" and ");
            for file in files.iter_mut() {
                all.extend(self.move_option(*code, &test, file));
            }
        }
        all
    }

    /// Moves an option of a class into a class for those of its members that pass a test; a class with the option alone
    /// gets the test itself.
    fn move_option(&self, code: u8, test: &str, class: &mut Value) -> Option<Value> {
        let has_file = class.get("boot-file-name").is_some();
        let name = class["name"].as_str()?.to_owned();
        let options = class.get_mut("option-data")?.as_array_mut()?;
        let place = options.iter().position(|option| option["code"] == json!(code))?;
        if !has_file {
            class["test"] = json!(format!("{} and {test}", class["test"].as_str()?));
            return None;
        }
        let option = options.remove(place);
        if options.is_empty() {
            class.as_object_mut()?.shift_remove("option-data");
        }
        let mut object = Map::from_iter([("option-data".to_owned(), json!([option]))]);
        if code == 43 {
            object.extend(class.as_object_mut()?.shift_remove_entry("option-def"));
        }
        Some(self.on_demand(
            &format!("{name}.option-{code}"),
            &format!("member('{name}') and {test}"),
            object,
        ))
    }

    /// The classes of a subnet with its own options, where a class or a host says otherwise.
    pub(super) fn options_beside_classes(&self, at: usize, scope: &SubnetScope<'s>) -> Vec<Value> {
        let name = &scope.subnet.name.value;
        let own = scope.options.iter().filter(|setting| self.is_said_by_class(at, setting.code));
        let class = |setting: &Setting<'s>| {
            let option = options::option(setting)?;
            let boots = scope.subnet.boots();
            let of_classes = self.policy.classes_in(at).filter_map(|(place, class, here)| {
                Some(Stronger::of(place, &option_of(class, here, boots, setting.code)?))
            });
            let stronger: Vec<Stronger> = of_classes.collect();
            let test = self.test_of_option(None, setting, &stronger, &self.overlaps);
            let name = format!("{name}.option-{}", setting.code);
            let is_of_class = self.said.get(at).is_some_and(|said| said.codes.contains(&setting.code));
            let object = if is_of_class {
                with_definition(setting.code, &option)
            } else {
                Map::from_iter([("option-data".to_owned(), json!([option]))])
            };
            Some(self.on_demand(&name, &test, object))
        };
        own.filter_map(class).collect()
    }

    fn on_demand(&self, name: &str, test: &str, object: Map<String, Value>) -> Value {
        let mut class = json!({ "name": name, "test": test });
        if let Some(class) = class.as_object_mut() {
            raw::merge(class, object);
        }
        class[self.version.on_demand()] = json!(true);
        class
    }

    /// Option 175 of a subnet in which classes have options of iPXE's, for each set of them that a client can be in,
    /// and for each host with options of its own.
    pub(super) fn ipxe_of_classes(&self, at: usize, scope: &SubnetScope<'s>) -> Vec<Value> {
        let Some(said) = self.said.get(at).filter(|said| !said.ipxe.is_empty()) else { return Vec::new() };
        let sets = self.overlaps.sets(&said.ipxe).unwrap_or_default();
        let mut all = Vec::new();
        let nobody: (Option<usize>, &[Setting<'s>]) = (None, &[]);
        let own = self.own_ipxe.iter().enumerate().map(|(at, settings)| (Some(at + 1), settings.as_slice()));
        for (number, own) in own.chain([nobody]) {
            let host = match number {
                Some(number) => Some(format!("member('{}')", own_ipxe(number))),
                None if self.own_ipxe.is_empty() => None,
                None => Some(format!("not member('{}')", own_ipxe(0))),
            };
            for set in sets.iter().map(Vec::as_slice).chain([&[][..]]) {
                let classes = set.iter().filter_map(|place| self.policy.classes.get(*place));
                let settings = scope.ipxe.iter().chain(classes.flat_map(|class| &class.ipxe)).chain(own);
                let bytes = encapsulated(settings);
                if bytes.is_empty() {
                    continue;
                }
                let tests = host.iter().cloned().chain(set.iter().map(|place| self.member(*place)));
                let besides = self.overlaps.besides(set, &said.ipxe);
                let tests = tests.chain(besides.map(|place| format!("not {}", self.member(place))));
                let test = tests.collect::<Vec<_>>().join(" and ");
                let name = format!("{}.option-175.{}", scope.subnet.name.value, all.len() + 1);
                let option = json!([options::bytes(175, &bytes)]);
                let object = Map::from_iter([("option-data".to_owned(), option)]);
                all.push(self.on_demand(&name, &test, object));
            }
        }
        all
    }

    /// The classes with lease times.
    pub(super) fn lease_times(&self) -> Vec<Value> {
        let sets = ClassTimes::new(self.policy, &self.overlaps).sets;
        let places: BTreeSet<usize> = sets.iter().flat_map(|(classes, _)| classes).copied().collect();
        let places: Vec<usize> = places.into_iter().collect();
        let mut all = Vec::new();
        for (classes, times) in sets {
            let tests = classes.iter().map(|place| self.member(*place));
            let besides = self.overlaps.besides(&classes, &places);
            let tests = tests.chain(besides.map(|place| format!("not {}", self.member(place))));
            all.push(json!({
                "name": format!("ipxegen-lease-{}", all.len() + 1),
                "test": tests.collect::<Vec<_>>().join(" and "),
                "valid-lifetime": times.of(None),
                "min-valid-lifetime": times.min,
                "max-valid-lifetime": times.max.max(times.min),
            }));
        }
        all
    }
}

/// An option of a class. Kea knows option 43 as a space of sub-options; ours are bytes.
fn with_definition(code: u8, option: &Value) -> Map<String, Value> {
    let mut object = Map::new();
    if code == 43 {
        let definition = json!([{ "name": "vendor-options", "code": 43, "type": "binary" }]);
        object.insert("option-def".to_owned(), definition);
    }
    object.insert("option-data".to_owned(), json!([option]));
    object
}
