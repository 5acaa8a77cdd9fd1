//! Where a machine's disk is: its root-path, from all that was said of it.

use std::net::Ipv4Addr;

use smallvec::SmallVec;

use super::hosts::{Around, HostPlaceholders, filled};
use super::{Resolver, lower};
use crate::model::{AbsPath, At, Iqn, IscsiPath, Lun, NfsPath, Refused, RootPath, Value, ipv4, number};
use crate::report::Finding;
use crate::schema::{self, Field, NoneOr};
use crate::source::{Span, Word};

/// All that was said of a host's root-path, weakest first.
pub(super) type Layers<'l, 'a> = SmallVec<[&'l schema::RootPath<'a>; 4]>;

/// The root-path of a host from all that was said of it, weakest first. The outer `None` is a
/// value in error.
#[expect(clippy::option_option, reason = "in error, absent and present are three things")]
pub(super) fn root_path<'a>(
    r: &mut Resolver<'_, 'a>,
    layers: &[&schema::RootPath<'a>],
    known: &HostPlaceholders<'_, '_>,
    host: Span,
    subnet: Option<u32>,
    around: &Around<'_, 'a>,
) -> Option<Option<Box<At<RootPath<'a>>>>> {
    let Some(last) = layers.last() else { return Some(None) };
    let at = match last {
        schema::RootPath::Text(word) if word.text == "none" => return Some(None),
        schema::RootPath::Text(word) => {
            let text = filled(r, *word, known)?;
            r.value(Word { text, span: word.span }, RootPath::parse)?
        }
        schema::RootPath::Iscsi(_) => iscsi(r, layers, known, host, around)?,
        schema::RootPath::Nfs(path) => nfs(r, path, known, host, subnet, around)?,
    };
    let length = at.value.length();
    if length > 255 {
        let message = format!("the root-path of this host has {length} bytes; iPXE reads 255");
        let finding = Finding::error("root-path-too-long", at.span, message);
        r.report.push(finding.help(
            "dhcpd splits a longer one into several options, and iPXE reads only the first (RFC 3396)",
        ));
        return None;
    }
    Some(Some(Box::new(at)))
}

fn iscsi<'a>(
    r: &mut Resolver<'_, 'a>,
    layers: &[&schema::RootPath<'a>],
    known: &HostPlaceholders<'_, '_>,
    host: Span,
    around: &Around<'_, 'a>,
) -> Option<At<RootPath<'a>>> {
    // Maps merge key by key: the last layer that says a thing is right.
    let after_other =
        layers.iter().rposition(|layer| !matches!(layer, schema::RootPath::Iscsi(_))).map_or(0, |at| at + 1);
    let layers: SmallVec<[&schema::IscsiPath<'a>; 4]> = layers
        .iter()
        .skip(after_other)
        .filter_map(|layer| match layer {
            schema::RootPath::Iscsi(path) => Some(path.as_ref()),
            _ => None,
        })
        .collect();
    fn last<'f, 'a>(
        layers: &[&'f schema::IscsiPath<'a>],
        field: fn(&'f schema::IscsiPath<'a>) -> &'f Field<Word<'a>>,
    ) -> Option<Word<'a>> {
        layers.iter().rev().find_map(|layer| field(layer).given()).copied()
    }
    let Some(target) = last(&layers, |path| &path.target) else {
        let span = layers.last().map_or(host, |path| path.span);
        r.report.push(
            Finding::error("missing-key", host, "the host's root-path names no `target`")
                .and(span, "the root-path"),
        );
        return None;
    };
    let text = filled(r, target, known)?;
    let target = r.value(Word { text, span: target.span }, Iqn::parse)?;
    let server = match last(&layers, |path| &path.server)
        .or_else(|| around.iscsi.and_then(|iscsi| iscsi.server.given()).copied())
    {
        Some(word) => {
            let text = filled(r, word, known)?;
            iscsi_server(r, Word { text, span: word.span }, around)?
        }
        None => {
            if r.refused.insert(target.span) {
                let finding = Finding::error(
                    "missing-key",
                    target.span,
                    "nothing says which server has this iSCSI target",
                );
                r.report.push(
                    finding
                        .help("`iscsi: { server: NAME or ADDRESS }` for all, or `server` beside the target"),
                );
            }
            return None;
        }
    };
    let port = last(&layers, |path| &path.port)
        .or_else(|| around.iscsi.and_then(|iscsi| iscsi.port.given()).copied());
    let port = match port {
        Some(word) => r.value(word, |text| number(text, 1, 65535))?.value,
        None => 3260,
    };
    let lun = match last(&layers, |path| &path.lun) {
        Some(word) => Some(r.value(word, Lun::parse)?.value),
        None => None,
    };
    let initiator = match last(&layers, |path| &path.initiator) {
        Some(word) => {
            let text = filled(r, word, known)?;
            Some(r.value(Word { text, span: word.span }, Iqn::parse)?.value)
        }
        None => None,
    };
    let port = if port == 3260 { 0 } else { u16::try_from(port).unwrap_or_default() };
    let path = IscsiPath { server, port, lun, target: target.value, initiator };
    Some(At::new(RootPath::Iscsi(path), target.span))
}

