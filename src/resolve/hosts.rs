//! Machines: addresses, and what they inherit.

use std::cell::Cell;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Mutex;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::Resolver;
use super::groups::Groups;
use super::handout::{self, Substitution};
use super::iscsi::Targets;
use super::roles::Roles;
use super::root_path::{Layers, root_path};
use super::subnets::{self, InheritedLoaders};
use super::vars::{self, Vars};
use crate::model::{
    ByAddress, ClientKind, Host, InvalidValue, IpxeValue, Loader, Mac, Netboot, NfsPath, Nic, Nics,
    Placeholders, Profile, RootPath, Server, Spanned, Subnet, domain, fill, flag, host_name, ipv4, ipv6,
};
use crate::parallel::in_order;
use crate::progress::{Work, done};
use crate::report::catalogue::{DUPLICATE_KEY, LOADERS_WITHOUT_ADDRESS, MALFORMED, MISSING_KEY};
use crate::report::{Finding, Report};
use crate::schema::{self, Setting};
use crate::source::{Scalar, Span};

/// What came of the hosts.
pub(super) struct ResolvedHosts<'a> {
    pub hosts: Vec<Host<'a>>,
    /// Those whose disk says more than where it is.
    pub disks_with_more: Vec<u32>,
    pub profiles: Vec<Profile>,
    /// Whether a root-path is a folder of an NFS server.
    any_nfs: bool,
}

impl<'a> ResolvedHosts<'a> {
    /// The hosts whose root-path is a folder of an NFS server.
    pub(super) fn nfs_roots(&self) -> impl Iterator<Item = (&Host<'a>, &NfsPath<'a>)> {
        // Of a million hosts there may be none.
        let hosts = if self.any_nfs { self.hosts.as_slice() } else { &[] };
        hosts.iter().filter_map(|host| match &host.root_path.as_ref()?.value {
            RootPath::Nfs(root) => Some((host, root)),
            _ => None,
        })
    }
}

/// What hosts need of the rest of the site.
pub(super) struct HostContext<'s, 'a> {
    pub groups: Groups<'a>,
    pub subnets: &'s [Subnet],
    pub laid: &'s [InheritedLoaders],
    pub servers: &'s [Server],
    pub roles: &'s Roles,
    pub vars: &'s Vars,
    pub targets: &'s Targets<'a>,
    pub ids: &'s FxHashMap<&'a str, Span>,
}

/// The settings of groups or of a host, folded: the profile, and what is each host's own.
#[derive(Clone, Default)]
struct MergedSettings<'a> {
    profile: Profile,
    /// Loaders that groups and host lay over the subnet's.
    loaders: Vec<(ClientKind, Spanned<Option<Loader>>)>,
    host_name: Option<Scalar<'a>>,
    root_paths: Vec<schema::RootPath<'a>>,
}

/// What hosts of the same groups share.
struct Shared<'a> {
    folded: MergedSettings<'a>,
    /// Its profile, when nothing in it hangs on the host.
    profile: Option<u32>,
}

pub(super) fn resolve<'a>(
    r: &mut Resolver<'_, 'a>,
    written: schema::Hosts<'a>,
    around: &HostContext<'_, 'a>,
) -> ResolvedHosts<'a> {
    let subnets = around.subnets.iter().map(|subnet| subnet.cidr.value.network());
    let mut order: Vec<(Ipv4Addr, u32)> = subnets.zip(0..).collect();
    order.sort_unstable();
    let mut maker = HostResolver::new(&order);
    maker.hosts.reserve_exact(written.len());
    let pieces = written.into_pieces();
    if pieces.len() < 2 {
        for piece in pieces {
            maker.piece(r, &piece, around);
            done(Work::Resolve, piece.len() as u64);
        }
    } else {
        side_by_side(r, pieces, &mut maker, &order, around);
    }
    if maker.any_lowered {
        without_twins(r, &mut maker.hosts);
    }
    let with_more = |host: &Host<'_>| host.disk().is_some_and(|disk| disk.more.is_some());
    let disks_with_more = if maker.any_more {
        (0..).zip(&maker.hosts).filter(|(_, host)| with_more(host)).map(|(at, _)| at).collect()
    } else {
        Vec::new()
    };
    ResolvedHosts { hosts: maker.hosts, disks_with_more, profiles: maker.profiles, any_nfs: maker.any_nfs }
}

