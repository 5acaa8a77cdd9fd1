//! What is between two renders: in the site's words, and line by line.
//!
//! The words are read from the files themselves, old and new alike, by small readers of the form in
//! which we write them (`things`). So they say what a machine really holds, hand edits included,
//! and no second copy of the site has to be kept and believed.

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
