//! The servers of iSCSI disks: one for all, or several by name.

use super::resolver::Resolver;
use super::servers::server_name;
use crate::model::{IscsiDaemon, IscsiServer, Portal, Server, Spanned, host_name, number, portal};
use crate::report::Finding;
use crate::report::catalogue::{MALFORMED, MISSING_KEY};
use crate::schema::{self, Field, NoneOr, Top};
use crate::source::Scalar;

/// The servers of iSCSI disks, as root-paths refer to them.
#[derive(Debug, Default)]
pub(super) struct Targets<'a> {
    pub servers: Vec<IscsiServer>,
    /// The portals of each server, if the site lists them.
    pub portals: Vec<Vec<Portal<'a>>>,
    /// Whether a server is in error, and has a finding.
    pub wrong: bool,
}

impl Targets<'_> {
    /// The server of a disk that names none.
    pub(super) fn only(&self) -> Option<usize> {
        (self.servers.len() == 1).then_some(0)
    }

    /// Finds a server by its name, or by one of its addresses.
    pub(super) fn find(&self, server: Portal<'_>, servers: &[Server]) -> Option<usize> {
        if self.servers.is_empty() {
            return None;
        }
        // An address is not compared with names: making the message why it is not a name costs time for each
        // host.
        let name = match server {
            Portal::V4(_) => None,
            Portal::Text(text) => Some(server_name(text)),
        };
        let called = |known: &str| name.as_ref().is_some_and(|name| name == known);
        if let Some(at) = self.servers.iter().position(|one| called(&one.name)) {
            return Some(at);
        }
        let by_machine = |one: &IscsiServer| {
            one.server.and_then(|at| servers.get(at)).is_some_and(|machine| {
                called(&machine.name) || machine.ips.iter().any(|at| Some(at.value) == server.v4())
            })
        };
        let mut all = self.servers.iter().zip(&self.portals);
        all.position(|(one, portals)| by_machine(one) || portals.contains(&server))
    }
}

pub(super) fn resolve<'a>(r: &mut Resolver<'_, 'a>, top: &Top<'a>, servers: &[Server]) -> Targets<'a> {
    let mut targets = Targets::default();
    let written = match &top.iscsi {
        Field::Given(NoneOr::Some(written)) => written,
        Field::Wrong(_) => return Targets { wrong: true, ..targets },
        Field::Absent | Field::Given(NoneOr::None(_)) => return targets,
    };
    if let Some(several) = written.servers.given() {
        for (key, field) in
            [("server", &written.server), ("port", &written.port), ("daemon", &written.daemon)]
        {
            let Some(word) = field.given() else { continue };
            let message = format!("`iscsi` has both `servers` and `{key}`");
            let finding = Finding::new(&MALFORMED, word.span, message).and(several.span, "and this one");
            r.report.push(finding.help(format!("`servers: {{ NAME: {{ {key}: … }} }}` says it of each")));
        }
        for (name, one) in &several.entries {
            if let Some(server) = named(r, *name, one, servers) {
                targets.push(r, server);
            } else {
                targets.wrong = true;
            }
        }
        targets.wrong |= several.entries.is_empty();
        return targets;
    }
    targets.wrong = written.servers.is_wrong() || written.server.is_wrong();
    let wrong_before = targets.wrong;
    match single(r, written, servers) {
        Some(server) => targets.push(r, server),
        None => targets.wrong = true,
    }
    targets.wrong |= wrong_before;
    targets
}

impl<'a> Targets<'a> {
    fn push(&mut self, r: &Resolver<'_, 'a>, server: IscsiServer) {
        let portals = server.portals.iter().map(|at| kept(r, at.value.clone()));
        self.portals.push(portals.collect());
        self.servers.push(server);
    }
}

/// A portal as the model keeps it.
pub(super) fn kept<'a>(r: &Resolver<'_, 'a>, portal: String) -> Portal<'a> {
    match Portal::of(&portal) {
        Portal::V4(ip) => Portal::V4(ip),
        Portal::Text(_) => Portal::Text(r.sources.keep(portal)),
    }
}

