//! Texts in quotes: escapes, and characters behind the closing quote.

use super::Diagnosis;
use super::lines::{floor, line};
use super::scan::Scan;
use super::separator::is_key;

/// A backslash in double quotes.
pub(super) fn escape(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
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

/// Text after a closing quote.
pub(super) fn behind_quote(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
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
