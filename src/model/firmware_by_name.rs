//! The firmware that can start a program, guessed from the program's name.

/// The firmware, or the program, that starts a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunsOn {
    /// On BIOS: a boot sector, an NBP, a Linux kernel without EFI stub.
    Bios,
    /// On UEFI: a PE program.
    Efi,
    /// In iPXE only: a text.
    Script,
}

/// Endings of files that the makefiles of iPXE and similar programs make (src/arch/*/Makefile.*), and the
/// firmware that can start them. Other names give no hint.
const ENDINGS: &[(&str, RunsOn)] = &[
    ("pxe", RunsOn::Bios),
    ("kpxe", RunsOn::Bios),
    ("kkpxe", RunsOn::Bios),
    ("kkkpxe", RunsOn::Bios),
    ("lkrn", RunsOn::Bios),
    ("0", RunsOn::Bios),
    ("efi", RunsOn::Efi),
    ("ipxe", RunsOn::Script),
];

/// The firmware that can start the program of that path or URL; `None` if its name gives no hint.
#[must_use]
pub fn firmware_by_name(name: &str) -> Option<RunsOn> {
    let path = name.split(['?', '#']).next().unwrap_or_default();
    // The server's name in a URL gives no hint.
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
    use super::{RunsOn, firmware_by_name};

    #[test]
    fn endings_tell() {
        assert_eq!(firmware_by_name("a/undionly.kpxe"), Some(RunsOn::Bios));
        assert_eq!(firmware_by_name("pxelinux.0"), Some(RunsOn::Bios));
        assert_eq!(firmware_by_name("http://10.0.0.2/EFI/BOOTX64.EFI?x=.0"), Some(RunsOn::Efi));
        assert_eq!(firmware_by_name("menu.ipxe"), Some(RunsOn::Script));
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
            assert_eq!(firmware_by_name(name), None, "{name}");
        }
    }
}
