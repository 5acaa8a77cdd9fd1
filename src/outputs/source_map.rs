//! Finds the place in the site that a line of a rendered file comes from.
//!
//! Templates print values without their places, and users may replace templates. So the place is found from the
//! rendered text: the block that contains the line, the verbatim text that the line is part of, the words that it
//! begins with. This happens only after a checker has complained, so rendering does not pay for it.

use std::borrow::Cow;

use crate::model::{Raw, Spanned};
use crate::source::Span;

/// Returns the source of a block of a file; `None` if ipxegen did not write the block.
pub type SourceMap<'s> = Box<dyn Fn(&Block<'_>) -> Option<BlockSource> + 's>;

/// A block of a rendered file, or the whole file.
#[derive(Clone, Copy, Debug)]
pub struct Block<'t> {
    /// Its beginning, such as `host pc-a` or `[iso]`; empty for the whole file.
    pub head: &'t str,
    /// The text after it, to the end of the file.
    pub text: &'t str,
}

/// The source of a block.
#[derive(Debug, Default)]
pub struct BlockSource {
    /// The place of the host, subnet, share or service that it is written for.
    pub span: Option<Span>,
    /// The verbatim texts in it, in their order, with their places.
    pub raw: Vec<(String, Span)>,
    /// The beginnings of lines without indent, with the place of the value that such a line prints. The first match
    /// counts.
    pub lines: Vec<(Cow<'static, str>, Span)>,
    /// The same for a value of an object that is on one line: the beginning of the line, and the key of the value.
    pub parts: Vec<(String, String, Span)>,
}

impl BlockSource {
    pub(super) fn new(span: impl Into<Option<Span>>) -> Self {
        Self { span: span.into(), ..Self::default() }
    }

    /// Adds the verbatim texts for an output.
    pub(super) fn raw(mut self, raw: &[Raw], output: &str) -> Self {
        let texts = raw.iter().filter(|raw| raw.output == output).map(|raw| &raw.text);
        self.raw.extend(texts.map(|text| (text.value.clone(), text.span)));
        self
    }

    /// Adds the beginning of a line whose value has a place. A default has none.
    pub(super) fn line(mut self, begin: impl Into<Cow<'static, str>>, span: impl Into<Option<Span>>) -> Self {
        let written = span.into().filter(|span| *span != Span::default());
        self.lines.extend(written.map(|span| (begin.into(), span)));
        self
    }
}

impl BlockSource {
    /// Adds the value of a key in an object that is on one line.
    pub(super) fn part(mut self, begin: String, key: impl Into<String>, span: Span) -> Self {
        if span != Span::default() {
            self.parts.push((begin, key.into(), span));
        }
        self
    }
}

/// The place of a value that may be absent.
pub(super) fn place<T>(value: &Option<Spanned<T>>) -> Option<Span> {
    value.as_ref().map(|at| at.span)
}

/// The place of a list: from its first value to its last, if they are written in that order.
pub(super) fn list<T>(values: &[Spanned<T>]) -> Option<Span> {
    let (first, last) = (values.first()?.span, values.last()?.span);
    Some(if first.start <= last.start { first.to(last) } else { first })
}
