//! The layers of a root-path: those of the groups, outermost first, then the host's own.

use smallvec::SmallVec;

use crate::schema::{Field, IscsiPath, RootPath};
use crate::source::Scalar;

/// Each `root_path` that applies to a host, weakest first.
pub(super) type Layers<'l, 'a> = SmallVec<[&'l RootPath<'a>; 4]>;

/// The value of a key in the innermost layer that sets it.
pub(super) fn last<'f, 'a>(
    layers: &[&'f IscsiPath<'a>],
    field: fn(&'f IscsiPath<'a>) -> &'f Field<Scalar<'a>>,
) -> Option<Scalar<'a>> {
    layers.iter().rev().find_map(|layer| field(layer).given()).copied()
}
