//! The hosts of the model, and facts about all of them.

use crate::model::{Allow, Host, HostFacts, HostLayers, NfsPath, Profile, RootPath};

/// The resolved hosts.
pub(super) struct ResolvedHosts<'a> {
    pub hosts: Vec<Host<'a>>,
    /// The subnets in which a host has a fixed address; many come more than once.
    pub used_subnets: Vec<u32>,
    /// The indices of hosts whose disk has an [`IscsiMore`](crate::model::IscsiMore).
    pub disks_with_more: Vec<u32>,
    pub profiles: Vec<Profile>,
    /// The layers of the hosts that are traced.
    pub traced: Vec<HostLayers<'a>>,
    /// The findings of hosts that their groups accept.
    pub allow: Vec<Allow>,
    /// What is true of some of the hosts.
    pub facts: HostFacts,
}

impl<'a> ResolvedHosts<'a> {
    /// The hosts whose root-path is a folder of an NFS server.
    pub(super) fn nfs_roots(&self) -> impl Iterator<Item = (&Host<'a>, &NfsPath<'a>)> {
        // Of a million hosts there may be none.
        let hosts = if self.facts.nfs { self.hosts.as_slice() } else { &[] };
        hosts.iter().filter_map(|host| match &host.root_path.as_ref()?.value {
            RootPath::Nfs(root) => Some((host, root)),
            _ => None,
        })
    }
}
