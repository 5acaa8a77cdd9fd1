//! Notes on classes: those that a client is in, and those of which a trace cannot tell.

use super::notes::note;
use crate::dhcp::{Answer, Client, Policy};
use crate::model::{Class, DhcpDaemon, NoteOf, Server, Site};

/// The classes that a client is in, with the site's notes on them, and those of which a trace cannot tell: the client or
/// its relay sends more than its kind says.
pub(super) fn class_notes(policy: &Policy<'_>, answer: &Answer<'_>, client: &Client) -> Vec<String> {
    let mut notes = Vec::new();
    if !answer.classes.is_empty() {
        notes.push(format!("classes: {}", quoted(&answer.classes)));
    }
    notes.extend(answer.classes.iter().filter_map(|name| note(policy.site, NoteOf::Class, "class", name)));
    let (mut open, mut asked, mut by_relay) = (Vec::new(), Vec::new(), Vec::new());
    for (_, scope, _) in policy.classes_in(answer.subnet) {
        let class = scope.class;
        let name = class.name.value.as_str();
        let unknown = unknown(client, class);
        if !unknown.is_empty() {
            open.push(name);
        }
        let is_open = !unknown.is_empty() || answer.classes.contains(&name);
        if is_open && !(class.matches.circuit_id.is_empty() && class.matches.remote_id.is_empty()) {
            by_relay.push(name);
        }
        asked.extend(unknown);
    }
    if !open.is_empty() {
        asked.sort_unstable();
        asked.dedup();
        let verb = if asked.len() == 1 { "is" } else { "are" };
        notes.push(format!(
            "the classes {} may give other values: they ask for {}, which {verb} not known here",
            quoted(&open),
            asked.join(", ")
        ));
    }
    if !by_relay.is_empty() {
        let (server, outcome) = renewal(policy.site);
        notes.push(format!(
            "a client renews its lease without the relay, so without option 82: {server}, so the classes {} {outcome}",
            quoted(&by_relay),
        ));
    }
    notes
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The keys of a class, with the options of `trace`, that keep a client out of it only because the client's values are not
/// known.
fn unknown(client: &Client, class: &Class) -> Vec<&'static str> {
    let mut known = class.matches.clone();
    let mut unknown = Vec::new();
    let mut forget = |patterns: &mut Vec<_>, is_sent: bool, key: &'static str| {
        if !is_sent && !patterns.is_empty() {
            patterns.clear();
            unknown.push(key);
        }
    };
    forget(&mut known.vendor_class, !client.vendor_class.is_empty(), "vendor_class (--vendor-class)");
    forget(&mut known.user_class, !client.user_class.is_empty(), "user_class (--user-class)");
    forget(&mut known.client_id, !client.client_id.is_empty(), "client_id (--client-id)");
    forget(&mut known.circuit_id, !client.circuit_id.is_empty(), "circuit_id (--circuit-id)");
    forget(&mut known.remote_id, !client.remote_id.is_empty(), "remote_id (--remote-id)");
    forget(&mut known.uuid, !client.uuid.is_empty(), "uuid (--uuid)");
    let is_open = client.is_in(&known) && !client.is_in(&class.matches);
    if is_open { unknown } else { Vec::new() }
}

/// The value of option 82 that a DHCP server uses for a renewal without it, and the effect on classes that match it. Evidence:
/// `stash-agent-options` of dhcpd and of Kea since 2.6; rfc2131.c of dnsmasq.
fn renewal(site: &Site<'_>) -> (&'static str, &'static str) {
    const STAY: &str = "still apply";
    const END: &str = "no longer apply";
    let Some(dhcp) = &site.dhcp else { return ("the DHCP server has to remember it", "may no longer apply") };
    let mut servers = dhcp.servers.iter().filter_map(|at| site.servers.get(*at));
    let version = |server: &Server| server.os.as_ref().and_then(|os| os.value.kea());
    match dhcp.daemon {
        DhcpDaemon::Isc => ("dhcpd uses the values that the relay sent before", STAY),
        DhcpDaemon::Kea if servers.all(|server| version(server).is_some_and(|version| version >= (2, 6))) => {
            ("Kea uses the values that the relay sent before", STAY)
        }
        DhcpDaemon::Kea => ("Kea before 2.6 does not remember it", END),
        DhcpDaemon::Dnsmasq => ("dnsmasq does not remember it", END),
    }
}
