//! The root-path of a host: its iSCSI disk, its NFS folder, or a text in iPXE's form.
//!
//! `layers` has the `root_path` of each group and of the host, weakest first. A text or an NFS folder replaces those
//! before it; mappings of an iSCSI disk merge key by key.

use std::net::Ipv4Addr;

use smallvec::{SmallVec, smallvec};

use super::disk;
use super::host_context::HostContext;
use super::host_placeholders::{HostPlaceholders, filled};
use super::iscsi::{Targets, kept};
use super::layers::last;
use super::resolver::{Reported, Resolver};
use super::servers::server_name;
use crate::model::{
    AbsPath, InvalidValue, Iqn, IscsiDaemon, IscsiPath, Lun, NfsPath, Portal, RootPath, Spanned, Validated,
    ipv4, number, portal,
};
use crate::report::Finding;
use crate::report::catalogue::{MISSING_KEY, ROOT_PATH_TOO_LONG};
use crate::schema;
use crate::source::{Scalar, Span};

/// The root-path of a host; `None` if it has none.
pub(super) fn root_path<'a>(
    r: &mut Resolver<'_, 'a>,
    layers: &[&schema::RootPath<'a>],
    placeholders: &HostPlaceholders<'_, '_>,
    host: Span,
    subnet: Option<u32>,
    context: &HostContext<'_, 'a>,
) -> Result<Option<Box<Spanned<RootPath<'a>>>>, Reported> {
    let Some(last) = layers.last() else { return Ok(None) };
    let at = match last {
        schema::RootPath::Text(word) if word.text == "none" => return Ok(None),
        schema::RootPath::Text(word) => {
            let text = filled(r, *word, placeholders).ok_or(Reported)?;
            let mut at = r.value(Scalar { text, span: word.span }, RootPath::parse).ok_or(Reported)?;
            if let RootPath::Iscsi(path) = &mut at.value {
                let by = context.targets.find(path.server, context.servers);
                path.served_by = by.and_then(|by| u16::try_from(by).ok());
            }
            at
        }
        schema::RootPath::Iscsi(_) => {
            iscsi(r, layers, placeholders, host, subnet, context).ok_or(Reported)?
        }
        schema::RootPath::Nfs(path) => nfs(r, path, placeholders, host, subnet, context).ok_or(Reported)?,
    };
    if let Some(length) = at.value.longer_than(255) {
        let message = format!("this root-path has {length} bytes; iPXE reads 255");
        let finding = Finding::new(&ROOT_PATH_TOO_LONG, at.span, message);
        r.report.push(finding.help(
            "dhcpd splits a longer one into several options, and iPXE reads only the first (RFC 3396)",
        ));
        return Err(Reported);
    }
    Ok(Some(Box::new(at)))
}

/// Reports a root-path that lacks a key.
fn names_no(
    r: &mut Resolver<'_, '_>,
    key: &str,
    path: Span,
    host: Span,
    placeholders: &HostPlaceholders<'_, '_>,
) {
    let finding = match placeholders.host {
        Some(name) => Finding::new(&MISSING_KEY, host, format!("the host's root-path names no `{key}`"))
            .and(path, "the root-path")
            .cause(path.start.into(), "host", name),
        None => Finding::new(&MISSING_KEY, path, format!("the root-path names no `{key}`")),
    };
    r.report.push(finding);
}

