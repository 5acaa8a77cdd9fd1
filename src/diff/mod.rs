//! The differences between two sets of files: in the site's words, and line by line.
//!
//! Each output reads the facts of its files, old and new alike ([`Reader`]). So the words tell what a machine really
//! has, including manual changes, and no copy of the site has to be kept.

mod comparison;
mod dhcp_subjects;
mod dhcpd;
mod dnsmasq;
mod kea;
mod subjects;
#[cfg(test)]
mod tests;
mod unified;
mod words;

pub use comparison::{Comparison, FileChange, Seen, print_lines};
pub use dhcpd::read as read_dhcpd;
pub use dnsmasq::read as read_dnsmasq;
pub use kea::read as read_kea;
pub use subjects::{Facts, FactsOf, Reader, Subject, Subjects, statements};
pub use unified::unified;
pub use words::{Words, words};

/// A file whose old and new text differ.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changed<'t> {
    /// Reads its subjects, if its output says how.
    pub read: Option<Reader>,
    /// Its text now; `None` if it does not exist.
    pub old: Option<&'t str>,
    /// Its text afterwards; `None` if it is removed.
    pub new: Option<&'t str>,
    /// It holds secrets anywhere: its hosts and subnets are compared by what the files of all DHCP servers have.
    pub is_secret: bool,
}
