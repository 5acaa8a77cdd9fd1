//! Boot files as `loaders`, `script` and classes of site.yaml, for the daemons whose files are evaluated as a whole: Kea and
//! dnsmasq. They are judged as those of dhcpd's switch: a file that its clients cannot use is a remark, and only `--keep`
//! carries it over.

use std::net::Ipv4Addr;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::Imported;
use super::coverage::Remark;
pub use super::dhcpd::{ASKERS, Answered, Asker, Choices, Given, tells_few};
use super::dhcpd::{Boot, Keys, Level, OtherServer};
use super::draft::{Mapping, Value};

/// The answers of the imported files to all kinds of client.
#[derive(Debug, Default)]
pub struct Evaluated {
    /// In each subnet, by its name.
    pub subnets: Vec<(String, Rc<Choices>)>,
    /// Whether some host has one `file` for whatever program asks.
    pub host_files: bool,
}

/// Writes the keys about boot files. `server` is the address that clients have without a word as their TFTP server.
pub fn write(evaluated: &Evaluated, server: Option<Ipv4Addr>, imported: &mut Imported) {
    let mut judge = Judge::default();
    let mut boots = Vec::new();
    for (_, choices) in &evaluated.subnets {
        boots.push(judge.subnet(choices, imported));
    }
    let Some(site) = Boot::most_common(boots.iter().map(|boot| &**boot)).cloned() else { return };
    let http = boots.iter().any(|boot| boot.has_url());
    let any = evaluated.host_files || !boots.iter().all(|boot| boot.is_nothing());
    for (service, needed) in [("http", http), ("tftp", any)] {
        let several = imported.draft.site.submap("servers").is_some_and(|all| all.entries().len() > 1);
        let own = imported.draft.server.clone();
        if !needed && imported.draft.site.get(service).is_none() {
            imported.draft.site.set(service, "none");
        } else if several && imported.draft.site.submap(service).is_none_or(|map| map.get("server").is_none())
        {
            imported.draft.site.map(service).set("server", own);
        }
    }
    let tftp = server.filter(|_| any).map(|ip| ip.to_string());
    let mut classes: Vec<(String, Mapping, Vec<Value>)> = Vec::new();
    let mut known: HashMap<Mapping, usize> = HashMap::default();
    for ((name, _), boot) in evaluated.subnets.iter().zip(&boots) {
        let keys = boot.keys(Some(&site), Level::Subnet, http, tftp.as_deref());
        put(&keys, imported.draft.site.map("subnets").map(name));
        for (class, map) in keys.classes {
            match known.get(&map).and_then(|at| classes.get_mut(*at)) {
                Some((.., subnets)) => subnets.push(name.as_str().into()),
                None => {
                    known.insert(map.clone(), classes.len());
                    classes.push((class, map, vec![name.as_str().into()]));
                }
            }
        }
    }
    if site.is_nothing() && evaluated.host_files {
        // `netboot: none` would withhold the TFTP server of the hosts.
        let mut loaders = Mapping::default();
        loaders.set("bios", "none");
        loaders.set("efi_x64", "none");
        imported.draft.site.set("loaders", loaders).note("only some hosts have boot files");
    } else {
        let mut keys = site.keys(None, Level::Site, http, None);
        leave_out(&classes, &evaluated.subnets, &mut keys);
        write_site(&keys, any, &mut imported.draft.site);
    }
    let mut numbers: HashMap<String, usize> = HashMap::default();
    for (name, mut class, subnets) in classes {
        class.set("subnets", Value::one_or_list(subnets));
        let target = imported.draft.site.map("classes");
        let free = free_name(&name, target, numbers.entry(name.clone()).or_insert(1));
        target.set(&free, class);
    }
}

/// A name that no class has: the given one, or with the first free number from this one on.
fn free_name(name: &str, classes: &Mapping, number: &mut usize) -> String {
    let mut free = name.to_owned();
    while classes.get(&free).is_some() {
        *number += 1;
        free = format!("{name}-{number}");
    }
    free
}