fn iscsi<'a>(
    r: &mut Resolver<'_, 'a>,
    layers: &[&schema::RootPath<'a>],
    placeholders: &HostPlaceholders<'_, '_>,
    host: Span,
    subnet: Option<u32>,
    context: &HostContext<'_, 'a>,
) -> Option<Spanned<RootPath<'a>>> {
    let mut merged: SmallVec<[&schema::IscsiPath<'a>; 4]> = SmallVec::new();
    for layer in layers {
        match layer {
            schema::RootPath::Iscsi(path) => merged.push(path.as_ref()),
            _ => merged.clear(),
        }
    }
    let layers = merged;
    let Some(target) = last(&layers, |path| &path.target) else {
        let span = layers.last().map_or(host, |path| path.span);
        names_no(r, "target", span, host, placeholders);
        return None;
    };
    let text = filled(r, target, placeholders)?;
    let target = r.value(Scalar { text, span: target.span }, Iqn::parse)?;
    let served = server(r, &layers, target.span, placeholders, subnet, context)?;
    let port = match last(&layers, |path| &path.port) {
        Some(word) => r.value(word, |text| number(text, 1, 65535))?.value,
        None => served.by.and_then(|at| context.targets.servers.get(at)).map_or(3260, |one| one.port.into()),
    };
    let lun = match last(&layers, |path| &path.lun) {
        Some(word) => Some(r.value(word, Lun::parse)?.value),
        // tgt's first disk is 1: its 0 is the controller.
        None => (served.daemon(context) == IscsiDaemon::Tgt).then(|| Lun::flat(1)),
    };
    let initiator = match last(&layers, |path| &path.initiator) {
        Some(word) => {
            let text = filled(r, word, placeholders)?;
            Some(r.value(Scalar { text, span: word.span }, Iqn::parse)?.value)
        }
        None => None,
    };
    let port = if port == 3260 { 0 } else { u16::try_from(port).unwrap_or_default() };
    let more = disk::more(r, &layers, served.further, served.by, placeholders, context).ok()?;
    let served_by = served.by.and_then(|at| u16::try_from(at).ok());
    let path =
        IscsiPath { server: served.portal, port, lun, target: target.value, initiator, served_by, more };
    Some(Spanned::new(RootPath::Iscsi(path), target.span))
}

/// The server of a disk: its index in `iscsi`, and the portals at which it serves the disk.
struct Served<'a> {
    by: Option<usize>,
    portal: Portal<'a>,
    further: Vec<Portal<'a>>,
}

impl Served<'_> {
    fn daemon(&self, context: &HostContext<'_, '_>) -> IscsiDaemon {
        self.by.and_then(|at| context.targets.servers.get(at)).map_or(IscsiDaemon::External, |one| one.daemon)
    }
}

/// Finds the server of a disk: the one that `server` names, else the only one of `iscsi`. Its portals are those of the
/// host, else those of the server, else the server's address in the host's subnet.
fn server<'a>(
    r: &mut Resolver<'_, 'a>,
    layers: &[&schema::IscsiPath<'a>],
    target: Span,
    placeholders: &HostPlaceholders<'_, '_>,
    subnet: Option<u32>,
    context: &HostContext<'_, 'a>,
) -> Option<Served<'a>> {
    let targets = context.targets;
    let portals = layers.iter().rev().find_map(|layer| layer.portals.given());
    let mut given: SmallVec<[Portal<'a>; 1]> = SmallVec::new();
    for word in portals.map_or(&[][..], Vec::as_slice) {
        let text = filled(r, *word, placeholders)?;
        let portal = r.value(Scalar { text, span: word.span }, portal)?.value;
        given.push(kept(r, portal));
    }
    let (by, fallback) = match last(layers, |path| &path.server) {
        Some(word) => {
            let text = filled(r, word, placeholders)?;
            let server = Portal::of(text);
            match targets.find(server, context.servers) {
                // An address names one of the portals of a server.
                Some(at) => match server {
                    Portal::V4(_) => (Some(at), Some(server)),
                    Portal::Text(text) => (Some(at), portal(text).ok().map(|portal| kept(r, portal))),
                },
                None => (None, Some(iscsi_server(r, server, word.span, context)?)),
            }
        }
        None if targets.wrong => return None,
        None => (targets.only(), None),
    };
    if given.is_empty() {
        given = match (by, fallback) {
            (_, Some(address)) => smallvec![address],
            (Some(at), None) => {
                let of_server = targets.portals.get(at).map_or(&[][..], Vec::as_slice);
                if of_server.is_empty() {
                    own_address(context, at, subnet).into_iter().collect()
                } else {
                    SmallVec::from_slice(of_server)
                }
            }
            (None, None) => SmallVec::new(),
        };
    }
    let mut given = given.into_iter();
    let Some(portal) = given.next() else {
        no_server(r, target, targets);
        return None;
    };
    Some(Served { by, portal, further: given.collect() })
}

