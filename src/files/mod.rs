//! Compares the server's files with the site: whether the files that the site names exist, whether the daemons may
//! read them, and whether the clients can start them.
//!
//! The folder that is searched is the server's file system, or a copy of it or of parts of it. Nothing outside of
//! that folder is read: symbolic links are followed inside of it.

mod disk;
mod images;
mod ipxe_features;
mod lookup;
mod reader;
mod server_root;
mod unused;
mod windows;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use foldhash::HashSet;
use walkdir::WalkDir;

use crate::model::{
    AbsPath, Asks, ClientKind, Entry, EntryKind, Features, IscsiDaemon, Loader, Server, Site, Spanned, Store,
    Tftp, Transport, second_stages,
};
use crate::report::catalogue::{
    LINK_LEAVES_ROOT, LINK_LEAVES_SHARE, LOADER_LACKS_FEATURE, MISSING_FILE, OLD_WIMBOOT, UNREADABLE_FILE,
    UNSIGNED_WIMBOOT, WRONG_ARCHITECTURE, WRONG_CASE,
};
use crate::report::{Finding, visible};
use crate::source::Span;

pub use lookup::Lookup;
pub use server_root::ServerRoot;

use disk::{Disk, ExistingFile, PathStatus};
use reader::ReadingDaemon;

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
    exports(&mut search, site, look.server)?;
    shares(&mut search, site, look.server)?;
    disks(&mut search, site, look.server)?;
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

/// The state of one comparison.
struct Search {
    disk: Disk,
    findings: Vec<Finding>,
    /// The findings of each path, so that each is reported once.
    reported: HashSet<(&'static str, String)>,
    used: unused::Used,
    known_features: Vec<String>,
}

impl Search {
    fn report(&mut self, path: &str, finding: Finding) {
        if self.reported.insert((finding.kind.id, path.to_owned())) {
            self.findings.push(finding);
        }
    }

    /// Looks up a path of the server, and reports it if it does not exist as written.
    fn there(&mut self, path: &str, what: &str, span: Span) -> Result<Option<Box<ExistingFile>>> {
        let shown = visible(path).into_owned();
        match self.disk.find(path)? {
            PathStatus::ExistingFile(there) => {
                if let Some(right) = &there.respelt {
                    let message = format!("{shown} ({what}) is there as {}", visible(right));
                    let finding = Finding::new(&WRONG_CASE, span, message);
                    self.report(
                        path,
                        finding.help("case counts: write the name as it is, or rename the file"),
                    );
                }
                Ok(Some(there))
            }
            PathStatus::Missing { at } => {
                let mut finding = Finding::new(&MISSING_FILE, span, format!("{shown} ({what}) is not there"));
                if at != path {
                    finding = finding.here(format!("{} does not exist", visible(&at)));
                }
                self.report(path, finding.help("put it there, or correct the path"));
                Ok(None)
            }
            PathStatus::Dangling { link, target } => {
                let message = format!("{shown} ({what}) is not there");
                let link = format!("{} is a symbolic link to {}", visible(&link), visible(&target));
                let finding = Finding::new(&MISSING_FILE, span, message).here(link);
                self.report(
                    path,
                    finding.help("the link leads to nothing; links are followed inside the given root"),
                );
                Ok(None)
            }
            PathStatus::Loop => {
                let message = format!("{shown} ({what}) is a circle of symbolic links");
                self.report(path, Finding::new(&MISSING_FILE, span, message));
                Ok(None)
            }
        }
    }

    /// A folder of the server.
    fn folder(&mut self, path: &str, what: &str, span: Span) -> Result<Option<Box<ExistingFile>>> {
        let Some(there) = self.there(path, what, span)? else { return Ok(None) };
        if there.meta.is_dir() {
            return Ok(Some(there));
        }
        let message = format!("{} ({what}) is not a folder", visible(path));
        self.report(path, Finding::new(&MISSING_FILE, span, message));
        Ok(None)
    }

