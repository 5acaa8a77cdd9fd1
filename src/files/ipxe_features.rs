//! The features of an iPXE in a file.
//!
//! iPXE keeps the features that it sends to DHCP servers in one table (`DHCP_FEATURES` in src/include/ipxe/features.h):
//! code, length and version of each, and its own version as code 235 with three bytes. The table is found by that one.
//! iPXE for BIOS is compressed, so there is nothing to find in it.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::model::Features;

/// The most of a file that is read: iPXE for UEFI with all drivers has about one megabyte.
const MOST: u64 = 16 << 20;

/// How the version of iPXE begins in the table.
const VERSION: [u8; 2] = [235, 3];

/// The features of the iPXE in a file; `None` if it has no such table, or must not be read.
pub(super) fn of_file(path: &Path) -> Result<Option<Features>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(find(&bytes))
}

/// The features of the table in a program. Three bytes that look like the version are anywhere, so a table has at least
/// three features, TFTP among them.
fn find(bytes: &[u8]) -> Option<Features> {
    let starts = bytes.windows(VERSION.len()).enumerate().filter(|(_, window)| *window == VERSION);
    starts
        .map(|(at, _)| table_around(bytes, at))
        .find(|features| features.codes().count() >= 3 && features.has_all(Features::none().with(TFTP)))
}

const TFTP: u8 = 21;

/// The features before and behind the version at a place.
fn table_around(bytes: &[u8], at: usize) -> Features {
    let (before, behind) = bytes.split_at(at);
    let behind = behind.get(5..).unwrap_or_default();
    let before = before.rchunks_exact(3).map_while(feature);
    let behind = behind.chunks_exact(3).map_while(feature);
    before.chain(behind).fold(Features::none(), Features::with)
}

/// The code in an entry of the table: a code of a feature, the length 1 and a version.
fn feature(entry: &[u8]) -> Option<u8> {
    match entry {
        [code @ 16..=47, 1, 1..=9] => Some(*code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_table_is_around_the_version() {
        let program = |table: &[u8]| [b"MZ\xeb\x03 a jump\x13\x01", table, b"\x01\x01 more"].concat();
        let names = |bytes: &[u8]| find(bytes).map(|found| found.names().collect::<Vec<_>>().join(" "));
        let table = b"\x15\x01\x01\x13\x01\x01\xeb\x03\x01\x15\x01\x27\x01\x01\x10\x01\x02";
        assert_eq!(names(&program(table)).as_deref(), Some("pxeext http tftp menu"));
        assert_eq!(names(&program(b"\x13\x01\x01\xeb\x03\x01\x15\x01\x27\x01\x01\x10\x01\x02")), None);
        for bytes in [&b""[..], b"\xeb\x03", b"\x15\x01\x01\xeb\x03\x01", &program(b"")] {
            assert_eq!(names(bytes), None);
        }
    }
}
