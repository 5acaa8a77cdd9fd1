//! On a subnet without a router, an unattended Debian installer stops and asks whether to continue without a
//! default route. The preseed file cannot answer that: the installer has not fetched it yet.
//!
//! If the network is closed on purpose, add `netcfg/no_default_route=true` to the arguments. Evidence: the netboot
//! image of Debian 12 shows the question where the DHCP server sends no router, and fetches the preseed file where
//! it sends one.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24 } }
//! boot_entries: { debian: { kind: debian_installer, preseed: /debian.cfg } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24 } }
//! boot_entries: { debian: { kind: debian_installer, preseed: /debian.cfg, cmdline: [netcfg/no_default_route=true] } }
//! ```

use crate::model::{LinuxSystem, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "installer-without-router",
        "an unattended Debian installer asks about a default route",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.subnets || !site.has_menu() {
        return;
    }
    let closed = site.subnets.iter().find(|subnet| subnet.boots() && !subnet.handout.routes());
    let Some(subnet) = closed else { return };
    for entry in site.entries.iter().filter(|entry| entry.kind.is_linux(LinuxSystem::DebianInstaller)) {
        let answered = |name: &str| name.starts_with("netcfg/no_default_route=");
        let Some(place) = entry.unattended else { continue };
        if entry.arguments().iter().any(|argument| answered(&argument.value)) {
            continue;
        }
        let message =
            format!("`{}` asks about a default route on the subnet `{}`", entry.id, subnet.name.value);
        found.push(place, message, |finding| {
            finding
                .and(subnet.name.span, "has no router")
                .help("give the subnet `routers`, or the entry `cmdline: [netcfg/no_default_route=true]`")
        });
    }
}
