//! The input texts of one run and the places in them.

use anyhow::{Context as _, Result};
use elsa::sync::{FrozenMap, FrozenVec};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::access::{Access, Root, Unread};
use super::secret::SecretTexts;
use super::{Scalar, Secret};

/// A place in the inputs: byte offsets into the concatenation of all texts of a [`Sources`].
///
/// Eight bytes, so that a million hosts can afford several each; sites of more than 4 GiB of
/// text are refused when they are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The place from `start` up to, not including, `end`.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The part of this place from byte `from` to byte `to` of it.
    #[must_use]
    pub fn part(self, from: usize, to: usize) -> Self {
        let at = |n: usize| self.start.saturating_add(u32::try_from(n).unwrap_or(u32::MAX)).min(self.end);
        Self { start: at(from), end: at(to) }
    }

    /// Whether this place contains another one.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The place from the start of `self` to the end of `last`.
    #[must_use]
    pub const fn to(self, last: Self) -> Self {
        Self { start: self.start, end: last.end }
    }
}

/// One input: a file, or standard input.
#[derive(Debug)]
pub struct SourceFile {
    name: String,
    base: u32,
    text: String,
    /// The folder that the paths in it are relative to, and the root of the files that it may name. A text that
    /// was not read from anywhere names none.
    place: Option<(PathBuf, Arc<Root>)>,
}

impl SourceFile {
    /// The name as the user gave it, such as `site.yaml` or `<stdin>`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text, without a byte order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The offset of the text in the concatenation of all.
    #[must_use]
    pub const fn base(&self) -> u32 {
        self.base
    }

    /// Whether a place begins in this text.
    #[must_use]
    pub fn holds(&self, span: Span) -> bool {
        span.start.checked_sub(self.base).is_some_and(|at| at as usize <= self.text.len())
    }

    /// The place of the bytes `from..to` of this text.
    #[must_use]
    pub fn span(&self, from: usize, to: usize) -> Span {
        let limit = self.text.len();
        let at = |n: usize| self.base + u32::try_from(n.min(limit)).unwrap_or(0);
        Span::new(at(from), at(to.max(from)))
    }
}

/// A place for people: line and column count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location<'s> {
    /// The file that the place is in.
    pub file: &'s SourceFile,
    /// Byte offset in that file.
    pub offset: usize,
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl PartialEq for SourceFile {
    fn eq(&self, other: &Self) -> bool {
        self.base == other.base && self.name == other.name
    }
}

impl Eq for SourceFile {}

/// All input texts of one run. Texts are added while values borrow from earlier ones, decoded ones also by
/// several threads.
#[derive(Default)]
pub struct Sources {
    files: FrozenVec<Box<SourceFile>>,
    decoded: FrozenVec<Box<str>>,
    /// The secrets that were read from files, by the root of what names them and by path.
    pub(super) secrets: FrozenMap<(PathBuf, PathBuf), Box<Secret>>,
    /// The texts of all secrets, however they were read.
    pub(super) secret_texts: SecretTexts,
    access: Access,
}

impl Sources {
    /// No texts yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// No texts yet. They may name these files and variables besides those below their own folders.
    #[must_use]
    pub fn with_access(access: Access) -> Self {
        Self { access, ..Self::default() }
    }

    pub(super) fn access(&self) -> &Access {
        &self.access
    }

    /// Adds a text, which can name no files.
    ///
    /// # Errors
    /// If all texts together would exceed 4 GiB.
    pub fn add(&self, name: impl Into<String>, text: impl Into<String>) -> Result<&SourceFile> {
        self.push(name.into(), text.into(), None)
    }

    /// Adds a text that was read from a folder, and can name files below a root.
    pub(super) fn add_below(
        &self,
        name: String,
        text: String,
        folder: PathBuf,
        root: Arc<Root>,
    ) -> Result<&SourceFile> {
        self.push(name, text, Some((folder, root)))
    }

