//! What clients are told, whoever tells it.

use rustc_hash::FxHashSet;
use serde::Serialize;

use super::super::handout;
use crate::model::{
    Addresses, Asks, Card, ClientKind, Clients, ExternalDhcp, Handout, Host, IPXE_OPTIONS, IpxeType,
    IpxeValue, IscsiPath, Loader, Loaders, Netboot, PRIVATE_OPTIONS, Site, Subnet,
};

/// Everything but the machines, of which there may be many.
pub(super) struct Told {
    pub kinds: Vec<Kind>,
    pub nets: Vec<Net>,
    /// Whether a password is among what all are told.
    pub secret: bool,
    /// Whether some host boots nothing.
    pub boots_nothing: bool,
    /// Whether some address belongs to several MAC addresses.
    pub shared_address: bool,
}

/// A kind of client that has a loader somewhere.
#[derive(Serialize)]
pub(super) struct Kind {
    pub name: &'static str,
    /// The values of option 93.
    pub arch: Vec<u16>,
    /// What its vendor class begins with, for each.
    pub classes: Vec<String>,
}

/// A subnet.
#[derive(Serialize)]
pub(super) struct Net {
    pub name: String,
    pub cidr: String,
    pub network: String,
    pub netmask: String,
    /// Low and high end.
    pub ranges: Vec<[String; 2]>,
    pub routers: Vec<String>,
    pub dns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_server: Option<String>,
    /// What iPXE gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// The file of each kind.
    pub files: Vec<File>,
    /// Sub-options of option 175.
    pub ipxe: Vec<Sub>,
    /// All of option 175, `aa:bb`.
    pub ipxe_hex: String,
}

/// A kind's loader.
#[derive(Serialize)]
pub(super) struct File {
    pub kind: &'static str,
    pub http: bool,
    /// How its option 60 begins.
    pub vendor: &'static str,
    pub file: String,
    /// A Raspberry Pi would take it, for it presents itself as a BIOS client: it must be left out.
    pub not_rpi: bool,
    /// What Windows calls it, for each vendor class.
    pub policies: Vec<Policy>,
}

/// A policy of Windows' server.
#[derive(Serialize)]
pub(super) struct Policy {
    pub name: String,
    pub class: String,
}

