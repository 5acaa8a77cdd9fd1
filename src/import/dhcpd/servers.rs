//! The server of the file: dhcpd.conf does not name its own machine.

use std::net::Ipv4Addr;

use foldhash::HashSet;

use super::super::coverage::Coverage;
use super::super::draft::{Draft, Mapping, Value};
use super::super::origin::Origin;
use super::failover::Pair;
use super::hosts::{ByAddress, Hosts};
use super::scopes::Scopes;
use super::statements::Statement;
use super::subnets::Subnet;
use super::words::plain;
use crate::model::ipv4;

/// An address that may be the server's, and why.
#[derive(Debug)]
pub struct Candidate {
    /// The address.
    pub ip: Ipv4Addr,
    why: String,
    /// Whether nothing else could have this address.
    sure: bool,
}

/// Chooses the address of the server.
pub fn choose(
    scopes: &Scopes<'_, '_>,
    subnets: &[Subnet<'_, '_>],
    hosts: &Hosts<'_, '_>,
    pair: Option<&Pair<'_, '_>>,
) -> Option<Candidate> {
    let by_address = ByAddress::new(subnets);
    let taken: HashSet<Ipv4Addr> = hosts.all.iter().filter_map(|host| host.ip).collect();
    match pair {
        Some(pair) => {
            let why = format!("`address` in {}", pair.head.origin);
            Some(Candidate { ip: pair.address, why, sure: true })
        }
        None => candidate(scopes, subnets, &by_address, &taken),
    }
}

/// Writes the servers.
pub fn write(
    chosen: Option<Candidate>,
    subnets: &[Subnet<'_, '_>],
    hosts: &mut Hosts<'_, '_>,
    pair: Option<&Pair<'_, '_>>,
    file: &Origin,
    draft: &mut Draft,
    coverage: &mut Coverage,
) {
    let by_address = ByAddress::new(subnets);
    let Some(chosen) = chosen else { return };
    let name = draft.server.clone();
    let server = draft.site.map("servers").map(&name);
    server.set("ip", with_prefix(chosen.ip, subnets, &by_address));
    if !chosen.sure {
        let text = format!("{}; correct it if this server has another address", chosen.why);
        coverage.remark(file.clone(), format!("the server gets the address {}: {text}", chosen.ip));
        if let Some(entry) = server.entry("ip") {
            entry.note(text);
        }
    }
    if server.get("interfaces").is_none() {
        let text = "the files do not name the interface; write those that `ip link` shows";
        server.set("interfaces", Value::List(vec!["eth0".into()])).note(text);
        coverage.remark(file.clone(), "the server gets the interface eth0: no imported file names one");
    }
    let mut servers = vec![(name.clone(), chosen.ip)];
    if let Some(pair) = pair {
        let peer = format!("{name}-2");
        let mut map = Mapping::default();
        map.set("ip", with_prefix(pair.peer, subnets, &by_address));
        map.set("interfaces", Value::List(vec!["eth0".into()]));
        draft
            .site
            .map("servers")
            .set(&peer, map)
            .from(&pair.head.origin)
            .note("the failover peer; check its interface");
        servers.push((peer, pair.peer));
    }
    for (server, ip) in servers {
        for host in hosts.all.iter_mut().filter(|host| host.ip == Some(ip)) {
            host.allow.push(("duplicate-ip", format!("it is the server `{server}`")));
        }
    }
}

/// An address with the prefix of its subnet.
fn with_prefix(ip: Ipv4Addr, subnets: &[Subnet<'_, '_>], by_address: &ByAddress) -> String {
    match by_address.find(subnets, ip) {
        Some(subnet) => format!("{ip}/{}", subnet.cidr.prefix()),
        None => ip.to_string(),
    }
}

