//! How many classes a site may have, in how many subnets they may count, and how much they may say there.
//!
//! dhcpd.conf and dnsmasq.conf have the settings of a class in each subnet in which it counts: a short site.yaml of many
//! classes and many subnets would become gigabytes. A site that exceeds a limit is refused before it costs much.

use foldhash::HashMap;

use super::json_size::json_size;
use crate::limits::{CLASS_BYTES_IN_SUBNETS, CLASSES, CLASSES_IN_SUBNETS};
use crate::model::{Class, Subnet};
use crate::report::Finding;
use crate::report::catalogue::MALFORMED;
use crate::schema;

const HELP: &str = "name the `subnets` in which each class counts";

/// The finding if a site has more classes than it may have.
pub(super) fn too_many(written: &[schema::Class<'_>]) -> Option<Finding> {
    let class = written.get(CLASSES)?;
    let message = format!("the site has {} classes; {CLASSES} are the most", written.len());
    let help = "dhcpd compares each of them with every message";
    Some(Finding::new(&MALFORMED, class.name.span, message).help(help))
}

/// The finding if the classes count in more subnets than they may, added up.
pub(super) fn too_often(written: &[schema::Class<'_>], subnets: usize) -> Option<Finding> {
    if written.len() > CLASSES {
        // That is refused already.
        return None;
    }
    let count = |class: &schema::Class<'_>| match class.body.subnets.given() {
        Some(named) => named.len().min(subnets),
        None => subnets,
    };
    let pairs: usize = written.iter().map(count).sum();
    // The class that counts in most subnets is the one to begin with.
    let class = written.iter().max_by_key(|class| count(class)).filter(|_| pairs > CLASSES_IN_SUBNETS)?;
    let message = format!(
        "the classes count in {pairs} subnets, added up over all classes; {CLASSES_IN_SUBNETS} are the most"
    );
    Some(Finding::new(&MALFORMED, class.name.span, message).help(HELP))
}

/// The finding if the settings of the classes have more bytes than they may, those of each counted in each of its subnets.
pub(super) fn too_large(classes: &[Class]) -> Option<Finding> {
    let sizes = classes.iter().map(|class| match class.here.len() {
        0 | 1 => 0,
        subnets => json_size(class).saturating_mul(subnets),
    });
    let sizes: Vec<usize> = sizes.collect();
    let sum = sizes.iter().fold(0_usize, |sum, size| sum.saturating_add(*size));
    let (class, _) = classes.iter().zip(&sizes).max_by_key(|(_, size)| **size)?;
    (sum > CLASS_BYTES_IN_SUBNETS).then(|| {
        let message = format!(
            "the settings of the classes have {sum} bytes, counted in each subnet; {CLASS_BYTES_IN_SUBNETS} are the most"
        );
        Finding::new(&MALFORMED, class.name.span, message).help(HELP)
    })
}

/// The finding if too many ranges refuse clients of a class with an `ip`: dhcpd.conf has a line for each such class in each
/// pool of its network.
pub(super) fn too_many_pools(classes: &[Class], subnets: &[Subnet]) -> Option<Finding> {
    // A wire has the name of the network that its subnets share, or the place of its one subnet.
    let wire = |(at, subnet): (usize, &'_ Subnet)| match &subnet.shared_network {
        Some(shared) => (shared.value.clone(), 0),
        None => (String::new(), at),
    };
    let fixed = || classes.iter().filter(|class| class.ip_subnet.is_some());
    fixed().next()?;
    let mut ranges: HashMap<(String, usize), usize> = HashMap::default();
    for (at, subnet) in subnets.iter().enumerate() {
        *ranges.entry(wire((at, subnet))).or_default() += subnet.ranges.len();
    }
    let of = |class: &Class| {
        let at = class.ip_subnet?;
        ranges.get(&wire((at, subnets.get(at)?))).copied()
    };
    let sum: usize = fixed().filter_map(of).sum();
    let class = fixed().next().filter(|_| sum > CLASSES_IN_SUBNETS)?;
    let message = format!(
        "{sum} times a range is in the network of a class with an `ip`; {CLASSES_IN_SUBNETS} times are the most"
    );
    let help = "fewer ranges in those networks: neighbouring addresses are one range";
    Some(Finding::new(&MALFORMED, class.name.span, message).help(help))
}