    /// Reports the permissions that keep a daemon from reading a file.
    fn readable(&mut self, path: &str, there: &ExistingFile, reader: &ReadingDaemon, span: Span) {
        let who = &reader.who;
        for folder in there.folders.iter().filter(|folder| !reader.may_enter(&folder.meta)) {
            let shown = visible(&folder.path).into_owned();
            let mode = disk::mode(&folder.meta);
            let message = format!("{who} may not enter the folder {shown}: its mode is {mode:04o}");
            let finding = Finding::new(&UNREADABLE_FILE, span, message);
            self.report(&folder.path, finding.help(format!("chmod o+x {shown}")));
        }
        if !reader.may_read(&there.meta) {
            let (shown, mode) = (visible(path).into_owned(), disk::mode(&there.meta));
            let message = format!("{who} may not read {shown}: its mode is {mode:04o}");
            let finding = Finding::new(&UNREADABLE_FILE, span, message);
            self.report(path, finding.help(format!("chmod o+r {shown}")));
        }
    }
}

/// The exported folders.
fn exports(search: &mut Search, site: &Site<'_>, server: usize) -> Result<()> {
    let Some(nfs) = site.nfs.as_ref().filter(|nfs| nfs.servers.contains(&server)) else { return Ok(()) };
    for export in nfs.exports.iter().filter(|export| export.server.is_none_or(|at| at == server)) {
        if let Some(there) = search.folder(export.path.as_str(), "exported by NFS", export.span)? {
            search.used.folder(&there.path);
        }
    }
    Ok(())
}

/// The folders of the shares, and links that lead out of them.
fn shares(search: &mut Search, site: &Site<'_>, server: usize) -> Result<()> {
    let Some(smb) = site.smb.as_ref().filter(|smb| smb.servers.contains(&server)) else { return Ok(()) };
    for share in &smb.shares {
        let what = format!("the share {}", share.name.value);
        let Some(there) = search.folder(share.path.value.as_str(), &what, share.name.span)? else { continue };
        search.used.folder(&there.path);
        let mut leaving = Vec::new();
        for entry in WalkDir::new(&there.path).min_depth(1) {
            // A folder that ipxegen may not read is skipped.
            let Ok(entry) = entry else { continue };
            if !entry.path_is_symlink() {
                continue;
            }
            let Some(link) = search.disk.on_server(entry.path()) else { continue };
            if let PathStatus::ExistingFile(target) = search.disk.find(&link)?
                && !target.path.starts_with(&there.path)
                && let Some(target) = search.disk.on_server(&target.path)
            {
                leaving.push((link, target));
            }
        }
        leaving.sort();
        if let Some((link, target)) = leaving.first() {
            let more = match leaving.len() - 1 {
                0 => String::new(),
                more => format!(", and {more} more such links"),
            };
            let message = format!(
                "{} in {what} is a symbolic link to {}, outside of the share{more}",
                visible(link),
                visible(target)
            );
            let finding = Finding::new(&LINK_LEAVES_SHARE, share.name.span, message);
            search.findings.push(
                finding.help("Samba does not follow it (wide links = no): move the files into the share, or mount them there"),
            );
        }
    }
    Ok(())
}

/// The files that tgt serves as disks. If one is missing, tgt creates the target without a disk and reports nothing.
/// LIO creates its own files, and a copy of a server has no devices.
fn disks(search: &mut Search, site: &Site<'_>, server: usize) -> Result<()> {
    for (host, disk) in site.disks() {
        let by = site.served_by(disk).filter(|by| by.server == Some(server) && by.daemon == IscsiDaemon::Tgt);
        let store = disk.more.as_ref().and_then(|more| more.store.as_ref());
        let (Some(_), Some(Spanned { value: Store::File(path, _), span })) = (by, store) else { continue };
        let what = format!("the disk of the host {}", host.name);
        if let Some(there) = search.there(path, &what, *span)? {
            search.used.file(&there.path);
            if !there.meta.is_file() {
                let message = format!("{} ({what}) is not a file", visible(path));
                search.report(path, Finding::new(&MISSING_FILE, *span, message));
            }
        }
    }
    Ok(())
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

/// The loaders of all subnets and hosts, and whether the clients can start them.
fn loaders(
    places: &mut Below<'_>,
    site: &Site<'_>,
    root: Span,
    by_tftp: &ReadingDaemon,
    by_http: Option<&ReadingDaemon>,
) -> Result<()> {
    let mut seen: HashSet<(ClientKind, &Loader)> = HashSet::default();
    let of_subnets = site.subnets.iter().filter(|subnet| site.has_own_tftp(subnet));
    let of_subnets = of_subnets.map(|subnet| (&subnet.loaders, subnet.name.span));
    let of_hosts = site.own_loaders().map(|loaders| (loaders, root));
    for (loaders, otherwise) in of_subnets.chain(of_hosts) {
        for (kind, loader) in loaders {
            // A URL may be that of a file below the TFTP root, on the web server of the site.
            let path = match &loader.value {
                Loader::File(path) => path.as_str(),
                Loader::Url(url) => match site.below_prefix(url).filter(|_| by_http.is_some()) {
                    Some(path) => path,
                    None => continue,
                },
            };
            if !seen.insert((*kind, &loader.value)) {
                continue;
            }
            // A default loader has no place in the site.
            let span = if loader.span == Span::default() { otherwise } else { loader.span };
            let what = format!("the loader of {} clients", kind.name());
            let reader = if kind.info().loads_like.is_some() { by_http } else { Some(by_tftp) };
            let Some((server_path, there)) = places.file(path, &what, span, reader)? else { continue };
            architecture(places.search, *kind, &server_path, &there, span)?;
            if kind.info().asks == Asks::Pxe {
                features(places, site, path, &there.path, span)?;
            }
        }
    }
    for class in &site.classes {
        if let Some(path) = class.own_file() {
            let span = class.file.as_ref().map_or(class.name.span, |file| file.span);
            let what = format!("the boot file of the class {}", class.name.value);
            places.file(path, &what, span, Some(by_tftp))?;
        }
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

/// The files of boot entries, and the ISOs that they are mounted from.
fn entries(
    places: &mut Below<'_>,
    site: &Site<'_>,
    entries: &[&Entry],
    by_tftp: Option<&ReadingDaemon>,
    by_http: Option<&ReadingDaemon>,
) -> Result<()> {
    let from_isos = site.mounted();
    let root = places.root;
    for entry in entries {
        let reader = match entry.over {
            Transport::Http => by_http,
            Transport::Tftp => by_tftp,
        };
        if let (Some(iso), Some(dir)) = (&entry.from_iso, &entry.dir) {
            mounted(places.search, entry, iso)?;
            let at = root.join(dir);
            if let PathStatus::ExistingFile(there) = places.search.disk.find(at.as_str())? {
                places.search.used.folder(&there.path);
            }
        }
        for file in &entry.files {
            // Files of an ISO exist only while it is mounted, and perhaps never in a copy.
            let path = root.join(&file.path);
            if from_isos.has(&file.path)
                && !matches!(places.search.disk.find(path.as_str())?, PathStatus::ExistingFile(_))
            {
                continue;
            }
            places.file(&file.path, &format!("boot entry {}", entry.id), file.span, reader)?;
        }
        wimboot(places, site, entry)?;
    }
    Ok(())
}

/// The first build of Windows 11 24H2.
const WINDOWS_11_24H2: u32 = 26100;

/// Reports a wimboot that does not start the entry's Windows with Secure Boot. Secure Boot is on if a loader is a shim:
/// with it, the firmware starts no other iPXE.
fn wimboot(places: &mut Below<'_>, site: &Site<'_>, entry: &Entry) -> Result<()> {
    let EntryKind::Winpe(winpe) = &entry.kind else { return Ok(()) };
    let loaders = site.subnets.iter().map(|subnet| &subnet.loaders).chain(site.own_loaders()).flatten();
    let mut shims = loaders.filter(|(kind, loader)| {
        let (Loader::File(path) | Loader::Url(path)) = &loader.value;
        entry.is_for(*kind) && !second_stages(path).is_empty()
    });
    if shims.next().is_none() {
        return Ok(());
    }
    let Some(file) = places.existing(&winpe.wimboot_path)? else { return Ok(()) };
    let server_path = places.root.join(&winpe.wimboot_path).to_string();
    let shown = visible(&server_path).into_owned();
    let span = entry.files.iter().find(|file| file.path == winpe.wimboot_path);
    let span = span.map_or(entry.span, |file| file.span);
    let help = "put a full release there, 2.9.0 or newer: https://github.com/ipxe/wimboot/releases";
    if images::is_signed(&file)? == Some(false) {
        let message = format!("with Secure Boot, the firmware refuses {shown}: it is not signed");
        places.search.report(&server_path, Finding::new(&UNSIGNED_WIMBOOT, span, message).help(help));
    }
    let mut newest = None;
    for image in &winpe.images {
        if let Some(there) = places.existing(&image.wim)? {
            newest = newest.max(windows::wim_build(&there)?);
        }
    }
    let build = newest.filter(|build| *build >= WINDOWS_11_24H2);
    if let (Some(build), Some([major, minor, patch])) = (build, windows::wimboot_version(&file)?)
        && (major, minor) < (2, 9)
    {
        let message = format!(
            "with Secure Boot, {shown} {major}.{minor}.{patch} does not start Windows of build {build}"
        );
        places.search.report(&server_path, Finding::new(&OLD_WIMBOOT, span, message).help(help));
    }
    Ok(())
}

/// Reports a loader that clients of its kind cannot start.
fn architecture(
    search: &mut Search,
    kind: ClientKind,
    server_path: &str,
    there: &ExistingFile,
    span: Span,
) -> Result<()> {
    if let Some(wrong) = images::wrong_for(kind, &there.path)? {
        let message = format!("{} clients cannot start {}: {wrong}", kind.name(), visible(server_path));
        let finding = Finding::new(&WRONG_ARCHITECTURE, span, message);
        let help = format!("give {} clients a loader that was built for them, or `none`", kind.name());
        search.report(server_path, finding.help(help));
    }
    Ok(())
}

/// Reports a loader that lacks a feature of `ipxe.needs`. A shim has the iPXE beside it.
fn features(places: &mut Below<'_>, site: &Site<'_>, path: &str, file: &Path, span: Span) -> Result<()> {
    let needs = site.ipxe.needs.value;
    if needs.is_empty() {
        return Ok(());
    }
    let mut found = ipxe_features::of_file(file)?;
    for second in second_stages(path) {
        let there = places.search.disk.find(places.root.join(&second).as_str())?;
        if let (None, PathStatus::ExistingFile(there)) = (found, there)
            && there.meta.is_file()
        {
            found = ipxe_features::of_file(&there.path)?;
        }
    }
    let Some(found) = found else { return Ok(()) };
    places.search.known_features.push(path.to_owned());
    let lacking: Vec<_> = needs.codes().filter(|code| !found.has_all(Features::none().with(*code))).collect();
    let lacking = lacking.into_iter().fold(Features::none(), Features::with);
    if !lacking.is_empty() {
        let server_path = places.root.join(path).to_string();
        let names: Vec<_> = lacking.names().map(|name| format!("`{name}`")).collect();
        let message = format!(
            "the iPXE in {} lacks {}, so it would load itself again and again",
            visible(&server_path),
            names.join(", ")
        );
        let finding = Finding::new(&LOADER_LACKS_FEATURE, span, message);
        let finding = finding.and(site.ipxe.needs.span, "the script needs it");
        let help = "put an iPXE there that was built with it (`loaders.build`), or remove it from `needs`";
        places.search.report(&server_path, finding.help(help));
    }
    Ok(())
}

/// The ISO whose files an entry boots.
fn mounted(search: &mut Search, entry: &Entry, iso: &Spanned<AbsPath>) -> Result<()> {
    let what = format!("the ISO of the boot entry {}", entry.id);
    let Some(there) = search.there(iso.value.as_str(), &what, iso.span)? else { return Ok(()) };
    if !there.meta.is_file() {
        let message = format!("{} ({what}) is not a file", visible(iso.value.as_str()));
        search.report(iso.value.as_str(), Finding::new(&MISSING_FILE, iso.span, message));
    }
    Ok(())
}

/// Files below the TFTP root.
struct Below<'s> {
    search: &'s mut Search,
    root: &'s AbsPath,
    /// The TFTP root, if in.tftpd makes it the root of its process (chroot).
    chroot: Option<&'s ExistingFile>,
}

impl Below<'_> {
    /// The regular file at a path, as a path of this machine.
    fn existing(&mut self, path: &str) -> Result<Option<PathBuf>> {
        match self.search.disk.find(self.root.join(path).as_str())? {
            PathStatus::ExistingFile(there) if there.meta.is_file() => Ok(Some(there.path)),
            _ => Ok(None),
        }
    }

    /// Looks up a file, and reports why its reader cannot use it.
    fn file(
        &mut self,
        path: &str,
        what: &str,
        span: Span,
        reader: Option<&ReadingDaemon>,
    ) -> Result<Option<(String, Box<ExistingFile>)>> {
        let server_path = self.root.join(path).to_string();
        let search = &mut *self.search;
        let Some(there) = search.there(&server_path, what, span)? else { return Ok(None) };
        for on_the_way in there.links.iter().chain([&there.path]) {
            search.used.file(on_the_way);
        }
        if !there.meta.is_file() {
            let message = format!("{} ({what}) is not a file", visible(&server_path));
            search.report(&server_path, Finding::new(&MISSING_FILE, span, message));
            return Ok(None);
        }
        let Some(reader) = reader else { return Ok(Some((server_path, there))) };
        let inside = match self.chroot.filter(|_| reader.tftp) {
            None => None,
            Some(root) => match search.disk.find_below(&root.path, path)? {
                PathStatus::ExistingFile(inside) if inside.path == there.path => Some(inside),
                _ => {
                    let link = there.links.first().map_or(&there.path, |link| link);
                    let link = search.disk.on_server(link).unwrap_or_else(|| server_path.clone());
                    let target = search.disk.on_server(&there.path).unwrap_or_default();
                    let message = format!(
                        "in.tftpd does not reach {} ({what}): a symbolic link leaves the TFTP root",
                        visible(&server_path)
                    );
                    let finding = Finding::new(&LINK_LEAVES_ROOT, span, message).here(format!(
                        "{} leads to {}",
                        visible(&link),
                        visible(&target)
                    ));
                    let help = "with --secure the TFTP root is all that in.tftpd sees: copy the file, or bind-mount its folder below the root";
                    search.report(&server_path, finding.help(help));
                    return Ok(Some((server_path, there)));
                }
            },
        };
        // Inside a chroot the folders above it do not matter.
        search.readable(&server_path, inside.as_deref().unwrap_or(&there), reader, span);
        Ok(Some((server_path, there)))
    }
}
