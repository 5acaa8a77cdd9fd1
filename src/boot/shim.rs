//! The distribution's shim: with Secure Boot it starts the kernel that the firmware does not know.
//!
//! The firmware, or the shim that started iPXE, refuses a program that none of its keys has signed. A distribution signs
//! its kernel with a key that only its own shim knows, so iPXE starts that shim, which starts the kernel. iPXE fetches
//! the shim only if it cannot start the kernel without it (`hci/commands/shim_cmd.c`).

use super::EntryBuilder;
use crate::model::SHIMS;
use crate::schema::Field;
use crate::source::Scalar;

/// The shims of a distribution's tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shims {
    /// For x64.
    pub(super) x64: &'static str,
    /// For ARM64.
    pub(super) arm64: &'static str,
}

/// Those of Debian's and Ubuntu's live images.
pub(super) const LIVE: Shims = Shims { x64: "EFI/boot/bootx64.efi", arm64: "EFI/boot/bootaa64.efi" };

/// The shim of an entry.
#[derive(Clone, Debug, Default)]
pub(super) struct ShimOfEntry {
    /// Its URI.
    pub(super) uri: Option<String>,
    /// Whether a client with a signed loader may start the entry, which has neither a shim nor `shim: none`.
    pub(super) is_missing: bool,
}

impl<'a> EntryBuilder<'_, 'a> {
    /// Reads `shim`. The default is that of the distribution's tree, if the site has signed loaders and the kernel is the
    /// tree's, too.
    pub(super) fn shim(
        &mut self,
        shim: &Field<Scalar<'a>>,
        kernel: &Field<Scalar<'a>>,
        default: Option<Shims>,
    ) {
        self.shim = match shim {
            Field::Wrong(_) => ShimOfEntry::default(),
            Field::Given(word) if word.text == "none" => ShimOfEntry::default(),
            Field::Given(_) => ShimOfEntry { uri: self.file(shim, None), is_missing: false },
            Field::Absent => {
                let architecture = self.signed_architecture();
                let default = default.filter(|_| self.facts.secure_boot && matches!(kernel, Field::Absent));
                let path = architecture.zip(default).map(|(is_x64, shims)| match is_x64 {
                    true => shims.x64,
                    false => shims.arm64,
                });
                let uri = path.and_then(|path| self.file(&Field::Absent, Some(path)));
                ShimOfEntry { is_missing: architecture.is_some() && path.is_none(), uri }
            }
        };
    }

    /// Whether the entry is for x64 or for ARM64; none if it is for clients that have no signed loader.
    fn signed_architecture(&self) -> Option<bool> {
        let only = self.entry.common.only_for.given().map_or(&[][..], Vec::as_slice);
        let kinds = SHIMS.iter().map(|(kind, _)| kind.name());
        let mut kinds = kinds.filter(|name| only.is_empty() || only.iter().any(|kind| kind.text == *name));
        kinds.next().map(|name| name == "efi_x64")
    }
}
