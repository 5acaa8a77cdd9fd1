//! The proof of an import: the DHCP server with the files that were imported, and the one with the files that ipxegen
//! renders, are asked the same, and their answers are compared.

mod facts;
mod requests;
mod servers;
mod six;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use self::facts::{Facts, facts, same_range};
use self::requests::{Machine, machines};
use self::servers::ask_both;
pub use self::six::prove6;
use super::network::{Network, Way};
use super::space::inside;
use super::{Options, Trialled};
use crate::dhcp::Client;
use crate::model::{DhcpDaemon, Site};
use crate::probe::{Relay, discover};
use crate::wire::{Asker, Discover, Heard, Interface};

/// The longest wait for an answer.
const WAIT: Duration = Duration::from_secs(3);

/// The wait for answers to requests of machines that got none to their first one. One that gets no answer to the first
/// gets none to the others, mostly.
const SILENCE: Duration = Duration::from_secs(1);

/// So many requests are asked at once: a socket of the kernel's usual size holds them.
const AT_ONCE: usize = 128;

/// A server that is silent to so many machines is silent to some on purpose: the wait for the others is shorter.
const PATIENT: usize = 8;

/// The parts of the imported files that a proof needs.
pub struct Imported<'i> {
    /// The daemon that they are of.
    pub daemon: DhcpDaemon,
    /// Its configuration, as one file.
    pub config: Vec<u8>,
    /// Vendor classes that the files compare: they are asked as as well.
    pub vendor_classes: &'i [String],
    /// Whether a boot file is one that this client cannot use.
    pub is_wrong: &'i dyn Fn(&str, &Client) -> bool,
}

/// A difference between the answers of the two servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The field: `address`, `file`, `next-server`, the name of an option.
    pub what: String,
    /// The value with the imported files; `None` without one.
    pub old: Option<String>,
    /// The value with the new files.
    pub new: Option<String>,
    /// The imported files give the client a boot file that it cannot use, and the new ones do not.
    pub is_fault: bool,
    /// The clients.
    pub clients: Vec<String>,
}

/// The result of a proof.
#[derive(Clone, Debug)]
pub enum Proof {
    /// The server with the imported files does not start, or ends: its reason, line by line.
    OldDown(String),
    /// The server with the new files does not.
    NewDown(String),
    /// Both were asked.
    Compared {
        /// The number of requests to each.
        requests: usize,
        /// The number of machines, of which the strangers and the vendor classes are some.
        machines: usize,
        /// How many hosts were left out.
        left_out: usize,
        /// The differences.
        changes: Vec<Change>,
    },
    /// A signal came.
    Stopped,
}

/// A request and the words for its client.
struct Request {
    what: String,
    client: Client,
    discover: Discover,
    way: Way,
    /// The machine that asks, by index; requests of one machine follow each other.
    machine: usize,
    /// The machine has an address of its own.
    fixed: bool,
}

/// Starts both servers one after the other, and asks them the same. `new` is the DHCP server of the site's `server`.
///
/// # Errors
/// If this is not root's run, a daemon is missing, or the namespaces cannot be made.
pub fn prove(
    site: &Site<'_>,
    server: usize,
    imported: &Imported<'_>,
    new: &Trialled,
    options: &Options<'_>,
) -> Result<Proof> {
    if !rustix::process::geteuid().is_root() {
        bail!("--prove needs root: it starts DHCP servers in network namespaces");
    }
    let machine = site.servers.get(server).context("no such server")?;
    let network = Network::new(site, machine)?;
    let old = Trialled::imported(imported.daemon, imported.config.clone(), false)?;
    let (machines, left_out) = machines(site, imported.vendor_classes);
    let requests = requests(site, &network, &machines);
    let ask = |namespace: &File| ask(site, &network, &requests, namespace, options);
    let (old_answers, new_answers) = match ask_both(&network, [&old, new], 67, options, ask)? {
        Ok(answers) => answers,
        Err(proof) => return Ok(proof),
    };
    let mut changes = Changes::default();
    for ((request, old), new) in requests.iter().zip(&old_answers).zip(&new_answers) {
        changes.compare(site, request, old.as_ref(), new.as_ref(), imported);
    }
    let changes = changes.all;
    Ok(Proof::Compared { requests: requests.len(), machines: machines.len(), left_out, changes })
}

