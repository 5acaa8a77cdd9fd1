//! The state of one comparison: looks up paths of the server, and reports each fault of a path once.

use std::path::PathBuf;

use anyhow::Result;
use foldhash::HashSet;

use super::disk::{self, Disk, ExistingFile, PathStatus};
use super::reader::ReadingDaemon;
use super::unused;
use crate::model::AbsPath;
use crate::report::catalogue::{LINK_LEAVES_ROOT, MISSING_FILE, UNREADABLE_FILE, WRONG_CASE};
use crate::report::{Finding, visible};
use crate::source::Span;

/// The state of one comparison.
pub(super) struct Search {
    pub(super) disk: Disk,
    pub(super) findings: Vec<Finding>,
    /// The findings of each path, so that each is reported once.
    pub(super) reported: HashSet<(&'static str, String)>,
    pub(super) used: unused::Used,
    pub(super) known_features: Vec<String>,
}

impl Search {
    pub(super) fn report(&mut self, path: &str, finding: Finding) {
        if self.reported.insert((finding.kind.id, path.to_owned())) {
            self.findings.push(finding);
        }
    }

    /// Looks up a path of the server, and reports it if it does not exist as written.
    pub(super) fn there(&mut self, path: &str, what: &str, span: Span) -> Result<Option<Box<ExistingFile>>> {
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
    pub(super) fn folder(&mut self, path: &str, what: &str, span: Span) -> Result<Option<Box<ExistingFile>>> {
        let Some(there) = self.there(path, what, span)? else { return Ok(None) };
        if there.meta.is_dir() {
            return Ok(Some(there));
        }
        let message = format!("{} ({what}) is not a folder", visible(path));
        self.report(path, Finding::new(&MISSING_FILE, span, message));
        Ok(None)
    }

    /// Reports the permissions that keep a daemon from reading a file.
    pub(super) fn readable(&mut self, path: &str, there: &ExistingFile, reader: &ReadingDaemon, span: Span) {
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

/// Files below the TFTP root.
pub(super) struct Below<'s> {
    pub(super) search: &'s mut Search,
    pub(super) root: &'s AbsPath,
    /// The TFTP root, if in.tftpd makes it the root of its process (chroot).
    pub(super) chroot: Option<&'s ExistingFile>,
}

impl Below<'_> {
    /// The regular file at a path, as a path of this machine.
    pub(super) fn existing(&mut self, path: &str) -> Result<Option<PathBuf>> {
        match self.search.disk.find(self.root.join(path).as_str())? {
            PathStatus::ExistingFile(there) if there.meta.is_file() => Ok(Some(there.path)),
            _ => Ok(None),
        }
    }

    /// Looks up a file, and reports why its reader cannot use it.
    pub(super) fn file(
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
