//! The kinds of boot entry, one file each.
//!
//! A kind reads its own keys, lists the files that the user has to put below the TFTP root, and says what it needs
//! from other services. The values of its keys become its struct in [`EntryKind`], which rules read, and which its
//! template `templates/ipxe/boot/<kind>.ipxe.tera` prints.

/// The template of a kind: its name and its text.
macro_rules! template {
    ( $kind:literal ) => {
        (
            concat!("ipxe/boot/", $kind),
            include_str!(concat!("../../templates/ipxe/boot/", $kind, ".ipxe.tera")),
        )
    };
}

mod anaconda;
mod arguments;
mod autoyast;
mod builtin;
mod casper;
mod chain;
mod debian_installer;
mod entry_builder;
mod inject;
mod installers;
mod iso;
mod linux;
mod live;
mod live_boot;
mod local;
mod memtest;
mod nfs_root;
mod san;
mod script;
pub mod script_commands;
mod shim;
mod startnet;
mod subiquity;
mod unattended;
mod winpe;

pub use entry_builder::{BuiltEntry, EntryBuilder, Given, ShareFact, SiteFacts};

use serde_json::{Map, Value, json};

use crate::model::{EntryKind, LinuxBoot, LinuxStart, LinuxSystem};
use crate::report::catalogue::{MISSING_KEY, UNKNOWN_KIND};
use crate::report::{Finding, Report};
use crate::schema::{BootEntry, Common, FOREIGN_KINDS, Shapes, fold, listed, nearest};
use crate::source::Scalar;

/// A kind of boot entry.
#[derive(Debug)]
pub struct BootKind {
    /// Its word in site.yaml.
    pub word: &'static str,
    /// The label of entries that have none of their own.
    pub label: Option<&'static str>,
    /// The name and the text of its template.
    pub template: (&'static str, &'static str),
    /// The JSON Schema of the keys that only it has.
    pub keys: fn(&mut Shapes) -> Map<String, Value>,
    /// Builds an entry from its keys; `None` if it cannot, with a finding.
    pub build: fn(&mut EntryBuilder<'_, '_>) -> Option<BuiltEntry>,
}

impl BootKind {
    /// Whether an entry takes files into the booted system (`inject`).
    #[must_use]
    pub fn takes_files(&self) -> bool {
        let starts_linux = LinuxSystem::ALL.iter().any(|system| system.word() == self.word);
        starts_linux || self.word == winpe::KIND.word
    }
}

/// Every kind.
pub static KINDS: &[&BootKind] = &[
    &linux::KIND,
    &casper::KIND,
    &live_boot::KIND,
    &debian_installer::KIND,
    &subiquity::KIND,
    &anaconda::KIND,
    &autoyast::KIND,
    &nfs_root::KIND,
    &iso::KIND,
    &winpe::KIND,
    &san::KIND,
    &local::KIND,
    &memtest::KIND,
    &chain::KIND,
    &script::KIND,
    &builtin::SHELL,
    &builtin::CONFIG,
    &builtin::EXIT,
    &builtin::REBOOT,
    &builtin::POWEROFF,
];

/// Entries that a menu may name although `boot_entries` does not declare them.
pub const BUILTIN_ENTRIES: &[&str] = &["shell", "config", "exit", "reboot", "poweroff", "local", "san"];

/// The kind of that name.
#[must_use]
pub fn kind(word: &str) -> Option<&'static BootKind> {
    KINDS.iter().copied().find(|kind| kind.word == word)
}

/// The name of the template that renders the lines of an entry.
#[must_use]
pub fn template_name(kind: &EntryKind) -> &'static str {
    match kind {
        // The menu's script only starts the script of the entry.
        EntryKind::Linux(LinuxBoot { start: LinuxStart::OwnScript { .. }, .. }) => chain::KIND.template.0,
        kind => self::kind(kind.word()).map_or("", |known| known.template.0),
    }
}

/// The values of the entry's kind for that template.
///
/// # Errors
/// Never: structs of texts always serialize.
pub fn template_values(kind: &EntryKind) -> serde_json::Result<Value> {
    match kind {
        EntryKind::Script(script) => serde_json::to_value(script::ScriptLines::of(script)),
        kind => serde_json::to_value(kind),
    }
}

