//! nginx: a site beside those that Debian brings along.

use super::{Block, Need, Output, PlannedFile, web};
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
        let origins = move |_: &Block<'_>| Some(web::origin(site, server, http, "nginx"));
        vec![file.reload("nginx.service").check(&["nginx", "-t"]).origins(origins)]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<Need> {
        if web::here(site, server, WebServer::Nginx).is_none() {
            return Vec::new();
        }
        let why = "to ../sites-available/ipxegen: `ln -s ../sites-available/ipxegen /etc/nginx/sites-enabled/` enables the site";
        vec![
            Need::new("package", "nginx", "the web server"),
            Need::new("link", "/etc/nginx/sites-enabled/ipxegen", why),
        ]
    }
}
