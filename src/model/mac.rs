//! A MAC address.

use std::fmt;

use super::{InvalidValue, TakeText, Validated, WriteTo};

/// The address of one network card: six octets, unicast.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Mac(u64);

impl Mac {
    /// Reads any usual form: `aa:bb:cc:dd:ee:ff`, `aa-bb-cc-dd-ee-ff`, `aabb.ccdd.eeff`, `aabbccddeeff`.
    ///
    /// # Errors
    /// If it has another form, or is not the address of one card. dhcpd accepts any number of octets, and such an
    /// address then never matches.
    pub fn parse(text: &str) -> Validated<Self> {
        let bytes = text.as_bytes();
        if let Some(mac) = Self::with_colons(bytes) {
            return Ok(mac);
        }
        let mut value = 0_u64;
        let mut digits = 0_usize;
        // There is one separator, and the same number of digits before each.
        let (group, separator) = match bytes.iter().find(|byte| !byte.is_ascii_hexdigit()) {
            Some(separator @ (b':' | b'-')) => (2, Some(*separator)),
            Some(b'.') => (4, Some(b'.')),
            Some(_) => return Err(malformed(text)),
            None => (12, None),
        };
        let mut in_group = 0;
        for byte in bytes {
            if Some(*byte) == separator {
                if in_group != group {
                    return Err(octets(text, bytes, separator));
                }
                in_group = 0;
            } else if let Some(digit) = (*byte as char).to_digit(16) {
                value = (value << 4) | u64::from(digit);
                digits += 1;
                in_group += 1;
                if digits > 12 || in_group > group {
                    return Err(octets(text, bytes, separator));
                }
            } else {
                return Err(malformed(text));
            }
        }
        if digits != 12 || in_group != group {
            return Err(octets(text, bytes, separator));
        }
        if value == 0 {
            return Err(InvalidValue::new(format!("{text} is no card's MAC address")));
        }
        if value >> 40 & 1 == 1 {
            return Err(InvalidValue::new(format!(
                "{text} is a multicast address; a card's first octet is even"
            )));
        }
        Ok(Self(value))
    }

    /// Reads the form with colons, which nearly all of a million hosts have, faster than [`Mac::parse`] reads any
    /// form.
    fn with_colons(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 17] = bytes.try_into().ok()?;
        // Branches for each digit would take twice as long, so `wrong` collects what is none.
        let (mut value, mut wrong) = (0, 0);
        for octet in 0..6 {
            let (high, low) =
                (DIGITS[usize::from(bytes[octet * 3])], DIGITS[usize::from(bytes[octet * 3 + 1])]);
            wrong |= high | low;
            value = value << 8 | u64::from(high & 15) << 4 | u64::from(low & 15);
        }
        let colons = [2, 5, 8, 11, 14].iter().all(|at| bytes[*at] == b':');
        let card = value != 0 && value >> 40 & 1 == 0;
        (colons && wrong < NO_DIGIT && card).then_some(Self(value))
    }

    /// An address of these octets; `None` if they are not six, or not the address of one card.
    #[must_use]
    pub fn from_octets(octets: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f] = *octets else { return None };
        let value = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        (value != 0 && a & 1 == 0).then_some(Self(value))
    }

    /// Its six octets.
    #[must_use]
    pub const fn octets(self) -> [u8; 6] {
        let [_, _, a, b, c, d, e, f] = self.0.to_be_bytes();
        [a, b, c, d, e, f]
    }

    /// With hyphens, as iPXE's `${mac:hexhyp}` gives it.
    #[must_use]
    pub fn hyphens(self) -> String {
        self.to_string().replace(':', "-")
    }
}

/// The mark of a byte that is no hex digit.
const NO_DIGIT: u8 = 16;

/// The value of each byte as a hex digit.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < 16 {
        digits[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digits[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
};

fn malformed(text: &str) -> InvalidValue {
    InvalidValue::new(format!("`{text}` is not a MAC address"))
        .help("six octets in hex, such as 52:54:00:12:34:56")
}

fn octets(text: &str, bytes: &[u8], separator: Option<u8>) -> InvalidValue {
    let Some(separator) = separator.filter(|byte| *byte != b'.') else { return malformed(text) };
    let octets = bytes.split(|byte| *byte == separator);
    if octets.clone().any(|octet| octet.len() != 2) {
        return malformed(text);
    }
    let count = octets.count();
    if count == 7
        && let Some(mac) = text.strip_prefix("01").and_then(|rest| rest.get(1..))
    {
        // PXELINUX looks for pxelinux.cfg/01-52-54-…: ARP's hardware type of Ethernet, then the address.
        return InvalidValue::new(format!("`{text}` has 7 octets; a MAC address has six")).help(format!(
            "write `{mac}`: the `01` before it is the hardware type, as in a file name of PXELINUX"
        ));
    }
    InvalidValue::new(format!("`{text}` has {count} octets; a MAC address has six"))
        .help("dhcpd would take it and never match it")
}

impl WriteTo for Mac {
    fn write_to(&self, out: &mut impl TakeText) -> fmt::Result {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b':'; 17];
        for octet in 0..6 {
            let byte = (self.0 >> (40 - 8 * octet)) & 0xff;
            text[octet * 3] = HEX[usize::from((byte >> 4) as u8)];
            text[octet * 3 + 1] = HEX[usize::from((byte & 15) as u8)];
        }
        out.write_ascii(&text)
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Mac;

    #[test]
    fn every_usual_form_is_the_same_address() {
        let wanted = "aa:bb:cc:dd:ee:ff";
        for text in [wanted, "AA-BB-CC-DD-EE-FF", "aabb.ccdd.eeff", "aabbccddeeff"] {
            assert_eq!(Mac::parse(text).unwrap().to_string(), wanted, "{text}");
        }
        assert_eq!(Mac::parse(wanted).unwrap().hyphens(), "aa-bb-cc-dd-ee-ff");
    }

    #[test]
    fn what_no_card_has_is_refused() {
        for (text, words) in [
            ("aa:bb:cc:dd:ee", "has 5 octets"),
            ("aa:bb:cc:dd:ee:ff:00", "has 7 octets"),
            ("aa:bb:cc:dd:ee:f", "is not a MAC address"),
            ("aa:bb-cc:dd:ee:ff", "is not a MAC address"),
            ("01:00:5e:00:00:01", "multicast"),
            ("ff:ff:ff:ff:ff:ff", "multicast"),
            ("00:00:00:00:00:00", "no card's"),
            ("gg:bb:cc:dd:ee:ff", "is not a MAC address"),
            ("", "is not a MAC address"),
            ("aabb.ccdd.eef", "is not a MAC address"),
        ] {
            let refused = Mac::parse(text).unwrap_err();
            assert!(refused.message.contains(words), "{text}: {}", refused.message);
        }
    }
}
