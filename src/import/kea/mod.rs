//! `kea-dhcp4.conf` of Kea.
//!
//! The classes that choose a boot file are not translated but evaluated: each kind of client is asked which classes it is
//! in, and the files that come out become `loaders`. What no key expresses goes into `raw.kea` of its scope, which Kea's
//! render merges.

mod json;
mod options;
mod test;

use std::net::Ipv4Addr;

use foldhash::{HashMap, HashSet};

use super::Imported;
use super::clients::{ASKERS, Answer, Asker, set as set_loaders, subnet_name};
use super::coverage::Outcome;
use super::draft::{Mapping, Value};
use super::names::first_label;
use super::source_file::SourceFile;
use json::Node;
use test::Test;

/// The paths of the files that a text includes.
pub fn includes(text: &str) -> Vec<String> {
    json::includes(text)
}

/// Reads a file into the draft.
pub fn read(file: &SourceFile, files: &[SourceFile], imported: &mut Imported) {
    let mut faults = Vec::new();
    let root = json::parse(file, files, &mut faults);
    for (origin, text) in faults {
        imported.coverage.remark(origin, text);
    }
    let Some(root) = root else { return };
    let Some(dhcp) = root.get("Dhcp4") else {
        let text =
            if root.get("Dhcp6").is_some() { "DHCPv6 is not imported" } else { "there is no `Dhcp4` in it" };
        imported.coverage.add(root.origin.clone(), &root.shown(), Outcome::Lost(text.to_owned()));
        return;
    };
    for (name, node) in root.members().iter().filter(|(name, _)| name != "Dhcp4") {
        let why = "only `Dhcp4` is imported".to_owned();
        imported.coverage.add(
            node.origin.clone(),
            &format!("\"{name}\": {}", node.shown()),
            Outcome::Lost(why),
        );
    }
    imported.draft.site.map("dhcp").set("daemon", "kea").from(&dhcp.origin);
    Reader { imported, classes: Classes::of(dhcp), only_subnet: count(dhcp) == 1, hosts: 0 }.server(dhcp);
}

/// The number of subnets.
fn count(dhcp: &Node) -> usize {
    let own = dhcp.get("subnet4").map_or(0, |subnets| subnets.items().len());
    let networks = dhcp.get("shared-networks").map(Node::items).unwrap_or_default();
    own + networks
        .iter()
        .filter_map(|network| network.get("subnet4"))
        .map(|subnets| subnets.items().len())
        .sum::<usize>()
}

/// The client classes, in order.
struct Classes<'n> {
    all: Vec<(&'n Node, Option<Test<'n>>)>,
    /// The answers of the classes to all kinds of client, by the classes that a scope evaluates besides: most scopes
    /// have the same.
    answers: HashMap<Vec<&'n str>, Option<Vec<Answer>>>,
}

impl<'n> Classes<'n> {
    fn of(dhcp: &'n Node) -> Self {
        let all = dhcp.get("client-classes").map(Node::items).unwrap_or_default().iter();
        let test = |class: &'n Node| class.get("test").and_then(Node::text).map(Test::new);
        let all = all.map(|class| (class, test(class))).collect();
        Self { all, answers: HashMap::default() }
    }

    /// The answers of the classes to all kinds of client. `listed` are the classes that the scope evaluates besides.
    fn answers(&mut self, listed: Vec<&'n str>) -> Option<Vec<Answer>> {
        if let Some(known) = self.answers.get(&listed) {
            return known.clone();
        }
        let names: HashSet<&str> = listed.iter().copied().collect();
        let answers: Option<Vec<Answer>> = ASKERS.iter().map(|asker| self.answer(asker, &names)).collect();
        self.answers.insert(listed, answers.clone());
        answers
    }