fn requests(site: &Site<'_>, network: &Network, machines: &[Machine]) -> Vec<Request> {
    let mut all = Vec::new();
    for (at, machine) in machines.iter().enumerate() {
        let Some(way) = network.ways.get(machine.subnet).copied() else { continue };
        let relay = match way {
            Way::Direct(_) => None,
            Way::Relay(address) => Some(Relay { address, network: None }),
        };
        let subnet = site.subnets.get(machine.subnet).map_or("", |subnet| subnet.name.value.as_str());
        for (kind, client) in &machine.clients {
            all.push(Request {
                what: format!("{} in {subnet} as {kind}", machine.name),
                discover: discover(client, relay),
                client: client.clone(),
                way,
                machine: at,
                fixed: machine.fixed,
            });
        }
    }
    all
}

/// Asks all requests in a network namespace.
fn ask(
    site: &Site<'_>,
    network: &Network,
    requests: &[Request],
    namespace: &File,
    options: &Options<'_>,
) -> Result<Vec<Option<Facts>>> {
    inside(namespace, || {
        let answers = requests.iter().map(|_| None).collect();
        Asking { site, network, options, requests, askers: Vec::new(), answers, done: 0 }.all()
    })
}

struct Asking<'a, 'o> {
    site: &'a Site<'a>,
    network: &'a Network,
    options: &'a Options<'o>,
    requests: &'a [Request],
    askers: Vec<(Option<usize>, Asker)>,
    /// The answers to the requests.
    answers: Vec<Option<Facts>>,
    /// How many were asked.
    done: usize,
}

impl Asking<'_, '_> {
    /// Asks the first request of every machine, and then the others.
    fn all(mut self) -> Result<Vec<Option<Facts>>> {
        let of_machine = |places: &[usize]| places.first().copied();
        let places: Vec<usize> = (0..self.requests.len()).collect();
        let machine = |at: usize| self.requests.get(at).map(|request| request.machine);
        let machines: Vec<&[usize]> =
            places.chunk_by(|one, other| machine(*one) == machine(*other)).collect();
        let firsts: Vec<usize> = machines.iter().copied().filter_map(of_machine).collect();
        let mut silent = 0;
        self.together(&firsts, |asker, messages, stop| {
            let wait = if silent < PATIENT { WAIT } else { SILENCE };
            let heard = asker.ask_all(messages, wait, stop)?;
            silent += heard.iter().filter(|heard| heard.is_none()).count();
            Ok(heard)
        })?;
        let is_silent = |places: &[usize]| {
            places.first().and_then(|first| self.answers.get(*first)).is_none_or(Option::is_none)
        };
        let (silent, answered): (Vec<&[usize]>, Vec<&[usize]>) =
            machines.into_iter().partition(|places| is_silent(places));
        let others = |machines: Vec<&[usize]>| -> Vec<usize> {
            machines.into_iter().flat_map(|places| places.iter().skip(1)).copied().collect()
        };
        self.one_by_one(&others(answered))?;
        self.together(&others(silent), |asker, messages, _| {
            let heard = asker.ask_together(messages, SILENCE)?;
            Ok(heard.into_iter().map(|heard| heard.into_iter().next()).collect())
        })?;
        Ok(self.answers)
    }

    fn one_by_one(&mut self, places: &[usize]) -> Result<()> {
        for at in places {
            let Some(request) = self.requests.get(*at) else { continue };
            if self.is_stopped()? {
                return Ok(());
            }
            let stop = self.options.stop;
            let heard = self.asker(request.way.nic())?.ask(&request.discover, WAIT, Some(1), Some(stop))?;
            self.hear(*at, heard.first());
        }
        Ok(())
    }

