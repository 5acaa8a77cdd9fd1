//! The match of a class: texts and bytes of options, MAC addresses, kinds of client.

use serde::{Serialize, Serializer};

use super::{Asks, CLIENT_KINDS, ClientKind, InvalidValue, Mac, Spanned, Validated, number};

/// The match of a class. Each key that has values must match, and a key matches if one of its values does.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ClassMatch {
    /// Option 60.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vendor_class: Vec<Spanned<Pattern>>,
    /// Option 77.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_class: Vec<Spanned<Pattern>>,
    /// Option 61.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub client_id: Vec<Spanned<Pattern>>,
    /// Sub-option 1 of option 82.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub circuit_id: Vec<Spanned<Pattern>>,
    /// Sub-option 2 of option 82.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remote_id: Vec<Spanned<Pattern>>,
    /// Option 97.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uuid: Vec<Spanned<Pattern>>,
    /// The MAC address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mac: Vec<Spanned<Pattern>>,
    /// The kind of program that asks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub client: Vec<Spanned<Asker>>,
    /// The kind of firmware.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arch: Vec<Spanned<Arch>>,
}

/// A value of an option, or how it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// As it was written.
    pub text: String,
    /// The bytes that match: any of these.
    pub any: Vec<Bytes>,
}

/// Bytes in the value of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// Their offset in the value.
    pub from: usize,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether any bytes may follow.
    pub prefix: bool,
}

impl Bytes {
    const fn new(bytes: Vec<u8>, prefix: bool) -> Self {
        Self { from: 0, bytes, prefix }
    }

    /// Whether the value of an option is meant; an option that is not sent has no bytes.
    #[must_use]
    pub fn matches(&self, value: &[u8]) -> bool {
        match value.get(self.from..) {
            Some(rest) if self.prefix => rest.starts_with(&self.bytes),
            Some(rest) => rest == self.bytes,
            None => false,
        }
    }

    /// Whether one value can match both.
    fn overlaps(&self, other: &Self) -> bool {
        if self.from != other.from {
            // A length in front of a text, and a text that begins with such a byte: nobody sends that.
            return (!self.prefix && self.from == 0 && other.matches(&self.bytes))
                || (!other.prefix && other.from == 0 && self.matches(&other.bytes));
        }
        match (self.prefix, other.prefix) {
            (false, false) => self.bytes == other.bytes,
            (true, false) => other.bytes.starts_with(&self.bytes),
            (false, true) => self.bytes.starts_with(&other.bytes),
            (true, true) => self.bytes.starts_with(&other.bytes) || other.bytes.starts_with(&self.bytes),
        }
    }
}

/// The most bytes of an option.
const LONGEST: usize = 255;

/// A text without its final `*`, and whether it had one.
fn without_star(text: &str) -> Validated<(&str, bool)> {
    let (value, prefix) = text.strip_suffix('*').map_or((text, false), |value| (value, true));
    if value.is_empty() {
        return Err(InvalidValue::new(format!("`{text}` matches nothing that a client sends"))
            .help("name a value, or how it begins, such as `PXEClient*`"));
    }
    if value.len() > LONGEST {
        return Err(InvalidValue::new("a client sends at most 255 bytes in an option"));
    }
    Ok((value, prefix))
}

impl Pattern {
    fn new(text: &str, any: Vec<Bytes>) -> Self {
        Self { text: text.to_owned(), any }
    }

    /// Whether the value of an option is meant.
    #[must_use]
    pub fn matches(&self, value: &[u8]) -> bool {
        self.any.iter().any(|bytes| bytes.matches(value))
    }

