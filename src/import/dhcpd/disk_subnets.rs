//! The subnets in which `netboot: none` would withhold disks.

use foldhash::HashSet;

use super::hosts::Hosts;
use super::scopes::{Kind, Scopes};
use super::subnets::Subnet;

/// The subnets whose clients have root-paths or options of iPXE. iPXE in a ROM boots from a root-path without a boot file.
pub struct DiskSubnets {
    /// Every subnet: the file or a class has them, or a host that may be in any subnet.
    all: bool,
    /// By the scopes that have them, or around a pool that does.
    scopes: HashSet<usize>,
    /// By their hosts: the indexes of subnets.
    homes: HashSet<usize>,
}

impl DiskSubnets {
    /// Finds them; `by_class` says whether a class has a disk.
    pub fn of(scopes: &Scopes<'_, '_>, by_class: bool, hosts: &Hosts<'_, '_>) -> Self {
        let mut found = Self {
            all: by_class || scopes.disks.contains(&0),
            scopes: scopes.disks.clone(),
            homes: HashSet::default(),
        };
        let pools = scopes.disks.iter().filter_map(|at| scopes.all.get(*at));
        found
            .scopes
            .extend(pools.filter(|scope| matches!(scope.kind, Kind::Pool)).filter_map(|pool| pool.parent));
        if found.scopes.is_empty() {
            return found;
        }
        for host in &hosts.all {
            if std::iter::once(&host.at).chain(&host.around).any(|at| scopes.disks.contains(at)) {
                match host.subnet {
                    Some(home) => _ = found.homes.insert(home),
                    None => found.all = true,
                }
            }
        }
        found
    }

    /// Whether the subnet at an index is one of them.
    pub fn has(&self, at: usize, subnet: &Subnet<'_, '_>) -> bool {
        self.all || self.homes.contains(&at) || subnet.scopes.iter().any(|at| self.scopes.contains(at))
    }
}
