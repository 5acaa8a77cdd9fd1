//! What is between two renders: in the site's words, and line by line.
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

pub use comparison::{Comparison, Seen, print_lines};
pub use dhcpd::read as read_dhcpd;
pub use subjects::{Facts, Reader, Subject, Subjects, statements};
pub use unified::unified;
pub use words::{Words, words};

/// A file of which old and new differ.
#[derive(Clone, Copy, Debug)]
pub struct Changed<'t> {
    /// Reads its subjects, if its output says how.
    pub read: Option<Reader>,
    /// Where it stands on the server.
    pub path: &'t str,
    /// What stands there; `None` if nothing does.
    pub old: Option<&'t str>,
    /// What would; `None` if it would be removed.
    pub new: Option<&'t str>,
}
