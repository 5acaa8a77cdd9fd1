//! Finds the cause of a syntax error: the parser reports where it cannot continue, which is often far from the fault.
//!
//! The text is searched up to that place for brackets and quotes that are not closed, tabs and invisible characters in
//! the indentation, a colon inside a value, and statements of dhcpd.conf. This runs once for each file, because the
//! first syntax error ends its reading.

use std::ops::Range;

use super::pasted::pasted;
use super::settings::Setting;
use super::site::{Common, Server, Subnet};
use crate::source::invisible_name;

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

/// The fault, its place and its help.
pub(super) struct Diagnosis {
    /// The place in the text, in bytes.
    pub place: Range<usize>,
    /// The message, which replaces the parser's.
    pub message: String,
    /// The help.
    pub help: String,
    /// Another place of the fault, and its label.
    pub other: Option<(Range<usize>, &'static str)>,
}

impl Diagnosis {
    fn new(place: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { place, message: message.into(), help: help.into(), other: None }
    }
}

/// Looks for the fault behind the syntax error at `at`.
pub(super) fn diagnose(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
    let at = floor(text, at);
    control(text, at)
        .or_else(|| indentation(text, at, words))
        .or_else(|| statement(text, at))
        .or_else(|| brackets(text, at, words))
        .or_else(|| unclosed(text, at))
        .or_else(|| escape(text, at, words))
        .or_else(|| behind_quote(text, at, words))
        .or_else(|| line_before(text, at))
        .or_else(|| bracket_in_text(text, at))
        .or_else(|| colon(text, at))
        .or_else(|| start_of_value(text, at))
        .or_else(|| separator(text, at, words))
        .or_else(|| too_deep(text, at, words))
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The line around a place, without its end.
fn line(text: &str, at: usize) -> Range<usize> {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| at + newline);
    start..end
}

/// A control character that YAML does not take.
fn control(text: &str, at: usize) -> Option<Diagnosis> {
    let here = line(text, at);
    let is_control = |char: char| char.is_ascii_control() && !matches!(char, '\t' | '\r' | '\n');
    let (offset, char) = text.get(here.clone())?.char_indices().find(|(_, char)| is_control(*char))?;
    let place = here.start + offset;
    let message = format!("this is not YAML: it has the control character U+{:04X}", u32::from(char));
    Some(Diagnosis::new(place..place + 1, message, "remove it"))
}

/// A tab or an invisible character in the indentation of this line or of the two before it; behind a plain text, the
/// parser stops on the line before the tab.
fn indentation(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
    let mut here = line(text, at);
    if words.contains("tab") && here.end + 1 < text.len() {
        here = line(text, here.end + 1);
    }
    for _ in 0..4 {
        let content = text.get(here.clone())?;
        let blank = |char: char| matches!(char, ' ' | '\t') || invisible_name(char).is_some();
        let indent = content.len() - content.trim_start_matches(blank).len();
        let found = content.get(..indent)?.char_indices().find(|(_, char)| *char != ' ');
        if let Some((offset, char)) = found
            && indent < content.trim_end().len()
        {
            let place = here.start + offset..here.start + offset + char.len_utf8();
            return Some(match invisible_name(char) {
                Some(name) => Diagnosis::new(
                    place,
                    format!("an invisible character indents this line: {name}"),
                    "replace it with blanks",
                ),
                None => Diagnosis::new(
                    place,
                    "a tab indents this line, and YAML does not take tabs",
                    "indent with blanks; `expand -t 2 FILE` replaces every tab",
                ),
            });
        }
        here = line(text, here.start.checked_sub(1)?);
    }
    None
}

/// A statement of dhcpd.conf.
fn statement(text: &str, at: usize) -> Option<Diagnosis> {
    let mut here = line(text, at);
    // `host x` and its bracket may be on two lines.
    for _ in 0..2 {
        let content = text.get(here.start..)?;
        if let Some(help) = pasted(content) {
            let end = here.start + text.get(here.clone())?.trim_end().len();
            let start = end - text.get(here.start..end)?.trim_start().len();
            return Some(Diagnosis::new(start..end, "this is dhcpd.conf, not YAML", help));
        }
        here = line(text, here.start.checked_sub(1)?);
    }
    None
}

/// A bracket, where the parser names it.
fn brackets(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
    let open = text.get(at..)?.chars().next()?;
    if words.contains("unclosed bracket") {
        return Some(not_closed(at, open));
    }
    if words.contains("misplaced bracket") {
        return Some(Diagnosis::new(at..at + 1, format!("this `{open}` closes nothing"), "remove it"));
    }
    if words.contains("mismatched bracket") {
        let mut scan = Scan::default();
        scan.read(text, text.len());
        let (open, close) = scan.mismatch?;
        return mismatched(text, open, close);
    }
    None
}

fn not_closed(at: usize, open: char) -> Diagnosis {
    let close = match open {
        '[' => ']',
        '{' => '}',
        quote => quote,
    };
    let more = if open == '\'' { "; a `'` inside is written `''`" } else { "" };
    Diagnosis::new(
        at..at + open.len_utf8(),
        format!("this `{open}` is not closed"),
        format!("put `{close}` where it ends{more}"),
    )
}

fn mismatched(text: &str, open: usize, close: usize) -> Option<Diagnosis> {
    let (first, last) = (text.get(open..)?.chars().next()?, text.get(close..)?.chars().next()?);
    let message = format!("this `{first}` is not closed before a `{last}`");
    let help =
        format!("put `{}` where it ends, or remove the `{last}`", if first == '[' { ']' } else { '}' });
    Some(Diagnosis {
        other: Some((close..close + 1, "closed here")),
        ..Diagnosis::new(open..open + 1, message, help)
    })
}

/// A bracket or a quote that was opened and not closed.
fn unclosed(text: &str, at: usize) -> Option<Diagnosis> {
    let mut scan = Scan::default();
    scan.read(text, at);
    if let Some((open, close)) = scan.mismatch {
        return mismatched(text, open, close);
    }
    if let Some(quote) = scan.quote {
        return Some(not_closed(quote, text.get(quote..)?.chars().next()?));
    }
    let open = *scan.open.last()?;
    // A line that begins a new key, as far to the left as the line of the bracket, or the end of the text.
    let (here, there) = (line(text, at), line(text, open));
    let is_new = here.start > there.start && indent(text, &here) <= indent(text, &there);
    if is_new || text.get(at..)?.trim().is_empty() {
        return Some(not_closed(open, text.get(open..)?.chars().next()?));
    }
    None
}

/// How far a line is indented.
fn indent(text: &str, line: &Range<usize>) -> usize {
    text.get(line.clone()).map_or(0, |line| line.len() - line.trim_start_matches(' ').len())
}

/// A backslash in double quotes.
fn escape(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
    if !words.contains("escape character") && !words.contains("hexadecimal") {
        return None;
    }
    let start = text.get(..=at)?.rfind('"')?;
    let rest = text.get(start + 1..line(text, start).end)?;
    let inside = rest.split('"').next().unwrap_or_default();
    Some(Diagnosis::new(
        start..start + 1 + inside.len(),
        "a backslash in double quotes begins an escape",
        format!("write '{inside}' in single quotes, where a backslash is itself"),
    ))
}

/// A key after a line that is not a key.
fn line_before(text: &str, at: usize) -> Option<Diagnosis> {
    if text.as_bytes().get(at) != Some(&b':') {
        return None;
    }
    let here = line(text, at);
    let key = text.get(here.start..at)?.trim();
    let before = line(text, here.start.checked_sub(1)?);
    let content = text.get(before.clone())?.trim();
    if !is_key(key)
        || content.is_empty()
        || content.starts_with(['#', '-'])
        || content.contains(": ")
        || content.ends_with(':')
    {
        return None;
    }
    let start = before.start + indent(text, &before);
    Some(without_colon(start..start + content.len(), content))
}

/// A line that should be a key and a value.
fn without_colon(place: Range<usize>, content: &str) -> Diagnosis {
    if let Some(help) = key_and_value(content) {
        return Diagnosis::new(place, "a key and its value are separated by a colon and a blank", help);
    }
    if let Some(item) = content.strip_prefix('-') {
        return Diagnosis::new(
            place,
            "a `-` and its value are separated by a blank",
            format!("write `- {item}`"),
        );
    }
    if content.starts_with(['；', ';']) || content.starts_with("//") || content.starts_with("/*") {
        return Diagnosis::new(place, "this is no comment of YAML", "a comment begins with `#`");
    }
    if content.starts_with('[') && content.ends_with(']') {
        return Diagnosis::new(
            place,
            "this is a section of an INI file, such as smb.conf, not YAML",
            "write a mapping, such as `smb: { shares: { install: { path: /srv/install } } }`",
        );
    }
    Diagnosis::new(place, "this line has no colon", "a line is `key: value`, or `- value` in a list")
}

/// The help for `key=value`, `key:value` and `key value`.
pub(super) fn key_and_value(content: &str) -> Option<String> {
    let separator = |char: char| matches!(char, '=' | ':' | '：') || char.is_whitespace();
    let (name, _) = content.split_once(separator)?;
    let value = content.get(name.len()..)?.trim_start_matches(separator).trim_end_matches([';', ',']);
    (is_key(name) && !value.is_empty()).then(|| format!("write `{name}: {value}`"))
}

fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key.starts_with(|char: char| char.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// A text with a bracket in it, such as a placeholder.
fn bracket_in_text(text: &str, at: usize) -> Option<Diagnosis> {
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

/// A line whose indentation fits nothing.
fn too_deep(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
    let here = line(text, at);
    let content = text.get(here.clone())?.trim();
    if words.contains("expected key") || words.contains("not allowed in this context") {
        let start = here.start + indent(text, &here);
        return Some(Diagnosis::new(
            start..start + content.len(),
            "the indentation of this line fits no line above it",
            "keys of one mapping are indented alike",
        ));
    }
    None
}

/// Brackets and quotes up to a place.
#[derive(Default)]
struct Scan {
    open: Vec<usize>,
    /// A quote that is open.
    quote: Option<usize>,
    /// A bracket that another one's end would close, and that end.
    mismatch: Option<(usize, usize)>,
    /// The last text in quotes.
    last_quoted: Option<Range<usize>>,
}

impl Scan {
    fn read(&mut self, text: &str, upto: usize) {
        let bytes = text.as_bytes();
        // Whether a value may begin here, where brackets and quotes have a meaning.
        let mut begins = true;
        // Lines deeper than this belong to a `|` or `>`.
        let mut block: Option<usize> = None;
        let mut at = 0;
        let upto = upto.min(bytes.len());
        while at < upto {
            let byte = bytes.get(at).copied().unwrap_or_default();
            let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b'\n');
            if before == b'\n' && self.open.is_empty() {
                begins = true;
                let rest = line(text, at);
                let content = text.get(rest.clone()).unwrap_or_default();
                let indent = content.len() - content.trim_start_matches(' ').len();
                if block.is_some_and(|column| indent > column || content.trim().is_empty()) {
                    at = rest.end + 1;
                    continue;
                }
                let end = content.trim_end();
                let opens = [": |", ": >", "- |", "- >"]
                    .iter()
                    .any(|mark| end.trim_end_matches(['-', '+']).ends_with(mark));
                block = opens.then_some(indent);
            }
            match byte {
                b'#' if matches!(before, b' ' | b'\t' | b'\n') => {
                    at = line(text, at).end;
                    continue;
                }
                b'"' | b'\'' if begins => match quoted_end(bytes, at, upto) {
                    Some(end) => {
                        self.last_quoted = Some(at..end);
                        at = end;
                        begins = false;
                        continue;
                    }
                    None => {
                        self.quote = Some(at);
                        return;
                    }
                },
                b'[' | b'{' if begins => self.open.push(at),
                b']' | b'}' if !self.open.is_empty() => {
                    let open = self.open.pop().unwrap_or_default();
                    if (bytes.get(open) == Some(&b'[')) != (byte == b']') {
                        self.mismatch = Some((open, at));
                        return;
                    }
                    begins = false;
                }
                b',' if !self.open.is_empty() => begins = true,
                b':' if matches!(bytes.get(at + 1), None | Some(b' ' | b'\n' | b'\r' | b'\t')) => {
                    begins = true;
                }
                b'-' | b'?' if begins && bytes.get(at + 1) == Some(&b' ') => {}
                b' ' | b'\t' | b'\r' | b'\n' => {}
                _ => begins = false,
            }
            at += 1;
        }
        // The bracket that the parser stopped at.
        if let (Some(byte @ (b']' | b'}')), Some(open)) = (bytes.get(at).copied(), self.open.last().copied())
            && (bytes.get(open) == Some(&b'[')) != (byte == b']')
        {
            self.mismatch = Some((open, at));
        }
    }
}

/// The offset after the closing quote of a text in quotes; `None` if that is after `upto`.
fn quoted_end(bytes: &[u8], start: usize, upto: usize) -> Option<usize> {
    let quote = *bytes.get(start)?;
    let mut at = start + 1;
    while at < upto {
        match bytes.get(at).copied()? {
            b'\\' if quote == b'"' => at += 2,
            byte if byte == quote => {
                if quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
                    at += 2;
                } else {
                    return Some(at + 1);
                }
            }
            _ => at += 1,
        }
    }
    None
}

/// Something behind a closing quote.
fn behind_quote(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
    if !words.contains("trailing content") && !words.contains("quoted") {
        return None;
    }
    let mut scan = Scan::default();
    scan.read(text, at);
    let quoted = scan.last_quoted?;
    if text.get(quoted.end..at)?.contains('\n') {
        return None;
    }
    let quote = text.get(quoted.start..)?.chars().next()?;
    if text.get(quoted.clone())?.contains('\n') {
        return Some(Diagnosis::new(
            quoted.start..quoted.start + 1,
            format!(
                "this `{quote}` is closed only on a later line, by the beginning of another text in quotes"
            ),
            format!("put `{quote}` where the text ends"),
        ));
    }
    let rest = text.get(quoted.end..line(text, at).end)?.trim();
    let help = match rest.chars().next()? {
        ';' => "remove the `;`: a value ends with its line, or with a comma inside of brackets".to_owned(),
        '#' => "a comment needs a blank before its `#`".to_owned(),
        '"' | '\'' => "put a comma between the two, or write one text".to_owned(),
        _ if rest.split_once(':').is_some_and(|(key, _)| is_key(key)) => {
            format!("put a comma before `{}`", rest.split(':').next().unwrap_or_default())
        }
        _ => format!(
            "the whole value goes into the quotes; a `{quote}` inside is written `{}`",
            if quote == '"' { "\\\"" } else { "''" }
        ),
    };
    let end = floor(text, at.max(quoted.end) + 1).max(quoted.end);
    let place = text.get(at..)?.chars().next().map_or(quoted.end..end, |char| at..at + char.len_utf8());
    Some(Diagnosis::new(place, "something follows a closing quote", help))
}

/// A colon and a blank inside a value.
fn colon(text: &str, at: usize) -> Option<Diagnosis> {
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
fn start_of_value(text: &str, at: usize) -> Option<Diagnosis> {
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

/// A key without a colon, without a blank behind it, or with `=` instead.
fn separator(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
    if !words.contains("simple key") && !words.contains("expected ':'") {
        return None;
    }
    let here = line(text, at);
    let content = text.get(here.clone())?;
    let trimmed = content.trim();
    let start = here.start + (content.len() - content.trim_start().len());
    let place = start..start + trimmed.len();
    Some(without_colon(place, trimmed))
}

#[cfg(test)]
mod tests {
    use super::diagnose;
    use crate::source::{Entered, FaultKind, Reader, Sources};

    /// The line, the text at the place, the message and the help for the first syntax error of a text.
    fn said(text: &str) -> String {
        let sources = Sources::new();
        let file = sources.add("site.yaml", text.to_owned()).unwrap();
        let mut reader = Reader::new(&sources, file);
        let fault = match reader.start_whole() {
            Err(fault) => fault,
            Ok(None | Some(Entered::Map(_) | Entered::Node(_))) => match reader.finish() {
                Err(fault) => fault,
                Ok(()) => return "no fault".to_owned(),
            },
        };
        let FaultKind::Syntax(words) = &fault.kind else { panic!("{fault:?}") };
        let Some(found) = diagnose(file.text(), (fault.span.start - file.base()) as usize, words) else {
            return format!("nothing: {words}");
        };
        let line = text[..found.place.start].matches('\n').count() + 1;
        format!("{line} `{}` {}; {}", &text[found.place.clone()], found.message, found.help)
    }

    #[test]
    fn the_fault_is_found_and_not_the_place_where_the_parser_stops() {
        for (text, expected) in [
            ("a:\n\tb: c\n", "2 `\t` a tab indents this line"),
            ("a:\n  b: c\n\td: e\n", "3 `\t` a tab"),
            ("a:\n  b: c\n\t\td: e\n", "3 `\t` a tab"),
            (
                "label: Debian: stable\n",
                "1 `:` a value with a colon and a blank in it needs quotes; write \"Debian: stable\"",
            ),
            (
                "m: { label: Debian: stable, x: y }\n",
                "1 `:` a value with a colon and a blank in it needs quotes; write \"Debian: stable\"",
            ),
            ("a: { b: c\nd: e\n", "1 `{` this `{` is not closed; put `}` where it ends"),
            ("a:\n  b: [c, d\ne: f\n", "2 `[` this `[` is not closed"),
            ("a: { b: [c, d }\n", "1 `[` this `[` is not closed before a `}`"),
            ("a: { b: { c: d }\n", "1 `{` this `{` is not closed"),
            ("a: [b]]\n", "1 `]` this `]` closes nothing"),
            ("# it's { fine\na: \"b\nc: d\n", "2 `\"` this `\"` is not closed"),
            ("a: 'b\nc: d\n", "1 `'` this `'` is not closed"),
            ("a: \"b\n  c: \"d\"\n", "1 `\"` this `\"` is closed only on a later line"),
            ("a: \"b\";\n", "1 `;` something follows a closing quote; remove the `;`"),
            ("a: { b: \"c\" d: e }\n", "1 `d` something follows a closing quote; put a comma before `d`"),
            ("a: { mac: x ip: y }\n", "1 `ip` there is no comma before `ip`"),
            ("a: \"C:\\x\"\n", "1 `\"C:\\x` a backslash in double quotes begins an escape; write 'C:\\x'"),
            (
                "a: { b: c={d}/e, f: g }\n",
                "1 `c={d}/e` a value with a bracket in it needs quotes; write \"c={d}/e\"",
            ),
            ("a: { b: {d}-x }\n", "1 `{d}-x` a value with a bracket"),
            (
                "a: { b: { c: {d}/x}}\n",
                "1 `{d}/x` a value with a bracket in it needs quotes; write \"{d}/x\"",
            ),
            (
                "a: { b: 10.0.0.[1-9]}\n",
                "1 `10.0.0.[1-9]` a value with a bracket in it needs quotes; write \"10.0.0.[1-9]\"",
            ),
            ("a: b\n// c\nd: e\n", "2 `// c` this is no comment of YAML; a comment begins with `#`"),
            ("a: b\n[c]\nd: e\n", "2 `[c]` this is a section of an INI file"),
            (
                "a:\n  b：1\n  c: d\n",
                "2 `b：1` a key and its value are separated by a colon and a blank; write `b: 1`",
            ),
            ("a:\n  b: {d}/x\n", "2 `{d}/x` a value with a bracket"),
            (
                "a:\n  b 1\n  c: d\n",
                "2 `b 1` a key and its value are separated by a colon and a blank; write `b: 1`",
            ),
            (
                "a:\n  b=1\n  c: d\n",
                "2 `b=1` a key and its value are separated by a colon and a blank; write `b: 1`",
            ),
            (
                "a: b\nc:1\nd: e\n",
                "2 `c:1` a key and its value are separated by a colon and a blank; write `c: 1`",
            ),
            ("a:\n  b: c\n    d: e\n", "3 `d: e` the indentation of this line fits no line above it"),
            ("a:\n  b:\n    c: d\n   e: f\n", "4 `e: f` the indentation of this line"),
            ("a: @b\n", "1 `@` a value cannot begin with `@`"),
            ("a: { b: * }\n", "1 `*` a value cannot begin with `*`"),
            (
                "a: b\nhost x {\n  hardware ethernet 52:54:00:00:00:01;\n}\n",
                "2 `host x {` this is dhcpd.conf, not YAML; write `hosts: { x: { mac: \"52:54:00:00:00:01\" } }`",
            ),
            ("a: |\n  { [ \"\nb: { c: d\n", "3 `{` this `{` is not closed"),
        ] {
            let got = said(text);
            assert!(got.starts_with(expected), "{text:?}\n   {got}\n   {expected}");
        }
    }
}