/// A sub-option of option 175, as hexadecimal digits.
#[derive(Clone, Serialize)]
pub(super) struct Sub {
    pub code: u8,
    /// `aa:bb`.
    pub hex: String,
    /// Of a subnet's: some machine says something else. dnsmasq would send both.
    pub overridden: bool,
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// A machine with something of its own.
#[derive(Serialize)]
pub(super) struct Machine {
    pub name: String,
    /// One address, or several of a card that is one of them at a time.
    pub macs: Vec<String>,
    /// The first with hyphens, as Windows wants it.
    pub mac_hyphens: String,
    /// It is given no file.
    pub boots_nothing: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_name: Option<String>,
    /// The place of its subnet among the nets, where its address tells it.
    #[serde(skip)]
    pub at: Option<usize>,
    /// The name of that subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_path: Option<String>,
    /// Its own sub-options.
    pub ipxe: Vec<Sub>,
    /// All of option 175, those of its subnet included; empty where it has none of its own.
    pub ipxe_hex: String,
}

pub(super) fn told(site: &Site<'_>, external: &ExternalDhcp) -> Told {
    let mut kinds: Vec<ClientKind> =
        site.subnets.iter().flat_map(|subnet| subnet.loaders.iter().map(|(kind, _)| *kind)).collect();
    kinds.retain(|kind| is_told(*kind));
    kinds.sort_unstable();
    kinds.dedup();
    let kinds = kinds.into_iter().map(kind).collect();
    let mut nets: Vec<Net> = site.subnets.iter().map(|subnet| net(site, external, subnet)).collect();
    let own: FxHashSet<u8> = own_codes(site);
    for sub in nets.iter_mut().flat_map(|net| &mut net.ipxe) {
        sub.overridden = own.contains(&sub.code);
    }
    let handouts = site.subnets.iter().map(|subnet| &subnet.handout);
    let mut handouts = handouts.chain(site.profiles.iter().map(|profile| &profile.handout));
    let secret =
        handouts.any(handout::has_secret) || site.disks_with_more().any(|(.., more)| more.chap.is_some());
    let boots_nothing = site.hosts.iter().any(|host| boots_nothing(site, host));
    let mut cards = site.hosts.iter().flat_map(Host::cards);
    let shared_address = cards.any(|card| card.ip.is_some() && card.macs.len() > 1);
    Told { kinds, nets, secret, boots_nothing, shared_address }
}

/// The codes of all sub-options that some machine has of its own.
fn own_codes(site: &Site<'_>) -> FxHashSet<u8> {
    let mut codes = FxHashSet::default();
    for host in site.hosts.iter().filter(|host| host.cards().any(|card| boots(site, card))) {
        codes.extend(own_subs(site, host).iter().map(|sub| sub.code));
    }
    codes
}

/// Whether a host is told nothing to boot.
fn boots_nothing(site: &Site<'_>, host: &Host<'_>) -> bool {
    site.profile(host).is_some_and(|profile| profile.netboot == Some(Netboot::None))
}

/// What a host itself is told in iPXE's options.
fn own_subs(site: &Site<'_>, host: &Host<'_>) -> Vec<Sub> {
    if boots_nothing(site, host) {
        return Vec::new();
    }
    let mut own = site.profile(host).map_or_else(Vec::new, |profile| subs(&profile.handout, site));
    own.extend(host.disk().into_iter().flat_map(of_disk));
    own
}

fn boots(site: &Site<'_>, card: Card<'_>) -> bool {
    site.subnet_at(card).is_none_or(Subnet::boots)
}

/// The machines, one by one.
pub(super) fn machines<'t>(site: &'t Site<'_>, nets: &'t [Net]) -> impl Iterator<Item = Machine> + 't {
    site.hosts.iter().flat_map(move |host| machines_of(site, nets, host))
}

/// A host as it is told of: once for each of its cards.
pub(super) fn machines_of(site: &Site<'_>, nets: &[Net], host: &Host<'_>) -> Vec<Machine> {
    let own = own_subs(site, host);
    let mut machines = Vec::new();
    for (nth, card) in host.cards().enumerate() {
        let boots = boots(site, card);
        // One that roams may turn up where nothing is booted, and these servers know no lids.
        if !boots && card.ip.is_none() {
            continue;
        }
        let at = card.subnet.map(|at| at as usize);
        let subnet = site.subnet_at(card);
        let ipxe = if boots { own.clone() } else { Vec::new() };
        let above = at.and_then(|at| nets.get(at));
        let mut all: Vec<Sub> = above.map_or_else(Vec::new, |net| net.ipxe.clone());
        all.retain(|outer| !ipxe.iter().any(|inner| inner.code == outer.code));
        all.extend(ipxe.iter().cloned());
        let disk = host.root_path.as_ref().filter(|_| boots).map(|at| at.value.to_string());
        machines.push(Machine {
            name: if nth == 0 { host.name.to_owned() } else { format!("{}-{}", host.name, nth + 1) },
            macs: card.macs.iter().map(|mac| mac.value.to_string()).collect(),
            mac_hyphens: card.macs.first().map_or_else(String::new, |mac| mac.value.hyphens()),
            boots_nothing: boots_nothing(site, host),
            ip: card.ip.map(ToString::to_string),
            host_name: host.host_name.map(str::to_owned),
            at,
            net: subnet.map(|subnet| subnet.name.value.clone()),
            scope: subnet.map(|subnet| subnet.cidr.value.network().to_string()),
            root_path: disk,
            ipxe_hex: if ipxe.is_empty() { String::new() } else { hex(&encapsulated(&all)) },
            ipxe,
        });
    }
    machines
}

