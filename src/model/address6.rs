//! IPv6 addresses, networks and ranges.

use std::fmt;
use std::net::Ipv6Addr;

use ipnet::Ipv6Net;

use super::{InvalidValue, Validated};

/// Reads an IPv6 address, without a zone.
///
/// # Errors
/// If it is invalid.
pub fn ipv6(text: &str) -> Validated<Ipv6Addr> {
    text.parse().map_err(|_| {
        let refused = InvalidValue::new(format!("`{text}` is not an IPv6 address"));
        if text.contains('%') {
            refused.help("without the zone behind `%`, which dhcpd does not take")
        } else {
            refused.help("such as 2001:db8::10")
        }
    })
}

/// A network: its address and prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr6(Ipv6Net);

impl Cidr6 {
    /// Reads `2001:db8::/64`.
    ///
    /// # Errors
    /// If it is not a network, or has bits set after the prefix.
    pub fn parse(text: &str) -> Validated<Self> {
        let Ok(net) = text.parse::<Ipv6Net>() else {
            let refused = InvalidValue::new(format!("`{text}` is not an IPv6 network"));
            return Err(refused.help("address and prefix, such as 2001:db8::/64"));
        };
        if net.addr() != net.network() {
            let refused =
                InvalidValue::new(format!("{net} is an address inside the network {}", net.trunc()));
            return Err(refused.help(format!("write {}", net.trunc())));
        }
        if net.prefix_len() < 16 {
            return Err(InvalidValue::new(format!("{net} is larger than any site")));
        }
        Ok(Self(net))
    }

    /// The network of this prefix length that an address is in; `None` if the length is below 16 or above 128.
    #[must_use]
    pub fn around(ip: Ipv6Addr, prefix: u8) -> Option<Self> {
        Ipv6Net::new(ip, prefix).ok().filter(|_| prefix >= 16).map(|net| Self(net.trunc()))
    }

    /// Its first address.
    #[must_use]
    pub fn network(self) -> Ipv6Addr {
        self.0.network()
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn contains(self, ip: Ipv6Addr) -> bool {
        self.0.contains(&ip)
    }

    /// Whether two networks have addresses in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other.0.network()) || other.contains(self.0.network())
    }

    /// Its prefix length.
    #[must_use]
    pub fn prefix(self) -> u8 {
        self.0.prefix_len()
    }
}

impl fmt::Display for Cidr6 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Addresses from one to another, both included; `low` is never above `high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range6 {
    /// The first.
    pub low: Ipv6Addr,
    /// The last.
    pub high: Ipv6Addr,
}

impl From<Cidr6> for Range6 {
    /// All addresses of a network.
    fn from(Cidr6(net): Cidr6) -> Self {
        Self { low: net.network(), high: net.broadcast() }
    }
}

impl Range6 {
    /// Reads `a-b`, `a b`, or one address.
    ///
    /// # Errors
    /// If an end is not an address, or the range is reversed, which `dhcpd -6 -t` accepts.
    pub fn parse(text: &str) -> Validated<Self> {
        let (low, high) = match text.split_once('-').or_else(|| text.trim().split_once(char::is_whitespace)) {
            Some((low, high)) => (low.trim(), high.trim()),
            None => (text.trim(), text.trim()),
        };
        let (Ok(low), Ok(high)) = (ipv6(low), ipv6(high)) else {
            let refused = InvalidValue::new(format!("`{text}` is not a range of IPv6 addresses"));
            return Err(refused.help("first and last address, such as 2001:db8::1000-2001:db8::1fff"));
        };
        if low > high {
            let refused = InvalidValue::new(format!("the range {low}-{high} is reversed"));
            return Err(refused.help(format!("write {high}-{low}")));
        }
        Ok(Self { low, high })
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn contains(self, ip: Ipv6Addr) -> bool {
        self.low <= ip && ip <= self.high
    }

    /// The parts of the range without some addresses, which are sorted.
    #[must_use]
    pub fn without(self, addresses: &[Ipv6Addr]) -> Vec<Self> {
        let mut left = Vec::new();
        let mut low = Some(self.low);
        let from = addresses.partition_point(|ip| *ip < self.low);
        let inside = addresses.get(from..).unwrap_or_default().iter().take_while(|ip| **ip <= self.high);
        for ip in inside {
            if let Some(first) = low.filter(|low| low < ip) {
                left.push(Self { low: first, high: Ipv6Addr::from(u128::from(*ip) - 1) });
            }
            low = u128::from(*ip).checked_add(1).map(Ipv6Addr::from);
        }
        left.extend(low.filter(|low| *low <= self.high).map(|low| Self { low, high: self.high }));
        left
    }
}

impl fmt::Display for Range6 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cidr6, Range6, ipv6};

    #[test]
    fn addresses_are_cut_out_of_a_range() {
        let range = Range6::parse("2001:db8::10-2001:db8::20").unwrap();
        let cut = |ips: &[&str]| {
            let mut ips: Vec<_> = ips.iter().map(|ip| ipv6(ip).unwrap()).collect();
            ips.sort();
            range.without(&ips).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(cut(&[]), "2001:db8::10-2001:db8::20");
        assert_eq!(cut(&["2001:db8::10", "2001:db8::20"]), "2001:db8::11-2001:db8::1f");
        assert_eq!(cut(&["2001:db8::15"]), "2001:db8::10-2001:db8::14 2001:db8::16-2001:db8::20");
        let top = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
        assert!(Range6::parse(top).unwrap().without(&[ipv6(top).unwrap()]).is_empty());
    }

    #[test]
    fn what_dhcpd_would_misread_is_refused() {
        assert!(ipv6("fe80::1%eth0").unwrap_err().help.unwrap().contains("zone"));
        assert!(Range6::parse("2001:db8::2-2001:db8::1").unwrap_err().message.contains("reversed"));
        assert!(Cidr6::parse("2001:db8::1/64").unwrap_err().help.unwrap().contains("2001:db8::/64"));
        assert!(Cidr6::parse("::/0").is_err());
        assert_eq!(Cidr6::parse("2001:db8::/64").unwrap().to_string(), "2001:db8::/64");
    }
}