    /// Whether one value can match both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.any.iter().any(|one| other.any.iter().any(|other| one.overlaps(other)))
    }

    /// Reads a text; a final `*` matches any rest.
    ///
    /// # Errors
    /// If there is no text, or more than an option has room for.
    pub fn text(text: &str) -> Validated<Self> {
        let (value, prefix) = without_star(text)?;
        Ok(Self::new(text, vec![Bytes::new(value.as_bytes().to_vec(), prefix)]))
    }

    /// Reads a user class: clients send the text alone, or with its length in front (RFC 3004).
    ///
    /// # Errors
    /// The faults of [`Pattern::text`].
    pub fn user_class(text: &str) -> Validated<Self> {
        let (value, prefix) = without_star(text)?;
        let bytes = value.as_bytes().to_vec();
        let counted = if prefix {
            Bytes { from: 1, bytes: bytes.clone(), prefix }
        } else {
            let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
            Bytes::new([&[length], bytes.as_slice()].concat(), false)
        };
        Ok(Self::new(text, vec![Bytes::new(bytes, prefix), counted]))
    }

    /// Reads a client identifier: the first byte is its type, which is 0 for a text (RFC 2132); some clients leave it
    /// out.
    ///
    /// # Errors
    /// The faults of [`Pattern::text`].
    pub fn client_id(text: &str) -> Validated<Self> {
        let (value, prefix) = without_star(text)?;
        let bytes = value.as_bytes().to_vec();
        let typed = [&[0], bytes.as_slice()].concat();
        Ok(Self::new(text, vec![Bytes::new(bytes, prefix), Bytes::new(typed, prefix)]))
    }

    /// Reads bytes as hex digits, with or without colons; a final `*` matches any rest.
    ///
    /// # Errors
    /// If they are no bytes.
    pub fn hex(text: &str) -> Validated<Self> {
        let (value, prefix) = without_star(text)?;
        let digits: Vec<u8> = value.bytes().filter(|byte| *byte != b':').collect();
        let bytes = octets(&digits).filter(|bytes| !bytes.is_empty() && bytes.len() <= LONGEST);
        let Some(bytes) = bytes else {
            return Err(InvalidValue::new(format!("`{text}` is not bytes in hex"))
                .help("two digits a byte, such as 0a1b or 0a:1b"));
        };
        Ok(Self::new(text, vec![Bytes::new(bytes, prefix)]))
    }

    /// Reads a UUID. iPXE sends it in the order in which it is written. UEFI's PXE client sends the bytes of SMBIOS, in
    /// which the first three fields are little-endian (SMBIOS 2.6).
    ///
    /// # Errors
    /// If it is no UUID, nor the beginning of one that ends with a field.
    pub fn uuid(text: &str) -> Validated<Self> {
        let (value, prefix) = without_star(text)?;
        let value = value.strip_suffix('-').filter(|_| prefix).unwrap_or(value);
        let digits: Vec<u8> = value.bytes().filter(|byte| *byte != b'-').collect();
        let bytes = octets(&digits).filter(|bytes| {
            if prefix { matches!(bytes.len(), 4 | 6 | 8 | 10..=15) } else { bytes.len() == 16 }
        });
        let Some(bytes) = bytes else {
            let refused =
                InvalidValue::new(format!("`{text}` is not a UUID, nor whole fields of one and `*`"));
            return Err(refused.help("such as 4c4c4544-0042-3510-8052-b4c04f564432, or `{ hex: … }`"));
        };
        let mut swapped = bytes.clone();
        for field in [0..4, 4..6, 6..8] {
            if let Some(field) = swapped.get_mut(field) {
                field.reverse();
            }
        }
        let typed = |bytes: &[u8]| Bytes::new([&[0], bytes].concat(), prefix);
        let mut any = vec![typed(&bytes)];
        if swapped != bytes {
            any.push(typed(&swapped));
        }
        Ok(Self::new(text, any))
    }

    /// Reads a MAC address, or its first octets and `*`.
    ///
    /// # Errors
    /// If it is neither.
    pub fn mac(text: &str) -> Validated<Self> {
        let Some(begin) = text.strip_suffix('*') else {
            let mac = Mac::parse(text)?;
            return Ok(Self::new(text, vec![Bytes::new(mac.octets().to_vec(), false)]));
        };
        let digits: Vec<u8> = begin.bytes().filter(|byte| !matches!(byte, b':' | b'-' | b'.')).collect();
        match octets(&digits).filter(|bytes| (1..=5).contains(&bytes.len())) {
            Some(bytes) => Ok(Self::new(text, vec![Bytes::new(bytes, true)])),
            None => Err(InvalidValue::new(format!("`{text}` is not the beginning of a MAC address"))
                .help("whole octets in hex and `*`, such as 52:54:00:*")),
        }
    }
}

