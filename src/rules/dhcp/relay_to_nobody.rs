//! The relay forwards requests to a machine that runs no DHCP server, so they get no answer.
//!
//! Evidence: RFC 3046; dhcrelay(8) cannot detect it.
//!
//! Fails:
//! ```yaml fails
//! servers: { boot: { ip: 10.0.0.2 }, files: { ip: 10.0.0.3 }, router: { ip: [10.0.0.1, 10.0.9.1] } }
//! dhcp: { server: boot }
//! relays: { router: { interfaces: [eth0, eth1], to: files } }
//! ```
//! Passes:
//! ```yaml passes
//! servers: { boot: { ip: 10.0.0.2 }, files: { ip: 10.0.0.3 }, router: { ip: [10.0.0.1, 10.0.9.1] } }
//! dhcp: { server: boot }
//! relays: { router: { interfaces: [eth0, eth1], to: boot } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "relay-to-nobody",
        "a relay forwards to a server of the site that does not answer DHCP",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.services || site.gaps.servers {
        return;
    }
    let answers = |server: usize| site.dhcp.as_ref().is_some_and(|dhcp| dhcp.servers.contains(&server));
    for to in site.relays.iter().flat_map(|relay| &relay.to) {
        let Some(server) = to.value.0.filter(|server| !answers(*server)) else { continue };
        let name = site.servers.get(server).map_or("", |server| server.name.as_str());
        found.push(to.span, format!("the server `{name}` does not answer DHCP"), |finding| {
            finding.help("forward to a server that `dhcp` lists, or to the address of another DHCP server")
        });
    }
}