    fn push(&self, name: String, text: String, place: Option<(PathBuf, Arc<Root>)>) -> Result<&SourceFile> {
        // One byte between two texts keeps the place behind the last byte of one from being the
        // first place of the next.
        let base = match self.files.len().checked_sub(1).and_then(|last| self.files.get(last)) {
            Some(last) => last.base as usize + last.text.len() + 1,
            None => 0,
        };
        u32::try_from(base + text.len() + 1)
            .ok()
            .with_context(|| format!("{name}: the description of the site exceeds 4 GiB"))?;
        let base = u32::try_from(base).unwrap_or(u32::MAX);
        Ok(self.files.push_get(Box::new(SourceFile { name, base, text, place })))
    }

    /// The folder that a path in a text is relative to, and the root that it must stay below.
    pub(super) fn place_of(&self, named: Scalar<'_>) -> Result<(&Path, &Arc<Root>), Unread> {
        let place = self.file(named.span).and_then(|file| file.place.as_ref());
        let (folder, root) =
            place.ok_or_else(|| Unread::new(format!("{} is named by a text in no folder", named.text)))?;
        Ok((folder, root))
    }

    /// Keeps a text that is in no input as it is: an unescaped scalar, or one with placeholders filled.
    pub fn keep(&self, text: String) -> &str {
        self.decoded.push_get(text.into_boxed_str())
    }

