//! dhcrelay listens only on the interfaces in its list, both for clients and for servers. With one interface it
//! forwards the requests that arrive there, and does not hear answers that arrive on another interface.
//!
//! Evidence: dhcrelay of isc-dhcp 4.4.3 with `-i` for the clients' interface alone forwards the request and drops
//! the answer; with the other interface in the list as well, the client gets it. dhcp-helper, the relay of Debian 14,
//! takes answers from every interface.
//!
//! Fails:
//! ```yaml fails
//! dhcp: none
//! relays: { boot: { interfaces: eth1, to: 10.0.9.1 } }
//! ```
//! Passes:
//! ```yaml passes
//! dhcp: none
//! relays: { boot: { interfaces: [eth0, eth1], to: 10.0.9.1 } }
//! ```

use crate::model::{Server, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "relay-interfaces",
        "a relay listens on one interface, so it hears either clients or the server",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let is_dhcrelay = |at: usize| site.servers.get(at).is_none_or(Server::has_isc_dhcp);
    for relay in site.relays.iter().filter(|relay| is_dhcrelay(relay.server)) {
        if let [only] = relay.interfaces.as_slice() {
            let message =
                format!("the relay listens on `{only}` only, and answers arrive on another interface");
            found.push(relay.span, message, |finding| {
                finding.help("add the interface towards the DHCP server")
            });
        }
    }
}
