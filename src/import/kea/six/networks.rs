//! Shared networks, subnets, pools and reservations of DHCPv6.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use super::super::super::coverage::Outcome;
use super::super::super::draft::Value;
use super::super::super::six::{self, Host, Network, Part, Pool, Said, Sends, Text};
use super::super::json::Node;
use super::classes::Winners;
use super::options::unhex;
use super::{HOST, NO_BOOT, Reader};
use crate::model::{Cidr6, Mac, Range6, ipv6};

/// What the scopes around a network say for it.
#[derive(Clone, Default)]
pub(super) struct Outer {
    pub(super) dns: Option<Said<Vec<Ipv6Addr>>>,
    pub(super) domains: Option<Said<Vec<String>>>,
    pub(super) url: Option<Said<Rc<str>>>,
}

/// Why what a shared network says is left out.
const NO_SCOPE: &str = "site.yaml has no shared networks of DHCPv6";

impl<'n> Reader<'_, 'n> {
    pub(super) fn shared_network(&mut self, network: &'n Node, outer: &Outer) {
        let name = network.get("name").and_then(Node::text);
        let subnets = network.get("subnet6").map(Node::items).unwrap_or_default();
        let winners = self.classes.outer(&[self.dhcp, network]);
        let mut own = outer.clone();
        for option in network.get("option-data").map(Node::items).unwrap_or_default() {
            if let Some(part) = self.option(option, &mut own) {
                part.set(&Outcome::Lost(NO_SCOPE.into()), self.coverage);
            }
        }
        for (key, node) in network.members() {
            let outcome = match key.as_str() {
                "subnet6" | "option-data" => continue,
                "require-client-classes" | "evaluate-additional-classes" => Outcome::Words,
                "name" if subnets.len() < 2 => Outcome::Default,
                _ => Outcome::Lost(NO_SCOPE.into()),
            };
            self.add(key, node, outcome);
        }
        for subnet in subnets {
            self.network(subnet, name, &own, &winners);
        }
    }

    pub(super) fn network(
        &mut self,
        subnet: &'n Node,
        shared: Option<&str>,
        outer: &Outer,
        winners: &[Winners],
    ) {
        let text = |key: &str| subnet.get(key).and_then(Node::text);
        let Some(cidr) = text("subnet").and_then(|cidr| Cidr6::parse(cidr).ok()) else {
            let why = "it has no `subnet`, or one with a prefix below 16".to_owned();
            self.add("subnet6", subnet, Outcome::Lost(why));
            return;
        };
        let head = self.words("subnet", subnet);
        let mut network = Network {
            shared: shared.map(str::to_owned),
            interface: text("interface").map(str::to_owned),
            // ipxegen numbers both networks of a subnet by that of IPv4.
            ipv4: text("id").and_then(|id| Some(Ipv4Addr::from(id.parse::<u32>().ok()?))),
            ..Network::new(cidr, head)
        };
        let inherited = outer.dns.as_ref().map_or(0, |said| said.value.len())
            + outer.domains.as_ref().map_or(0, |said| said.value.len());
        let mut own = Outer::default();
        if self.six.networks.is_empty() || self.copies.take(inherited, 2) {
            own = Outer { url: None, ..outer.clone() };
        }
        for (key, node) in subnet.members() {
            match key.as_str() {
                "subnet" => {}
                "id" => {
                    self.add(key, node, Outcome::Default);
                }
                "option-data" => {
                    for option in node.items() {
                        network.raw.extend(self.option(option, &mut own));
                    }
                }
                "pools" => {
                    for pool in node.items() {
                        self.pool(pool, &mut network);
                    }
                }
                "reservations" => {
                    for reservation in node.items() {
                        self.reservation(reservation);
                    }
                }
                "require-client-classes" | "evaluate-additional-classes" => {
                    let number = self.add(key, node, Outcome::Words);
                    let is_raw =
                        |item: &&Node| item.text().is_some_and(|name| self.raw_classes.contains(name));
                    let items: Vec<Value> = node.items().iter().filter(is_raw).map(Node::value).collect();
                    if !items.is_empty() {
                        let text = Text::Parameter(key.clone(), Value::List(items));
                        let origin = node.origin.clone();
                        network.raw.push(Part { numbers: vec![number], origin, text });
                    }
                }
                "interface" => self.interface(node, &mut network),
                "valid-lifetime" | "min-valid-lifetime" | "max-valid-lifetime" => {
                    let why = "DHCPv6 has one lease time in site.yaml".to_owned();
                    self.add(key, node, Outcome::Lost(why));
                }
                _ => {
                    let part = self.raw(key, node);
                    network.raw.push(part);
                }
            }
        }
        let mut winners = winners.to_vec();
        let listed = self.classes.list(subnet, &mut winners);
        network.sends = winners.iter().map(|winners| self.answer(winners, &own, outer)).collect();
        let parts = listed.iter().filter_map(|at| self.class_parts.get(*at)?.clone());
        network.boot = parts.chain(own.url.map(|said| said.part)).collect();
        // Classes of all subnets.
        if self.copies.take(self.always.len(), 2) {
            network.boot.extend(self.always.iter().cloned());
        }
        (network.dns, network.domains) = (own.dns, own.domains);
        self.six.networks.push(network);
    }

    /// What a client gets: a subnet overrides classes, which override what is global.
    fn answer(&self, winners: &Winners, own: &Outer, outer: &Outer) -> Sends {
        let (url, is_http) = self.classes.answer(winners);
        let said = |outer: &Outer| outer.url.as_ref().map(|said| Rc::clone(&said.value));
        Sends::Url(said(own).or(url).or_else(|| said(outer)), is_http)
    }

    /// The interface of a network. ipxegen writes it for a server with a single one.
    fn interface(&mut self, node: &Node, network: &mut Network) {
        let name = self.draft.server.clone();
        let server = self.draft.site.submap("servers").and_then(|servers| servers.submap(&name));
        let all: Vec<&str> = six::texts(server.and_then(|server| server.get("interfaces"))).collect();
        if all == [node.text().unwrap_or_default()] {
            self.add("interface", node, Outcome::Words);
        } else {
            let part = self.raw("interface", node);
            network.raw.push(part);
        }
    }

    fn pool(&mut self, pool: &Node, network: &mut Network) {
        let classes: Vec<&str> = ["client-class", "client-classes"]
            .iter()
            .filter_map(|key| pool.get(key))
            .flat_map(|node| node.text().into_iter().chain(node.items().iter().filter_map(Node::text)))
            .filter(|class| !self.pair.as_ref().is_some_and(|pair| pair.has_class(class)))
            .collect();
        let plain =
            |(key, _): &(String, Node)| ["pool", "client-class", "client-classes"].contains(&key.as_str());
        let known_only = match classes.as_slice() {
            [] => Some(false),
            ["KNOWN"] => Some(true),
            _ => None,
        };
        let range = pool.get("pool").and_then(Node::text).and_then(range);
        let Some((range, known_only)) = range.zip(known_only).filter(|_| pool.members().iter().all(plain))
        else {
            let why = "the range is for a class of Kea's, or has options of its own".to_owned();
            self.add("pools", pool, Outcome::Lost(why));
            return;
        };
        let part = self.words("pools", pool);
        network.ranges.push(Said { value: Pool { range, known_only }, part });
    }

    pub(super) fn reservation(&mut self, reservation: &Node) {
        let text = |key: &str| reservation.get(key).and_then(Node::text);
        let number = self.coverage.add(reservation.origin.clone(), &reservation.shown(), Outcome::Words);
        let part = Part {
            numbers: vec![number],
            origin: reservation.origin.clone(),
            text: Text::Nowhere("Kea's `reservations` are the hosts of the site"),
        };
        let classes = reservation.get("client-classes").map(Node::items).unwrap_or_default();
        let has = |class: &str| classes.iter().any(|node| node.text() == Some(class));
        let ips = reservation.get("ip-addresses").map(Node::items).unwrap_or_default();
        let name = text("hostname").and_then(|name| name.split('.').next()).map(str::to_owned);
        let mut host = Host {
            mac: text("hw-address").and_then(|mac| Mac::parse(mac).ok()),
            duid: text("duid").and_then(unhex),
            ..Host::new(name, part)
        };
        if let [ip] = ips {
            host.ip = ip.text().and_then(|ip| ipv6(ip).ok());
        }
        if has(NO_BOOT) {
            host.boots_nothing = Some(Part { numbers: vec![number], ..host.part.clone() });
        }
        for (key, node) in reservation.members() {
            match key.as_str() {
                "hw-address" | "duid" => {}
                "ip-addresses" if ips.len() < 2 => {}
                "client-classes"
                    if classes.iter().all(|class| matches!(class.text(), Some(HOST | NO_BOOT))) => {}
                "ip-addresses" => {
                    self.add(key, node, Outcome::Lost("a host has one `ip6`".into()));
                }
                "hostname" => {
                    let why = "the name of a host is that of its DHCP for IPv4".to_owned();
                    self.add(key, node, Outcome::Lost(why));
                }
                _ => {
                    let part = self.raw(key, node);
                    host.raw.push(part);
                }
            }
        }
        self.six.hosts.push(host);
    }
}

/// A pool, `LOW - HIGH` or a network.
fn range(text: &str) -> Option<Range6> {
    let text: String = text.split_whitespace().collect();
    if !text.contains('/') {
        return Range6::parse(&text).ok();
    }
    Cidr6::parse(&text).ok().map(Range6::from)
}
