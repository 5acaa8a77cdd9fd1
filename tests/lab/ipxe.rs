//! The iPXE that a test boots with: Debian 12's, which is installed, or Debian 14's, which is unpacked for the tests.

use std::cell::Cell;
use std::path::PathBuf;

use crate::list::{self, Firmware, Release};
use crate::support::suites::FORKY_BOOT;

thread_local! {
    static RELEASE: Cell<Release> = const { Cell::new(Release::Debian12) };
}

/// Runs a test with the iPXE of a release.
pub fn with(release: Release, test: impl FnOnce()) {
    RELEASE.set(release);
    test();
    RELEASE.set(Release::Debian12);
}

/// The release whose iPXE this test boots with.
pub fn release() -> Release {
    RELEASE.get()
}

/// Whether its files are here.
pub fn is_here() -> bool {
    release() == Release::Debian12 || FORKY_BOOT.root().is_some()
}

/// A file of Debian's package `ipxe`: `undionly.kpxe`.
pub fn file(name: &str) -> String {
    below("lib/ipxe", name)
}

/// The ROM of the machine's network card, of Debian's package `ipxe-qemu`; none for QEMU's default, which is Debian 12's.
pub fn rom() -> Option<String> {
    (release() != Release::Debian12).then(|| below("share/qemu", "pxe-virtio.rom"))
}

fn below(folder: &str, name: &str) -> String {
    let root = match release() {
        Release::Debian12 => PathBuf::from("/"),
        Release::Debian14 => FORKY_BOOT.root().expect("Debian 14's iPXE").to_owned(),
    };
    root.join("usr").join(folder).join(name).display().to_string()
}

/// Checks a machine against the list of boots. The name of the thread is that of the test, unless only one runs at once.
pub fn check(firmware: Firmware) {
    let thread = std::thread::current();
    let Some(test) = thread.name().filter(|name| *name != "main") else { return };
    let boot = list::boot(test).unwrap_or_else(|| panic!("{test} is not in tests/lab/list.rs"));
    assert_eq!(boot.firmware, firmware, "the firmware of {test} in tests/lab/list.rs");
    assert!(boot.ipxe.contains(&release()), "the release of iPXE of {test} in tests/lab/list.rs");
}
