//! dhcpd.conf has the settings of a class in each subnet where it counts, behind conditions. dhcpd reads about 200,000 blocks
//! in a second on a busy machine, and answers no client while it reads: each change restarts it.
//!
//! Evidence: `dhcpd -t` (ISC DHCP 4.4.3) with 200 classes in 200 subnets, two loaders each, which are 321,600 blocks: 0.7 s
//! of processor time, and 1.7 s by the clock beside other work; 0.1 s if each class has one option.
//!
//! Passes:
//! ```yaml passes
//! classes: { phones: { match: { vendor_class: "Cisco*" }, ntp: 10.0.0.3, subnets: [lan] } }
//! ```

use crate::model::{DhcpDaemon, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("slow-classes", "dhcpd takes seconds to read the classes in all subnets"),
    cost: Cost::Low,
    check,
};

/// How many blocks dhcpd reads in a second.
const A_SECOND: usize = 200_000;

/// The blocks of a class with loaders, beside one for each loader: those that tell iPXE, PXE and a Raspberry Pi apart.
const AROUND_LOADERS: usize = 6;

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.dhcp.as_ref().is_some_and(|dhcp| dhcp.daemon == DhcpDaemon::Isc) {
        return;
    }
    let here = site.classes.iter().flat_map(|class| class.here.iter().map(move |here| (class, here)));
    let blocks = here.map(|(class, here)| {
        let loaders = if here.loaders.is_empty() { 0 } else { AROUND_LOADERS + here.loaders.len() };
        1 + loaders + usize::from(class.file.is_some()) + usize::from(class.netboot.is_some())
    });
    let count: usize = blocks.sum();
    let Some(class) = site.classes.iter().max_by_key(|class| class.here.len()).filter(|_| count > A_SECOND)
    else {
        return;
    };
    let message = format!(
        "dhcpd takes about {} seconds to read its file: {} classes make {count} blocks in its subnets",
        count.div_ceil(A_SECOND),
        site.classes.len()
    );
    found.push(class.name.span, message, |finding| {
        finding.help("name the `subnets` in which each class counts, or `daemon: kea`")
    });
}
