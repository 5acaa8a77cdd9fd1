//! Inheritance: a host's settings are those of its groups, then its own, and the innermost wins.
//!
//! [`Inheritance::merge`] is the only path. Most hosts of a big site belong to few combinations of groups and set
//! nothing but addresses, so the settings of each combination are merged once and kept. A host borrows their
//! profile; only a setting of its own that changes the profile makes a copy. Loaders are those of the groups over
//! those of the host's subnet, so they make a copy as well. Settings of groups that use placeholders differ from host to
//! host, so they are merged again for each host.

use std::borrow::Cow;
use std::cell::Cell;

use foldhash::HashMap;

use super::boot_file::{boot_file, server_of_machine};
use super::entry_ids::check_reference;
use super::handout;
use super::host_context::HostContext;
use super::host_placeholders::{HostPlaceholders, filled};
use super::layers::Layers;
use super::loaders::{self, LoaderOfKind, effective_loaders, loader_changes, override_loaders};
use super::profiles::Profiles;
use super::resolver::Resolver;
use super::root_path::root_path;
use super::services::netboot;
use super::substitution::Substitution;
use super::vars::Vars;
use super::vendor_options::vendor_options;
use crate::model::{HostLayer, InvalidValue, IpxeValue, Netboot, Profile, Spanned, domain, flag};
use crate::outputs::RawScope;
use crate::report::catalogue::LOADERS_WITHOUT_ADDRESS;
use crate::report::{Finding, Report};
use crate::schema::{self, Setting};
use crate::source::{Scalar, Span};

/// The merged settings of each combination of groups so far.
pub(super) struct Inheritance<'c, 'a> {
    context: &'c HostContext<'c, 'a>,
    by_groups: CombinedGroups<'c, 'a>,
    /// The profiles with the loaders of the groups and of the subnet, by the number of the combination of groups and the
    /// subnet. Only hosts that set none of it themselves have them, and only if nothing was found.
    with_loaders: HashMap<(usize, Option<u32>), u32>,
}

/// The merged settings of combinations of groups.
#[derive(Default)]
struct CombinedGroups<'c, 'a> {
    all: Vec<GroupSettings<'c, 'a>>,
    /// The index of each combination.
    numbers: HashMap<Vec<usize>, usize>,
    /// The index of the one that was last asked for.
    last: usize,
}

/// The merged settings of a combination of groups.
struct GroupSettings<'c, 'a> {
    /// The combination.
    groups: Vec<usize>,
    merged: MergedSettings<'c, 'a>,
    /// The index of its profile; `None` if each host has one of its own.
    profile: Option<u32>,
    /// Whether the settings have to be merged again for each host.
    depends_on_host: bool,
}

/// Settings, merged.
#[derive(Clone)]
struct MergedSettings<'s, 'a> {
    profile: Cow<'s, Profile>,
    /// The loaders that the groups and the host set. For other kinds the subnet's are used.
    loaders: Cow<'s, [LoaderOfKind]>,
    host_name: Option<Scalar<'a>>,
    root_paths: Layers<'s, 'a>,
    /// The text of the innermost `file`.
    file: Option<Scalar<'a>>,
}

/// A host's settings: its own and those that it inherits.
pub(super) struct HostSettings<'s, 'a> {
    /// The index of the profile.
    pub profile: u32,
    pub host_name: Option<Scalar<'a>>,
    pub root_paths: Layers<'s, 'a>,
}

impl<'c, 'a> Inheritance<'c, 'a> {
    pub(super) fn new(context: &'c HostContext<'c, 'a>) -> Self {
        Self { context, by_groups: CombinedGroups::default(), with_loaders: HashMap::default() }
    }

