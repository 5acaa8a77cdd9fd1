//! Files for the booted system: `inject`.
//!
//! wimboot puts further files that iPXE loaded into `\\Windows\\System32` of Windows PE. For Linux there is no way
//! that works everywhere: iPXE packs a file into the initrd on BIOS, but on UEFI only in versions that distributions
//! do not have yet.

use super::{EntryBuilder, Given};
use crate::model::{InvalidValue, LoadedFile};
use crate::report::Finding;
use crate::report::catalogue::WINPESHL_WITHOUT_STARTNET;
use crate::schema::{Field, GivenFile};

/// The longest name that wimboot takes (`VDISK_NAME_LEN`).
const LONGEST: usize = 31;

/// The most files that wimboot takes (`VDISK_MAX_FILES`), less those of the image and of the loader.
const MOST: usize = 48;

/// The files of `inject` for wimboot. `starts` tells whether ipxegen adds a startnet.cmd.
pub(super) fn files(builder: &mut EntryBuilder<'_, '_>, starts: bool) -> Option<Vec<LoadedFile>> {
    let entry = builder.entry;
    let dict = match &entry.common.inject {
        Field::Absent => return Some(Vec::new()),
        Field::Wrong(_) => return None,
        Field::Given(dict) => dict,
    };
    let (mut files, mut whole) = (Vec::new(), true);
    let mut names: Vec<String> = Vec::new();
    for (key, given) in &dict.entries {
        let folded = key.text.to_ascii_lowercase();
        if let Some(refused) = refused(key.text, &folded, &names, starts) {
            builder.refuse(key.span, &refused);
            whole = false;
            continue;
        }
        match file(builder, key.text, *given) {
            Some(seen) => files.push(seen),
            None => whole = false,
        }
        if folded == "winpeshl.ini" && starts && !runs_startnet(builder, *given) {
            let message = "Windows PE runs startnet.cmd only where there is no winpeshl.ini, so that nothing would connect to the share";
            let finding = Finding::new(&WINPESHL_WITHOUT_STARTNET, key.span, message);
            let help = "let it start `%SYSTEMROOT%\\System32\\cmd.exe, /c startnet.cmd`, or leave it out";
            builder.reading.report.push(finding.help(help));
            whole = false;
        }
        names.push(folded);
    }
    if names.len() > MOST {
        let refused = InvalidValue::new(format!("these are {} files; wimboot takes {MOST}", names.len()));
        builder.refuse(dict.span, &refused);
        whole = false;
    }
    whole.then_some(files)
}

fn refused(name: &str, folded: &str, others: &[String], starts: bool) -> Option<InvalidValue> {
    let plain = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if !plain || name.len() > LONGEST {
        let refused = InvalidValue::new(format!("`{name}` is no name that wimboot takes"));
        return Some(
            refused.help("at most 31 letters, digits, `.`, `_` and `-`; it is a file in \\Windows\\System32"),
        );
    }
    let ends = |end: &str| std::path::Path::new(folded).extension().is_some_and(|extension| extension == end);
    let own = ["bootmgr", "bootmgr.exe", "bcd", "boot.sdi", "boot.stl"].contains(&folded);
    if own || ends("wim") || ends("ttf") || ends("efi") {
        let refused = InvalidValue::new(format!("wimboot takes `{name}` for a file of the loader"));
        return Some(refused.help("`bcd`, `sdi` and `wim` name the image's own"));
    }
    if starts && folded == "startnet.cmd" {
        let refused = InvalidValue::new("with `share`, startnet.cmd is ours");
        return Some(refused.help("leave out `share` to bring your own"));
    }
    // UEFI ignores case in names of files.
    others
        .iter()
        .any(|other| other == folded)
        .then(|| InvalidValue::new(format!("`{name}` is injected twice")))
}

/// A file for wimboot.
pub(super) fn file<'a>(
    builder: &mut EntryBuilder<'_, 'a>,
    name: &str,
    given: GivenFile<'a>,
) -> Option<LoadedFile> {
    let uri = match builder.given_file(given, name)? {
        Given::Below(path) => builder.uri(&path),
        Given::Url(url) => url,
    };
    Some(LoadedFile { name: name.to_owned(), uri })
}

/// Whether the user's winpeshl.ini starts startnet.cmd. A file that cannot be read is assumed to.
fn runs_startnet(builder: &EntryBuilder<'_, '_>, given: GivenFile<'_>) -> bool {
    match given {
        GivenFile::Named(_) => true,
        GivenFile::Source(_) => {
            builder.published_text().is_none_or(|text| text.to_ascii_lowercase().contains("startnet.cmd"))
        }
    }
}
