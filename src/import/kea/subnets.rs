//! Shared networks, subnets and their pools.

use std::net::Ipv4Addr;

use super::super::clients::subnet_name;
use super::super::copies::too_many;
use super::super::coverage::Outcome;
use super::super::draft::{Mapping, Value};
use super::classes::Outer;
use super::json::Node;
use super::{Reader, Scope};

/// The shared network around a subnet.
pub(super) struct Around<'s, 'n> {
    name: &'s str,
    node: &'n Node,
    /// What it says for its subnets.
    says: &'s [(&'n str, &'n Node)],
    /// Whether the subnet is the first of them.
    is_first: bool,
}

impl<'n> Reader<'_, 'n> {
    pub(super) fn shared_network(&mut self, network: &'n Node, dhcp: &'n Node) {
        let name = network.get("name").and_then(Node::text).unwrap_or("net");
        let subnets = network.get("subnet4").map(Node::items).unwrap_or_default();
        let mut says = Vec::new();
        for (key, node) in network.members() {
            match key.as_str() {
                "name" => self.add(key, node, Outcome::Words),
                "subnet4" => {}
                _ if subnets.is_empty() => {
                    self.add(key, node, Outcome::Lost("the shared network has no subnet".to_owned()));
                }
                _ if !self.copies.take(node.weight(), subnets.len()) => {
                    self.add(key, node, Outcome::Lost(too_many(subnets.len(), "subnets")));
                }
                _ => says.push((key.as_str(), node)),
            }
        }
        let mut outer = self.classes.outer(Some(network), dhcp);
        for (index, subnet) in subnets.iter().enumerate() {
            let around = Around { name, node: network, says: &says, is_first: index == 0 };
            self.subnet(subnet, Some(&around), &mut outer);
        }
    }

    pub(super) fn subnet(&mut self, subnet: &'n Node, network: Option<&Around<'_, 'n>>, outer: &mut Outer) {
        let Some(cidr) = subnet.get("subnet").and_then(Node::text) else {
            return self.add("subnet4", subnet, Outcome::Lost("it has no `subnet`".to_owned()));
        };
        let name = subnet_name(cidr, self.only_subnet);
        let scope = Scope::Subnet(&name);
        self.map(scope).set("cidr", cidr);
        if let Some(entry) = self.imported.draft.site.map("subnets").entry(&name) {
            entry.from(&subnet.origin);
        }
        if let Some(network) = network {
            self.map(scope).set("shared_network", network.name);
            self.around(scope, network);
        }
        self.lease_times_of_subnet(scope, network.map(|network| network.node), subnet);
        let choices = self.classes.answers(subnet, outer);
        self.evaluated.subnets.push((name.clone(), choices));
        for (key, node) in subnet.members() {
            match key.as_str() {
                "subnet" => self.add(key, node, Outcome::Words),
                // Leases carry it, and the render chooses its own.
                "id" => self.add(key, node, Outcome::Default),
                "pools" => {
                    for pool in node.items() {
                        self.pool(scope, pool);
                    }
                }
                "reservations" => {
                    for reservation in node.items() {
                        self.reservation(reservation);
                        if !self.only_subnet && reservation.get("ip-address").is_none() {
                            let known = self.of_one_subnet.take();
                            let (first, hosts) = known.unwrap_or((reservation.origin.clone(), 0));
                            self.of_one_subnet = Some((first, hosts + 1));
                        }
                    }
                }
                _ => self.parameter(scope, key, node),
            }
        }
    }

    /// What a shared network says for its subnets, before what they say themselves.
    fn around(&mut self, scope: Scope<'_>, network: &Around<'_, 'n>) {
        let before = self.imported.coverage.statements.len();
        for (key, node) in network.says {
            self.parameter(scope, key, node);
        }
        // Each is one statement, said for every subnet.
        if !network.is_first {
            self.imported.coverage.statements.truncate(before);
        }
    }

    pub(super) fn pool(&mut self, scope: Scope<'_>, pool: &Node) {
        let Some(text) = pool.get("pool").and_then(Node::text) else {
            return self.add("pools", pool, Outcome::Lost("it has no `pool`".to_owned()));
        };
        let range = range(text);
        let classes: Vec<&str> = ["client-class", "client-classes"]
            .iter()
            .filter_map(|key| pool.get(key))
            .flat_map(|node| node.text().into_iter().chain(node.items().iter().filter_map(Node::text)))
            .collect();
        let classes: Vec<&str> = match &self.pair {
            Some(pair) => classes.into_iter().filter(|class| !pair.has_class(class)).collect(),
            None => classes,
        };
        let known = pool
            .members()
            .iter()
            .all(|(key, _)| ["pool", "client-class", "client-classes"].contains(&key.as_str()));
        let of_site = |name: &str| {
            self.imported.draft.site.submap("classes").is_some_and(|all| all.get(name).is_some())
        };
        let value = match classes.as_slice() {
            _ if !known => None,
            [] => Some(Value::Text(range.clone())),
            [class @ ("KNOWN" | "UNKNOWN")] => {
                let mut item = Mapping::default();
                item.set("range", range.as_str());
                item.set("clients", class.to_ascii_lowercase());
                Some(item.into())
            }
            [class] if of_site(class) => {
                let mut item = Mapping::default();
                item.set("range", range.as_str());
                item.set("clients", *class);
                Some(item.into())
            }
            _ => None,
        };
        match value {
            Some(value) => {
                self.map(scope).push("ranges", value).from(&pool.origin);
                self.add("pools", pool, Outcome::Words);
            }
            // The render writes `pools`, so `raw` has none.
            None => {
                let why = "the range is for a class of Kea's, or has options of its own".to_owned();
                self.add("pools", pool, Outcome::Lost(why));
            }
        }
    }
}

/// A pool as a range: a network is all of its addresses.
fn range(text: &str) -> String {
    let text: String = text.split_whitespace().collect();
    let Some((first, length)) = text.split_once('/') else { return text };
    match (first.parse::<Ipv4Addr>(), length.parse::<u32>()) {
        (Ok(first), Ok(length @ 1..=32)) => {
            let hosts = u32::MAX.checked_shr(length).unwrap_or(0);
            let first = u32::from(first) & !hosts;
            format!("{}-{}", Ipv4Addr::from(first), Ipv4Addr::from(first | hosts))
        }
        _ => text,
    }
}