    /// Merges the settings of a host's groups with its own.
    pub(super) fn merge<'s>(
        &'s mut self,
        r: &mut Resolver<'_, 'a>,
        profiles: &mut Profiles,
        groups: &[usize],
        host: &'s schema::Host<'a>,
        subnet: Option<u32>,
        placeholders: &HostPlaceholders<'_, '_>,
    ) -> HostSettings<'s, 'a> {
        let context = self.context;
        let fill = |r: &mut Resolver<'_, 'a>, word: Scalar<'a>| filled(r, word, placeholders);
        let (number, of_groups) = self.by_groups.of(r, profiles, groups, context);
        let mut merged = match of_groups.depends_on_host {
            false => of_groups.merged.inherited(),
            true => MergedSettings::of_groups(r, groups, context, &fill),
        };
        for setting in &host.settings {
            merged.apply(r, setting, context, &fill);
            if let Setting::Boot(word) = setting {
                check_reference(r, *word, context.ids);
            }
        }
        merged.check_root(r);
        let unset = match merged.root_paths.last() {
            Some(schema::RootPath::Text(word)) if context.outer_roots && word.text == "none" => {
                Some(word.span)
            }
            _ => None,
        };
        let MergedSettings { profile: Cow::Borrowed(_), loaders: Cow::Borrowed(loaders), .. } = merged else {
            merged.complete_loaders(r.report, r.gaps.subnets, subnet, host.name.span, context);
            return merged.finish(profiles, unset);
        };
        if unset.is_none()
            && let Some(profile) = of_groups.profile
        {
            return merged.with_profile(profile);
        }
        let key = (number, subnet);
        let is_shared = unset.is_none() && !loaders.is_empty();
        if is_shared && let Some(profile) = self.with_loaders.get(&key) {
            return merged.with_profile(*profile);
        }
        // A finding may be at the place of the host, so that each host has one.
        let mut found = Report::new();
        merged.complete_loaders(&mut found, r.gaps.subnets, subnet, host.name.span, context);
        let is_shared = is_shared && found.is_empty();
        r.report.take(found);
        let settings = merged.finish(profiles, unset);
        if is_shared {
            self.with_loaders.insert(key, settings.profile);
        }
        settings
    }

    /// The settings of each group of a host, and its own, one by one. What is at fault in them is reported by
    /// [`Inheritance::merge`].
    pub(super) fn layers(
        &self,
        r: &mut Resolver<'_, 'a>,
        groups: &[usize],
        host: &schema::Host<'a>,
        subnet: Option<u32>,
        placeholders: &HostPlaceholders<'_, '_>,
    ) -> Vec<HostLayer> {
        let context = self.context;
        let mut silent = Report::new();
        let mut silent = Resolver {
            gaps: r.gaps,
            errors: r.errors,
            roots: r.roots.clone(),
            ..Resolver::new(&mut silent, r.sources)
        };
        let fill = |r: &mut Resolver<'_, 'a>, word: Scalar<'a>| filled(r, word, placeholders);
        let of_groups = context.groups.one_by_one(groups);
        let own = std::iter::once((None, host.settings.as_slice()));
        let all = of_groups.map(|(name, settings)| (Some(name), settings)).chain(own);
        let layers = all.map(|(group, settings)| {
            let mut merged = MergedSettings::empty(Vec::new());
            for setting in settings {
                merged.apply(&mut silent, setting, context, &fill);
            }
            merged.complete_loaders(silent.report, silent.gaps.subnets, subnet, host.name.span, context);
            let root_path = merged.root_paths.last().and_then(|path| match path {
                schema::RootPath::Text(word) if word.text == "none" => {
                    Some(Spanned::new(String::new(), word.span))
                }
                _ => {
                    let layers = &merged.root_paths;
                    let path = root_path(&mut silent, layers, placeholders, host.name.span, subnet, context);
                    let path = path.ok().flatten()?;
                    Some(Spanned::new(path.value.to_string(), path.span))
                }
            });
            HostLayer { group, profile: merged.profile.into_owned(), root_path }
        });
        let mut layers: Vec<HostLayer> = layers.collect();
        // As in `merge`, each of these keys replaces the `file` of the groups before.
        let mut is_replaced = false;
        for HostLayer { profile, .. } in layers.iter_mut().rev() {
            profile.file = profile.file.take().filter(|_| !is_replaced);
            is_replaced |= profile.netboot.is_some() || profile.no_script || profile.loaders.is_some();
        }
        layers
    }
}

impl<'c, 'a> CombinedGroups<'c, 'a> {
    /// The number of a combination of groups and its settings, which are merged when they are first asked for.
    fn of(
        &mut self,
        r: &mut Resolver<'_, 'a>,
        profiles: &mut Profiles,
        groups: &[usize],
        context: &'c HostContext<'c, 'a>,
    ) -> (usize, &GroupSettings<'c, 'a>) {
        // Most hosts are in the groups of the one before.
        let is_last = self.all.get(self.last).is_some_and(|last| last.groups == groups);
        let known = if is_last { Some(self.last) } else { self.numbers.get(groups).copied() };
        let number = known.unwrap_or_else(|| {
            self.all.push(GroupSettings::of(r, profiles, groups, context));
            self.numbers.insert(groups.to_vec(), self.all.len() - 1);
            self.all.len() - 1
        });
        self.last = number;
        // Pushed just now, or when it became known.
        (number, &self.all[number])
    }
}

