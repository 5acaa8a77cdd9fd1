//! The whole site.

use std::net::Ipv6Addr;

use super::{
    AbsPath, Card, Class, ClassFile, ClassSet, ClientKind, CustomFile, Dhcp, Entry, ExternalDhcp, Handout,
    Host, HostFacts, HostLayers, Http, Ipxe, IscsiMore, IscsiPath, IscsiServer, LoaderChanges, Loaders,
    LoadersBuild, Menu, Nfs, NfsPath, Profile, Raw, Relay, RootPath, ScopeRoot, Server, Service, Smb,
    Spanned, Subnet, Tftp, Transport, Var, WinpeBuild, join,
};
use crate::source::{Span, TemplateFolder};
use foldhash::HashSet;

/// An `allow`: it accepts the findings of a rule.
#[derive(Clone, Debug)]
pub struct Allow {
    /// The rule.
    pub rule: Spanned<String>,
    /// The place within which it is accepted.
    pub scope: Span,
}

/// The part of the site that a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum NoteOf {
    Server,
    Subnet,
    Class,
    Group,
    Host,
    Entry,
}

/// A `note` on a part of the site.
#[derive(Clone, Debug)]
pub struct Note {
    /// The part.
    pub of: NoteOf,
    /// Its name.
    pub name: String,
    /// The text.
    pub text: Spanned<String>,
}

/// The parts of the site that could not be resolved. They have a finding already, so rules report nothing that
/// depends on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one mark per part of the site")]
pub struct Gaps {
    /// A server is missing, or an address of one.
    pub servers: bool,
    /// A subnet or a range is missing.
    pub subnets: bool,
    /// A host is missing, or an address of one.
    pub hosts: bool,
    /// A boot entry is missing.
    pub entries: bool,
    /// The server of a service is not known.
    pub services: bool,
    /// A class is missing.
    pub classes: bool,
    /// A password could not be read.
    pub accounts: bool,
}

impl Gaps {
    /// The gaps of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            servers: self.servers | other.servers,
            subnets: self.subnets | other.subnets,
            hosts: self.hosts | other.hosts,
            entries: self.entries | other.entries,
            services: self.services | other.services,
            classes: self.classes | other.classes,
            accounts: self.accounts | other.accounts,
        }
    }
}

/// The settings of the site for all subnets.
#[derive(Clone, Debug, Default)]
pub struct SiteDefaults {
    /// The options that DHCP sends.
    pub handout: Handout,
    /// The loaders.
    pub loaders: LoaderChanges,
}

/// A netboot site.
#[derive(Clone, Debug)]
pub struct Site<'a> {
    /// The name of the file that it was read from, for the history of `apply`.
    pub source: String,
    /// Its name.
    pub name: String,
    /// Its DNS domain.
    pub domain: Option<String>,
    /// The servers.
    pub servers: Vec<Server>,
    /// DHCP, if something needs it.
    pub dhcp: Option<Dhcp>,
    /// The external DHCP server, if there is one.
    pub external_dhcp: Option<ExternalDhcp>,
    /// TFTP, if something needs it.
    pub tftp: Option<Tftp>,
    /// HTTP.
    pub http: Option<Http>,
    /// NFS, if something needs it.
    pub nfs: Option<Nfs>,
    /// SMB, if there are shares.
    pub smb: Option<Smb>,
    /// Relay agents.
    pub relays: Vec<Relay>,
    /// Further files.
    pub files: Vec<CustomFile<'a>>,
    /// Templates of the user's that replace ours.
    pub templates: TemplateFolder,
    /// The servers of iSCSI disks.
    pub iscsi: Vec<IscsiServer>,
    /// The settings of iPXE.
    pub ipxe: Ipxe,
    /// How the loaders are built, if the site builds them.
    pub loaders_build: Option<Box<LoadersBuild>>,
    /// How the images of Windows PE are built, if the site builds them.
    pub winpe: Option<Box<WinpeBuild>>,
    /// The variables.
    pub vars: Vec<Var>,
    /// The settings that subnets inherit.
    pub defaults: SiteDefaults,
    /// The networks.
    pub subnets: Vec<Subnet>,
    /// The classes, in the order of the site.
    pub classes: Vec<Class>,
    /// The sets of classes that ranges are for.
    pub class_sets: Vec<ClassSet>,
    /// The settings of hosts, each kept once for all hosts that share it.
    pub profiles: Vec<Profile>,
    /// The machines.
    pub hosts: Vec<Host<'a>>,
    /// What is true of some of them.
    pub facts: HostFacts,
    /// The layers of the settings of the hosts that are traced.
    pub traced: Vec<HostLayers<'a>>,
    /// The indexes of hosts whose disk has more than a portal, a target and a LUN. They are few, and several
    /// outputs need these alone.
    pub disks_with_more: Vec<u32>,
    /// The boot entries, in file order, then those that the menu names without declaring them.
    pub entries: Vec<Entry>,
    /// The menu.
    pub menu: Menu,
    /// Verbatim text at the end of whole outputs.
    pub raw: Vec<Raw>,
    /// The notes, sorted by what they are about.
    pub notes: Vec<Note>,
    /// The findings that the site accepts.
    pub allow: Vec<Allow>,
    /// The parts that could not be resolved.
    pub gaps: Gaps,
}

