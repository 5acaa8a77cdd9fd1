//! exportfs takes a malformed address for a host name, finds no such host, and leaves the client out. If an address
//! has bits set behind its prefix, exportfs drops them. It treats neither as an error.
//!
//! Evidence: exportfs of nfs-utils 2.6.2 exits with 0 for `10.0.0.300` and `10.0.0.5/24`; a prefix above 32 stops
//! it, and all later exports are missing.
//!
//! Fails:
//! ```yaml fails
//! nfs: { exports: [{ path: /srv/nfs, clients: 10.0.0.300 }] }
//! ```
//! Passes:
//! ```yaml passes
//! nfs: { exports: [{ path: /srv/nfs, clients: 10.0.0.30 }] }
//! ```

use std::net::Ipv4Addr;

use crate::model::{Cidr, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("export-clients", "a client of an export is a malformed address"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for export in site.nfs.iter().flat_map(|nfs| &nfs.exports).filter(|export| export.because.is_none()) {
        for client in &export.clients {
            let Some((message, help)) = wrong(&client.value) else { continue };
            found.push(client.span, message, |finding| finding.help(help));
        }
    }
}

fn wrong(client: &str) -> Option<(String, String)> {
    let (address, prefix) =
        client.split_once('/').map_or((client, None), |(address, prefix)| (address, Some(prefix)));
    let numbers = address.contains('.') && address.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !numbers {
        return None;
    }
    let Ok(ip) = address.parse::<Ipv4Addr>() else {
        let help =
            "exportfs would look for a host of that name and leave it out; write four numbers from 0 to 255";
        return Some((format!("`{client}` is not an address"), help.to_owned()));
    };
    let prefix = prefix?;
    let bits = prefix.parse::<u8>().ok().filter(|bits| *bits <= 32);
    let mask = prefix.parse::<Ipv4Addr>().ok().map(u32::from);
    let mask = mask.filter(|mask| mask.leading_ones() + mask.trailing_zeros() == 32);
    let Some(bits) = bits.or_else(|| mask.and_then(|mask| u8::try_from(mask.leading_ones()).ok())) else {
        let help = "write a prefix from 0 to 32, or a mask such as 255.255.255.0";
        return Some((format!("`{prefix}` of `{client}` is not a prefix"), help.to_owned()));
    };
    let net = Cidr::around(ip, bits)?;
    if net.network() == ip {
        return None;
    }
    let help = format!("write {net} for the network, or {ip} for one machine");
    Some((format!("`{client}` is an address inside the network {net}"), help))
}
