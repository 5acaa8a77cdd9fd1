//! Units of systemd that mount ISOs below the TFTP root, so that nothing has to be copied from them.

use foldhash::HashSet;

use super::{Action, ManualStep, Output, PlannedFile, view};
use crate::dialects::{Dialect, systemd};
use crate::model::{AbsPath, Entry, Site};

pub(super) struct Mounts;

/// An ISO and its mount point.
struct Mount<'s> {
    entry: &'s Entry,
    iso: &'s AbsPath,
    at: AbsPath,
    unit: String,
}

/// The mounts of a server. Two entries may share one; resolve reports two ISOs with one mount point.
fn mounts<'s>(site: &'s Site<'_>, server: usize) -> Vec<Mount<'s>> {
    let mut mounts: Vec<Mount<'s>> = Vec::new();
    let mut seen: HashSet<AbsPath> = HashSet::default();
    for entry in &site.entries {
        let (Some(iso), Some(dir)) = (&entry.from_iso, &entry.dir) else { continue };
        let Some(at) = site.files_root(server, entry.over).map(|root| root.join(dir)) else { continue };
        // The length was checked when the folder was read.
        let Ok(unit) = systemd::mount_unit(at.as_str()) else { continue };
        if seen.insert(at.clone()) {
            mounts.push(Mount { entry, iso: &iso.value, at, unit });
        }
    }
    mounts
}

/// The mount points of a server.
pub(super) fn points(site: &Site<'_>, server: usize) -> Vec<AbsPath> {
    mounts(site, server).into_iter().map(|mount| mount.at).collect()
}

impl Output for Mounts {
    fn name(&self) -> &'static str {
        "mounts"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Systemd
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("mounts/iso.mount", include_str!("../../templates/mounts/iso.mount.tera"))]
    }

    /// A reload would mount the previous ISO again.
    fn action(&self, unit: &str) -> Option<Action> {
        unit.ends_with(".mount").then_some(Action::Restart)
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let planned = |mount: Mount<'_>| {
            let mut view = view(site);
            view.insert("entry", &mount.entry.id);
            view.insert("iso", mount.iso.as_str());
            view.insert("at", mount.at.as_str());
            view.insert("nfs", &site.nfs.as_ref().is_some_and(|nfs| nfs.servers.contains(&server)));
            let path = format!("/etc/systemd/system/{}", mount.unit);
            PlannedFile::new(path, "mounts/iso.mount", view).reload(mount.unit)
        };
        mounts(site, server).into_iter().map(planned).collect()
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        let mut needs = Vec::new();
        for mount in mounts(site, server) {
            let why = format!("the ISO of the boot entry {}, mounted at {}", mount.entry.id, mount.at);
            needs.push(ManualStep::new("file", mount.iso.as_str(), why));
            // The name has backslashes, which the shell interprets unless they are quoted.
            let why = format!("`systemctl enable --now '{}'` mounts it now and at every boot", mount.unit);
            needs.push(ManualStep::new("unit", mount.unit, why));
        }
        needs
    }
}
