//! The host that somebody asks about. Only its settings are kept layer by layer, even if the site has a million hosts.

use std::net::Ipv4Addr;

use crate::model::{Mac, MacAt, Nics, ipv4};

/// A text that may name a host: by its name, or by an address of one of its cards.
#[derive(Clone, Copy, Debug)]
pub struct TracedHost<'t> {
    name: &'t str,
    mac: Option<Mac>,
    ip: Option<Ipv4Addr>,
}

impl<'t> TracedHost<'t> {
    /// The host that a text names.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        Self { name: text, mac: Mac::parse(text).ok(), ip: ipv4(text).ok() }
    }

    /// Whether it is the host with this name and these cards.
    pub(super) fn is(self, name: &str, macs: &[MacAt], ip: Option<Ipv4Addr>, further: Option<&Nics>) -> bool {
        let further = || further.into_iter().flat_map(|nics| &nics.0);
        let mut macs = macs.iter().chain(further().flat_map(|nic| &nic.macs));
        let mut ips = ip.into_iter().chain(further().filter_map(|nic| nic.ip.as_ref()).map(|ip| ip.value));
        name.eq_ignore_ascii_case(self.name)
            || self.mac.is_some_and(|mac| macs.any(|known| known.value == mac))
            || self.ip.is_some_and(|ip| ips.any(|known| known == ip))
    }
}