/// Resolves pieces on several processors. What comes of a piece hangs on nothing but the rest of the site,
/// as long as there is nothing to be said of it: a piece with a finding is resolved once more where all
/// that was said before is known.
fn side_by_side<'o, 'a>(
    r: &mut Resolver<'_, 'a>,
    pieces: Vec<schema::HostChunk<'a>>,
    maker: &mut HostResolver<'o, 'a>,
    order: &'o [(Ipv4Addr, u32)],
    around: &HostContext<'_, 'a>,
) {
    let (sources, gaps) = (r.sources, r.gaps);
    let roots = r.roots.clone();
    let errors: Vec<Span> = r.report.error_places().collect();
    let pieces: Vec<_> = pieces.into_iter().map(|piece| Mutex::new(Some(piece))).collect();
    let alone = |at: usize| {
        let piece = pieces.get(at)?.lock().ok()?.take()?;
        let mut report = Report::new();
        let mut r =
            Resolver { gaps, errors: &errors, roots: roots.clone(), ..Resolver::new(&mut report, sources) };
        let mut maker = HostResolver::new(order);
        maker.piece(&mut r, &piece, around);
        let gaps = r.gaps;
        Some((piece, maker, gaps, report))
    };
    let take = |made| {
        let Some((piece, made, gaps, report)): Option<(schema::HostChunk<'a>, _, _, Report)> = made else {
            return Ok(());
        };
        if report.is_empty() {
            maker.take(made);
            r.gaps = r.gaps.and(gaps);
        } else {
            maker.piece(r, &piece, around);
        }
        done(Work::Resolve, piece.len() as u64);
        Ok::<_, Infallible>(())
    };
    let Ok(()) = in_order(pieces.len(), alone, take);
}

/// Takes out the hosts whose name another one has. As they are written all names differ, so this
/// is for sites that write some in capitals; a million names need 50 MB to be compared.
fn without_twins(r: &mut Resolver<'_, '_>, hosts: &mut Vec<Host<'_>>) {
    let mut names: FxHashMap<&str, Span> = FxHashMap::default();
    hosts.retain(|host| {
        let Some(first) = names.insert(host.name, host.span) else { return true };
        let message = format!("two hosts are called `{}`", host.name);
        let finding = Finding::error(&DUPLICATE_KEY, host.span, message);
        r.report.push(finding.and(first, "the first one").help("names are compared in lower case"));
        false
    });
}

/// Makes hosts, and keeps them.
struct HostResolver<'o, 'a> {
    hosts: Vec<Host<'a>>,
    /// Whether a name was written in capitals.
    any_lowered: bool,
    /// Whether a disk says more than where it is.
    any_more: bool,
    /// Whether a root-path is a folder of an NFS server.
    any_nfs: bool,
    shared: FxHashMap<Vec<usize>, Shared<'a>>,
    by_profile: FxHashMap<Profile, u32>,
    profiles: Vec<Profile>,
    subnets: ByAddress<'o, u32>,
}

impl<'o, 'a> HostResolver<'o, 'a> {
    fn new(order: &'o [(Ipv4Addr, u32)]) -> Self {
        Self {
            hosts: Vec::new(),
            any_lowered: false,
            any_more: false,
            any_nfs: false,
            shared: FxHashMap::default(),
            by_profile: FxHashMap::default(),
            profiles: Vec::new(),
            subnets: ByAddress::new(order),
        }
    }

    /// Makes the hosts of a piece.
    fn piece(
        &mut self,
        r: &mut Resolver<'_, 'a>,
        piece: &schema::HostChunk<'a>,
        around: &HostContext<'_, 'a>,
    ) {
        self.hosts.reserve(piece.len());
        for written in piece.hosts(r.sources) {
            match self.host(r, &written, around) {
                Some(host) => {
                    self.any_lowered |= host.name != written.name.text;
                    match host.root_path.as_ref().map(|at| &at.value) {
                        Some(RootPath::Iscsi(disk)) => self.any_more |= disk.more.is_some(),
                        Some(RootPath::Nfs(_)) => self.any_nfs = true,
                        _ => {}
                    }
                    self.hosts.push(host);
                }
                None => r.gaps.hosts = true,
            }
        }
    }

