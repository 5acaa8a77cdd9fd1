//! The way back: where in the site a line of a rendered file comes from.
//!
//! Templates print values, not places, and users may replace them. So the way back goes by what
//! the file says: the block that a line stands in, the verbatim text that it is a line of, the words
//! that it begins with. It is asked for where a daemon complains, and costs nothing before.

use std::borrow::Cow;

use crate::model::{Raw, Spanned};
use crate::source::Span;

/// Tells what a block of a file comes from; `None` where the block is none of ours.
pub type SourceMap<'s> = Box<dyn Fn(&Block<'_>) -> Option<BlockSource> + 's>;

/// A block of a rendered file, or the whole.
#[derive(Clone, Copy, Debug)]
pub struct Block<'t> {
    /// How it begins, such as `host pc-a` or `[iso]`; empty for the whole file.
    pub head: &'t str,
    /// The text behind that, to the end of the file.
    pub text: &'t str,
}

/// What a block comes from.
#[derive(Debug, Default)]
pub struct BlockSource {
    /// The place of the whole: a host, a subnet, a share, a service.
    pub span: Option<Span>,
    /// Verbatim texts that stand in it, in their order, and their places.
    pub raw: Vec<(String, Span)>,
    /// How lines begin that print a value with a place, without indent; the first that fits counts.
    pub lines: Vec<(Cow<'static, str>, Span)>,
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

    /// Adds how a line begins, where its value has a place. What nobody wrote has none.
    pub(super) fn line(mut self, begin: impl Into<Cow<'static, str>>, span: impl Into<Option<Span>>) -> Self {
        let written = span.into().filter(|span| *span != Span::default());
        self.lines.extend(written.map(|span| (begin.into(), span)));
        self
    }
}

/// The place of a value that may be absent.
pub(super) fn place<T>(value: &Option<Spanned<T>>) -> Option<Span> {
    value.as_ref().map(|at| at.span)
}

/// The place of a list: from its first value to its last, where they stand in that order.
pub(super) fn list<T>(values: &[Spanned<T>]) -> Option<Span> {
    let (first, last) = (values.first()?.span, values.last()?.span);
    Some(if first.start <= last.start { first.to(last) } else { first })
}
