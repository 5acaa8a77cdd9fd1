//! IPv4 addresses, networks and ranges.

use std::fmt;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::{InvalidValue, TakeText, Validated, WriteTo};

/// Reads a dotted quad. Leading zeros are rejected, because some programs read them as octal.
///
/// # Errors
/// If it is invalid.
pub fn ipv4(text: &str) -> Validated<Ipv4Addr> {
    dotted(text).ok_or_else(|| {
        let refused = InvalidValue::new(format!("`{text}` is not an IPv4 address"));
        if text.split('.').any(|part| part.len() > 1 && part.starts_with('0')) {
            refused.help("without leading zeros: some programs read them as octal")
        } else if let Some(ip) = dotted(&text.replace(',', ".")) {
            refused.help(format!("write `{ip}`"))
        } else if text.starts_with(|char: char| char.is_ascii_alphabetic()) && !text.contains([' ', ':']) {
            refused.help("an address, not a name: four numbers from 0 to 255, such as 10.0.0.1")
        } else {
            refused.help("four numbers from 0 to 255, such as 10.0.0.1")
        }
    })
}

/// The same as the standard library's parser, in a quarter of the time: a million hosts have two million
/// addresses.
pub(super) fn dotted(text: &str) -> Option<Ipv4Addr> {
    let (mut address, mut points) = (0_u32, 0);
    let mut octet = NONE;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            octet = match octet {
                NONE => u32::from(digit),
                // A leading zero.
                0 => return None,
                tens => tens * 10 + u32::from(digit),
            };
            if octet > 255 {
                return None;
            }
        } else if byte == b'.' && octet != NONE {
            address = address << 8 | octet;
            points += 1;
            octet = NONE;
        } else {
            return None;
        }
    }
    (points == 3 && octet != NONE).then(|| Ipv4Addr::from(address << 8 | octet))
}

/// An octet without a digit so far.
const NONE: u32 = u32::MAX;

/// An address that is written in one piece. The standard library formats four numbers, which costs too much
/// for the addresses of a million hosts.
#[derive(Clone, Copy, Debug)]
pub struct Dotted(pub Ipv4Addr);

impl WriteTo for Dotted {
    fn write_to(&self, out: &mut impl TakeText) -> fmt::Result {
        let mut text = [b'.'; 16];
        let mut at = 0;
        for octet in self.0.octets() {
            let (digits, length) = OCTETS[usize::from(octet)];
            // Always copies four bytes; the next octet overwrites those after the digits.
            if let Some(place) = text.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
                *place = digits;
            }
            at += length + 1;
        }
        out.write_ascii(text.get(..at - 1).unwrap_or_default())
    }
}

/// The digits of each octet with a point, and the number of digits.
const OCTETS: [([u8; 4], usize); 256] = {
    let mut all = [([b'.'; 4], 1); 256];
    let mut octet = 0;
    while octet < 256 {
        let (hundreds, tens, ones) =
            (b'0' + (octet / 100) as u8, b'0' + (octet / 10 % 10) as u8, b'0' + (octet % 10) as u8);
        all[octet] = match octet {
            0..10 => ([ones, b'.', b'.', b'.'], 1),
            10..100 => ([tens, ones, b'.', b'.'], 2),
            _ => ([hundreds, tens, ones, b'.'], 3),
        };
        octet += 1;
    }
    all
};

impl fmt::Display for Dotted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

/// A network: its address and prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr(Ipv4Net);

impl Cidr {
    /// Reads `10.0.0.0/24`.
    ///
    /// # Errors
    /// If it is not a network, or has bits set after the prefix; dhcpd rejects that, too.
    pub fn parse(text: &str) -> Validated<Self> {
        let Ok(net) = text.parse::<Ipv4Net>() else {
            let refused = InvalidValue::new(format!("`{text}` is not a network"));
            if let Some(net) = with_netmask(text) {
                return Err(refused.help(format!("write `{net}`: the prefix replaces the netmask")));
            }
            return Err(refused.help(if text.parse::<ipnet::Ipv6Net>().is_ok() {
                "a subnet's IPv6 network is its `cidr6`, beside the IPv4 one in `cidr`"
            } else {
                "address and prefix, such as 10.0.0.0/24"
            }));
        };
        if net.addr() != net.network() {
            let refused =
                InvalidValue::new(format!("{net} is an address inside the network {}", net.trunc()));
            return Err(refused.help(format!("write {}", net.trunc())));
        }
        if net.prefix_len() == 0 {
            return Err(InvalidValue::new("0.0.0.0/0 is the whole Internet, not a subnet"));
        }
        Ok(Self(net))
    }

