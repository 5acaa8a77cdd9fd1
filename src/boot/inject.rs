//! Files for the booted system: `inject`.
//!
//! wimboot puts what iPXE loaded beside the image into `\\Windows\\System32` of Windows PE. For Linux
//! there is no way that is right everywhere: on BIOS iPXE packs a file with a path as its argument into the
//! initrd, under UEFI only versions that are newer than those of the distributions do.

use super::{EntryBuilder, Given};
use crate::model::{InvalidValue, LoadedFile};
use crate::report::Finding;
use crate::report::catalogue::WINPESHL_WITHOUT_STARTNET;
use crate::schema::{Field, GivenFile};

/// Longest name that wimboot takes, and how many files (`VDISK_NAME_LEN`, `VDISK_MAX_FILES`, less those of
/// the image and of the loader).
const LONGEST: usize = 31;
const MOST: usize = 48;

/// The files as wimboot gets them. `starts` says that the entry has a startnet.cmd of ours.
pub(super) fn make(builder: &mut EntryBuilder<'_, '_>, starts: bool) -> Option<Vec<LoadedFile>> {
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
            refused.help("at most 31 letters, digits, `.`, `_` and `-`; it stands in \\Windows\\System32"),
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
    // Under UEFI files are found by their name without regard to case.
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

/// Whether a winpeshl.ini of the user's starts startnet.cmd; one that is not at hand may.
fn runs_startnet(builder: &EntryBuilder<'_, '_>, given: GivenFile<'_>) -> bool {
    match given {
        GivenFile::Named(_) => true,
        GivenFile::Source(_) => {
            builder.published_text().is_none_or(|text| text.to_ascii_lowercase().contains("startnet.cmd"))
        }
    }
}
