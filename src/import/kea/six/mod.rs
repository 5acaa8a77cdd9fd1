//! `Dhcp6` of Kea.

mod classes;
mod networks;
mod options;

use std::net::Ipv6Addr;

use foldhash::HashSet;

use super::super::copies::Copies;
use super::super::coverage::Outcome;
use super::super::draft::{Draft, Value};
use super::super::six::{self, Ipv6, Part, Said, Text};
use super::json::Node;
use super::pair::Pair;
use super::{LEASE_DATABASE, facility, keeps_leases_in_a_file};
use crate::import::{Coverage, Imported};
use crate::model::DhcpDaemon;
use classes::Classes;

/// Reads the value of `Dhcp6` into the draft, which has what `Dhcp4` says.
pub(super) fn read(dhcp: &Node, imported: &mut Imported) {
    let mut reader = Reader {
        dhcp,
        six: Ipv6::new(DhcpDaemon::Kea),
        classes: Classes::of(dhcp),
        class_parts: Vec::new(),
        always: Vec::new(),
        raw_classes: HashSet::default(),
        pair: Pair::of(dhcp),
        copies: Copies::default(),
        draft: &mut imported.draft,
        coverage: &mut imported.coverage,
    };
    reader.server();
    let six = reader.six;
    six::write(six, imported);
}

struct Reader<'i, 'n> {
    dhcp: &'n Node,
    six: Ipv6,
    classes: Classes<'n>,
    /// The classes that choose boot files, by their index.
    class_parts: Vec<Option<Part>>,
    /// Those that no scope needs to list.
    always: Vec<Part>,
    /// The classes that stay in `raw`.
    raw_classes: HashSet<&'n str>,
    pair: Option<Pair<'n>>,
    copies: Copies,
    draft: &'i mut Draft,
    coverage: &'i mut Coverage,
}

/// The classes that ipxegen puts its hosts in.
const HOST: &str = "ipxegen-host";
const NO_BOOT: &str = "ipxegen-no-boot";

/// Why a parameter cannot be in `raw`.
const OWN: &str = "ipxegen writes this parameter itself";

