//! `/etc/default/isc-dhcp-relay`: the relay agent on a machine between clients and a DHCP server.

use super::checkers::{Checker, shell::SHELL};
use super::{
    Action, Block, BlockSource, ManualStep, Output, PlannedFile, Port, RawScope, handout, source_map, view,
};
use crate::dialects::Dialect;
use crate::model::{Relay as Agent, Site};

pub(super) struct Relay;

fn here<'s>(site: &'s Site<'_>, server: usize) -> Option<&'s Agent> {
    site.relays.iter().find(|relay| relay.server == server)
}

impl Output for Relay {
    fn name(&self) -> &'static str {
        "relay"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Defaults
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("relay/isc-dhcp-relay", include_str!("../../templates/relay/isc-dhcp-relay.tera"))]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[SHELL]
    }

    fn action(&self, unit: &str) -> Option<Action> {
        (unit == "isc-dhcp-relay.service").then_some(Action::Restart)
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
        view.insert("raw", &handout::raw(&site.raw, "relay"));
        let file = PlannedFile::new("/etc/default/isc-dhcp-relay", "relay/isc-dhcp-relay", view);
        let source_map = move |_: &Block<'_>| {
            let source = BlockSource::new(relay.span).raw(&site.raw, "relay");
            let source = source.line("SERVERS", source_map::list(&relay.to));
            Some(source.line("INTERFACES", source_map::list(&relay.interfaces)))
        };
        let file = file.reload("isc-dhcp-relay.service").source_map(source_map);
        vec![file.check(&["sh", "-n", "/etc/default/isc-dhcp-relay"])]
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        if here(site, server).is_some() { vec![Port::udp(67, "dhcrelay")] } else { Vec::new() }
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        if here(site, server).is_none() {
            return Vec::new();
        }
        vec![ManualStep::new("package", "isc-dhcp-relay", "dhcrelay")]
    }
}
