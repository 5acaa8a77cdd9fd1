//! dhcpd.conf: hosts, subnets, pools, classes, definitions of options, and statements that hold for all.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use foldhash::HashMap;

use super::subjects::{Facts, Subject, Subjects};
use crate::dialects::dhcpd::lexer::{Part, PartKind, parts};

/// A block that is open.
enum Scope<'t> {
    Host(&'t str),
    /// By its network.
    Subnet(Cow<'t, str>),
    Class(&'t str),
    /// A pool has no name, so its facts wait for the range that tells it from others.
    Pool(Facts<'t>, Option<Cow<'t, str>>),
    /// Its facts are those of its hosts.
    Group(Facts<'t>),
    /// A condition, in a word.
    Condition(Cow<'t, str>),
    /// A block that makes no difference to a reader, such as a shared network.
    Plain,
}

/// So many statements of its groups count as a host's own: a file that somebody changed may have any number of them.
const INHERITED: usize = 64;

/// The innermost scopes. Only so many are searched: a file that somebody changed may open any number of them.
fn innermost<'s, 't>(scopes: &'s mut [Scope<'t>]) -> &'s mut [Scope<'t>] {
    const DEEPEST: usize = 64;
    let outer = scopes.len().saturating_sub(DEEPEST);
    scopes.get_mut(outer..).unwrap_or_default()
}

/// Reads a file.
#[must_use]
pub fn read(text: &str) -> Subjects<'_> {
    let mut reader = DhcpdReader::default();
    // The comment on the line above.
    let mut above = "";
    let mut all = parts(text).peekable();
    while let Some(part) = all.next() {
        match part.kind {
            PartKind::Comment => {
                above = part.text.strip_prefix('#').unwrap_or_default().trim();
                continue;
            }
            PartKind::BlockStart => {
                let is_beside = |next: &Part<'_>| {
                    let between = text.get(part.range.end..next.range.start).unwrap_or_default();
                    next.kind == PartKind::Comment && !between.contains('\n')
                };
                let beside =
                    all.next_if(is_beside).map_or("", |next| next.text.trim_start_matches('#').trim());
                reader.open(&part, beside, above);
            }
            PartKind::BlockEnd => reader.close(),
            PartKind::Statement => reader.statement(&part),
            PartKind::Unfinished => {}
        }
        above = "";
    }
    while !reader.scopes.is_empty() {
        reader.close();
    }
    reader.subjects_with_subnets()
}

#[derive(Default)]
struct DhcpdReader<'t> {
    subjects: Subjects<'t>,
    scopes: Vec<Scope<'t>>,
    /// Subnets by netmask and network.
    subnets: HashMap<(u32, u32), Cow<'t, str>>,
}

impl<'t> DhcpdReader<'t> {
    fn open(&mut self, part: &Part<'t>, beside: &'t str, above: &'t str) {
        let mut words = part.words();
        let words = [(); 4].map(|()| words.next());
        let scope = match words {
            [Some("host"), Some(name), ..] => {
                let inherited = innermost(&mut self.scopes).iter().filter_map(|scope| match scope {
                    Scope::Group(facts) => Some(facts.iter().take(INHERITED).cloned()),
                    _ => None,
                });
                let facts = inherited.flatten().take(INHERITED).collect();
                let subnet = innermost(&mut self.scopes).iter().rev().find_map(|scope| match scope {
                    Scope::Subnet(network) => Some(network.clone()),
                    _ => None,
                });
                self.subjects
                    .insert(("host", name.into()), Subject { facts, of: subnet, ..Subject::default() });
                Scope::Host(name)
            }
            [Some("group"), ..] => Scope::Group(Vec::new()),
            [Some("pool"), None, ..] => Scope::Pool(Vec::new(), None),
            [Some("class"), Some(name), None, _] => {
                let name = unquoted(name);
                self.subjects.entry(("class", name.into())).or_default();
                Scope::Class(name)
            }
            [Some("subnet"), Some(network), Some("netmask"), Some(mask)] => self.subnet(network, mask, above),
            [Some("shared-network"), ..] => Scope::Plain,
            _ => Scope::Condition(self.condition(part, beside)),
        };
        self.scopes.push(scope);
    }

