//! The settings of wsdd. With wsdd, Windows lists the server in its network neighbourhood, which uses WS-Discovery since
//! SMB1 was removed.

use super::checkers::{Checker, shell::SHELL};
use super::{Action, Block, BlockSource, ManualStep, Output, PlannedFile, Port, RawScope, verbatim, view};
use crate::dialects::Dialect;
use crate::model::{Site, Smb, Wsdd as Place, WsddPackage};

pub(super) struct Wsdd;

fn here<'s>(site: &'s Site<'_>, server: usize) -> Option<(&'s Smb, &'s Place)> {
    let smb = site.smb.as_ref().filter(|smb| smb.servers.contains(&server))?;
    Some((smb, smb.wsdd.as_ref()?))
}

/// The package of wsdd for the system of a server; that of Debian 12 if `os` is not set.
fn package(site: &Site<'_>, server: usize) -> WsddPackage {
    let os = site.servers.get(server).and_then(|server| server.os.as_ref());
    os.map_or(WsddPackage::Wsdd, |os| os.value.wsdd())
}

impl Output for Wsdd {
    fn name(&self) -> &'static str {
        "wsdd"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Defaults
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("wsdd/wsdd", include_str!("../../templates/wsdd/wsdd.tera")),
            ("wsdd/wsdd.service", include_str!("../../templates/wsdd/wsdd.service.tera")),
        ]
    }

    fn dialect_of(&self, template: &str) -> Dialect {
        if template == "wsdd/wsdd.service" { Dialect::Systemd } else { self.dialect() }
    }

    fn checkers(&self) -> &'static [Checker] {
        &[SHELL]
    }

    fn action(&self, unit: &str) -> Option<Action> {
        (matches!(unit, "wsdd.service" | "wsdd-server.service")).then_some(Action::Restart)
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some((smb, place)) = here(site, server) else { return Vec::new() };
        let mut view = view(site);
        let parameters = match place {
            Place::Workgroup => ["--workgroup", &smb.workgroup.value],
            Place::Domain(domain) => ["--domain", domain],
        };
        view.insert("parameters", &parameters);
        view.insert("raw", &verbatim::raw(&site.raw, "wsdd"));
        let (path, unit) = match package(site, server) {
            WsddPackage::WsddServer => ("/etc/wsdd-server/defaults", "wsdd-server.service"),
            WsddPackage::Wsdd | WsddPackage::Absent => ("/etc/default/wsdd", "wsdd.service"),
        };
        let file = PlannedFile::new(path, "wsdd/wsdd", view);
        let source_map = move |_: &Block<'_>| Some(BlockSource::new(smb.span).raw(&site.raw, "wsdd"));
        let mut files = vec![file.reload(unit).source_map(source_map).check(&["sh", "-n", path])];
        if package(site, server) == WsddPackage::Absent {
            let unit =
                PlannedFile::new("/etc/systemd/system/wsdd.service", "wsdd/wsdd.service", super::view(site));
            files.push(unit.reload("wsdd.service"));
        }
        files
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        if here(site, server).is_none() {
            return Vec::new();
        }
        vec![Port::udp(3702, "wsdd"), Port::tcp(5357, "wsdd")]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        const WHY: &str = "Windows finds the server by itself";
        if here(site, server).is_none() {
            return Vec::new();
        }
        match package(site, server) {
            WsddPackage::Wsdd => vec![ManualStep::new("package", "wsdd", WHY)],
            WsddPackage::WsddServer => vec![ManualStep::new("package", "wsdd-server", WHY)],
            WsddPackage::Absent => vec![
                ManualStep::new(
                    "file",
                    "/usr/local/bin/wsdd",
                    "this system has no package of it: src/wsdd.py of https://github.com/christgau/wsdd, mode 0755",
                ),
                ManualStep::new(
                    "unit",
                    "wsdd.service",
                    format!("`systemctl enable --now wsdd.service`: {WHY}"),
                ),
            ],
        }
    }
}
