//! Tags as groups and classes of the site: the tag of hosts is a group, and that of a vendor class or user class is a class.
//!
//! A tag becomes one only if every line that asks for it is an option that has a key. dnsmasq puts an option by such a tag
//! over one by the tag of a range, and this over one without a tag (`option_filter` in src/dhcp-common.c), as the site does
//! with groups, classes, subnets and itself. Between two such tags the order of the lines decides in dnsmasq and not in the
//! site, so tags that meet stay in `raw`, and so do those that meet a line of `raw`.

use foldhash::{HashMap, HashSet};

use super::super::draft::{Mapping, Value};
use super::super::names::{Names, identifier};
use super::Reader;
use super::hosts::fault;
use super::lines::Setting;
use super::options::OptionKey;
use super::tags::{conditions, sets};

/// The scope that a tag stands for, by its name in the site.
#[derive(Clone, Debug)]
pub(super) enum TagScope {
    Group(String),
    Class(String),
}

/// The lines of a tag, by index.
#[derive(Default)]
struct Lines<'s> {
    givers: Vec<usize>,
    /// The options that are set for it; none if some line that asks for it is none with a key.
    options: Option<HashSet<OptionKey>>,
    /// The texts of its vendor class or user class.
    texts: Vec<&'s str>,
    /// Whether they are of a user class.
    is_user_class: bool,
}

/// Tags that dnsmasq gives by itself; it also gives the name of the interface.
const BUILT_IN: [&str; 5] = ["known", "known-othernet", "bootp", "cpewan-id", "dhcpv6"];

/// The vendor classes and the user classes of firmware; a digit stands for any.
const FIRMWARE: [&str; 4] =
    ["PXEClient:Arch:00000:UNDI:000000", "HTTPClient:Arch:00000:UNDI:000000", "iPXE", "gPXE"];

/// How often the tags are gone through. A host that stays in `raw` keeps its other tags there.
const PASSES: usize = 8;

