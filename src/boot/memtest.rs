//! A memory test: one binary for BIOS, one for UEFI.

use super::{BootKind, BuiltEntry, EntryBuilder};
use crate::model::{EntryKind, MemtestBoot};
use crate::schema::{Field, mapping};
use crate::source::Scalar;

pub(super) const KIND: BootKind = BootKind {
    word: "memtest",
    label: Some("Memory test"),
    template: template!("memtest"),
    keys: Memtest::properties,
    build,
};

mapping! {
    /// The keys of `kind: memtest`.
    pub struct Memtest in "an entry of kind `memtest`" {
        /// The binary for BIOS.
        bios: Scalar<'a>,
        /// The binary for UEFI.
        efi: Scalar<'a>,
    }
}

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = Memtest::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    if matches!((&own.bios, &own.efi), (Field::Absent, Field::Absent)) {
        builder.missing("bios", "give `bios`, `efi` or both: paths below the TFTP root");
        return None;
    }
    let (bios, efi) = (builder.file(&own.bios, None), builder.file(&own.efi, None));
    if (own.bios.is_written() && bios.is_none()) || (own.efi.is_written() && efi.is_none()) {
        return None;
    }
    Some(builder.build(EntryKind::Memtest(MemtestBoot { bios, efi })))
}
