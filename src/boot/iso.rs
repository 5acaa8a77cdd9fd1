//! A small ISO, booted as a disk.
//!
//! Over HTTP iPXE reads only the blocks that are asked for (HEAD for the size, then ranges:
//! core/httpblock.c), so "small" is about the system that must go on without its ISO.

use super::{BootKind, BuiltEntry, EntryBuilder};
use crate::model::{EntryKind, IsoBoot};
use crate::schema::{Field, mapping};
use crate::source::Scalar;

pub(super) const KIND: BootKind =
    BootKind { word: "iso", label: None, template: template!("iso"), keys: Iso::properties, build };

mapping! {
    /// The keys of `kind: iso`.
    pub struct Iso in "an entry of kind `iso`" {
        /// The image, below the TFTP root.
        iso: Scalar<'a>,
    }
}

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = Iso::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    if matches!(own.iso, Field::Absent) {
        builder.missing("iso", "the image's path below the TFTP root");
    }
    let uri = builder.root_file(&own.iso, None)?;
    Some(builder.build(EntryKind::Iso(IsoBoot { iso: uri })))
}
