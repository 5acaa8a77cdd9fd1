//! Two machines that get one name by DHCP cannot be told apart by name in DNS, in logs, or at an iSCSI target.
//!
//! A machine with several network cards is one host with several `mac`. Evidence: bluebanquise/bluebanquise#108;
//! `dhcpd -t` compares the names of host declarations, not the values of `option host-name` (ISC DHCP 4.4.3).
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

use foldhash::HashMap;

use crate::model::{Host, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("duplicate-host-name", "two hosts get the same name by DHCP"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    // Keys are unique, so only a written name can be a duplicate.
    if !site.facts.renamed {
        return;
    }
    let mut seen: HashMap<&str, &Host<'_>> = HashMap::default();
    seen.reserve(site.hosts.len());
    for host in &site.hosts {
        let Some(name) = host.host_name else { continue };
        let Some(first) = seen.insert(name, host) else { continue };
        let message = format!("the hosts `{}` and `{}` both get the name `{name}`", first.name, host.name);
        found.push(host.span, message, |finding| {
            let finding = finding.and(first.span, "the first one");
            finding
                .help("remove `host_name`, so that each host gets its key as its name, or use `{host}` in it")
        });
        seen.insert(name, first);
    }
}