/// What iPXE is told of a disk beyond its root-path: accounts and further portals.
fn of_disk(disk: &IscsiPath<'_>) -> Vec<Sub> {
    let Some(more) = disk.more.as_deref() else { return Vec::new() };
    let mut all = Vec::new();
    for (chap, user, password) in [(&more.chap, 190, 191), (&more.reverse_chap, 192, 193)] {
        if let Some(chap) = chap {
            all.push(sub(user, chap.user.as_bytes().to_vec()));
            all.push(sub(password, chap.password.reveal().as_bytes().to_vec()));
        }
    }
    if !more.portals.is_empty() {
        all.extend(private("san-disk").map(|code| sub(code, disk.behind_portal().to_string().into_bytes())));
        for (at, portal) in more.portals.iter().enumerate() {
            let code = private(&format!("san-portal-{}", at + 2));
            all.extend(code.map(|code| sub(code, portal.to_string().into_bytes())));
        }
    }
    all
}

fn kind(kind: ClientKind) -> Kind {
    let info = kind.info();
    let arch: Vec<u16> =
        info.arch.iter().filter_map(|text| u16::from_str_radix(&text.replace(':', ""), 16).ok()).collect();
    let classes = match kind {
        // cmd/Kconfig of U-Boot, BOOTP_VCI_STRING.
        ClientKind::UbootArm32 => vec!["U-Boot.armv7".to_owned(), "U-Boot.arm".to_owned()],
        ClientKind::UbootArm64 => vec!["U-Boot.armv8".to_owned()],
        _ => arch.iter().map(|arch| format!("{}:Arch:{arch:05}", vendor(info.asks))).collect(),
    };
    Kind { name: info.name, arch, classes }
}

/// A Raspberry Pi says that it is a BIOS, and is told apart by its address alone: these servers have no
/// short word for that.
fn is_told(kind: ClientKind) -> bool {
    kind.info().asks != Asks::Rpi
}

/// How option 60 begins.
const fn vendor(asks: Asks) -> &'static str {
    match asks {
        Asks::Http => "HTTPClient",
        Asks::Uboot => "U-Boot",
        Asks::Pxe | Asks::Rpi => "PXEClient",
    }
}

fn net(site: &Site<'_>, external: &ExternalDhcp, subnet: &Subnet) -> Net {
    let cidr = subnet.cidr.value;
    let boots = subnet.boots();
    let texts = |ips: &Option<Vec<crate::model::Spanned<std::net::Ipv4Addr>>>| {
        ips.iter().flatten().map(ToString::to_string).collect::<Vec<_>>()
    };
    let ranges = subnet.free.iter().filter(|range| range.clients != Clients::Known);
    let mut ipxe = if boots { subs(&subnet.handout, site) } else { Vec::new() };
    if boots {
        ipxe.extend(addresses(site, &subnet.addresses));
    }
    Net {
        name: subnet.name.value.clone(),
        cidr: cidr.to_string(),
        network: cidr.network().to_string(),
        netmask: cidr.netmask().to_string(),
        ranges: ranges.map(|range| [range.low.to_string(), range.high.to_string()]).collect(),
        routers: texts(&subnet.handout.routers),
        dns: texts(&subnet.handout.dns),
        domain: subnet.handout.domain.as_ref().map(|at| at.value.clone()).filter(|domain| !domain.is_empty()),
        lease: subnet.default_lease_time.as_ref().map(|time| time.value).or(external.default_lease_time),
        next_server: subnet.next_server.as_ref().filter(|_| boots).map(ToString::to_string),
        script: subnet.script.clone(),
        files: files(&subnet.loaders),
        ipxe_hex: hex(&encapsulated(&ipxe)),
        ipxe,
    }
}

