//! iPXE commands that the user wrote.

use serde::Serialize;

use super::{BootKind, BuiltEntry, EntryBuilder, installers};
use crate::dialects::{Raw, ipxe};
use crate::model::{EntryKind, ScriptBoot, Spanned};
use crate::schema::{Field, mapping};
use crate::source::Scalar;

pub(super) const KIND: BootKind =
    BootKind { word: "script", label: None, template: template!("script"), keys: Script::properties, build };

mapping! {
    /// The keys of `kind: script`.
    pub struct Script in "an entry of kind `script`" {
        /// The lines.
        lines: Vec<Scalar<'a>>,
    }
}

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = Script::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    let Some(written) = own.lines.given() else {
        if matches!(own.lines, Field::Absent) {
            builder.missing("lines", "lines of iPXE script, one an item, or all in a block (`|`)");
        }
        return None;
    };
    let (mut lines, mut asked) = (Vec::new(), Vec::new());
    let mut whole = true;
    for word in written {
        let Some(text) = builder.text(*word) else {
            whole = false;
            continue;
        };
        if let Err(refused) = ipxe::balanced(&text) {
            builder.refuse(word.span, &refused);
            whole = false;
        }
        let places = builder.reading.sources.lines_of(*word).into_iter().chain(std::iter::repeat(word.span));
        asked.extend(
            text.lines().zip(places).map(|(line, span)| Spanned::new(line.trim_end().to_owned(), span)),
        );
        lines.extend(text.lines().map(|line| back_on_failure(line.trim_end())));
    }
    if !whole {
        return None;
    }
    // A continuation of the line above is not a label.
    let begin = std::iter::once("").chain(lines.iter().map(String::as_str)).zip(&lines);
    let begin = begin.filter_map(|(above, line)| (!above.ends_with('\\')).then_some(line));
    let labels = begin.filter_map(|line| line.trim_start().strip_prefix(':')).map(label).collect();
    let unattended = installers::unattended(&installers::of_script(&asked)).map(|at| at.span);
    let script = ScriptBoot { lines: lines.join("\n"), written: asked, labels };
    Some(BuiltEntry { unattended, ..builder.build(EntryKind::Script(script)) })
}

/// A label ends at the first blank; what follows it is run.
fn label(rest: &str) -> String {
    rest.split_whitespace().next().unwrap_or_default().to_owned()
}

/// The line, with a jump back to the menu if it fails, as in every other entry; without it a failure would end the
/// script. Lines that handle failure themselves are not changed.
fn back_on_failure(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let comment = words.iter().any(|word| word.starts_with('#'));
    let quiet = words.is_empty()
        || comment
        || words.contains(&"||")
        || line.ends_with('\\')
        || words.first().is_some_and(|word| word.starts_with(':') || ["goto", "exit", "echo"].contains(word));
    if quiet { line.to_owned() } else { format!("{line} || goto ipxegen.failed") }
}

/// The values for the template of a script: lines that are printed as they are.
#[derive(Serialize)]
pub(super) struct ScriptLines {
    lines: Raw,
}

impl ScriptLines {
    pub(super) fn of(script: &ScriptBoot) -> Self {
        Self { lines: Raw::new(script.lines.clone()) }
    }
}
