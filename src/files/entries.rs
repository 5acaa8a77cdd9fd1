//! The files of boot entries, and the ISOs that they are mounted from.

use anyhow::Result;

use super::disk::PathStatus;
use super::reader::ReadingDaemon;
use super::search::{Below, Search};
use super::{images, windows};
use crate::model::{AbsPath, Entry, EntryKind, Loader, Site, Spanned, Transport, second_stages};
use crate::report::catalogue::{MISSING_FILE, OLD_WIMBOOT, UNSIGNED_WIMBOOT};
use crate::report::{Finding, visible};

/// The files of boot entries, and the ISOs that they are mounted from.
pub(super) fn entries(
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
