//! `kea-dhcp4.conf` of Kea.
//!
//! The classes that choose a boot file are not translated but evaluated: each kind of client is asked which classes it is
//! in, and the files that come out become `loaders`. What no key expresses goes into `raw.kea` of its scope, which Kea's
//! render merges.

mod classes;
mod flattened;
mod json;
mod lease_times;
mod options;
mod pair;
mod parameters;
mod reservations;
mod site_class;
mod six;
mod subnets;
mod test;

use super::clients::{self, Evaluated};
use super::copies::Copies;
use super::coverage::Outcome;
use super::draft::{Mapping, Value};
use super::server_address::{self, Candidate, Named};
use super::source_file::SourceFile;
use super::{Imported, Origin};
use crate::model::syslog_facility;
use classes::Classes;
pub use flattened::{flattened, flattened6, vendor_classes};
use json::{Faults, Node};
use lease_times::LeaseTimes;
use pair::Pair;

/// The paths of the files that a text includes.
pub fn includes(text: &str) -> Vec<String> {
    json::includes(text)
}

/// Reads a file into the draft.
pub fn read(file: &SourceFile, files: &[SourceFile], imported: &mut Imported) {
    let mut faults = Faults::default();
    let root = json::parse(file, files, &mut faults);
    faults.account(&mut imported.coverage);
    let Some(root) = root else { return };
    let six = root.get("Dhcp6");
    let Some(dhcp) = root.get("Dhcp4") else {
        match six {
            Some(six) => six::read(six, imported),
            None => {
                let text = "there is no `Dhcp4` and no `Dhcp6` in it".to_owned();
                imported.coverage.add(root.origin.clone(), &root.shown(), Outcome::Lost(text));
            }
        }
        return;
    };
    for (name, node) in root.members().iter().filter(|(name, _)| name != "Dhcp4" && name != "Dhcp6") {
        let why = "only `Dhcp4` and `Dhcp6` are imported".to_owned();
        imported.coverage.add(
            node.origin.clone(),
            &format!("\"{name}\": {}", node.shown()),
            Outcome::Lost(why),
        );
    }
    imported.draft.site.map("dhcp").set("daemon", "kea").from(&dhcp.origin);
    let reader = Reader {
        imported,
        classes: Classes::of(dhcp),
        only_subnet: count(dhcp) == 1,
        evaluated: Evaluated::default(),
        addresses: Vec::new(),
        menus: server_address::in_menus(files),
        pair: Pair::of(dhcp),
        copies: Copies::default(),
        lease_times: LeaseTimes::default(),
        of_one_subnet: None,
    };
    reader.server(dhcp, &Origin { file: file.path.as_str().into(), line: 1 });
    if let Some(six) = six {
        six::read(six, imported);
    }
}

/// Why another database of leases is left out.
const LEASE_DATABASE: &str = "the render keeps leases in a file (`memfile`)";

/// Whether `lease-database` is what the render writes: a file.
fn keeps_leases_in_a_file(database: &Node) -> bool {
    database.get("type").is_none_or(|kind| kind.text() == Some("memfile"))
        && database.get("persist").is_none_or(|persist| persist.shown() == "true")
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
    /// The answers so far.
    evaluated: Evaluated,
    /// Addresses that may be the server's.
    addresses: Vec<Candidate>,
    /// The addresses in the URLs of menus.
    menus: Vec<Candidate>,
    /// The two servers of a pair.
    pair: Option<Pair<'n>>,
    /// Copies of what is said once.
    copies: Copies,
    /// The lease times that the server gives.
    lease_times: LeaseTimes<'n>,
    /// The hosts without an address that one of several subnets knows: the first one's place, and how many there are.
    of_one_subnet: Option<(Origin, usize)>,
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

    fn server(mut self, dhcp: &'n Node, file: &Origin) {
        // Ranges name classes.
        if let Some(classes) = dhcp.get("client-classes") {
            self.client_classes(classes, dhcp);
        }
        if let Some(pair) = self.pair.clone() {
            pair.write(&mut self);
        }
        self.lease_times_of_server(dhcp);
        for (name, node) in dhcp.members() {
            match name.as_str() {
                "client-classes" => {}
                "hooks-libraries" => self.hooks(node),
                "interfaces-config" => self.interfaces(node),
                "subnet4" => {
                    let mut outer = self.classes.outer(None, dhcp);
                    for subnet in node.items() {
                        self.subnet(subnet, None, &mut outer);
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
                // The render chooses where Kea looks for hosts.
                "reservation-mode"
                | "reservations-global"
                | "reservations-in-subnet"
                | "ip-reservations-unique" => self.add(name, node, Outcome::Default),
                "loggers" if facility(node, "kea-dhcp4").is_some() => {
                    if let Some(facility) = facility(node, "kea-dhcp4") {
                        self.map(Scope::Dhcp).set("log_facility", facility).from(&node.origin);
                    }
                    self.add(name, node, Outcome::Words);
                }
                "lease-database" if !keeps_leases_in_a_file(node) => {
                    self.add(name, node, Outcome::Lost(LEASE_DATABASE.to_owned()));
                }
                "control-socket" | "control-sockets" | "lease-database" | "multi-threading" => {
                    self.add(name, node, Outcome::Default);
                }
                _ => self.parameter(Scope::Dhcp, name, node),
            }
        }
        if let Some((origin, hosts)) = self.of_one_subnet.take() {
            let text = if hosts == 1 {
                "this host has no address: Kea knows it in its subnet alone, and the site wherever it asks"
                    .to_owned()
            } else {
                format!(
                    "this host and {} more have no address: Kea knows each in its subnet alone, and the site wherever it asks",
                    hosts - 1
                )
            };
            self.imported.coverage.remark(origin, text);
        }
        let mut boot = std::mem::take(&mut self.addresses);
        boot.append(&mut self.menus);
        let named = Named { boot, ..Named::default() };
        let server = server_address::choose(&named, file, self.imported);
        clients::write(&self.evaluated, server, self.imported);
    }
}

/// The facility of syslog, if the whole of a server logs to one and `loggers` says nothing else. `root` is the server's
/// root logger, the name of its program.
fn facility(loggers: &Node, root: &str) -> Option<&'static str> {
    let [logger] = loggers.items() else { return None };
    let output = logger.get("output_options").or_else(|| logger.get("output-options"));
    let [output] = output?.items() else { return None };
    let says = |name: &str| logger.get(name).and_then(Node::text);
    let is_plain = says("name") == Some(root)
        && says("severity") == Some("INFO")
        && logger.members().iter().all(|(name, node)| match name.as_str() {
            "name" | "severity" | "output_options" | "output-options" => true,
            "debuglevel" => node.text() == Some("0"),
            _ => false,
        })
        && output.members().len() == 1;
    let facility = output.get("output")?.text()?.strip_prefix("syslog:")?;
    syslog_facility(facility).ok().filter(|_| is_plain)
}
