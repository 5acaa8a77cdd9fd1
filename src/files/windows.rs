//! The versions of wimboot and of Windows images, by their content.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use anyhow::{Context as _, Result};

/// The most of wimboot that is read: 2.9.0 has 57 kB.
const WIMBOOT_BYTES: u64 = 4 << 20;

/// The most of an image's description that is read: it has about 10 kB for each edition of Windows.
const XML_BYTES: u64 = 4 << 20;

/// The version of a wimboot; `None` if the file has none, or must not be read.
///
/// wimboot greets with `wimboot v2.9.0 -- Windows Imaging Format bootloader` (src/main.c, src/efimain.c). That text is
/// readable in the binaries 1.0.6, 2.5.2, 2.7.3, 2.8.0 and 2.9.0 of its repository, for x86 and for ARM64.
pub(super) fn wimboot_version(path: &Path) -> Result<Option<[u32; 3]>> {
    let Some(file) = open(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    let read = file.take(WIMBOOT_BYTES).read_to_end(&mut bytes);
    read.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(version(&bytes))
}

fn version(bytes: &[u8]) -> Option<[u32; 3]> {
    const GREETING: &[u8] = b"wimboot v";
    let places = bytes.windows(GREETING.len()).enumerate().filter(|(_, window)| *window == GREETING);
    places.map(|(at, _)| at + GREETING.len()).find_map(|at| numbers(bytes.get(at..)?))
}

/// Three numbers with dots between them, at the beginning of the bytes.
fn numbers(bytes: &[u8]) -> Option<[u32; 3]> {
    let text = bytes.get(..bytes.len().min(24))?;
    let end = text.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.').unwrap_or(text.len());
    let mut parts = std::str::from_utf8(text.get(..end)?).ok()?.split('.').map(|part| part.parse().ok());
    Some([parts.next()??, parts.next()??, parts.next()??])
}

/// The newest build of Windows in a WIM image, such as 26100; `None` if it has none, or must not be read.
///
/// The header of a WIM has the size, the offset and the original size of its description at 0x48, which is XML in
/// UTF-16 that is not compressed (Microsoft, "Windows Imaging File Format (WIM)", and images of wimlib 1.13.6).
pub(super) fn wim_build(path: &Path) -> Result<Option<u32>> {
    let Some(mut file) = open(path)? else { return Ok(None) };
    let failed = || format!("cannot read {}", path.display());
    let mut header = [0; 0x60];
    match file.read_exact(&mut header) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        read => read.with_context(failed)?,
    }
    let number = |at: usize, length: usize| {
        let bytes = header.get(at..at + length).unwrap_or_default();
        bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    // The eighth byte of the size has the flags.
    let (size, offset) = (number(0x48, 7), number(0x50, 8));
    if !header.starts_with(b"MSWIM\0\0\0") || i64::try_from(offset).is_err() {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(offset)).with_context(failed)?;
    let mut xml = Vec::new();
    file.take(size.min(XML_BYTES)).read_to_end(&mut xml).with_context(failed)?;
    Ok(newest_build(&xml))
}

/// The highest number in `<BUILD>`. Its digits are ASCII in UTF-16 as well, so every second byte is enough.
fn newest_build(xml: &[u8]) -> Option<u32> {
    let text: String = xml.iter().step_by(2).map(|byte| char::from(*byte)).collect();
    text.split("<BUILD>").skip(1).filter_map(|rest| rest.split('<').next()?.parse().ok()).max()
}

fn open(path: &Path) -> Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        // Only its daemon may read the file, so its content is unknown.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::{newest_build, version};

    #[test]
    fn the_version_is_that_of_the_greeting() {
        let of = |text: &str| version(text.as_bytes());
        assert_eq!(of("\n\nwimboot v2.9.0 -- Windows"), Some([2, 9, 0]));
        assert_eq!(of("wimboot versus, wimboot v1.0.6"), Some([1, 0, 6]));
        assert_eq!(of("wimboot v2.9"), None);
        assert_eq!(of("wimboot v4294967296.0.0"), None);
        assert_eq!(of("wimboot v"), None);
    }

    #[test]
    fn the_newest_build_of_several_images_counts() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let xml = wide(
            "\u{feff}<WIM><BUILD>22621</BUILD><BUILD>26100</BUILD><SPBUILD>99999</SPBUILD><BUILD>x</BUILD>",
        );
        assert_eq!(newest_build(&xml), Some(26100));
        assert_eq!(newest_build(&wide("<WIM></WIM>")), None);
        assert_eq!(newest_build(b""), None);
    }
}
