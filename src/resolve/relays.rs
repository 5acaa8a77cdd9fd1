//! Relay agents on servers of the site.

use std::net::Ipv4Addr;

use foldhash::HashMap;

use super::resolver::Resolver;
use super::roles::Roles;
use super::servers::server_named;
use crate::model::{Relay, Server, Spanned, interface, ipv4};
use crate::report::Finding;
use crate::report::catalogue::{DUPLICATE_KEY, MISSING_KEY};
use crate::schema::{self, Top};
use crate::source::{Scalar, Span};

/// The relay agents, by their servers.
pub(super) fn relays<'a>(
    r: &mut Resolver<'_, 'a>,
    top: &Top<'a>,
    roles: &Roles,
    servers: &[Server],
) -> Vec<Relay> {
    let mut relays = Vec::new();
    let mut seen: HashMap<usize, Span> = HashMap::default();
    for (key, relay) in top.relays.given().map_or(&[][..], |dict| &dict.entries) {
        let Some(at) = server_named(r, *key, servers) else { continue };
        if let Some(first) = seen.insert(at, key.span) {
            let message = format!("two relays on the server `{}`", key.text);
            r.report.push(Finding::new(&DUPLICATE_KEY, key.span, message).and(first, "the first one"));
            continue;
        }
        relays.extend(one_relay(r, *key, relay, at, roles, servers));
    }
    relays
}

fn one_relay<'a>(
    r: &mut Resolver<'_, 'a>,
    key: Scalar<'a>,
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
        r.report.push(Finding::new(&MISSING_KEY, key.span, message).help(help));
    }
    let address = |to: &Server| -> Option<Ipv4Addr> {
        // Its address in a network that both servers are in, if there is one.
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
                    to.push(Spanned::new((server, ip), word.span));
                } else if let Some(server) = server_named(r, *word, servers)
                    && let Some(ip) = servers.get(server).and_then(address)
                {
                    to.push(Spanned::new((Some(server), ip), word.span));
                }
            }
        }
        None => {
            for server in &roles.dhcp.servers {
                let ip = servers.get(*server).and_then(address);
                to.extend(ip.map(|ip| Spanned::new((Some(*server), ip), key.span)));
            }
        }
    }
    if to.is_empty() && !written.to.is_wrong() && !r.gaps.servers && !r.gaps.services {
        let nobody = written.to.given().is_none_or(Vec::is_empty);
        if nobody {
            let message = format!("the relay on `{}` has no server to forward to", own.name);
            let help = "name the DHCP server or its address: `to: 10.0.0.200`";
            r.report.push(Finding::new(&MISSING_KEY, key.span, message).help(help));
        }
    }
    Some(Relay { server: at, span: key.span, interfaces, to })
}
