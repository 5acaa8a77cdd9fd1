//! The machines of a proof: a stranger in each subnet, every host, and a client of each class.

use crate::dhcp::Client;
use crate::model::{ClassMatch, Host, Site};

/// A machine, and the clients as which it asks.
pub(super) struct Machine {
    pub(super) name: String,
    /// By index.
    pub(super) subnet: usize,
    /// It has an address of its own.
    pub(super) fixed: bool,
    pub(super) clients: Vec<(String, Client)>,
}

/// The most hosts that are asked for. Above, every n-th is.
const HOSTS: usize = 200;

/// The most hosts that ask as every kind of client; the others ask as a few.
const WHOLE: usize = 20;

/// The kinds as which the other hosts ask.
const FEW: [&str; 5] = ["plain", "bios/0", "efi_x64/7", "iPXE/0", "iPXE/7"];

/// The most subnets in which the clients of a class ask.
const PLACES: usize = 8;

/// All machines, and how many hosts are not among them.
pub(super) fn machines(site: &Site<'_>, vendor_classes: &[String]) -> (Vec<Machine>, usize) {
    let mut all: Vec<Machine> = (0..site.subnets.len()).map(stranger).collect();
    let step = site.hosts.len().div_ceil(HOSTS).max(1);
    let mut seen = Vec::new();
    let mut asked = 0;
    for (at, host) in site.hosts.iter().enumerate() {
        let is_new = !seen.contains(&host.profile) && seen.len() < WHOLE;
        if at % step != 0 && !is_new {
            continue;
        }
        if is_new {
            seen.push(host.profile);
        }
        asked += 1;
        all.extend(cards(host, is_new));
    }
    for at in 0..site.subnets.len().min(PLACES) {
        let mut clients: Vec<(String, Client)> = vendor_classes
            .iter()
            .map(|class| (format!("`{class}`"), Client { vendor_class: class.clone(), ..client(at, 2) }))
            .collect();
        for class in site.classes.iter().filter(|class| class.in_subnet(at).is_some()) {
            if let Some(client) = member(&class.matches, at) {
                clients.push((format!("a client of the class {}", class.name.value), client));
            }
        }
        if !clients.is_empty() {
            let name = "a stranger".to_owned();
            all.push(Machine { name, subnet: at, fixed: false, clients });
        }
    }
    (all, site.hosts.len() - asked)
}

fn client(subnet: usize, number: u8) -> Client {
    let [.., high, low] = u32::try_from(subnet).unwrap_or_default().to_be_bytes();
    Client::plain(subnet, [0x02, 0x1b, 0xe0, number, high, low])
}

fn stranger(subnet: usize) -> Machine {
    Machine { name: "a stranger".to_owned(), subnet, fixed: false, clients: client(subnet, 1).kinds() }
}

/// The cards of a host.
fn cards(host: &Host<'_>, whole: bool) -> Vec<Machine> {
    let mut all = Vec::new();
    for card in host.cards() {
        let Some(mac) = card.macs.first() else { continue };
        let subnet = card.subnet.map_or(0, |at| at as usize);
        let mut clients = Client::plain(subnet, mac.value.octets()).kinds();
        if !whole {
            clients.retain(|(kind, _)| FEW.contains(&kind.as_str()));
        }
        all.push(Machine { name: host.name.to_owned(), subnet, fixed: card.ip.is_some(), clients });
    }
    all
}

/// A client of a class; `None` if the kinds of client have it already.
fn member(matches: &ClassMatch, subnet: usize) -> Option<Client> {
    let differs = matches.patterns().iter().any(|patterns| !patterns.is_empty());
    if differs { client(subnet, 3).member(&[matches]) } else { None }
}