fn tcp_port<'a>(r: &mut Resolver<'_, 'a>, field: &Field<Scalar<'a>>) -> u16 {
    r.or(field, |text| number(text, 1, 65535).map(|port| u16::try_from(port).unwrap_or_default()), 3260)
}

/// `iscsi: { server, port, daemon }`.
fn single<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::Iscsi<'a>,
    servers: &[Server],
) -> Option<IscsiServer> {
    let daemon = match written.daemon.given() {
        Some(word) => r.value(*word, IscsiDaemon::parse)?.value,
        None => IscsiDaemon::External,
    };
    let port = tcp_port(r, &written.port);
    let span = written.server.given().map_or(written.span, |word| word.span);
    let mut one = IscsiServer { name: String::new(), daemon, server: None, portals: Vec::new(), port, span };
    match written.server.given() {
        Some(word) => {
            let name = server_name(word.text);
            one.name = name.to_string();
            one.server = servers.iter().position(|server| server.name == name);
            if one.server.is_none() {
                match portal(word.text) {
                    Ok(address) => {
                        let here =
                            |server: &Server| server.ips.iter().any(|ip| ip.value.to_string() == address);
                        one.server = servers.iter().position(here);
                        one.portals.push(Spanned::new(address, word.span));
                    }
                    Err(_) => {
                        if !r.gaps.servers {
                            let known: Vec<_> = servers.iter().map(|server| server.name.as_str()).collect();
                            r.unknown("server", *word, &known);
                        }
                        return None;
                    }
                }
            }
        }
        None if servers.len() == 1 && daemon.is_rendered() => {
            one.server = Some(0);
            one.name.clone_from(&servers.first()?.name);
        }
        None => "iscsi".clone_into(&mut one.name),
    }
    ours(r, &one, written.daemon.given().copied(), servers)?;
    Some(one)
}

/// One of `iscsi: { servers: … }`.
fn named<'a>(
    r: &mut Resolver<'_, 'a>,
    name: Scalar<'a>,
    written: &schema::IscsiServer<'a>,
    servers: &[Server],
) -> Option<IscsiServer> {
    let key = r.value(name, host_name)?;
    let daemon = match written.daemon.given() {
        Some(word) => r.value(*word, IscsiDaemon::parse)?.value,
        None => IscsiDaemon::External,
    };
    let server = servers.iter().position(|server| server.name == key.value);
    let portals = written.portals.given().map_or(&[][..], Vec::as_slice);
    let given = portals.len();
    let portals = r.many(portals, portal);
    let port = tcp_port(r, &written.port);
    if written.portals.is_wrong() || portals.len() != given {
        return None;
    }
    let one = IscsiServer { name: key.value.into_owned(), daemon, server, portals, port, span: name.span };
    if server.is_none() && one.portals.is_empty() {
        let message = format!("the iSCSI server `{}` has no `portals`", one.name);
        let help = "list the addresses at which it is reached: it is not a server of the site";
        r.report.push(Finding::new(&MISSING_KEY, name.span, message).help(help));
        return None;
    }
    ours(r, &one, written.daemon.given().copied(), servers)?;
    Some(one)
}

/// Reports a daemon whose files are rendered, but for no server of the site.
fn ours(
    r: &mut Resolver<'_, '_>,
    one: &IscsiServer,
    daemon: Option<Scalar<'_>>,
    servers: &[Server],
) -> Option<()> {
    if !one.daemon.is_rendered() || one.server.is_some() {
        return Some(());
    }
    if r.gaps.servers {
        return None;
    }
    let span = daemon.map_or(one.span, |word| word.span);
    let word = one.daemon.word();
    let message = format!("`{word}` is rendered for a server of the site, and `iscsi` names none of them");
    let names: Vec<_> = servers.iter().map(|server| server.name.as_str()).collect();
    let help = format!(
        "name one of {}; with `daemon: external`, ipxegen lists the disks to register there instead",
        schema::listed(&names)
    );
    r.report.push(Finding::new(&MALFORMED, span, message).help(help));
    None
}
