//! The events of a YAML text: as many of them as a site needs.

use std::borrow::Cow;
use std::ops::Range;

/// An event and its place in bytes.
pub(super) type Placed<'a> = (Event<'a>, Range<usize>);

/// One event. There are a dozen for each of a million hosts, so it is small.
pub(super) enum Event<'a> {
    /// A scalar.
    Scalar {
        text: Cow<'a, str>,
        /// Whether it can be null: it is neither quoted nor tagged as text.
        plain: bool,
        /// 0 for no anchor.
        anchor: usize,
    },
    /// A list begins.
    Sequence { anchor: usize },
    /// A mapping begins.
    Mapping {
        anchor: usize,
        /// Whether it has a tag.
        tagged: bool,
    },
    /// A list ends.
    SequenceEnd,
    /// A mapping ends.
    MappingEnd,
    /// `*name`, by the number of its anchor.
    Alias(usize),
    /// A document begins.
    Document,
    /// The text ends.
    End,
    /// An event without meaning for us.
    Nothing,
}

impl<'a> Event<'a> {
    /// A list without an anchor.
    pub(super) const SEQUENCE: Self = Self::Sequence { anchor: 0 };

    /// A mapping with neither anchor nor tag.
    pub(super) const MAPPING: Self = Self::Mapping { anchor: 0, tagged: false };

    /// A scalar without quotes.
    pub(super) const fn plain(text: &'a str) -> Self {
        Self::Scalar { text: Cow::Borrowed(text), plain: true, anchor: 0 }
    }
}
