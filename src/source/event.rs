//! The events of a YAML text: as many of them as a site needs.

use super::Span;

/// An event and its place in the text, in bytes.
pub(super) type Placed<'a> = (Event<'a>, Span);

/// One event. There are a dozen for each of a million hosts, so it is small, and copied instead of moved out of a queue.
#[derive(Clone, Copy)]
pub(super) enum Event<'a> {
    /// A scalar.
    Scalar {
        text: &'a str,
        form: Form,
        /// 0 for no anchor.
        anchor: u32,
    },
    /// A list begins.
    Sequence { anchor: u32 },
    /// A mapping begins.
    Mapping {
        anchor: u32,
        /// Whether it has a tag.
        tagged: bool,
    },
    /// A list ends.
    SequenceEnd,
    /// A mapping ends.
    MappingEnd,
    /// `*name`, by the number of its anchor.
    Alias(u32),
    /// A document begins.
    Document,
    /// The text ends.
    End,
    /// An event without meaning for us.
    Nothing,
}

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// Neither quoted nor tagged as text, so it can be null.
    Plain,
    /// As text: in quotes, which `text` is without, or with a tag.
    Text,
    /// In single quotes, with `''` in the text.
    Single,
    /// In double quotes, with `\"`, `\\`, `\n` or `\t` in the text, and no other escape.
    Double,
}

impl<'a> Event<'a> {
    /// A list without an anchor.
    pub(super) const SEQUENCE: Self = Self::Sequence { anchor: 0 };

    /// A mapping with neither anchor nor tag.
    pub(super) const MAPPING: Self = Self::Mapping { anchor: 0, tagged: false };

    /// A scalar without an anchor.
    pub(super) const fn scalar(text: &'a str, form: Form) -> Self {
        Self::Scalar { text, form, anchor: 0 }
    }
}
