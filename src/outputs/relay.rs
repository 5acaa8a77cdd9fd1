//! The relay agent on a machine between clients and a DHCP server: `/etc/default/isc-dhcp-relay`, or
//! `/etc/default/dhcp-helper` where the system has no isc-dhcp-relay.
//!
//! dhcp-helper takes what a relay of the site says: interfaces and servers. `dhcp-relay=` of dnsmasq takes no interface
//! without an address of it, and its unit and files would be those of a DHCP server. Evidence: dhcp-helper.c 1.2,
//! dnsmasq(8), and the wire.

use super::checkers::{Checker, shell::SHELL};
use super::{
    Action, Block, BlockSource, ManualStep, Output, PlannedFile, Port, RawScope, source_map, verbatim, view,
};
use crate::dialects::Dialect;
use crate::model::{Relay as Agent, Site};

pub(super) struct Relay;

fn here<'s>(site: &'s Site<'_>, server: usize) -> Option<&'s Agent> {
    site.relays.iter().find(|relay| relay.server == server)
}

/// Whether the relay of a server is dhcp-helper.
fn is_dhcp_helper(site: &Site<'_>, server: usize) -> bool {
    site.servers.get(server).is_some_and(|server| !server.has_isc_dhcp())
}

impl Output for Relay {
    fn name(&self) -> &'static str {
        "relay"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Defaults
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("relay/isc-dhcp-relay", include_str!("../../templates/relay/isc-dhcp-relay.tera")),
            ("relay/dhcp-helper", include_str!("../../templates/relay/dhcp-helper.tera")),
        ]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[SHELL]
    }

    fn action(&self, unit: &str) -> Option<Action> {
        matches!(unit, "isc-dhcp-relay.service" | "dhcp-helper.service").then_some(Action::Restart)
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(relay) = here(site, server) else { return Vec::new() };
        let mut view = view(site);
        let to: Vec<_> = relay.to.iter().map(|to| to.value.1.to_string()).collect();
        view.insert("to", &to);
        view.insert("interfaces", &relay.interfaces);
        let servers = to.iter().flat_map(|to| ["-s", to]);
        let interfaces = relay.interfaces.iter().flat_map(|interface| ["-i", &interface.value]);
        view.insert("arguments", &servers.chain(interfaces).collect::<Vec<_>>());
        view.insert("raw", &verbatim::raw(&site.raw, "relay"));
        let (path, template, unit) = if is_dhcp_helper(site, server) {
            ("/etc/default/dhcp-helper", "relay/dhcp-helper", "dhcp-helper.service")
        } else {
            ("/etc/default/isc-dhcp-relay", "relay/isc-dhcp-relay", "isc-dhcp-relay.service")
        };
        let source_map = move |_: &Block<'_>| {
            let source = BlockSource::new(relay.span).raw(&site.raw, "relay");
            let source = source.line("SERVERS", source_map::list(&relay.to));
            Some(source.line("INTERFACES", source_map::list(&relay.interfaces)))
        };
        let file = PlannedFile::new(path, template, view).reload(unit).source_map(source_map);
        vec![file.check(&["sh", "-n", path])]
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        let program = if is_dhcp_helper(site, server) { "dhcp-helper" } else { "dhcrelay" };
        if here(site, server).is_some() { vec![Port::udp(67, program)] } else { Vec::new() }
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        if here(site, server).is_none() {
            return Vec::new();
        }
        if is_dhcp_helper(site, server) {
            return vec![ManualStep::new("package", "dhcp-helper", "the relay agent of this system")];
        }
        vec![ManualStep::new("package", "isc-dhcp-relay", "dhcrelay")]
    }
}
