//! The root disk of a scope that is no host: of a class, a subnet or the site.

use std::net::Ipv4Addr;

use super::{AbsPath, Spanned};

/// The root disk of a class, a subnet or the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeRoot {
    /// The root-path; an empty text for none.
    pub text: Spanned<String>,
    /// The server and the folder of one on NFS.
    pub nfs: Option<(Ipv4Addr, AbsPath)>,
}

impl ScopeRoot {
    /// Whether clients get a disk that iPXE can boot, which an NFS folder is not.
    #[must_use]
    pub fn is_disk(&self) -> bool {
        !self.text.value.is_empty() && !self.is_nfs()
    }

    /// Whether clients get a folder of an NFS server.
    #[must_use]
    pub const fn is_nfs(&self) -> bool {
        self.nfs.is_some()
    }
}
