//! `files`: further files, from the user's own templates.

use super::{Dict, Many, mapping};
use crate::source::Word;

mapping! {
    /// A further file on a server, from a template of the user's own.
    pub struct OwnFile in "a file" {
        /// Where it stands on the server.
        path: Word<'a> => super::Scalar::Path,
        /// The template, relative to the file that names it.
        template: Word<'a>,
        /// The servers that get it; needed where there are several.
        server: Many<Word<'a>>,
        /// Its permissions.
        mode: Word<'a>,
        /// Findings about it that are meant, each with its reason.
        allow: Dict<'a, Word<'a>> => super::Scalar::Reason,
    }
}