    /// Asks many requests at once, those of each way after those of another: each has a socket of its own.
    fn together(
        &mut self,
        places: &[usize],
        mut ask: impl FnMut(&mut Asker, &[&Discover], &AtomicBool) -> io::Result<Vec<Option<Heard>>>,
    ) -> Result<()> {
        let mut by_nic: BTreeMap<Option<usize>, Vec<(usize, &Discover)>> = BTreeMap::new();
        for at in places {
            if let Some(request) = self.requests.get(*at) {
                by_nic.entry(request.way.nic()).or_default().push((*at, &request.discover));
            }
        }
        for (nic, requests) in by_nic {
            for part in requests.chunks(AT_ONCE) {
                if self.is_stopped()? {
                    return Ok(());
                }
                let messages: Vec<&Discover> = part.iter().map(|(_, discover)| *discover).collect();
                let stop = self.options.stop;
                let heard = ask(self.asker(nic)?, &messages, stop)?;
                for ((at, _), heard) in part.iter().zip(&heard) {
                    self.hear(*at, heard.as_ref());
                }
            }
        }
        Ok(())
    }

    /// Keeps an answer.
    fn hear(&mut self, at: usize, heard: Option<&Heard>) {
        self.done += 1;
        if let Some(answer) = self.answers.get_mut(at) {
            *answer = heard.map(|heard| facts(self.site, &heard.offer));
        }
    }

    /// Whether a signal came.
    ///
    /// # Errors
    /// If the time is over.
    fn is_stopped(&self) -> Result<bool> {
        self.options.check_time(self.done, self.requests.len())?;
        Ok(self.options.stop.load(Ordering::Relaxed))
    }

    fn asker(&mut self, nic: Option<usize>) -> Result<&mut Asker> {
        let at = match self.askers.iter().position(|(known, _)| *known == nic) {
            Some(at) => at,
            None => {
                let interface = Interface { name: format!("c{}", nic.unwrap_or(0)), mac: String::new() };
                let asker = match nic {
                    Some(_) => Asker::client(&interface, 1),
                    None => Asker::relay(&interface, &[self.network.server], 0x8000_0000),
                };
                let asker = asker.with_context(|| format!("cannot ask by {}", interface.name))?;
                self.askers.push((nic, asker.alone()));
                self.askers.len() - 1
            }
        };
        self.askers.get_mut(at).map(|(_, asker)| asker).context("no way to the server")
    }
}

#[derive(Default)]
struct Changes {
    all: Vec<Change>,
    by_values: BTreeMap<(String, Option<String>, Option<String>, bool), usize>,
}

impl Changes {
    fn compare(
        &mut self,
        site: &Site<'_>,
        request: &Request,
        old: Option<&Facts>,
        new: Option<&Facts>,
        imported: &Imported<'_>,
    ) {
        let (old, new) = match (old, new) {
            (None, None) => return,
            (Some(old), Some(new)) => (old, new),
            (old, new) => {
                let answered = |facts: Option<&Facts>| {
                    let text = if facts.is_some() { "an answer" } else { "none" };
                    Some(text.to_owned())
                };
                self.add("answer", answered(old), answered(new), false, request);
                return;
            }
        };
        let file = |facts: &Facts| facts.texts.get("file").cloned();
        let is_fault = file(old).is_some_and(|old| (imported.is_wrong)(&old, &request.client));
        let names: std::collections::BTreeSet<&String> = old.texts.keys().chain(new.texts.keys()).collect();
        for name in names {
            let (before, after) = (old.texts.get(name), new.texts.get(name));
            if before == after {
                continue;
            }
            let free = !request.fixed && name == "address";
            if free && same_range(site, old.address, new.address) {
                continue;
            }
            // The server of a file is nothing to a client without the file, or with one that it cannot use.
            let is_of_file =
                ["next-server", "server-name", "option tftp-server-name"].contains(&name.as_str());
            if is_of_file && (file(old).is_none() || is_fault) {
                continue;
            }
            let fault = is_fault && name == "file";
            self.add(name, before.cloned(), after.cloned(), fault, request);
        }
    }

    fn add(
        &mut self,
        what: &str,
        old: Option<String>,
        new: Option<String>,
        is_fault: bool,
        request: &Request,
    ) {
        let key = (what.to_owned(), old.clone(), new.clone(), is_fault);
        let at = *self.by_values.entry(key).or_insert_with(|| {
            self.all.push(Change { what: what.to_owned(), old, new, is_fault, clients: Vec::new() });
            self.all.len() - 1
        });
        if let Some(change) = self.all.get_mut(at) {
            change.clients.push(request.what.clone());
        }
    }
}