impl<'s> Reader<'_, 's> {
    /// Writes the groups and classes of tags, and returns their scopes.
    pub(super) fn tag_scopes(&mut self) -> HashMap<&'s str, TagScope> {
        let settings: &'s [Setting<'s>] = self.settings;
        let (mut tags, order) = self.lines_by_tag();
        let (mut groups, mut classes) = self.candidates(&mut tags, &order);
        self.leave_classes_that_meet(&tags, &mut groups, &mut classes);
        self.leave_groups_of_other_hosts(&tags, &mut groups);
        let (mut names, mut group_names) = (Names::default(), Names::default());
        // Classes of boot files have these names, and the others are words of `clients` and `group`.
        ["ipxe", "pxe", "http", "all", "known", "unknown"].iter().for_each(|name| drop(names.take(name)));
        [&mut names, &mut group_names].iter_mut().for_each(|names| drop(names.take("none")));
        let mut scopes = HashMap::default();
        for tag in order {
            let Some(lines) = tags.get(tag) else { continue };
            let Some(first) = lines.givers.first().and_then(|at| settings.get(*at)) else { continue };
            let name = identifier(tag).unwrap_or_default();
            if groups.contains(tag) {
                let name = group_names.take(&name);
                self.imported.draft.site.map("groups").map(&name);
                scopes.insert(tag, TagScope::Group(name));
            } else if classes.contains(&tag) {
                let name = names.take(&name);
                self.write_class(&name, first, lines);
                scopes.insert(tag, TagScope::Class(name));
            }
        }
        scopes
    }

    /// The lines of each tag, and the tags in their order in the files.
    fn lines_by_tag(&self) -> (HashMap<&'s str, Lines<'s>>, Vec<&'s str>) {
        let settings: &'s [Setting<'s>] = self.settings;
        let mut tags: HashMap<&'s str, Lines<'s>> = HashMap::default();
        let mut order: Vec<&'s str> = Vec::new();
        for (index, setting) in settings.iter().enumerate() {
            for tag in sets(setting) {
                let lines = tags.entry(tag).or_insert_with(|| {
                    order.push(tag);
                    Lines { options: Some(HashSet::default()), ..Lines::default() }
                });
                lines.givers.push(index);
            }
        }
        for setting in settings {
            let asked: Vec<(&'s str, bool)> = conditions(setting).collect();
            let key = match asked.as_slice() {
                [(_, true)] => OptionKey::of(setting).filter(|key| *key != OptionKey::Broadcast),
                _ => None,
            };
            for (tag, _) in asked {
                let Some(lines) = tags.get_mut(tag) else { continue };
                match (key, &mut lines.options) {
                    (Some(key), Some(options)) => {
                        options.insert(key);
                    }
                    _ => lines.options = None,
                }
            }
        }
        (tags, order)
    }

    /// The tags that could be groups, and those that could be classes, as far as their own lines tell.
    fn candidates(
        &self,
        tags: &mut HashMap<&'s str, Lines<'s>>,
        order: &[&'s str],
    ) -> (HashSet<&'s str>, Vec<&'s str>) {
        let settings: &'s [Setting<'s>] = self.settings;
        let (mut groups, mut classes) = (HashSet::default(), Vec::new());
        let interfaces = settings.iter().filter(|setting| setting.name == "interface");
        let of_interfaces = interfaces.flat_map(|setting| setting.fields.iter().map(|field| &**field));
        let built_in: HashSet<&str> = of_interfaces.chain(BUILT_IN).collect();
        for tag in order {
            let Some(lines) = tags.get_mut(tag) else { continue };
            let Some(options) = &lines.options else { continue };
            if built_in.contains(tag) || self.by_tag.contains_key(tag) || identifier(tag).is_none() {
                continue;
            }
            let givers = || lines.givers.iter().filter_map(|at| settings.get(*at));
            let all_are = |name: &str| givers().all(|giver| giver.name == name);
            if all_are("dhcp-host") {
                groups.insert(*tag);
            } else if !options.is_empty()
                && (all_are("dhcp-vendorclass") || all_are("dhcp-userclass"))
                && let Some(texts) = givers().map(text_of).collect()
            {
                lines.is_user_class = all_are("dhcp-userclass");
                lines.texts = texts;
                classes.push(*tag);
            }
        }
        (groups, classes)
    }

    /// Writes the class of a tag, whose first line is that of a vendor class or user class.
    fn write_class(&mut self, name: &str, first: &Setting<'_>, lines: &Lines<'_>) {
        let key = if first.name == "dhcp-vendorclass" { "vendor_class" } else { "user_class" };
        let texts = lines.texts.iter().map(|text| Value::from(format!("{text}*"))).collect();
        let mut matching = Mapping::default();
        matching.set(key, Value::one_or_list(texts));
        self.imported.draft.site.map("classes").map(name).set("match", matching).from(&first.origin);
        let text = format!(
            "dnsmasq finds the text of `{}` anywhere in what a client sends, and the class `{name}` asks for it at the \
             beginning",
            first.name
        );
        self.imported.coverage.remark(first.origin.clone(), text);
    }

    /// Takes out the tags of classes that may meet another tag with the same option at a client, and the groups that may
    /// meet a class.
    fn leave_classes_that_meet(
        &self,
        tags: &HashMap<&'s str, Lines<'s>>,
        groups: &mut HashSet<&'s str>,
        classes: &mut Vec<&'s str>,
    ) {
        let options = |tag: &str| tags.get(tag).and_then(|lines| lines.options.as_ref());
        let mut by_option: HashMap<OptionKey, Vec<&'s str>> = HashMap::default();
        for tag in classes.iter() {
            for option in options(tag).into_iter().flatten() {
                by_option.entry(*option).or_default().push(tag);
            }
        }
        let of_groups: HashSet<OptionKey> =
            groups.iter().filter_map(|tag| options(tag)).flatten().copied().collect();
        let in_raw = self.options_in_raw(tags, groups, classes);
        let mut out: HashSet<&'s str> = HashSet::default();
        for (option, of_classes) in &by_option {
            let are_many = of_classes.len() > 16;
            let meet = |tag: &str| {
                of_classes.iter().any(|other| {
                    let (Some(own), Some(lines)) = (tags.get(tag), tags.get(other)) else { return false };
                    let have_both = |one: &&str| {
                        lines.texts.iter().any(|text| one.starts_with(text) || text.starts_with(one))
                    };
                    *other != tag
                        && (own.is_user_class != lines.is_user_class || own.texts.iter().any(have_both))
                })
            };
            for tag in of_classes {
                if are_many || of_groups.contains(option) || in_raw.all.contains(option) || meet(tag) {
                    out.insert(tag);
                }
            }
        }
        let with_classes: HashSet<OptionKey> = by_option.into_keys().collect();
        classes.retain(|tag| !out.contains(tag));
        let meets = |option: &OptionKey| with_classes.contains(option) || in_raw.of_hosts.contains(option);
        groups.retain(|tag| !options(tag).into_iter().flatten().any(meets));
    }

    /// Takes out the groups of hosts that stay in `raw`, and those that set one option at one host.
    fn leave_groups_of_other_hosts(&self, tags: &HashMap<&'s str, Lines<'s>>, groups: &mut HashSet<&'s str>) {
        let options = |tag: &str| tags.get(tag).and_then(|lines| lines.options.as_ref());
        let hosts: Vec<&'s Setting<'s>> = self
            .settings
            .iter()
            .filter(|setting| setting.name == "dhcp-host" && sets(setting).next().is_some())
            .collect();
        for _ in 0..PASSES {
            let before = groups.len();
            for host in &hosts {
                let own: Vec<&'s str> = sets(host).collect();
                let all = own.iter().filter_map(|tag| options(tag)).map(HashSet::len).sum::<usize>();
                let different: HashSet<OptionKey> =
                    own.iter().filter_map(|tag| options(tag)).flatten().copied().collect();
                let is_plain = own.iter().all(|tag| groups.contains(tag))
                    && fault(host, &|_| true).is_none()
                    && all == different.len();
                if !is_plain {
                    for tag in own {
                        groups.remove(tag);
                    }
                }
            }
            if groups.len() == before {
                return;
            }
        }
        groups.clear();
    }
}

