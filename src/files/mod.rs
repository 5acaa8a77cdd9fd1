//! Compares the server's files with the site: whether the files that the site names exist, whether the daemons may
//! read them, and whether the clients can start them.
//!
//! The folder that is searched is the server's file system, or a copy of it or of parts of it. Nothing outside of
//! that folder is read: symbolic links are followed inside of it.

mod disk;
mod entries;
mod images;
mod ipxe_features;
mod loaders;
mod lookup;
mod reader;
mod search;
mod server_root;
mod shares;
mod unused;
mod windows;

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use foldhash::HashSet;

use crate::model::{AbsPath, Loader, Server, Site, Spanned, Tftp, Transport};
use crate::report::Finding;
use crate::source::Span;

pub use lookup::Lookup;
pub use server_root::ServerRoot;

use disk::Disk;
use entries::entries;
use loaders::{architecture, loaders};
use reader::ReadingDaemon;
use search::{Below, Search};

/// Which files to compare.
pub struct FileSearch<'l> {
    /// The server's file system, or a copy.
    pub root: &'l Path,
    /// The server, by index.
    pub server: usize,
    /// Whether files that nothing names are found.
    pub unused: bool,
    /// Files that are rendered for this server.
    pub ours: &'l [String],
}

/// The result of looking at the files of a server.
#[derive(Debug, Default)]
pub struct Compared {
    /// The faults.
    pub findings: Vec<Finding>,
    /// The paths of loaders that have or lack the features of `ipxe.needs`, by their content.
    pub known_features: Vec<String>,
}

/// Compares the files with the site.
///
/// # Errors
/// If the folder cannot be read.
pub fn check(site: &Site<'_>, look: &FileSearch<'_>) -> Result<Compared> {
    let Some(server) = site.servers.get(look.server) else { return Ok(Compared::default()) };
    if !look.root.is_dir() {
        bail!("{} is not a folder", look.root.display());
    }
    let root = look.root.canonicalize().with_context(|| format!("cannot read {}", look.root.display()))?;
    let mut search = Search {
        disk: Disk::new(root),
        findings: Vec::new(),
        reported: HashSet::default(),
        used: unused::Used::default(),
        known_features: Vec::new(),
    };
    shares::exports(&mut search, site, look.server)?;
    shares::shares(&mut search, site, look.server)?;
    shares::disks(&mut search, site, look.server)?;
    if let Some(tftp) = site.tftp.as_ref().filter(|tftp| tftp.servers.contains(&look.server)) {
        tftp_root(&mut search, site, tftp, server, look)?;
    }
    if let Some(http) = site.http.as_ref().filter(|http| http.servers.contains(&look.server))
        && let Some(folder) = site.separate_boot_files()
    {
        boot_files(&mut search, site, folder, &http.group)?;
    }
    Ok(Compared { findings: search.findings, known_features: search.known_features })
}

/// The files below the TFTP root.
fn tftp_root(
    search: &mut Search,
    site: &Site<'_>,
    tftp: &Tftp,
    server: &Server,
    look: &FileSearch<'_>,
) -> Result<()> {
    let span = tftp.root_span.unwrap_or(server.span);
    let Some(root) = search.folder(tftp.root.as_str(), "the TFTP root", span)? else { return Ok(()) };
    let by_tftp = ReadingDaemon::tftp(&mut search.disk, tftp)?;
    let by_http = site.http.as_ref().filter(|http| http.servers.contains(&look.server));
    let by_http = by_http.map(|http| ReadingDaemon::http(&mut search.disk, &http.group)).transpose()?;
    let mut places = Below { search, root: &tftp.root, chroot: reader::is_secure(tftp).then_some(&*root) };
    loaders(&mut places, site, span, &by_tftp, by_http.as_ref())?;
    let is_separate = site.separate_boot_files().is_some();
    let by_http = by_http.filter(|_| !is_separate);
    let here: Vec<_> =
        site.entries.iter().filter(|entry| !is_separate || entry.over == Transport::Tftp).collect();
    entries(&mut places, site, &here, Some(&by_tftp), by_http.as_ref())?;
    if look.unused {
        let search = places.search;
        search.used.named(site, &root.path);
        for path in look.ours {
            search.used.file(&search.disk.here(path));
        }
        unused::find(&search.used, &root.path, tftp.root.as_str(), span, &mut search.findings)?;
    }
    Ok(())
}

/// The files below the folder of `http.boot_files`.
fn boot_files(search: &mut Search, site: &Site<'_>, folder: &Spanned<AbsPath>, group: &str) -> Result<()> {
    if search.folder(folder.value.as_str(), "the folder of boot files", folder.span)?.is_none() {
        return Ok(());
    }
    let by_http = ReadingDaemon::http(&mut search.disk, group)?;
    let mut places = Below { search, root: &folder.value, chroot: None };
    let mut seen = HashSet::default();
    let own = site.own_loaders();
    for (kind, loader) in site.subnets.iter().map(|subnet| &subnet.loaders).chain(own).flatten() {
        let Loader::Url(url) = &loader.value else { continue };
        let Some(path) = site.below_prefix(url).filter(|path| seen.insert((*kind, *path))) else { continue };
        let span = if loader.span == Span::default() { folder.span } else { loader.span };
        let what = format!("the loader of {} clients", kind.name());
        let Some((server_path, there)) = places.file(path, &what, span, Some(&by_http))? else { continue };
        architecture(places.search, *kind, &server_path, &there, span)?;
    }
    let here: Vec<_> = site.entries.iter().filter(|entry| entry.over == Transport::Http).collect();
    entries(&mut places, site, &here, None, Some(&by_http))
}
