//! The `match` of a site that says the same as a condition of dhcpd.

use std::collections::BTreeMap;

use super::super::expression::{Expression, OptionName};
use crate::import::draft::{Mapping, Value};

/// A value of a key of `match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Pattern {
    /// The bytes that a client sends, or with `prefix` the first of them.
    Bytes { bytes: Vec<u8>, prefix: bool },
    /// A number of option 93.
    Arch(u16),
    /// It is not iPXE.
    NotIpxe,
}

/// The conditions that must all be true: for each key, any of the values.
pub(in super::super) type Conjunction = BTreeMap<&'static str, Vec<Pattern>>;

type Said<T> = Result<T, String>;

/// How many alternatives a condition may have when `and` is multiplied out.
const MOST: usize = 4096;

/// The values of `match` that say the same as a condition: one, or one for each class that is needed.
///
/// # Errors
/// Why no `match` says it.
pub fn matches_of(condition: &Expression) -> Said<Vec<Mapping>> {
    let alternatives = alternatives(condition)?;
    if alternatives.is_empty() {
        return Err("no client meets the condition".into());
    }
    for alternative in &alternatives {
        check(alternative)?;
    }
    Ok(mappings(alternatives))
}

/// Refuses what is left of parts that count only with others.
fn check(alternative: &Conjunction) -> Said<()> {
    for (key, any) in alternative {
        for pattern in any {
            match pattern {
                Pattern::Bytes { bytes, .. } if bytes.is_empty() => {
                    return Err(format!("`match` cannot say that `{key}` is sent at all"));
                }
                Pattern::NotIpxe if !begins_with_pxe(alternative) => {
                    return Err("`match` cannot say what a client is not".into());
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn begins_with_pxe(alternative: &Conjunction) -> bool {
    alternative.get("vendor_class").is_some_and(|any| {
        any.iter()
            .all(|pattern| matches!(pattern, Pattern::Bytes { bytes, .. } if bytes.starts_with(b"PXEClient")))
    })
}

/// The alternatives of a condition.
fn alternatives(condition: &Expression) -> Said<Vec<Conjunction>> {
    match condition {
        Expression::Or(parts) => {
            let mut all = Vec::new();
            for part in parts {
                alternatives(part)?.into_iter().for_each(|alternative| join(&mut all, alternative));
                if all.len() > MOST {
                    return Err("the condition has too many alternatives".into());
                }
            }
            Ok(all)
        }
        Expression::And(parts) => {
            let mut all = vec![Conjunction::new()];
            for part in parts {
                let more = alternatives(part)?;
                if all.len().saturating_mul(more.len()) > MOST {
                    return Err("the condition has too many alternatives".into());
                }
                all = all.iter().flat_map(|one| more.iter().filter_map(|other| both(one, other))).collect();
            }
            Ok(joined(all))
        }
        Expression::Equal(left, right) => match (&**left, &**right) {
            (Expression::Data(value), what) | (what, Expression::Data(value)) => {
                Ok(vec![pattern_of(what, value)?])
            }
            (Expression::Number(number), Expression::ExtractInt(what, 16))
            | (Expression::ExtractInt(what, 16), Expression::Number(number)) => match &**what {
                Expression::Option(option) if option.is(93) => {
                    let number = u16::try_from(*number).map_err(|_| "option 93 has 16 bits")?;
                    Ok(vec![one("arch", Pattern::Arch(number))])
                }
                _ => Err(unsaid()),
            },
            _ => Err(unsaid()),
        },
        Expression::Matches(what, pattern, false) => match &**pattern {
            Expression::Data(pattern) => literal(what, pattern),
            _ => Err(unsaid()),
        },
        Expression::Exists(option) => {
            let key = key_of(option).ok_or_else(unsaid)?;
            Ok(vec![one(key, Pattern::Bytes { bytes: Vec::new(), prefix: true })])
        }
        Expression::Not(inside) => match &**inside {
            Expression::Exists(option) if option.is(77) => Ok(vec![one("client", Pattern::NotIpxe)]),
            Expression::Equal(left, right) if is_ipxe(left, right) => {
                Ok(vec![one("client", Pattern::NotIpxe)])
            }
            _ => Err("`match` cannot say what a client is not".into()),
        },
        Expression::NotEqual(left, right) if is_ipxe(left, right) => {
            Ok(vec![one("client", Pattern::NotIpxe)])
        }
        Expression::NotEqual(..) => Err("`match` cannot say what a client is not".into()),
        Expression::Known | Expression::Static => {
            Err("`match` does not ask whether a client is a host of the site".into())
        }
        _ => Err(unsaid()),
    }
}

fn unsaid() -> String {
    "`match` has no key for this condition".into()
}

fn one(key: &'static str, pattern: Pattern) -> Conjunction {
    Conjunction::from([(key, vec![pattern])])
}

fn is_ipxe(left: &Expression, right: &Expression) -> bool {
    let sides = [(left, right), (right, left)];
    sides.iter().any(|sides| {
        matches!(sides, (Expression::Option(option), Expression::Data(data)) if option.is(77) && data == b"iPXE")
    })
}

/// The key of `match` for an option.
fn key_of(option: &OptionName) -> Option<&'static str> {
    match (option.space.as_str(), option.code) {
        ("", 60) => Some("vendor_class"),
        ("", 61) => Some("client_id"),
        ("", 77) => Some("user_class"),
        ("", 93) => Some("arch"),
        ("", 97) => Some("uuid"),
        ("agent", 1) => Some("circuit_id"),
        ("agent", 2) => Some("remote_id"),
        _ => None,
    }
}

/// That something that a client sends equals a value.
pub(in super::super) fn pattern_of(what: &Expression, value: &[u8]) -> Said<Conjunction> {
    let (from, length, inside) = match what {
        Expression::Substring(inside, from, length) => match (&**from, &**length) {
            (Expression::Number(from), Expression::Number(length)) => {
                let number = |number: i64| usize::try_from(number).map_err(|_| unsaid());
                (number(*from)?, Some(number(*length)?), &**inside)
            }
            _ => return Err(unsaid()),
        },
        Expression::PickFirst(parts) => {
            // The client identifier of many systems is the type and the MAC address, which `hardware` is as well.
            let mac = value.len() == 7 && value.first() == Some(&1);
            let hardware = parts.iter().find(|part| **part == Expression::Hardware);
            return match hardware {
                Some(hardware) if mac => pattern_of(hardware, value),
                _ => Err(unsaid()),
            };
        }
        Expression::BinaryToAscii(arguments) => return ascii_mac(arguments, value),
        other => (0, None, other),
    };
    // A shorter part than the value never equals it, and a longer one only if nothing follows.
    let prefix = match length {
        Some(length) if length < value.len() => return Err("no client meets the condition".into()),
        Some(length) => length == value.len(),
        None => false,
    };
    let bytes = value.to_vec();
    match inside {
        Expression::Hardware => {
            let mac = match (from, bytes.split_first()) {
                (0, Some((1, mac))) => mac.to_vec(),
                (1, _) => bytes,
                _ => return Err("`mac` takes Ethernet addresses from their beginning".into()),
            };
            mac_pattern(mac, prefix)
        }
        Expression::Option(option) => {
            let key = key_of(option).ok_or_else(unsaid)?;
            if key == "arch" {
                let number = <[u8; 2]>::try_from(value).map_err(|_| "option 93 has 16 bits")?;
                let number = u16::from_be_bytes(number);
                return if from == 0 { Ok(one("arch", Pattern::Arch(number))) } else { Err(unsaid()) };
            }
            // RFC 3004's form has the length in front of the text; `user_class` matches both.
            let counted = key == "user_class" && from == 1;
            if from != 0 && !counted {
                return Err("`match` compares from the beginning of what a client sends".into());
            }
            Ok(one(key, Pattern::Bytes { bytes, prefix }))
        }
        _ => Err(unsaid()),
    }
}

fn mac_pattern(mac: Vec<u8>, prefix: bool) -> Said<Conjunction> {
    match mac.len() {
        6 => Ok(one("mac", Pattern::Bytes { bytes: mac, prefix: false })),
        1..=5 if prefix => Ok(one("mac", Pattern::Bytes { bytes: mac, prefix })),
        _ => Err("`mac` takes Ethernet addresses, or their first octets".into()),
    }
}

/// `binary-to-ascii(16, 8, ":", substring(hardware, 1, N)) = "0:15:5d"`.
fn ascii_mac(arguments: &[Expression; 4], value: &[u8]) -> Said<Conjunction> {
    let [base, width, separator, bytes] = arguments;
    let (Expression::Number(16), Expression::Number(8), Expression::Data(separator)) =
        (base, width, separator)
    else {
        return Err(unsaid());
    };
    let (text, separator) = (String::from_utf8_lossy(value), String::from_utf8_lossy(separator));
    if separator.is_empty() {
        return Err(unsaid());
    }
    let octets: Option<Vec<u8>> =
        text.split(&*separator).map(|octet| u8::from_str_radix(octet, 16).ok()).collect();
    pattern_of(bytes, &octets.ok_or_else(unsaid)?)
}

/// A regular expression that is a text, with `^` in front.
fn literal(what: &Expression, pattern: &[u8]) -> Said<Vec<Conjunction>> {
    let Some(text) = pattern.strip_prefix(b"^") else {
        return Err("`match` compares from the beginning of what a client sends".into());
    };
    let (text, exact) = text.strip_suffix(b"$").map_or((text, false), |text| (text, true));
    let text = text.strip_suffix(b".*").unwrap_or(text);
    if text.iter().any(|byte| b".[]()*+?{}|\\^$".contains(byte)) {
        return Err("`match` has no regular expressions".into());
    }
    match what {
        Expression::Option(option) => {
            let key = key_of(option).filter(|key| *key != "arch").ok_or_else(unsaid)?;
            Ok(vec![one(key, Pattern::Bytes { bytes: text.to_vec(), prefix: !exact })])
        }
        _ => Err(unsaid()),
    }
}

/// The condition of clients that meet both; `None` if no client can.
fn both(one: &Conjunction, other: &Conjunction) -> Option<Conjunction> {
    let mut all = one.clone();
    for (key, any) in other {
        let common = match all.get(key) {
            None => any.clone(),
            Some(old) => {
                old.iter().flat_map(|one| any.iter().filter_map(|other| common(one, other))).collect()
            }
        };
        if common.is_empty() {
            return None;
        }
        all.insert(key, common);
    }
    Some(all)
}

fn common(one: &Pattern, other: &Pattern) -> Option<Pattern> {
    match (one, other) {
        (Pattern::Bytes { bytes, prefix: true }, Pattern::Bytes { bytes: longer, .. })
            if longer.starts_with(bytes) =>
        {
            Some(other.clone())
        }
        (Pattern::Bytes { bytes: longer, .. }, Pattern::Bytes { bytes, prefix: true })
            if longer.starts_with(bytes) =>
        {
            Some(one.clone())
        }
        (one, other) => (one == other).then(|| one.clone()),
    }
}

/// Joins alternatives that differ in the values of one key only.
fn joined(alternatives: Vec<Conjunction>) -> Vec<Conjunction> {
    let mut all: Vec<Conjunction> = Vec::new();
    alternatives.into_iter().for_each(|alternative| join(&mut all, alternative));
    all
}

/// Adds an alternative; to the last one, if they differ in the values of one key only. Lists are long, and their items
/// follow each other.
fn join(all: &mut Vec<Conjunction>, alternative: Conjunction) {
    let key = all.last().and_then(|last| different_key(last, &alternative));
    match (all.last_mut(), key) {
        (Some(last), Some(key)) => {
            let more = alternative.get(key).cloned().unwrap_or_default();
            let values = last.entry(key).or_default();
            let new: Vec<Pattern> = more.into_iter().filter(|new| values.last() != Some(new)).collect();
            values.extend(new);
        }
        _ => all.push(alternative),
    }
}

/// The one key in which two alternatives differ.
fn different_key(one: &Conjunction, other: &Conjunction) -> Option<&'static str> {
    if one.len() != other.len() || !one.keys().eq(other.keys()) {
        return None;
    }
    let mut different = one.iter().filter(|(key, any)| other.get(**key) != Some(*any)).map(|(key, _)| *key);
    let first = different.next().or_else(|| one.keys().next().copied())?;
    different.next().is_none().then_some(first)
}

/// Alternatives as values of `match`.
pub(super) fn mappings(alternatives: Vec<Conjunction>) -> Vec<Mapping> {
    joined(alternatives).iter().map(mapping).collect()
}

fn mapping(alternative: &Conjunction) -> Mapping {
    let mut map = Mapping::default();
    let ipxe = Pattern::Bytes { bytes: b"iPXE".to_vec(), prefix: false };
    for (key, any) in alternative {
        if *key == "user_class" && *any == [ipxe.clone()] {
            map.set("client", "ipxe");
            continue;
        }
        if *any == [Pattern::NotIpxe] {
            map.set("client", "pxe");
            continue;
        }
        // `client: pxe` says it.
        let pxe = Pattern::Bytes { bytes: b"PXEClient".to_vec(), prefix: true };
        if *key == "vendor_class" && *any == [pxe] && alternative.contains_key("client") {
            continue;
        }
        map.set(key, Value::one_or_list(any.iter().map(|pattern| value(key, pattern)).collect()));
    }
    map
}

/// A pattern as `match` writes it.
pub(in super::super) fn value(key: &str, pattern: &Pattern) -> Value {
    let (bytes, prefix) = match pattern {
        Pattern::Arch(number) => return Value::number(*number),
        Pattern::NotIpxe => return "pxe".into(),
        Pattern::Bytes { bytes, prefix } => (bytes, *prefix),
    };
    let star = if prefix { "*" } else { "" };
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if key == "mac" {
        let colon = if prefix { ":" } else { "" };
        return Value::Text(format!("{}{colon}{star}", hex.join(":")));
    }
    let readable = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    // A text as client identifier would match with a type in front of it as well.
    let hexadecimal = !readable || matches!(key, "uuid" | "client_id") || bytes.ends_with(b"*");
    if hexadecimal {
        let mut map = Mapping::default();
        map.set("hex", format!("{}{star}", hex.join(":")));
        return Value::Map(map);
    }
    Value::Text(format!("{}{star}", String::from_utf8_lossy(bytes)))
}
