//! `/etc/default/isc-dhcp-server`: the interfaces on which dhcpd answers.

use super::checkers::{Checker, shell::SHELL};
use super::settings::settings;
use super::{Action, Block, BlockSource, Output, PlannedFile, RawScope, source_map, verbatim, view};
use crate::dialects::Dialect;
use crate::diff::Reader;
use crate::model::{DhcpDaemon, Site};

pub(super) struct IscDhcpServer;

impl Output for IscDhcpServer {
    fn name(&self) -> &'static str {
        "isc_dhcp_server"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Defaults
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[(
            "isc_dhcp_server/isc-dhcp-server",
            include_str!("../../templates/isc_dhcp_server/isc-dhcp-server.tera"),
        )]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[SHELL]
    }

    fn action(&self, unit: &str) -> Option<Action> {
        (unit == "isc-dhcp-server.service").then_some(Action::Restart)
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site, RawScope::Dhcp]
    }

    fn reader(&self) -> Option<Reader> {
        Some(|text| settings("isc-dhcp-server", text))
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| dhcp.runs_on(server, DhcpDaemon::Isc)) else {
            return Vec::new();
        };
        let Some(machine) = site.servers.get(server) else { return Vec::new() };
        let mut view = view(site);
        let interfaces: Vec<&str> =
            machine.interfaces.iter().map(|interface| interface.value.as_str()).collect();
        view.insert("interfaces", &interfaces);
        view.insert("v6", &super::dhcpd6::spoken(site));
        let mut raw = verbatim::raw(&dhcp.raw, "isc_dhcp_server");
        raw.extend(verbatim::raw(&site.raw, "isc_dhcp_server"));
        view.insert("raw", &raw);
        let file = PlannedFile::new("/etc/default/isc-dhcp-server", "isc_dhcp_server/isc-dhcp-server", view);
        let source_map = move |_: &Block<'_>| {
            let interfaces = source_map::list(&machine.interfaces);
            let source = BlockSource::new(dhcp.section).raw(&dhcp.raw, "isc_dhcp_server");
            let source = source.raw(&site.raw, "isc_dhcp_server");
            Some(source.line("INTERFACESv4", interfaces).line("INTERFACESv6", interfaces))
        };
        let file = file.reload("isc-dhcp-server.service").source_map(source_map);
        vec![file.check(&["sh", "-n", "/etc/default/isc-dhcp-server"])]
    }
}
