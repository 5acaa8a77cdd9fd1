//! The servers of the site.

use std::borrow::Cow;

use foldhash::HashMap;

use super::resolver::Resolver;
use crate::limits::SERVER_ADDRESSES;
use crate::model::{Cidr, InvalidValue, Os, Server, Spanned, host_name, interface, ipv4, ipv6};
use crate::report::Finding;
use crate::report::catalogue::{DUPLICATE_KEY, MALFORMED, MISSING_KEY, NO_SERVER};
use crate::schema::{self, Field};
use crate::source::Scalar;

pub(super) fn resolve<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &[(Scalar<'a>, schema::Server<'a>)],
) -> Vec<Server> {
    if let Some(finding) = too_many(written) {
        r.report.push(finding);
        r.gaps.servers = true;
        return Vec::new();
    }
    let mut servers: Vec<Server> = Vec::new();
    let mut names = HashMap::default();
    for (key, server) in written {
        let Some(name) = r.value(*key, host_name) else {
            r.gaps.servers = true;
            continue;
        };
        if name.value == "build" {
            let help = "the output folder `build` holds what is run elsewhere";
            r.report.push(Finding::new(&MALFORMED, key.span, "no server can be called `build`").help(help));
        }
        if let Some(first) = names.insert(name.value.to_string(), key.span) {
            let finding =
                Finding::new(&DUPLICATE_KEY, key.span, format!("two servers are called `{}`", name.value));
            r.report.push(finding.and(first, "the first one").help("names are compared in lower case"));
            continue;
        }
        servers.push(one(r, name.value.into_owned(), *key, server));
    }
    if servers.is_empty() && !r.gaps.servers {
        let finding = Finding::nowhere(&NO_SERVER, "the site has no server");
        r.report.push(finding.help("servers: { boot: { ip: 10.0.0.200, interfaces: [eth0] } }"));
        r.gaps.servers = true;
    }
    servers
}

/// The finding if the servers have more addresses than they may have. A site without them is checked at no great cost.
fn too_many(written: &[(Scalar<'_>, schema::Server<'_>)]) -> Option<Finding> {
    let count = |field: &Field<Vec<Scalar<'_>>>| field.given().map_or(0, Vec::len);
    let mut sum = 0_usize;
    let mut crossing = None;
    for (key, server) in written {
        sum = sum.saturating_add(1.max(count(&server.ip) + count(&server.ip6)));
        crossing = crossing.or((sum > SERVER_ADDRESSES).then_some(key.span));
    }
    let message = format!("the servers have {sum} addresses; {SERVER_ADDRESSES} are the most");
    let help = "name the servers that clients use, each with the addresses that clients reach";
    Some(Finding::new(&MALFORMED, crossing?, message).help(help))
}

fn one<'a>(r: &mut Resolver<'_, 'a>, name: String, key: Scalar<'a>, server: &schema::Server<'a>) -> Server {
    let mut ips = Vec::new();
    let mut nets = Vec::new();
    for word in server.ip.given().into_iter().flatten() {
        let (address, prefix) = match word.text.split_once('/') {
            Some((address, prefix)) => {
                (address, prefix.parse::<u8>().ok().filter(|prefix| *prefix <= 32).map(Some))
            }
            None => (word.text, Some(None)),
        };
        match (ipv4(address), prefix) {
            (Ok(ip), Some(prefix)) => {
                ips.push(Spanned::new(ip, word.span));
                nets.extend(prefix.and_then(|prefix| Cidr::around(ip, prefix)));
            }
            (Err(refused), _) => {
                r.refuse(word.span, &refused);
                r.gaps.servers = true;
            }
            (_, None) => {
                r.refuse(
                    word.span,
                    &InvalidValue::new(format!("`{}` has no prefix from 0 to 32", word.text)),
                );
                r.gaps.servers = true;
            }
        }
    }
    if !server.ip.is_written() {
        let finding = Finding::new(&MISSING_KEY, key.span, format!("the server `{name}` has no `ip`"));
        r.report.push(finding.help("its address, such as 10.0.0.200 or 10.0.0.200/24"));
    }
    r.gaps.servers |= ips.is_empty();
    let ips6 = ips6(r, server.ip6.given().map_or(&[][..], Vec::as_slice));
    let written = server.interfaces.given().map_or(&[][..], Vec::as_slice);
    let interfaces = r.many(written, |text| interface(text).map(str::to_owned));
    r.gaps.servers |= interfaces.is_empty() && !written.is_empty();
    let os = r.maybe(&server.os, Os::parse);
    Server { name, ips, ips6, nets, interfaces, os, span: key.span }
}

/// Its IPv6 addresses; a prefix is accepted but not used, because dhcpd reads the interface's own.
fn ips6<'a>(r: &mut Resolver<'_, 'a>, words: &[Scalar<'a>]) -> Vec<Spanned<std::net::Ipv6Addr>> {
    r.many(words, |text| {
        let (address, prefix) = text.split_once('/').unwrap_or((text, "64"));
        if prefix.parse::<u8>().is_ok_and(|prefix| prefix <= 128) {
            return ipv6(address);
        }
        Err(InvalidValue::new(format!("`{text}` has no prefix from 0 to 128")))
    })
}

/// The index of the server of that name; an unknown name is reported.
pub(super) fn server_named<'a>(
    r: &mut Resolver<'_, 'a>,
    word: Scalar<'a>,
    servers: &[Server],
) -> Option<usize> {
    let found = servers.iter().position(|server| server.name == server_name(word.text));
    if found.is_none() && !r.gaps.servers {
        let known: Vec<_> = servers.iter().map(|server| server.name.as_str()).collect();
        r.unknown("server", word, &known);
    }
    found
}

/// A server's name as references compare it: in lower case.
pub(super) fn server_name(text: &str) -> Cow<'_, str> {
    host_name(text).unwrap_or(Cow::Borrowed(text))
}
