//! `/etc/default/wsdd`: Windows finds the shares in its network neighbourhood, which since SMB1 is gone
//! takes WS-Discovery.

use super::{Block, Need, Origin, Output, PlannedFile, handout, view};
use crate::dialects::Dialect;
use crate::model::{Site, Smb, Wsdd as Place};

pub(super) struct Wsdd;

fn here<'s>(site: &'s Site<'_>, server: usize) -> Option<(&'s Smb, &'s Place)> {
    let smb = site.smb.as_ref().filter(|smb| smb.servers.contains(&server))?;
    Some((smb, smb.wsdd.as_ref()?))
}

impl Output for Wsdd {
    fn name(&self) -> &'static str {
        "wsdd"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Defaults
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("wsdd/wsdd", include_str!("../../templates/wsdd/wsdd.tera"))]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some((smb, place)) = here(site, server) else { return Vec::new() };
        let mut view = view(site);
        let parameters = match place {
            Place::Workgroup => ["--workgroup", &smb.workgroup.value],
            Place::Domain(domain) => ["--domain", domain],
        };
        view.insert("parameters", &parameters);
        view.insert("raw", &handout::raw(&site.raw, "wsdd"));
        let file = PlannedFile::new("/etc/default/wsdd", "wsdd/wsdd", view);
        let origins = move |_: &Block<'_>| Some(Origin::new(smb.span).raw(&site.raw, "wsdd"));
        let file = file.reload("wsdd.service").origins(origins);
        vec![file.check(&["sh", "-n", "/etc/default/wsdd"])]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<Need> {
        if here(site, server).is_none() {
            return Vec::new();
        }
        vec![Need::new("package", "wsdd", "Windows finds the server by itself")]
    }
}
