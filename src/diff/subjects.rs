//! What a rendered file says, as things with facts: a host and its address, a share and its path.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{dhcpd, lines};

/// What is said of a thing, in the file's order: a name and a value.
pub(super) type Facts<'t> = Vec<(Cow<'t, str>, Cow<'t, str>)>;

/// A thing that a file speaks of.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject<'t> {
    /// Facts of its own and those it inherits.
    pub(super) facts: Facts<'t>,
    /// The part of the site that it is in: a host's subnet.
    pub(super) of: Option<Cow<'t, str>>,
}

impl<'t> Subject<'t> {
    pub(super) fn fact(&self, name: &str) -> Option<&Cow<'t, str>> {
        self.facts.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// Things by kind and name: `("host", "i38")`. A file has one of some kinds, with an empty name.
pub(super) type Subjects<'t> = BTreeMap<(&'static str, Cow<'t, str>), Subject<'t>>;

/// Reads a file that an output made; what it does not understand it leaves out.
pub(super) fn things<'t>(output: &str, text: &'t str) -> Subjects<'t> {
    match output {
        "dhcpd" => dhcpd::read(text),
        "ipxe" => lines::menu(text),
        "exports" => lines::exports(text),
        "smb" => lines::shares(text),
        "tftpd_hpa" => lines::settings("tftpd-hpa", text),
        "isc_dhcp_server" => lines::settings("isc-dhcp-server", text),
        _ => Subjects::new(),
    }
}
