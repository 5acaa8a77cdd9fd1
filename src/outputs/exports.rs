//! `/etc/exports`.

use serde::Serialize;

use super::{Need, Output, PlannedFile, handout, view};
use crate::dialects::Dialect;
use crate::model::{At, Nfs, Site};

pub(super) struct Exports;

#[derive(Serialize)]
struct Export<'s> {
    path: &'s str,
    clients: &'s [At<String>],
    options: &'s [At<String>],
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'s str>,
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

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(nfs) = here(site, server) else { return Vec::new() };
        let mut view = view(site);
        let exports = here_exports(nfs, server).map(|export| Export {
            path: export.path.as_str(),
            clients: &export.clients,
            options: &export.options,
            because: export.because.as_deref(),
        });
        view.insert("exports", &exports.collect::<Vec<_>>());
        view.insert("raw", &handout::raw(&site.raw, "exports"));
        vec![
            PlannedFile::new(nfs.exports_file.as_str(), "exports/exports", view)
                .reload("nfs-kernel-server.service"),
        ]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<Need> {
        let Some(nfs) = here(site, server) else { return Vec::new() };
        let mut needs = vec![Need::new("package", "nfs-kernel-server", "NFS")];
        for export in here_exports(nfs, server) {
            let why = export.because.as_ref().map_or_else(
                || "exported by NFS".to_owned(),
                |because| format!("exported by NFS: {because}"),
            );
            needs.push(Need::new("folder", export.path.as_str(), why));
        }
        needs
    }
}