/// Folders below the TFTP root at which ISOs are mounted.
#[derive(Clone, Debug)]
pub struct Mounted<'s>(HashSet<&'s str>);

impl Mounted<'_> {
    /// Whether a path below the TFTP root is inside a mounted ISO.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        !self.0.is_empty()
            && path.match_indices('/').any(|(at, _)| path.get(..at).is_some_and(|dir| self.0.contains(dir)))
    }
}

impl<'a> Site<'a> {
    /// The settings of a host that differ from its subnet's.
    #[must_use]
    pub fn profile(&self, host: &Host<'a>) -> Option<&Profile> {
        self.profiles.get(host.profile as usize)
    }

    /// The note of a part of the site.
    #[must_use]
    pub fn note(&self, of: NoteOf, name: &str) -> Option<&str> {
        let key = |note: &Note| (note.of, note.name.as_str()).cmp(&(of, name));
        let at = self.notes.binary_search_by(key).ok()?;
        self.notes.get(at).map(|note| note.text.value.as_str())
    }

    /// The options of every scope in which DHCP sends some: subnets, classes and hosts.
    pub fn handouts(&self) -> impl Iterator<Item = &Handout> {
        let subnets = self.subnets.iter().map(|subnet| &subnet.handout);
        let classes = self.classes.iter().map(|class| &class.handout);
        let profiles = self.profiles.iter().map(|profile| &profile.handout);
        subnets.chain(classes).chain(profiles)
    }

    /// Whether the TFTP server of a subnet's clients is one of the site. Another one has files of its own.
    #[must_use]
    pub fn has_own_tftp(&self, subnet: &Subnet) -> bool {
        let own = |ip| self.servers.iter().flat_map(|server| &server.ips).any(|own| own.value == ip);
        subnet.next_server.as_ref().is_none_or(|next| own(next.value))
    }

    /// The root disks of subnets and classes.
    pub fn scope_roots(&self) -> impl Iterator<Item = &ScopeRoot> {
        let classes = self.classes.iter().flat_map(|class| &class.here);
        let classes = classes.filter_map(|here| here.root_path.as_ref());
        self.subnets.iter().filter_map(Subnet::root_path).chain(classes)
    }

    /// Whether a host without a root disk of its own may get such a one from its subnet or a class.
    #[must_use]
    pub fn may_inherit_root(&self, host: &Host<'a>, is: fn(&ScopeRoot) -> bool) -> bool {
        if host.root_path.is_some()
            || self.profile(host).is_some_and(|profile| profile.no_root_path.is_some())
        {
            return false;
        }
        match self.subnet_of(host) {
            // Which classes a client is in, only the client knows.
            Some(subnet) => {
                let classes = self.classes.iter().flat_map(|class| &class.here);
                let mut classes = classes.filter_map(|here| here.root_path.as_ref());
                subnet.root_path().is_some_and(is) || classes.any(is)
            }
            None => self.scope_roots().any(is),
        }
    }

    /// The loaders of classes and of hosts that have some of their own.
    pub fn own_loaders(&self) -> impl Iterator<Item = &Loaders> + Clone {
        let hosts = self.profiles.iter().filter_map(|profile| profile.loaders.as_ref());
        self.classes.iter().map(|class| &class.loaders).chain(hosts)
    }