/// The bytes that hex digits say; `None` if they are none.
fn octets(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

/// The kind of program that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// None that boots from the network: a system, a phone, a printer.
    Plain,
    /// Firmware by PXE.
    Pxe,
    /// UEFI's HTTP boot.
    Http,
    /// iPXE.
    Ipxe,
}

impl Asker {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Plain, Self::Pxe, Self::Http, Self::Ipxe];

    /// Its word in site.yaml.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Pxe => "pxe",
            Self::Http => "http",
            Self::Ipxe => "ipxe",
        }
    }

    /// Reads its word.
    ///
    /// # Errors
    /// If it is another one.
    pub fn parse(text: &str) -> Validated<Self> {
        Self::ALL.into_iter().find(|asker| asker.word() == text).ok_or_else(|| {
            InvalidValue::new(format!("must be `plain`, `pxe`, `http` or `ipxe`, not `{text}`"))
        })
    }

    /// How option 60 begins.
    const fn vendor_class(self) -> Option<&'static [u8]> {
        match self {
            Self::Pxe => Some(b"PXEClient"),
            Self::Http => Some(b"HTTPClient"),
            Self::Plain | Self::Ipxe => None,
        }
    }

    /// Whether it can send a vendor class that matches.
    fn sends(self, pattern: &Bytes) -> bool {
        let begins = |begin: &[u8]| pattern.overlaps(&Bytes::new(begin.to_vec(), true));
        match self.vendor_class() {
            Some(begin) => begins(begin),
            None if self == Self::Ipxe => true,
            None => [&b"PXEClient"[..], b"HTTPClient"].iter().all(|begin| !pattern.bytes.starts_with(begin)),
        }
    }
}

/// A kind of firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arch {
    /// By its name.
    Kind(ClientKind),
    /// By the first number of option 93.
    Number(u16),
}

impl Arch {
    /// Reads the name of a kind, or a number.
    ///
    /// # Errors
    /// If it is neither.
    pub fn parse(text: &str) -> Validated<Self> {
        if let Some(info) = CLIENT_KINDS.iter().find(|info| info.name == text) {
            return Ok(Self::Kind(info.kind));
        }
        let hex = text.strip_prefix("0x").and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let number =
            hex.or_else(|| number(text, 0, 0xffff).ok().and_then(|number| u16::try_from(number).ok()));
        number.map(Self::Number).ok_or_else(|| {
            let names: Vec<_> = CLIENT_KINDS.iter().map(|info| info.name).collect();
            InvalidValue::new(format!("`{text}` is neither a kind of client nor a number of option 93"))
                .help(format!("the kinds are {}", names.join(", ")))
        })
    }

    /// Whether one client can be both.
    fn overlaps(self, other: Self) -> bool {
        match (self, other) {
            (Self::Kind(kind), Self::Number(number)) | (Self::Number(number), Self::Kind(kind)) => {
                kind.sends(number) || (kind == ClientKind::Rpi && number == 0)
            }
            (one, other) => one == other,
        }
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl Serialize for Asker {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

impl Serialize for Arch {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Kind(kind) => to.serialize_str(kind.name()),
            Self::Number(number) => to.serialize_u16(*number),
        }
    }
}

impl ClassMatch {
    /// Whether it names iPXE, so that a file is meant for iPXE too.
    #[must_use]
    pub fn names_ipxe(&self) -> bool {
        self.client.iter().any(|client| client.value == Asker::Ipxe)
    }

