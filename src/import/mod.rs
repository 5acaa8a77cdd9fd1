//! From the files of daemons to a site.yaml that says the same.
//!
//! Each kind of file has a reader, which adds what it understands to a [`Draft`] and accounts for every statement in its
//! [`Coverage`]: nothing disappears. No reader fails: a text that a daemon would refuse costs its own statement only.

mod assignments;
mod boot_entries;
mod clients;
mod coverage;
mod csv_hosts;
mod dhcpd;
mod dnsmasq;
mod draft;
mod exports;
mod ipxe_menu;
mod isc_dhcp_server;
mod kea;
mod names;
mod origin;
mod relay;
#[cfg(test)]
mod robustness;
mod search;
mod smb;
mod source_file;
mod tables;
mod tftpd_hpa;
mod tgt;
mod web_site;
mod yaml;

pub use coverage::{Coverage, Outcome, Remark, Statement};
pub use csv_hosts::with_columns;
pub use draft::{Draft, Entry, Mapping, Value};
use origin::Lines;
pub use origin::Origin;
pub use search::{PLACES, Place};
pub use source_file::{FileKind, SourceFile};
pub use tables::move_hosts;
pub use yaml::text_of;

/// What came of an import.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The site that the files describe.
    pub draft: Draft,
    /// What became of each statement.
    pub coverage: Coverage,
}

/// The name of the server that the files are from, unless the user gives another one.
pub const SERVER: &str = "boot";

/// Reads files of daemons, which are all from the server with this name. They may be given in any order; `include` is
/// followed among them, by path.
#[must_use]
pub fn import(files: &[SourceFile], server: &str) -> Imported {
    let mut imported = Imported::default();
    server.clone_into(&mut imported.draft.server);
    let mut order: Vec<&SourceFile> = files.iter().filter(|file| !file.included).collect();
    order.sort_by_key(|file| file.kind);
    for file in order {
        match file.kind {
            FileKind::IscDhcpServer => isc_dhcp_server::read(file, &mut imported),
            FileKind::Dhcpd => dhcpd::read(file, files, &mut imported),
            FileKind::Kea => kea::read(file, files, &mut imported),
            FileKind::Dnsmasq => dnsmasq::read(file, files, &mut imported),
            FileKind::Csv => csv_hosts::read(file, files, &mut imported),
            FileKind::TftpdHpa => tftpd_hpa::read(file, &mut imported),
            FileKind::Smb => smb::read(file, &mut imported),
            FileKind::Tgt => tgt::read(file, &mut imported),
            FileKind::Relay => relay::read(file, &mut imported),
            FileKind::WebSite => web_site::read(file, &mut imported),
            FileKind::IpxeMenu => ipxe_menu::read(file, &mut imported),
            FileKind::Exports => exports::read(file, &mut imported),
        }
    }
    boot_entries::fill_in(&mut imported.draft);
    imported
}
