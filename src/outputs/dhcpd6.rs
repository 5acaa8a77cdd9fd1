//! `dhcpd6.conf`, where a subnet has a `cidr6`.
//!
//! DHCPv6 has neither `filename` nor `next-server` (dhcpd accepts both and ignores them): a client gets one URL. The
//! same option tells PXE and HTTP clients apart, so one chain of conditions serves both.
//!
//! The options are those of the subnet. dhcpd evaluates them for an address that it gives, and for a client that asks for
//! options only: the scope of a subnet outside of a `shared-network` is that of its network, too
//! (`parse_subnet6_declaration` in confpars.c, `lease_to_client` in dhcpv6.c of 4.4.3). A client that asks for an address
//! and gets none has the global options alone, and must ignore them (RFC 8415, 18.2.9).

use serde::Serialize;
use tera::{Context, Value};

use super::checkers::{Checker, dhcpd::DHCPD};
use super::{Output, PlannedFile, Port, RawScope, Sink, verbatim, view};
use crate::dhcp::{Policy6, SubnetScope6};
use crate::dialects::dhcpd::lexer::{PartKind, parts};
use crate::dialects::{Dialect, Raw as Verbatim};
use crate::model::{Dhcp, DhcpDaemon, Host, Site};

pub(super) struct Dhcpd6;

/// Whether any subnet speaks IPv6.
pub(super) fn spoken(site: &Site<'_>) -> bool {
    site.subnets.iter().any(|subnet| subnet.v6.is_some())
}

impl Output for Dhcpd6 {
    fn name(&self) -> &'static str {
        "dhcpd6"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Dhcpd
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("dhcpd6/dhcpd6.conf", include_str!("../../templates/dhcpd6/dhcpd6.conf.tera")),
            ("dhcpd6/host", include_str!("../../templates/dhcpd6/host.tera")),
        ]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[DHCPD]
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site, RawScope::Dhcp, RawScope::Clients]
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        let is_here =
            site.dhcp.as_ref().is_some_and(|dhcp| dhcp.runs_on(server, DhcpDaemon::Isc)) && spoken(site);
        if is_here { vec![Port::udp(547, "dhcpd for IPv6")] } else { Vec::new() }
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| dhcp.runs_on(server, DhcpDaemon::Isc)) else {
            return Vec::new();
        };
        if !spoken(site) {
            return Vec::new();
        }
        let file = PlannedFile::new("/etc/dhcp/dhcpd6.conf", "dhcpd6/dhcpd6.conf", head(site, dhcp))
            .reload("isc-dhcp-server.service")
            .check(&["dhcpd", "-6", "-t", "-cf", "/etc/dhcp/dhcpd6.conf"])
            .source_map(super::dhcpd::source_map::dhcpd6(site, dhcp))
            .pieces(Box::new(move |sink| hosts(site, sink)));
        let scopes = site.handouts().map(|handout| &handout.raw).chain([&dhcp.raw, &site.raw]);
        let secret = scopes.into_iter().any(|raw| verbatim::has_raw_secret(raw, "dhcpd6"));
        vec![if secret { file.secret(verbatim::RAW_SECRETS) } else { file }]
    }
}

#[derive(Serialize)]
struct SubnetView<'s> {
    name: &'s str,
    network: String,
    pools: Vec<Pool>,
    dns: Vec<String>,
    domain_search: Vec<&'s str>,
    boots: bool,
    known_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<&'s str>,
    cases: Vec<Case<'s>>,
    raw: Vec<Verbatim>,
}

/// Ranges, and whether strangers get none of them.
#[derive(Serialize)]
struct Pool {
    known_only: bool,
    ranges: Vec<[String; 2]>,
}

/// One kind of client and its loader's URL.
#[derive(Serialize)]
struct Case<'s> {
    what: &'static str,
    arch: &'static [&'static str],
    url: &'s str,
    /// It wants `HTTPClient` back.
    http: bool,
}

fn head(site: &Site<'_>, dhcp: &Dhcp) -> Context {
    let mut view = view(site);
    view.insert("authoritative", &dhcp.authoritative);
    for (name, time) in
        [("default_lease_time", &dhcp.default_lease_time), ("max_lease_time", &dhcp.max_lease_time)]
    {
        if let Some(time) = time {
            view.insert(name, &time.value);
        }
    }
    if let Some(facility) = &dhcp.log_facility {
        view.insert("log_facility", facility.value);
    }
    view.insert("subnets", &Policy6::new(site).subnets.iter().map(subnet_view).collect::<Vec<_>>());
    let texts = dhcp.raw.iter().chain(&site.raw).filter(|raw| raw.output == "dhcpd6");
    let parts: Vec<(&str, &str)> = texts.map(|raw| definitions_of(&raw.text.value)).collect();
    let verbatim = |text: &str| Verbatim::new(text.to_owned());
    let filled = |text: &&str| !text.trim().is_empty();
    let first = parts.iter().map(|(first, _)| *first).filter(filled).map(verbatim);
    view.insert("definitions", &first.collect::<Vec<_>>());
    let rest = parts.iter().map(|(_, rest)| *rest).filter(filled).map(verbatim);
    view.insert("raw", &rest.collect::<Vec<_>>());
    view
}

