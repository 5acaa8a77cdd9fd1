//! The subjects of a file and their facts: a host and its address, a share and its path.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// Facts in the file's order: a name and a value each.
pub type Facts<'t> = Vec<(Cow<'t, str>, Cow<'t, str>)>;

/// A subject of a file, such as a host.
#[derive(Clone, Debug, Default)]
pub struct Subject<'t> {
    /// Its own facts and the inherited ones.
    pub facts: Facts<'t>,
    /// The network of the subnet that it is in.
    pub of: Option<Cow<'t, str>>,
    /// Its name for people, if it is not the one that it is found by: that of a subnet.
    pub shown: Option<Cow<'t, str>>,
    /// Which facts of a DHCP server it has.
    pub facts_of: FactsOf,
}

/// The DHCP server whose facts a host or subnet has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FactsOf {
    /// dhcpd, or no DHCP server.
    #[default]
    Dhcpd,
    /// Kea.
    Kea,
    /// Any: only the facts that the files of all have.
    All,
}

impl<'t> Subject<'t> {
    pub(super) fn fact(&self, name: &str) -> Option<&Cow<'t, str>> {
        self.facts.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// Subjects by kind and name: `("host", "i38")`. If a file has only one of a kind, its name is empty.
pub type Subjects<'t> = BTreeMap<(&'static str, Cow<'t, str>), Subject<'t>>;

/// Reads a file of this output. Skips what it does not understand.
pub type Reader = for<'t> fn(&'t str) -> Subjects<'t>;

/// The lines of a text that are neither empty nor a comment, without indent.
pub fn statements(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']))
}
