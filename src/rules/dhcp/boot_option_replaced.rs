//! A class, a group or a host sends an option of its own in place of the one that its boot file requires, so that the client
//! does not boot.
//!
//! UEFI HTTP boot accepts a URL only with `HTTPClient` in option 60. A Raspberry Pi boots only with the text `Raspberry Pi
//! Boot` in option 43, with `PXEClient` in option 60 and the TFTP server in option 66. ipxegen sends these options with the
//! boot file, in place of those of the subnet; those of a class, a group or a host override them, also if they are `none`.
//!
//! Reported are classes that such a client can be in, and hosts that get such a file; a host is a Raspberry Pi by its MAC
//! address. Evidence: `HttpBootDhcp4.c` of edk2 ignores an offer without the vendor class; raspberrypi/documentation,
//! boot-net.adoc; dhcpd, Kea and dnsmasq send the option of the innermost scope.
//!
//! Fails:
//! ```yaml fails
//! classes: { rack: { match: { mac: "00:15:5d:*" }, vendor_options: { text: x, vendor_class: rack } } }
//! ```
//! Passes:
//! ```yaml passes
//! classes: { aps: { match: { vendor_class: "ArubaAP*" }, vendor_options: { text: 10.0.0.7, vendor_class: ArubaAP } } }
//! ```

use foldhash::HashSet;

use crate::dhcp::{
    BesideFile, BootFile, BootFileChange, BootFileChanges, Client, Policy, ProfileScope, Setting,
};
use crate::model::{CLIENT_KINDS, ClassMatch, ClientKind, Netboot, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "boot-option-replaced",
        "an option of a class, group or host replaces one that its boot file requires",
    ),
    cost: Cost::Medium,
    check,
};

/// The MAC address of a client that no class names.
const STRANGER: [u8; 6] = [0x02, 0, 0, 0, 0, 0x01];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.subnets || site.gaps.servers || site.gaps.hosts {
        return;
    }
    let policy = Policy::new(site);
    let mut said: HashSet<(Span, ClientKind)> = HashSet::default();
    for scope in policy.classes.iter().filter(|scope| scope.class.netboot.as_ref().is_none_or(boots)) {
        let class = scope.class;
        for (kind, setting) in replaced(&scope.options) {
            let Some(client) = member(kind, &class.matches) else { continue };
            let needs_it = class.here.iter().any(|here| {
                let subnet = policy.subnets.get(here.subnet);
                let of_subnet = || subnet?.files?.of(&client);
                let file = file(&scope.files(here), &client, of_subnet);
                subnet.is_some_and(|scope| scope.subnet.boots()) && needs(file, kind)
            });
            if needs_it {
                report(&mut said, kind, setting, ("class", &class.name.value, class.name.span), found);
            }
        }
    }
    hosts(&policy, &mut said, found);
}

/// Reports groups and hosts.
fn hosts(policy: &Policy<'_>, said: &mut HashSet<(Span, ClientKind)>, found: &mut Findings<'_>) {
    let site = policy.site;
    let profiles = (0..).zip(&site.profiles).map(|(at, profile)| {
        // Most profiles have no such option.
        let boots = profile.netboot != Some(Netboot::None);
        let with_options =
            (boots && !profile.handout.options.is_empty()).then(|| policy.profile(at)).flatten();
        with_options.filter(|profile| !replaced(&profile.options).is_empty())
    });
    let profiles: Vec<Option<ProfileScope<'_>>> = profiles.collect();
    if profiles.iter().all(Option::is_none) {
        return;
    }
    // Hosts of one profile in one subnet get the same files: many hosts are asked about once.
    let mut seen: HashSet<(u32, Option<u32>, bool)> = HashSet::default();
    for host in &site.hosts {
        let Some(Some(profile)) = profiles.get(host.profile as usize) else { continue };
        for card in host.cards() {
            let Some(mac) = card.macs.first().map(|mac| mac.value.octets()) else { continue };
            let is_pi = Client::plain(0, mac).has_raspberry_pi_mac();
            if !seen.insert((host.profile, card.subnet, is_pi)) {
                continue;
            }
            for (kind, setting) in replaced(&profile.options) {
                let Some(client) = firmware(kind, mac) else { continue };
                let needs_it = policy.subnets.iter().enumerate().any(|(at, scope)| {
                    // A host without an address of its own can be in any subnet.
                    card.subnet.is_none_or(|own| own as usize == at)
                        && (scope.subnet.boots() || profile.changes.one.is_some())
                        && needs(file(&profile.changes, &client, || scope.files?.of(&client)), kind)
                });
                if needs_it {
                    let group = profile.profile.groups.last();
                    let owner = match group.filter(|group| !host.span.contains(place(setting, group.span))) {
                        Some(group) => ("group", group.value.as_str(), group.span),
                        None => ("host", host.name, host.span),
                    };
                    report(said, kind, setting, owner, found);
                }
            }
        }
    }
}

