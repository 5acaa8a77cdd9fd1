//! `ipxe.options`: the definitions of iPXE's options, which dhcpd.conf includes.

use serde::Serialize;

use super::checkers::{Checker, dhcpd::DHCPD};
use super::{Block, BlockSource, Output, PlannedFile, RawScope, verbatim, view};
use crate::dialects::Dialect;
use crate::diff::{Reader, read_dhcpd};
use crate::model::{DhcpDaemon, IPXE_OPTIONS, IpxeType, PRIVATE_OPTIONS, Site};

pub(super) struct IpxeOptions;

#[derive(Serialize)]
struct Definition {
    name: String,
    code: u8,
    is: &'static str,
    what: String,
}

impl Output for IpxeOptions {
    fn name(&self) -> &'static str {
        "ipxe_options"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Dhcpd
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("ipxe_options/ipxe.options", include_str!("../../templates/ipxe_options/ipxe.options.tera"))]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[DHCPD]
    }

    fn reader(&self) -> Option<Reader> {
        // dhcpd reads it as part of dhcpd.conf.
        Some(read_dhcpd)
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site, RawScope::Dhcp]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| dhcp.runs_on(server, DhcpDaemon::Isc)) else {
            return Vec::new();
        };
        let mut view = view(site);
        let known = IPXE_OPTIONS.iter().map(|o| Definition {
            name: o.dhcpd.to_owned(),
            code: o.code,
            is: o.is.definition(),
            what: String::new(),
        });
        view.insert("options", &known.collect::<Vec<_>>());
        let several = site.most_portals() > 1;
        let used = |name: &str| several || !name.starts_with("san-");
        let private =
            PRIVATE_OPTIONS.iter().filter(|(name, ..)| used(name)).map(|(name, code, is, what)| Definition {
                name: (*name).to_owned(),
                code: *code,
                is: is.definition(),
                what: (*what).to_owned(),
            });
        let vars = site.vars.iter().filter_map(|var| {
            Some(Definition {
                name: format!("var-{}", var.name),
                code: var.code?,
                is: IpxeType::Text.definition(),
                what: format!("what {{var.{}}} stands for", var.name),
            })
        });
        view.insert("private", &private.chain(vars).collect::<Vec<_>>());
        let mut raw = verbatim::raw(&dhcp.raw, "ipxe_options");
        raw.extend(verbatim::raw(&site.raw, "ipxe_options"));
        view.insert("raw", &raw);
        let file = PlannedFile::new("/etc/dhcp/ipxe.options", "ipxe_options/ipxe.options", view);
        let source_map = move |_: &Block<'_>| {
            let source = BlockSource::new(dhcp.section).raw(&dhcp.raw, "ipxe_options");
            let source = source.raw(&site.raw, "ipxe_options");
            Some(site.vars.iter().fold(source, |source, var| {
                source.line(format!("option ipxe.var-{} code", var.name), var.value.span)
            }))
        };
        let file = file.reload("isc-dhcp-server.service").source_map(source_map);
        let secret = [&dhcp.raw, &site.raw].iter().any(|raw| verbatim::has_raw_secret(raw, "ipxe_options"));
        let file = if secret { file.secret(verbatim::RAW_SECRETS) } else { file };
        vec![file.check(&["dhcpd", "-t", "-cf", "/etc/dhcp/dhcpd.conf"])]
    }
}
