//! The keys of the whole site about boot files.

use foldhash::{HashMap, HashSet};

use super::super::super::draft::{Draft, Mapping, Value};
use super::super::super::ipxe_menu::percent_decoded;
use super::super::switch::{Boot, Keys};
use super::BootFiles;

impl BootFiles<'_, '_, '_> {
    /// Leaves out the services that nothing in the file needs.
    pub(super) fn services(&self, http: bool, any: bool, site: &Boot, draft: &mut Draft) {
        for (service, needed) in [("http", http), ("tftp", any)] {
            if draft.site.get(service).is_some() {
                continue;
            }
            if !needed {
                draft.site.set(service, "none");
            } else if let Some(peer) = self.peer {
                // With several servers, a service runs where its key says so.
                if self.ours {
                    // The addresses of each subnet tell.
                    continue;
                }
                let peer = peer.to_string();
                let url = site.ipxe.iter().flatten().any(|file| host_of(file) == Some(&peer));
                let is_peer = site.next_server.as_deref() == Some(&*peer) || (service == "http" && url);
                let server = draft.server.clone();
                draft.site.map(service).set("server", if is_peer { format!("{server}-2") } else { server });
            }
        }
    }

    /// In a file that ipxegen made, iPXE gets the script that ipxegen renders: its path below the root of the server.
    pub(super) fn own_script(&self, keys: &mut Keys, draft: &mut Draft) {
        let text = |value: Option<&Value>| match value {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let over_http = text(keys.keys.get("script"));
        let servers: Vec<String> = self.server.iter().chain(&self.peer).map(ToString::to_string).collect();
        let is_ours =
            |url: &&str| host_of(url).is_some_and(|host| servers.iter().any(|server| server == host));
        let url = over_http.as_deref().filter(is_ours);
        let path = url.and_then(|url| url.split_once("://")?.1.split_once('/')).map(|(_, path)| path);
        let class = keys.classes.iter().position(|(name, _)| name == "ipxe");
        let file = class.and_then(|at| text(keys.classes.get(at)?.1.get("file")));
        let over_tftp = file.filter(|file| file != "none" && over_http.is_none());
        let path = path.and_then(percent_decoded);
        let Some(path) = path.as_deref().or(over_tftp.as_deref()) else { return };
        keys.keys.remove("script");
        if let Some(at) = class.filter(|_| over_http.is_none()) {
            keys.classes.remove(at);
        }
        if path != "install.ipxe" {
            draft.site.map("ipxe").set("script", path);
        }
    }
}

/// Takes from the classes of the site the subnets that have a class of the same name, for the same clients.
pub(super) fn leave_to(new: &[(String, Mapping, Vec<String>)], all: &[&str], classes: &mut Mapping) {
    let mut taken: HashMap<&str, HashSet<&str>> = HashMap::default();
    for (name, class, subnets) in new {
        if classes.submap(name).is_some_and(|of_site| of_site.get("match") == class.get("match")) {
            taken.entry(name).or_default().extend(subnets.iter().map(String::as_str));
        }
    }
    for (name, taken) in taken {
        let of_site = classes.map(name);
        let left: Vec<Value> = match of_site.get("subnets") {
            Some(Value::List(names)) => names.clone(),
            Some(name) => vec![name.clone()],
            None => all.iter().map(|name| Value::from(*name)).collect(),
        };
        let is_taken = |value: &Value| matches!(value, Value::Text(name) if taken.contains(name.as_str()));
        let left: Vec<Value> = left.into_iter().filter(|name| !is_taken(name)).collect();
        if !left.is_empty() {
            of_site.set("subnets", Value::one_or_list(left));
        }
    }
}

/// Writes the keys of the whole site.
pub(super) fn write_site(keys: &Keys, any: bool, draft: &mut Draft) {
    for entry in keys.keys.entries() {
        let value = entry.value.clone();
        match &*entry.key {
            key @ ("script" | "needs") => draft.site.map("ipxe").set(key, value),
            "loaders" => draft.site.set("loaders", value),
            key => draft.site.map("dhcp").set(key, value),
        };
    }
    if !any && let Some(entry) = draft.site.map("dhcp").entry("netboot") {
        entry.note("dhcpd.conf names no boot file; remove this line to boot from the network");
    }
    for (name, class) in &keys.classes {
        draft.site.map("classes").set(name, class.clone());
    }
}

/// Only hosts and classes boot something, or only disks are booted. `netboot: none` would override them.
pub(super) fn no_loaders(some_boot: bool, draft: &mut Draft) {
    let mut loaders = Mapping::default();
    loaders.set("bios", "none");
    loaders.set("efi_x64", "none");
    let why = match some_boot {
        true => "only some clients have boot files in dhcpd.conf",
        false => "dhcpd.conf names no boot file, only disks or options of iPXE",
    };
    draft.site.set("loaders", loaders).note(why);
    let mut matching = Mapping::default();
    matching.set("client", "ipxe");
    let mut class = Mapping::default();
    class.set("match", matching);
    class.set("file", "none");
    let entry = draft.site.map("classes").set("ipxe", class);
    entry.note("dhcpd.conf gives iPXE no script: without this class it would get that of the site");
}

/// The host of a URL, without a port.
fn host_of(url: &str) -> Option<&str> {
    url.split_once("://")?.1.split('/').next()
}
