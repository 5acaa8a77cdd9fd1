//! The firmware that a loader was built for, by its header.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::model::ClientKind;

/// Machine types of PE/COFF that firmware of each kind starts (UEFI specification, 2.1.1).
const MACHINES: &[(ClientKind, &[u16])] = &[
    (ClientKind::EfiIa32, &[0x014c]),
    (ClientKind::EfiX64, &[0x8664]),
    // ARM, Thumb, Thumb-2.
    (ClientKind::EfiArm32, &[0x01c0, 0x01c2, 0x01c4]),
    (ClientKind::EfiArm64, &[0xaa64]),
    (ClientKind::EfiRiscv64, &[0x5064]),
    (ClientKind::EfiLoongarch64, &[0x6264]),
];

/// Why clients of a kind cannot start a file. `None` if they can, judging by its header.
pub(super) fn wrong_for(kind: ClientKind, path: &Path) -> Result<Option<String>> {
    let machine = match File::open(path) {
        Ok(mut file) => machine(&mut file).with_context(|| format!("cannot read {}", path.display()))?,
        // Only its daemon may read the file, so its header is unknown.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let kind = kind.info().loads_like.unwrap_or(kind);
    let wanted = MACHINES.iter().find(|(known, _)| *known == kind).map(|(_, machines)| *machines);
    Ok(match (wanted, machine) {
        (None, None) => None,
        (None, Some(machine)) => Some(format!("it is a UEFI program {}", built_for(machine))),
        (Some(_), None) => Some("it is no UEFI program".to_owned()),
        (Some(wanted), Some(machine)) if wanted.contains(&machine) => None,
        (Some(_), Some(machine)) => Some(format!("it was built {}", built_for(machine))),
    })
}

fn built_for(machine: u16) -> String {
    let known = MACHINES.iter().find(|(_, machines)| machines.contains(&machine));
    known.map_or_else(
        || format!("for the unknown machine type {machine:#06x}"),
        |(kind, _)| format!("for {}", kind.name()),
    )
}

/// Whether a UEFI program is signed; `None` if the file is no such program, or must not be read.
///
/// The fifth data directory of the optional header has the place and the size of the signatures (PE/COFF, "Certificate
/// Table"). It is empty in the binaries that wimboot's repository has for its prereleases.
pub(super) fn is_signed(path: &Path) -> Result<Option<bool>> {
    match File::open(path) {
        Ok(mut file) => signed(&mut file).with_context(|| format!("cannot read {}", path.display())),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn signed(file: &mut (impl Read + Seek)) -> std::io::Result<Option<bool>> {
    if machine(file)?.is_none() {
        return Ok(None);
    }
    // `machine` stops behind the machine type; the optional header begins 18 bytes later.
    file.seek(SeekFrom::Current(18))?;
    let mut magic = [0; 2];
    if !fill(file, &mut magic)? {
        return Ok(None);
    }
    let directories = match u16::from_le_bytes(magic) {
        0x10b => 96,
        0x20b => 112,
        _ => return Ok(None),
    };
    file.seek(SeekFrom::Current(directories - 2 + 4 * 8 + 4))?;
    let mut size = [0; 4];
    Ok(fill(file, &mut size)?.then(|| size != [0; 4]))
}

/// The machine type of a PE program; `None` when it is no such program.
fn machine(file: &mut (impl Read + Seek)) -> std::io::Result<Option<u16>> {
    let mut head = [0; 0x40];
    if !fill(file, &mut head)? || !head.starts_with(b"MZ") {
        return Ok(None);
    }
    let at = match head.get(0x3c..0x40) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => return Ok(None),
    };
    file.seek(SeekFrom::Start(at.into()))?;
    let mut pe = [0; 6];
    if !fill(file, &mut pe)? {
        return Ok(None);
    }
    Ok(match pe {
        [b'P', b'E', 0, 0, low, high] => Some(u16::from_le_bytes([low, high])),
        _ => None,
    })
}

/// Fills the buffer; `false` if the file is shorter.
fn fill(file: &mut impl Read, into: &mut [u8]) -> std::io::Result<bool> {
    match file.read_exact(into) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
