//! `files`: further files, from the user's own templates.

use super::{Dict, Many, mapping};
use crate::source::Scalar;

/// The parts of a site that can get one file each.
pub const EACH: &[&str] = &["host", "group", "subnet", "entry"];

mapping! {
    /// A further file on a server, from a template of the user's own.
    pub struct CustomFile in "a file" {
        /// Its path on the server.
        path: Scalar<'a> => super::ScalarType::Path,
        /// The template, relative to the file that names it.
        template: Scalar<'a>,
        /// The servers that get it; required if the site has several.
        server: Many<Scalar<'a>>,
        /// The part of the site that gets one file each; the path has its name in braces.
        each: Scalar<'a> => super::ScalarType::Words(EACH),
        /// Its permissions.
        mode: Scalar<'a>,
        /// Findings about it that are accepted, with the reason.
        allow: Dict<'a, Scalar<'a>> => super::ScalarType::Reason,
    }
}