    /// Whether some value is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns().iter().all(|values| values.is_empty())
            && self.client.is_empty()
            && self.arch.is_empty()
    }

    /// The values of the keys that have texts or bytes.
    #[must_use]
    pub const fn patterns(&self) -> [&Vec<Spanned<Pattern>>; 7] {
        [
            &self.vendor_class,
            &self.user_class,
            &self.client_id,
            &self.circuit_id,
            &self.remote_id,
            &self.uuid,
            &self.mac,
        ]
    }

    /// Whether some client can be in both classes. It may say so of two that no client is in, never the other way
    /// round.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let patterns = self.patterns().into_iter().zip(other.patterns());
        let alike = patterns.into_iter().all(|(one, other)| {
            one.is_empty()
                || other.is_empty()
                || one.iter().any(|one| other.iter().any(|other| one.value.overlaps(&other.value)))
        });
        alike
            && archs_overlap(&self.arch, &other.arch)
            && Asker::ALL.into_iter().any(|asker| {
                let names = |matches: &Self| {
                    matches.client.is_empty() || matches.client.iter().any(|client| client.value == asker)
                };
                names(self)
                    && names(other)
                    && can_send(asker, &self.vendor_class)
                    && can_send(asker, &other.vendor_class)
            })
    }

    /// Whether some client can be in it.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        self.overlaps(self)
            && Asker::ALL.into_iter().any(|asker| {
                let named = self.client.is_empty() || self.client.iter().any(|client| client.value == asker);
                named && can_send(asker, &self.vendor_class) && self.can_be(asker)
            })
    }

    /// Whether firmware of a kind can be in it.
    #[must_use]
    pub fn can_be_kind(&self, kind: ClientKind) -> bool {
        let asker = match kind.info().asks {
            Asks::Http => Some(Asker::Http),
            Asks::Pxe | Asks::Rpi => Some(Asker::Pxe),
            Asks::Uboot | Asks::Power => None,
        };
        let at = |value| Spanned::new(value, crate::source::Span::default());
        let client =
            asker.map(|asker| Spanned::new(asker, crate::source::Span::default())).into_iter().collect();
        self.overlaps(&Self { client, arch: vec![at(Arch::Kind(kind))], ..Self::default() })
    }

    /// Whether such a client can be of one of the kinds of firmware.
    fn can_be(&self, asker: Asker) -> bool {
        let firmware = self.arch.is_empty()
            || self.arch.iter().any(|arch| match arch.value {
                Arch::Number(_) => true,
                Arch::Kind(kind) => match kind.info().asks {
                    Asks::Http => matches!(asker, Asker::Http | Asker::Ipxe),
                    Asks::Pxe | Asks::Rpi => matches!(asker, Asker::Pxe | Asker::Ipxe),
                    Asks::Uboot | Asks::Power => asker != Asker::Http,
                },
            });
        // iPXE sends a user class of its own; of the others nobody sends that.
        firmware
            && (asker != Asker::Ipxe || self.user_class.is_empty() || {
                let ipxe = Pattern { text: String::new(), any: vec![Bytes::new(b"iPXE".to_vec(), true)] };
                self.user_class.iter().any(|class| class.value.overlaps(&ipxe))
            })
    }
}

fn archs_overlap(one: &[Spanned<Arch>], other: &[Spanned<Arch>]) -> bool {
    one.is_empty()
        || other.is_empty()
        || one.iter().any(|one| other.iter().any(|other| one.value.overlaps(other.value)))
}

fn can_send(asker: Asker, vendor_class: &[Spanned<Pattern>]) -> bool {
    vendor_class.is_empty()
        || vendor_class.iter().any(|pattern| pattern.value.any.iter().any(|bytes| asker.sends(bytes)))
}