    /// The boot files of classes and of hosts below our TFTP root, with whose they are and their places. Many hosts have
    /// one: it comes once.
    #[must_use]
    pub fn own_files(&self) -> Vec<(String, &str, Span)> {
        let place = |file: &Option<Spanned<ClassFile>>, or| file.as_ref().map_or(or, |file| file.span);
        let of_classes = self.classes.iter().filter_map(|class| {
            let whose = format!("the class {}", class.name.value);
            Some((whose, class.own_file()?, place(&class.file, class.name.span)))
        });
        let mut all: Vec<_> = of_classes.collect();
        // The hosts of subnets with another TFTP server get it from there.
        if self.subnets.iter().any(|subnet| self.has_own_tftp(subnet)) {
            let mut seen = HashSet::default();
            let of_hosts = self.profiles.iter().filter_map(|profile| {
                let path = profile.own_file().filter(|path| seen.insert(*path))?;
                Some(("a host".to_owned(), path, place(&profile.file, Span::default())))
            });
            all.extend(of_hosts);
        }
        all
    }

    /// Whether any client gets iPXE's signed shim.
    #[must_use]
    pub fn secure_boot(&self) -> bool {
        let all = self.subnets.iter().map(|subnet| &subnet.loaders).chain(self.own_loaders());
        all.flatten().any(|(_, loader)| loader.value.is_signed())
    }

    /// The servers of a service, by index.
    #[must_use]
    pub fn servers_of(&self, service: Service) -> &[usize] {
        let servers = match service {
            Service::Dhcp => self.dhcp.as_ref().map(|dhcp| &dhcp.servers),
            Service::Tftp => self.tftp.as_ref().map(|tftp| &tftp.servers),
            Service::Http => self.http.as_ref().map(|http| &http.servers),
            Service::Nfs => self.nfs.as_ref().map(|nfs| &nfs.servers),
            Service::Smb => self.smb.as_ref().map(|smb| &smb.servers),
        };
        servers.map_or(&[], Vec::as_slice)
    }

