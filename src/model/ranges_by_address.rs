//! The ranges of a site's subnets, by address.

use std::net::Ipv4Addr;

use super::{ByAddress, Range, Site, Spanned};

/// All ranges, each with its first address, sorted.
#[must_use]
pub fn ranges_by_address<'s>(site: &'s Site<'_>) -> Vec<(Ipv4Addr, &'s Spanned<Range>)> {
    let ranges = site.subnets.iter().flat_map(|subnet| &subnet.ranges);
    let mut ranges: Vec<_> = ranges.map(|range| (range.value.low, range)).collect();
    ranges.sort_by_key(|(_, range)| range.value);
    ranges
}

/// The range that contains an address. Of overlapping ranges, which have a finding of their own, it is the
/// one that begins last.
#[must_use]
pub fn range_at<'s>(
    ranges: &mut ByAddress<'_, &'s Spanned<Range>>,
    ip: Ipv4Addr,
) -> Option<&'s Spanned<Range>> {
    ranges.upto(ip).last().map(|(_, range)| *range).filter(|range| range.value.contains(ip))
}