    /// The network that an address with a prefix is in.
    #[must_use]
    pub fn around(ip: Ipv4Addr, prefix: u8) -> Option<Self> {
        Ipv4Net::new(ip, prefix).ok().map(|net| Self(net.trunc()))
    }

    /// The network's own address.
    #[must_use]
    pub fn network(self) -> Ipv4Addr {
        self.0.network()
    }

    /// Its mask.
    #[must_use]
    pub fn netmask(self) -> Ipv4Addr {
        self.0.netmask()
    }

    /// Its broadcast address.
    #[must_use]
    pub fn broadcast(self) -> Ipv4Addr {
        self.0.broadcast()
    }

    /// Its prefix length.
    #[must_use]
    pub fn prefix(self) -> u8 {
        self.0.prefix_len()
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn contains(self, ip: Ipv4Addr) -> bool {
        self.0.contains(&ip)
    }

    /// Whether two networks have addresses in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other.network()) || other.contains(self.network())
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Addresses from one to another, both included; `low` is never above `high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// The first.
    pub low: Ipv4Addr,
    /// The last.
    pub high: Ipv4Addr,
    /// The clients that get them.
    pub clients: Clients,
    /// Whether clients that speak BOOTP only get them, too; they keep an address for ever.
    pub dynamic_bootp: bool,
}

/// The clients that get addresses from a range. A client is known if it has a host declaration, with or
/// without a fixed address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clients {
    /// All clients.
    #[default]
    All,
    /// Hosts of the site.
    Known,
    /// Clients that are not hosts of the site.
    Unknown,
    /// Those of classes, by the index of the set of classes.
    Classes(u16),
}

impl Clients {
    /// Reads `all`, `known` or `unknown`.
    ///
    /// # Errors
    /// If it is another word.
    pub fn parse(text: &str) -> Validated<Self> {
        match text {
            "all" => Ok(Self::All),
            "known" => Ok(Self::Known),
            "unknown" => Ok(Self::Unknown),
            _ => {
                Err(InvalidValue::new(format!("must be `all`, `known`, `unknown` or classes, not `{text}`")))
            }
        }
    }

    /// Its word in site.yaml.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Known => "known",
            Self::Unknown => "unknown",
            Self::Classes(_) => "classes",
        }
    }
}

/// Corrects a network with a netmask instead of a prefix: `10.0.0.0/255.255.255.0`, or with a blank.
fn with_netmask(text: &str) -> Option<Ipv4Net> {
    let (ip, mask) = text.split_once('/').or_else(|| text.split_once(char::is_whitespace))?;
    Ipv4Net::with_netmask(dotted(ip.trim())?, dotted(mask.trim())?).ok().map(|net| net.trunc())
}

/// Corrects a range with another sign between its ends, or with the last octet alone as its end: `10.0.0.100-199`.
fn other_spelling(text: &str) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let (low, high) =
        ["..", "–", "—", ",", ":", " to ", "-"].iter().find_map(|sign| text.split_once(sign))?;
    let (low, high) = (dotted(low.trim())?, high.trim_start_matches('.').trim());
    let [a, b, c, _] = low.octets();
    let high = dotted(high).or_else(|| Some(Ipv4Addr::new(a, b, c, high.parse().ok()?)))?;
    (low <= high).then_some((low, high))
}

impl Range {
    /// Reads `a-b`, `a - b`, `a b`, or one address.
    ///
    /// # Errors
    /// If an end is not an address, or the range is reversed: dhcpd silently swaps the ends, so a typing mistake would
    /// become a range that nobody wants.
    pub fn parse(text: &str) -> Validated<Self> {
        let (low, high) = match text.split_once('-').or_else(|| text.trim().split_once(char::is_whitespace)) {
            Some((low, high)) => (low.trim(), high.trim()),
            None => (text.trim(), text.trim()),
        };
        let (Ok(low), Ok(high)) = (ipv4(low), ipv4(high)) else {
            let refused = InvalidValue::new(format!("`{text}` is not a range of addresses"));
            if let Some((low, high)) = other_spelling(text) {
                return Err(refused.help(format!("write `{low}-{high}`")));
            }
            return Err(refused.help("first and last address, such as 10.0.0.100-10.0.0.199"));
        };
        if low > high {
            let refused = InvalidValue::new(format!("the range {low}-{high} is reversed"));
            return Err(refused.help(format!("write {high}-{low}; dhcpd would swap the ends without a word")));
        }
        Ok(Self { low, high, clients: Clients::All, dynamic_bootp: false })
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn contains(self, ip: Ipv4Addr) -> bool {
        self.low <= ip && ip <= self.high
    }

    /// The parts of the range without some addresses, which are sorted.
    #[must_use]
    pub fn without(self, addresses: &[Ipv4Addr]) -> Vec<Self> {
        let mut left = Vec::new();
        let mut low = u32::from(self.low);
        let high = u32::from(self.high);
        let from = addresses.partition_point(|ip| *ip < self.low);
        for ip in addresses.get(from..).unwrap_or_default().iter().map(|ip| u32::from(*ip)) {
            if ip > high {
                break;
            }
            if low < ip {
                left.push(Self { low: low.into(), high: (ip - 1).into(), ..self });
            }
            // The address after 255.255.255.255 does not exist; no subnet holds it.
            low = low.max(ip.saturating_add(1));
        }
        if low <= high && addresses.binary_search(&low.into()).is_err() {
            left.push(Self { low: low.into(), high: high.into(), ..self });
        }
        left
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::{Cidr, Dotted, Range, dotted, ipv4};

    proptest! {
        #[test]
        fn an_address_is_what_the_standard_library_takes_for_one(
            text in prop_oneof!["[0-3]?[0-9]{0,2}(\\.[0-2]?[0-9]{1,2}){2,4}[.0a ]?", "[0-9.]{0,16}"]
        ) {
            prop_assert_eq!(dotted(&text), text.parse().ok());
        }
    }

    #[test]
    fn addresses_are_written_as_everywhere() {
        for octet in 0..=255 {
            let ip = Ipv4Addr::new(octet, 255 - octet, octet / 2, octet / 26);
            assert_eq!(Dotted(ip).to_string(), ip.to_string());
        }
    }

    #[test]
    fn addresses_are_cut_out_of_a_range() {
        let range = Range::parse("10.0.0.10-10.0.0.20").unwrap();
        let cut = |ips: &[&str]| {
            let mut ips: Vec<_> = ips.iter().map(|ip| ipv4(ip).unwrap()).collect();
            ips.sort();
            range.without(&ips).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(cut(&[]), "10.0.0.10-10.0.0.20");
        assert_eq!(cut(&["10.0.0.9", "10.0.0.21"]), "10.0.0.10-10.0.0.20");
        assert_eq!(cut(&["10.0.0.10"]), "10.0.0.11-10.0.0.20");
        assert_eq!(cut(&["10.0.0.20"]), "10.0.0.10-10.0.0.19");
        assert_eq!(
            cut(&["10.0.0.15", "10.0.0.12", "10.0.0.13"]),
            "10.0.0.10-10.0.0.11 10.0.0.14-10.0.0.14 10.0.0.16-10.0.0.20"
        );
        let one = Range::parse("10.0.0.5").unwrap();
        assert!(one.without(&[ipv4("10.0.0.5").unwrap()]).is_empty());
    }

    #[test]
    fn ranges_are_read_as_people_write_them() {
        for text in ["10.0.0.1-10.0.0.2", "10.0.0.1 - 10.0.0.2", "10.0.0.1 10.0.0.2"] {
            assert_eq!(Range::parse(text).unwrap().to_string(), "10.0.0.1-10.0.0.2");
        }
        assert!(Range::parse("10.0.0.2-10.0.0.1").unwrap_err().message.contains("reversed"));
        assert!(Range::parse("10.0.0.1-2").is_err());
    }

    #[test]
    fn a_network_has_no_host_bits() {
        assert_eq!(Cidr::parse("10.0.0.0/24").unwrap().to_string(), "10.0.0.0/24");
        assert!(Cidr::parse("10.0.0.1/24").unwrap_err().help.unwrap().contains("10.0.0.0/24"));
        assert!(Cidr::parse("10.0.0.0").is_err());
        assert!(Cidr::parse("10.0.0.0/33").is_err());
        assert!(ipv4("10.0.0.010").unwrap_err().help.unwrap().contains("octal"));
    }
}
