//! The value of an expression for a client, as `evaluate_boolean_expression` and its neighbours of common/tree.c find it.

use std::borrow::Cow;
use std::ops::Range;

use super::found::{Found, Value, Variables};
use super::pattern::Pattern;
use super::{Expression, OptionName, options6};
use crate::dhcp::Client;
use crate::model::{Features, RASPBERRY_PI, RASPBERRY_PI_ID};

/// The request of a kind of client, as far as the kind decides it.
#[derive(Clone, Debug)]
pub struct Sent<'c> {
    /// The request of its firmware.
    pub client: &'c Client,
    /// The bytes of its option 93.
    pub arch: &'c [u8],
    /// Whether it has a host declaration.
    pub known: bool,
}

/// Whether a client is a Raspberry Pi, if a comparison asks that: by the maker's part of the MAC address, or by the
/// beginning of option 97. The clients that are asked here have it in option 97.
fn raspberry_pi(left: &Expression, right: &Expression, sent: &Sent<'_>) -> Option<bool> {
    let (Expression::Substring(text, from, length), Expression::Data(wanted)) = (left, right) else {
        return None;
    };
    let (Expression::Number(from), Expression::Number(length)) = (&**from, &**length) else { return None };
    match (&**text, from, length) {
        (Expression::Hardware, 1, 3) if RASPBERRY_PI.iter().any(|maker| maker == wanted.as_slice()) => {
            Some(false)
        }
        (Expression::Option(option), 0, 4) if option.is(97) && *wanted == RASPBERRY_PI_ID => {
            Some(sent.client.uuid.starts_with(&RASPBERRY_PI_ID))
        }
        _ => None,
    }
}

/// The space of the options by which statements of a file that ipxegen made tell each other something. No client gets
/// them.
const OWN_SPACE: &str = "ipxegen";

/// The variable that stands for an option of that space, by its full name.
pub fn own_mark(name: &str) -> String {
    format!("config-option {}", name.to_ascii_lowercase())
}

impl Expression {
    /// Whether it holds for a client.
    #[must_use]
    pub fn holds(&self, sent: &Sent<'_>, variables: &Variables) -> Found<bool> {
        let is_equal =
            |left: &Self, right: &Self| equal(&left.value(sent, variables), &right.value(sent, variables));
        match self {
            Self::Exists(option) => match sent.option(option) {
                Found::Is(_) => Found::Is(true),
                Found::Null => Found::Is(false),
                Found::Depends(on) => Found::Depends(on),
            },
            Self::Known => Found::Is(sent.known),
            Self::Static => Found::depends("whether the client has a reserved address"),
            Self::Defined(name) => match variables.get(name) {
                Some(Found::Is(_)) => Found::Is(true),
                Some(Found::Depends(on)) => Found::Depends(on.clone()),
                Some(Found::Null) | None => Found::Is(false),
            },
            Self::Not(inside) => inside.holds(sent, variables).map(|holds| !holds),
            Self::And(all) => all_hold(all.iter().map(|part| part.holds(sent, variables))),
            Self::Or(all) => one_holds(all.iter().map(|part| part.holds(sent, variables))),
            Self::Equal(left, right) => match (&**left, &**right, raspberry_pi(left, right, sent)) {
                (.., Some(holds)) => Found::Is(holds),
                // Most conditions are of this form.
                (Self::Option(option), Self::Data(wanted), None) => match sent.option(option) {
                    Found::Is(bytes) => Found::Is(*bytes == **wanted),
                    Found::Null => Found::Is(false),
                    Found::Depends(on) => Found::Depends(on),
                },
                _ => is_equal(left, right),
            },
            Self::NotEqual(left, right) => is_equal(left, right).map(|equal| !equal),
            Self::Matches(text, pattern, ignore_case) => {
                let (text, pattern) = (text.data(sent, variables), pattern.data(sent, variables));
                text.and_then(|text| pattern.and_then(|pattern| matches(&text, &pattern, *ignore_case)))
            }
            other => match other.value(sent, variables) {
                Found::Is(Value::Truth(truth)) => Found::Is(truth),
                Found::Depends(on) => Found::Depends(on),
                Found::Is(_) | Found::Null => Found::Null,
            },
        }
    }

