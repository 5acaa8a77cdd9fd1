//! The texts that describe a site, and places in them.
//!
//! Every text that a run reads is kept once, in [`Sources`]; values borrow from it, and a place
//! is a [`Span`]: a pair of byte offsets into the concatenation of all texts. Line and column
//! are counted only when a finding is printed.
//!
//! [`Reader`] turns a YAML text into [`Node`]s. It can give the entries of a mapping one by one, so that a
//! million hosts are never in memory as a tree.

mod access;
mod event;
mod invisible;
mod matching;
mod node;
mod read;
mod scanner;
mod secret;
mod table;
mod texts;
mod yaml;

pub use access::{Access, Unread};
pub use invisible::invisible_name;
pub use node::{MapEntry, Node, NodeKind, Scalar};
pub use read::{
    IgnoredFile, ORIGINALS, Template, TemplateFolder, Text, files_matching, read_beside, read_included,
    read_site, read_templates, read_templates_beside, site_in_folder,
};
pub use secret::{Secret, count_secrets_read, secrets_read};
pub use table::{Table, TakeRows};
pub use texts::{Location, SourceFile, Sources, Span};
pub use yaml::{Count, Entered, FaultKind, Parts, Reader, YamlFault};
