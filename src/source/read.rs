//! Reading the inputs: the site's texts, and the user's own templates.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use rustix::fs::{FileType, Mode, OFlags, fcntl_setfl, fstat};
use walkdir::{DirEntry, WalkDir};

use super::access::{Root, Unread};
use super::matching::matching;
use super::{Scalar, SourceFile, Sources, Span};
use crate::limits::{DESCRIPTION_BYTES, TEXT_BYTES};
use crate::parallel;

/// A text that was read, and the place where it stops being UTF-8, if it does.
pub struct Text<'s> {
    /// The text, up to where it is UTF-8.
    pub file: &'s SourceFile,
    /// The place of the first byte that is not.
    pub not_utf8: Option<Span>,
}

/// Reads a description that the command line names: a file, a folder of YAML files, or standard input (`-`).
///
/// # Errors
/// If it cannot be read, or is a link out of the folder that it lies in.
pub fn read_site<'s>(sources: &'s Sources, path: &Path) -> Result<Vec<Text<'s>>> {
    if path == Path::new("-") {
        let bytes = limited(&mut io::stdin().lock(), Vec::new(), DESCRIPTION_BYTES)
            .context("cannot read standard input")?
            .ok_or_else(|| too_big("standard input", DESCRIPTION_BYTES))?;
        return Ok(vec![site_in_folder(sources, "<stdin>".to_owned(), Path::new(""), bytes)?]);
    }
    if path.is_dir() {
        return read_folder(sources, path);
    }
    let shown = path.display().to_string();
    if let Some(file) = handed_over(path)? {
        return Ok(vec![site_in_folder(sources, shown, Path::new(""), read_handed_over(file, path)?)?]);
    }
    let read = || {
        let root = Root::of(path).map_err(|error| Unread::failed(path, &error))?;
        let bytes = bytes(sources.access().open(&root, path)?, path, DESCRIPTION_BYTES)?;
        Ok((Arc::new(root), bytes))
    };
    let (root, bytes) = read().map_err(|unread: Unread| {
        let is_missing = path == Path::new("site.yaml") && fs::symlink_metadata(path).is_err();
        let help = "name another file, or let `ipxegen init` write one to start from";
        if is_missing { unread.or_help(help) } else { unread }
    })?;
    Ok(vec![add(sources, shown, folder_of(path), root, bytes)?])
}

/// Adds a description that is not read from a file. The files that it names must be below `folder`, or below
/// the working directory if that is empty.
///
/// # Errors
/// If the folder cannot be opened, or all texts together are too long.
pub fn site_in_folder<'s>(
    sources: &'s Sources,
    name: String,
    folder: &Path,
    bytes: Vec<u8>,
) -> Result<Text<'s>> {
    let root = if folder.as_os_str().is_empty() {
        Root::working_directory().context("cannot open the working directory")?
    } else {
        let shown = folder.display();
        Root::open(folder, format!("the folder {shown}"))
            .with_context(|| format!("cannot open the folder {shown}"))?
    };
    add(sources, name, folder.to_owned(), Arc::new(root), bytes)
}

/// Reads the YAML files of a folder, in order of name.
fn read_folder<'s>(sources: &'s Sources, folder: &Path) -> Result<Vec<Text<'s>>> {
    let access = sources.access();
    access.check_named(folder)?;
    let shown = folder.display();
    let root = Root::open(folder, format!("the folder {shown}"));
    let root = Arc::new(root.with_context(|| format!("cannot open the folder {shown}"))?);
    let mut paths = matching(access, &root, folder, "*.yaml")?;
    paths.extend(matching(access, &root, folder, "*.yml")?);
    paths.sort();
    let read = |path: PathBuf| {
        let bytes = bytes(access.open(&root, &path)?, &path, DESCRIPTION_BYTES)?;
        add(sources, path.display().to_string(), folder.to_owned(), Arc::clone(&root), bytes)
    };
    paths.into_iter().map(read).collect()
}

/// The folder of a file, as it was written.
fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

/// Opens standard input, or the pipe of a shell's process substitution.
fn handed_over(path: &Path) -> Result<Option<File>> {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok()).unwrap_or_default();
    if folder != Path::new("/dev") && !(folder.starts_with("/proc") && folder.ends_with("fd")) {
        return Ok(None);
    }
    let how = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, how, Mode::empty());
    let file = file.with_context(|| format!("cannot read {}", path.display()))?;
    // The other program may not have written yet, so reads of our end have to wait.
    fcntl_setfl(&file, OFlags::empty())?;
    Ok(Some(file.into()))
}

/// All bytes of standard input or a pipe. A device is read with a small limit, because it never ends.
fn read_handed_over(mut file: File, path: &Path) -> Result<Vec<u8>> {
    let most = match FileType::from_raw_mode(fstat(&file)?.st_mode) {
        FileType::RegularFile | FileType::Fifo => DESCRIPTION_BYTES,
        _ => TEXT_BYTES,
    };
    limited(&mut file, Vec::new(), most)
        .with_context(|| format!("cannot read {}", path.display()))?
        .ok_or_else(|| too_big(&path.display().to_string(), most).into())
}