    fn subnet(&mut self, network: &'t str, mask: &'t str, above: &'t str) -> Scope<'t> {
        let number = |text: &str| text.parse::<Ipv4Addr>().map(u32::from).ok();
        let (Some(network_number), Some(mask_number)) = (number(network), number(mask)) else {
            return Scope::Subnet(network.into());
        };
        // Only a mask is one: a file has at most 33 of them, and each host's address is looked up by each.
        if mask_number.leading_ones() + mask_number.trailing_zeros() < 32 {
            return Scope::Subnet(network.into());
        }
        let cidr = format!("{network}/{}", mask_number.count_ones());
        self.subnets.insert((mask_number, network_number), cidr.clone().into());
        let subject = self.subjects.entry(("subnet", cidr.clone().into())).or_default();
        // ipxegen writes the subnet's name above it. Other comments are sentences, or decorated.
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if !above.is_empty() && above.chars().all(is_name) {
            subject.shown = Some(above.into());
        }
        Scope::Subnet(cidr.into())
    }

    /// A condition in a word; empty for one that makes no difference to a reader.
    fn condition(&mut self, part: &Part<'t>, beside: &'t str) -> Cow<'t, str> {
        let head = part.text;
        match head {
            _ if !beside.is_empty() => beside.into(),
            // `ipxegen.lid` is the mark's former name.
            _ if head.contains("ipxegen.netboot-none") || head.contains("ipxegen.lid") => "".into(),
            "if known" => "".into(),
            _ if head.contains("\"iPXE\"") => "iPXE".into(),
            _ if head.contains("\"HTTPClient\"") => "HTTP clients".into(),
            _ if head.contains("\"PXEClient\"") => "PXE clients".into(),
            // The other clients of an outer condition are named by that condition.
            "else" => self.inner_condition().unwrap_or_else(|| "other clients".into()),
            _ => {
                let words: Vec<&str> = part.words().collect();
                let words = words.strip_prefix(&["else"]).unwrap_or(&words);
                let words =
                    words.strip_prefix(&["if"]).or_else(|| words.strip_prefix(&["elsif"])).unwrap_or(words);
                words.join(" ").into()
            }
        }
    }

