//! A pair of servers, by the hook libdhcp_ha: `dhcp.failover` of the site.

use std::net::Ipv4Addr;

use super::super::coverage::Outcome;
use super::super::draft::{Mapping, Value};
use super::Reader;
use super::json::Node;
use crate::model::ipv4;

/// The port that a pair has without a word.
const PORT: u16 = 8001;

/// The two servers of a pair; the first is the primary.
#[derive(Clone, Debug)]
pub(super) struct Pair<'n> {
    /// The hook.
    hook: &'n Node,
    /// The address and the port of each.
    servers: [(Ipv4Addr, u16); 2],
    /// The classes of clients that each answers.
    classes: [String; 2],
    /// Whether this server is the first one.
    is_first: bool,
    shares_load: bool,
    /// In milliseconds.
    response_delay: Option<u64>,
    ack_delay: Option<u64>,
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::text)
}

impl<'n> Pair<'n> {
    /// The pair of a server, if its hook says what a site can.
    pub(super) fn of(dhcp: &'n Node) -> Option<Self> {
        let hooks = dhcp.get("hooks-libraries")?.items();
        let named = |hook: &'n Node| Some((hook, hook.get("parameters")?.get("high-availability")?.items()));
        let (hook, pairs) = hooks.iter().find_map(named)?;
        let [pair] = pairs else { return None };
        let shares_load = match text(pair, "mode")? {
            "load-balancing" => true,
            "hot-standby" => false,
            _ => return None,
        };
        let [one, two] = pair.get("peers")?.items() else { return None };
        let primary = |peer: &Node| text(peer, "role") == Some("primary");
        let (one, two) = match (primary(one), primary(two)) {
            (true, false) => (one, two),
            (false, true) => (two, one),
            _ => return None,
        };
        let server = |peer: &Node| {
            let rest = peer.get("url")?.text()?.strip_prefix("http://")?.trim_end_matches('/');
            let (ip, port) = rest.split_once(':').unwrap_or((rest, "80"));
            Some((ipv4(ip).ok()?, port.parse().ok()?))
        };
        let own = text(pair, "this-server-name")?;
        Some(Self {
            hook,
            servers: [server(one)?, server(two)?],
            classes: [format!("HA_{}", text(one, "name")?), format!("HA_{}", text(two, "name")?)],
            is_first: text(one, "name") == Some(own),
            shares_load,
            response_delay: text(pair, "max-response-delay").and_then(|text| text.parse().ok()),
            ack_delay: text(pair, "max-ack-delay").and_then(|text| text.parse().ok()),
        })
    }

    /// Whether a class is that of the clients which one of the servers answers. The render divides each range itself.
    pub(super) fn has_class(&self, name: &str) -> bool {
        self.classes.iter().any(|class| class == name)
    }

    /// Writes the servers and their pair.
    pub(super) fn write(&self, reader: &mut Reader<'_, '_>) {
        let draft = &mut reader.imported.draft;
        let own = draft.server.clone();
        let other = format!("{own}-2");
        let [first, second] = self.servers;
        let (here, there) = if self.is_first { (first, second) } else { (second, first) };
        let servers = draft.site.map("servers");
        servers.map(&own).set("ip", here.0.to_string()).from(&self.hook.origin);
        let mut map = Mapping::default();
        map.set("ip", there.0.to_string());
        map.set("interfaces", Value::List(vec!["eth0".into()]));
        servers
            .set(&other, map)
            .from(&self.hook.origin)
            .note("the other server of the pair; check its interface");
        let order = if self.is_first { [own, other] } else { [other, own] };
        let dhcp = draft.site.map("dhcp");
        dhcp.set("servers", Value::List(order.map(Value::from).to_vec()));
        let mut failover = Mapping::default();
        for (key, port) in [("port", first.1), ("peer_port", second.1)] {
            if port != PORT {
                failover.set(key, Value::number(port));
            }
        }
        if self.shares_load {
            failover.set("split", Value::number(128_u8));
        }
        for (key, delay) in
            [("max_response_delay", self.response_delay), ("load_balance_max", self.ack_delay)]
        {
            if let Some(delay) = delay {
                failover.set(key, Value::number(delay / 1000));
            }
        }
        dhcp.set("failover", failover).from(&self.hook.origin);
    }
}

impl<'n> Reader<'_, 'n> {
    /// Hooks: those of a pair are words, others stay as they are.
    pub(super) fn hooks(&mut self, node: &'n Node) {
        for hook in node.items() {
            let library = hook.get("library").and_then(Node::text).unwrap_or_default();
            let of_pair =
                |pair: &Pair<'_>| std::ptr::eq(pair.hook, hook) || library.ends_with("libdhcp_lease_cmds.so");
            if self.pair.as_ref().is_some_and(of_pair) {
                self.add("hooks-libraries", hook, Outcome::Words);
                continue;
            }
            let kea = self.imported.draft.site.map("dhcp").map("raw").map("kea");
            kea.push("hooks-libraries", hook.value()).from(&hook.origin);
            self.add("hooks-libraries", hook, Outcome::Raw("no key of the site says this".to_owned()));
        }
    }
}
