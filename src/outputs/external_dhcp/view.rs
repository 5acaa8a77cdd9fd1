//! The DHCP policy as the files for other DHCP servers see it: texts and hexadecimal digits.

use serde::Serialize;

use crate::dhcp::{BootFiles, HostFiles, Policy, Setting, SubnetScope, file_name, has_secret};
use crate::model::{Asks, Card, ClientKind, Clients, Host, Spanned, Subnet};

/// Everything but the machines, of which there may be many.
pub(super) struct View {
    pub kinds: Vec<Kind>,
    pub nets: Vec<Net>,
    /// Whether a password is among the options.
    pub secret: bool,
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
    /// The file for iPXE.
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
    pub policies: Vec<WindowsPolicy>,
}

/// A policy of Windows' server.
#[derive(Serialize)]
pub(super) struct WindowsPolicy {
    pub name: String,
    pub class: String,
}

/// A sub-option of option 175, as hexadecimal digits.
#[derive(Clone, Serialize)]
pub(super) struct Sub {
    pub code: u8,
    /// `aa:bb`.
    pub hex: String,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_name: Option<String>,
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

pub(super) fn view(policy: &Policy<'_>) -> View {
    let site = policy.site;
    let mut kinds: Vec<ClientKind> =
        site.subnets.iter().flat_map(|subnet| subnet.loaders.iter().map(|(kind, _)| *kind)).collect();
    kinds.retain(|kind| has_word(*kind));
    kinds.sort_unstable();
    kinds.dedup();
    let kinds = kinds.into_iter().map(kind).collect();
    let nets: Vec<Net> = policy.subnets.iter().map(|scope| net(policy, scope)).collect();
    let mut handouts = site.handouts();
    let secret = handouts.any(has_secret) || site.disks_with_more().any(|(.., more)| more.chap.is_some());
    View { kinds, nets, secret }
}

/// iPXE's options of a host itself.
fn own_subs<'s>(policy: &Policy<'s>, host: &'s Host<'s>) -> Vec<Sub> {
    let Some(profile) = policy.profile(host.profile) else { return Vec::new() };
    if matches!(profile.files, HostFiles::Nothing) {
        return Vec::new();
    }
    subs(profile.ipxe.iter().chain(&policy.disk(host)))
}

fn boots(policy: &Policy<'_>, card: Card<'_>) -> bool {
    policy.site.subnet_at(card).is_none_or(Subnet::boots)
}

/// The machines, one by one.
pub(super) fn machines<'t>(policy: &'t Policy<'_>, nets: &'t [Net]) -> impl Iterator<Item = Machine> + 't {
    policy.site.hosts.iter().flat_map(move |host| machines_of(policy, nets, host))
}

/// A host, once for each of its cards.
pub(super) fn machines_of<'s>(policy: &Policy<'s>, nets: &[Net], host: &'s Host<'s>) -> Vec<Machine> {
    let own = own_subs(policy, host);
    let mut machines = Vec::new();
    for (nth, card) in host.cards().enumerate() {
        let boots = boots(policy, card);
        // A host without an address may be in a subnet with `netboot: none`, which no host can be held to here.
        if !boots && card.ip.is_none() {
            continue;
        }
        let at = card.subnet.map(|at| at as usize);
        let subnet = policy.site.subnet_at(card);
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
            ip: card.ip.map(ToString::to_string),
            host_name: host.host_name.map(str::to_owned),
            net: subnet.map(|subnet| subnet.name.value.clone()),
            scope: subnet.map(|subnet| subnet.cidr.value.network().to_string()),
            root_path: disk,
            ipxe_hex: if ipxe.is_empty() { String::new() } else { hex(&joined(&all)) },
            ipxe,
        });
    }
    machines
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

/// Whether these servers can recognise a kind. A Raspberry Pi presents itself as a BIOS client, and its MAC address is no
/// condition that they all have.
fn has_word(kind: ClientKind) -> bool {
    !matches!(kind.info().asks, Asks::Rpi | Asks::Power)
}

/// How option 60 begins.
const fn vendor(asks: Asks) -> &'static str {
    match asks {
        Asks::Http => "HTTPClient",
        Asks::Uboot => "U-Boot",
        Asks::Pxe | Asks::Rpi | Asks::Power => "PXEClient",
    }
}

fn net(policy: &Policy<'_>, scope: &SubnetScope<'_>) -> Net {
    let subnet = scope.subnet;
    let cidr = subnet.cidr.value;
    let texts = |ips: &Option<Vec<Spanned<std::net::Ipv4Addr>>>| {
        ips.iter().flatten().map(ToString::to_string).collect::<Vec<_>>()
    };
    let ranges =
        subnet.free.iter().filter(|range| !matches!(range.clients, Clients::Known | Clients::Classes(_)));
    let ipxe = subs(&scope.ipxe);
    let external = policy.site.external_dhcp.as_ref().and_then(|external| external.default_lease_time);
    Net {
        name: subnet.name.value.clone(),
        cidr: cidr.to_string(),
        network: cidr.network().to_string(),
        netmask: cidr.netmask().to_string(),
        ranges: ranges.map(|range| [range.low.to_string(), range.high.to_string()]).collect(),
        routers: texts(&subnet.handout.routers),
        dns: texts(&subnet.handout.dns),
        domain: subnet.handout.domain.as_ref().map(|at| at.value.clone()).filter(|domain| !domain.is_empty()),
        lease: subnet.default_lease_time.as_ref().map(|time| time.value).or(external),
        next_server: scope.next_server.map(ToString::to_string),
        script: subnet.script.clone(),
        files: scope.files.as_ref().map_or_else(Vec::new, files),
        ipxe_hex: hex(&joined(&ipxe)),
        ipxe,
    }
}

fn files(files: &BootFiles<'_>) -> Vec<File> {
    let of = |(kind, loader): &(ClientKind, Spanned<crate::model::Loader>)| {
        let info = kind.info();
        let policy = |class: String| {
            let arch = class.rsplit(':').next().unwrap_or_default();
            WindowsPolicy { name: format!("ipxegen {} {arch}", info.name), class }
        };
        let policies = self::kind(*kind).classes.into_iter().map(policy).collect();
        File {
            kind: info.name,
            http: info.asks == Asks::Http,
            vendor: vendor(info.asks),
            file: file_name(&loader.value).to_owned(),
            not_rpi: *kind == ClientKind::Bios,
            policies,
        }
    };
    files.loaders.iter().filter(|(kind, _)| has_word(*kind)).map(of).collect()
}

/// iPXE's options in the order of their codes; those that are unset are left out.
fn subs<'s>(settings: impl IntoIterator<Item = &'s Setting<'s>>) -> Vec<Sub> {
    let sub = |setting: &Setting<'_>| {
        let bytes = setting.data.bytes()?;
        Some(Sub { code: setting.code, hex: hex(&bytes), bytes })
    };
    settings.into_iter().filter_map(sub).collect()
}

/// All sub-options as the bytes of one option.
fn joined(subs: &[Sub]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for sub in subs {
        // Texts are limited to less when they are read; a rule limits the whole.
        bytes.extend([sub.code, u8::try_from(sub.bytes.len()).unwrap_or(u8::MAX)]);
        bytes.extend(&sub.bytes);
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}