/// Judges answers, in the keys of a site.
#[derive(Default)]
struct Judge {
    /// The remarks so far: each is made once.
    said: HashSet<Remark>,
    /// The answers in each subnet: many subnets share them.
    subnets: HashMap<*const Choices, Rc<Boot>>,
    /// Equal answers are kept once.
    all: HashSet<Rc<Boot>>,
}

impl Judge {
    fn subnet(&mut self, choices: &Rc<Choices>, imported: &mut Imported) -> Rc<Boot> {
        let place = Rc::as_ptr(choices);
        if let Some(known) = self.subnets.get(&place) {
            return Rc::clone(known);
        }
        let boot = self.boot(choices, imported);
        self.subnets.insert(place, Rc::clone(&boot));
        boot
    }

    fn boot(&mut self, choices: &Choices, imported: &mut Imported) -> Rc<Boot> {
        let (boot, remarks) = choices.boot(None, imported.keep);
        for remark in remarks {
            if self.said.insert(remark.clone()) {
                imported.coverage.remarks.push(remark);
            }
        }
        // The statement also gives the file, which is in words.
        for remark in choices.other_servers(&boot).into_iter().map(OtherServer::into_remark) {
            if self.said.insert(remark.clone()) {
                imported.coverage.remarks.push(remark);
            }
        }
        if let Some(known) = self.all.get(&boot) {
            return Rc::clone(known);
        }
        let boot = Rc::new(boot);
        self.all.insert(Rc::clone(&boot));
        boot
    }
}

/// Leaves the subnets that have classes for the same programs out of the classes of the site.
fn leave_out(own: &[(String, Mapping, Vec<Value>)], subnets: &[(String, Rc<Choices>)], site: &mut Keys) {
    let program =
        |class: &Mapping| class.submap("match").and_then(|matches| matches.text("client")).map(str::to_owned);
    site.classes.retain_mut(|(_, class)| {
        let same = own.iter().filter(|(_, other, _)| program(other) == program(class));
        let taken: HashSet<&str> = same
            .flat_map(|(.., names)| names)
            .filter_map(|name| if let Value::Text(name) = name { Some(name.as_str()) } else { None })
            .collect();
        let left: Vec<Value> = subnets
            .iter()
            .filter(|(name, _)| !taken.contains(name.as_str()))
            .map(|(name, _)| name.as_str().into())
            .collect();
        let is_left = !left.is_empty();
        if !taken.is_empty() {
            class.set("subnets", Value::one_or_list(left));
        }
        is_left
    });
}

/// Writes the keys of the whole site.
fn write_site(keys: &Keys, any: bool, site: &mut Mapping) {
    for entry in keys.keys.entries() {
        let value = entry.value.clone();
        match &*entry.key {
            "script" => site.map("ipxe").set("script", value),
            "loaders" => site.set("loaders", value),
            key => site.map("dhcp").set(key, value),
        };
    }
    if !any && let Some(entry) = site.map("dhcp").entry("netboot") {
        entry.note("the files name no boot file; remove this line to boot from the network");
    }
    for (name, class) in &keys.classes {
        let target = site.map("classes");
        let name = free_name(name, target, &mut 1);
        target.set(&name, class.clone());
    }
}

/// Writes the keys of a subnet or a host.
fn put(keys: &Keys, scope: &mut Mapping) {
    for entry in keys.keys.entries() {
        scope.set(&entry.key, entry.value.clone());
    }
}

/// The name of a subnet: `lan` if it is the only one, else of its network.
#[must_use]
pub fn subnet_name(cidr: &str, only: bool) -> String {
    if only {
        return "lan".to_owned();
    }
    let network = cidr.split('/').next().unwrap_or(cidr);
    format!("net-{}", network.replace(['.', ':'], "-"))
}
