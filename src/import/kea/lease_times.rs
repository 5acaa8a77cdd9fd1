//! Lease times: the usual one, the shortest and the longest.
//!
//! Kea passes each of them on to the scopes inside (`SimpleParser4::deriveParameters`). If the shortest or the longest is
//! missing then, it is the usual one (`SimpleParser::parseIntTriplet`), where the site has values of its own.

use super::super::durations::duration;
use super::super::origin::Origin;
use super::json::Node;
use super::{Reader, Scope};

/// Kea's usual time, in seconds, if it is told none (`SimpleParser4::GLOBAL4_DEFAULTS`).
const USUAL: u64 = 7200;

/// The names of the times, and the keys of the site.
const TIMES: [(&str, &str); 3] = [
    ("valid-lifetime", "default_lease_time"),
    ("min-valid-lifetime", "min_lease_time"),
    ("max-valid-lifetime", "max_lease_time"),
];

/// Whether a parameter is a lease time.
pub(super) fn is_lease_time(name: &str) -> bool {
    TIMES.iter().any(|(time, _)| *time == name)
}

/// The times that a scope and those around it give, in seconds, each with its place.
#[derive(Clone, Copy, Default)]
pub(super) struct LeaseTimes<'n>([Option<(u64, &'n Origin)>; 3]);

impl<'n> LeaseTimes<'n> {
    /// Those of a scope inside of this one.
    fn inside(self, scope: &'n Node) -> Self {
        let mut times = self.0;
        for (time, (name, _)) in times.iter_mut().zip(TIMES) {
            let given = scope.get(name);
            *time = given.and_then(|node| Some((node.text()?.parse().ok()?, &node.origin))).or(*time);
        }
        Self(times)
    }

    /// The times that count, each with the place of the time that it is taken from.
    fn all(self) -> [(u64, Option<&'n Origin>); 3] {
        let Self([usual, shortest, longest]) = self;
        let known = |(seconds, origin)| (seconds, Some(origin));
        let usual = usual.map_or((USUAL, None), known);
        [usual, shortest.map_or(usual, known), longest.map_or(usual, known)]
    }
}

impl<'n> Reader<'_, 'n> {
    /// The lease times of the server. Accounts for none of them.
    pub(super) fn lease_times_of_server(&mut self, dhcp: &'n Node) {
        self.lease_times = LeaseTimes::default().inside(dhcp);
        for ((_, key), (seconds, origin)) in TIMES.iter().zip(self.lease_times.all()) {
            let entry = self.map(Scope::Dhcp).set(key, duration(seconds));
            if let Some(origin) = origin {
                entry.from(origin);
            } else if *key == "default_lease_time" {
                entry.note("the lease time of kea-dhcp4 if its file says none");
            }
        }
    }

    /// The lease times of a subnet, where they are not those of the server.
    pub(super) fn lease_times_of_subnet(
        &mut self,
        scope: Scope<'_>,
        network: Option<&'n Node>,
        subnet: &'n Node,
    ) {
        let outer = self.lease_times;
        let around = network.map_or(outer, |network| outer.inside(network));
        let all = around.inside(subnet).all();
        for (((_, key), (seconds, origin)), (of_server, _)) in TIMES.iter().zip(all).zip(outer.all()) {
            if seconds != of_server {
                let entry = self.map(scope).set(key, duration(seconds));
                if let Some(origin) = origin {
                    entry.from(origin);
                }
            }
        }
    }
}
