//! Looks up single files of a server: those that one client needs.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use foldhash::HashSet;

use super::disk::{Disk, ExistingFile, PathStatus};
use super::reader::{self, ReadingDaemon};
use super::{Below, Search, architecture, unused};
use crate::model::{AbsPath, ClientKind, Site, Transport};
use crate::report::Finding;
use crate::source::Span;

/// The files of one server, below its root folder or a copy of it.
pub struct Lookup {
    /// The server, by index.
    pub server: usize,
    /// The folder as it was given.
    given: PathBuf,
    /// The same without links.
    root: PathBuf,
    search: Search,
    by_tftp: Option<ReadingDaemon>,
    by_http: Option<ReadingDaemon>,
    tftp_root: Option<TftpRoot>,
}

/// The TFTP root of the server.
struct TftpRoot {
    path: AbsPath,
    /// The root as in.tftpd sees it, if it makes the folder its root.
    chroot: Option<Box<ExistingFile>>,
}

impl Lookup {
    /// Opens the folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn new(site: &Site<'_>, root: &Path, server: usize) -> Result<Self> {
        if !root.is_dir() {
            bail!("{} is not a folder", root.display());
        }
        let given = root.to_owned();
        let root = root.canonicalize().with_context(|| format!("cannot read {}", root.display()))?;
        let mut search = Search {
            disk: Disk::new(root.clone()),
            findings: Vec::new(),
            reported: HashSet::default(),
            used: unused::Used::default(),
            known_features: Vec::new(),
        };
        let tftp = site.tftp.as_ref().filter(|tftp| tftp.servers.contains(&server));
        let http = site.http.as_ref().filter(|http| http.servers.contains(&server));
        let by_tftp = tftp.map(|tftp| ReadingDaemon::tftp(&mut search.disk, tftp)).transpose()?;
        let by_http = http.map(|http| ReadingDaemon::http(&mut search.disk, &http.group)).transpose()?;
        let tftp_root = match tftp {
            None => None,
            Some(tftp) => {
                let there = search.folder(tftp.root.as_str(), "the TFTP root", Span::default())?;
                let chroot = there.filter(|_| reader::is_secure(tftp));
                Some(TftpRoot { path: tftp.root.clone(), chroot })
            }
        };
        Ok(Self { server, given, root, search, by_tftp, by_http, tftp_root })
    }

    /// The findings that keep a daemon from serving a file.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn served(&mut self, path: &str, what: &str, span: Span, over: Transport) -> Result<Vec<Finding>> {
        self.begin();
        self.find(path, what, span, over)?;
        Ok(std::mem::take(&mut self.search.findings))
    }

    /// As [`Lookup::served`], and why clients of a kind cannot start the file.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn loader(
        &mut self,
        path: &str,
        kind: ClientKind,
        span: Span,
        over: Transport,
    ) -> Result<Vec<Finding>> {
        self.begin();
        let what = format!("the loader of {} clients", kind.name());
        if let Some(there) = self.find(path, &what, span, over)? {
            architecture(&mut self.search, kind, path, &there, span)?;
        }
        Ok(std::mem::take(&mut self.search.findings))
    }

    /// Why a folder of the server cannot be used.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn folder(&mut self, path: &str, what: &str, span: Span) -> Result<Vec<Finding>> {
        self.begin();
        self.search.folder(path, what, span)?;
        Ok(std::mem::take(&mut self.search.findings))
    }

    /// Why a file of the server that nobody fetches cannot be used.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn file(&mut self, path: &str, what: &str, span: Span) -> Result<Vec<Finding>> {
        self.begin();
        self.search.there(path, what, span)?;
        Ok(std::mem::take(&mut self.search.findings))
    }

    /// Whether a file has this content; `None` if it is not there or may not be read.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn has_content(&mut self, path: &str, content: &[u8]) -> Result<Option<bool>> {
        let PathStatus::ExistingFile(there) = self.search.disk.find(path)? else { return Ok(None) };
        let Ok(file) = File::open(&there.path) else { return Ok(None) };
        if !there.meta.is_file() {
            return Ok(None);
        }
        let mut found = Vec::new();
        let most = content.len() as u64 + 1;
        let read = file.take(most).read_to_end(&mut found);
        read.with_context(|| format!("cannot read {}", there.path.display()))?;
        Ok(Some(found == content))
    }

    /// The file at a path of the server, if it is there.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn file_below(&mut self, path: &str) -> Result<Option<PathBuf>> {
        let PathStatus::ExistingFile(there) = self.search.disk.find(path)? else { return Ok(None) };
        if !there.meta.is_file() {
            return Ok(None);
        }
        Ok(Some(
            there.path.strip_prefix(&self.root).map_or(there.path.clone(), |below| self.given.join(below)),
        ))
    }

    /// Each look-up reports everything again.
    fn begin(&mut self) {
        self.search.reported.clear();
        self.search.findings.clear();
    }

    fn find(
        &mut self,
        path: &str,
        what: &str,
        span: Span,
        over: Transport,
    ) -> Result<Option<Box<ExistingFile>>> {
        let reader = match over {
            Transport::Http => self.by_http.as_ref(),
            Transport::Tftp => self.by_tftp.as_ref(),
        };
        let below = self.tftp_root.as_ref().and_then(|root| {
            let rest = path.strip_prefix(root.path.as_str())?;
            Some((
                root,
                rest.strip_prefix('/').or_else(|| root.path.as_str().ends_with('/').then_some(rest))?,
            ))
        });
        if let Some((root, below)) = below {
            let mut places =
                Below { search: &mut self.search, root: &root.path, chroot: root.chroot.as_deref() };
            return Ok(places.file(below, what, span, reader)?.map(|(_, there)| there));
        }
        let there = self.search.there(path, what, span)?;
        if let (Some(there), Some(reader)) = (&there, reader) {
            self.search.readable(path, there, reader, span);
        }
        Ok(there)
    }
}
