//! nginx: a site beside those that Debian brings along.

use super::{Block, ManualStep, Output, PlannedFile, web};
use crate::dialects::Dialect;
use crate::model::{Site, WebServer};

pub(super) struct Nginx;

impl Output for Nginx {
    fn name(&self) -> &'static str {
        "nginx"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Nginx
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("nginx/ipxegen", include_str!("../../templates/nginx/ipxegen.tera"))]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(http) = web::here(site, server, WebServer::Nginx) else { return Vec::new() };
        let view = web::site_file(site, server, http, self.name());
        let file = PlannedFile::new("/etc/nginx/sites-available/ipxegen", "nginx/ipxegen", view);
        let source_map = move |_: &Block<'_>| Some(web::source(site, server, http, "nginx"));
        vec![file.reload("nginx.service").check(&["nginx", "-t"]).source_map(source_map)]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        if web::here(site, server, WebServer::Nginx).is_none() {
            return Vec::new();
        }
        let why = "to ../sites-available/ipxegen: `ln -s ../sites-available/ipxegen /etc/nginx/sites-enabled/` enables the site";
        vec![
            ManualStep::new("package", "nginx", "the web server"),
            ManualStep::new("link", "/etc/nginx/sites-enabled/ipxegen", why),
        ]
    }
}
