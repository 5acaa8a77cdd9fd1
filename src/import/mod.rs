//! From the files of daemons to a site.yaml that says the same.
//!
//! Each kind of file has a reader, which adds what it understands to a [`Draft`] and accounts for every statement in its
//! [`Coverage`]: nothing disappears. No reader fails: a text that a daemon would refuse costs its own statement only.

mod boot_entries;
mod coverage;
mod dhcpd;
mod draft;
mod isc_dhcp_server;
mod names;
mod origin;
mod source_file;
mod tables;
mod yaml;

pub use coverage::{Coverage, Outcome, Remark, Statement};
pub use dhcpd::{flattened, is_unusable, vendor_classes};
pub use draft::{Draft, Entry, Mapping, Value};
pub use origin::Origin;
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
    /// Boot files that their clients cannot use are carried over as well.
    pub keep: bool,
}

/// The name of the server that the files are from, unless the user gives another one.
pub const SERVER: &str = "boot";

/// Reads files of daemons, which are all from the server with this name. They may be given in any order; `include` is
/// followed among them, by path. With `keep`, boot files that their clients cannot use are carried over as well.
#[must_use]
pub fn import(files: &[SourceFile], server: &str, keep: bool) -> Imported {
    let mut imported = Imported { keep, ..Imported::default() };
    server.clone_into(&mut imported.draft.server);
    // dhcpd.conf comes last: its reader fills in what no other file says about the server.
    let mut given: Vec<&SourceFile> = files.iter().filter(|file| !file.included).collect();
    given.sort_by_key(|file| file.kind == FileKind::Dhcpd);
    for file in given {
        match file.kind {
            FileKind::Dhcpd => dhcpd::read(file, files, &mut imported),
            FileKind::IscDhcpServer => isc_dhcp_server::read(file, &mut imported),
        }
    }
    boot_entries::fill_in(&mut imported.draft);
    imported
}
