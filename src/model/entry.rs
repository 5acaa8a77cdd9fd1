//! Boot entries: the fields that all kinds have in common.

use std::net::Ipv4Addr;

use super::{AbsPath, ClientKind, EntryKind, Published, Service, ShareAccount, Spanned};
use crate::source::Span;

/// How iPXE fetches files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// By HTTP.
    Http,
    /// By TFTP.
    Tftp,
}

impl Transport {
    /// Its word in site.yaml.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tftp => "tftp",
        }
    }
}

/// The addresses at which the clients of a subnet find each service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Addresses {
    /// The HTTP root's URL, without a final slash.
    pub http: Option<String>,
    /// The TFTP server.
    pub tftp: Option<Ipv4Addr>,
    /// The NFS server.
    pub nfs: Option<Ipv4Addr>,
    /// The SMB server.
    pub smb: Option<Ipv4Addr>,
}

impl Addresses {
    /// The address of a service, or its URL; `None` for DHCP, which clients find by broadcast.
    #[must_use]
    pub fn of(&self, service: Service) -> Option<String> {
        let ip = match service {
            Service::Dhcp => None,
            Service::Http => return self.http.clone(),
            Service::Tftp => self.tftp,
            Service::Nfs => self.nfs,
            Service::Smb => self.smb,
        };
        ip.map(|ip| ip.to_string())
    }

    /// Whether a service has the same address in both.
    #[must_use]
    pub fn agree(&self, other: &Self, service: Service) -> bool {
        match service {
            Service::Dhcp => true,
            Service::Http => self.http == other.http,
            Service::Tftp => self.tftp == other.tftp,
            Service::Nfs => self.nfs == other.nfs,
            Service::Smb => self.smb == other.smb,
        }
    }
}

/// A file that an entry needs below the TFTP root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootFile {
    /// Its path below the root.
    pub path: String,
    /// The place of the path, or of the entry if the path follows from its kind.
    pub span: Span,
}

/// A boot entry.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Entry {
    /// Its id: an iPXE label.
    #[serde(skip)]
    pub id: String,
    /// The place of the id.
    #[serde(skip)]
    pub span: Span,
    /// The text in the menu.
    pub label: String,
    /// The place of the label; that of the id when the entry has no label.
    #[serde(skip)]
    pub label_span: Span,
    /// Its kind, with the kind's own fields.
    #[serde(skip)]
    pub kind: EntryKind,
    /// The hot key.
    pub key: Option<Spanned<char>>,
    /// The client kinds that see it; empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only_for: Vec<Spanned<ClientKind>>,
    /// How iPXE fetches its files.
    pub over: Transport,
    /// The folder of its files below the TFTP root.
    pub dir: Option<String>,
    /// The ISO that is mounted at that folder.
    pub from_iso: Option<Spanned<AbsPath>>,
    /// Whether the menu leaves it out.
    pub hidden: bool,
    /// The files that the user has to put below the TFTP root.
    #[serde(serialize_with = "super::serialize::paths", skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<BootFile>,
    /// The files that ipxegen renders for it below the TFTP root.
    #[serde(skip)]
    pub published: Vec<Published>,
    /// The folder that the booted system mounts by NFS.
    pub nfs_path: Option<AbsPath>,
    /// Whether the booted system itself fetches something by HTTP, however iPXE loads its own files.
    #[serde(skip)]
    pub needs_http: bool,
    /// The place in the site that makes it install without asking questions.
    #[serde(skip)]
    pub unattended: Option<Span>,
    /// Whether the site accepts that a machine which starts it by itself is installed again at every boot.
    #[serde(skip)]
    pub reinstall: bool,
}

impl Entry {
    /// Whether a kind of client sees it.
    #[must_use]
    pub fn is_for(&self, kind: ClientKind) -> bool {
        self.only_for.is_empty() || self.only_for.iter().any(|known| known.value == kind)
    }

    /// Whether there is a kind of client that sees both entries.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.only_for.is_empty()
            || other.only_for.is_empty()
            || self.only_for.iter().any(|kind| other.is_for(kind.value))
    }

    /// The labels that the lines of a `script` entry define.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        match &self.kind {
            EntryKind::Script(script) => &script.labels,
            _ => &[],
        }
    }

    /// The text that the user wrote for iPXE itself: the lines of a script, or the URL of a chained program.
    #[must_use]
    pub fn lines(&self) -> &[Spanned<String>] {
        match &self.kind {
            EntryKind::Script(script) => &script.written,
            EntryKind::Chain(chain) => chain.written.as_slice(),
            _ => &[],
        }
    }

    /// The kernel's arguments that the user wrote, placeholders filled.
    #[must_use]
    pub fn arguments(&self) -> &[Spanned<String>] {
        match &self.kind {
            EntryKind::Linux(linux) => &linux.written,
            _ => &[],
        }
    }

    /// The account with which the booted system connects to an SMB share.
    #[must_use]
    pub const fn share_account(&self) -> Option<&ShareAccount> {
        match &self.kind {
            EntryKind::Winpe(winpe) => winpe.share_account.as_ref(),
            _ => None,
        }
    }

    /// Every text that its templates see: the texts of its kind and of the files that it publishes.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let mut texts = self.kind.texts();
        texts.extend(self.published.iter().flat_map(|file| file.content.texts()));
        texts
    }
}
