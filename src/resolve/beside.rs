//! Relay agents and further files: what stands beside the daemons of booting.

use std::net::Ipv4Addr;

use rustc_hash::FxHashMap;

use super::roles::Roles;
use super::{Resolver, lower};
use crate::dialects::{Dialect, limited, lone_tags};
use crate::model::{AbsPath, At, OwnFile, Refused, Relay, Server, Value, interface, ipv4};
use crate::report::Finding;
use crate::report::catalogue::{DUPLICATE_KEY, MISSING_KEY, TEMPLATE, UNREADABLE_SOURCE};
use crate::schema::{self, Top};
use crate::source::{Span, Word, read_beside};

/// The relay agents, by their servers.
pub(super) fn relays<'a>(
    r: &mut Resolver<'_, 'a>,
    top: &Top<'a>,
    roles: &Roles,
    servers: &[Server],
) -> Vec<Relay> {
    let mut relays = Vec::new();
    let mut seen: FxHashMap<usize, Span> = FxHashMap::default();
    for (key, relay) in top.relays.given().map_or(&[][..], |dict| &dict.entries) {
        let Some(at) = server(r, *key, servers) else { continue };
        if let Some(first) = seen.insert(at, key.span) {
            let message = format!("two relays on the server `{}`", key.text);
            r.report.push(Finding::error(&DUPLICATE_KEY, key.span, message).and(first, "the first one"));
            continue;
        }
        relays.extend(one_relay(r, *key, relay, at, roles, servers));
    }
    relays
}

fn one_relay<'a>(
    r: &mut Resolver<'_, 'a>,
    key: Word<'a>,
    written: &schema::Relay<'a>,
    at: usize,
    roles: &Roles,
    servers: &[Server],
) -> Option<Relay> {
    let own = servers.get(at)?;
    let interfaces = match written.interfaces.given() {
        Some(words) => r.many(words, |text| interface(text).map(str::to_owned)),
        None => own.interfaces.clone(),
    };
    if interfaces.is_empty() && !written.interfaces.is_written() {
        let message = format!("the relay on `{}` has no `interfaces`", own.name);
        let help = "those towards the clients and the one towards the DHCP server; dhcrelay hears no answer elsewhere";
        r.report.push(Finding::error(&MISSING_KEY, key.span, message).help(help));
    }
    let address = |to: &Server| -> Option<Ipv4Addr> {
        // On a wire that both are on, where they have one.
        let near = to.ips.iter().find(|ip| own.nets.iter().any(|net| net.contains(ip.value)));
        near.or(to.ips.first()).map(|ip| ip.value)
    };
    let mut to = Vec::new();
    match written.to.given() {
        Some(words) => {
            for word in words {
                if let Ok(ip) = ipv4(word.text) {
                    let server =
                        servers.iter().position(|server| server.ips.iter().any(|own| own.value == ip));
                    to.push(At::new((server, ip), word.span));
                } else if let Some(server) = server(r, *word, servers)
                    && let Some(ip) = servers.get(server).and_then(address)
                {
                    to.push(At::new((Some(server), ip), word.span));
                }
            }
        }
        None => {
            for server in &roles.dhcp.servers {
                let ip = servers.get(*server).and_then(address);
                to.extend(ip.map(|ip| At::new((Some(*server), ip), key.span)));
            }
        }
    }
    if to.is_empty() && !written.to.is_wrong() && !r.gaps.servers && !r.gaps.services {
        let nobody = written.to.given().is_none_or(Vec::is_empty);
        if nobody {
            let message = format!("the relay on `{}` has nobody to forward to", own.name);
            let help = "name the DHCP server or its address: `to: 10.0.0.200`";
            r.report.push(Finding::error(&MISSING_KEY, key.span, message).help(help));
        }
    }
    Some(Relay { server: at, span: key.span, interfaces, to })
}

/// A server by its name.
fn server<'a>(r: &mut Resolver<'_, 'a>, word: Word<'a>, servers: &[Server]) -> Option<usize> {
    let found = servers.iter().position(|server| server.name == lower(word.text));
    if found.is_none() && !r.gaps.servers {
        let known: Vec<_> = servers.iter().map(|server| server.name.as_str()).collect();
        r.unknown("server", word, &known);
    }
    found
}