    /// Takes what another one made.
    fn take(&mut self, other: Self) {
        let profiles: Vec<u32> = other.profiles.into_iter().map(|profile| self.intern(profile)).collect();
        self.any_lowered |= other.any_lowered;
        self.any_more |= other.any_more;
        self.any_nfs |= other.any_nfs;
        self.hosts.extend(other.hosts.into_iter().map(|host| {
            let profile = profiles.get(host.profile as usize).copied().unwrap_or(u32::MAX);
            Host { profile, ..host }
        }));
    }

    fn host(
        &mut self,
        r: &mut Resolver<'_, 'a>,
        written: &schema::Host<'a>,
        around: &HostContext<'_, 'a>,
    ) -> Option<Host<'a>> {
        let name = match host_name(written.name.text) {
            Ok(std::borrow::Cow::Borrowed(name)) => Some(name),
            Ok(std::borrow::Cow::Owned(name)) => Some(r.sources.keep(name)),
            Err(refused) => {
                r.refuse(written.name.span, &refused);
                None
            }
        };
        let (macs, ip, further) = self.cards(r, written, around);
        // A value in error leaves the rest of the host to be looked at; the gap is marked.
        r.gaps.hosts |= written.wrong;
        let ip6 = written.ip6.as_deref().and_then(|word| {
            let ip = r.value(*word, ipv6);
            r.gaps.hosts |= ip.is_none();
            ip.map(Box::new)
        });
        let subnet = ip.as_ref().and_then(|ip| self.subnet_of(ip.value, around.subnets));
        let mut groups: SmallVec<[usize; 4]> = SmallVec::new();
        for word in written.groups.iter().filter(|word| word.text != "none") {
            match around.groups.find(word.text) {
                Some(group) => groups.push(group),
                None => around.groups.unknown(r, *word),
            }
        }
        let (name, macs): (&'a str, SmallVec<[Spanned<Mac>; 1]>) = (name?, macs?);
        if macs.is_empty() {
            return None;
        }
        let known = HostPlaceholders {
            host: name,
            mac: macs.first().map(|mac| mac.value),
            ip: ip.as_ref().map(|ip| ip.value),
            vars: Some(VarScopes { own: &written.settings, groups: &groups, subnet, around }),
        };
        self.share(r, &groups, around);
        let shared = self.shared.get(groups.as_slice())?;
        // What most hosts of a big site come to: nothing of their own but addresses.
        let own_profile = written.settings.iter().any(|setting| {
            !matches!(setting, Setting::RootPath(_) | Setting::HostName(_) | Setting::Allow(_))
        });
        let place = |loaders: &[_]| if loaders.is_empty() { None } else { subnet };
        let (profile, host_name_word, root_paths) = match shared.profile.filter(|_| !own_profile) {
            Some(profile) => {
                let mut host_name = shared.folded.host_name;
                let mut root_paths: Layers<'_, 'a> = shared.folded.root_paths.iter().collect();
                for setting in &written.settings {
                    match setting {
                        Setting::HostName(word) => host_name = Some(*word),
                        Setting::RootPath(path) => root_paths.push(path),
                        _ => {}
                    }
                }
                let root_path = root_path(r, &root_paths, &known, written.name.span, subnet, around);
                (profile, host_name, root_path)
            }
            None => {
                let filler = |r: &mut Resolver<'_, 'a>, word: Scalar<'a>| filled(r, word, &known);
                let (mut folded, settings) = if shared.profile.is_some() {
                    (shared.folded.clone(), Vec::new())
                } else {
                    (MergedSettings::default(), around.groups.settings(&groups).cloned().collect())
                };
                folded.profile.groups = around.groups.names(&groups);
                for setting in settings.iter().chain(&written.settings) {
                    fold(r, setting, &mut folded, &filler, around.vars);
                }
                if let Some(boot) = written.settings.iter().find_map(|setting| match setting {
                    Setting::Boot(word) => Some(*word),
                    _ => None,
                }) {
                    super::entries::check_reference(r, boot, around.ids);
                }
                let at = place(&folded.loaders);
                settle(r, &mut folded, at, written.name.span, around);
                let root_paths: Layers<'_, 'a> = folded.root_paths.iter().collect();
                let root_path = root_path(r, &root_paths, &known, written.name.span, subnet, around);
                (self.intern(folded.profile), folded.host_name, root_path)
            }
        };
        let host_name = match host_name_word {
            None => Some(name),
            Some(word) if word.text == "none" => None,
            Some(word) => {
                let text = filled(r, word, &known);
                let read = text.and_then(|text| r.value(Scalar { text, span: word.span }, host_name));
                r.gaps.hosts |= read.is_none();
                read.map(|at| match at.value {
                    std::borrow::Cow::Borrowed(name) => name,
                    std::borrow::Cow::Owned(name) => r.sources.keep(name),
                })
            }
        };
        r.gaps.hosts |= root_paths.is_none();
        // A machine that boots nothing here is given no disk to boot from either.
        let boots =
            self.profiles.get(profile as usize).is_none_or(|profile| profile.netboot != Some(Netboot::None));
        Some(Host {
            name,
            span: written.name.span,
            macs,
            ip,
            subnet,
            profile,
            host_name,
            root_path: root_paths.flatten().filter(|_| boots),
            nics: further,
            ip6,
        })
    }

