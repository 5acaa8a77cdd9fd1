//! The other files that dnsmasq reads.
//!
//! dnsmasq merges the settings of all files, so with a `dhcp-range` in an old file it gives addresses that the site does not
//! know.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::import::includes;
use super::server_files;
use crate::import::SourceFile;

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
    let mut files = server_files::of_dnsmasq(root)?;
    let is_other = |file: &SourceFile| !of_the_site.contains(file.path.as_str());
    // What a file of the site includes is the site's own matter.
    files.retain(is_other);
    includes::read(Some(root), &mut files)?;
    Ok(files.iter().filter(|file| is_other(file)).filter_map(dhcp_of).collect())
}

/// The settings for DHCP of a file.
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