    /// The answer of the classes to a client. None if a class depends on something that the kind of a client does not
    /// tell.
    fn answer(&self, asker: &Asker, listed: &HashSet<&str>) -> Option<Answer> {
        let mut known: HashMap<&str, Option<bool>> = HashMap::default();
        let mut answer = Answer::default();
        for (class, test) in &self.all {
            let name = class.get("name").and_then(Node::text).unwrap_or_default();
            let only = ["only-if-required", "only-in-additional-list"]
                .iter()
                .any(|key| class.get(key).and_then(Node::text) == Some("true"));
            let is_in = match test {
                _ if only && !listed.contains(name) => Some(false),
                Some(test) => test.evaluate(asker, &|name| match name {
                    "ALL" => Some(true),
                    "KNOWN" => Some(false),
                    "UNKNOWN" => Some(true),
                    name => known.get(name).copied().flatten(),
                }),
                None => Some(false),
            };
            known.insert(name, is_in);
            let sets = class.get("boot-file-name").is_some() || class.get("next-server").is_some();
            match is_in {
                Some(true) => take(class, &mut answer),
                None if sets => return None,
                _ => {}
            }
        }
        Some(answer)
    }
}

/// Takes the boot file of a class or scope, unless an earlier one has set it.
fn take(node: &Node, answer: &mut Answer) {
    if answer.file.is_none()
        && let Some(file) = node.get("boot-file-name")
        && let Some(text) = file.text().filter(|text| !text.is_empty())
    {
        answer.file = Some(text.to_owned());
        answer.origin = Some(file.origin.clone());
    }
    if answer.server.is_none() {
        answer.server = node.get("next-server").and_then(Node::text).map(str::to_owned);
    }
}

