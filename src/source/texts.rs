//! The input texts of one run and the places in them.

use anyhow::{Context as _, Result};
use elsa::{FrozenMap, FrozenVec};

use std::path::PathBuf;

use super::Secret;

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

    /// Whether another place lies in this one.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// From the start of `self` to the end of `last`.
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

    /// Where the text begins in the concatenation of all.
    #[must_use]
    pub const fn base(&self) -> u32 {
        self.base
    }

    /// The place of the bytes `from..to` of this text.
    #[must_use]
    pub fn span(&self, from: usize, to: usize) -> Span {
        let limit = self.text.len();
        let at = |n: usize| self.base + u32::try_from(n.min(limit)).unwrap_or(0);
        Span::new(at(from), at(to.max(from)))
    }
}

/// Where a place is, in words for people: all counts from 1.
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

/// All input texts of one run. Texts are added while values borrow from earlier ones.
#[derive(Default)]
pub struct Sources {
    files: FrozenVec<Box<SourceFile>>,
    decoded: FrozenVec<Box<str>>,
    /// The secrets that were read from files, by path.
    pub(super) secrets: FrozenMap<PathBuf, Box<Secret>>,
}

impl Sources {
    /// No texts yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a text in.
    ///
    /// # Errors
    /// When all texts together would exceed 4 GiB.
    pub fn add(&self, name: impl Into<String>, text: impl Into<String>) -> Result<&SourceFile> {
        let (name, text) = (name.into(), text.into());
        // One byte between two texts keeps the place behind the last byte of one from being the
        // first place of the next.
        let base = match self.files.last() {
            Some(last) => last.base as usize + last.text.len() + 1,
            None => 0,
        };
        u32::try_from(base + text.len() + 1)
            .ok()
            .with_context(|| format!("{name}: the description of the site exceeds 4 GiB"))?;
        let base = u32::try_from(base).unwrap_or(u32::MAX);
        Ok(self.files.push_get(Box::new(SourceFile { name, base, text })))
    }

    /// Keeps a text that stands nowhere as it is (a scalar with escapes, a placeholder filled in).
    pub fn keep(&self, text: String) -> &str {
        self.decoded.push_get(text.into_boxed_str())
    }

    /// The file that holds a place.
    #[must_use]
    pub fn file(&self, span: Span) -> Option<&SourceFile> {
        // Few files: a scan beats a structure to keep in order.
        self.files.iter().take_while(|file| file.base <= span.start).last()
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
