//! Reading the inputs: the site's text, and the user's own templates.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context as _, Result, bail};
use walkdir::WalkDir;

use super::{SourceFile, Sources, Span};
use crate::parallel;

/// A text that was read, and where it stops being UTF-8, if it does.
pub struct Text<'s> {
    /// The text, up to where it is UTF-8.
    pub file: &'s SourceFile,
    /// The place of the first byte that is not.
    pub not_utf8: Option<Span>,
}

/// Reads a site from a file, or from standard input (`-`).
///
/// # Errors
/// When it cannot be read.
pub fn read_site<'s>(sources: &'s Sources, path: &Path) -> Result<Text<'s>> {
    let (name, bytes) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
        ("<stdin>".to_owned(), bytes)
    } else {
        let bytes = bytes(path).with_context(|| match path.to_str() {
            Some("site.yaml") => {
                "cannot read site.yaml; name another file, or let `ipxegen init` write one to start from"
                    .to_owned()
            }
            _ => format!("cannot read {}", path.display()),
        })?;
        (path.display().to_string(), bytes)
    };
    let (text, valid) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            (String::from_utf8(bytes).unwrap_or_default(), Some(valid))
        }
    };
    // A byte order mark is no part of the text; places count without it.
    let (text, shift) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest.to_owned(), '\u{feff}'.len_utf8()),
        None => (text, 0),
    };
    let file = sources.add(name, text)?;
    let not_utf8 = valid.map(|at| file.span(at.saturating_sub(shift), at.saturating_sub(shift)));
    Ok(Text { file, not_utf8 })
}

/// How many bytes of a big file are read in one go.
const GO: usize = 2 << 20;

/// All bytes of a file. Of a big one several parts are read at once: most of that time goes into making
/// room for them.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let met = file.metadata()?;
    let length = usize::try_from(met.len()).unwrap_or(0);
    if !met.is_file() || length <= GO {
        let mut bytes = Vec::with_capacity(length);
        file.read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    let mut bytes = vec![0; length];
    let parts: Vec<_> = (0..).step_by(GO).zip(bytes.chunks_mut(GO)).map(Mutex::new).collect();
    let read = parallel::all(&parts, |part| {
        let (from, part) = &mut *part.lock().map_err(|_| io::Error::other("a part was read twice"))?;
        file.read_exact_at(part, *from)
    });
    match read.into_iter().collect() {
        Ok(()) => {}
        // It became shorter meanwhile.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return fs::read(path),
        Err(error) => return Err(error),
    }
    // Or longer.
    file.seek(io::SeekFrom::Start(met.len()))?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a further text of the site.
///
/// # Errors
/// When it cannot be read, or is not UTF-8.
pub fn read_file<'s>(sources: &'s Sources, path: &Path) -> Result<&'s SourceFile> {
    let text = read_site(sources, path)?;
    if text.not_utf8.is_some() {
        let line = text.file.text().matches('\n').count() + 1;
        bail!(
            "{} is not UTF-8 from line {line} on; `iconv -f WINDOWS-1252 -t UTF-8` makes it so, and a spreadsheet \
             saves it as \"CSV UTF-8\"",
            path.display()
        );
    }
    Ok(text.file)
}

/// The files that match a glob, relative to a folder, in order of name. What has no glob signs is
/// one file, whether it is there or not.
///
/// # Errors
/// When the glob cannot be read, or a folder on the way.
pub fn files_matching(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>> {
    let whole = folder.join(pattern);
    if !pattern.contains(['*', '?', '[']) {
        return Ok(vec![whole]);
    }
    // The folder's own name may hold glob signs.
    let folder = glob::Pattern::escape(&folder.display().to_string());
    let pattern = Path::new(&folder).join(pattern);
    let paths = glob::glob(&pattern.display().to_string())
        .with_context(|| format!("`{}` is no glob", pattern.display()))?;
    let mut found = Vec::new();
    for path in paths {
        let path = path.context("cannot read a folder on the way")?;
        if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The YAML files of a folder, in order of name.
///
/// # Errors
/// When the folder cannot be read.
pub fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = files_matching(folder, "*.yaml")?;
    found.extend(files_matching(folder, "*.yml")?);
    found.sort();
    Ok(found)
}

/// A template of the user's.
pub struct Template {
    /// Its path below the folder, without the final `.tera`.
    pub name: String,
    /// Where it was read, for messages.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Reads every `*.tera` below a folder, in order of name.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn read_templates(dir: &Path) -> Result<Vec<Template>> {
    let mut templates = Vec::new();
    for entry in WalkDir::new(dir).sort_by_file_name() {
        let entry = entry.with_context(|| format!("cannot read the templates in {}", dir.display()))?;
        let path = entry.path();
        if !entry.file_type().is_file() || path.extension().is_none_or(|extension| extension != "tera") {
            continue;
        }
        let below = path.strip_prefix(dir).unwrap_or(path).with_extension("");
        let name =
            below.to_str().with_context(|| format!("{} is not named in UTF-8", path.display()))?.to_owned();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        templates.push(Template { name, path: path.display().to_string(), text });
    }
    Ok(templates)
}