/// The address that is most likely the server's.
fn candidate(
    scopes: &Scopes<'_, '_>,
    subnets: &[Subnet<'_, '_>],
    by_address: &ByAddress,
    taken: &HashSet<Ipv4Addr>,
) -> Option<Candidate> {
    let is_ours = |ip: &Ipv4Addr| {
        by_address
            .find(subnets, *ip)
            .is_some_and(|subnet| *ip != subnet.cidr.network() && *ip != subnet.cidr.broadcast())
    };
    let statements = |name: &'static [&'static str]| {
        let all = scopes.all.iter().flat_map(|scope| scope.boot.iter().chain(&scope.raw));
        // With those in their blocks.
        let mut found: Vec<&Statement<'_>> = Vec::new();
        for statement in all {
            found.push(statement);
            let mut at = found.len() - 1;
            while let Some(statement) = found.get(at).copied() {
                found.extend(statement.block.iter().flatten());
                at += 1;
            }
        }
        found.into_iter().filter(move |statement| statement.begins(name)).filter_map(move |statement| {
            let words = plain(statement.tokens);
            Some((ipv4(words.get(1)?.bare()?).ok()?, statement.origin.clone()))
        })
    };
    let own = statements(&["server-identifier"]).find(|(ip, _)| is_ours(ip));
    if let Some((ip, origin)) = own {
        return Some(Candidate { ip, why: format!("`server-identifier` in {origin}"), sure: true });
    }
    let next = statements(&["next-server"]).find(|(ip, _)| is_ours(ip));
    let script =
        (scopes.all.iter().flat_map(|scope| &scope.boot)).find_map(|statement| script_host(statement));
    let script = script.filter(|(ip, _)| is_ours(ip));
    // ipxegen writes `next-server` in front of the script: without it there, the server of that subnet has no TFTP.
    let script_first = |next: &Origin| {
        let ours = scopes.definitions.has_space("ipxegen");
        ours && script.as_ref().is_some_and(|(_, script)| script.file == next.file && script.line < next.line)
    };
    if let Some((ip, origin)) = next.filter(|(_, origin)| !script_first(origin)) {
        return Some(Candidate { ip, why: format!("it is `next-server` in {origin}"), sure: false });
    }
    if let Some((ip, origin)) = script {
        return Some(Candidate { ip, why: format!("iPXE's script is there in {origin}"), sure: false });
    }
    let dns = subnets.iter().flat_map(|subnet| subnet.settings.iter());
    let global = scopes.all.first().into_iter().flat_map(|scope| scope.settings.iter());
    let named = dns.chain(global).filter(|setting| setting.key.is("dns")).find_map(|setting| {
        let values = match &setting.value {
            Value::List(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        values.iter().find_map(|value| match value {
            Value::Text(text) => {
                let ip = ipv4(text).ok().filter(|ip| is_ours(ip) && !taken.contains(ip))?;
                Some((ip, setting.from.origin.clone()))
            }
            _ => None,
        })
    });
    let routers: Vec<&Value> = subnets
        .iter()
        .flat_map(|subnet| subnet.settings.iter())
        .filter(|setting| setting.key.is("routers"))
        .map(|setting| &setting.value)
        .collect();
    let is_router = |ip: Ipv4Addr| {
        let text = Value::from(ip.to_string());
        routers.iter().any(|value| match value {
            Value::List(values) => values.contains(&text),
            one => **one == text,
        })
    };
    if let Some((ip, origin)) = named
        && !is_router(ip)
    {
        return Some(Candidate { ip, why: format!("it is a name server in {origin}"), sure: false });
    }
    // Those of pools in `raw`, too.
    let mut ranges: Vec<(u32, u32)> = (scopes.all.iter())
        .flat_map(|scope| &scope.ranges)
        .map(|range| (range.low.into(), range.high.into()))
        .collect();
    ranges.sort_unstable();
    subnets.iter().find_map(|subnet| {
        let free = free_address(subnet, &ranges, |ip| taken.contains(&ip) || is_router(ip))?;
        let why = format!("no file says its address; this one is free in {}", subnet.cidr);
        Some(Candidate { ip: free, why, sure: false })
    })
}

/// The host of the first URL that a statement, or one in its blocks, gives as boot file.
fn script_host(statement: &Statement<'_>) -> Option<(Ipv4Addr, Origin)> {
    if let Some(block) = &statement.block {
        return block.iter().find_map(script_host);
    }
    let text = statement.tokens.get(1).filter(|_| statement.begins(&["filename"]))?.decoded();
    let text = String::from_utf8(text).ok()?;
    let host = text.split_once("://")?.1.split(['/', ':']).next()?;
    Some((ipv4(host).ok()?, statement.origin.clone()))
}

/// The lowest address of a subnet that nobody has; `ranges` are sorted.
fn free_address(
    subnet: &Subnet<'_, '_>,
    ranges: &[(u32, u32)],
    is_taken: impl Fn(Ipv4Addr) -> bool,
) -> Option<Ipv4Addr> {
    let (mut at, last) = (u32::from(subnet.cidr.network()) + 1, u32::from(subnet.cidr.broadcast()));
    let first = at;
    let mut ranges = ranges.iter().skip_while(|(_, high)| *high < first).peekable();
    // Each step passes a range or an address that is taken.
    while at < last {
        while let Some((_, high)) = ranges.next_if(|(low, _)| *low <= at) {
            at = at.max(high.saturating_add(1));
        }
        let ip = Ipv4Addr::from(at);
        if at < last && !is_taken(ip) {
            return Some(ip);
        }
        at = at.checked_add(1)?;
    }
    None
}
