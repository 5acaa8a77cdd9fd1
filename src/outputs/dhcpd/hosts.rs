//! The hosts of `dhcpd.conf`: those that are told the same stand in one group.

use rustc_hash::FxHashMap;
use tera::Context;

use super::super::handout;
use super::super::host_template::{self, HostTemplates, Hosts};
use super::super::{PIECE, Sink};
use super::Switch;
use crate::dialects::Rendered;
use crate::model::{Asks, Dotted, Host, IscsiPath, Netboot, Profile, RootPath, Site};
use crate::parallel::in_pieces;

/// How what a host boots is held back where `netboot: none` is a lid on its subnet.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Lid {
    /// No subnet has one.
    Absent,
    /// The host has no address of its own, so it may turn up under one.
    Guarded,
    /// Its subnet has one.
    Closed,
}

/// Cards that are told the same: a host's number, and which of its cards.
struct Alike {
    profile: u32,
    lid: Lid,
    cards: Vec<(u32, u32)>,
}

/// All that are told the same, in the order of the first ones.
#[derive(Default)]
struct Order {
    all: Vec<Alike>,
    known: FxHashMap<(u32, Lid), usize>,
    /// Where the last ones are.
    last: Option<((u32, Lid), usize)>,
}

impl Order {
    /// The cards that are told the same.
    fn cards(&mut self, (profile, lid): (u32, Lid)) -> &mut Vec<(u32, u32)> {
        let like = (profile, lid);
        // Most hosts are like the one before.
        let place = match self.last {
            Some((last, place)) if last == like => place,
            _ => *self.known.entry(like).or_insert(self.all.len()),
        };
        self.last = Some((like, place));
        if place == self.all.len() {
            self.all.push(Alike { profile, lid, cards: Vec::new() });
        }
        // Pushed just now, or when it became known.
        &mut self.all[place].cards
    }
}

/// Which options that only some clients may get the subnets send with a file's name.
#[derive(Clone, Copy)]
struct VendorOptions {
    /// UEFI's HTTP boot: option 60.
    http: bool,
    /// A Raspberry Pi: options 60, 43 and 66.
    rpi: bool,
}

impl VendorOptions {
    fn of(site: &Site<'_>) -> Self {
        let any = |asks: Asks| {
            let mut kinds = site.subnets.iter().flat_map(|subnet| &subnet.loaders).map(|(kind, _)| kind);
            kinds.any(|kind| kind.info().asks == asks)
        };
        Self { http: any(Asks::Http), rpi: any(Asks::Rpi) }
    }
}

/// How many hosts are looked at in one go.
const MANY: usize = 1 << 15;

/// Writes the hosts.
pub(super) fn write(site: &Site<'_>, sink: &mut dyn Sink) -> anyhow::Result<()> {
    let vendor = VendorOptions::of(site);
    let any_lid = site.subnets.iter().any(|subnet| !subnet.boots());
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let alike = in_pieces(&site.hosts, MANY, |first, hosts| {
        let mut alike = Order::default();
        for (at, host) in (first..).zip(hosts) {
            for (nth, card) in host.cards().enumerate() {
                let lid = match site.subnet_at(card).filter(|_| any_lid) {
                    Some(subnet) if !subnet.boots() => Lid::Closed,
                    None if any_lid => Lid::Guarded,
                    _ => Lid::Absent,
                };
                alike.cards((host.profile, lid)).push((number(at), number(nth)));
            }
        }
        alike
    });
    let mut order = Order::default();
    for Alike { profile, lid, cards } in alike.into_iter().flat_map(|alike| alike.all) {
        order.cards((profile, lid)).extend(cards);
    }
    let order = order.all;
    let (pieces, stencils) = (pieces(&order), HostTemplates::default());
    sink.each(pieces.len(), &|piece, sink| {
        let mut lines = Hosts::new("dhcpd/host", &stencils, sink);
        for part in pieces.get(piece).into_iter().flatten() {
            of_one_profile(site, part, vendor, &mut lines)?;
        }
        lines.finish()
    })
}

/// Cards that are told the same, or some of them where they are many.
struct Part<'o> {
    alike: &'o Alike,
    from: usize,
    upto: usize,
}

/// What is rendered in one go each: a part of many cards, or the parts of several that are few.
fn pieces(order: &[Alike]) -> Vec<Vec<Part<'_>>> {
    let mut pieces: Vec<Vec<Part<'_>>> = Vec::new();
    let mut room = 0;
    for alike in order {
        let mut from = 0;
        while from < alike.cards.len() {
            if room == 0 {
                pieces.push(Vec::new());
                room = PIECE;
            }
            let upto = alike.cards.len().min(from + room);
            if let Some(piece) = pieces.last_mut() {
                piece.push(Part { alike, from, upto });
            }
            room -= upto - from;
            from = upto;
        }
    }
    pieces
}

