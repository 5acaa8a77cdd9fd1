//! No client can be in a class: its keys of `match` exclude each other, it counts in no subnet, or its one address is in a
//! subnet that denies unknown clients, and a client of a class is not a known one for that.
//!
//! Evidence: a client sends one vendor class, and firmware sends `PXEClient` or `HTTPClient` in it (RFC 4578, UEFI 2.5);
//! dhcpd checks `deny unknown-clients` of a subnet before its pools (on the wire: no offer).
//!
//! Fails:
//! ```yaml fails
//! classes: { roms: { match: { client: plain, vendor_class: "PXEClient*" }, file: rom.bin } }
//! ```
//! Passes:
//! ```yaml passes
//! classes: { roms: { match: { client: pxe, mac: "52:54:00:*" }, next_server: 10.0.0.9, file: rom.bin } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("class-for-nobody", "no client can be in a class"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for class in &site.classes {
        let name = &class.name.value;
        if !class.matches.is_possible() {
            let message =
                format!("no client can be in the class `{name}`: its keys of `match` exclude each other");
            found.push(class.name.span, message, |finding| {
                finding.help("all keys have to match, and of each key one value")
            });
        } else if class.subnets.as_ref().is_some_and(Vec::is_empty) && !site.gaps.subnets {
            let message = format!("no client can be in the class `{name}`: it counts in no subnet");
            found.push(class.name.span, message, |finding| {
                finding.help("name subnets, or remove `subnets`: then it counts in all of them")
            });
        }
        let subnet = class.ip_subnet.and_then(|at| site.subnets.get(at));
        if let (Some(ip), Some(subnet)) = (&class.ip, subnet.filter(|subnet| !subnet.unknown_clients.value)) {
            let message = format!(
                "no client gets the address {} of the class `{name}`: the subnet `{}` denies unknown clients",
                ip.value, subnet.name.value
            );
            found.push(ip.span, message, |finding| {
                finding.and(subnet.unknown_clients.span, "denied here").help(
                    "declare the machine under `hosts`, or serve unknown clients from ranges for classes",
                )
            });
        }
    }
}
