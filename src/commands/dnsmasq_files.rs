//! The other files that dnsmasq reads.
//!
//! Debian's unit starts dnsmasq with `/etc/dnsmasq.conf` and `-7 /etc/dnsmasq.d,.dpkg-dist,.dpkg-old,.dpkg-new`. dnsmasq
//! merges the settings of all files, so with a `dhcp-range` in an old file it gives addresses that the site does not know.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::files::ServerRoot;
use crate::import::{FileKind, SourceFile, is_read_by_dnsmasq};

/// A file with settings for DHCP, and the first of them.
pub(super) struct OtherDhcp {
    /// The path of the file on the server.
    pub path: String,
    /// The line of the setting.
    pub line: usize,
    /// The name of the setting.
    pub setting: String,
    /// The number of further settings for DHCP in the file.
    pub more: usize,
}

/// The files below a root that dnsmasq reads and that have settings for DHCP, except the files of the site.
///
/// # Errors
/// If a file cannot be read.
pub(super) fn other_dhcp(root: &Path, of_the_site: &BTreeSet<&str>) -> Result<Vec<OtherDhcp>> {
    let mut root = ServerRoot::new(root)?;
    let mut waiting: VecDeque<String> = ["/etc/dnsmasq.conf", "/etc/dnsmasq.d/*"].map(str::to_owned).into();
    let (mut seen, mut found): (BTreeSet<PathBuf>, Vec<OtherDhcp>) = Default::default();
    while let Some(path) = waiting.pop_front() {
        if let Some((folder, ending)) = path.rsplit_once("/*") {
            let names = root
                .names(folder)?
                .into_iter()
                .filter(|name| is_read_by_dnsmasq(name) && name.ends_with(ending));
            waiting.extend(names.map(|name| format!("{folder}/{name}")));
            continue;
        }
        let Some(here) = root.file(&path)?.filter(|_| !of_the_site.contains(path.as_str())) else { continue };
        if !seen.insert(here.clone()) {
            continue;
        }
        let file =
            SourceFile { text: super::import::text(&here)?, path, kind: FileKind::Dnsmasq, included: false };
        waiting.extend(file.includes().into_iter().filter(|path| path.starts_with('/')));
        found.extend(dhcp_of(&file));
    }
    Ok(found)
}

/// The settings for DHCP of a file. `pxe-service` and `pxe-prompt` are part of the answers to PXE clients.
fn dhcp_of(file: &SourceFile) -> Option<OtherDhcp> {
    let names = file.text.lines().enumerate().filter_map(|(at, line)| {
        let name = line.split(['=', '#']).next()?.trim();
        // `pxe-service` adds options 43 and 60 to the answers of PXE clients.
        let is_for_dhcp = name.starts_with("dhcp-") || name.starts_with("pxe-");
        is_for_dhcp.then_some((at + 1, name))
    });
    let mut names = names.peekable();
    let (line, setting) = names.next()?;
    let setting = setting.split_whitespace().next().unwrap_or_default().to_owned();
    Some(OtherDhcp { path: file.path.clone(), line, setting, more: names.count() })
}
