//! Further files, from the user's templates.

use super::{AbsPath, Spanned};

/// A further file, from a template that the user wrote.
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
    /// The file of the template.
    #[serde(skip)]
    pub template: Spanned<&'a str>,
    /// The parts of the site that get one file each; the path has the part's name in braces.
    pub each: Option<Each>,
    /// Its permissions.
    #[serde(serialize_with = "super::serialize::mode")]
    pub mode: u32,
}

/// The parts of a site that can get one file each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Each {
    /// A machine.
    Host,
    /// A group that some machine is in.
    Group,
    /// A subnet.
    Subnet,
    /// A boot entry.
    Entry,
}

impl Each {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Host, Self::Group, Self::Subnet, Self::Entry];

    /// Its word in site.yaml, and its name in the template.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Group => "group",
            Self::Subnet => "subnet",
            Self::Entry => "entry",
        }
    }

    /// The placeholder for the name in the path.
    #[must_use]
    pub fn placeholder(self) -> String {
        format!("{{{}}}", self.word())
    }
}
