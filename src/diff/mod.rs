//! The differences between two sets of files: in the site's words, and line by line.
//!
//! Each output reads the facts of its files, old and new alike ([`Reader`]). So the words tell what a machine really
//! has, including manual changes, and no copy of the site has to be kept.

mod comparison;
mod dhcpd;
mod subjects;
#[cfg(test)]
mod tests;
mod unified;
mod words;

pub use comparison::{Comparison, FileChange, Seen, print_lines};
pub use dhcpd::read as read_dhcpd;
pub use subjects::{Facts, Reader, Subject, Subjects, statements};
pub use unified::unified;
pub use words::{Words, words};

/// A file whose old and new text differ.
#[derive(Clone, Copy, Debug)]
pub struct Changed<'t> {
    /// Reads its subjects, if its output says how.
    pub read: Option<Reader>,
    /// Its text now; `None` if it does not exist.
    pub old: Option<&'t str>,
    /// Its text afterwards; `None` if it is removed.
    pub new: Option<&'t str>,
}