    /// Its bytes for a client.
    #[must_use]
    pub fn data<'v>(&'v self, sent: &Sent<'v>, variables: &'v Variables) -> Found<Cow<'v, [u8]>> {
        let data = |one: &'v Self| one.data(sent, variables);
        let number = |one: &Self| one.number(sent, variables);
        match self {
            Self::Data(bytes) => Found::Is(Cow::Borrowed(bytes)),
            Self::Option(option) => sent.option(option),
            // The marks of a file that ipxegen made.
            Self::ConfigOption(option) if option.space == OWN_SPACE => {
                match variables.get(&own_mark(&option.name)) {
                    Some(Found::Is(Value::Data(bytes))) => Found::Is(Cow::Borrowed(&**bytes)),
                    Some(Found::Depends(on)) => Found::Depends(on.clone()),
                    Some(_) | None => Found::Null,
                }
            }
            Self::ConfigOption(option) => Found::depends(format!("what sets the option `{}`", option.name)),
            Self::Hardware => Found::depends("the MAC address"),
            Self::Packet(from, length) => {
                number(from).and_then(|from| number(length).and_then(|length| sent.packet(from, length)))
            }
            Self::Substring(text, from, length) => data(text).and_then(|text| {
                number(from).and_then(|from| number(length).map(|length| part(text, from, length)))
            }),
            Self::Suffix(text, length) => data(text).and_then(|text| {
                number(length).map(|length| {
                    let length = usize::try_from(length).unwrap_or(usize::MAX);
                    suffix(text, length)
                })
            }),
            Self::Lower(text) => data(text).map(|text| text.to_ascii_lowercase().into()),
            Self::Upper(text) => data(text).map(|text| text.to_ascii_uppercase().into()),
            Self::Concat(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    match data(part) {
                        Found::Is(bytes) => all.extend_from_slice(&bytes),
                        other => return other,
                    }
                }
                Found::Is(all.into())
            }
            Self::PickFirst(parts) => {
                parts.iter().map(data).find(|found| *found != Found::Null).unwrap_or(Found::Null)
            }
            Self::Reverse(width, bytes) => {
                data(bytes).and_then(|bytes| number(width).and_then(|width| reversed(&bytes, width)))
            }
            Self::BinaryToAscii(arguments) => {
                let [base, width, separator, bytes] = &**arguments;
                number(base).and_then(|base| {
                    number(width).and_then(|width| {
                        data(separator).and_then(|separator| {
                            data(bytes).and_then(|bytes| ascii(base, width, &separator, &bytes))
                        })
                    })
                })
            }
            Self::EncodeInt(from, bits) => number(from).map(|number| {
                let bytes = number.to_be_bytes();
                let length = usize::try_from(bits / 8).unwrap_or(bytes.len()).min(bytes.len());
                bytes.get(bytes.len() - length..).unwrap_or_default().to_vec().into()
            }),
            other => match other.value(sent, variables) {
                Found::Is(Value::Data(bytes)) => Found::Is(bytes),
                Found::Depends(on) => Found::Depends(on),
                Found::Is(_) | Found::Null => Found::Null,
            },
        }
    }

    fn number(&self, sent: &Sent<'_>, variables: &Variables) -> Found<i64> {
        match self {
            Self::Number(number) => Found::Is(*number),
            Self::ExtractInt(text, bits) => text.data(sent, variables).and_then(|text| {
                let length = usize::try_from(bits / 8).unwrap_or_default();
                let Some(bytes) = text.get(..length) else { return Found::Null };
                Found::Is(bytes.iter().fold(0, |number, byte| number << 8 | i64::from(*byte)))
            }),
            other => match other.value(sent, variables) {
                Found::Is(Value::Number(number)) => Found::Is(number),
                Found::Depends(on) => Found::Depends(on),
                Found::Is(_) | Found::Null => Found::Null,
            },
        }
    }

    /// Its value for a client, of whatever type.
    #[must_use]
    pub fn value<'v>(&'v self, sent: &Sent<'v>, variables: &'v Variables) -> Found<Value<'v>> {
        use super::Kind;
        match (self, self.kind()) {
            (Self::Variable(name), _) => match variables.get(name) {
                Some(Found::Is(value)) => Found::Is(value.borrowed()),
                Some(Found::Depends(on)) => Found::Depends(on.clone()),
                Some(Found::Null) | None => Found::Null,
            },
            (Self::Daemon("null"), _) => Found::Null,
            (Self::Daemon(what), _) => Found::depends(*what),
            (_, Kind::Data) => self.data(sent, variables).map(Value::Data),
            (_, Kind::Numeric) => self.number(sent, variables).map(Value::Number),
            (_, Kind::Boolean) => self.holds(sent, variables).map(Value::Truth),
            (_, Kind::Any) => Found::Null,
        }
    }
}