    /// The cards of a host: the first one's addresses, and the further ones.
    fn cards(
        &mut self,
        r: &mut Resolver<'_, 'a>,
        written: &schema::Host<'a>,
        around: &HostContext<'_, 'a>,
    ) -> Cards {
        let Some((key, nics)) = written.nics.as_deref() else {
            let (macs, ip) = card(r, &written.macs, written.ip);
            if written.macs.is_empty() && !written.wrong {
                let message = format!("the host `{}` has no `mac`", written.name.text);
                let finding = Finding::error(&MISSING_KEY, written.name.span, message);
                let help = "the address of its network card: dhcpd knows it by nothing else";
                r.report.push(finding.help(help));
            }
            return (macs, ip, None);
        };
        if let Some(other) = written.macs.first().or(written.ip.as_ref()) {
            let message =
                format!("the host `{}` has both `nics` and addresses beside them", written.name.text);
            let finding = Finding::error(&MALFORMED, key.span, message).and(other.span, "the other one");
            r.report.push(finding.help("put all of them into `nics`: `nics: [{ mac: …, ip: … }, …]`"));
            r.gaps.hosts = true;
        }
        if nics.is_empty() {
            let message = format!("the host `{}` has no card in its `nics`", written.name.text);
            r.report
                .push(Finding::error(&MISSING_KEY, key.span, message).help("nics: [{ mac: …, ip: … }, …]"));
        }
        let mut all = nics.iter().map(|nic| {
            if !nic.mac.is_written() {
                let finding = Finding::error(&MISSING_KEY, nic.span, "a card of `nics` has no `mac`");
                r.report.push(finding);
            }
            card(r, nic.mac.given().map_or(&[][..], Vec::as_slice), nic.ip.given().copied())
        });
        let Some((macs, ip)) = all.next() else { return (None, None, None) };
        let further: Vec<_> = all
            .filter_map(|(macs, ip)| {
                let subnet = ip.as_ref().and_then(|ip| self.subnet_of(ip.value, around.subnets));
                Some(Nic { macs: macs?, ip, subnet })
            })
            .collect();
        (macs, ip, (!further.is_empty()).then(|| Box::new(Nics(further))))
    }

