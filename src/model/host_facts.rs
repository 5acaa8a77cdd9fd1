//! What may be true of a host of the site.

use super::{Host, RootPath};

/// What is true of at least one host, noted while hosts are resolved. Often no host has what a rule looks for; then the
/// rule need not look at each of a million hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one mark per property")]
pub struct HostFacts {
    /// DHCP sends another name than the host's.
    pub renamed: bool,
    /// The site sets the name of an initiator.
    pub initiator: bool,
    /// A card has no address, or one outside of all subnets.
    pub without_subnet: bool,
    /// A host has an IPv6 address.
    pub ip6: bool,
    /// A disk has an [`IscsiMore`](super::IscsiMore).
    pub more: bool,
    /// A root-path is a folder of an NFS server.
    pub nfs: bool,
    /// A root-path is kept as a text.
    pub text: bool,
}

impl HostFacts {
    /// Notes what is true of a host.
    pub fn note(&mut self, host: &Host<'_>) {
        self.renamed |= !host.keeps_its_name();
        self.without_subnet |= host.subnet.is_none() || host.further().iter().any(|nic| nic.subnet.is_none());
        self.ip6 |= host.ip6.is_some();
        match host.root_path.as_ref().map(|at| &at.value) {
            Some(RootPath::Iscsi(disk)) => {
                self.initiator |= disk.initiator.is_some();
                self.more |= disk.more.is_some();
            }
            Some(RootPath::Nfs(_)) => self.nfs = true,
            Some(RootPath::Text(_)) => self.text = true,
            None => {}
        }
    }

    /// What is true of hosts of either.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            renamed: self.renamed | other.renamed,
            initiator: self.initiator | other.initiator,
            without_subnet: self.without_subnet | other.without_subnet,
            ip6: self.ip6 | other.ip6,
            more: self.more | other.more,
            nfs: self.nfs | other.nfs,
            text: self.text | other.text,
        }
    }
}
