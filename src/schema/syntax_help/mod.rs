//! Finds the cause of a syntax error: the parser reports where it cannot continue, which is often far from the fault.
//!
//! The text is searched up to that place for brackets and quotes that are not closed, tabs and invisible characters in
//! the indentation, a colon inside a value, and statements of dhcpd.conf. This runs once for each file, because the
//! first syntax error ends its reading.

mod brackets;
mod indentation;
mod lines;
mod plain_value;
mod quoted;
mod scan;
mod separator;

use std::ops::Range;

pub(super) use separator::key_and_value;

use super::dhcpd_statement::dhcpd_statement;
use brackets::{brackets, unclosed};
use indentation::{control, indentation, key_behind_items, too_deep};
use lines::{floor, line};
use plain_value::{bracket_in_text, colon, start_of_value, text_behind_alias};
use quoted::{behind_quote, escape};
use separator::{line_before, separator};

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
        .or_else(|| text_behind_alias(text, at))
        .or_else(|| separator(text, at, words))
        .or_else(|| key_behind_items(text, at, words))
        .or_else(|| too_deep(text, at, words))
}

/// A statement of dhcpd.conf.
fn statement(text: &str, at: usize) -> Option<Diagnosis> {
    let mut here = line(text, at);
    // `host x` and its bracket may be on two lines.
    for _ in 0..2 {
        let content = text.get(here.start..)?;
        if let Some(help) = dhcpd_statement(content) {
            let end = here.start + text.get(here.clone())?.trim_end().len();
            let start = end - text.get(here.start..end)?.trim_start().len();
            return Some(Diagnosis::new(start..end, "this is dhcpd.conf, not YAML", help));
        }
        here = line(text, here.start.checked_sub(1)?);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::diagnose;
    use crate::source::{Entered, FaultKind, Reader, Sources};

    /// The line, the text at the place, the message and the help for the first syntax error of a text.
    fn fault_of(text: &str) -> String {
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
            (
                "a: { b: #1 c, d: e }\nf: g\n",
                "1 `{` this `{` is not closed; YAML takes everything behind ` #` for a comment; put `}` where it ends, or",
            ),
            ("a: { b: \"c #1 }\", d: e\nf: g\n", "1 `{` this `{` is not closed; put `}` where it ends"),
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
            (
                "a:\n  - b: c\n  d: e\n",
                "3 `d: e` the lines above are items of a list, and this one is not; put `- ` before every item",
            ),
            ("a:\n  b: c\n  d: *Debian 12\n", "3 `*` a value cannot begin with `*`; put the whole value"),
            ("a: @b\n", "1 `@` a value cannot begin with `@`"),
            ("a: { b: * }\n", "1 `*` a value cannot begin with `*`"),
            (
                "a: b\nhost x {\n  hardware ethernet 52:54:00:00:00:01;\n}\n",
                "2 `host x {` this is dhcpd.conf, not YAML; write `hosts: { x: { mac: \"52:54:00:00:00:01\" } }`",
            ),
            ("a: |\n  { [ \"\nb: { c: d\n", "3 `{` this `{` is not closed"),
        ] {
            let got = fault_of(text);
            assert!(got.starts_with(expected), "{text:?}\n   {got}\n   {expected}");
        }
    }
}
