//! Brackets and quotes that are not closed, and brackets that close nothing.

use super::Diagnosis;
use super::lines::{indent, line};
use super::scan::Scan;

/// A bracket, where the parser names it.
pub(super) fn brackets(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
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

/// A bracket or a quote that was opened and not closed.
pub(super) fn unclosed(text: &str, at: usize) -> Option<Diagnosis> {
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
        let not_closed = not_closed(open, text.get(open..)?.chars().next()?);
        let comment = comment(text.get(open..there.end)?);
        return Some(match comment {
            Some(at) => Diagnosis {
                other: Some((open + at..there.end, "a comment")),
                help: format!(
                    "YAML takes everything behind ` #` for a comment; {}, or put the text in quotes",
                    not_closed.help
                ),
                ..not_closed
            },
            None => not_closed,
        });
    }
    None
}

/// Where the comment of a line begins, if it contains a bracket that would close one.
fn comment(line: &str) -> Option<usize> {
    let (before, behind) = line.split_once(" #")?;
    let is_quoted = ['"', '\''].iter().any(|quote| before.matches(*quote).count() % 2 == 1);
    (!is_quoted && behind.contains(['}', ']'])).then_some(before.len() + 1)
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
