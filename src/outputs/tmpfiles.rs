//! A line of tmpfiles.d for the link through which the web server serves the TFTP root.

use super::tftpd_hpa::wimboot_source;
use super::{Action, ManualStep, Output, PlannedFile, view};
use crate::dialects::Dialect;
use crate::model::{AbsPath, Loader, Site, Transport, WebServer};

pub(super) struct Tmpfiles;

/// The link and its target. There is none if both roots are one folder, or if ipxegen configures the web server, whose
/// site file names the TFTP root.
fn link(site: &Site<'_>, server: usize) -> Option<(AbsPath, AbsPath)> {
    let http = site.http.as_ref().filter(|http| http.servers.contains(&server))?;
    let has_tftp = site.tftp.as_ref().is_some_and(|tftp| tftp.servers.contains(&server));
    if http.boot_files.is_none() && !has_tftp {
        return None;
    }
    let target = site.files_root(server, Transport::Http)?;
    let link = http.root.join(&http.tftp_prefix.value);
    let is_ours = http.daemon != WebServer::None;
    (!is_ours && !http.tftp_prefix.value.is_empty() && link != target).then_some((link, target))
}

impl Output for Tmpfiles {
    fn name(&self) -> &'static str {
        "tmpfiles"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Tmpfiles
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("tmpfiles/ipxegen.conf", include_str!("../../templates/tmpfiles/ipxegen.conf.tera"))]
    }

    fn action(&self, unit: &str) -> Option<Action> {
        let action = Action::Run { program: "systemd-tmpfiles", arguments: &["--create"], with_files: true };
        (unit == "systemd-tmpfiles-setup.service").then_some(action)
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some((link, target)) = link(site, server) else { return Vec::new() };
        let mut view = view(site);
        view.insert("link", link.as_str());
        view.insert("target", target.as_str());
        let own = site.separate_boot_files().is_some();
        view.insert("what", if own { "folder of boot files" } else { "TFTP root" });
        let file = PlannedFile::new("/etc/tmpfiles.d/ipxegen.conf", "tmpfiles/ipxegen.conf", view);
        vec![file.reload("systemd-tmpfiles-setup.service")]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        let copies = copies(site, server);
        let Some((link, target)) = link(site, server) else { return copies };
        let why = format!("to {target}: `systemd-tmpfiles --create` creates it now; every boot recreates it");
        [ManualStep::new("link", link.as_str(), why)].into_iter().chain(copies).collect()
    }
}

/// The files that clients fetch over HTTP from a server whose TFTP root does not have them.
fn copies(site: &Site<'_>, server: usize) -> Vec<ManualStep> {
    let Some(http) = &site.http else { return Vec::new() };
    let is_separate = site.separate_boot_files().is_some();
    if !http.servers.contains(&server)
        || !is_separate && site.tftp.as_ref().is_some_and(|tftp| tftp.servers.contains(&server))
    {
        return Vec::new();
    }
    let Some(root) = site.files_root(server, Transport::Http) else { return Vec::new() };
    let mut needs = Vec::new();
    let loaders = site.subnets.iter().flat_map(|subnet| &subnet.loaders);
    let over_http: Vec<_> = loaders.clone().filter_map(|(kind, _)| kind.info().loads_like).collect();
    let none_by_tftp = site.tftp.is_none();
    for (kind, loader) in loaders {
        if let Loader::Url(url) = &loader.value
            && let Some(path) = site.below_prefix(url).filter(|_| none_by_tftp || is_separate)
        {
            let why = format!("the loader of {} clients", kind.name());
            needs.push(ManualStep::new("file", root.join(path).to_string(), why));
        }
        if let Loader::File(path) = &loader.value
            && over_http.contains(kind)
            && !none_by_tftp
            && !is_separate
        {
            let why = format!("the loader of {} clients, over HTTP", kind.name());
            needs.push(ManualStep::new("file", root.join(path).to_string(), why));
        }
    }
    let mounted = site.mounted();
    for entry in site.entries.iter().filter(|entry| entry.over == Transport::Http) {
        for file in entry.files.iter().filter(|file| !mounted.has(&file.path)) {
            let why = format!("boot entry {}, over HTTP{}", entry.id, wimboot_source(entry, &file.path));
            needs.push(ManualStep::new("file", root.join(&file.path).to_string(), why));
        }
    }
    needs
}