    /// The innermost condition that makes a difference.
    fn inner_condition(&mut self) -> Option<Cow<'t, str>> {
        innermost(&mut self.scopes).iter().rev().find_map(|scope| match scope {
            Scope::Condition(word) if !word.is_empty() => Some(word.clone()),
            _ => None,
        })
    }

    fn close(&mut self) {
        let Some(Scope::Pool(facts, range)) = self.scopes.pop() else { return };
        if facts.is_empty() {
            return;
        }
        let of = innermost(&mut self.scopes).iter().rev().find_map(|scope| match scope {
            Scope::Subnet(network) => Some(network.clone()),
            _ => None,
        });
        let name = range.unwrap_or_else(|| "without a range".into());
        let pool = self.subjects.entry(("pool", name)).or_default();
        pool.facts.extend(facts);
        pool.of = of;
    }

    fn statement(&mut self, part: &Part<'t>) {
        // A semicolon too many.
        if part.tokens().next().is_none() {
            return;
        }
        let mut words = part.words();
        match [(); 3].map(|()| words.next()) {
            [Some("option"), Some(name), Some("code")] if words.any(|word| word == "=") => {
                let value = after(part, 2);
                let facts = vec![("definition".into(), value)];
                let known = self.subjects.entry(("option definition", name.into())).or_default();
                return known.facts.extend(facts);
            }
            [Some("option"), Some("space"), Some(name)] => {
                self.subjects.entry(("option space", name.into())).or_default();
                return;
            }
            [Some("subclass"), Some(class), Some(_)] => {
                let class = self.subjects.entry(("class", unquoted(class).into())).or_default();
                return class.facts.push(("member".into(), after(part, 2)));
            }
            _ => {}
        }
        let condition = self.inner_condition();
        let is_range = condition.is_none() && part.tokens().next().is_some_and(|first| first.text == "range");
        let mut fact = fact(part);
        if let Some(condition) = condition {
            fact.0 = format!("{} for {condition}", fact.0).into();
        }
        let mut owner = None;
        for scope in innermost(&mut self.scopes).iter_mut().rev() {
            match scope {
                // A range is the subnet's, in a pool or not. The other statements of a pool are the pool's.
                Scope::Pool(_, range) if is_range => _ = range.get_or_insert_with(|| fact.1.clone()),
                Scope::Condition(_) => {}
                _ => {
                    owner = Some(scope);
                    break;
                }
            }
        }
        let key = match owner {
            Some(Scope::Group(facts) | Scope::Pool(facts, _)) => return facts.push(fact),
            Some(Scope::Host(name)) => ("host", Cow::Borrowed(*name)),
            Some(Scope::Class(name)) => ("class", Cow::Borrowed(*name)),
            Some(Scope::Subnet(network)) => ("subnet", network.clone()),
            Some(Scope::Plain | Scope::Condition(_)) | None => ("dhcp", "".into()),
        };
        self.subjects.entry(key).or_default().facts.push(fact);
    }

    /// The subjects, each host with the subnet that its address is in.
    fn subjects_with_subnets(mut self) -> Subjects<'t> {
        let masks: BTreeSet<u32> = self.subnets.keys().map(|(mask, _)| *mask).collect();
        for ((kind, _), subject) in &mut self.subjects {
            if *kind == "host" {
                let ip = subject.fact("address").and_then(|ip| ip.parse::<Ipv4Addr>().ok()).map(u32::from);
                // The longest mask is the narrowest subnet.
                let network = ip
                    .and_then(|ip| masks.iter().rev().find_map(|mask| self.subnets.get(&(*mask, ip & mask))));
                subject.of = network.cloned().or(subject.of.take());
            }
        }
        self.subjects
    }
}

/// The name in a string, or a bare name.
fn unquoted(name: &str) -> &str {
    name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name)
}

/// A statement as name and value.
fn fact<'t>(part: &Part<'t>) -> (Cow<'t, str>, Cow<'t, str>) {
    let mut words = part.words();
    let first = words.next().unwrap_or_default();
    let (name, before) = match first {
        "option" => (words.next().unwrap_or(first), 2),
        _ => (first, 1),
    };
    match name {
        "hardware" => ("mac".into(), mac(after(part, 2))),
        "fixed-address" => ("address".into(), after(part, before)),
        "filename" => ("file".into(), after(part, before)),
        "allow" | "deny" | "ignore" if before == 1 => (after(part, before), name.into()),
        _ => (name.into(), after(part, before)),
    }
}

/// A MAC address in the form that ipxegen writes.
fn mac(written: Cow<'_, str>) -> Cow<'_, str> {
    if written.len() == 17 && !written.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return written;
    }
    let bytes = written.split(':').map(|byte| format!("{:0>2}", byte.to_ascii_lowercase()));
    bytes.collect::<Vec<_>>().join(":").into()
}

/// The value of a statement, after so many words: the text of a single string, otherwise the words with one blank
/// between them and after commas.
fn after<'t>(part: &Part<'t>, words: usize) -> Cow<'t, str> {
    let mut rest = part.words().skip(words);
    let Some(first) = rest.next() else { return "".into() };
    let mut rest = rest.peekable();
    if rest.peek().is_none() && !first.contains(',') {
        let inside = first.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        return inside.filter(|inside| !inside.contains('"')).unwrap_or(first).into();
    }
    let mut value = String::new();
    let mut space = false;
    for word in std::iter::once(first).chain(rest) {
        let pieces = if word.starts_with('"') { vec![word] } else { word.split_inclusive(',').collect() };
        for piece in pieces {
            if space && piece != "," {
                value.push(' ');
            }
            value.push_str(piece);
            space = true;
        }
    }
    value.into()
}