impl<'c, 'a> GroupSettings<'c, 'a> {
    fn of(
        r: &mut Resolver<'_, 'a>,
        profiles: &mut Profiles,
        groups: &[usize],
        context: &'c HostContext<'c, 'a>,
    ) -> Self {
        let depends_on_host = Cell::new(false);
        let fill = |_: &mut Resolver<'_, 'a>, word: Scalar<'a>| {
            if word.text.contains(['{', '}']) {
                depends_on_host.set(true);
                return None;
            }
            Some(word.text)
        };
        let merged = MergedSettings::of_groups(r, groups, context, &fill);
        // The loaders of a group override those of the host's own subnet.
        let depends_on_host = depends_on_host.get();
        let shared = !depends_on_host && merged.loaders.is_empty();
        let profile = shared.then(|| profiles.intern(merged.profile.clone().into_owned()));
        Self { groups: groups.to_vec(), merged, profile, depends_on_host }
    }
}

impl<'s, 'a> MergedSettings<'s, 'a> {
    /// No settings.
    fn empty(groups: Vec<Spanned<String>>) -> Self {
        Self {
            profile: Cow::Owned(Profile { groups, ..Profile::default() }),
            loaders: Cow::default(),
            host_name: None,
            root_paths: Layers::new(),
            file: None,
        }
    }

    /// Merges the settings of groups.
    fn of_groups(
        r: &mut Resolver<'_, 'a>,
        groups: &[usize],
        context: &'s HostContext<'_, 'a>,
        fill: &Substitution<'_, 'a>,
    ) -> Self {
        let mut merged = Self::empty(context.groups.names(groups));
        for setting in context.groups.settings(groups) {
            merged.apply(r, setting, context, fill);
        }
        merged
    }

    /// The same settings, with a borrowed profile and borrowed loaders.
    fn inherited(&self) -> MergedSettings<'_, 'a> {
        MergedSettings {
            profile: Cow::Borrowed(&self.profile),
            loaders: Cow::Borrowed(&self.loaders),
            host_name: self.host_name,
            root_paths: Layers::from_slice(&self.root_paths),
            file: self.file,
        }
    }

    /// Applies one setting over those before it.
    fn apply(
        &mut self,
        r: &mut Resolver<'_, 'a>,
        setting: &'s Setting<'a>,
        context: &HostContext<'_, 'a>,
        fill: &Substitution<'_, 'a>,
    ) {
        match setting {
            Setting::HostName(word) => self.host_name = Some(*word),
            Setting::RootPath(path) => self.root_paths.push(path),
            Setting::File(word) => self.set_file(r, *word, fill),
            Setting::NextServer(word) => {
                let server = server_of_machine(r, *word, context);
                r.gaps.hosts |= server.is_none();
                self.profile.to_mut().next_server = server;
            }
            Setting::Loaders(written) => {
                loaders::no_build(r, written);
                if self.profile.file.is_some() {
                    self.profile.to_mut().file = None;
                }
                override_loaders(r, written, self.loaders.to_mut(), fill);
            }
            Setting::Allow(_) | Setting::Note(_) => {}
            _ => apply_to_profile(r, setting, self.profile.to_mut(), context.vars, fill),
        }
    }

    /// Sets the boot file of whatever program asks. It replaces what outer groups say of the choice.
    fn set_file(&mut self, r: &mut Resolver<'_, 'a>, word: Scalar<'a>, fill: &Substitution<'_, 'a>) {
        let Some(text) = fill(r, word) else { return };
        let word = Scalar { text, span: word.span };
        let file = boot_file(r, word);
        r.gaps.hosts |= file.is_none();
        self.file = Some(word);
        self.loaders = Cow::default();
        let profile = self.profile.to_mut();
        profile.file = file;
        profile.no_script = false;
        profile.netboot = None;
    }

    /// Refuses a boot file that begins with the TFTP root. Another TFTP server has a root of its own.
    fn check_root(&self, r: &mut Resolver<'_, 'a>) {
        if self.profile.own_file().is_some()
            && let Some(word) = self.file
            && let Err(refused) = r.roots.check(word.text)
        {
            r.refuse(word.span, &refused);
        }
    }

    /// Adds the loaders of the host's subnet to those that the host and its groups set. If they set none, the host uses
    /// its subnet's.
    fn complete_loaders(
        &mut self,
        report: &mut Report,
        gaps_in_subnets: bool,
        subnet: Option<u32>,
        host: Span,
        context: &HostContext<'_, 'a>,
    ) {
        if self.loaders.is_empty() {
            return;
        }
        let subnet = match (subnet, context.loaders) {
            (Some(subnet), _) => Some(subnet as usize),
            (None, [_]) => Some(0),
            (None, _) => None,
        };
        let here = subnet.and_then(|at| Some((context.loaders.get(at)?, context.subnets.get(at)?)));
        let Some((inherited, subnet)) = here else {
            if !gaps_in_subnets {
                let message = "a host with loaders of its own needs an address, so that its subnet is known";
                report.push(
                    Finding::new(&LOADERS_WITHOUT_ADDRESS, host, message)
                        .help("give it an `ip`, or set the loaders on its subnet"),
                );
            }
            return;
        };
        let mut all = inherited.clone();
        for (kind, loader) in &*self.loaders {
            all.loaders.retain(|(known, _)| known != kind);
            all.loaders.push((*kind, loader.clone()));
        }
        let changes = loader_changes(report, &self.loaders, inherited, host);
        let profile = self.profile.to_mut();
        profile.changes = changes;
        profile.loaders = Some(effective_loaders(report, &all, host));
        profile.script.clone_from(&subnet.script);
    }

