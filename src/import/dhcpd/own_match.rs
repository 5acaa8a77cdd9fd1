//! The `match` from which ipxegen wrote a condition (`templates/dhcpd/condition.tera`): the keys between `and`, the values
//! of each between `or`.

use super::super::draft::{Mapping, Value};
use super::classes::{Pattern, pattern_of, value};
use super::expression::{Expression, Kind, OptionNames, expression};
use crate::dialects::dhcpd::lexer::Token;
use crate::model::{Asks, CLIENT_KINDS, ClientKind};

const IPXE: &str = "(optionuser-class=\"iPXE\"orsubstring(optionuser-class,1,4)=\"iPXE\")";
const PXE: &str = "substring(optionvendor-class-identifier,0,9)=\"PXEClient\"";
const HTTP: &str = "substring(optionvendor-class-identifier,0,10)=\"HTTPClient\"";
const UBOOT: &str = "lcase(substring(optionvendor-class-identifier,0,6))=\"u-boot\"";
const ARCH: &str = "substring(optionarch,0,2)=";

/// The value of `match` for the tokens of a condition.
///
/// # Errors
/// If it is not as ipxegen writes it.
pub fn own_match(tokens: &[Token<'_>], names: &OptionNames) -> Result<Mapping, String> {
    let mut map = Mapping::default();
    for part in split(inside(tokens).unwrap_or(tokens), "and") {
        let tests = match inside(part) {
            Some(_) if program(part).is_some() || kind(part).is_some() => vec![part],
            Some(inner) => split(inner, "or"),
            None => vec![part],
        };
        let mut key = "client";
        let mut values: Vec<Value> = Vec::new();
        let mut patterns: Vec<Pattern> = Vec::new();
        for test in tests {
            if let Some(name) = program(test) {
                values.push(name.into());
            } else if let Some(kind) = kind(test) {
                key = "arch";
                values.push(kind.name().into());
            } else {
                let (of, pattern) = pattern(test, names)?;
                key = of;
                if !repeats(key, &pattern, patterns.last()) {
                    patterns.push(pattern.clone());
                    values.push(value(key, &pattern));
                } else if key == "client_id"
                    && let (Some(last), Some(text)) = (values.last_mut(), text_of(patterns.last()))
                {
                    *last = text;
                }
            }
        }
        map.set(key, Value::one_or_list(values));
    }
    Ok(map)
}

/// The tokens between parentheses that are around all of them.
fn inside<'s, 't>(tokens: &'s [Token<'t>]) -> Option<&'s [Token<'t>]> {
    let (first, rest) = tokens.split_first()?;
    let (last, inner) = rest.split_last()?;
    if first.text != "(" || last.text != ")" {
        return None;
    }
    let mut depth = 0_usize;
    for token in inner {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    Some(inner)
}

/// The parts between a word, outside of parentheses.
fn split<'s, 't>(tokens: &'s [Token<'t>], word: &str) -> Vec<&'s [Token<'t>]> {
    let mut depth = 0_usize;
    let is_end = |token: &Token<'_>| {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.text == word
    };
    tokens.split(is_end).collect()
}

fn text(tokens: &[Token<'_>]) -> String {
    tokens.iter().map(|token| token.text).collect()
}

/// The program that a test asks for.
fn program(tokens: &[Token<'_>]) -> Option<&'static str> {
    let text = text(tokens);
    let plain = format!("(not{IPXE}andnot({PXE})andnot({HTTP})andnot({UBOOT}))");
    [
        ("ipxe", IPXE.to_owned()),
        ("pxe", format!("({PXE}andnot{IPXE})")),
        ("http", format!("({HTTP}andnot{IPXE})")),
        ("plain", plain),
    ]
    .into_iter()
    .find_map(|(name, own)| (own == text).then_some(name))
}

/// The kind of client that a test asks for.
fn kind(tokens: &[Token<'_>]) -> Option<ClientKind> {
    let text = text(inside(tokens)?);
    let numbers: Vec<u16> = (text.split(ARCH).skip(1))
        .filter_map(|rest| u16::from_str_radix(&rest.get(..5)?.replace(':', ""), 16).ok())
        .collect();
    let (asks, rest) = [
        (Asks::Http, format!("{HTTP}and")),
        (Asks::Pxe, format!("{PXE}and")),
        (Asks::Uboot, format!("{UBOOT}and")),
        (Asks::Power, format!("not({HTTP})and")),
    ]
    .into_iter()
    .find_map(|(asks, begin)| Some((asks, text.strip_prefix(&begin)?)))?;
    if asks == Asks::Pxe && rest.contains("pxe-client-id") {
        return Some(if rest.starts_with("not(") { ClientKind::Bios } else { ClientKind::Rpi });
    }
    let is = |kind: ClientKind| kind.info().asks == asks && kind.arch_numbers() == numbers;
    CLIENT_KINDS.iter().map(|info| info.kind).find(|kind| is(*kind))
}

/// The key and the value that a test asks for.
fn pattern(tokens: &[Token<'_>], names: &OptionNames) -> Result<(&'static str, Pattern), String> {
    let unsaid = || "it is not as ipxegen writes it".to_owned();
    let Expression::Equal(left, right) = expression(tokens, names, Kind::Boolean)? else {
        return Err(unsaid());
    };
    let Expression::Data(bytes) = *right else { return Err(unsaid()) };
    let conjunction = pattern_of(&left, &bytes)?;
    let (key, any) = conjunction.into_iter().next().ok_or_else(unsaid)?;
    Ok((key, any.into_iter().next().ok_or_else(unsaid)?))
}

/// Whether a pattern is the other form of the one before: a user class with its length in front, a client identifier
/// with the type 0.
fn repeats(key: &str, pattern: &Pattern, last: Option<&Pattern>) -> bool {
    let (Pattern::Bytes { bytes, .. }, Some(Pattern::Bytes { bytes: last, .. })) = (pattern, last) else {
        return false;
    };
    let first = match key {
        "user_class" => u8::try_from(last.len()).unwrap_or_default(),
        "client_id" => 0,
        _ => return false,
    };
    bytes == last && key == "user_class" || bytes.split_first() == Some((&first, last))
}

/// Bytes as a text, if they are one.
fn text_of(pattern: Option<&Pattern>) -> Option<Value> {
    let Some(Pattern::Bytes { bytes, prefix }) = pattern else { return None };
    let text = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| text.bytes().all(|byte| matches!(byte, b' '..=b'~')))?;
    Some(Value::Text(format!("{text}{}", if *prefix { "*" } else { "" })))
}
