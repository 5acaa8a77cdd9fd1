//! What the name of a program says of the firmware that can start it.

/// Firmware, as far as it matters to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// On BIOS: a boot sector, an NBP, a Linux kernel without EFI stub.
    Bios,
    /// On UEFI: a PE program.
    Efi,
    /// In iPXE only: a text.
    Script,
}

/// Endings that iPXE's own makefiles and its neighbours give their files (src/arch/*/Makefile.*), and
/// what can start such a file. Of other names nothing is known.
const ENDINGS: &[(&str, Runs)] = &[
    ("pxe", Runs::Bios),
    ("kpxe", Runs::Bios),
    ("kkpxe", Runs::Bios),
    ("kkkpxe", Runs::Bios),
    ("lkrn", Runs::Bios),
    ("0", Runs::Bios),
    ("efi", Runs::Efi),
    ("ipxe", Runs::Script),
];

/// What can start the program of that path or URL.
pub(super) fn runs(name: &str) -> Option<Runs> {
    let path = name.split(['?', '#']).next().unwrap_or_default();
    // The name of a URL's server ends in anything.
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => path,
    };
    let (stem, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    // `pxelinux.0` is a program, `v1.0` a version.
    if ending == "0" && stem.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    ENDINGS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)).map(|(_, runs)| *runs)
}

#[cfg(test)]
mod tests {
    use super::{Runs, runs};

    #[test]
    fn endings_tell() {
        assert_eq!(runs("a/undionly.kpxe"), Some(Runs::Bios));
        assert_eq!(runs("pxelinux.0"), Some(Runs::Bios));
        assert_eq!(runs("http://10.0.0.2/EFI/BOOTX64.EFI?x=.0"), Some(Runs::Efi));
        assert_eq!(runs("menu.ipxe"), Some(Runs::Script));
        let unknown = [
            "efi",
            "linux-6.0/vmlinuz",
            "x.efi/shell",
            "",
            "http://h/api/v1.0",
            "http://10.0.1.0",
            "tftp://x.efi/",
        ];
        for name in unknown {
            assert_eq!(runs(name), None, "{name}");
        }
    }
}
