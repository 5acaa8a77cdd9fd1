//! The machines of a site, one row for each network card.

use crate::model::{Card, Class, Handout, Host, Netboot, Profile, Site, Subnet};

/// One network card of a machine.
#[derive(Clone, Copy, Debug)]
pub struct HostRow<'s> {
    /// The machine.
    pub host: &'s Host<'s>,
    /// The card.
    pub card: Card<'s>,
    /// The subnet of the card's fixed address.
    pub subnet: Option<&'s Subnet>,
    /// The settings of the machine.
    pub profile: Option<&'s Profile>,
}

/// The boot entry that a machine starts by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boots<'s> {
    /// A boot entry, by its id.
    Entry(&'s str),
    /// Its `file`, whatever program asks.
    File(&'s str),
    /// The machine boots its root-path without a menu (`script: none`).
    RootPath,
    /// DHCP gives it no boot file (`netboot: none`), or the menu preselects nothing.
    Nothing,
    /// It differs between the subnets, and the machine has no fixed address.
    BySubnet,
}

impl<'s> Boots<'s> {
    /// Its word in a table; empty if it is not known.
    #[must_use]
    pub const fn word(self) -> &'s str {
        match self {
            Self::Entry(name) | Self::File(name) => name,
            Self::RootPath => "root-path",
            Self::Nothing => "none",
            Self::BySubnet => "",
        }
    }
}

/// Every card of every machine, in the order of the site.
pub fn host_rows<'s>(site: &'s Site<'s>) -> impl Iterator<Item = HostRow<'s>> {
    site.hosts.iter().flat_map(move |host| {
        host.cards().map(move |card| HostRow {
            host,
            card,
            subnet: site.subnet_at(card),
            profile: site.profile(host),
        })
    })
}

/// Whether the clients of a card may be in a class: by its MAC addresses, and by the subnet of its fixed address.
#[must_use]
pub fn may_be_in(class: &Class, row: &HostRow<'_>) -> bool {
    let subnet = row.card.subnet.map(|at| at as usize);
    let is_here = class.subnets.as_ref().is_none_or(|all| subnet.is_none_or(|at| all.contains(&at)));
    let patterns = &class.matches.mac;
    let mut macs = row.card.macs.iter().map(|mac| mac.value.octets());
    is_here
        && (patterns.is_empty() || macs.any(|mac| patterns.iter().any(|pattern| pattern.value.matches(&mac))))
}

/// The keys of a class's `match`, besides `mac`, that its clients must also match. Hosts do not declare these values.
#[must_use]
pub fn not_of_hosts(class: &Class) -> Vec<&'static str> {
    let matches = &class.matches;
    let keys = [
        ("vendor_class", matches.vendor_class.is_empty()),
        ("user_class", matches.user_class.is_empty()),
        ("client_id", matches.client_id.is_empty()),
        ("circuit_id", matches.circuit_id.is_empty()),
        ("remote_id", matches.remote_id.is_empty()),
        ("uuid", matches.uuid.is_empty()),
        ("client", matches.client.is_empty()),
        ("arch", matches.arch.is_empty()),
    ];
    keys.into_iter().filter(|(_, empty)| !empty).map(|(key, _)| key).collect()
}

/// The boot entry that a machine starts by default.
#[must_use]
pub fn boots<'s>(site: &'s Site<'_>, row: &HostRow<'s>) -> Boots<'s> {
    if let Some(profile) = row.profile {
        if profile.netboot == Some(Netboot::None) {
            return Boots::Nothing;
        }
        if let Some(file) = &profile.file {
            return file.value.name().map_or(Boots::Nothing, Boots::File);
        }
        if profile.no_script {
            return Boots::RootPath;
        }
    }
    let own = row.profile.map(|profile| &profile.handout);
    let in_subnet = |subnet: &'s Subnet| match subnet.boots() {
        true => preselected(site, [own, Some(&subnet.handout)]),
        false => Boots::Nothing,
    };
    if let Some(subnet) = row.subnet {
        return in_subnet(subnet);
    }
    let mut all = site.subnets.iter().map(in_subnet);
    let Some(first) = all.next() else { return Boots::Nothing };
    if all.all(|other| other == first) { first } else { Boots::BySubnet }
}

/// The entry that the menu preselects: the innermost that DHCP sends, or the menu's default. `boot: none` sends
/// nothing.
fn preselected<'s>(site: &'s Site<'_>, inner_first: [Option<&'s Handout>; 2]) -> Boots<'s> {
    // Without a default of its own, the script does not look at what DHCP sends.
    let Some(default) = site.menu.default.and_then(|at| site.entries.get(at)) else { return Boots::Nothing };
    let sent = inner_first.into_iter().flatten().find_map(|handout| handout.boot.as_ref());
    let sent = sent.map(|boot| boot.value.as_str()).filter(|id| !id.is_empty());
    Boots::Entry(sent.unwrap_or(&default.id))
}
