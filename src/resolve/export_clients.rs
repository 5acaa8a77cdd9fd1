//! The networks that exports name as their clients.
//!
//! A folder of a boot entry is exported to each subnet that can boot it. A short site.yaml of many entries and many subnets
//! would become gigabytes, so a site has a limit for all lists together.

use super::roles::Roles;
use crate::limits::EXPORT_CLIENTS;
use crate::model::Subnet;
use crate::report::Finding;
use crate::report::catalogue::MALFORMED;
use crate::source::Span;

/// The networks of the subnets, and how often exports have listed them.
pub(super) struct Networks<'s> {
    roles: &'s Roles,
    pub subnets: &'s [Subnet],
    listed: usize,
    /// The first export that would exceed the limit.
    refused: Option<Span>,
}

impl<'s> Networks<'s> {
    pub(super) const fn new(roles: &'s Roles, subnets: &'s [Subnet]) -> Self {
        Self { roles, subnets, listed: 0, refused: None }
    }

    /// The networks of the subnets whose clients use this server for NFS.
    pub(super) fn served_by(&self, server: usize) -> Vec<String> {
        let nfs = &self.roles.nfs;
        let uses = |subnet: &&Subnet| subnet.boots() && nfs.server_for(subnet.boot_server) == Some(server);
        self.subnets.iter().filter(uses).map(|subnet| subnet.cidr.value.to_string()).collect()
    }

    /// Whether an export may list so many networks.
    pub(super) fn may_list(&mut self, networks: usize, span: Span) -> bool {
        let listed = self.listed.saturating_add(networks);
        if listed > EXPORT_CLIENTS {
            self.refused = self.refused.or(Some(span));
            return false;
        }
        self.listed = listed;
        true
    }

    /// The finding if exports would list too many.
    pub(super) fn too_many(&self) -> Option<Finding> {
        let message = format!("the exports of NFS name more than {EXPORT_CLIENTS} networks as their clients");
        let help = "each folder is exported to all subnets that boot: list it under `nfs.exports` with one `clients` for them";
        Some(Finding::new(&MALFORMED, self.refused?, message).help(help))
    }
}