/// The further files.
pub(super) fn files<'a>(r: &mut Resolver<'_, 'a>, top: &Top<'a>, servers: &[Server]) -> Vec<OwnFile<'a>> {
    let mut files = Vec::new();
    for file in top.files.given().into_iter().flatten() {
        files.extend(one_file(r, file, servers));
    }
    files
}

fn one_file<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::OwnFile<'a>,
    servers: &[Server],
) -> Option<OwnFile<'a>> {
    for (key, is_written, help) in [
        ("path", written.path.is_written(), "where it stands on the server, such as /etc/motd"),
        ("template", written.template.is_written(), "the template's file, relative to this one"),
    ] {
        if !is_written {
            let message = format!("a file has no `{key}`");
            r.report.push(Finding::error(&MISSING_KEY, written.span, message).help(help));
        }
    }
    let path = r.maybe(&written.path, file_path);
    let template = written.template.given().and_then(|word| template(r, *word));
    let on = match written.server.given() {
        Some(words) => {
            let found: Vec<_> = words.iter().filter_map(|word| server(r, *word, servers)).collect();
            (found.len() == words.len()).then_some(found)
        }
        None if servers.len() <= 1 || written.server.is_written() => Some(vec![0]),
        None => {
            let names: Vec<_> = servers.iter().map(|server| server.name.as_str()).collect();
            let help = format!("add `server:` with one or several of {}", schema::listed(&names));
            let message = "a file does not say which server gets it";
            r.report.push(Finding::error(&MISSING_KEY, written.span, message).help(help));
            None
        }
    };
    let mode = r.or(&written.mode, mode, 0o644);
    let (name, template) = template?;
    Some(OwnFile { servers: on?, path: path?, name, template, mode })
}

/// A file, hence not the root, and nothing that could be taken for a folder.
fn file_path(text: &str) -> Value<AbsPath> {
    let path = AbsPath::parse(text)?;
    if text.ends_with('/') {
        return Err(
            Refused::new(format!("`{text}` is a folder, not a file")).help("write the file's whole path")
        );
    }
    Ok(path)
}

/// The template's name and text, which must be one that can be parsed.
fn template<'a>(r: &mut Resolver<'_, 'a>, word: Word<'a>) -> Option<(&'a str, At<&'a str>)> {
    let text = match read_beside(r.sources, word) {
        Ok(file) => At::new(file.text(), file.span(0, file.text().len())),
        Err(unread) => {
            let unread = unread.or_help("the path is relative to the file that names it");
            r.report.push(Finding::unread(&UNREADABLE_SOURCE, word.span, unread));
            return None;
        }
    };
    let read = |text: &str| {
        Dialect::Text.engine().add_raw_template(word.text, text).map_err(|error| error.to_string())
    };
    if let Err(error) = limited(&lone_tags(text.value)).and_then(|text| read(&text)) {
        let finding =
            Finding::error(&TEMPLATE, word.span, format!("the template {} cannot be read", word.text));
        r.report.push(finding.help(error));
        return None;
    }
    Some((word.text, text))
}

/// Permissions in octal, without bits that run a program as somebody else, and not for everybody to write.
fn mode(text: &str) -> Value<u32> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let octal = (3..=4).contains(&digits.len()) && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    let Some(mode) = u32::from_str_radix(digits, 8).ok().filter(|_| octal) else {
        return Err(
            Refused::new(format!("`{text}` is not a mode")).help("three or four octal digits, such as 0644")
        );
    };
    if mode > 0o777 {
        return Err(Refused::new(format!("`{text}` would run the file with its owner's rights"))
            .help("the first of four digits is 0"));
    }
    if mode & 0o002 != 0 {
        return Err(Refused::new(format!("with the mode `{text}` everybody may write the file"))
            .help("0644 has everybody read it, 0600 nobody but root"));
    }
    Ok(mode)
}
