//! Reservations as hosts.

use super::super::coverage::Outcome;
use super::super::draft::Value;
use super::super::names::first_label;
use super::json::Node;
use super::{Reader, Scope};
use crate::model::{Mac, ipv4};

/// Identifiers of Kea's reservations that no host of the site has, and what says the same.
const IDENTIFIERS: [(&str, &str); 4] = [
    ("client-id", "a class with `match: { client_id: … }` and `ip` says the same of an address"),
    ("circuit-id", "a class with `match: { circuit_id: … }` and `ip` says the same of an address"),
    ("duid", "write a host with its `mac`"),
    ("flex-id", "write a host with its `mac`"),
];

/// The MAC address of a reservation, as the site has it; or why there is none.
fn mac_of(reservation: &Node) -> Result<String, String> {
    let Some(text) = reservation.get("hw-address").and_then(Node::text) else {
        let known = IDENTIFIERS.iter().find(|(name, _)| reservation.get(name).is_some());
        return Err(match known {
            Some((name, help)) => {
                format!("a host is recognized by its MAC address, and not by `{name}`; {help}")
            }
            None => "a host needs a MAC address".to_owned(),
        });
    };
    // Kea also reads octets of one digit.
    let padded: Vec<String> = text.split(':').map(|octet| format!("{octet:0>2}")).collect();
    let padded = padded.join(":");
    let mac = Mac::parse(text).or_else(|_| Mac::parse(&padded));
    let why =
        || format!("a host needs the address of an Ethernet card, which has six octets, and not `{text}`");
    mac.map(|mac| mac.to_string()).map_err(|_| why())
}

impl Reader<'_, '_> {
    pub(super) fn reservation(&mut self, reservation: &Node) {
        let mac = match mac_of(reservation) {
            Ok(mac) => mac,
            Err(why) => return self.add("reservations", reservation, Outcome::Lost(why)),
        };
        let hostname = reservation.get("hostname").and_then(Node::text).unwrap_or_default();
        let name = Self::host_name(hostname, &mac);
        let ip = reservation.get("ip-address").and_then(Node::text).map(str::to_owned);
        let shown = reservation.shown();
        self.imported.coverage.add(reservation.origin.clone(), &shown, Outcome::Words);
        let scope = Scope::Host(&name);
        // A second card of the same machine and the same address.
        let known = self.map(scope).get("mac").is_some();
        let host = self.map(scope);
        if known {
            if let Some(only) = host.text("mac").map(Value::from) {
                host.set("mac", Value::List(vec![only]));
            }
            host.push("mac", mac);
        } else {
            host.set("mac", mac);
        }
        if let Some(ip) = ip {
            self.map(scope).set("ip", ip);
        }
        if hostname.is_empty() {
            self.map(scope).set("host_name", "none");
        }
        if let Some(entry) = self.imported.draft.site.map("hosts").entry(&name) {
            entry.from(&reservation.origin);
        }
        for (key, node) in reservation.members() {
            match key.as_str() {
                "hw-address" | "ip-address" | "hostname" => {}
                "boot-file-name" => self.host_file(&name, node),
                "next-server" => self.host_server(&name, node),
                "server-hostname" => {
                    let why = "no key of a host says it".to_owned();
                    self.add(key, node, Outcome::Lost(why));
                }
                _ => self.parameter(scope, key, node),
            }
        }
    }

    /// A boot file of a host: all kinds of client get it.
    fn host_file(&mut self, name: &str, node: &Node) {
        let Some(file) = node.text().filter(|file| !file.is_empty()) else {
            return self.add("boot-file-name", node, Outcome::Default);
        };
        if file == "none" {
            let why = "the word `none` of a key means that there is no file".to_owned();
            return self.add("boot-file-name", node, Outcome::Lost(why));
        }
        // Braces are those of placeholders.
        let file = file.replace('{', "{{").replace('}', "}}");
        self.map(Scope::Host(name)).set("file", file);
        self.evaluated.host_files = true;
        self.add("boot-file-name", node, Outcome::Words);
    }

    /// The TFTP server of a host.
    fn host_server(&mut self, name: &str, node: &Node) {
        let Some(ip) = node.text().and_then(|text| ipv4(text).ok()) else {
            let why = "a TFTP server is an address".to_owned();
            return self.add("next-server", node, Outcome::Lost(why));
        };
        if ip.is_unspecified() {
            return self.add("next-server", node, Outcome::Default);
        }
        self.map(Scope::Host(name)).set("next_server", ip.to_string());
        self.add("next-server", node, Outcome::Words);
    }

    /// A name for a host; equal host names and addresses are one host.
    pub(super) fn host_name(hostname: &str, mac: &str) -> String {
        if let Some(label) = first_label(hostname) {
            return label;
        }
        let digits: String = mac.chars().filter(char::is_ascii_hexdigit).collect();
        format!("host-{}", digits.to_ascii_lowercase())
    }
}
