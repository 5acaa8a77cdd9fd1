//! The site that an import made, compared with what its files say of DHCPv6.

use std::collections::BTreeMap;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::super::Imported;
use super::super::coverage::{Coverage, Outcome};
use super::super::draft::Mapping;
use super::super::origin::Origin;
use super::{Expectation, Expectations, Sends, append, askers};
use crate::dhcp::{Policy6, SubnetScope6};
use crate::model::{DhcpDaemon, Site};

/// What ipxegen sends to a client that gets no boot file, so that no outer scope sends one.
const NOTHING: &str = "option dhcp6.bootfile-url \"\";\noption dhcp6.vendor-class = \"\";\n";

/// Compares the resolved site with what the imported files say, and moves what differs to `raw`.
pub fn compare(imported: &mut Imported, site: &Site<'_>) {
    let Some(expected) = imported.expected6.take() else { return };
    let policy = Policy6::new(site);
    let Imported { draft, coverage, .. } = imported;
    let Some(dhcp) = site.dhcp.as_ref() else { return };
    times(
        &expected,
        &policy,
        dhcp.max_lease_time.as_ref().map(|time| time.value),
        draft.site.map("dhcp"),
        coverage,
    );
    if let Some(said) = &expected.authoritative
        && said.value != dhcp.authoritative
    {
        said.part.to_raw(draft.site.map("dhcp"), "`authoritative` is for IPv4 as well", coverage);
    }
    let scopes: HashMap<&str, &SubnetScope6<'_>> =
        policy.subnets.iter().map(|scope| (scope.subnet.name.value.as_str(), scope)).collect();
    for expectation in &expected.subnets {
        if let Some(scope) = scopes.get(expectation.subnet.as_str()) {
            let map = draft.site.map("subnets").map(&expectation.subnet);
            domains(expectation, scope, map, coverage);
            urls(expectation, scope, expected.daemon, map, coverage);
        }
    }
    let hosts: HashMap<&str, bool> = if expected.silent.is_empty() {
        HashMap::default()
    } else {
        site.hosts.iter().map(|host| (host.name, policy.boots_nothing(host))).collect()
    };
    for (name, part) in &expected.silent {
        if hosts.get(name.as_str()) == Some(&false) {
            part.to_raw(draft.site.map("hosts").map(name), "`netboot: none` is for IPv4 as well", coverage);
        }
    }
}

/// The lease time of DHCPv6, in seconds, of a server that is told none.
pub(super) const fn implied_lease_time(daemon: DhcpDaemon) -> u32 {
    match daemon {
        // `DEFAULT_DEFAULT_LEASE_TIME` in includes/dhcpd.h of 4.4.3, which server/dhcpv6.c uses.
        DhcpDaemon::Isc => 43_200,
        // `SimpleParser6::GLOBAL6_DEFAULTS` in src/lib/dhcpsrv/parsers/simple_parser6.cc.
        DhcpDaemon::Kea => 7200,
        // `DEFLEASE6` in src/config.h of 2.90.
        DhcpDaemon::Dnsmasq => 86_400,
    }
}

/// The lease times: DHCPv6 has those of IPv4.
fn times(
    expected: &Expectations,
    policy: &Policy6<'_>,
    longest: Option<u32>,
    dhcp: &mut Mapping,
    coverage: &mut Coverage,
) {
    let why = "the lease times of the site are for IPv4 as well";
    match &expected.lease_time {
        Some(said) if said.value == policy.lease_time() => {}
        Some(said) => said.part.to_raw(dhcp, why, coverage),
        None => {
            let Some(first) = &expected.first else { return };
            let implied = implied_lease_time(expected.daemon);
            if policy.lease_time() != implied {
                let text = format!(
                    "a lease of DHCPv6 was {implied} s long without a statement, and is {} s long now, as by IPv4",
                    policy.lease_time()
                );
                coverage.remark(first.origin.clone(), text);
            }
        }
    }
    if let Some(said) = expected.max_lease_time.as_ref().filter(|said| Some(said.value) != longest) {
        said.part.to_raw(dhcp, why, coverage);
    }
}

/// The domains that clients search: those of IPv4.
fn domains(expectation: &Expectation, scope: &SubnetScope6<'_>, map: &mut Mapping, coverage: &mut Coverage) {
    let now = scope.domains();
    match &expectation.domains {
        Some(said) if said.value == now => {}
        Some(said) => said.part.to_raw(map, "the subnet's domains are for IPv4 as well", coverage),
        None if now.is_empty() => {}
        None => {
            let text = format!(
                "clients of DHCPv6 in {} get the domains of IPv4 to search, too: {}",
                expectation.subnet,
                now.join(", ")
            );
            coverage.remark(expectation.head.origin.clone(), text);
        }
    }
}

/// The URL that a file gives, and that of the site.
type Change = (Option<Rc<str>>, Option<String>);

/// The boot files. The site makes their URLs of what it says for IPv4.
fn urls(
    expectation: &Expectation,
    scope: &SubnetScope6<'_>,
    daemon: DhcpDaemon,
    map: &mut Mapping,
    coverage: &mut Coverage,
) {
    let mut changes: BTreeMap<Change, Vec<&str>> = BTreeMap::new();
    let mut depends = None;
    let mut unset = false;
    for (asker, sends) in askers().iter().zip(&expectation.sends) {
        let (old, was_http) = match sends {
            Sends::Url(url, is_http) => (url.clone().filter(|url| !url.is_empty()), *is_http),
            Sends::Depends(on) => {
                depends = Some(Rc::clone(on));
                continue;
            }
        };
        let (new, is_http) = scope.url(asker.arch(), asker.client.is_ipxe(), asker.known);
        // dnsmasq answers no HTTP boot by IPv6, whatever the site says.
        if daemon == DhcpDaemon::Dnsmasq && is_http && old.is_none() {
            continue;
        }
        let new = new.filter(|url| !url.is_empty());
        let same_class = old.is_none() || was_http == is_http;
        if old.as_deref() == new && same_class {
            continue;
        }
        unset |= old.is_none();
        changes.entry((old, new.map(str::to_owned))).or_default().push(&asker.name);
    }
    if changes.is_empty() && depends.is_none() {
        return;
    }
    let origin: &Origin = expectation.boot.first().map_or(&expectation.head.origin, |part| &part.origin);
    for ((old, new), clients) in &changes {
        let none = |url: Option<&str>| url.map_or_else(|| "nothing".to_owned(), |url| format!("`{url}`"));
        // A host and a stranger have one name.
        let mut seen = HashSet::default();
        let clients: Vec<&str> = clients.iter().copied().filter(|name| seen.insert(*name)).collect();
        let text = format!(
            "by IPv6 the file gives {} in {} {}, and the site derives {} from its settings for IPv4{}",
            clients.join(", "),
            expectation.subnet,
            none(old.as_deref()),
            none(new.as_deref()),
            if daemon == DhcpDaemon::Isc { "; `raw` keeps it" } else { "" },
        );
        coverage.remark(origin.clone(), text);
    }
    let why = match &depends {
        Some(on) => format!("it depends on {on}"),
        None => "the site derives other URLs from its settings for IPv4".to_owned(),
    };
    if daemon == DhcpDaemon::Isc && unset {
        append(map, NOTHING, origin);
    }
    for part in &expectation.boot {
        match daemon {
            DhcpDaemon::Isc => part.to_raw(map, &why, coverage),
            _ => part.set(&Outcome::Lost(why.clone()), coverage),
        }
    }
}
