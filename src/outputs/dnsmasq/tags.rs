//! Tags of hosts: one for each profile, and those by which a line of the subnet leaves out hosts that have another.
//!
//! dnsmasq sends an option of the host's tags rather than the same of the subnet's (`option_filter` in dhcp-common.c),
//! but all sub-options of option 175 whose tags fit, the host's and the subnet's alike.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};

use crate::dhcp::{BootFiles, HostFiles, Policy, ProfileScope, disk_settings};
use crate::model::{ClassFile, Loaders};

/// The host boots nothing.
pub(super) const NO_BOOT: &str = "no-boot";
/// Its iPXE gets no script.
pub(super) const NO_SCRIPT: &str = "no-script";
/// It has files of its own, or one.
pub(super) const OWN_FILES: &str = "own-files";
/// It gets no name.
pub(super) const NO_NAME: &str = "no-name";
/// It is a host of the site, even if its address is elsewhere.
pub(super) const ANY_KNOWN: &str = "any-known";
/// The client is in a subnet with `netboot: none`.
pub(super) const LID: &str = "netboot-none";

/// The client's file is said by a class.
pub(super) const FILED: &str = "filed";
/// The client gets no file, for its class or its subnet lets others boot only.
pub(super) const BARRED: &str = "barred";

/// The tags of a site.
pub(super) struct Tags<'s> {
    /// The tag of each profile that has something to say, by index.
    pub profiles: Vec<Option<String>>,
    /// The different files that hosts have of their own.
    pub own_files: Vec<BootFiles<'s>>,
    numbers: HashMap<(Option<&'s str>, &'s Loaders), usize>,
    /// The options that some host unsets.
    pub unset: BTreeSet<u8>,
    /// The sub-options that some subnet or class and some profile have.
    pub own: BTreeSet<u8>,
    /// The sub-options that some disk and some subnet, class or profile have.
    pub of_disks: BTreeSet<u8>,
    /// Some host boots nothing.
    pub no_boot: bool,
    /// The iPXE of some host gets no script.
    pub no_script: bool,
    /// Some host has one file for whatever program asks, and of some it is a URL.
    pub one_file: bool,
    pub one_url: bool,
    /// Some class says files, so that loaders of a host count for their kinds only.
    pub class_files: bool,
}

impl<'s> Tags<'s> {
    pub(super) fn new(policy: &Policy<'s>) -> Self {
        let ipxe = policy.subnets.iter().flat_map(|scope| &scope.ipxe);
        let ipxe = ipxe.chain(policy.classes.iter().flat_map(|scope| &scope.ipxe));
        let of_subnets: HashSet<u8> = ipxe.map(|setting| setting.code).collect();
        let mut tags =
            Self {
                profiles: Vec::new(),
                own_files: Vec::new(),
                numbers: HashMap::default(),
                unset: BTreeSet::new(),
                own: BTreeSet::new(),
                of_disks: BTreeSet::new(),
                no_boot: false,
                no_script: false,
                one_file: false,
                one_url: false,
                class_files: policy.site.classes.iter().any(|class| {
                    class.file.is_some() || class.here.iter().any(|here| !here.loaders.is_empty())
                }),
            };
        let mut names = Names::new(policy);
        let mut of_profiles = HashSet::default();
        for at in 0..policy.site.profiles.len() {
            let Some(scope) = u32::try_from(at).ok().and_then(|at| policy.profile(at)) else { continue };
            tags.profiles.push(says_something(&scope).then(|| names.of(at, &scope)));
            tags.no_script |= tags.class_files && scope.changes.no_script.is_some();
            match scope.files {
                HostFiles::OfSubnet => {}
                HostFiles::Nothing => tags.no_boot = true,
                HostFiles::WithoutScript => tags.no_script = true,
                HostFiles::One(file) => {
                    tags.one_file = true;
                    tags.one_url |= matches!(file.value, ClassFile::Url(_));
                }
                HostFiles::Own(files) => {
                    let next = tags.own_files.len() + 1;
                    if *tags.numbers.entry((files.script, files.loaders)).or_insert(next) == next {
                        tags.own_files.push(files);
                    }
                }
            }
            let unset = scope.options.iter().filter(|setting| setting.data.is_unset());
            tags.unset.extend(unset.map(|setting| setting.code));
            of_profiles.extend(scope.ipxe.iter().map(|setting| setting.code));
        }
        tags.own.extend(of_subnets.intersection(&of_profiles));
        for (_, disk, more) in policy.site.disks_with_more() {
            let codes = disk_settings(disk, more).into_iter().map(|setting| setting.code);
            tags.of_disks
                .extend(codes.filter(|code| of_subnets.contains(code) || of_profiles.contains(code)));
        }
        tags
    }

    /// The number of files that a host has of its own.
    pub(super) fn number(&self, files: &BootFiles<'s>) -> usize {
        self.numbers.get(&(files.script, files.loaders)).copied().unwrap_or_default()
    }
}

fn says_something(scope: &ProfileScope<'_>) -> bool {
    !scope.options.is_empty() || !scope.ipxe.is_empty() || !matches!(scope.files, HostFiles::OfSubnet)
}

/// Gives each profile a tag that stays when others come and go: after the group, or after the first host.
struct Names<'s> {
    hosts: Vec<&'s str>,
    used: HashMap<String, usize>,
}

impl<'s> Names<'s> {
    fn new(policy: &Policy<'s>) -> Self {
        let mut hosts = vec![""; policy.site.profiles.len()];
        for host in &policy.site.hosts {
            if let Some(first) = hosts.get_mut(host.profile as usize).filter(|first| first.is_empty()) {
                *first = host.name;
            }
        }
        Self { hosts, used: HashMap::default() }
    }

    fn of(&mut self, at: usize, scope: &ProfileScope<'_>) -> String {
        let name = match scope.profile.groups.last() {
            Some(group) => format!("group-{}", group.value),
            None => format!("like-{}", self.hosts.get(at).copied().unwrap_or_default()),
        };
        let count = self.used.entry(name.clone()).or_default();
        *count += 1;
        // Names have no colon.
        if *count == 1 { name } else { format!("{name}:{count}") }
    }
}
