//! An unattended Debian installer on a subnet without a router stops and asks whether to go on
//! without a default route, whatever its answers say: they are not fetched yet.
//!
//! `netcfg/no_default_route=true` among its arguments is the answer where the network is closed on
//! purpose.
//!
//! Evidence: seen with the netboot image of Debian 12, which shows the question on the network of a
//! server that hands out no router, and fetches the preseed where it does.
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
                .and(subnet.name.span, "hands out no router")
                .help("give the subnet `routers`, or the entry `cmdline: [netcfg/no_default_route=true]`")
        });
    }
}