/// Adds a text, up to the first byte that is not UTF-8.
fn add(
    sources: &Sources,
    name: String,
    folder: PathBuf,
    root: Arc<Root>,
    bytes: Vec<u8>,
) -> Result<Text<'_>> {
    let (text, valid) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            (String::from_utf8(bytes).unwrap_or_default(), Some(valid))
        }
    };
    // A byte order mark is not part of the text, and places do not count it.
    let (text, shift) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest.to_owned(), '\u{feff}'.len_utf8()),
        None => (text, 0),
    };
    let file = sources.add_below(name, text, folder, root)?;
    let not_utf8 = valid.map(|at| file.span(at.saturating_sub(shift), at.saturating_sub(shift)));
    Ok(Text { file, not_utf8 })
}

/// The size of the parts in which a big file is read.
const GO: usize = 2 << 20;

/// All bytes of a regular file, if they are not too many. Several parts of a big file are read at once: most
/// of the time is spent on getting memory from the kernel.
fn bytes(file: File, path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    match all_bytes(file, most) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(too_big(&path.display().to_string(), most)),
        Err(error) => Err(Unread::failed(path, &error)),
    }
}

fn too_big(what: &str, most: u64) -> Unread {
    Unread::new(format!("{what} has more than {} MB", most / 1_000_000))
}

/// The bytes up to the end, behind those that were read already; `None` when they are too many.
fn limited(from: &mut impl Read, mut bytes: Vec<u8>, most: u64) -> io::Result<Option<Vec<u8>>> {
    let left = most.saturating_sub(bytes.len() as u64);
    from.take(left + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

fn all_bytes(mut file: File, most: u64) -> io::Result<Option<Vec<u8>>> {
    let length = file.metadata()?.len();
    if length > most {
        return Ok(None);
    }
    let length = usize::try_from(length).unwrap_or(0);
    if length <= GO {
        return limited(&mut file, Vec::with_capacity(length), most);
    }
    let mut bytes = vec![0; length];
    let parts: Vec<_> = (0..).step_by(GO).zip(bytes.chunks_mut(GO)).map(Mutex::new).collect();
    let read = parallel::all(&parts, |part| {
        let (from, part) = &mut *part.lock().map_err(|_| io::Error::other("a part was read twice"))?;
        file.read_exact_at(part, *from)
    });
    match read.into_iter().collect() {
        Ok(()) => {}
        // The file became shorter meanwhile.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            file.rewind()?;
            return limited(&mut file, Vec::new(), most);
        }
        Err(error) => return Err(error),
    }
    // Or it became longer.
    file.seek(io::SeekFrom::Start(length as u64))?;
    limited(&mut file, bytes, most)
}

/// The files that a description includes by a pattern, in order of name.
///
/// # Errors
/// If the pattern cannot be read, or leads to folders that the description may not read.
pub fn files_matching(sources: &Sources, pattern: Scalar<'_>) -> Result<Vec<PathBuf>, Unread> {
    let (folder, root) = sources.place_of(pattern)?;
    matching(sources.access(), root, folder, pattern.text)
}

/// Reads a file that a description includes. The files that it names have the same root.
///
/// # Errors
/// If it cannot be read, or is not UTF-8.
pub fn read_included<'s>(
    sources: &'s Sources,
    named: Scalar<'_>,
    path: &Path,
) -> Result<&'s SourceFile, Unread> {
    read_text(sources, named, path, DESCRIPTION_BYTES)
}

/// Reads a file that a description names, relative to the text that names it.
///
/// # Errors
/// If it cannot be read, or is not UTF-8.
pub fn read_beside<'s>(sources: &'s Sources, named: Scalar<'_>) -> Result<&'s SourceFile, Unread> {
    let (folder, _) = sources.place_of(named)?;
    read_text(sources, named, &folder.join(named.text), TEXT_BYTES)
}

fn read_text<'s>(
    sources: &'s Sources,
    named: Scalar<'_>,
    path: &Path,
    most: u64,
) -> Result<&'s SourceFile, Unread> {
    let (_, root) = sources.place_of(named)?;
    let bytes = bytes(sources.access().open(root, path)?, path, most)?;
    let text = add(sources, path.display().to_string(), folder_of(path), Arc::clone(root), bytes)
        .map_err(|error| Unread::new(format!("{error:#}")))?;
    if text.not_utf8.is_some() {
        let line = text.file.text().matches('\n').count() + 1;
        return Err(Unread::new(format!(
            "{} is not UTF-8 from line {line} on; `iconv -f WINDOWS-1252 -t UTF-8` makes it so, and a spreadsheet \
             saves it as \"CSV UTF-8\"",
            path.display()
        )));
    }
    Ok(text.file)
}

