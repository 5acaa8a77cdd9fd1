//! The DHCP server that imported files are of, as a trial can start it.

use super::source_file::{FileKind, SourceFile};
use super::{dhcpd, dnsmasq, kea};
use crate::model::DhcpDaemon;

/// A DHCP server.
#[derive(Clone, Debug)]
pub struct OldServer {
    /// The program.
    pub daemon: DhcpDaemon,
    /// The first of its files.
    pub path: String,
    /// Its files, as one.
    pub config: String,
    /// Vendor classes that the files compare.
    pub vendor_classes: Vec<String>,
    /// Files that they include, and that were not imported.
    pub missing: Vec<String>,
}

/// The DHCP servers of files, each with the files that it includes. The files of dnsmasq are one configuration.
#[must_use]
pub fn old_servers(files: &[SourceFile]) -> Vec<OldServer> {
    let mut all: Vec<OldServer> = Vec::new();
    for file in files.iter().filter(|file| !file.included) {
        let (daemon, config, vendor_classes) = match file.kind {
            FileKind::Dhcpd => {
                (DhcpDaemon::Isc, Some(dhcpd::flattened(file, files)), dhcpd::vendor_classes(files))
            }
            FileKind::Kea => (DhcpDaemon::Kea, kea::flattened(file, files), kea::vendor_classes(file, files)),
            FileKind::Dnsmasq if all.iter().all(|server| server.daemon != DhcpDaemon::Dnsmasq) => {
                (DhcpDaemon::Dnsmasq, dnsmasq::flattened(files), dnsmasq::vendor_classes(files))
            }
            _ => continue,
        };
        if let Some(config) = config {
            let missing = missing(file.kind, files);
            all.push(OldServer { daemon, path: file.path.clone(), config, vendor_classes, missing });
        }
    }
    all
}

/// The DHCPv6 servers of files.
#[must_use]
pub fn old_servers6(files: &[SourceFile]) -> Vec<OldServer> {
    let mut all: Vec<OldServer> = Vec::new();
    for file in files.iter().filter(|file| !file.included) {
        let (daemon, config) = match file.kind {
            FileKind::Dhcpd6 => (DhcpDaemon::Isc, Some(dhcpd::flattened(file, files))),
            FileKind::Kea | FileKind::Kea6 => (DhcpDaemon::Kea, kea::flattened6(file, files)),
            FileKind::Dnsmasq if all.iter().all(|server| server.daemon != DhcpDaemon::Dnsmasq) => {
                let config = dnsmasq::flattened(files);
                (DhcpDaemon::Dnsmasq, dnsmasq::has_ipv6(files).then_some(config).flatten())
            }
            _ => continue,
        };
        if let Some(config) = config {
            let (missing, vendor_classes) = (missing(file.kind, files), Vec::new());
            all.push(OldServer { daemon, path: file.path.clone(), config, vendor_classes, missing });
        }
    }
    all
}

/// The files that those of a kind include, and that are not among the files. Patterns may fit none.
fn missing(kind: FileKind, files: &[SourceFile]) -> Vec<String> {
    let included = files.iter().filter(|file| file.kind == kind).flat_map(SourceFile::includes);
    let is_there = |path: &String| files.iter().any(|file| file.path == *path || file.path.ends_with(path));
    included.filter(|path| !path.contains(['*', '?']) && !is_there(path)).collect()
}

impl OldServer {
    /// The daemon's program.
    #[must_use]
    pub const fn program(&self) -> &'static str {
        match self.daemon {
            DhcpDaemon::Isc => "dhcpd",
            DhcpDaemon::Kea => "kea-dhcp4",
            DhcpDaemon::Dnsmasq => "dnsmasq",
        }
    }

    /// Whether the files declare a subnet, or a range. dhcpd and Kea answer nobody without one.
    #[must_use]
    pub fn has_a_subnet(&self) -> bool {
        match self.daemon {
            DhcpDaemon::Isc => dhcpd::declares_a_subnet(&self.config),
            DhcpDaemon::Kea => self.config.contains("\"subnet\":"),
            DhcpDaemon::Dnsmasq => self.config.contains("dhcp-range"),
        }
    }
}
