//! Reads `hosts:`, which may have a million entries: in parts on several processors, into little memory.
//!
//! `docs/many-hosts.md` explains why the parts give the same hosts and findings as reading one by one.
//!
//! - `entries`: reads one entry after the other; a small site would need no more.
//! - `names`: finds a name that is used twice.
//! - `part`: reads one part by itself.
//! - `layout`: recognises hosts that differ from an earlier one in their words only.
//! - `packed` and `record`: keep the hosts until the rest of the site is known.

mod entries;
mod layout;
mod names;
mod packed;
mod part;
mod record;

use std::ops::Range;

pub(super) use entries::{HostEntries, Input};
pub use packed::{HostChunk, Hosts};
use part::Part;

use crate::parallel::in_order;
use crate::source::{Node, Parts, Reader, Scalar, Table, YamlFault};

/// The size of a part in bytes of text, roughly.
pub(super) const PART_BYTES: usize = 1 << 17;

/// Reads the mapping that the reader has entered, in parts of about `bytes`. Gives the mappings that are to be merged
/// into it.
pub(super) fn read_mapping<'a>(
    hosts: &mut HostEntries<'a>,
    reader: &mut Reader<'a>,
    bytes: usize,
    input: &mut Input<'_, 'a>,
) -> Result<Vec<Node<'a>>, YamlFault> {
    let mut merges = Vec::new();
    // A fragment of `--with` may change any entry, and only `HostEntries::entry` looks for it.
    let parts = reader.parts(bytes).filter(|_| !input.overlay.changes_entries("hosts"));
    match parts {
        Some(parts) if parts.count() > 1 => read_parts(hosts, reader, &parts, &mut merges, input)?,
        _ => hosts.entries(reader, &mut merges, input)?,
    }
    Ok(merges)
}

/// Reads parts side by side. A part that cannot be accepted is read again in its turn, entry by entry.
fn read_parts<'a>(
    hosts: &mut HostEntries<'a>,
    reader: &mut Reader<'a>,
    parts: &Parts<'a>,
    merges: &mut Vec<Node<'a>>,
    input: &mut Input<'_, 'a>,
) -> Result<(), YamlFault> {
    let sources = input.sources;
    let make = |at| (at, parts.reader(at).and_then(|reader| part::of_yaml(reader, sources)));
    let take = |(at, made): (usize, Option<(Part<'a>, Reader<'a>)>)| {
        let end = parts.start(at + 1);
        let accepted =
            made.and_then(|(part, behind)| hosts.part(part, parts.count(), input).then_some(behind));
        if let Some(behind) = accepted {
            reader.go_on(behind);
        } else {
            reader.read_upto(end);
            hosts.entries(reader, merges, input).map_err(Some)?;
            reader.read_upto(usize::MAX);
        }
        // If the reader is at another place, the mapping ended, and the parts after it do not belong to it.
        if reader.stands_at(end) { Ok(()) } else { Err(None) }
    };
    match in_order(parts.count(), make, take) {
        Err(Some(fault)) => Err(fault),
        Ok(()) | Err(None) => Ok(()),
    }
}

/// Reads the rows of a table, in parts of about `bytes`; `complete` changes each row first.
pub(super) fn read_table<'a>(
    hosts: &mut HostEntries<'a>,
    table: &Table<'a>,
    complete: &(dyn Fn(&mut Node<'a>) + Sync),
    bytes: usize,
    input: &mut Input<'_, 'a>,
) -> Result<(), YamlFault> {
    let sources = input.sources;
    // A row has half of the bytes of a host in YAML.
    let bytes = if input.overlay.changes_entries("hosts") { usize::MAX } else { bytes.div_ceil(2) };
    let parts = table.parts(bytes);
    let make = |at: usize| {
        let rows = parts.get(at).cloned().unwrap_or_default();
        let part = (parts.len() > 1).then(|| part::of_table(table, rows.clone(), complete, sources));
        (rows, part.flatten())
    };
    let take = |(rows, part): (Range<usize>, Option<Part<'a>>)| {
        if part.is_some_and(|part| hosts.part(part, parts.len(), input)) {
            return Ok(());
        }
        table.read(rows, &mut |name: Scalar<'a>, node: &mut Node<'a>| {
            complete(node);
            hosts.entry(name, node.clone(), input);
        })
    };
    in_order(parts.len(), make, take)
}
