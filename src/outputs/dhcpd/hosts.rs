//! The hosts of `dhcpd.conf`: hosts with the same options share one `group` block.

use foldhash::HashMap;
use tera::Context;

use super::super::host_template::{HostTemplates, HostTexts, Hosts};
use super::super::verbatim;
use super::super::{PIECE, Sink};
use super::marks::Marks;
use super::{BootFileCases, VendorOptions, statement};
use crate::dhcp::{HostFiles, Policy, ProfileScope, disk_settings, initiator};
use crate::dialects::Rendered;
use crate::model::{ClassFile, Host, IscsiPath, RootPath, Site};
use crate::parallel::in_pieces;

/// The subnets with `netboot: none` that override the boot options of a host.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum NoNetboot {
    /// There is no such subnet.
    Nowhere,
    /// The host has no address of its own, so it may be in such a subnet.
    Possible,
    /// Its own subnet is one.
    Here,
}

/// Cards with the same options: the index of the host, and which of its cards.
struct Group {
    profile: u32,
    no_netboot: NoNetboot,
    cards: Vec<(u32, u32)>,
}

/// The groups, in the order of their first hosts.
#[derive(Default)]
struct Groups {
    all: Vec<Group>,
    known: HashMap<(u32, NoNetboot), usize>,
    /// The place of the last ones.
    last: Option<((u32, NoNetboot), usize)>,
}

impl Groups {
    /// The cards of a group.
    fn cards(&mut self, (profile, no_netboot): (u32, NoNetboot)) -> &mut Vec<(u32, u32)> {
        let like = (profile, no_netboot);
        // Most hosts are like the one before.
        let place = match self.last {
            Some((last, place)) if last == like => place,
            _ => *self.known.entry(like).or_insert(self.all.len()),
        };
        self.last = Some((like, place));
        if place == self.all.len() {
            self.all.push(Group { profile, no_netboot, cards: Vec::new() });
        }
        // Pushed just now, or when it became known.
        &mut self.all[place].cards
    }
}

/// How many hosts are looked at in one go.
const MANY: usize = 1 << 15;

/// Writes the hosts.
pub(super) fn write(site: &Site<'_>, sink: &mut dyn Sink) -> anyhow::Result<()> {
    let vendor = VendorOptions::of(site);
    let policy = Policy::new(site);
    let marks = Marks::of(&policy);
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let parts = in_pieces(&site.hosts, MANY, |first, hosts| {
        let mut groups = Groups::default();
        for (at, host) in (first..).zip(hosts) {
            for (nth, card) in host.cards().enumerate() {
                let no_netboot = match site.subnet_at(card).filter(|_| policy.has_netboot_none) {
                    Some(subnet) if !subnet.boots() => NoNetboot::Here,
                    None if policy.has_netboot_none => NoNetboot::Possible,
                    _ => NoNetboot::Nowhere,
                };
                groups.cards((host.profile, no_netboot)).push((number(at), number(nth)));
            }
        }
        groups
    });
    let mut groups = Groups::default();
    for Group { profile, no_netboot, cards } in parts.into_iter().flat_map(|groups| groups.all) {
        groups.cards((profile, no_netboot)).extend(cards);
    }
    let groups = groups.all;
    let (pieces, templates) = (pieces(&groups), HostTemplates::default());
    sink.each(pieces.len(), &|piece, sink| {
        let mut lines = Hosts::new("dhcpd/host", &templates, sink);
        for part in pieces.get(piece).into_iter().flatten() {
            of_one_group(&policy, part, vendor, &marks, &mut lines)?;
        }
        lines.finish()
    })
}

/// A group, or some of its cards where they are many.
struct Part<'o> {
    group: &'o Group,
    from: usize,
    upto: usize,
}

/// The pieces to render at once: a part of many cards, or several parts of few cards.
fn pieces(groups: &[Group]) -> Vec<Vec<Part<'_>>> {
    let mut pieces: Vec<Vec<Part<'_>>> = Vec::new();
    let mut room = 0;
    for group in groups {
        let mut from = 0;
        while from < group.cards.len() {
            if room == 0 {
                pieces.push(Vec::new());
                room = PIECE;
            }
            let upto = group.cards.len().min(from + room);
            if let Some(piece) = pieces.last_mut() {
                piece.push(Part { group, from, upto });
            }
            room -= upto - from;
            from = upto;
        }
    }
    pieces
}

