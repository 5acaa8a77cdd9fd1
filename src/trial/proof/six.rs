//! The proof of DHCPv6: both servers are asked as every kind of client by IPv6.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::Ipv6Addr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::super::askers6::Askers6;
use super::super::network::Network;
use super::super::space::inside;
use super::super::{Options, Trialled};
use super::servers::ask_both;
use super::{Change, Proof};
use crate::dhcp::Client;
use crate::model::{DhcpDaemon, Site};
use crate::wire::{Advertisement, Solicit};

/// The longest wait for an answer.
const WAIT: Duration = Duration::from_secs(3);

/// The most hosts that are asked for. Above, every n-th is.
const HOSTS: usize = 200;

/// The most hosts that ask as every kind of client; the others ask as a few.
const WHOLE: usize = 20;

/// What only repeats the request or names the server: identifiers, times of renewal and the preference of dnsmasq.
const NOT_COMPARED: [u16; 3] = [1, 2, 3];

/// The options that clients ask for: name servers, domains, the URL and its parameters, the vendor class, and a few others
/// that servers send.
const WANTED: [u16; 9] = [16, 17, 23, 24, 31, 32, 56, 59, 60];

/// A request, and the words for its client.
struct Request {
    what: String,
    solicit: Solicit,
    /// The interface of the clients.
    nic: Option<usize>,
    /// The machine that asks; requests of one machine follow each other.
    machine: usize,
    /// The machine has an address of its own.
    fixed: bool,
}

type Facts = BTreeMap<String, String>;

/// The offered address, and all of an answer; `None` without one.
type Answers = Vec<Option<(Option<Ipv6Addr>, Facts)>>;

/// The options that a client sends, by code.
type Sent = Vec<(u16, Vec<u8>)>;

/// Starts both servers one after the other, and asks them the same.
///
/// # Errors
/// If the namespaces cannot be made.
pub fn prove6(
    site: &Site<'_>,
    server: usize,
    old: &Trialled,
    new: &Trialled,
    options: &Options<'_>,
) -> Result<Proof> {
    if !rustix::process::geteuid().is_root() {
        bail!("--prove needs root: it starts DHCP servers in network namespaces");
    }
    let machine = site.servers.get(server).context("no such server")?;
    let network = Network::new(site, machine)?.with_ipv6(site, machine);
    // dnsmasq knows a host by the MAC address of its card, and all machines ask by one card here.
    let hosts = old.daemon != DhcpDaemon::Dnsmasq && new.daemon != DhcpDaemon::Dnsmasq;
    let (requests, machines, left_out) = requests(site, &network, hosts);
    let ask = |namespace: &File| ask(&network, &requests, namespace, options);
    let (old_answers, new_answers) = match ask_both(&network, [old, new], 547, options, ask)? {
        Ok(answers) => answers,
        Err(proof) => return Ok(proof),
    };
    let mut changes = Changes::default();
    for ((request, old), new) in requests.iter().zip(&old_answers).zip(&new_answers) {
        changes.compare(site, request, old.as_ref(), new.as_ref());
    }
    Ok(Proof::Compared { requests: requests.len(), machines, left_out, changes: changes.all })
}

/// The clients of a machine: every kind, or a few.
fn clients(whole: bool) -> Vec<(String, Sent)> {
    let mut kinds = Client::plain(0, [0; 6]).kinds6();
    if !whole {
        kinds.retain(|(kind, _)| ["plain", "efi_x64/7", "iPXE/7"].contains(&kind.as_str()));
    }
    kinds.into_iter().map(|(kind, client)| (kind, client.options6())).collect()
}

/// All requests, the number of machines, and that of the hosts that are left out.
fn requests(site: &Site<'_>, network: &Network, with_hosts: bool) -> (Vec<Request>, usize, usize) {
    let mut all = Vec::new();
    let mut machines = 0;
    let mut add = |name: &str, mac: [u8; 6], subnet: usize, fixed: bool, whole: bool| {
        let Some(found) = site.subnets.get(subnet) else { return };
        let Some(v6) = found.v6.as_deref() else { return };
        let (nic, link) = network.way6(subnet, v6);
        for (kind, options) in clients(whole) {
            // Machines that get an address of a range ask for options only, too.
            for stateless in [false, true].into_iter().filter(|stateless| !(*stateless && (fixed || !whole)))
            {
                let wanted = WANTED.to_vec();
                let solicit = Solicit { mac, options: options.clone(), wanted, link, stateless };
                let way = if stateless { " without an address" } else { "" };
                let what = format!("{name} in {} as {kind} by IPv6{way}", found.name.value);
                all.push(Request { what, solicit, nic, machine: machines, fixed });
            }
        }
        machines += 1;
    };
    for subnet in 0..site.subnets.len() {
        let [.., high, low] = u32::try_from(subnet).unwrap_or_default().to_be_bytes();
        add("a stranger", [0x02, 0x1b, 0xe0, 6, high, low], subnet, false, true);
    }
    let step = site.hosts.len().div_ceil(HOSTS).max(1);
    let mut asked = 0;
    for host in site.hosts.iter().filter(|_| with_hosts).step_by(step) {
        asked += 1;
        for card in host.cards() {
            let Some(mac) = card.macs.first() else { continue };
            let own = host.ip6.as_ref().map(|ip| ip.value);
            let is_of = |subnet: &crate::model::Subnet| {
                subnet.v6.as_ref().is_some_and(|v6| own.is_some_and(|ip| v6.cidr.value.contains(ip)))
            };
            let subnet = site.subnets.iter().position(is_of).or(card.subnet.map(|at| at as usize));
            let first = site.subnets.iter().position(|subnet| subnet.v6.is_some()).unwrap_or_default();
            add(host.name, mac.value.octets(), subnet.unwrap_or(first), own.is_some(), asked <= WHOLE);
        }
    }
    (all, machines, if with_hosts { site.hosts.len() - asked } else { site.hosts.len() })
}

