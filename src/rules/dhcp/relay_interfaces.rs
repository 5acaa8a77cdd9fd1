//! dhcrelay hears clients and servers on the interfaces that it was given, and nowhere else: with one
//! interface it forwards what arrives there, and never hears the answer that comes by another.
//!
//! Evidence: dhcrelay of isc-dhcp 4.4.3 with `-i` towards the client alone forwards the question, and drops
//! the answer; with the other interface named, too, the client has it.
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

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "relay-interfaces",
        "a relay has one interface: it hears the clients or the server",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for relay in &site.relays {
        if let [only] = relay.interfaces.as_slice() {
            let message =
                format!("the relay listens on `{only}` alone, and answers come by another interface");
            found.push(relay.span, message, |finding| {
                finding.help("name the interface towards the DHCP server as well")
            });
        }
    }
}
