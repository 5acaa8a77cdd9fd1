//! The parts of the site that resolving a host needs.

use super::entry_ids::EntryIds;
use super::groups::Groups;
use super::iscsi::Targets;
use super::loaders::InheritedLoaders;
use super::roles::Roles;
use super::traced::TracedHost;
use super::vars::Vars;
use crate::model::{Server, Subnet};

/// The parts of the site that resolving a host needs.
pub(super) struct HostContext<'s, 'a> {
    pub groups: Groups<'a>,
    pub subnets: &'s [Subnet],
    /// The loaders of each subnet, in the order of `subnets`.
    pub loaders: &'s [InheritedLoaders],
    pub servers: &'s [Server],
    pub roles: &'s Roles,
    pub vars: &'s Vars,
    pub targets: &'s Targets<'a>,
    pub ids: &'s EntryIds<'a>,
    /// Whether a class, a subnet or the site has a root-path, which `root_path: none` of a host unsets.
    pub outer_roots: bool,
    /// The host whose layers are kept.
    pub traced: Option<TracedHost<'s>>,
}