const fn boots(netboot: &crate::model::Spanned<Netboot>) -> bool {
    !matches!(netboot.value, Netboot::None)
}

/// The options that are not those that a kind of client requires, with that kind.
fn replaced<'o, 's>(options: &'o [Setting<'s>]) -> Vec<(ClientKind, &'o Setting<'s>)> {
    let mut all = Vec::new();
    for info in &CLIENT_KINDS {
        let beside = BesideFile::of(info.kind);
        let is_other = |setting: &&Setting<'_>| {
            let bytes = setting.data.bytes().unwrap_or_default();
            beside.codes().contains(&setting.code)
                && match (beside, setting.code) {
                    (BesideFile::Http, _) => !bytes.starts_with(b"HTTPClient"),
                    (_, 60) => !bytes.starts_with(b"PXEClient"),
                    (_, 43) => !bytes.windows(MENU.len()).any(|part| part == MENU),
                    // Another TFTP server may be wanted.
                    _ => bytes.is_empty(),
                }
        };
        let others: Vec<&Setting<'_>> = options.iter().filter(is_other).collect();
        // Without its menu, a Raspberry Pi looks at no other option.
        let has_menu = !others.iter().any(|setting| setting.code == 43);
        let others = others.into_iter().filter(|setting| has_menu || setting.code == 43);
        all.extend(others.map(|setting| (info.kind, setting)));
    }
    all
}

/// The text that a Raspberry Pi looks for in option 43.
const MENU: &[u8] = b"Raspberry Pi Boot";

/// The firmware of a kind; `None` if a MAC address is not that of a Raspberry Pi.
fn firmware(kind: ClientKind, mac: [u8; 6]) -> Option<Client> {
    let plain = Client::plain(0, mac);
    if kind == ClientKind::Rpi {
        return plain.has_raspberry_pi_mac().then(|| plain.raspberry_pi());
    }
    let arch = kind.arch_numbers().first().copied()?;
    Some(plain.firmware(kind, arch))
}

/// The firmware of a kind with the values that a class asks for; `None` if the class has no such client.
fn member(kind: ClientKind, matches: &ClassMatch) -> Option<Client> {
    let plain = Client::plain(0, STRANGER);
    let client = match kind {
        ClientKind::Rpi => plain.raspberry_pi(),
        kind => firmware(kind, STRANGER)?,
    };
    let values = ClassMatch { client: Vec::new(), arch: Vec::new(), ..matches.clone() };
    client.member(&[&values]).filter(|client| client.is(kind) && client.is_in(matches))
}

fn file<'s>(
    changes: &BootFileChanges<'s>,
    client: &Client,
    of_outer: impl FnOnce() -> Option<BootFile<'s>>,
) -> Option<BootFile<'s>> {
    match changes.of(client) {
        BootFileChange::Same => of_outer(),
        BootFileChange::Nothing(_) => None,
        BootFileChange::File(file) => Some(file),
    }
}

fn needs(file: Option<BootFile<'_>>, kind: ClientKind) -> bool {
    file.is_some_and(|file| file.beside == BesideFile::of(kind))
}

fn place(setting: &Setting<'_>, owner: Span) -> Span {
    setting.span.unwrap_or(owner)
}

fn report(
    said: &mut HashSet<(Span, ClientKind)>,
    kind: ClientKind,
    setting: &Setting<'_>,
    (what, name, owner): (&str, &str, Span),
    found: &mut Findings<'_>,
) {
    let span = place(setting, owner);
    let is_http = kind != ClientKind::Rpi;
    let is_new = said.iter().all(|(known, other)| *known != span || (*other != ClientKind::Rpi) != is_http);
    said.insert((span, kind));
    if !is_new {
        return;
    }
    let (clients, required) = match (is_http, setting.code) {
        (true, _) => ("UEFI HTTP boot", "`HTTPClient`"),
        (false, 60) => ("a Raspberry Pi", "`PXEClient`"),
        (false, 43) => ("a Raspberry Pi", "`Raspberry Pi Boot`"),
        (false, _) => ("a Raspberry Pi", "the TFTP server"),
    };
    let message = format!(
        "the {what} `{name}` replaces {required} in option {}, which {clients} requires",
        setting.code
    );
    found.push(span, message, |finding| {
        let help = match what {
            "class" => {
                "remove the option, let `match` of the class name its clients by their `vendor_class`, or set `netboot: none` \
                 if they do not boot from here"
            }
            _ => "remove the option, or set `netboot: none` if the machine does not boot from here",
        };
        finding.help(help)
    });
}
