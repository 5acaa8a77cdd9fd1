//! live-boot fetches its image by IP address only: its initrd cannot resolve names.
//!
//! Evidence: live-boot(7), `fetch`: "an URL can not contain a hostname but an IP address only".
//!
//! Fails:
//! ```yaml fails
//! http: { url: "http://boot.lab.lan" }
//! boot_entries: { live: { kind: live_boot, dir: live, root_over: http } }
//! ```
//! Passes:
//! ```yaml passes
//! http: { url: "http://10.0.0.200:8080" }
//! boot_entries: { live: { kind: live_boot, dir: live, root_over: http } }
//! ```

use crate::model::{LinuxSystem, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("fetch-by-name", "a Debian live system fetches its image from a host name"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for entry in
        site.entries.iter().filter(|entry| entry.kind.is_linux(LinuxSystem::LiveBoot) && entry.needs_http)
    {
        for subnet in site.subnets.iter().filter(|subnet| subnet.boots()) {
            let Some(host) = subnet.addresses.http.as_deref().and_then(|url| url.split('/').nth(2)) else {
                continue;
            };
            let address = host.rsplit_once(':').map_or(host, |(address, _)| address);
            if address.parse::<std::net::Ipv4Addr>().is_err() {
                let message = format!("`{}` fetches its image from the host name `{host}`", entry.id);
                found.push(entry.span, message, |finding| {
                    finding.help("live-boot cannot resolve names: set `http.url` to a URL with an IP address")
                });
                break;
            }
        }
    }
}