fn files(loaders: &Loaders) -> Vec<File> {
    let file = |loader: &Loader| match loader {
        Loader::File(path) => path.clone(),
        Loader::Url(url) => url.clone(),
    };
    let of = |(kind, loader): &(ClientKind, crate::model::Spanned<Loader>)| {
        let info = kind.info();
        let policy = |class: String| {
            let arch = class.rsplit(':').next().unwrap_or_default();
            Policy { name: format!("ipxegen {} {arch}", info.name), class }
        };
        let policies = self::kind(*kind).classes.into_iter().map(policy).collect();
        File {
            kind: info.name,
            http: info.asks == Asks::Http,
            vendor: vendor(info.asks),
            file: file(&loader.value),
            not_rpi: *kind == ClientKind::Bios,
            policies,
        }
    };
    loaders.iter().filter(|(kind, _)| is_told(*kind)).map(of).collect()
}

fn sub(code: u8, bytes: Vec<u8>) -> Sub {
    Sub { code, hex: hex(&bytes), overridden: false, bytes }
}

/// What a scope says in iPXE's option space.
fn subs(handout: &Handout, site: &Site<'_>) -> Vec<Sub> {
    let mut all = Vec::new();
    for (name, value) in &handout.ipxe {
        let Some(option) = IPXE_OPTIONS.iter().find(|option| option.dhcpd == *name) else { continue };
        let bytes = match &value.value {
            IpxeValue::Text(text) => text.clone().into_bytes(),
            IpxeValue::Secret(secret) => secret.reveal().as_bytes().to_vec(),
            IpxeValue::Hex(hex) => {
                hex.split(':').filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect()
            }
            // A number of the option's width; two's complement is what the wire has.
            IpxeValue::Number(number) if option.is == IpxeType::U32 => {
                u32::try_from(*number).unwrap_or_default().to_be_bytes().to_vec()
            }
            IpxeValue::Number(number) => number.to_be_bytes()[7..].to_vec(),
        };
        all.push(sub(option.code, bytes));
    }
    if let Some(boot) = &handout.boot {
        all.extend(private("boot-entry").map(|code| sub(code, boot.value.clone().into_bytes())));
    }
    if let Some(on) = &handout.autoboot {
        all.extend(private("autoboot").map(|code| sub(code, vec![u8::from(on.value)])));
    }
    for (name, value) in &handout.vars {
        let code = site.vars.iter().find(|var| var.name == *name).and_then(|var| var.code);
        all.extend(code.map(|code| sub(code, value.value.clone().into_bytes())));
    }
    all
}

fn private(name: &str) -> Option<u8> {
    PRIVATE_OPTIONS.iter().find(|(known, ..)| *known == name).map(|(_, code, ..)| *code)
}

/// Addresses that differ between subnets.
fn addresses(site: &Site<'_>, here: &Addresses) -> Vec<Sub> {
    let all: Vec<&Addresses> =
        site.subnets.iter().filter(|subnet| subnet.boots()).map(|subnet| &subnet.addresses).collect();
    type Of = fn(&Addresses) -> Option<String>;
    let of: [(&str, Of); 4] = [
        ("http-root", |of| of.http.clone()),
        ("tftp-server", |of| of.tftp.map(|ip| ip.to_string())),
        ("nfs-server", |of| of.nfs.map(|ip| ip.to_string())),
        ("smb-server", |of| of.smb.map(|ip| ip.to_string())),
    ];
    of.into_iter()
        .filter(|(_, of)| all.windows(2).any(|pair| of(pair[0]) != of(pair[1])))
        .filter_map(|(name, of)| Some(sub(private(name)?, of(here)?.into_bytes())))
        .collect()
}

/// All sub-options as one option's bytes.
fn encapsulated(subs: &[Sub]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for sub in subs {
        // Texts were held to their length when they were read; the whole has a rule of its own.
        bytes.extend([sub.code, u8::try_from(sub.bytes.len()).unwrap_or(u8::MAX)]);
        bytes.extend(&sub.bytes);
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}