#[cfg(test)]
mod tests {
    use super::{Arch, Asker, ClassMatch, Pattern};
    use crate::model::{ClientKind, Spanned};
    use crate::source::Span;

    fn at<T>(value: T) -> Vec<Spanned<T>> {
        vec![Spanned::new(value, Span::default())]
    }

    #[test]
    fn a_pattern_matches_what_clients_send() {
        let text = |text: &str| Pattern::text(text).unwrap();
        assert!(
            text("ubnt").matches(b"ubnt") && !text("ubnt").matches(b"ubnt2") && !text("ubnt").matches(b"")
        );
        assert!(text("ubnt*").matches(b"ubnt2") && text("ubnt*").matches(b"ubnt"));
        let user = Pattern::user_class("iPXE").unwrap();
        assert!(user.matches(b"iPXE") && user.matches(b"\x04iPXE") && !user.matches(b"\x04iPXE2"));
        assert!(Pattern::user_class("iP*").unwrap().matches(b"\x04iPXE"));
        let id = Pattern::client_id("cisco*").unwrap();
        assert!(id.matches(b"\0cisco-1") && id.matches(b"cisco-1") && !id.matches(b"\x01cisco"));
        let uuid = Pattern::uuid("4c4c4544-0042-3510-8052-b4c04f564432").unwrap();
        assert!(uuid.matches(b"\0\x4c\x4c\x45\x44\x00\x42\x35\x10\x80\x52\xb4\xc0\x4f\x56\x44\x32"));
        assert!(uuid.matches(b"\0\x44\x45\x4c\x4c\x42\x00\x10\x35\x80\x52\xb4\xc0\x4f\x56\x44\x32"));
        assert!(Pattern::uuid("4c4c4544-*").unwrap().matches(b"\0\x44\x45\x4c\x4crest"));
        assert!(Pattern::mac("52:54:00:*").unwrap().matches(b"\x52\x54\0\x01\x02\x03"));
        assert!(Pattern::hex("00:52*").unwrap().matches(b"\0RPi4"));
        for wrong in [
            Pattern::text("*"),
            Pattern::text(""),
            Pattern::hex("0"),
            Pattern::hex("zz"),
            Pattern::uuid("4c4c45-*"),
            Pattern::uuid("4c4c4544"),
            Pattern::mac("52:5*"),
            Pattern::mac("52:54:00:00:00:00:00:*"),
            Pattern::mac("*"),
        ] {
            assert!(wrong.is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn classes_that_share_no_client_do_not_overlap() {
        let vendor = |text: &str| ClassMatch {
            vendor_class: at(Pattern::text(text).unwrap()),
            ..ClassMatch::default()
        };
        let client = |client: Asker| ClassMatch { client: at(client), ..ClassMatch::default() };
        let arch = |arch: Arch| ClassMatch { arch: at(arch), ..ClassMatch::default() };
        assert!(vendor("PXEClient*").overlaps(&vendor("PXEClient:Arch:00007*")));
        assert!(!vendor("PXEClient*").overlaps(&vendor("ubnt")));
        assert!(!vendor("PXEClient*").overlaps(&client(Asker::Plain)));
        assert!(!vendor("ubnt").overlaps(&client(Asker::Pxe)));
        assert!(vendor("PXE*").overlaps(&client(Asker::Pxe)));
        assert!(!client(Asker::Http).overlaps(&client(Asker::Pxe)));
        assert!(arch(Arch::Number(9)).overlaps(&arch(Arch::Kind(ClientKind::EfiX64))));
        assert!(!arch(Arch::Number(6)).overlaps(&arch(Arch::Kind(ClientKind::EfiX64))));
        let impossible = ClassMatch { client: at(Asker::Plain), ..vendor("PXEClient*") };
        assert!(!impossible.is_possible() && vendor("x").is_possible());
        let http = ClassMatch { client: at(Asker::Http), ..arch(Arch::Kind(ClientKind::Bios)) };
        assert!(!http.is_possible());
    }
}
