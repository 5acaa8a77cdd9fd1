//! Values without quotes that need them: those with a bracket, a colon or a special first character.

use super::Diagnosis;
use super::lines::line;
use super::scan::Scan;
use crate::schema::settings::Setting;
use crate::schema::site::{Common, Server, Subnet};

/// Keys of mappings that are often written on one line.
const KEYS: &[&[&str]] = &[
    &[
        "mac", "ip", "group", "kind", "kernel", "initrd", "cmdline", "iso", "target", "lun", "gap",
        "submenu", "title", "items",
    ],
    Setting::KEYS,
    Common::KEYS,
    Subnet::KEYS,
    Server::KEYS,
];

/// A text with a bracket in it, such as a placeholder.
pub(super) fn bracket_in_text(text: &str, at: usize) -> Option<Diagnosis> {
    let here = line(text, at);
    let before = text.get(here.start..at)?;
    let begins =
        [": ", ", ", "- "].iter().filter_map(|mark| before.rfind(mark).map(|found| found + 2)).max()?;
    let start =
        here.start + begins + (before.get(begins..)?.len() - before.get(begins..)?.trim_start().len());
    let rest = text.get(start..here.end)?;
    let end = [", ", " }", " ]", " #"].iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
    let value = without_closing(rest.get(..end)?);
    let is_text = value.contains(['{', '[']) && !value.starts_with(['"', '\'']) && !value.contains(": ");
    let is_behind = value.starts_with(['{', '[']) && value.ends_with(['}', ']']);
    (is_text && !is_behind).then(|| {
        Diagnosis::new(
            start..start + value.len(),
            "a value with a bracket in it needs quotes",
            format!("write \"{value}\""),
        )
    })
}

/// A text without the brackets at its end that close a mapping or list around it.
fn without_closing(text: &str) -> &str {
    let mut text = text.trim_end();
    // No site nests deeper, and a line may be long.
    for _ in 0..16 {
        let Some(close @ (']' | '}')) = text.chars().next_back() else { break };
        let open = if close == ']' { '[' } else { '{' };
        if text.matches(close).count() <= text.matches(open).count() {
            break;
        }
        text = text.strip_suffix(close).unwrap_or_default().trim_end();
    }
    text
}

/// A colon and a blank inside a value.
pub(super) fn colon(text: &str, at: usize) -> Option<Diagnosis> {
    if text.as_bytes().get(at) != Some(&b':') {
        return None;
    }
    let here = line(text, at);
    let before = text.get(here.start..at)?;
    // The value begins behind the colon before this one.
    let begins = before.rfind(": ").map(|colon| here.start + colon + 2)?;
    let value = text.get(begins..here.end)?;
    let lead = value.len() - value.trim_start().len();
    let begins = begins + lead;
    let in_brackets = {
        let mut scan = Scan::default();
        scan.read(text, begins);
        !scan.open.is_empty()
    };
    let rest = text.get(begins..here.end)?;
    let ends = if in_brackets {
        rest.find([',', '}', ']']).unwrap_or(rest.len())
    } else {
        rest.find(" #").unwrap_or(rest.len())
    };
    let value = rest.get(..ends)?.trim_end();
    if value.starts_with(['"', '\'', '{', '[']) || begins > at {
        return None;
    }
    let last = text.get(begins..at)?.rsplit(' ').next().unwrap_or_default();
    if in_brackets && text.get(begins..at)?.contains(' ') && KEYS.iter().any(|keys| keys.contains(&last)) {
        let start = at - last.len();
        return Some(Diagnosis::new(
            start..at,
            format!("there is no comma before `{last}`"),
            "put one behind the value before it",
        ));
    }
    Some(Diagnosis::new(
        at..at + 1,
        "a value with a colon and a blank in it needs quotes",
        format!("write \"{value}\""),
    ))
}

/// A value that begins with a character that means something else, or with a bracket that is part of a text.
pub(super) fn start_of_value(text: &str, at: usize) -> Option<Diagnosis> {
    let char = text.get(at..)?.chars().next()?;
    let here = line(text, at);
    let before = text.get(here.start..at)?.trim_end();
    let begins = before.is_empty() || before.ends_with([':', '-', ',', '[', '{']);
    if begins && matches!(char, '@' | '`' | '%' | '*' | '&' | '!' | '|' | '>') {
        return Some(Diagnosis::new(
            at..at + char.len_utf8(),
            format!("a value cannot begin with `{char}`"),
            "put the whole value into double quotes",
        ));
    }
    None
}

/// A text that begins with `*`: YAML reads its first word as an alias, and fails at the next.
pub(super) fn text_behind_alias(text: &str, at: usize) -> Option<Diagnosis> {
    let here = line(text, at);
    let content = text.get(here.clone())?;
    let begins = [": *", "- *"].iter().filter_map(|mark| Some(content.find(mark)? + 2)).min()?;
    let value = content.get(begins..)?.trim_end();
    let is_text = value.split_once(' ').is_some_and(|(_, rest)| !rest.trim_start().starts_with('#'));
    let is_plain = !content.get(..begins)?.contains(['{', '[', '"', '\'']);
    (is_text && is_plain).then(|| {
        Diagnosis::new(
            here.start + begins..here.start + begins + 1,
            "a value cannot begin with `*`",
            "put the whole value into double quotes",
        )
    })
}