/// The kind of a written entry; `None` with a finding.
pub fn kind_of(entry: &BootEntry<'_>, report: &mut Report) -> Option<&'static BootKind> {
    if let Some(word) = entry.common.kind.given() {
        let kind = kind(word.text);
        if kind.is_none() {
            report.push(unknown(*word));
        }
        return kind;
    }
    if entry.common.kind.is_wrong() {
        return None;
    }
    // A site may declare a built-in entry, for example to give it another label. Its kind is its name.
    if BUILTIN_ENTRIES.contains(&entry.id.text) {
        return kind(entry.id.text);
    }
    let message = format!("the boot entry `{}` has no `kind`", entry.id.text);
    report.push(Finding::new(&MISSING_KEY, entry.id.span, message).help(format!("one of {}", words())));
    None
}

fn unknown(word: Scalar<'_>) -> Finding {
    let known: Vec<&str> = KINDS.iter().map(|kind| kind.word).collect();
    let finding =
        Finding::new(&UNKNOWN_KIND, word.span, format!("`{}` is not a kind of boot entry", word.text));
    let folded = fold(word.text);
    let foreign = FOREIGN_KINDS.iter().find(|(foreign, _)| *foreign == folded).map(|(_, kind)| *kind);
    match foreign.or_else(|| nearest(word.text, &known)) {
        Some(word) => finding.here(format!("did you mean `{word}`?")),
        None => finding.help(format!("one of {}", words())),
    }
}

fn words() -> String {
    listed(&KINDS.iter().map(|kind| kind.word).collect::<Vec<_>>())
}

/// The keys of kinds without keys of their own.
fn no_keys(_: &mut Shapes) -> Map<String, Value> {
    Map::new()
}

/// Builds an entry of a kind without keys of its own.
#[expect(clippy::unnecessary_wraps, reason = "the type of every kind's `build`")]
fn without_keys(builder: &mut EntryBuilder<'_, '_>, kind: EntryKind) -> Option<BuiltEntry> {
    builder.no_keys();
    Some(builder.build(kind))
}

/// The JSON Schema of `boot_entries`: one form per kind.
#[must_use]
pub fn json_schema(shapes: &mut Shapes) -> Value {
    let mut forms = Vec::new();
    let mut by_name = Map::new();
    for kind in KINDS {
        let mut properties = Common::properties(shapes);
        properties.extend((kind.keys)(shapes));
        // A built-in entry has the kind of its own name.
        if BUILTIN_ENTRIES.contains(&kind.word) {
            let mut properties = properties.clone();
            let doc = "The kind of a built-in entry is its name; leave it out.";
            properties.insert("kind".to_owned(), json!({ "description": doc, "type": "null" }));
            by_name.insert(kind.word.to_owned(), Shapes::mapping("", properties));
        }
        properties.insert(
            "kind".to_owned(),
            json!({ "description": "The kind of the entry.", "const": kind.word }),
        );
        let what = kind.label.map_or_else(|| format!("Kind {}.", kind.word), |label| format!("{label}."));
        forms.push(shapes.define(&format!("entry_{}", kind.word), |_| {
            let mut form = Shapes::mapping(&what, properties);
            if let Some(form) = form.as_object_mut() {
                form.insert("required".to_owned(), json!(["kind"]));
            }
            form
        }));
    }
    let entry = shapes.define("BootEntry", |_| json!({ "oneOf": forms }));
    for (name, form) in &mut by_name {
        let description =
            format!("The built-in entry `{name}`: the settings that differ, or another entry in its place.");
        *form = json!({ "description": description, "anyOf": [entry.clone(), form.take()] });
    }
    json!({ "type": "object", "properties": by_name, "additionalProperties": entry })
}

#[cfg(test)]
mod tests {
    use super::{KINDS, kind, template_name};
    use crate::model::{EntryKind, LinuxBoot, LinuxStart, LinuxSystem};

    #[test]
    fn each_kind_brings_its_own_template() {
        for kind in KINDS {
            assert_eq!(kind.template.0, format!("ipxe/boot/{}", kind.word));
        }
    }

    #[test]
    fn an_entry_with_a_script_of_its_own_is_chained() {
        for system in LinuxSystem::ALL {
            let start = LinuxStart::OwnScript { url: "/boot.ipxe".to_owned() };
            let entry = EntryKind::Linux(LinuxBoot { system, start, written: Vec::new(), lacks_shim: false });
            assert!(kind(entry.word()).is_some(), "{system:?}");
            assert_eq!(template_name(&entry), "ipxe/boot/chain", "{system:?}");
        }
    }
}