/// `and`: null where one before the last does not hold.
fn all_hold(parts: impl ExactSizeIterator<Item = Found<bool>>) -> Found<bool> {
    let last = parts.len().saturating_sub(1);
    let mut depends = None;
    for (at, part) in parts.enumerate() {
        match part {
            Found::Is(true) => {}
            // The whole is false, whatever the rest is.
            Found::Is(false) if at == last && depends.is_none() => return Found::Is(false),
            Found::Is(false) | Found::Null => return Found::Null,
            Found::Depends(on) => depends = depends.or(Some(on)),
        }
    }
    depends.map_or(Found::Is(true), Found::Depends)
}

/// `or`: null where all are.
fn one_holds(parts: impl Iterator<Item = Found<bool>>) -> Found<bool> {
    let (mut depends, mut found) = (None, Found::Null);
    for part in parts {
        match part {
            Found::Is(true) => return Found::Is(true),
            Found::Is(false) => found = Found::Is(false),
            Found::Null => {}
            Found::Depends(on) => depends = depends.or(Some(on)),
        }
    }
    depends.map_or(found, Found::Depends)
}

fn equal(left: &Found<Value<'_>>, right: &Found<Value<'_>>) -> Found<bool> {
    match (left, right) {
        (Found::Depends(on), _) | (_, Found::Depends(on)) => Found::Depends(on.clone()),
        (left, right) => Found::Is(left == right),
    }
}

fn part(text: Cow<'_, [u8]>, from: i64, length: i64) -> Cow<'_, [u8]> {
    // dhcpd's numbers are unsigned here: a negative one is behind every end.
    let from = usize::try_from(from).unwrap_or(usize::MAX).min(text.len());
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    slice(text, from..from.saturating_add(length))
}

fn suffix(text: Cow<'_, [u8]>, length: usize) -> Cow<'_, [u8]> {
    let from = text.len().saturating_sub(length);
    slice(text, from..usize::MAX)
}

/// A part of bytes, without a copy of borrowed ones.
fn slice(text: Cow<'_, [u8]>, range: Range<usize>) -> Cow<'_, [u8]> {
    let range = range.start..range.end.min(text.len());
    match text {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(range).unwrap_or_default()),
        Cow::Owned(bytes) => Cow::Owned(bytes.get(range).unwrap_or_default().to_vec()),
    }
}

fn reversed(bytes: &[u8], width: i64) -> Found<Cow<'static, [u8]>> {
    let Some(width) = usize::try_from(width).ok().filter(|width| *width > 0) else { return Found::Null };
    if !bytes.len().is_multiple_of(width) {
        return Found::Null;
    }
    Found::Is(bytes.chunks(width).rev().flatten().copied().collect())
}

fn ascii(base: i64, width: i64, separator: &[u8], bytes: &[u8]) -> Found<Cow<'static, [u8]>> {
    let (8 | 16 | 32, 2..=16) = (width, base) else { return Found::Null };
    let width = usize::try_from(width / 8).unwrap_or(1);
    if !bytes.len().is_multiple_of(width) {
        return Found::Null;
    }
    let mut all = Vec::new();
    for (at, chunk) in bytes.chunks(width).enumerate() {
        if at > 0 {
            all.extend_from_slice(separator);
        }
        let mut number = chunk.iter().fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
        let mut digits = Vec::new();
        loop {
            let digit = u32::try_from(number % base).ok().and_then(|digit| char::from_digit(digit, 16));
            digits.extend(digit.and_then(|digit| u8::try_from(digit).ok()));
            number /= base;
            if number == 0 {
                break;
            }
        }
        all.extend(digits.iter().rev());
    }
    Found::Is(all.into())
}

