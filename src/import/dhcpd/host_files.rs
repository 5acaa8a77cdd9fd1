//! Hosts that get one boot file, or a TFTP server of their own, whatever program asks: a class by their MAC addresses
//! says so. `loaders` would repeat a file whose name tells no platform for every kind of client, and hosts have no
//! `next_server`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::draft::{Mapping, Value};
use super::hosts::{ByAddress, Host};
use super::statements::Statement;
use super::subnets::Subnet;
use super::switch::is_program;
use super::words::plain;
use crate::model::{Mac, ipv4};

/// With more hosts, each condition would be too long: it is written for each subnet.
const MOST: usize = 16;

/// What all programs of a host get: a boot file, and a TFTP server.
pub type File = (Option<String>, Option<String>);

/// The file and the server that statements set, if they do nothing else.
pub fn set_by<'s, 't: 's>(statements: impl Iterator<Item = &'s Statement<'t>>) -> Option<File> {
    let (mut file, mut server) = (None, None);
    for statement in statements {
        let words = plain(statement.tokens.get(1..)?);
        let [word] = words.as_slice() else { return None };
        if statement.begins(&["filename"]) {
            file = Some(word.text().filter(|text| word.quoted && !text.is_empty())?.to_owned());
        } else if statement.begins(&["next-server"]) {
            server = Some(word.bare().filter(|text| ipv4(text).is_ok())?.to_owned());
        } else {
            return None;
        }
    }
    Some((file, server))
}

/// What an inner scope sets over an outer one.
pub fn with(outer: File, inner: File) -> File {
    (inner.0.or(outer.0), inner.1.or(outer.1))
}

/// Whether a class says what a host gets: something, and no kind of client is known to run the file.
pub fn is_for_class((file, server): &File) -> bool {
    let unknown = file.as_deref().is_none_or(|file| !is_program(file) && !file.contains("://"));
    (file.is_some() || server.is_some()) && unknown
}

/// Subnets by index; `None` means all of them.
type Homes = Option<BTreeSet<usize>>;

/// The subnets in which dhcpd uses a host, by index: those of its addresses, or none if that is all. A host without an
/// address is used in all.
pub fn homes(host: &Host<'_, '_>, subnets: &[Subnet<'_, '_>], by_address: &ByAddress) -> Homes {
    let nics = host.nics.iter().map(|(_, ip)| by_address.index(subnets, (*ip)?));
    let homes: Homes = std::iter::once(host.subnet).chain(nics).collect();
    homes.filter(|homes| homes.len() < subnets.len())
}

/// Classes for hosts.
#[derive(Debug, Default)]
pub struct HostFiles {
    counts: BTreeMap<File, usize>,
    /// By what their hosts get and where dhcpd uses these, the name of the first and the addresses of all.
    classes: BTreeMap<(File, Homes), (String, Vec<Mac>)>,
}

impl HostFiles {
    /// Counts a host that gets this.
    pub fn count(&mut self, file: File, macs: usize) {
        *self.counts.entry(file).or_default() += macs;
    }

    /// Puts a host into a class; whether it is in one.
    pub fn take(&mut self, file: &File, name: &str, macs: &[Mac], homes: Homes) -> bool {
        if self.counts.get(file).is_none_or(|count| *count > MOST) {
            return false;
        }
        let (_, all) =
            self.classes.entry((file.clone(), homes)).or_insert_with(|| (name.to_owned(), Vec::new()));
        all.extend(macs);
        true
    }

    /// Writes the classes. Their hosts may be in others as well, which they override.
    pub fn write(&self, subnets: &[Subnet<'_, '_>], target: &mut Mapping) {
        let taken = |target: &Mapping, name: &str| target.get(name).is_some();
        let mut all: Vec<_> = self.classes.iter().collect();
        all.sort_by_key(|(_, (name, _))| name);
        for (((file, server), homes), (name, macs)) in all {
            let mut free = name.clone();
            let mut number = 1;
            while taken(target, &free) || taken(target, &format!("{free}-ipxe")) {
                number += 1;
                free = format!("{name}-{number}");
            }
            let alone = target.entries().is_empty();
            let macs = Value::one_or_list(macs.iter().map(|mac| mac.to_string().into()).collect());
            let mut matching = Mapping::default();
            matching.set_word("mac", macs);
            let mut class = Mapping::default();
            class.set_word("match", matching.clone());
            if let Some(file) = file {
                class.set_word("file", file.as_str());
            }
            if let Some(server) = server {
                class.set_word("next_server", server.as_str());
            }
            if file.is_some() || !alone {
                class.set_word("priority", Value::number(1000_u16));
            }
            let homes = homes.as_ref().map(|homes| {
                let names = homes.iter().filter_map(|at| subnets.get(*at));
                Value::one_or_list(names.map(|subnet| subnet.name.as_str().into()).collect())
            });
            if let Some(homes) = &homes {
                class.set_word("subnets", homes.clone());
            }
            let mut allow = Mapping::default();
            allow.set_word("shadowed-by-class", "a host has no key for what it gets in dhcpd.conf");
            class.set_word("allow", allow.clone());
            target.set(&free, class);
            if let Some(file) = file {
                // A class spares iPXE, which dhcpd gives the file as well.
                matching.set_word("client", "ipxe");
                let mut class = Mapping::default();
                class.set_word("match", matching);
                class.set_word("file", file.as_str());
                class.set_word("priority", Value::number(1000_u16));
                if let Some(homes) = homes {
                    class.set_word("subnets", homes);
                }
                class.set_word("allow", allow);
                target.set(&format!("{free}-ipxe"), class);
            }
        }
    }

    /// Whether some host gets a file.
    pub fn boot(&self) -> bool {
        self.classes.keys().any(|((file, _), _)| file.is_some())
    }

    /// Whether there is no class.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }
}