    /// The settings of a host with this profile.
    fn with_profile(self, profile: u32) -> HostSettings<'s, 'a> {
        HostSettings { profile, host_name: self.host_name, root_paths: self.root_paths }
    }

    /// The settings of a host with a profile of these settings; `unset` is the place of a `root_path` that is `none`.
    fn finish(mut self, profiles: &mut Profiles, unset: Option<Span>) -> HostSettings<'s, 'a> {
        if let Some(span) = unset {
            self.profile.to_mut().no_root_path = Some(Spanned::new((), span));
        }
        let profile = profiles.intern(std::mem::take(&mut self.profile).into_owned());
        self.with_profile(profile)
    }
}

/// Applies a setting to the part of a host's settings that other hosts may share.
fn apply_to_profile<'a>(
    r: &mut Resolver<'_, 'a>,
    setting: &Setting<'a>,
    profile: &mut Profile,
    vars: &Vars,
    fill: &Substitution<'_, 'a>,
) {
    let handout = &mut profile.handout;
    match setting {
        Setting::Routers(words) => {
            let routers = handout::address_list(r, words);
            // `none` leaves no router, too, but is no error.
            r.gaps.hosts |=
                routers.len() != words.len() && words.first().is_none_or(|word| word.text != "none");
            handout.routers = Some(routers);
        }
        Setting::Dns(words) => handout.dns = Some(handout::address_list(r, words)),
        Setting::Ntp(words) => handout.ntp = Some(handout::address_list(r, words)),
        Setting::DomainSearch(words) => handout.domain_search = Some(handout::domains(r, words)),
        Setting::Domain(word) if word.text == "none" => {
            handout.domain = Some(Spanned::new(String::new(), word.span));
        }
        Setting::Domain(word) => {
            handout.domain = r.value(*word, |text| domain(text).map(str::to_owned));
        }
        Setting::KeepSan(word) => {
            if let Some(keep) = r.value(*word, flag) {
                let value = IpxeValue::Number(i64::from(keep.value));
                handout::set_ipxe(handout, "keep-san", Spanned::new(value, keep.span));
            }
        }
        Setting::Ipxe(options) => handout::ipxe(r, options, handout, fill),
        Setting::Boot(word) => {
            handout.boot = Some(handout::boot(*word));
        }
        Setting::Autoboot(word) => handout.autoboot = r.value(*word, flag),
        Setting::Netboot(word) => {
            profile.netboot = netboot_of_machine(r, *word);
            profile.file = None;
        }
        Setting::Script(word) if word.text == "none" => {
            profile.no_script = true;
            profile.file = None;
        }
        Setting::Script(word) => {
            let help = "a script of a machine's own is an entry of kind `chain`, named by `boot`";
            let message = format!("`script` is `none`, not `{}`", word.text);
            r.refuse(word.span, &InvalidValue::new(message).help(help));
        }
        Setting::Options(options) => {
            let mut all = std::mem::take(&mut handout.options);
            handout::options(r, options, &mut all, fill);
            profile.handout.options = all;
        }
        Setting::VendorOptions(written) => vendor_options(r, written, &mut handout.options, fill),
        Setting::Vars(dict) => vars.apply(r, dict, handout, fill),
        Setting::Raw(dict) => {
            let texts = handout::raw_texts(r, dict, RawScope::Clients);
            profile.handout.raw.extend(texts);
        }
        // These belong to the host itself, or replace more than its profile.
        Setting::HostName(_)
        | Setting::RootPath(_)
        | Setting::File(_)
        | Setting::NextServer(_)
        | Setting::Loaders(_)
        | Setting::Allow(_)
        | Setting::Note(_) => {}
    }
}

/// Reads `netboot` of a host or group, where only `none` is valid.
fn netboot_of_machine<'a>(r: &mut Resolver<'_, 'a>, word: Scalar<'a>) -> Option<Netboot> {
    let found = netboot(r, word)?.value;
    if found != Netboot::None {
        let message = format!("`netboot` of a machine is `none`, not `{}`", word.text);
        r.refuse(word.span, &InvalidValue::new(message).help("`all` and `known` are values of a subnet"));
        return None;
    }
    Some(found)
}
