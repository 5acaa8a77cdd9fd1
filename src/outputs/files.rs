//! Further files, from templates of the user's own.

use super::{Output, PlannedFile, view};
use crate::dialects::Dialect;
use crate::model::Site;

pub(super) struct Files;

impl Output for Files {
    fn name(&self) -> &'static str {
        "files"
    }

    /// Nothing is known of the language of such a file.
    fn dialect(&self) -> Dialect {
        Dialect::Text
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let here = site.files.iter().filter(|file| file.servers.contains(&server));
        let planned = here.map(|file| {
            let mut view = view(site);
            // What a template for several servers says of the one it is on.
            if let Some(machine) = site.servers.get(server) {
                view.insert("server", &machine.name);
            }
            PlannedFile::own(file.path.value.as_str(), file.name, file.template, view).mode(file.mode)
        });
        planned.collect()
    }
}
