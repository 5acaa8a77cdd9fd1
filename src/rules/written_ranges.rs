//! The ranges of a site as they were written, by address.

use std::net::Ipv4Addr;

use crate::model::{At, Range, Site};

/// All ranges in order, in which an address is found without a look at each.
pub(super) struct WrittenRanges<'s>(Vec<&'s At<Range>>);

impl<'s> WrittenRanges<'s> {
    pub(super) fn of(site: &'s Site<'_>) -> Self {
        let mut ranges: Vec<_> = site.subnets.iter().flat_map(|subnet| &subnet.ranges).collect();
        ranges.sort_by_key(|range| range.value);
        Self(ranges)
    }

    /// The range that an address lies in; of ranges that overlap, which is a finding of its own, the one
    /// that begins last.
    pub(super) fn around(&self, ip: Ipv4Addr) -> Option<&'s At<Range>> {
        let at = self.0.partition_point(|range| range.value.low <= ip);
        self.0.get(at.checked_sub(1)?).copied().filter(|range| range.value.contains(ip))
    }
}
