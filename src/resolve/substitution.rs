//! How a scope fills the placeholders in its texts.

use super::resolver::Resolver;
use crate::source::Scalar;

/// Fills the placeholders of a text; `None` with a finding.
pub(super) type Substitution<'f, 'a> = dyn Fn(&mut Resolver<'_, 'a>, Scalar<'a>) -> Option<&'a str> + 'f;

/// The substitution of scopes that have no placeholders: the site and its subnets.
pub(super) fn unchanged<'a>(_: &mut Resolver<'_, 'a>, word: Scalar<'a>) -> Option<&'a str> {
    Some(word.text)
}
