//! Tabs, invisible and control characters, and lines whose indentation fits no other line.

use super::Diagnosis;
use super::lines::{indent, line};
use crate::source::invisible_name;

/// A control character, which YAML forbids.
pub(super) fn control(text: &str, at: usize) -> Option<Diagnosis> {
    let here = line(text, at);
    let is_control = |char: char| char.is_ascii_control() && !matches!(char, '\t' | '\r' | '\n');
    let (offset, char) = text.get(here.clone())?.char_indices().find(|(_, char)| is_control(*char))?;
    let place = here.start + offset;
    let message = format!("this is not YAML: it has the control character U+{:04X}", u32::from(char));
    Some(Diagnosis::new(place..place + 1, message, "remove it"))
}

/// A tab or an invisible character in the indentation of this line or of those before it; after a plain text, the
/// parser stops on the line before the tab.
pub(super) fn indentation(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
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

/// A key behind the items of a list.
pub(super) fn key_behind_items(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
    if !words.contains("expected '-' indicator") {
        return None;
    }
    let here = line(text, at);
    let start = here.start + indent(text, &here);
    let end = here.start + text.get(here.clone())?.trim_end().len();
    Some(Diagnosis::new(
        start..end,
        "the lines above are items of a list, and this one is not",
        "put `- ` before every item of a list and before no key of a mapping",
    ))
}

/// A line whose indentation fits nothing.
pub(super) fn too_deep(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
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
