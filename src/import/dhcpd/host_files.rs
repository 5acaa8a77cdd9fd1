//! Hosts that get one boot file, or a TFTP server of their own, whatever program asks: a class by their MAC addresses
//! says so. `loaders` would repeat a file whose name tells no platform for every kind of client, and hosts have no
//! `next_server`.

use std::collections::BTreeMap;

use super::super::draft::{Mapping, Value};
use super::statements::Statement;
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

/// Classes for hosts.
#[derive(Debug, Default)]
pub struct HostFiles {
    counts: BTreeMap<File, usize>,
    classes: BTreeMap<File, (String, Vec<Mac>)>,
}

impl HostFiles {
    /// Counts a host that gets this.
    pub fn count(&mut self, file: File, macs: usize) {
        *self.counts.entry(file).or_default() += macs;
    }

    /// Puts a host into a class; whether it is in one.
    pub fn take(&mut self, file: &File, name: &str, macs: &[Mac]) -> bool {
        if self.counts.get(file).is_none_or(|count| *count > MOST) {
            return false;
        }
        let (_, all) = self.classes.entry(file.clone()).or_insert_with(|| (name.to_owned(), Vec::new()));
        all.extend(macs);
        true
    }

    /// Writes the classes. Their hosts may be in others as well, which they override.
    pub fn write(&self, target: &mut Mapping) {
        let taken = |target: &Mapping, name: &str| target.get(name).is_some();
        let mut all: Vec<_> = self.classes.iter().collect();
        all.sort_by_key(|(_, (name, _))| name);
        for ((file, server), (name, macs)) in all {
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
                class.set_word("allow", allow);
                target.set(&format!("{free}-ipxe"), class);
            }
        }
    }

    /// Whether some host gets a file.
    pub fn boot(&self) -> bool {
        self.classes.keys().any(|(file, _)| file.is_some())
    }

    /// Whether there is no class.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }
}
