//! The folders and disks that the server exports: by NFS, by Samba, by iSCSI.

use anyhow::Result;
use walkdir::WalkDir;

use super::disk::PathStatus;
use super::search::Search;
use crate::model::{IscsiDaemon, Site, Spanned, Store};
use crate::report::catalogue::{LINK_LEAVES_SHARE, MISSING_FILE};
use crate::report::{Finding, visible};

/// The exported folders.
pub(super) fn exports(search: &mut Search, site: &Site<'_>, server: usize) -> Result<()> {
    let Some(nfs) = site.nfs.as_ref().filter(|nfs| nfs.servers.contains(&server)) else { return Ok(()) };
    for export in nfs.exports.iter().filter(|export| export.server.is_none_or(|at| at == server)) {
        if let Some(there) = search.folder(export.path.as_str(), "exported by NFS", export.span)? {
            search.used.folder(&there.path);
        }
    }
    Ok(())
}

/// The folders of the shares, and links that lead out of them.
pub(super) fn shares(search: &mut Search, site: &Site<'_>, server: usize) -> Result<()> {
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
pub(super) fn disks(search: &mut Search, site: &Site<'_>, server: usize) -> Result<()> {
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