fn of_one_profile(
    site: &Site<'_>,
    part: &Part<'_>,
    vendor: VendorOptions,
    lines: &mut Hosts<'_>,
) -> anyhow::Result<()> {
    let Part { alike: Alike { profile, lid, cards }, from, upto } = *part;
    let Some(profile) = site.profiles.get(*profile as usize) else { return Ok(()) };
    let body = lines.sink()?.render("dhcpd/profile", &profile_view(profile, *lid, vendor))?;
    // A group is worth its lines when several hosts share what it says.
    let group = cards.len() > 1 && !body.is_empty();
    if group && from == 0 {
        let mut open = Context::new();
        open.insert("groups", &profile.groups);
        open.insert("body", &Rendered::new(body.clone()));
        lines.sink()?.write("dhcpd/group", &open)?;
    }
    lines.set(host_template::BODY, Some(body.as_str()).filter(|body| !group && !body.is_empty()));
    for (at, nth) in cards.get(from..upto).unwrap_or_default() {
        if let Some(host) = site.hosts.get(*at as usize) {
            one_card(host, *nth as usize, *lid, lines)?;
        }
    }
    if group && upto == cards.len() {
        lines.sink()?.write("dhcpd/group_end", &Context::new())?;
    }
    Ok(())
}

fn one_card(host: &Host<'_>, nth: usize, lid: Lid, lines: &mut Hosts<'_>) -> anyhow::Result<()> {
    // Nearly all have one card.
    let (card, before) = match nth {
        0 => (host.first_card(), 0),
        _ => {
            let Some(card) = host.cards().nth(nth) else { return Ok(()) };
            (card, host.cards().take(nth).map(|card| card.macs.len()).sum())
        }
    };
    lines.set(host_template::IP, card.ip.map(|ip| Dotted(ip.value)));
    lines.set(host_template::HOST_NAME, host.host_name);
    let root_path = host.root_path.as_ref().filter(|_| lid != Lid::Closed).map(|at| &at.value);
    lines.set(host_template::ROOT_PATH, root_path);
    match root_path {
        Some(RootPath::Iscsi(IscsiPath { initiator: Some(iqn), .. })) => {
            lines.set(host_template::INITIATOR, Some(iqn.as_str()));
        }
        // Without a name from DHCP iPXE would call itself by the machine's UUID.
        Some(RootPath::Iscsi(_)) if host.host_name.is_none() => {
            lines.set(host_template::INITIATOR, Some(host.initiator().as_str()));
        }
        _ => lines.set(host_template::INITIATOR, None::<&str>),
    }
    lines.disk(match root_path {
        Some(RootPath::Iscsi(IscsiPath { more: Some(more), .. })) => handout::disk(host.disk(), more),
        _ => Vec::new(),
    });
    lines.guard(lid == Lid::Guarded && root_path.is_some());
    for (at, mac) in (before..).zip(card.macs) {
        if at == 0 {
            lines.set(host_template::NAME, Some(host.name));
        } else {
            // A host block takes one card; names have no dots, so this cannot be another host's.
            lines.set(host_template::NAME, Some(format!("{}.{}", host.name, at + 1).as_str()));
        }
        lines.set(host_template::MAC, Some(mac.value));
        lines.write()?;
    }
    Ok(())
}

fn profile_view(profile: &Profile, lid: Lid, vendor: VendorOptions) -> Context {
    let mut view = Context::new();
    view.insert("options", &handout::options(&profile.handout));
    let boots = lid != Lid::Closed;
    let ipxe = if boots { handout::ipxe(&profile.handout) } else { Vec::new() };
    let no_file = profile.netboot == Some(Netboot::None);
    let switch = profile
        .loaders
        .as_ref()
        .filter(|_| boots && !no_file)
        .map(|loaders| Switch::new(profile.script.as_deref().filter(|_| !profile.no_script), loaders));
    let no_script = boots && !no_file && profile.no_script && switch.is_none();
    view.insert("guarded", &(lid == Lid::Guarded && (!ipxe.is_empty() || switch.is_some() || no_script)));
    view.insert("ipxe", if no_file { &[][..] } else { &ipxe });
    view.insert("no_file", &(boots && no_file));
    view.insert("no_script", &no_script);
    // A client goes by options 60 and 43 as well as by the file's name.
    let forget = boots && (no_file || switch.is_some());
    view.insert("forget", &(forget && (vendor.http || vendor.rpi)));
    view.insert("forget_rpi", &(forget && vendor.rpi));
    if let Some(switch) = switch {
        view.insert("switch", &switch);
    }
    view.insert("raw", &handout::raw(&profile.handout.raw, "dhcpd"));
    view
}
