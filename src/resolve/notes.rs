//! `note`: what people write of the parts of the site, for those who read it in the output of commands.

use super::resolver::Resolver;
use crate::model::{InvalidValue, Note, NoteOf, Spanned};
use crate::schema::{Setting, Site};
use crate::source::Scalar;

/// All notes of the site.
pub(super) fn collect<'a>(r: &mut Resolver<'_, 'a>, site: &Site<'a>) -> Vec<Note> {
    let mut all = Vec::new();
    for (name, server) in &site.servers {
        add(r, &mut all, NoteOf::Server, *name, server.note.given());
    }
    for (name, subnet) in &site.subnets {
        add(r, &mut all, NoteOf::Subnet, *name, subnet.note.given());
    }
    for class in &site.classes {
        add(r, &mut all, NoteOf::Class, class.name, class.body.note.given());
    }
    for group in &site.groups {
        add(r, &mut all, NoteOf::Group, group.name, of_settings(&group.settings));
    }
    // A host with a note is no plain one, so it is kept whole.
    for host in site.hosts.kept_whole() {
        add(r, &mut all, NoteOf::Host, host.name, of_settings(&host.settings));
    }
    for entry in &site.boot_entries {
        add(r, &mut all, NoteOf::Entry, entry.id, entry.common.note.given());
    }
    // The findings are in the order of the site; looking up a note needs another one.
    all.sort_by(|one, other| (one.of, &one.name).cmp(&(other.of, &other.name)));
    all
}

fn of_settings<'s, 'a>(settings: &'s [Setting<'a>]) -> Option<&'s Scalar<'a>> {
    settings.iter().rev().find_map(|setting| match setting {
        Setting::Note(word) => Some(word),
        _ => None,
    })
}

fn add<'a>(
    r: &mut Resolver<'_, 'a>,
    all: &mut Vec<Note>,
    of: NoteOf,
    name: Scalar<'a>,
    word: Option<&Scalar<'a>>,
) {
    let Some(word) = word else { return };
    let read = |text: &str| {
        if text.len() > 2_000 || text.chars().any(|char| char.is_control() && char != '\n') {
            return Err(InvalidValue::new(
                "a note is text of at most 2000 bytes, without control characters",
            ));
        }
        Ok(text.trim_end().to_owned())
    };
    if let Some(text) = r.value(*word, read) {
        // Names of hosts are kept in lower case.
        let name = if of == NoteOf::Host { name.text.to_ascii_lowercase() } else { name.text.to_owned() };
        all.push(Note { of, name, text: Spanned::new(text.value, text.span) });
    }
}
