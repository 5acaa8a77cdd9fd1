//! The distribution's shim: with Secure Boot it starts the kernel that the firmware does not know.
//!
//! The firmware, or the shim that started iPXE, refuses a program that none of its keys has signed. A distribution signs
//! its kernel with a key that only its own shim knows, so iPXE starts that shim, which starts the kernel. iPXE fetches
//! the shim only if it cannot start the kernel without it (`hci/commands/shim_cmd.c`).

use super::EntryBuilder;
use crate::model::{ClientKind, SHIMS};
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
                let kind = self.signed_kind();
                let default = default.filter(|_| self.facts.secure_boot && matches!(kernel, Field::Absent));
                let path = kind.zip(default).map(|(kind, shims)| match kind {
                    ClientKind::EfiArm64 => shims.arm64,
                    _ => shims.x64,
                });
                let uri = path.and_then(|path| self.file(&Field::Absent, Some(path)));
                ShimOfEntry { is_missing: kind.is_some() && path.is_none(), uri }
            }
        };
    }

    /// The first kind of client with a signed loader that the entry is for.
    fn signed_kind(&self) -> Option<ClientKind> {
        let only = self.entry.common.only_for.given().map_or(&[][..], Vec::as_slice);
        let mut kinds = SHIMS.iter().map(|(kind, _)| *kind);
        kinds.find(|kind| only.is_empty() || only.iter().any(|word| word.text == kind.name()))
    }
}