/// dhcpd's `~=` is a POSIX extended regular expression; an empty text or pattern matches nothing there.
fn matches(text: &[u8], pattern: &[u8], ignore_case: bool) -> Found<bool> {
    if text.is_empty() || pattern.is_empty() {
        return Found::Is(false);
    }
    match Pattern::parse(pattern, ignore_case) {
        Some(pattern) => Found::Is(pattern.matches(text)),
        None => Found::depends(format!("the regular expression `{}`", String::from_utf8_lossy(pattern))),
    }
}

impl<'c> Sent<'c> {
    /// Whether it boots from the network.
    fn boots(&self) -> bool {
        !self.client.arch.is_empty() || !self.client.vendor_class.is_empty() || self.client.is_ipxe()
    }

    /// The bytes of an option that it sends.
    #[must_use]
    pub fn option(&self, option: &OptionName) -> Found<Cow<'c, [u8]>> {
        let sends =
            |bytes: &'c [u8]| if bytes.is_empty() { Found::Null } else { Found::Is(Cow::Borrowed(bytes)) };
        let client = self.client;
        if option.space == options6::SPACE {
            return self.option6(option).map(Cow::Owned);
        }
        if !option.space.is_empty() {
            return match option.inside {
                Some(175) if client.is_ipxe() => self.feature(option).map(Cow::Owned),
                Some(175) => Found::Null,
                Some(43) if !self.boots() => Found::Null,
                Some(82) => Found::depends("what the relay sends"),
                Some(_) | None => Found::depends(&option.reason),
            };
        }
        match option.code {
            60 => sends(client.vendor_class.as_bytes()),
            77 => sends(&client.user_class),
            93 if client.arch.is_empty() => Found::Null,
            93 => Found::Is(Cow::Borrowed(self.arch)),
            97 if !client.uuid.is_empty() => sends(&client.uuid),
            97 | 94 if !self.boots() => Found::Null,
            97 => Found::depends("the client's UUID"),
            61 => Found::depends("the client identifier"),
            82 => Found::depends("what the relay sends"),
            175 if !client.is_ipxe() => Found::Null,
            // Only servers send them: common/tables.c and RFC 2132.
            1 | 3..=11 | 13..=49 | 54 | 58 | 59 | 64..=76 | 119..=121 | 128..=135 | 150 | 208..=211
                if option.code != 43 =>
            {
                Found::Null
            }
            _ => Found::depends(&option.reason),
        }
    }

    /// A feature of iPXE: it sends a 1 for each that was compiled in (`src/include/ipxe/features.h`). The import
    /// assumes the builds that iPXE and Debian publish.
    fn feature(&self, option: &OptionName) -> Found<Vec<u8>> {
        if self.client.is_rom() {
            let code = u8::try_from(option.code).unwrap_or_default();
            let has = !Features::none().with(code).is_empty()
                && self.client.features.has_all(Features::none().with(code));
            return if has { Found::Is(vec![1]) } else { Found::Null };
        }
        let efi = self.client.arch.first().is_some_and(|arch| *arch != 0);
        let has = match option.code {
            // pxeext, multiboot, pxe, elf, and bzimage, which some builds for UEFI have too.
            16 | 25 | 33 | 34 => !efi,
            24 if !efi => true,
            36 => efi,
            // iscsi, aoe, http, tftp, dns, menu
            17 | 18 | 19 | 21 | 23 | 39 => true,
            _ => return Found::depends(format!("the option `{}` of iPXE", option.name)),
        };
        if has { Found::Is(vec![1]) } else { Found::Null }
    }

    /// Bytes of the packet: operation, hardware, its length, hops, and the MAC address at 28.
    fn packet(&self, from: i64, length: i64) -> Found<Cow<'static, [u8]>> {
        match (from, length) {
            (0..=2, 1..=3) if from + length <= 3 => Found::Is(part(Cow::Borrowed(&[1, 1, 6]), from, length)),
            _ => Found::depends("bytes of the packet"),
        }
    }
}
