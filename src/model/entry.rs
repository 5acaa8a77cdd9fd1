//! Boot entries, as plain data: what their kind made of them.

use std::net::Ipv4Addr;

use serde_json::{Map, Value};

use super::{AbsPath, At, ClientKind};
use crate::source::{Secret, Span};

/// How iPXE fetches files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Over {
    /// By HTTP.
    Http,
    /// By TFTP.
    Tftp,
}

impl Over {
    /// Its word in site.yaml.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tftp => "tftp",
        }
    }
}

/// Where the clients of a subnet find each service.
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

/// A file that an entry needs below the TFTP root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootFile {
    /// Its path below the root.
    pub path: String,
    /// Where it was written, or the entry when it follows from its kind.
    pub span: Span,
}

/// A file that an entry brings along: it is rendered below the TFTP root.
#[derive(Clone, Debug)]
pub struct Published {
    /// Its path below the root.
    pub path: String,
    /// Where it was asked for.
    pub span: Span,
    /// What it consists of.
    pub content: Content,
    /// It holds a secret, behind one of these words on a line; nothing of it is shown where there are none.
    pub secret: Option<&'static [&'static str]>,
}

/// What a published file consists of.
#[derive(Clone, Debug)]
pub enum Content {
    /// A text, printed as it is.
    Text(String),
    /// A template of the output `published`, and what it sees.
    Template {
        /// Its name: `published/…`.
        name: &'static str,
        /// What it sees.
        view: Map<String, Value>,
        /// What it sees and nobody else.
        secrets: Vec<(&'static str, Secret)>,
    },
}

/// A boot entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id: an iPXE label.
    pub id: String,
    /// Where the id stands.
    pub span: Span,
    /// What the menu shows, and where that was written.
    pub label: String,
    /// The place of the label, or of the id.
    pub label_span: Span,
    /// What it does, in the word of site.yaml.
    pub kind: &'static str,
    /// The hot key.
    pub key: Option<At<char>>,
    /// The client kinds that see it; empty for all.
    pub only_for: Vec<At<ClientKind>>,
    /// How iPXE fetches its files.
    pub over: Over,
    /// The folder of its files below the TFTP root.
    pub dir: Option<String>,
    /// The ISO that is mounted at that folder.
    pub from_iso: Option<At<AbsPath>>,
    /// Whether the menu leaves it out.
    pub hidden: bool,
    /// The files that somebody must put below the TFTP root.
    pub files: Vec<BootFile>,
    /// The files that it brings along.
    pub published: Vec<Published>,
    /// Labels that its own lines define.
    pub labels: Vec<String>,
    /// The kernel's arguments that somebody wrote, placeholders filled.
    pub arguments: Vec<At<String>>,
    /// What iPXE itself is given to run or fetch, as somebody wrote it: lines of a script, a URL.
    pub lines: Vec<At<String>>,
    /// The folder that the booted system mounts by NFS.
    pub nfs_path: Option<AbsPath>,
    /// Whether the booted system fetches something by HTTP, whatever way iPXE took.
    pub needs_http: bool,
    /// Where it was said to install without asking anybody.
    pub unattended: Option<Span>,
    /// The SMB share that the booted system uses, and the account it does so with.
    pub smb_user: Option<(String, String)>,
    /// Whether a machine that starts it by itself is meant to be installed anew each time.
    pub reinstall: bool,
    /// Whether its lines stand in a script of its own, which the view's `url` names.
    pub own_script: bool,
    /// What its template sees beyond what all entries have.
    pub view: Map<String, Value>,
}

impl Entry {
    /// Whether a kind of client sees it.
    #[must_use]
    pub fn is_for(&self, kind: ClientKind) -> bool {
        self.only_for.is_empty() || self.only_for.iter().any(|known| known.value == kind)
    }

    /// Whether some kind of client sees both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.only_for.is_empty()
            || other.only_for.is_empty()
            || self.only_for.iter().any(|kind| other.is_for(kind.value))
    }
}