    /// Folds the settings of some groups once.
    fn share(&mut self, r: &mut Resolver<'_, 'a>, groups: &[usize], around: &HostContext<'_, 'a>) {
        if self.shared.contains_key(groups) {
            return;
        }
        let hangs_on_host = Cell::new(false);
        let filler = |_: &mut Resolver<'_, 'a>, word: Scalar<'a>| {
            if word.text.contains(['{', '}']) {
                hangs_on_host.set(true);
                return None;
            }
            Some(word.text)
        };
        let mut folded = MergedSettings::default();
        folded.profile.groups = around.groups.names(groups);
        for setting in around.groups.settings(groups) {
            fold(r, setting, &mut folded, &filler, around.vars);
        }
        // Loaders of a group are laid over those of the host's own subnet.
        let own = hangs_on_host.get() || !folded.loaders.is_empty();
        let profile = (!own).then(|| self.intern(folded.profile.clone()));
        self.shared.insert(groups.to_vec(), Shared { folded, profile });
    }

    fn intern(&mut self, profile: Profile) -> u32 {
        if let Some(known) = self.by_profile.get(&profile) {
            return *known;
        }
        let id = u32::try_from(self.profiles.len()).unwrap_or(u32::MAX);
        self.profiles.push(profile.clone());
        self.by_profile.insert(profile, id);
        id
    }

    /// The subnet that holds an address.
    fn subnet_of(&mut self, ip: Ipv4Addr, subnets: &[Subnet]) -> Option<u32> {
        // Where subnets nest, which is a finding of its own, the innermost one counts.
        let around = self.subnets.upto(ip).iter().rev().take(64);
        around
            .map(|(_, at)| *at)
            .find(|at| subnets.get(*at as usize).is_some_and(|subnet| subnet.cidr.value.contains(ip)))
    }
}

/// The first card's addresses, and the further cards; no MAC address where one is in error.
type Cards = (Option<Macs>, Option<Spanned<Ipv4Addr>>, Option<Box<Nics>>);

type Macs = SmallVec<[Spanned<Mac>; 1]>;

/// One card's addresses.
fn card<'a>(
    r: &mut Resolver<'_, 'a>,
    macs: &[Scalar<'a>],
    ip: Option<Scalar<'a>>,
) -> (Option<Macs>, Option<Spanned<Ipv4Addr>>) {
    let mut read: Option<Macs> = Some(Macs::new());
    for word in macs {
        // All are looked at, those behind one in error, too.
        match (r.value(*word, Mac::parse), &mut read) {
            (Some(mac), Some(read)) => read.push(mac),
            _ => read = None,
        }
    }
    let ip = ip.and_then(|word| {
        let ip = r.value(word, ipv4);
        r.gaps.hosts |= ip.is_none();
        ip
    });
    (read, ip)
}

/// Lays one setting over what is there.
fn fold<'a>(
    r: &mut Resolver<'_, 'a>,
    setting: &Setting<'a>,
    into: &mut MergedSettings<'a>,
    fill: &Substitution<'_, 'a>,
    vars: &Vars,
) {
    let handout = &mut into.profile.handout;
    match setting {
        Setting::HostName(word) => into.host_name = Some(*word),
        Setting::RootPath(path) => into.root_paths.push(path.clone()),
        Setting::Routers(words) => {
            let routers = handout::address_list(r, words);
            // A router in error is not the same as none.
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
            into.profile.netboot = subnets::netboot(r, *word).map(|at| at.value);
            if into.profile.netboot.is_some_and(|netboot| netboot != Netboot::None) {
                into.profile.netboot = None;
                let message = format!("`netboot` of a machine is `none`, not `{}`", word.text);
                r.refuse(
                    word.span,
                    &InvalidValue::new(message).help("`all` and `known` are said of a subnet"),
                );
            }
        }
        Setting::Script(word) => {
            if word.text == "none" {
                into.profile.no_script = true;
            } else {
                let help = "a script of a machine's own is an entry of kind `chain`, named by `boot`";
                r.refuse(
                    word.span,
                    &InvalidValue::new(format!("`script` is `none`, not `{}`", word.text)).help(help),
                );
            }
        }
        Setting::Loaders(loaders) => {
            super::builds::no_build(r, loaders);
            subnets::lay_loaders(r, loaders, &mut into.loaders, fill);
        }
        Setting::Options(options) => {
            let mut all = std::mem::take(&mut handout.options);
            handout::options(r, options, &mut all, fill);
            into.profile.handout.options = all;
        }
        Setting::Vars(dict) => vars.lay(r, dict, handout, fill),
        Setting::Raw(dict) => {
            let texts = handout::raw_texts(r, dict, handout::SCOPE_OUTPUTS);
            into.profile.handout.raw.extend(texts);
        }
        Setting::Allow(_) => {}
    }
}

