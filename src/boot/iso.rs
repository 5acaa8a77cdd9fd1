//! A small ISO, booted as a disk.
//!
//! Over HTTP iPXE reads only the blocks that are asked for (HEAD for the size, then ranges:
//! core/httpblock.c), so "small" is about the system that must go on without its ISO.

use super::{Kind, Made, Making};
use crate::schema::{Field, mapping};
use crate::source::Word;

pub(super) const KIND: Kind = Kind { word: "iso", label: None, keys: Iso::properties, make };

mapping! {
    /// The keys of `kind: iso`.
    pub struct Iso in "an entry of kind `iso`" {
        /// The image, at the TFTP root.
        iso: Word<'a>,
    }
}

fn make(making: &mut Making<'_, '_>) -> Option<Made> {
    let own = Iso::from_entries(&making.entry.own, making.entry.span, &mut making.reading);
    if matches!(own.iso, Field::Absent) {
        making.missing("iso", "the image's path below the TFTP root");
    }
    let uri = making.root_file(&own.iso, None)?;
    let mut made = making.made();
    made.see("iso", uri);
    Some(made)
}