    /// The names of all files, in the order in which they were read.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.files.len()).filter_map(|at| self.files.get(at)).map(SourceFile::name)
    }

    /// The file that was read first: the site, unless it is a folder.
    #[must_use]
    pub fn first(&self) -> Option<&SourceFile> {
        self.files.get(0)
    }

    /// The file that contains a place.
    #[must_use]
    pub fn file(&self, span: Span) -> Option<&SourceFile> {
        // A site may include thousands of files, and each `include` in them asks for its own.
        let (mut from, mut to) = (0, self.files.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            if self.files.get(middle).is_some_and(|file| file.base <= span.start) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        self.files.get(from.checked_sub(1)?)
    }

    /// The place of one line of a scalar, counted from 0; the place of the whole scalar if YAML has folded or
    /// unescaped it.
    #[must_use]
    pub fn line_of(&self, scalar: Scalar<'_>, nth: usize) -> Span {
        self.line_in(scalar, nth).unwrap_or(scalar.span)
    }

    /// The places of all lines of a scalar, found in one pass; the place of the whole scalar if YAML has
    /// folded or unescaped it.
    #[must_use]
    pub fn lines_of(&self, scalar: Scalar<'_>) -> Vec<Span> {
        let whole = scalar.span;
        let written = self.file(whole).and_then(|file| {
            let at = |offset: u32| offset.checked_sub(file.base).map(|at| at as usize);
            file.text.get(at(whole.start)?..at(whole.end)?)
        });
        let mut rows = written.unwrap_or_default().split_inclusive('\n');
        let (mut before, mut begun) = (0, false);
        let place = |line: &str| {
            let line = line.trim();
            // The place of a block begins at its first line that is not empty.
            begun |= !line.is_empty();
            let Some(row) = begun.then(|| rows.next()).flatten() else { return whole };
            let from = before + row.len() - row.trim_start().len();
            before += row.len();
            let same = !line.is_empty() && row.trim() == line;
            if same { whole.part(from, from + line.len()) } else { whole }
        };
        scalar.text.lines().map(place).collect()
    }

    fn line_in(&self, scalar: Scalar<'_>, nth: usize) -> Option<Span> {
        let file = self.file(scalar.span)?;
        let at = |offset: u32| offset.checked_sub(file.base).map(|at| at as usize);
        let written = file.text.get(at(scalar.span.start)?..at(scalar.span.end)?)?;
        let line = scalar.text.split('\n').nth(nth)?.trim();
        if line.is_empty() || line == scalar.text.trim() {
            return None;
        }
        // The place of a block begins at its first line that is not empty.
        let empty = scalar.text.split('\n').take_while(|line| line.trim().is_empty()).count();
        let before: usize = written.split_inclusive('\n').take(nth.checked_sub(empty)?).map(str::len).sum();
        let here = written.get(before..)?.split('\n').next()?;
        if here.trim() == line {
            let from = before + here.len() - here.trim_start().len();
            return Some(scalar.span.part(from, from + line.len()));
        }
        let mut found = written.match_indices(line);
        let (from, _) = found.next()?;
        found.next().is_none().then(|| scalar.span.part(from, from + line.len()))
    }

    /// Line and column of a place. Counts from the start of the file: for printing only.
    #[must_use]
    pub fn locate(&self, span: Span) -> Option<Location<'_>> {
        let file = self.file(span)?;
        let mut offset = ((span.start - file.base) as usize).min(file.text.len());
        while !file.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = file.text.get(..offset)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.get(line_start..)?.chars().count() + 1;
        Some(Location { file, offset, line, column })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Entered, NodeKind, Reader};
    use super::Sources;

    /// The line, column and text of each line of the scalar that is the value of the only key.
    fn lines(yaml: &str) -> Vec<String> {
        let sources = Sources::new();
        let file = sources.add("x.yaml", yaml).unwrap();
        let Some(Entered::Node(node)) = Reader::new(&sources, file).start_whole().unwrap() else { panic!() };
        let NodeKind::Map(entries) = node.kind else { panic!() };
        let word = entries[0].1.word().unwrap();
        let place = |nth| {
            let span = sources.line_of(word, nth);
            let at = sources.locate(span).unwrap();
            let text = &file.text()[at.offset..at.offset + (span.end - span.start) as usize];
            format!("{}:{} {}", at.line, at.column, text.trim_end())
        };
        (0..word.text.trim_end().split('\n').count()).map(place).collect()
    }

    #[test]
    fn all_lines_stand_where_each_does() {
        for yaml in
            ["a: |\n  b;\n\n    é;\n  b;\n", "a: |4-\n\n\n      b\n    c\n", "a: |\r\n  b;\r\n  c;\r\n"]
        {
            let sources = Sources::new();
            let file = sources.add("x.yaml", yaml).unwrap();
            let Some(Entered::Node(node)) = Reader::new(&sources, file).start_whole().unwrap() else {
                panic!()
            };
            let NodeKind::Map(entries) = node.kind else { panic!() };
            let word = entries[0].1.word().unwrap();
            let one_by_one: Vec<_> =
                (0..word.text.lines().count()).map(|nth| sources.line_of(word, nth)).collect();
            assert_eq!(sources.lines_of(word), one_by_one, "{yaml}");
        }
    }

    #[test]
    fn lines_of_a_scalar_stand_where_they_were_written() {
        assert_eq!(
            lines("a: |\n  b;\n\n    é;\n  b;\n"),
            ["2:3 b;", "2:3 b;\n\n    é;\n  b;", "4:5 é;", "5:3 b;"]
        );
        assert_eq!(lines("a: |4-\n\n\n      b\n    c\n")[2..], ["4:7 b", "5:5 c"]);
        assert_eq!(lines("a: |\r\n  b;\r\n  c;\r\n"), ["2:3 b;", "3:3 c;"]);
        // A single line is the scalar; escapes and folds hide where one ends.
        assert_eq!(lines("a: |\n  b;\n"), ["2:3 b;"]);
        assert_eq!(lines("a: 'b;'\n"), ["1:4 'b;'"]);
        assert_eq!(lines("a: \"b;\\nc \\x64\\nb;\"\n")[1..], ["1:4 \"b;\\nc \\x64\\nb;\""; 2]);
        assert_eq!(lines("a: \"b;\\nc;\"\n"), ["1:5 b;", "1:9 c;"]);
        assert_eq!(lines("a: >\n  b\n  c;\n\n  d;\n"), ["2:3 b\n  c;\n\n  d;", "5:3 d;"]);
    }
}
