//! One value of a YAML text, as it was written.

use std::sync::Arc;

use super::Span;

/// A scalar: its unescaped text, and its place.
///
/// The text is never interpreted: `0775`, `no` and `1:20` stay what the user typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scalar<'a> {
    /// The text.
    pub text: &'a str,
    /// The place, quotes included.
    pub span: Span,
}

/// A key of a mapping and its value.
pub type MapEntry<'a> = (Scalar<'a>, Node<'a>);

/// One value: a scalar, a sequence or a mapping.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// The place of the whole value.
    pub span: Span,
    /// Its kind.
    pub kind: NodeKind<'a>,
}

/// The kind of a [`Node`].
#[derive(Clone, Debug)]
pub enum NodeKind<'a> {
    /// Nothing: a key without a value, `~` or `null`.
    Null,
    /// A scalar.
    Scalar(&'a str),
    /// A sequence.
    Seq(Vec<Node<'a>>),
    /// A mapping in file order, merges (`<<`) applied, without duplicate keys.
    Map(Vec<MapEntry<'a>>),
    /// A value with an anchor. Shared, not copied: the "billion laughs" cost nothing.
    Shared(Arc<Node<'a>>),
}

impl<'a> Node<'a> {
    /// The value itself, without [`NodeKind::Shared`].
    #[must_use]
    pub fn plain(&self) -> &Self {
        match &self.kind {
            NodeKind::Shared(node) => node.plain(),
            _ => self,
        }
    }

    /// The scalar, if it is one.
    #[must_use]
    pub fn word(&self) -> Option<Scalar<'a>> {
        let node = self.plain();
        match node.kind {
            NodeKind::Scalar(text) => Some(Scalar { text, span: node.span }),
            _ => None,
        }
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.plain().kind, NodeKind::Null)
    }

    /// Names the kind of value for a message.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self.plain().kind {
            NodeKind::Null => "nothing",
            NodeKind::Scalar(_) => "a single value",
            NodeKind::Seq(_) => "a list",
            NodeKind::Map(_) | NodeKind::Shared(_) => "a mapping",
        }
    }
}
