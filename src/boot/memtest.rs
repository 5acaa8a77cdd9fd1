//! A memory test: one binary for BIOS, one for UEFI.

use super::{Kind, Made, Making};
use crate::schema::{Field, mapping};
use crate::source::Word;

pub(super) const KIND: Kind =
    Kind { word: "memtest", label: Some("Memory test"), keys: Memtest::properties, make };

mapping! {
    /// The keys of `kind: memtest`.
    pub struct Memtest in "an entry of kind `memtest`" {
        /// The binary for BIOS.
        bios: Word<'a>,
        /// The binary for UEFI.
        efi: Word<'a>,
    }
}

fn make(making: &mut Making<'_, '_>) -> Option<Made> {
    let own = Memtest::from_entries(&making.entry.own, making.entry.span, &mut making.reading);
    if matches!((&own.bios, &own.efi), (Field::Absent, Field::Absent)) {
        making.missing("bios", "give `bios`, `efi` or both: paths below the TFTP root");
        return None;
    }
    let (bios, efi) = (making.file(&own.bios, None), making.file(&own.efi, None));
    if (own.bios.is_written() && bios.is_none()) || (own.efi.is_written() && efi.is_none()) {
        return None;
    }
    let mut made = making.made();
    if let Some(bios) = bios {
        made.see("bios", bios);
    }
    if let Some(efi) = efi {
        made.see("efi", efi);
    }
    Some(made)
}
