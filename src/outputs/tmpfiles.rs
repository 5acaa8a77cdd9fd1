//! A line of tmpfiles.d for the link through which the web server serves the TFTP root.

use super::{Action, ManualStep, Output, PlannedFile, view};
use crate::dialects::Dialect;
use crate::model::{AbsPath, Loader, Site, Transport, WebServer, join};

pub(super) struct Tmpfiles;

/// The link and its target. There is none if both roots are one folder, or if ipxegen configures the web server, whose
/// site file names the TFTP root.
fn link(site: &Site<'_>, server: usize) -> Option<(AbsPath, AbsPath)> {
    let http = site.http.as_ref().filter(|http| http.servers.contains(&server))?;
    let tftp = site.tftp.as_ref().filter(|tftp| tftp.servers.contains(&server))?;
    let link = http.root.join(&http.tftp_prefix.value);
    let is_ours = http.daemon != WebServer::None;
    (!is_ours && !http.tftp_prefix.value.is_empty() && link != tftp.root).then(|| (link, tftp.root.clone()))
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
        let file = PlannedFile::new("/etc/tmpfiles.d/ipxegen.conf", "tmpfiles/ipxegen.conf", view);
        vec![file.reload("systemd-tmpfiles-setup.service")]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        let Some((link, target)) = link(site, server) else { return copies(site, server) };
        let why =
            format!("to {target}: `systemd-tmpfiles --create` makes it, and every start of the machine");
        vec![ManualStep::new("link", link.as_str(), why)]
    }
}

/// The path of a loader at a URL that is made of its path below the TFTP root.
fn below_prefix<'u>(site: &Site<'_>, url: &'u str) -> Option<&'u str> {
    let prefix = site.http.as_ref()?.tftp_prefix.value.as_str();
    let mut roots = site.subnets.iter().filter_map(|subnet| subnet.addresses.http.as_deref());
    let path = roots.find_map(|root| url.strip_prefix(join(root, prefix).trim_end_matches('/')))?;
    path.strip_prefix('/').filter(|path| !path.contains('%'))
}

/// The files that clients fetch over HTTP from a server without a TFTP root.
fn copies(site: &Site<'_>, server: usize) -> Vec<ManualStep> {
    let Some(http) = site.http.as_ref().filter(|http| http.servers.contains(&server)) else {
        return Vec::new();
    };
    if site.tftp.as_ref().is_some_and(|tftp| tftp.servers.contains(&server)) {
        return Vec::new();
    }
    let root = http.root.join(&http.tftp_prefix.value);
    let mut needs = Vec::new();
    let loaders = site.subnets.iter().flat_map(|subnet| &subnet.loaders);
    let over_http: Vec<_> = loaders.clone().filter_map(|(kind, _)| kind.info().loads_like).collect();
    let none_by_tftp = site.tftp.is_none();
    for (kind, loader) in loaders {
        if let Loader::Url(url) = &loader.value
            && let Some(path) = below_prefix(site, url).filter(|_| none_by_tftp)
        {
            let why = format!("the loader of {} clients", kind.name());
            needs.push(ManualStep::new("file", root.join(path).to_string(), why));
        }
        if let Loader::File(path) = &loader.value
            && over_http.contains(kind)
            && !none_by_tftp
        {
            let why = format!("the loader of {} clients, over HTTP", kind.name());
            needs.push(ManualStep::new("file", root.join(path).to_string(), why));
        }
    }
    let mounted = site.mounted();
    for entry in site.entries.iter().filter(|entry| entry.over == Transport::Http) {
        for file in entry.files.iter().filter(|file| !mounted.has(&file.path)) {
            let why = format!("boot entry {}, over HTTP", entry.id);
            needs.push(ManualStep::new("file", root.join(&file.path).to_string(), why));
        }
    }
    needs
}
