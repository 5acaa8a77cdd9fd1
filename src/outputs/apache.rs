//! Apache's httpd: a site beside those that Debian brings along.

use super::{Block, ManualStep, Output, PlannedFile, web};
use crate::dialects::Dialect;
use crate::model::{Site, WebServer};

pub(super) struct Apache;

impl Output for Apache {
    fn name(&self) -> &'static str {
        "apache"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Apache
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("apache/ipxegen.conf", include_str!("../../templates/apache/ipxegen.conf.tera"))]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(http) = web::here(site, server, WebServer::Apache) else { return Vec::new() };
        let view = web::site_file(site, server, http, self.name());
        let file = PlannedFile::new("/etc/apache2/sites-available/ipxegen.conf", "apache/ipxegen.conf", view);
        let source_map = move |_: &Block<'_>| Some(web::source(site, server, http, "apache"));
        vec![file.reload("apache2.service").check(&["apache2ctl", "-t"]).source_map(source_map)]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        if web::here(site, server, WebServer::Apache).is_none() {
            return Vec::new();
        }
        let why = "to ../sites-available/ipxegen.conf: `a2ensite ipxegen` enables the site";
        vec![
            ManualStep::new("package", "apache2", "the web server"),
            ManualStep::new("link", "/etc/apache2/sites-enabled/ipxegen.conf", why),
        ]
    }
}
