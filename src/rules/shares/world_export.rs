//! An export to the world gives a folder to every machine that reaches the server, including firmware images,
//! answer files and home folders.
//!
//! The world is `*`, a name of wildcards only, or any set of client networks that together contain far more
//! addresses than one organisation has: more than 2^24 IPv4 addresses or an IPv6 /16, not counting the site's
//! subnets and the private networks of RFC 1918, RFC 6598 and RFC 4193. So two halves, `0.0.0.0/1` and
//! `128.0.0.0/1`, are the world, and `10.0.0.0/8` is not. If root is not squashed either, `world-export-as-root`
//! reports it as an error. Evidence: exports(5); the page that the example `classroom` follows exports to
//! everybody.
//!
//! Fails:
//! ```yaml fails
//! nfs: { exports: [{ path: /srv/nfs, clients: "*" }] }
//! ```
//! Passes:
//! ```yaml passes
//! nfs: { exports: [{ path: /srv/nfs, clients: 10.0.0.0/24 }] }
//! ```

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use crate::model::{Export, Site, Spanned};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("world-export", "a folder is exported to the world"),
    cost: Cost::Low,
    check,
};

/// Networks that are not on the Internet: RFC 1918, RFC 6598, RFC 3927, and those that no client has.
const PRIVATE: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// The same by IPv6: RFC 4193, link-local addresses, multicast.
const PRIVATE6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),
];

/// The client that is the world, or the largest of those that together are the world.
pub fn everybody<'e>(site: &Site<'_>, export: &'e Export) -> Option<&'e Spanned<String>> {
    let wild = |text: &str| text.contains('*') && text.bytes().all(|byte| b"*?.".contains(&byte));
    if let Some(client) = export.clients.iter().find(|client| wild(&client.value)) {
        return Some(client);
    }
    let v4 = || export.clients.iter().filter_map(|client| Some((network(&client.value)?, client)));
    let v6 = || export.clients.iter().filter_map(|client| Some((network6(&client.value)?, client)));
    // Nearly all exports have only small networks. Only the others are added up.
    if v4().any(|(net, _)| net.prefix_len() < 16) {
        let own = site.subnets.iter().map(|subnet| subnet.cidr.value);
        let own = own.filter_map(|cidr| Ipv4Net::new(cidr.network(), cidr.prefix()).ok());
        let private = PRIVATE.iter().filter_map(|(ip, prefix)| Ipv4Net::new(*ip, *prefix).ok());
        let inside = Ipv4Net::aggregate(&own.chain(private).collect());
        let clients = Ipv4Net::aggregate(&v4().map(|(net, _)| net).collect());
        let size = |net: &Ipv4Net| 1_u64 << (32 - net.prefix_len());
        let outside: u64 = clients
            .iter()
            .filter(|net| !inside.iter().any(|other| other.contains(*net)))
            .map(|net| size(net) - inside.iter().filter(|other| net.contains(*other)).map(size).sum::<u64>())
            .sum();
        if outside > 1 << 24 {
            return v4().min_by_key(|(net, _)| net.prefix_len()).map(|(_, client)| client);
        }
    }
    let inside = PRIVATE6.iter().filter_map(|(ip, prefix)| Ipv6Net::new(*ip, *prefix).ok());
    let inside = Ipv6Net::aggregate(&inside.collect());
    let clients = Ipv6Net::aggregate(&v6().map(|(net, _)| net).collect());
    // In networks of a /16 each; a subnet of the site is never larger than one.
    let size = |net: &Ipv6Net| 1_u32 << 16_u8.saturating_sub(net.prefix_len());
    let outside: u32 = clients
        .iter()
        .filter(|net| net.prefix_len() <= 16 && !inside.iter().any(|other| other.contains(*net)))
        .map(|net| size(net) - inside.iter().filter(|other| net.contains(*other)).map(size).sum::<u32>())
        .sum();
    if outside > 1 { v6().min_by_key(|(net, _)| net.prefix_len()).map(|(_, client)| client) } else { None }
}

/// An IPv4 client of exports(5): an address, or a network with its prefix or its mask.
fn network(client: &str) -> Option<Ipv4Net> {
    let (address, prefix) = client.split_once('/').unwrap_or((client, "32"));
    let ip = address.parse().ok()?;
    let net = match prefix.parse::<u8>() {
        Ok(prefix) => Ipv4Net::new(ip, prefix),
        Err(_) => Ipv4Net::with_netmask(ip, prefix.parse().ok()?),
    };
    Some(net.ok()?.trunc())
}

/// An IPv6 client of exports(5).
fn network6(client: &str) -> Option<Ipv6Net> {
    let (address, prefix) = client.split_once('/').unwrap_or((client, "128"));
    let address = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    Some(Ipv6Net::new(address.parse().ok()?, prefix.parse().ok()?).ok()?.trunc())
}

/// The option that makes clients root on the export: their root stays root, or squashed users become root.
pub fn as_root(export: &Export) -> Option<&Spanned<String>> {
    let kept = export.options.iter().find(|option| option.value == "no_root_squash");
    kept.or_else(|| squashed_to_root(export))
}

/// `anonuid=0`, as exportfs reads numbers.
pub fn squashed_to_root(export: &Export) -> Option<&Spanned<String>> {
    export.options.iter().find(|option| {
        let uid = option.value.strip_prefix("anonuid=");
        let digits = uid.map(|uid| uid.trim_start_matches("0x"));
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit == b'0'))
    })
}

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for export in site.nfs.iter().flat_map(|nfs| &nfs.exports) {
        let Some(client) = everybody(site, export).filter(|_| as_root(export).is_none()) else { continue };
        found.push(client.span, format!("`{}` is exported to the world", export.path), |finding| {
            finding.help(
                "list the networks that need it; without `clients` it is exported to the site's subnets",
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{network, network6};

    #[test]
    fn clients_are_read_as_exportfs_reads_them() {
        let v4 = |text| network(text).map(|net| net.to_string());
        assert_eq!(v4("0.0.0.0/128.0.0.0").as_deref(), Some("0.0.0.0/1"));
        assert_eq!(v4("10.0.0.5/24").as_deref(), Some("10.0.0.0/24"));
        assert_eq!(v4("10.0.0.5").as_deref(), Some("10.0.0.5/32"));
        let v6 = |text| network6(text).map(|net| net.to_string());
        assert_eq!(v6("[2000::]/3").as_deref(), Some("2000::/3"));
        assert_eq!(v6("2001:db8::1").as_deref(), Some("2001:db8::1/128"));
        for other in ["*.example.org", "@hosts", "10.0.0.300", "10.0.0.0/33", "host"] {
            assert_eq!((v4(other), v6(other)), (None, None), "{other}");
        }
    }
}
