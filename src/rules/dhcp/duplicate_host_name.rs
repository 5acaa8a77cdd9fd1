//! Two machines that DHCP gives one name cannot be told apart by name: in DNS, in logs, and at an
//! iSCSI target.
//!
//! A host with several cards is one host with several `mac`. Evidence: bluebanquise/bluebanquise#108;
//! `dhcpd -t` compares the names of host declarations, not what `option host-name` sends (ISC DHCP
//! 4.4.3).
//!
//! Fails:
//! ```yaml fails
//! groups: { lab: { host_name: lab } }
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, group: lab }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, group: lab }
//! ```
//! Passes:
//! ```yaml passes
//! groups: { lab: { host_name: "lab-{host}" } }
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, group: lab }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, group: lab }
//! ```

use rustc_hash::FxHashMap;

use crate::model::{Host, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("duplicate-host-name", "two hosts get the same name by DHCP"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    // Keys are unique, so hosts that go by their key clash only with a name that was written.
    if site.hosts.iter().all(Host::goes_by_its_name) {
        return;
    }
    let mut seen: FxHashMap<&str, &Host<'_>> = FxHashMap::default();
    seen.reserve(site.hosts.len());
    for host in &site.hosts {
        let Some(name) = host.host_name else { continue };
        let Some(first) = seen.insert(name, host) else { continue };
        let message = format!("the hosts `{}` and `{}` both get the name `{name}`", first.name, host.name);
        found.push(host.span, message, |finding| {
            let finding = finding.and(first.span, "the first one");
            finding.help("leave `host_name` out, which gives each its key, or write `{host}` into it")
        });
        seen.insert(name, first);
    }
}