fn iscsi_server<'a>(r: &mut Resolver<'_, 'a>, word: Word<'a>, around: &Around<'_, 'a>) -> Option<&'a str> {
    // Not `ipv4`: a name is no mistake here, so there is no message to be made for each host.
    if word.text.parse::<Ipv4Addr>().is_ok() {
        return Some(word.text);
    }
    let inside = word.text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if inside.is_some_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok()) {
        return Some(word.text);
    }
    let name = lower(word.text);
    match around.servers.iter().position(|server| server.name == name) {
        Some(at) => around.addresses.get(at).copied().flatten(),
        None => {
            if !r.gaps.servers && r.refused.insert(word.span) {
                let known: Vec<_> = around.servers.iter().map(|server| server.name.as_str()).collect();
                r.unknown("server", word, &known);
            }
            None
        }
    }
}

fn nfs<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::NfsPath<'a>,
    known: &HostPlaceholders<'_, '_>,
    host: Span,
    subnet: Option<u32>,
    around: &Around<'_, 'a>,
) -> Option<At<RootPath<'a>>> {
    let Some(word) = written.path.given() else {
        r.report.push(
            Finding::error("missing-key", host, "the host's root-path names no `path`")
                .and(written.span, "the root-path"),
        );
        return None;
    };
    let text = filled(r, *word, known)?;
    let path = r.value(Word { text, span: word.span }, |text| {
        let path = AbsPath::parse(text)?;
        if !path.as_str().bytes().all(|byte| byte.is_ascii_graphic() && byte != b',' && byte != b':') {
            return Err(Refused::new(format!("`{text}` cannot stand in a root-path"))
                .help("plain ASCII without blanks, `,` and `:`"));
        }
        Ok(path)
    })?;
    let server = match written.server.given() {
        Some(word) => {
            let text = iscsi_server(r, *word, around)?;
            r.value(Word { text, span: word.span }, ipv4)?.value
        }
        None => {
            // Without an NFS server the site has a finding of its own.
            let by_subnet =
                subnet.and_then(|at| around.subnets.get(at as usize)).and_then(|subnet| subnet.addresses.nfs);
            let first = || {
                around
                    .roles
                    .nfs
                    .servers
                    .first()
                    .and_then(|at| around.servers.get(*at))
                    .and_then(|server| server.ips.first())
            };
            by_subnet.or_else(|| first().map(|ip| ip.value)).unwrap_or(Ipv4Addr::UNSPECIFIED)
        }
    };
    let option = |text: &'a str| -> Value<&'a str> {
        let right = !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b'_' | b'-' | b'.'));
        if right { Ok(text) } else { Err(Refused::new(format!("`{text}` is not a mount option"))) }
    };
    let options = written.options.given().map_or(&[][..], Vec::as_slice);
    let options = r.many(options, option).into_iter().map(|at| at.value).collect();
    let text = r.sources.keep(path.value.as_str().to_owned());
    Some(At::new(RootPath::Nfs(NfsPath { server, path: text, options }), word.span))
}

/// The iSCSI settings of the site.
pub(super) fn site_iscsi<'f, 'a>(top: &'f schema::Top<'a>) -> Option<&'f schema::Iscsi<'a>> {
    match &top.iscsi {
        Field::Given(NoneOr::Some(iscsi)) => Some(iscsi),
        _ => None,
    }
}
