//! Parameters that several scopes have.

use foldhash::HashSet;

use super::super::coverage::Outcome;
use super::super::draft::Value;
use super::classes::is_file_option;
use super::json::Node;
use super::lease_times::is_lease_time;
use super::{Reader, Scope, options};
use crate::model::ipv4;

impl Reader<'_, '_> {
    pub(super) fn flag(&mut self, scope: Scope<'_>, key: &str, node: &Node, default: bool) {
        let value = node.text() == Some("true");
        let outcome = if value == default {
            Outcome::Default
        } else {
            self.map(scope).set(key, Value::flag(value)).from(&node.origin);
            Outcome::Words
        };
        self.add(key, node, outcome);
    }

    pub(super) fn interfaces(&mut self, node: &Node) {
        let server = self.imported.draft.server.clone();
        for (name, inner) in node.members() {
            if name != "interfaces" {
                let why = "the render writes `interfaces-config`".to_owned();
                self.add(name, inner, Outcome::Lost(why));
                continue;
            }
            let mut names: Vec<Value> = Vec::new();
            let mut known = HashSet::default();
            for interface in inner.items().iter().filter_map(Node::text) {
                let (interface, address) = interface.split_once('/').unwrap_or((interface, ""));
                let entry = self.imported.draft.site.map("servers").map(&server);
                if !address.is_empty() && entry.get("ip").is_none() {
                    entry.set("ip", address).from(&inner.origin);
                }
                if interface != "*" && known.insert(interface) {
                    names.push(interface.into());
                }
            }
            if !names.is_empty() {
                let entry = self.imported.draft.site.map("servers").map(&server);
                entry.set("interfaces", Value::List(names)).from(&inner.origin);
            }
            self.add(name, inner, Outcome::Words);
        }
    }

    /// A parameter that several scopes have.
    pub(super) fn parameter(&mut self, scope: Scope<'_>, name: &str, node: &Node) {
        if is_lease_time(name) && node.text().is_some_and(|text| text.parse::<u64>().is_ok()) {
            return self.add(name, node, Outcome::Words);
        }
        match name {
            "option-data" => {
                for option in node.items() {
                    self.option(scope, option);
                }
            }
            "match-client-id" if node.text() == Some("false") && matches!(scope, Scope::Dhcp) => {
                self.map(scope).set("client_id", "ignore").from(&node.origin);
                self.add(name, node, Outcome::Words);
            }
            "match-client-id" if node.text() == Some("true") => self.add(name, node, Outcome::Default),
            // They are part of the answers.
            "boot-file-name" | "require-client-classes" | "evaluate-additional-classes" => {
                self.add(name, node, Outcome::Words);
            }
            "next-server" => {
                let server = node.text().unwrap_or_default();
                let outcome = if server.is_empty() || server == "0.0.0.0" {
                    Outcome::Default
                } else {
                    if let Ok(ip) = ipv4(server) {
                        self.addresses.push((ip, format!("it is `next-server` in {}", node.origin)));
                    }
                    Outcome::Words
                };
                self.add(name, node, outcome);
            }
            "comment" | "user-context" => {
                let note =
                    node.text().or_else(|| node.get("comment").and_then(Node::text)).map(str::to_owned);
                match (note, scope) {
                    (Some(note), Scope::Subnet(_) | Scope::Host(_)) => {
                        self.map(scope).set("note", note).from(&node.origin);
                        self.add(name, node, Outcome::Words);
                    }
                    _ => self.raw(scope, name, node),
                }
            }
            _ => self.raw(scope, name, node),
        }
    }

    pub(super) fn option(&mut self, scope: Scope<'_>, option: &Node) {
        if is_file_option(option) && !matches!(scope, Scope::Host(_)) {
            return self.add("option-data", option, Outcome::Words);
        }
        match options::read(option) {
            Some((key, value)) => {
                let is_own = options::OWN_KEYS.contains(&key.as_str());
                let map = match scope {
                    // It is a key of the site.
                    Scope::Dhcp if key == "domain" => &mut self.imported.draft.site,
                    scope if is_own => self.map(scope),
                    scope => self.map(scope).map("options"),
                };
                map.set(&key, value).from(&option.origin);
                self.add("option-data", option, Outcome::Words);
            }
            None => {
                let value = option.value();
                self.map(scope).map("raw").map("kea").push("option-data", value).from(&option.origin);
                self.add("option-data", option, Outcome::Raw("no key of the site says this".to_owned()));
            }
        }
    }
}
