//! The default lease time must lie between the minimum and the maximum. dhcpd prints no error otherwise: it lowers
//! a default above the maximum, raises one below the minimum, and uses a minimum above the maximum for all leases.
//!
//! The defaults of dhcpd are 12 hours, at most 24 hours, at least 5 minutes. Evidence: leases asked for on the wire
//! of ISC DHCP 4.4.3: default 7200 with max 60 gives 60; min 9999 with max 60 gives 9999; default 10 gives 300.
//! `dhcpd -t` accepts all of them.
//!
//! Fails:
//! ```yaml fails
//! dhcp: { default_lease_time: 7d }
//! ```
//! Passes:
//! ```yaml passes
//! dhcp: { default_lease_time: 7d, max_lease_time: 7d }
//! ```

use foldhash::HashSet;

use crate::model::{Site, Spanned};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("lease-times", "lease times contradict each other"),
    cost: Cost::Low,
    check,
};

type Time<'s> = Option<&'s Spanned<u32>>;

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(dhcp) = &site.dhcp else { return };
    let outer = [&dhcp.default_lease_time, &dhcp.max_lease_time, &dhcp.min_lease_time].map(Option::as_ref);
    times(outer, found);
    for subnet in &site.subnets {
        let own =
            [&subnet.default_lease_time, &subnet.max_lease_time, &subnet.min_lease_time].map(Option::as_ref);
        // Inherited values were reported above.
        if own.iter().any(Option::is_some) {
            times(over(own, outer), found);
        }
    }
    for class in &site.classes {
        let own =
            [&class.default_lease_time, &class.max_lease_time, &class.min_lease_time].map(Option::as_ref);
        if own.iter().all(Option::is_none) {
            continue;
        }
        // Many subnets have the same times, and one finding is enough.
        let mut seen = HashSet::default();
        for subnet in class.here.iter().filter_map(|here| site.subnets.get(here.subnet)) {
            let subnet = [&subnet.default_lease_time, &subnet.max_lease_time, &subnet.min_lease_time];
            let around = over(subnet.map(Option::as_ref), outer);
            let all = over(own, around);
            if seen.insert(all.map(|time| time.map(|time| time.value))) && agree(around) && !agree(all) {
                times(all, found);
                break;
            }
        }
    }
}

/// The times of a scope over those of the scope around it.
fn over<'s>(
    [default, max, min]: [Time<'s>; 3],
    [outer_default, outer_max, outer_min]: [Time<'s>; 3],
) -> [Time<'s>; 3] {
    [default.or(outer_default), max.or(outer_max), min.or(outer_min)]
}

/// Whether times do not contradict each other.
fn agree([default, max, min]: [Time<'_>; 3]) -> bool {
    let longest = max.map_or(86_400, |max| max.value);
    let shortest = min.map_or(300, |min| min.value);
    min.is_none_or(|min| min.value <= longest)
        && default.is_none_or(|default| default.value <= longest && default.value >= shortest)
}

fn times([default, max, min]: [Time<'_>; 3], found: &mut Findings<'_>) {
    let longest = max.map_or(86_400, |max| max.value);
    let shortest = min.map_or(300, |min| min.value);
    if let Some(both) = min.filter(|min| min.value > longest) {
        let message = format!(
            "the shortest lease, {}, is longer than the longest, {}",
            shown(both.value),
            shown(longest)
        );
        found.push(both.span, message, |finding| {
            let finding =
                max.map_or_else(|| finding.clone(), |max| finding.clone().and(max.span, "the longest"));
            finding.help(
                "dhcpd would use the minimum for all leases; set `min_lease_time` not above `max_lease_time`",
            )
        });
        return;
    }
    let Some(default) = default else { return };
    let (limit, word, what) = if default.value > longest {
        (max, "longer than the longest", longest)
    } else if default.value < shortest {
        (min, "shorter than the shortest", shortest)
    } else {
        return;
    };
    let message = format!("the default lease, {}, is {word}, {}", shown(default.value), shown(what));
    found.push(default.span, message, |finding| {
        let key = if default.value > longest { "max_lease_time" } else { "min_lease_time" };
        match limit {
            Some(limit) => {
                finding.and(limit.span, format!("`{key}`")).help("dhcpd silently uses this limit instead")
            }
            None => finding.help(format!("dhcpd silently uses its own limit instead; set `{key}` as well")),
        }
    });
}

/// Seconds in the largest unit that fits.
fn shown(seconds: u32) -> String {
    for (unit, name) in [(86_400, "d"), (3600, "h"), (60, "m")] {
        if seconds >= unit && seconds.is_multiple_of(unit) {
            return format!("{}{name}", seconds / unit);
        }
    }
    format!("{seconds}s")
}