fn of_one_group(
    policy: &Policy<'_>,
    part: &Part<'_>,
    vendor: VendorOptions,
    marks: &Marks,
    lines: &mut Hosts<'_>,
) -> anyhow::Result<()> {
    let Part { group: Group { profile, no_netboot, cards }, from, upto } = *part;
    let Some(scope) = policy.profile(*profile) else { return Ok(()) };
    let body = lines.sink()?.render("dhcpd/profile", &profile_view(&scope, *no_netboot, vendor, marks))?;
    // A group is worth its lines when several hosts share what it says.
    let group = cards.len() > 1 && !body.is_empty();
    if group && from == 0 {
        let mut open = Context::new();
        open.insert("groups", &scope.profile.groups);
        open.insert("body", &Rendered::new(body.clone()));
        lines.sink()?.write("dhcpd/group", &open)?;
    }
    let own_body = Some(body.as_str()).filter(|body| !group && !body.is_empty());
    for (at, nth) in cards.get(from..upto).unwrap_or_default() {
        if let Some(host) = policy.site.hosts.get(*at as usize) {
            one_card(host, *nth as usize, *no_netboot, own_body, lines)?;
        }
    }
    if group && upto == cards.len() {
        lines.sink()?.write("dhcpd/group_end", &Context::new())?;
    }
    Ok(())
}

fn one_card(
    host: &Host<'_>,
    nth: usize,
    no_netboot: NoNetboot,
    body: Option<&str>,
    lines: &mut Hosts<'_>,
) -> anyhow::Result<()> {
    // Nearly all have one card.
    let (card, before) = match nth {
        0 => (host.first_card(), 0),
        _ => {
            let Some(card) = host.cards().nth(nth) else { return Ok(()) };
            (card, host.cards().take(nth).map(|card| card.macs.len()).sum())
        }
    };
    let root_path = host.root_path.as_ref().filter(|_| no_netboot != NoNetboot::Here).map(|at| &at.value);
    let initiator = root_path.and_then(|_| initiator(host));
    let disk = match root_path {
        Some(RootPath::Iscsi(disk @ IscsiPath { more: Some(more), .. })) => {
            statement::ipxe(&disk_settings(disk, more))
        }
        _ => Vec::new(),
    };
    for (at, mac) in (before..).zip(card.macs) {
        // A host block takes one card; names have no dots, so this cannot be another host's.
        let further = (at > 0).then(|| format!("{}.{}", host.name, at + 1));
        let texts = HostTexts {
            name: further.as_deref().unwrap_or(host.name),
            mac: mac.value,
            ip: card.ip.map(|ip| ip.value),
            host_name: host.host_name,
            root_path,
            initiator: initiator.as_deref(),
            body,
            guarded: no_netboot == NoNetboot::Possible && root_path.is_some(),
        };
        lines.write(&texts, &disk)?;
    }
    Ok(())
}

fn profile_view(
    scope: &ProfileScope<'_>,
    no_netboot: NoNetboot,
    vendor: VendorOptions,
    marks: &Marks,
) -> Context {
    let mut view = Context::new();
    view.insert("options", &statement::options(&scope.options, &marks.always));
    view.insert("replaced_codes", &marks.replaced);
    let boots = no_netboot != NoNetboot::Here;
    let ipxe = if boots { statement::ipxe(&scope.ipxe) } else { Vec::new() };
    let (mut no_file, mut no_script, mut boot_files, mut file) = (false, false, None, None);
    match &scope.files {
        // It counts wherever the host is.
        HostFiles::One(one) => file = Some(&one.value),
        _ if !boots => {}
        HostFiles::OfSubnet => {}
        HostFiles::WithoutScript => no_script = true,
        HostFiles::Own(_) => boot_files = BootFileCases::changes(&scope.changes),
        HostFiles::Nothing => no_file = true,
    }
    let next_server = scope.next_server.filter(|_| boots || file.is_some()).map(ToString::to_string);
    let is_server_guarded = next_server.is_some() && file.is_none();
    let conditional = !ipxe.is_empty() || boot_files.is_some() || no_script || is_server_guarded;
    view.insert("guarded", &(no_netboot == NoNetboot::Possible && conditional));
    view.insert("ipxe", &ipxe);
    view.insert("needs", &scope.changes.needs);
    view.insert("no_script", &no_script);
    if let Some(next) = next_server {
        view.insert(if is_server_guarded { "next_server" } else { "own_next_server" }, &next);
    }
    // A client goes by options 60 and 43 as well as by the file's name.
    let replaces = no_file || file.is_some();
    view.insert("unset_vendor_class", &(replaces && (vendor.http || vendor.rpi)));
    view.insert("unset_rpi_options", &(replaces && vendor.rpi));
    view.insert("http", &matches!(file, Some(ClassFile::Url(_))));
    if replaces {
        view.insert("file", file.and_then(ClassFile::name).unwrap_or_default());
    }
    if let Some(boot_files) = boot_files {
        view.insert("boot_files", &boot_files);
    }
    view.insert("raw", &verbatim::raw(&scope.profile.handout.raw, "dhcpd"));
    view
}
