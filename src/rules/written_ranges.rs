//! The ranges of a site as they were written, by address.

use std::net::Ipv4Addr;

use crate::model::{At, ByAddress, Range, Site};

/// All ranges, each with where it begins, in order.
pub(super) fn written_ranges<'s>(site: &'s Site<'_>) -> Vec<(Ipv4Addr, &'s At<Range>)> {
    let ranges = site.subnets.iter().flat_map(|subnet| &subnet.ranges);
    let mut ranges: Vec<_> = ranges.map(|range| (range.value.low, range)).collect();
    ranges.sort_by_key(|(_, range)| range.value);
    ranges
}

/// The range that an address lies in; of ranges that overlap, which is a finding of its own, the one
/// that begins last.
pub(super) fn around<'s>(ranges: &mut ByAddress<'_, &'s At<Range>>, ip: Ipv4Addr) -> Option<&'s At<Range>> {
    ranges.upto(ip).last().map(|(_, range)| *range).filter(|range| range.value.contains(ip))
}
