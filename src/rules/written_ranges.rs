//! The ranges of a site as they were written, by address.

use std::net::Ipv4Addr;

use crate::model::{At, Range, Site};

/// All ranges in order, in which an address is found without a look at each.
pub(super) struct WrittenRanges<'s>(Vec<(Ipv4Addr, &'s At<Range>)>);

impl<'s> WrittenRanges<'s> {
    pub(super) fn of(site: &'s Site<'_>) -> Self {
        let ranges = site.subnets.iter().flat_map(|subnet| &subnet.ranges);
        let mut ranges: Vec<_> = ranges.map(|range| (range.value.low, range)).collect();
        ranges.sort_by_key(|(_, range)| range.value);
        Self(ranges)
    }

    /// The range that an address lies in; of ranges that overlap, which is a finding of its own, the one
    /// that begins last.
    pub(super) fn around(&self, ip: Ipv4Addr) -> Option<&'s At<Range>> {
        let at = self.0.partition_point(|(low, _)| *low <= ip);
        self.0.get(at.checked_sub(1)?).map(|(_, range)| *range).filter(|range| range.value.contains(ip))
    }
}
