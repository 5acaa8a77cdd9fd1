//! A server lists one interface twice. The second one is probably a typing mistake for another interface, on which
//! dhcpd then does not answer.
//!
//! Evidence: Debian's isc-dhcp-server passes `INTERFACESv4` to dhcpd's command line unchanged.
//!
//! Fails:
//! ```yaml fails
//! servers: { boot: { ip: 10.0.0.200, interfaces: [eth0, eth0] } }
//! ```
//! Passes:
//! ```yaml passes
//! servers: { boot: { ip: 10.0.0.200, interfaces: [eth0, eth1] } }
//! ```

use foldhash::HashMap;

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("duplicate-interface", "a server names an interface twice"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for server in &site.servers {
        let mut firsts: HashMap<&str, Span> = HashMap::default();
        for interface in &server.interfaces {
            let Some(first) = firsts.get(interface.value.as_str()).copied() else {
                firsts.insert(&interface.value, interface.span);
                continue;
            };
            let message = format!("the server `{}` names the interface `{interface}` twice", server.name);
            found.push(interface.span, message, |finding| {
                finding
                    .and(first, "the first one")
                    .help("remove it, or write the interface that was intended")
            });
        }
    }
}