impl<'n> Reader<'_, 'n> {
    fn add(&mut self, name: &str, node: &Node, outcome: Outcome) -> usize {
        self.coverage.add(node.origin.clone(), &format!("\"{name}\": {}", node.shown()), outcome)
    }

    /// A parameter for `raw` of its scope.
    fn raw(&mut self, name: &str, node: &Node) -> Part {
        let number = self.add(name, node, Outcome::Raw(String::new()));
        let text = Text::Parameter(name.to_owned(), node.value());
        Part { numbers: vec![number], origin: node.origin.clone(), text }
    }

    /// An item of a list, for the list in `raw` of its scope.
    fn raw_item(&mut self, name: &str, node: &Node) -> Part {
        let number = self.add(name, node, Outcome::Raw(String::new()));
        let text = Text::Parameter(name.to_owned(), Value::List(vec![node.value()]));
        Part { numbers: vec![number], origin: node.origin.clone(), text }
    }

    /// A parameter that keys express, or nothing.
    fn words(&mut self, name: &str, node: &Node) -> Part {
        let number = self.add(name, node, Outcome::Words);
        Part { numbers: vec![number], origin: node.origin.clone(), text: Text::Nowhere(OWN) }
    }

    fn server(&mut self) {
        let dhcp = self.dhcp;
        if let Some(classes) = dhcp.get("client-classes") {
            self.client_classes(classes);
        }
        let mut outer = networks::Outer::default();
        for option in dhcp.get("option-data").map(Node::items).unwrap_or_default() {
            if let Some(part) = self.option(option, &mut outer) {
                self.six.raw.push(part);
            }
        }
        for (name, node) in dhcp.members() {
            match (name.as_str(), node.text()) {
                ("client-classes" | "option-data", _) => {}
                ("subnet6", _) => {
                    let winners = self.classes.outer(&[dhcp]);
                    for subnet in node.items() {
                        self.network(subnet, None, &outer, &winners);
                    }
                }
                ("shared-networks", _) => {
                    for network in node.items() {
                        self.shared_network(network, &outer);
                    }
                }
                ("reservations", _) => {
                    for reservation in node.items() {
                        self.reservation(reservation);
                    }
                }
                ("interfaces-config", _) => self.interfaces(node),
                ("hooks-libraries", _) => {
                    for hook in node.items() {
                        let library = hook.get("library").and_then(Node::text).unwrap_or_default();
                        let of_pair = self.pair.is_some()
                            && ["libdhcp_ha.so", "libdhcp_lease_cmds.so"]
                                .iter()
                                .any(|own| library.ends_with(own));
                        if of_pair {
                            self.add(name, hook, Outcome::Words);
                        } else {
                            let part = self.raw_item(name, hook);
                            self.six.raw.push(part);
                        }
                    }
                }
                ("valid-lifetime", Some(text)) if text.parse::<u32>().is_ok() => {
                    let value = text.parse().unwrap_or_default();
                    self.six.lease_time = Some(Said { value, part: self.words(name, node) });
                }
                ("max-valid-lifetime" | "min-valid-lifetime", _) => {
                    let why = "DHCPv6 has one lease time in site.yaml";
                    self.add(name, node, Outcome::Lost(why.into()));
                }
                ("loggers", _) if self.is_site_facility(node) => {
                    self.add(name, node, Outcome::Words);
                }
                ("lease-database", _) if !keeps_leases_in_a_file(node) => {
                    self.add(name, node, Outcome::Lost(LEASE_DATABASE.to_owned()));
                }
                ("control-socket" | "control-sockets" | "lease-database" | "multi-threading", _)
                | ("reservations-global" | "reservations-in-subnet", Some("true"))
                | ("ip-reservations-unique", _)
                | ("reservation-mode", _)
                | ("require-client-classes" | "evaluate-additional-classes", _) => {
                    self.add(name, node, Outcome::Default);
                }
                ("host-reservation-identifiers", _) => {
                    let has_mac = node.items().iter().any(|item| item.text() == Some("hw-address"));
                    let why = || Outcome::Lost("a host is recognized by its MAC address only".into());
                    self.add(name, node, if has_mac { Outcome::Default } else { why() });
                }
                _ => {
                    let part = self.raw(name, node);
                    self.six.raw.push(part);
                }
            }
        }
    }

    /// Whether `loggers` names the facility of syslog that `Dhcp4` named, which kea-dhcp6.conf gets as well.
    fn is_site_facility(&self, loggers: &Node) -> bool {
        let dhcp = self.draft.site.submap("dhcp");
        let of_site = dhcp.and_then(|dhcp| dhcp.text("log_facility"));
        of_site.is_some() && facility(loggers, "kea-dhcp6") == of_site
    }

    fn interfaces(&mut self, node: &Node) {
        let name = self.draft.server.clone();
        for (key, inner) in node.members() {
            if key != "interfaces" {
                self.add(key, inner, Outcome::Lost("the render writes `interfaces-config`".into()));
                continue;
            }
            let mut names = Vec::new();
            let mut taken = HashSet::default();
            for item in inner.items().iter().filter_map(Node::text) {
                let (interface, address) = item.split_once('/').unwrap_or((item, ""));
                self.six.own.extend(address.parse::<Ipv6Addr>());
                if interface != "*" && taken.insert(interface) {
                    names.push(interface);
                }
            }
            let server = self.draft.site.map("servers").map(&name);
            let known: Vec<&str> = six::texts(server.get("interfaces")).collect();
            let outcome = if names.is_empty() || known == names {
                Outcome::Words
            } else {
                Outcome::Lost("`interfaces` of the server is for IPv4 as well, and says otherwise".into())
            };
            self.add(key, inner, outcome);
        }
    }
}