/// Reports a target without a server, once for each place.
fn no_server(r: &mut Resolver<'_, '_>, target: Span, targets: &Targets<'_>) {
    if !r.refused.insert(target) {
        return;
    }
    let message = "the server of this iSCSI target is not set";
    let help = match targets.servers.len() {
        0 | 1 => "`iscsi: { server: NAME or ADDRESS }` for all, or `server` beside the target".to_owned(),
        _ => {
            let names: Vec<_> = targets.servers.iter().map(|one| one.name.as_str()).collect();
            format!("`server` beside the target is one of {}", schema::listed(&names))
        }
    };
    r.report.push(Finding::new(&MISSING_KEY, target, message).help(help));
}

/// The address of one of the site's servers in the host's subnet, else its first address.
fn own_address<'a>(context: &HostContext<'_, 'a>, target: usize, subnet: Option<u32>) -> Option<Portal<'a>> {
    let machine = context.servers.get(context.targets.servers.get(target)?.server?)?;
    let subnet = subnet.and_then(|at| context.subnets.get(at as usize));
    let inside = subnet.and_then(|subnet| machine.ips.iter().find(|ip| subnet.cidr.value.contains(ip.value)));
    inside.or_else(|| machine.ips.first()).map(|ip| Portal::V4(ip.value))
}

/// The address of an iSCSI server: as written, or the first one of a server of the site.
fn iscsi_server<'a>(
    r: &mut Resolver<'_, 'a>,
    server: Portal<'a>,
    span: Span,
    context: &HostContext<'_, 'a>,
) -> Option<Portal<'a>> {
    let Portal::Text(text) = server else { return Some(server) };
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if inside.is_some_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok()) {
        return Some(server);
    }
    let name = server_name(text);
    match context.servers.iter().find(|server| server.name == name) {
        Some(machine) => machine.ips.first().map(|ip| Portal::V4(ip.value)),
        None => {
            if !r.gaps.servers && r.refused.insert(span) {
                let known: Vec<_> = context.servers.iter().map(|server| server.name.as_str()).collect();
                r.unknown("server", Scalar { text, span }, &known);
            }
            None
        }
    }
}

fn nfs<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::NfsPath<'a>,
    placeholders: &HostPlaceholders<'_, '_>,
    host: Span,
    subnet: Option<u32>,
    context: &HostContext<'_, 'a>,
) -> Option<Spanned<RootPath<'a>>> {
    let Some(word) = written.path.given() else {
        names_no(r, "path", written.span, host, placeholders);
        return None;
    };
    let text = filled(r, *word, placeholders)?;
    let path = r.value(Scalar { text, span: word.span }, |text| {
        let path = AbsPath::parse(text)?;
        if !path.as_str().bytes().all(|byte| byte.is_ascii_graphic() && byte != b',' && byte != b':') {
            return Err(InvalidValue::new(format!("`{text}` is not allowed in a root-path"))
                .help("plain ASCII without blanks, `,` and `:`"));
        }
        Ok(path)
    })?;
    let server = match written.server.given() {
        Some(word) => match iscsi_server(r, Portal::of(word.text), word.span, context)? {
            Portal::V4(ip) => ip,
            Portal::Text(text) => r.value(Scalar { text, span: word.span }, ipv4)?.value,
        },
        None => {
            // A site without an NFS server has another finding.
            let by_subnet = subnet
                .and_then(|at| context.subnets.get(at as usize))
                .and_then(|subnet| subnet.addresses.nfs);
            let first = || {
                context
                    .roles
                    .nfs
                    .servers
                    .first()
                    .and_then(|at| context.servers.get(*at))
                    .and_then(|server| server.ips.first())
            };
            by_subnet.or_else(|| first().map(|ip| ip.value)).unwrap_or(Ipv4Addr::UNSPECIFIED)
        }
    };
    let option = |text: &'a str| -> Validated<&'a str> {
        let right = !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b'_' | b'-' | b'.'));
        if right { Ok(text) } else { Err(InvalidValue::new(format!("`{text}` is not a mount option"))) }
    };
    let options = written.options.given().map_or(&[][..], Vec::as_slice);
    let options = r.many(options, option).into_iter().map(|at| at.value).collect();
    let text = r.sources.keep(path.value.as_str().to_owned());
    Some(Spanned::new(RootPath::Nfs(NfsPath { server, path: text, options }), word.span))
}
