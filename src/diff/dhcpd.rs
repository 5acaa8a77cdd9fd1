//! dhcpd.conf: hosts, subnets, and what holds for all.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use super::subjects::{Facts, Subject, Subjects};
use crate::dialects::dhcpd::lexer::{Part, PartKind, parts};

/// A block that is open.
enum Scope<'t> {
    Host(&'t str),
    Subnet(Cow<'t, str>),
    /// Its facts are those of its hosts.
    Group(Facts<'t>),
    /// A condition or a pool, and what is said of it in a word.
    Inner(Cow<'t, str>),
    /// A shared network: what is in it is in the site.
    Plain,
}

/// The scopes that are looked through: a file that somebody changed may open any number of them.
fn innermost<'s, 't>(scopes: &'s mut [Scope<'t>]) -> &'s mut [Scope<'t>] {
    const DEEPEST: usize = 64;
    let outer = scopes.len().saturating_sub(DEEPEST);
    scopes.get_mut(outer..).unwrap_or_default()
}

/// Reads hosts, subnets and the rest.
#[must_use]
pub fn read(text: &str) -> Subjects<'_> {
    let mut things = Subjects::new();
    let mut scopes: Vec<Scope<'_>> = Vec::new();
    let mut comment = "";
    let mut nets: Vec<(u32, u32, Cow<'_, str>)> = Vec::new();
    let mut all = parts(text).peekable();
    while let Some(part) = all.next() {
        match part.kind {
            PartKind::Comment => {
                comment = part.text.trim_start_matches('#').trim();
                continue;
            }
            PartKind::BlockStart => {
                let on_line = |next: &Part<'_>| {
                    let between = text.get(part.range.end..next.range.start).unwrap_or_default();
                    next.kind == PartKind::Comment && !between.contains('\n')
                };
                let note = all.next_if(on_line).map_or("", |next| next.text.trim_start_matches('#').trim());
                let scope = open(part.text, note, comment, &mut nets, &mut things);
                if let Scope::Host(name) = &scope {
                    let inherited = innermost(&mut scopes).iter().filter_map(|scope| match scope {
                        Scope::Group(facts) => Some(facts.clone()),
                        _ => None,
                    });
                    let facts = inherited.flatten().collect();
                    things.insert(("host", (*name).into()), Subject { facts, of: None });
                }
                scopes.push(scope);
            }
            PartKind::BlockEnd => {
                scopes.pop();
            }
            PartKind::Statement => {
                let inner = innermost(&mut scopes).iter().rev().find_map(|scope| match scope {
                    Scope::Inner(word) if !word.is_empty() => Some(word.clone()),
                    _ => None,
                });
                let fact = fact(part.text, inner);
                let owner =
                    innermost(&mut scopes).iter_mut().rev().find(|scope| !matches!(scope, Scope::Inner(_)));
                let key = match owner {
                    Some(Scope::Group(facts)) => {
                        facts.push(fact);
                        continue;
                    }
                    Some(Scope::Host(name)) => ("host", Cow::Borrowed(*name)),
                    Some(Scope::Subnet(name)) => ("subnet", name.clone()),
                    Some(Scope::Plain | Scope::Inner(_)) | None => ("dhcp", "".into()),
                };
                things.entry(key).or_default().facts.push(fact);
            }
            PartKind::Unfinished => {}
        }
        comment = "";
    }
    for ((kind, _), thing) in &mut things {
        if *kind == "host" {
            let ip = thing.fact("address").and_then(|ip| ip.parse::<Ipv4Addr>().ok()).map(u32::from);
            thing.of = ip.and_then(|ip| {
                nets.iter().find(|(net, mask, _)| ip & mask == *net).map(|(_, _, name)| name.clone())
            });
        }
    }
    things
}

/// What a block is, by its head, the comment behind it and the one above it.
fn open<'t>(
    head: &'t str,
    note: &'t str,
    above: &'t str,
    nets: &mut Vec<(u32, u32, Cow<'t, str>)>,
    things: &mut Subjects<'t>,
) -> Scope<'t> {
    let mut words = head.split_whitespace();
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some("host"), Some(name), ..) => Scope::Host(name),
        (Some("group"), ..) => Scope::Group(Vec::new()),
        (Some("subnet"), Some(net), Some("netmask"), Some(mask)) => {
            let number = |text: &str| text.parse::<Ipv4Addr>().map(u32::from).ok();
            // A sentence is no name: it is our remark on a subnet that nobody named.
            let named = !above.is_empty() && !above.contains(' ');
            let name: Cow<'t, str> = if named { above.into() } else { net.into() };
            if let (Some(net_number), Some(mask_number)) = (number(net), number(mask)) {
                nets.push((net_number, mask_number, name.clone()));
                let cidr = format!("{net}/{}", mask_number.count_ones());
                let thing = things.entry(("subnet", name.clone())).or_default();
                thing.facts.push(("cidr".into(), cidr.into()));
            }
            Scope::Subnet(name)
        }
        (Some("shared-network"), ..) => Scope::Plain,
        _ => Scope::Inner(condition(head, note)),
    }
}

/// Under which condition, in a word; empty for those that make no difference to a reader.
fn condition<'t>(head: &'t str, note: &'t str) -> Cow<'t, str> {
    if !note.is_empty() {
        return note.into();
    }
    match head {
        _ if head.contains("ipxegen.lid") || head == "pool" || head == "if known" => "".into(),
        _ if head.contains("\"iPXE\"") => "iPXE".into(),
        _ if head.contains("\"HTTPClient\"") => "HTTP clients".into(),
        _ if head.contains("\"PXEClient\"") => "PXE clients".into(),
        _ => head.split_whitespace().collect::<Vec<_>>().join(" ").into(),
    }
}

/// A statement as name and value.
fn fact<'t>(statement: &'t str, inner: Option<Cow<'t, str>>) -> (Cow<'t, str>, Cow<'t, str>) {
    let rest = statement.strip_prefix("option ").unwrap_or(statement).trim_start();
    let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (name, value) = match (name, value.trim_start()) {
        ("hardware", value) => ("mac", value.strip_prefix("ethernet").unwrap_or(value).trim_start()),
        ("fixed-address", value) => ("address", value),
        ("filename", value) => ("file", value),
        ("allow" | "deny" | "ignore", value) => (value, name),
        (name, value) => (name, value),
    };
    let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let value = bare.filter(|inner| !inner.contains('"')).unwrap_or(value);
    let name = match inner {
        Some(inner) => format!("{name} for {inner}").into(),
        None => name.into(),
    };
    (name, value.into())
}