/// A scope of the site, for what goes into it.
#[derive(Clone, Copy)]
enum Scope<'s> {
    Dhcp,
    Subnet(&'s str),
    /// A shared network: what it says is said for each of its subnets.
    Host(&'s str),
}

struct Reader<'i, 'n> {
    imported: &'i mut Imported,
    classes: Classes<'n>,
    only_subnet: bool,
    /// How many hosts have no name of their own.
    hosts: usize,
}

impl<'n> Reader<'_, 'n> {
    fn add(&mut self, name: &str, node: &Node, outcome: Outcome) {
        self.imported.coverage.add(node.origin.clone(), &format!("\"{name}\": {}", node.shown()), outcome);
    }

    fn map(&mut self, scope: Scope<'_>) -> &mut Mapping {
        let site = &mut self.imported.draft.site;
        match scope {
            Scope::Dhcp => site.map("dhcp"),
            Scope::Subnet(name) => site.map("subnets").map(name),
            Scope::Host(name) => site.map("hosts").map(name),
        }
    }

    /// Keeps a parameter as it is.
    fn raw(&mut self, scope: Scope<'_>, name: &str, node: &Node) {
        let value = node.value();
        let kea = self.map(scope).map("raw").map("kea");
        match value {
            Value::List(items) if matches!(kea.get(name), Some(Value::List(_))) => {
                for item in items {
                    kea.push(name, item).from(&node.origin);
                }
            }
            value => {
                kea.set(name, value).from(&node.origin);
            }
        }
        self.add(name, node, Outcome::Raw("no key of the site says this".to_owned()));
    }

    fn server(&mut self, dhcp: &'n Node) {
        let before = self.answers(&[dhcp]);
        // Ranges name classes.
        if let Some(classes) = dhcp.get("client-classes") {
            self.client_classes(classes, before.is_some());
        }
        for (name, node) in dhcp.members() {
            match name.as_str() {
                "client-classes" => {}
                "interfaces-config" => self.interfaces(node),
                "subnet4" => {
                    for subnet in node.items() {
                        self.subnet(subnet, None, dhcp);
                    }
                }
                "shared-networks" => {
                    for network in node.items() {
                        self.shared_network(network, dhcp);
                    }
                }
                "reservations" => {
                    for reservation in node.items() {
                        self.reservation(reservation);
                    }
                }
                "authoritative" => self.flag(Scope::Dhcp, "authoritative", node, false),
                "control-socket" | "control-sockets" | "lease-database" | "multi-threading" => {
                    self.add(name, node, Outcome::Default);
                }
                _ => self.parameter(Scope::Dhcp, name, node, before.is_some()),
            }
        }
        if let Some(answers) = before {
            set_loaders(&answers, None, self.imported);
        }
    }

    /// The answers to all kinds of client, with the parameters of the scopes, innermost first.
    fn answers(&mut self, scopes: &[&'n Node]) -> Option<Vec<Answer>> {
        let mut listed = Vec::new();
        for node in scopes {
            for key in ["require-client-classes", "evaluate-additional-classes"] {
                let names = node.get(key).map(Node::items).unwrap_or_default();
                listed.extend(names.iter().filter_map(Node::text));
            }
        }
        let mut answers = self.classes.answers(listed)?;
        // The parameters of scopes come behind those of the classes.
        for answer in &mut answers {
            scopes.iter().for_each(|scope| take(scope, answer));
        }
        Some(answers)
    }

    fn flag(&mut self, scope: Scope<'_>, key: &str, node: &Node, default: bool) {
        let value = node.text() == Some("true");
        let outcome = if value == default {
            Outcome::Default
        } else {
            self.map(scope).set(key, Value::flag(value)).from(&node.origin);
            Outcome::Words
        };
        self.add(key, node, outcome);
    }

    fn interfaces(&mut self, node: &Node) {
        let server = self.imported.draft.server.clone();
        for (name, inner) in node.members() {
            if name != "interfaces" {
                let why = "the render writes `interfaces-config`".to_owned();
                self.add(name, inner, Outcome::Lost(why));
                continue;
            }
            let mut names: Vec<Value> = Vec::new();
            for interface in inner.items().iter().filter_map(Node::text) {
                let (interface, address) = interface.split_once('/').unwrap_or((interface, ""));
                let entry = self.imported.draft.site.map("servers").map(&server);
                if !address.is_empty() && entry.get("ip").is_none() {
                    entry.set("ip", address).from(&inner.origin);
                }
                if interface != "*" && !names.contains(&interface.into()) {
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
    fn parameter(&mut self, scope: Scope<'_>, name: &str, node: &Node, evaluated: bool) {
        let time = match name {
            "valid-lifetime" => Some("default_lease_time"),
            "max-valid-lifetime" => Some("max_lease_time"),
            "min-valid-lifetime" => Some("min_lease_time"),
            _ => None,
        };
        if let (Some(key), Some(seconds)) = (time, node.text().and_then(|text| text.parse::<u64>().ok())) {
            self.map(scope).set(key, duration(seconds)).from(&node.origin);
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
            "boot-file-name" | "require-client-classes" | "evaluate-additional-classes" if evaluated => {
                self.add(name, node, Outcome::Words);
            }
            "next-server" => {
                let server = node.text().unwrap_or_default().to_owned();
                let outcome = if server.is_empty() || server == "0.0.0.0" {
                    Outcome::Default
                } else if let Scope::Subnet(_) = scope {
                    self.map(scope).set("next_server", server).from(&node.origin);
                    Outcome::Words
                } else {
                    self.server_address(&server, node);
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

    /// The TFTP server of all subnets, which is this server if nothing else tells its address.
    fn server_address(&mut self, address: &str, node: &Node) {
        let name = self.imported.draft.server.clone();
        let server = self.imported.draft.site.map("servers").map(&name);
        if server.get("ip").is_none() {
            server.set("ip", address).from(&node.origin);
        }
    }

    fn option(&mut self, scope: Scope<'_>, option: &Node) {
        match options::read(option) {
            Some((key, value)) => {
                let map = self.map(scope);
                let map = if options::OWN_KEYS.contains(&key.as_str()) { map } else { map.map("options") };
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

    fn shared_network(&mut self, network: &'n Node, dhcp: &'n Node) {
        let name = network.get("name").and_then(Node::text).unwrap_or("net").to_owned();
        let mut names = Vec::new();
        for subnet in network.get("subnet4").map(Node::items).unwrap_or_default() {
            names.extend(self.subnet(subnet, Some((&name, network)), dhcp));
        }
        for (key, node) in network.members() {
            match key.as_str() {
                "name" => self.add(key, node, Outcome::Words),
                "subnet4" => {}
                _ => {
                    for (index, subnet) in names.iter().enumerate() {
                        let before = self.imported.coverage.statements.len();
                        self.parameter(Scope::Subnet(subnet), key, node, true);
                        // It is one statement, said for each subnet.
                        if index > 0 {
                            self.imported.coverage.statements.truncate(before);
                        }
                    }
                    if names.is_empty() {
                        self.add(key, node, Outcome::Lost("the shared network has no subnet".to_owned()));
                    }
                }
            }
        }
    }

    fn subnet(
        &mut self,
        subnet: &'n Node,
        network: Option<(&str, &'n Node)>,
        dhcp: &'n Node,
    ) -> Option<String> {
        let Some(cidr) = subnet.get("subnet").and_then(Node::text) else {
            self.add("subnet4", subnet, Outcome::Lost("it has no `subnet`".to_owned()));
            return None;
        };
        let name = subnet_name(cidr, self.only_subnet);
        let scope = Scope::Subnet(&name);
        self.map(scope).set("cidr", cidr);
        if let Some(entry) = self.imported.draft.site.map("subnets").entry(&name) {
            entry.from(&subnet.origin);
        }
        if let Some((network, _)) = network {
            self.map(scope).set("shared_network", network);
        }
        let mut scopes: Vec<&'n Node> = vec![subnet];
        scopes.extend(network.map(|(_, network)| network));
        scopes.push(dhcp);
        let answers = self.answers(&scopes);
        let outer = self.answers(&[dhcp]);
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
                    }
                }
                _ => self.parameter(scope, key, node, answers.is_some()),
            }
        }
        let files = |answers: &[Answer]| answers.iter().map(|answer| answer.file.clone()).collect::<Vec<_>>();
        if let Some(answers) =
            answers.filter(|answers| outer.as_deref().map(files).as_ref() != Some(&files(answers)))
        {
            set_loaders(&answers, Some(&name), self.imported);
        }
        Some(name)
    }

    fn pool(&mut self, scope: Scope<'_>, pool: &Node) {
        let Some(text) = pool.get("pool").and_then(Node::text) else {
            return self.add("pools", pool, Outcome::Lost("it has no `pool`".to_owned()));
        };
        let range = range(text);
        let classes: Vec<&str> = ["client-class", "client-classes"]
            .iter()
            .filter_map(|key| pool.get(key))
            .flat_map(|node| node.text().into_iter().chain(node.items().iter().filter_map(Node::text)))
            .collect();
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

    fn reservation(&mut self, reservation: &Node) {
        let Some(mac) = reservation.get("hw-address").and_then(Node::text).map(str::to_owned) else {
            let why = "a host needs a MAC address".to_owned();
            return self.add("reservations", reservation, Outcome::Lost(why));
        };
        let hostname = reservation.get("hostname").and_then(Node::text).unwrap_or_default();
        let name = self.host_name(hostname, &mac);
        let ip = reservation.get("ip-address").and_then(Node::text).map(str::to_owned);
        let shown = reservation.shown();
        self.imported.coverage.add(reservation.origin.clone(), &shown, Outcome::Words);
        let scope = Scope::Host(&name);
        // A second card of the same machine and the same address.
        let known = self.map(scope).get("mac").is_some();
        if known {
            let host = self.map(scope);
            if let Some(only) = host.text("mac").map(Value::from) {
                host.set("mac", Value::List(vec![only]));
            }
            host.push("mac", mac);
        } else {
            self.map(scope).set("mac", mac);
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
                "next-server" => self.raw(scope, key, node),
                _ => self.parameter(scope, key, node, false),
            }
        }
    }

    /// A boot file of a host: all kinds of client get it.
    fn host_file(&mut self, name: &str, node: &Node) {
        let Some(file) = node.text().filter(|file| !file.is_empty()) else {
            return self.add("boot-file-name", node, Outcome::Default);
        };
        if !self.only_subnet && self.map(Scope::Host(name)).get("ip").is_none() {
            let why =
                "a host with loaders of its own needs an address, so that its subnet is known".to_owned();
            return self.add("boot-file-name", node, Outcome::Lost(why));
        }
        let kind = if file.ends_with(".efi") { "efi_x64" } else { "bios" };
        self.map(Scope::Host(name)).map("loaders").set(kind, file).from(&node.origin);
        self.add("boot-file-name", node, Outcome::Words);
        let text =
            format!("the reservation gives {file} to every kind of client; here only `{kind}` gets it");
        self.imported.coverage.remark(node.origin.clone(), text);
    }

    /// A name for a host; equal host names and addresses are one host.
    fn host_name(&mut self, hostname: &str, mac: &str) -> String {
        if let Some(label) = first_label(hostname) {
            return label;
        }
        self.hosts += 1;
        let digits: String = mac.chars().filter(char::is_ascii_hexdigit).collect();
        format!("host-{}", digits.to_ascii_lowercase())
    }

    fn client_classes(&mut self, node: &Node, evaluated: bool) {
        const OWN: [&str; 8] = [
            "name",
            "test",
            "boot-file-name",
            "next-server",
            "only-if-required",
            "only-in-additional-list",
            "comment",
            "user-context",
        ];
        for class in node.items() {
            let http = |option: &Node| {
                option
                    .get("data")
                    .and_then(Node::text)
                    .is_some_and(|data| data.contains("HTTPClient") || data.starts_with("4854545043"))
            };
            let plain = class.members().iter().all(|(key, node)| {
                OWN.contains(&key.as_str()) || (key == "option-data" && node.items().iter().all(http))
            });
            if evaluated && plain {
                self.add("client-classes", class, Outcome::Words);
            } else if let Some((name, keys)) = site_class(class) {
                self.imported.draft.site.map("classes").set(&name, keys).from(&class.origin);
                self.add("client-classes", class, Outcome::Words);
            } else {
                let value = class.value();
                self.map(Scope::Dhcp).map("raw").map("kea").push("client-classes", value).from(&class.origin);
                let why = "it depends on more than the kind of a client, or says more than a boot file";
                self.add("client-classes", class, Outcome::Raw(why.to_owned()));
            }
        }
    }
}

/// A class by the beginning of option 60, with options, as a class of the site.
fn site_class(class: &Node) -> Option<(String, Mapping)> {
    let known = ["name", "test", "option-data"];
    if !class.members().iter().all(|(key, _)| known.contains(&key.as_str())) {
        return None;
    }
    let test: String = class.get("test")?.text()?.to_owned();
    let rest = test.trim().strip_prefix("substring(option[60].hex,")?;
    let (numbers, text) = rest.split_once(')')?;
    let length = numbers.trim().strip_prefix("0,")?.trim();
    let text = text.trim().strip_prefix("==")?.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    if length.parse() != Ok(text.len()) || text.contains(['\'', '*']) {
        return None;
    }
    let mut keys = Mapping::default();
    keys.map("match").set("vendor_class", format!("{text}*"));
    for option in class.get("option-data").map(Node::items).unwrap_or_default() {
        let (key, value) = options::read(option)?;
        let map = if options::OWN_KEYS.contains(&key.as_str()) { &mut keys } else { keys.map("options") };
        map.set(&key, value);
    }
    let name: String = class.get("name")?.text()?.to_owned();
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    fits.then_some((name, keys))
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

/// Seconds as a duration, in the largest unit that fits.
fn duration(seconds: u64) -> String {
    for (unit, length) in [("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60)] {
        if seconds > 0 && seconds.is_multiple_of(length) {
            return format!("{}{unit}", seconds / length);
        }
    }
    format!("{seconds}s")
}
