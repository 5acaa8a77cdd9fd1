//! Further files, from templates of the user's own.

use super::{AbsPath, Spanned};

/// A further file, from a template of the user's own.
#[derive(Clone, Debug)]
pub struct CustomFile<'a> {
    /// The servers that get it, by index.
    pub servers: Vec<usize>,
    /// Where it stands there.
    pub path: Spanned<AbsPath>,
    /// The template as it was named.
    pub name: &'a str,
    /// The template's text, all of its file.
    pub template: Spanned<&'a str>,
    /// Its permissions.
    pub mode: u32,
}
