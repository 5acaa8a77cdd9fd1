//! Statements as text for `raw`.

use super::super::draft::{Mapping, Value};
use super::super::origin::Origin;
use super::statements::Statement;
use crate::dialects::dhcpd::lexer::{PartKind, parts};

/// A text for `raw`, and where it comes from.
#[derive(Clone, Debug)]
pub struct Verbatim {
    /// Statements, with line ends.
    pub text: String,
    /// The place of the first.
    pub origin: Origin,
    /// The number of the first in the account.
    pub number: usize,
}

impl Verbatim {
    /// A statement as it is.
    pub fn of(statement: &Statement<'_>) -> Self {
        Self::with(statement, text_of(statement))
    }

    /// A statement in another text.
    pub fn with(statement: &Statement<'_>, text: String) -> Self {
        Self { text, origin: statement.origin.clone(), number: statement.number }
    }
}

/// The text of a statement, without the indentation that it has in its file.
pub fn text_of(statement: &Statement<'_>) -> String {
    if statement.verbatim {
        return format!("{}\n", statement.text);
    }
    // Most statements are a line of their own.
    let own = statement.text;
    if statement.block.is_none() && own.ends_with(';') && !own.contains(['\n', '{', '}']) {
        return [own, "\n"].concat();
    }
    // The type of an option is a block for the lexer if it is a record.
    let is_record = statement.block.is_some() && statement.begins(&["option"]);
    let mut text = match whole(statement.text).filter(|_| !is_record) {
        Some(whole) => dedented(&whole),
        None => dedented(statement.text),
    };
    if is_record {
        text.truncate(text.trim_end().len());
        text.push_str(";\n");
    }
    text
}

/// A text without the statements that do not end, and with the ends of its blocks, if it lacks any.
fn whole(text: &str) -> Option<String> {
    let mut open = 0_usize;
    let mut broken = false;
    let mut out = String::new();
    let mut done = 0;
    for part in parts(text) {
        match part.kind {
            PartKind::BlockStart => open += 1,
            PartKind::BlockEnd => open = open.saturating_sub(1),
            PartKind::Unfinished => {
                broken = true;
                out.push_str(text.get(done..part.range.start).unwrap_or_default());
                done = part.range.end;
            }
            PartKind::Comment | PartKind::Statement => {}
        }
    }
    if open == 0 && !broken {
        return None;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    for _ in 0..open {
        out.push_str("\n}");
    }
    Some(out)
}

/// A text of several lines without the indentation that its last line has, which is that of its first.
fn dedented(text: &str) -> String {
    // A string may span lines; its blanks count.
    let in_string = text.split('"').skip(1).step_by(2).any(|string| string.contains('\n'));
    if in_string {
        return format!("{text}\n");
    }
    let last = text.lines().skip(1).last().unwrap_or_default();
    let blanks = last.len() - last.trim_start_matches([' ', '\t']).len();
    let indentation = last.get(..blanks).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + 1);
    for (at, line) in text.lines().enumerate() {
        let line = if at == 0 { line } else { line.strip_prefix(indentation).unwrap_or(line) };
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Sets `raw: { OUTPUT: text }` of a scope, in the order of the file.
pub fn set_raw(scope: &mut Mapping, output: &str, mut texts: Vec<Verbatim>) {
    if texts.is_empty() {
        return;
    }
    texts.sort_by_key(|verbatim| verbatim.number);
    let text: String = texts.iter().map(|verbatim| verbatim.text.as_str()).collect();
    let entry = scope.map("raw").set(output, Value::Lines(text));
    for verbatim in &texts {
        entry.from(&verbatim.origin);
    }
}