/// Asks all requests in a network namespace.
fn ask(network: &Network, requests: &[Request], namespace: &File, options: &Options<'_>) -> Result<Answers> {
    inside(namespace, || {
        let mut askers = Askers6::new(network);
        let mut answers = Vec::with_capacity(requests.len());
        for machine in requests.chunk_by(|one, other| one.machine == other.machine) {
            options.check_time(answers.len(), requests.len())?;
            for (at, request) in machine.iter().enumerate() {
                let heard = askers.at(request.nic)?.ask(&request.solicit, WAIT, options.stop)?;
                let silent = heard.is_none();
                answers.push(heard.as_ref().map(|heard| (heard.address.map(|(ip, _)| ip), facts(heard))));
                if options.stop.load(Ordering::Relaxed) {
                    return Ok(answers);
                }
                // A server that does not answer a machine at first does not answer it later.
                if at == 0 && silent {
                    answers.resize(answers.len() + machine.len() - 1, None);
                    break;
                }
            }
        }
        Ok(answers)
    })
}

/// The contents of an answer, as texts that can be compared.
fn facts(heard: &Advertisement) -> Facts {
    let mut texts = Facts::new();
    if let Some((ip, lifetime)) = heard.address {
        texts.insert("IPv6 address".to_owned(), ip.to_string());
        texts.insert("IPv6 lease time".to_owned(), format!("{lifetime} s"));
    }
    for (code, value) in heard.options.iter().filter(|(code, _)| !NOT_COMPARED.contains(code)) {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let hex = |value: &[u8]| value.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":");
        let (name, text) = match code {
            59 => ("IPv6 boot file".to_owned(), text(value)),
            23 => {
                let ips = value.chunks(16).filter_map(|ip| <[u8; 16]>::try_from(ip).ok());
                let ips: Vec<String> = ips.map(|ip| Ipv6Addr::from(ip).to_string()).collect();
                ("IPv6 name servers".to_owned(), ips.join(", "))
            }
            // Octets before a text: an enterprise number, lengths.
            16 if value.ends_with(b"HTTPClient") => ("IPv6 vendor class".to_owned(), "HTTPClient".to_owned()),
            24 => ("IPv6 domains".to_owned(), domains(value)),
            13 => ("IPv6 status".to_owned(), value.get(1).map(ToString::to_string).unwrap_or_default()),
            code => (format!("IPv6 option {code}"), hex(value)),
        };
        // An option without a value says nothing.
        if !value.is_empty() {
            texts.insert(name, text);
        }
    }
    texts
}

fn domains(mut value: &[u8]) -> String {
    let mut all = Vec::new();
    let mut labels = Vec::new();
    while let Some((length, rest)) = value.split_first() {
        let Some((label, rest)) = rest.split_at_checked(usize::from(*length)) else { break };
        value = rest;
        if label.is_empty() {
            all.push(std::mem::take(&mut labels).join("."));
        } else {
            labels.push(String::from_utf8_lossy(label).into_owned());
        }
    }
    all.join(", ")
}

#[derive(Default)]
struct Changes {
    all: Vec<Change>,
    by_values: BTreeMap<(String, Option<String>, Option<String>), usize>,
}

impl Changes {
    fn compare(
        &mut self,
        site: &Site<'_>,
        request: &Request,
        old: Option<&(Option<Ipv6Addr>, Facts)>,
        new: Option<&(Option<Ipv6Addr>, Facts)>,
    ) {
        let ((old_ip, old), (new_ip, new)) = match (old, new) {
            (None, None) => return,
            (Some(old), Some(new)) => (old, new),
            (old, _) => {
                let [before, after] =
                    if old.is_some() { ["an answer", "none"] } else { ["none", "an answer"] };
                self.add("IPv6 answer", Some(before.to_owned()), Some(after.to_owned()), request);
                return;
            }
        };
        let free = !request.fixed && old_ip.zip(*new_ip).is_some_and(|(old, new)| same_range(site, old, new));
        let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            let (before, after) = (old.get(name), new.get(name));
            if before != after && !(free && name == "IPv6 address") {
                self.add(name, before.cloned(), after.cloned(), request);
            }
        }
    }

    fn add(&mut self, what: &str, old: Option<String>, new: Option<String>, request: &Request) {
        let at = *self.by_values.entry((what.to_owned(), old.clone(), new.clone())).or_insert_with(|| {
            let clients = Vec::new();
            self.all.push(Change { what: what.to_owned(), old, new, is_fault: false, clients });
            self.all.len() - 1
        });
        if let Some(change) = self.all.get_mut(at) {
            change.clients.push(request.what.clone());
        }
    }
}

/// Whether both addresses are of the ranges of one subnet, so that it does not matter which of them a client gets.
fn same_range(site: &Site<'_>, one: Ipv6Addr, other: Ipv6Addr) -> bool {
    site.subnets.iter().filter_map(|subnet| subnet.v6.as_ref()).any(|v6| {
        let has = |ip: Ipv6Addr| v6.ranges.iter().any(|range| range.value.contains(ip));
        has(one) && has(other)
    })
}
