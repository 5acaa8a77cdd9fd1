//! A tmpfiles.d line for the link by which the web server sees the TFTP root.

use super::{Need, Output, PlannedFile, view};
use crate::dialects::Dialect;
use crate::model::{AbsPath, Site};

pub(super) struct Tmpfiles;

/// The link and what it points to; none where both roots are one folder, or the web server's own
/// configuration must do it.
fn link(site: &Site<'_>, server: usize) -> Option<(AbsPath, AbsPath)> {
    let http = site.http.as_ref().filter(|http| http.servers.contains(&server))?;
    let tftp = site.tftp.as_ref().filter(|tftp| tftp.servers.contains(&server))?;
    let link = http.root.join(&http.tftp_prefix.value);
    (!http.tftp_prefix.value.is_empty() && link != tftp.root).then(|| (link, tftp.root.clone()))
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

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some((link, target)) = link(site, server) else { return Vec::new() };
        let mut view = view(site);
        view.insert("link", link.as_str());
        view.insert("target", target.as_str());
        let file = PlannedFile::new("/etc/tmpfiles.d/ipxegen.conf", "tmpfiles/ipxegen.conf", view);
        vec![file.reload("systemd-tmpfiles-setup.service")]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<Need> {
        let Some((link, target)) = link(site, server) else { return Vec::new() };
        let why =
            format!("to {target}: `systemd-tmpfiles --create` makes it, and every start of the machine");
        vec![Need::new("link", link.as_str(), why)]
    }
}
