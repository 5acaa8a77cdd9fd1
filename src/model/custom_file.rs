//! Further files, from templates of the user's own.

use super::{AbsPath, Spanned};

/// A further file, from a template of the user's own.
#[derive(Clone, Debug, serde::Serialize)]
pub struct CustomFile<'a> {
    /// The servers that get it, by index.
    #[serde(skip)]
    pub servers: Vec<usize>,
    /// Its path on them.
    pub path: Spanned<AbsPath>,
    /// The template as it was named.
    #[serde(rename = "template")]
    pub name: &'a str,
    /// The template's text, all of its file.
    #[serde(skip)]
    pub template: Spanned<&'a str>,
    /// Its permissions.
    #[serde(serialize_with = "super::serialize::mode")]
    pub mode: u32,
}
