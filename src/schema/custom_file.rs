//! `files`: further files, from the user's own templates.

use super::{Dict, Many, mapping};
use crate::source::Scalar;

/// What there may be a file for each of.
pub const EACH: &[&str] = &["host", "group", "subnet", "entry"];

mapping! {
    /// A further file on a server, from a template of the user's own.
    pub struct CustomFile in "a file" {
        /// Its path on the server.
        path: Scalar<'a> => super::ScalarType::Path,
        /// The template, relative to the file that names it.
        template: Scalar<'a>,
        /// The servers that get it; needed where there are several.
        server: Many<Scalar<'a>>,
        /// What there is a file for each of; the path names it.
        each: Scalar<'a> => super::ScalarType::Words(EACH),
        /// Its permissions.
        mode: Scalar<'a>,
        /// Findings about it that are accepted, with the reason.
        allow: Dict<'a, Scalar<'a>> => super::ScalarType::Reason,
    }
}