/// A template that the user wrote.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its path below the folder, without the final `.tera`.
    pub name: String,
    /// Its file, for messages.
    pub path: String,
    /// Its text.
    pub text: String,
    /// The place of its text.
    pub span: Span,
    /// The built-in template that it was copied from, if the folder keeps that in [`ORIGINALS`].
    pub original: Option<String>,
}

/// The folder, among the templates, of the built-in templates that others were copied from.
pub const ORIGINALS: &str = ".builtin";

/// A file among the templates that is none.
#[derive(Clone, Debug)]
pub struct IgnoredFile {
    /// Its path.
    pub path: String,
    /// It is a link to a folder.
    pub is_linked_folder: bool,
}

/// The templates below a folder.
#[derive(Clone, Debug, Default)]
pub struct TemplateFolder {
    /// The templates, in order of name.
    pub templates: Vec<Template>,
    /// Files that are not templates: their names do not end in `.tera`, or they are links to folders.
    pub ignored: Vec<IgnoredFile>,
}

impl TemplateFolder {
    /// Adds those of a later folder, which replace others of the same name.
    pub fn lay_over(&mut self, later: Self) {
        self.templates.retain(|old| later.templates.iter().all(|new| new.name != old.name));
        self.templates.extend(later.templates);
        self.ignored.extend(later.ignored);
    }
}

/// Reads every `*.tera` below a folder, in order of name. A link to a template counts if it ends below the
/// folder, or below one of `--allow-path`. Hidden folders, such as `.git`, are not searched.
///
/// # Errors
/// If the folder or a file cannot be read.
pub fn read_templates(sources: &Sources, dir: &Path) -> Result<TemplateFolder> {
    let root = Root::open(dir, format!("the folder {}", dir.display()));
    let root = root.with_context(|| format!("cannot read the templates in {}", dir.display()))?;
    Ok(templates_in(sources, dir, &Arc::new(root))?)
}

/// Reads the templates below a folder that a description names, relative to the text that names it.
///
/// # Errors
/// If the folder or a file cannot be read, or the description may not read it.
pub fn read_templates_beside(sources: &Sources, named: Scalar<'_>) -> Result<TemplateFolder, Unread> {
    let (folder, root) = sources.place_of(named)?;
    let dir = folder.join(named.text);
    sources.access().check_folder(root, &dir)?;
    if !dir.is_dir() {
        return Err(Unread::new(format!("{} is not a folder", dir.display())));
    }
    templates_in(sources, &dir, root)
}

fn templates_in(sources: &Sources, dir: &Path, root: &Arc<Root>) -> Result<TemplateFolder, Unread> {
    let mut folder = TemplateFolder::default();
    let is_hidden = |entry: &DirEntry| {
        entry.depth() > 0
            && entry.file_type().is_dir()
            && entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    for entry in WalkDir::new(dir).sort_by_file_name().into_iter().filter_entry(|entry| !is_hidden(entry)) {
        let entry = entry.map_err(|error| {
            Unread::new(format!("cannot read the templates in {}: {error}", dir.display()))
        })?;
        let path = entry.path();
        // A link that leads nowhere is the lock of an editor.
        if entry.file_type().is_dir() || (entry.path_is_symlink() && !path.exists()) {
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "tera") {
            let name = entry.file_name().to_string_lossy();
            let is_noise = name.starts_with(['.', '#']) || name.ends_with('~');
            if !is_noise && !["README", "LICENSE"].iter().any(|known| name.starts_with(known)) {
                let is_linked_folder = path.is_dir();
                folder.ignored.push(IgnoredFile { path: path.display().to_string(), is_linked_folder });
            }
            continue;
        }
        let below = path.strip_prefix(dir).unwrap_or(path).with_extension("");
        let Some(name) = below.to_str().map(str::to_owned) else {
            return Err(Unread::new(format!("{} is not named in UTF-8", path.display())));
        };
        let bytes = bytes(sources.access().open(root, path)?, path, TEXT_BYTES)?;
        let shown = path.display().to_string();
        let text = add(sources, shown.clone(), folder_of(path), Arc::clone(root), bytes)
            .map_err(|error| Unread::new(format!("{error:#}")))?;
        if text.not_utf8.is_some() {
            let line = text.file.text().matches('\n').count() + 1;
            return Err(Unread::new(format!("cannot read {shown}: it is not UTF-8 from line {line} on")));
        }
        let span = text.file.span(0, text.file.text().len());
        let original = original(sources, root, &dir.join(ORIGINALS).join(format!("{name}.tera")));
        folder.templates.push(Template {
            name,
            path: shown,
            text: text.file.text().to_owned(),
            span,
            original,
        });
    }
    Ok(folder)
}

/// The text of an original; `None` if there is none. Only the difference that is shown after an upgrade needs it, so
/// one that cannot be read is none.
fn original(sources: &Sources, root: &Root, path: &Path) -> Option<String> {
    let file = sources.access().open(root, path).ok()?;
    String::from_utf8(bytes(file, path, TEXT_BYTES).ok()?).ok()
}
