//! `/etc/exports`.

use serde::Serialize;

use super::{Action, ManualStep, Output, PlannedFile, Port, RawScope, mounts, verbatim, view};
use crate::dialects::{Dialect, exports};
use crate::diff::{Reader, Subject, Subjects, statements};
use crate::model::{AbsPath, Nfs, Site, Spanned};

pub(super) struct Exports;

#[derive(Serialize)]
struct Export<'s> {
    path: &'s str,
    clients: &'s [Spanned<String>],
    options: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'s str>,
}

/// The options of an export. `mp` exports a folder of an ISO only while the ISO is mounted.
///
/// nfs-server.service requires the mounts of all exports but those with `mp` (nfs-utils' nfs-server-generator, run
/// for this), so without it, one missing ISO disables every export. With it, NFS does not export the folder of a
/// missing ISO and exports the others (exports(5), `mountpoint`).
fn options(export: &crate::model::Export, mounts: &[AbsPath]) -> Vec<String> {
    let mut options: Vec<String> = export.options.iter().map(|option| option.value.clone()).collect();
    let own = |option: &String| matches!(option.split('=').next(), Some("mp" | "mountpoint"));
    let path = export.path.as_str();
    let above =
        |mount: &&AbsPath| path.strip_prefix(mount.as_str()).is_some_and(|rest| rest.starts_with('/'));
    if options.iter().any(own) {
        return options;
    }
    if mounts.contains(&export.path) {
        options.push("mp".to_owned());
    } else if let Some(mount) = mounts.iter().find(above) {
        let option = format!("mp={mount}");
        // An option of exports(5) cannot contain blanks.
        options.extend(exports::options(&[&option]).is_ok().then_some(option));
    }
    options
}

fn here<'s>(site: &'s Site<'_>, server: usize) -> Option<&'s Nfs> {
    site.nfs.as_ref().filter(|nfs| nfs.servers.contains(&server))
}

fn here_exports(nfs: &Nfs, server: usize) -> impl Iterator<Item = &crate::model::Export> {
    nfs.exports.iter().filter(move |export| export.server.is_none_or(|of| of == server))
}

impl Output for Exports {
    fn name(&self) -> &'static str {
        "exports"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Exports
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("exports/exports", include_str!("../../templates/exports/exports.tera"))]
    }

    fn action(&self, unit: &str) -> Option<Action> {
        let action = Action::Run { program: "exportfs", arguments: &["-ra"], with_files: false };
        (unit == "nfs-kernel-server.service").then_some(action)
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site]
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(nfs) = here(site, server) else { return Vec::new() };
        let mut view = view(site);
        let mounts = mounts::points(site, server);
        let exports = here_exports(nfs, server).map(|export| Export {
            path: export.path.as_str(),
            clients: &export.clients,
            options: options(export, &mounts),
            because: export.because.as_deref(),
        });
        view.insert("exports", &exports.collect::<Vec<_>>());
        view.insert("raw", &verbatim::raw(&site.raw, "exports"));
        vec![
            PlannedFile::new(nfs.exports_file.as_str(), "exports/exports", view)
                .reload("nfs-kernel-server.service"),
        ]
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        // The initrds of Debian and Ubuntu mount their root with klibc's nfsmount, which speaks NFS 3 and asks the
        // portmapper; mountd's own port is in /etc/nfs.conf.
        if here(site, server).is_none() {
            return Vec::new();
        }
        vec![Port::tcp(2049, "nfsd"), Port::tcp(111, "rpcbind"), Port::udp(111, "rpcbind")]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        let Some(nfs) = here(site, server) else { return Vec::new() };
        let mut needs = vec![ManualStep::new("package", "nfs-kernel-server", "NFS")];
        for export in here_exports(nfs, server) {
            let why = export.because.as_ref().map_or_else(
                || "exported by NFS".to_owned(),
                |because| format!("exported by NFS: {because}"),
            );
            needs.push(ManualStep::new("folder", export.path.as_str(), why));
        }
        needs
    }
}

/// Each path with its clients.
fn read(text: &str) -> Subjects<'_> {
    let mut subjects = Subjects::new();
    for (path, clients) in statements(text).filter_map(|line| line.split_once([' ', '\t'])) {
        let subject: &mut Subject<'_> = subjects.entry(("export", path.into())).or_default();
        // Files that were written by hand have columns.
        let clients: Vec<&str> = clients.split_ascii_whitespace().collect();
        subject.facts.push(("clients".into(), clients.join(" ").into()));
    }
    subjects
}