/// Settles the loaders of a host over those of its subnet.
fn settle<'a>(
    r: &mut Resolver<'_, 'a>,
    folded: &mut MergedSettings<'a>,
    subnet: Option<u32>,
    host: Span,
    around: &HostContext<'_, 'a>,
) {
    if folded.loaders.is_empty() {
        return;
    }
    let at = match (subnet, around.laid) {
        (Some(at), _) => Some(at as usize),
        (None, [_]) => Some(0),
        (None, _) => None,
    };
    let here = at.and_then(|at| Some((around.laid.get(at)?, around.subnets.get(at)?)));
    let Some((laid, subnet)) = here else {
        if !r.gaps.subnets {
            let message = "a host with loaders of its own needs an address, so that its subnet is known";
            r.report.push(
                Finding::error(&LOADERS_WITHOUT_ADDRESS, host, message)
                    .help("give it an `ip`, or set the loaders on its subnet"),
            );
        }
        return;
    };
    let mut all = laid.clone();
    for (kind, loader) in &folded.loaders {
        all.loaders.retain(|(known, _)| known != kind);
        all.loaders.push((*kind, loader.clone()));
    }
    folded.profile.loaders = Some(subnets::settle_loaders(r, &all, host));
    folded.profile.script.clone_from(&subnet.script);
}

pub(super) struct HostPlaceholders<'h, 'a> {
    host: &'a str,
    mac: Option<Mac>,
    ip: Option<Ipv4Addr>,
    /// Who may say what a variable stands for; none where that itself is looked for.
    vars: Option<VarScopes<'h, 'a>>,
}

/// Who may say what a variable of a host stands for.
#[derive(Clone, Copy)]
struct VarScopes<'h, 'a> {
    own: &'h [Setting<'a>],
    groups: &'h [usize],
    subnet: Option<u32>,
    around: &'h HostContext<'h, 'a>,
}

impl<'h, 'a> VarScopes<'h, 'a> {
    /// The text as it was written, by the innermost scope that says it.
    fn get(&self, name: &str) -> Option<&'h str> {
        let of = |setting: &'h Setting<'a>| match setting {
            Setting::Vars(dict) => vars::said(dict, name).map(|word| word.text),
            _ => None,
        };
        let groups = || self.around.groups.settings(self.groups).filter_map(of).last();
        let subnet = || {
            let subnet = self.around.subnets.get(self.subnet? as usize)?;
            subnet.vars.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
        };
        let own = self.own.iter().rev().find_map(of);
        own.or_else(groups).or_else(subnet).or_else(|| self.around.vars.get(name))
    }
}

impl Placeholders for HostPlaceholders<'_, '_> {
    fn get(&self, name: &str) -> Option<String> {
        match name {
            "host" => Some(self.host.to_owned()),
            "mac" => self.mac.map(Mac::hyphens),
            "ip" => self.ip.map(|ip| ip.to_string()),
            _ => {
                let text = self.vars.as_ref()?.get(name.strip_prefix("var.")?)?;
                vars::filled(text, &HostPlaceholders { vars: None, ..*self })
            }
        }
    }

    fn names(&self) -> Vec<&str> {
        let mut names = vec!["host", "mac"];
        names.extend(self.ip.map(|_| "ip"));
        names.extend(self.vars.as_ref().map(|_| "var.NAME"));
        names
    }
}

pub(super) fn filled<'a>(
    r: &mut Resolver<'_, 'a>,
    word: Scalar<'a>,
    known: &HostPlaceholders<'_, '_>,
) -> Option<&'a str> {
    match fill(word.text, known) {
        Ok(None) => Some(word.text),
        Ok(Some(text)) => Some(r.sources.keep(text)),
        Err(refused) => {
            r.refuse(word.span, &refused);
            None
        }
    }
}
