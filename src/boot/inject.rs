//! Files for the booted system: `inject`.
//!
//! wimboot puts further files that iPXE loaded into `\\Windows\\System32` of Windows PE. iPXE itself puts a file with a
//! path into the initial RAM disk of Linux, by a header of cpio before it.

use super::{EntryBuilder, Given};
use crate::model::{InjectedFile, InvalidValue, LoadedFile};
use crate::report::Finding;
use crate::report::catalogue::WINPESHL_WITHOUT_STARTNET;
use crate::schema::{Field, GivenFile};

/// The longest name that wimboot takes (`VDISK_NAME_LEN`).
const LONGEST: usize = 31;

/// The most files that wimboot takes (`VDISK_MAX_FILES`), less those of the image and of the loader.
const MOST: usize = 48;

/// The longest path in an initial RAM disk: a line of iPXE has room for it and for a URL.
const LONGEST_PATH: usize = 200;

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

/// The files of `inject` for an initial RAM disk.
///
/// The kernel's unpacker takes the path as it is, and every one beyond the root needs its folders first (init/initramfs.c).
pub(super) fn into_ram_disk(builder: &mut EntryBuilder<'_, '_>) -> Option<Vec<InjectedFile>> {
    let entry = builder.entry;
    let dict = match &entry.common.inject {
        Field::Absent => return Some(Vec::new()),
        Field::Wrong(_) => return None,
        Field::Given(dict) => dict,
    };
    let (mut files, mut whole) = (Vec::new(), true);
    for (key, given) in &dict.entries {
        if let Some(refused) = refused_path(key.text) {
            builder.refuse(key.span, &refused);
            whole = false;
            continue;
        }
        match file(builder, &format!("inject{}", key.text), *given) {
            Some(LoadedFile { uri, .. }) => files.push(InjectedFile { path: key.text.to_owned(), uri }),
            None => whole = false,
        }
    }
    whole.then_some(files)
}

/// iPXE takes the path up to the first blank.
fn refused_path(path: &str) -> Option<InvalidValue> {
    let plain = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+@:-".contains(&byte))
            && !matches!(part, "" | "." | "..")
    };
    let fits = path.strip_prefix('/').is_some_and(|below| below.split('/').all(plain));
    (!fits || path.len() > LONGEST_PATH).then(|| {
        let refused = InvalidValue::new(format!("`{path}` is no path of a file in the initial RAM disk"));
        refused.help("begin with `/`; names have letters, digits, `.`, `_`, `+`, `@`, `:` and `-`")
    })
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