    /// The kinds of client that have a loader somewhere, as iPXE tells them apart once it runs.
    #[must_use]
    pub fn kinds(&self) -> Vec<ClientKind> {
        let own = self.own_loaders().flatten();
        let own = own.filter_map(|(kind, _)| kind.in_ipxe());
        let mut kinds: Vec<_> = self.subnets.iter().flat_map(Subnet::kinds).chain(own).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Whether clients get the script of ipxegen, and with it the menu.
    #[must_use]
    pub fn has_menu(&self) -> bool {
        !matches!(self.ipxe.script, super::Script::Url(_)) && self.subnets.iter().any(Subnet::boots)
    }

    /// The folder of a server whose files clients fetch by HTTP or TFTP; `None` if the server does not serve it that
    /// way.
    #[must_use]
    pub fn files_root(&self, server: usize, over: Transport) -> Option<AbsPath> {
        let http = self.http.as_ref().filter(|http| http.servers.contains(&server));
        let tftp = self.tftp.as_ref().filter(|tftp| tftp.servers.contains(&server));
        match (over, http) {
            (Transport::Tftp, _) => tftp.map(|tftp| tftp.root.clone()),
            (Transport::Http, Some(http)) => {
                let own = http.boot_files.as_ref().map(|folder| &folder.value);
                let known = own.or(tftp.map(|tftp| &tftp.root)).cloned();
                Some(known.unwrap_or_else(|| http.root.join(&http.tftp_prefix.value)))
            }
            (Transport::Http, None) => None,
        }
    }

    /// The folder of the files that iPXE fetches by HTTP, if it is another than the TFTP root.
    #[must_use]
    pub fn separate_boot_files(&self) -> Option<&Spanned<AbsPath>> {
        let folder = self.http.as_ref()?.boot_files.as_ref()?;
        self.tftp.as_ref().is_none_or(|tftp| tftp.root != folder.value).then_some(folder)
    }

    /// The path of a loader at a URL that is made of its path below the folder of boot files.
    #[must_use]
    pub fn below_prefix<'u>(&self, url: &'u str) -> Option<&'u str> {
        let prefix = self.http.as_ref()?.tftp_prefix.value.as_str();
        let mut roots = self.subnets.iter().filter_map(|subnet| subnet.addresses.http.as_deref());
        let path = roots.find_map(|root| url.strip_prefix(join(root, prefix).trim_end_matches('/')))?;
        path.strip_prefix('/').filter(|path| !path.contains('%'))
    }

    /// The folders below the TFTP root at which ISOs are mounted.
    #[must_use]
    pub fn mounted(&self) -> Mounted<'_> {
        let dirs = self.entries.iter().filter(|entry| entry.from_iso.is_some());
        Mounted(dirs.filter_map(|entry| entry.dir.as_deref()).collect())
    }

    /// The hosts, unless it is known that none of them is one of those that are looked for.
    fn hosts_if(&self, any: bool) -> &[Host<'a>] {
        if any { &self.hosts } else { &[] }
    }

    /// The cards without an address in a subnet, with their hosts.
    pub fn cards_without_subnet(&self) -> impl Iterator<Item = (&Host<'a>, Card<'_>)> {
        let hosts = self.hosts_if(self.facts.without_subnet).iter();
        let cards = hosts.flat_map(|host| host.cards().map(move |card| (host, card)));
        cards.filter(|(_, card)| card.subnet.is_none())
    }

    /// The hosts with an IPv6 address.
    pub fn hosts_with_ip6(&self) -> impl Iterator<Item = (&Host<'a>, &Spanned<Ipv6Addr>)> {
        self.hosts_if(self.facts.ip6).iter().filter_map(|host| Some((host, host.ip6.as_deref()?)))
    }

    /// The hosts whose root disk is a folder of an NFS server, with the place of their root-path.
    pub fn nfs_roots(&self) -> impl Iterator<Item = (&Host<'a>, Span, &NfsPath<'a>)> {
        self.hosts_if(self.facts.nfs).iter().filter_map(|host| match host.root_path.as_deref()? {
            Spanned { value: RootPath::Nfs(root), span } => Some((host, *span, root)),
            _ => None,
        })
    }

    /// The hosts whose root-path is kept as a text, with its place.
    pub fn text_roots(&self) -> impl Iterator<Item = (&Host<'a>, Span, &'a str)> {
        self.hosts_if(self.facts.text).iter().filter_map(|host| match host.root_path.as_deref()? {
            Spanned { value: RootPath::Text(text), span } => Some((host, *span, *text)),
            _ => None,
        })
    }

    /// The hosts with an iSCSI disk.
    pub fn disks(&self) -> impl Iterator<Item = (&Host<'a>, &IscsiPath<'a>)> {
        self.hosts.iter().filter_map(|host| Some((host, host.disk()?)))
    }

    /// The hosts whose iSCSI disk has further keys, with these keys.
    pub fn disks_with_more(&self) -> impl Iterator<Item = (&Host<'a>, &IscsiPath<'a>, &IscsiMore<'a>)> {
        self.disks_with_more.iter().filter_map(|at| {
            let host = self.hosts.get(*at as usize)?;
            let disk = host.disk()?;
            Some((host, disk, disk.more.as_deref()?))
        })
    }

    /// Whether ipxegen configures an iSCSI server.
    #[must_use]
    pub fn serves_disks(&self) -> bool {
        self.iscsi.iter().any(|by| by.daemon.is_rendered())
    }

    /// The server of a disk.
    #[must_use]
    pub fn served_by(&self, disk: &IscsiPath<'_>) -> Option<&IscsiServer> {
        disk.served_by.and_then(|at| self.iscsi.get(usize::from(at)))
    }

    /// The most portals that a disk has; 1 if there is no disk.
    #[must_use]
    pub fn most_portals(&self) -> usize {
        self.disks_with_more().map(|(.., more)| 1 + more.portals.len()).max().unwrap_or(1)
    }

    /// The subnet of the fixed address of a host's first card.
    #[must_use]
    pub fn subnet_of(&self, host: &Host<'a>) -> Option<&Subnet> {
        host.subnet.and_then(|at| self.subnets.get(at as usize))
    }

    /// The subnet of a card's fixed address.
    #[must_use]
    pub fn subnet_at(&self, card: Card<'_>) -> Option<&Subnet> {
        card.subnet.and_then(|at| self.subnets.get(at as usize))
    }
}