/// Divides a text behind the definitions of options that it begins with: dhcpd must read these before the subnets, whose
/// text may name the options.
fn definitions_of(text: &str) -> (&str, &str) {
    let mut end = 0;
    for part in parts(text) {
        let words: Vec<&str> = part.words().take(7).collect();
        let is_definition = words.first().is_some_and(|word| word.eq_ignore_ascii_case("option"))
            && words
                .iter()
                .skip(1)
                .any(|word| ["code", "space"].iter().any(|key| key.eq_ignore_ascii_case(word)));
        match part.kind {
            // The type of an option may be a record in braces, with its `;` behind them.
            PartKind::BlockEnd | PartKind::Unfinished => {}
            PartKind::Statement if part.text.is_empty() => {}
            PartKind::Comment => continue,
            PartKind::Statement | PartKind::BlockStart if is_definition => {}
            PartKind::Statement | PartKind::BlockStart => break,
        }
        end = part.range.end;
    }
    text.split_at_checked(end)
        .map_or((text, ""), |(first, rest)| (first.trim_end(), rest.trim_start_matches('\n')))
}

fn subnet_view<'s>(scope: &SubnetScope6<'s>) -> SubnetView<'s> {
    let SubnetScope6 { subnet, v6, .. } = *scope;
    let ranges: Vec<_> =
        v6.free.iter().map(|range| [range.low.to_string(), range.high.to_string()]).collect();
    let pool = Pool { known_only: !subnet.unknown_clients.value, ranges };
    let case = |(kind, url): &'s (crate::model::ClientKind, String)| {
        let info = kind.info();
        Case { what: info.what, arch: info.arch, url, http: info.loads_like.is_some() }
    };
    let files = scope.files;
    SubnetView {
        name: &subnet.name.value,
        network: v6.cidr.value.to_string(),
        pools: if pool.ranges.is_empty() { Vec::new() } else { vec![pool] },
        dns: v6.dns.iter().map(ToString::to_string).collect(),
        domain_search: scope.domains(),
        boots: files.is_some(),
        known_only: scope.known_only,
        script: files.and_then(|files| files.script),
        cases: files.map_or(&[][..], |files| files.loaders).iter().map(case).collect(),
        raw: verbatim::raw(&subnet.handout.raw, "dhcpd6"),
    }
}

fn hosts(site: &Site<'_>, sink: &mut dyn Sink) -> anyhow::Result<()> {
    let policy = Policy6::new(site);
    let mut view = Context::new();
    let raw_of = |host: &Host<'_>| {
        let profile = site.profile(host);
        profile.map_or_else(Vec::new, |profile| verbatim::raw(&profile.handout.raw, "dhcpd6"))
    };
    for host in policy.hosts(|host| !raw_of(host).is_empty()) {
        view.insert("raw", &raw_of(host));
        view.insert_value("no_file", Value::from(policy.boots_nothing(host)));
        for (nth, mac) in host.cards().flat_map(|card| card.macs).enumerate() {
            one(host, nth, &mac.value.to_string(), &mut view, sink)?;
        }
    }
    Ok(())
}

fn one(
    host: &Host<'_>,
    nth: usize,
    mac: &str,
    view: &mut Context,
    sink: &mut dyn Sink,
) -> anyhow::Result<()> {
    let name = if nth == 0 { host.name.to_owned() } else { format!("{}.{}", host.name, nth + 1) };
    view.insert_value("name", Value::normal_string(&name));
    view.insert_value("mac", Value::normal_string(mac));
    match &host.ip6 {
        Some(ip) => view.insert("ip6", &ip.value.to_string()),
        None => {
            view.remove("ip6");
        }
    }
    sink.write("dhcpd6/host", view)
}

#[cfg(test)]
mod tests {
    use super::definitions_of;

    #[test]
    fn definitions_come_first() {
        let record = "option dhcp6.a code 200 = { integer 8, text };";
        let text = format!(
            "option space s;\n# of the phones\n{record}\noption dhcp6.a 1 \"x\";\noption s.b code 1 = text;\n"
        );
        let (first, rest) = definitions_of(&text);
        assert_eq!(first, format!("option space s;\n# of the phones\n{record}"));
        assert_eq!(rest, "option dhcp6.a 1 \"x\";\noption s.b code 1 = text;\n");
        assert_eq!(definitions_of("if a { b; }\n"), ("", "if a { b; }\n"));
        assert_eq!(definitions_of(""), ("", ""));
    }
}