/// The options of lines that ask for tags and stay in `raw`.
#[derive(Default)]
struct OptionsInRaw {
    all: HashSet<OptionKey>,
    /// Those that a host of a group may get: a host with a tag that stays in `raw` is in no group.
    of_hosts: HashSet<OptionKey>,
}

impl<'s> Reader<'_, 's> {
    fn options_in_raw(
        &self,
        tags: &HashMap<&'s str, Lines<'s>>,
        groups: &HashSet<&'s str>,
        classes: &[&'s str],
    ) -> OptionsInRaw {
        let classes: HashSet<&str> = classes.iter().copied().collect();
        let mut of_hosts_only: HashMap<&str, bool> = HashMap::default();
        for (tag, lines) in tags {
            let mut givers = lines.givers.iter().filter_map(|at| self.settings.get(*at));
            of_hosts_only
                .insert(tag, !BUILT_IN.contains(tag) && givers.all(|giver| giver.name == "dhcp-host"));
        }
        let mut found = OptionsInRaw::default();
        for setting in self.settings {
            let asked: Vec<(&str, bool)> = conditions(setting).collect();
            let Some(option) = OptionKey::set_by(setting).filter(|_| !asked.is_empty()) else { continue };
            // dnsmasq prefers all other tags to those of ranges.
            let is_of_scope =
                |tag: &str| groups.contains(tag) || classes.contains(tag) || self.by_tag.contains_key(tag);
            if matches!(asked.as_slice(), [(tag, true)] if is_of_scope(tag)) {
                continue;
            }
            found.all.insert(option);
            let is_of_others =
                |tag: &&str| of_hosts_only.get(tag).copied().unwrap_or_default() && !groups.contains(tag);
            if !asked.iter().filter(|(_, has)| *has).any(|(tag, _)| is_of_others(tag)) {
                found.of_hosts.insert(option);
            }
        }
        found
    }
}

/// Whether a text is in what firmware sends, but not at its beginning: only dnsmasq finds it there.
fn is_inside_of_firmware(text: &str) -> bool {
    let digit = |byte: &u8| if byte.is_ascii_digit() { b'0' } else { *byte };
    let text: Vec<u8> = text.as_bytes().iter().map(digit).collect();
    FIRMWARE.iter().any(|sent| {
        (1..sent.len()).any(|at| sent.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(&text)))
    })
}

/// The text of a `dhcp-vendorclass` or `dhcp-userclass` that a class can ask for.
fn text_of<'s>(setting: &'s Setting<'_>) -> Option<&'s str> {
    let [_, text] = setting.fields.as_slice() else { return None };
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.ends_with('*');
    let is_word = !text.is_empty() && !text.starts_with("enterprise:") && !text.contains(['{', '}']);
    (is_plain && is_word && !is_inside_of_firmware(text)).then_some(text)
}
