//! The site as `show` prints it and as templates see it: the model serialized, with names instead of indexes.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::boot::template_values;
use crate::model::{
    Class, Clients, Host, IscsiDaemon, IscsiPath, Item, Netboot, NoteOf, Profile, Range, Script, Service,
    Site, Store, Subnet, Transport,
};

/// The site without its hosts, under the keys of site.yaml, with all defaults.
#[must_use]
pub fn site_view(site: &Site<'_>) -> Value {
    let mut all = Map::new();
    put(&mut all, "name", Some(&site.name));
    put(&mut all, "domain", site.domain.as_ref());
    let servers = site.servers.iter().map(|server| {
        let mut view = fields(server);
        put(&mut view, "note", site.note(NoteOf::Server, &server.name));
        (server.name.clone(), view)
    });
    all.insert("servers".into(), mapping(servers));
    put_services(&mut all, site);
    let relays =
        site.relays.iter().filter_map(|relay| Some((name(site, relay.server)?.into(), fields(relay))));
    put_mapping(&mut all, "relays", relays);
    if !site.files.is_empty() {
        let files = site.files.iter().map(|file| {
            let mut view = fields(file);
            put(&mut view, "server", Some(names(site, &file.servers)));
            view
        });
        put(&mut all, "files", Some(files.collect::<Vec<_>>()));
    }
    if !site.iscsi.is_empty() {
        let targets = site.iscsi.iter().map(|target| {
            let mut view = fields(target);
            put(&mut view, "server", target.server.and_then(|at| name(site, at)));
            (target.name.clone(), view)
        });
        all.insert("iscsi".into(), json!({ "servers": mapping(targets) }));
    }
    all.insert("ipxe".into(), ipxe(site).into());
    if let Some(build) = &site.loaders_build {
        all.insert("loaders".into(), json!({ "build": fields(build) }));
    }
    if let Some(build) = &site.winpe {
        all.insert("winpe".into(), fields(build).into());
    }
    put_mapping(&mut all, "vars", site.vars.iter().map(|var| (var.name.clone(), json!(var.value))));
    let subnets = site.subnets.iter().map(|subnet| (subnet.name.value.clone(), subnet_view(site, subnet)));
    all.insert("subnets".into(), mapping(subnets));
    let classes = site.classes.iter().map(|class| (class.name.value.clone(), class_view(site, class)));
    put_mapping(&mut all, "classes", classes);
    all.insert("boot_entries".into(), entries(site));
    all.insert("menu".into(), menu_view(site).into());
    put_mapping(&mut all, "raw", site.raw.iter().map(|raw| (raw.output.to_owned(), raw.value())));
    all.into()
}

/// Adds the services that the site has, each with its servers.
fn put_services(all: &mut Map<String, Value>, site: &Site<'_>) {
    let service = |which, service: Map<String, Value>| {
        let mut view = Map::new();
        put(&mut view, "servers", Some(names(site, site.servers_of(which))));
        view.extend(service);
        view
    };
    if let Some(dhcp) = &site.dhcp {
        all.insert("dhcp".into(), service(Service::Dhcp, fields(dhcp)).into());
    }
    if let Some(external) = &site.external_dhcp {
        let mut view = Map::new();
        put(&mut view, "daemon", Some("external"));
        view.extend(fields(external));
        all.insert("dhcp".into(), view.into());
    }
    if let Some(tftp) = &site.tftp {
        all.insert("tftp".into(), service(Service::Tftp, fields(tftp)).into());
    }
    if let Some(http) = &site.http {
        all.insert("http".into(), service(Service::Http, fields(http)).into());
    }
    if let Some(nfs) = &site.nfs {
        let mut view = service(Service::Nfs, fields(nfs));
        let exports = nfs.exports.iter().map(|export| {
            let mut view = fields(export);
            put(&mut view, "server", export.server.and_then(|at| name(site, at)));
            view
        });
        put(&mut view, "exports", Some(exports.collect::<Vec<_>>()));
        all.insert("nfs".into(), view.into());
    }
    if let Some(smb) = &site.smb {
        all.insert("smb".into(), service(Service::Smb, fields(smb)).into());
    }
}

fn menu_view(site: &Site<'_>) -> Map<String, Value> {
    let mut menu = Map::new();
    put(&mut menu, "title", Some(&site.menu.title));
    put(&mut menu, "timeout", Some(site.menu.timeout));
    put(&mut menu, "default", site.menu.default.and_then(|at| site.entries.get(at)).map(|entry| &entry.id));
    put(&mut menu, "items", Some(items(site, &site.menu.items)));
    let texts = site.menu.texts.all().into_iter().map(|(key, text)| (key.to_owned(), json!(text)));
    menu.insert("texts".into(), mapping(texts));
    menu
}

/// A class, with the names of its subnets.
fn class_view(site: &Site<'_>, class: &Class) -> Map<String, Value> {
    let mut view = fields(class);
    put(&mut view, "note", site.note(NoteOf::Class, &class.name.value));
    if let Some(subnets) = &class.subnets {
        let names = subnets.iter().filter_map(|at| site.subnets.get(*at)).map(|subnet| &subnet.name);
        put(&mut view, "subnets", Some(names.collect::<Vec<_>>()));
    }
    if !class.loaders.is_empty() {
        let loaders = class.loaders.iter().map(|(kind, loader)| (kind.name().to_owned(), json!(loader)));
        view.insert("loaders".into(), mapping(loaders));
    }
    view
}

/// The ranges of a subnet, with the names of the classes that they are for.
fn ranges(site: &Site<'_>, subnet: &Subnet) -> Vec<Value> {
    let range = |range: &Range| match range.clients {
        Clients::Classes(at) => {
            let set = site.class_sets.get(usize::from(at));
            let classes = set.into_iter().flat_map(|set| &set.classes);
            let names = classes.filter_map(|at| site.classes.get(*at)).map(|class| &class.name);
            let names = json!(names.collect::<Vec<_>>());
            let not = set.is_some_and(|set| set.not);
            let clients = if not { json!({ "not": names }) } else { names };
            let mut view = json!({ "range": range.to_string(), "clients": clients });
            if range.dynamic_bootp {
                view["dynamic_bootp"] = true.into();
            }
            view
        }
        _ => json!(range),
    };
    subnet.free.iter().map(range).collect()
}

/// A host, with everything that it inherits from its groups and its subnet.
#[must_use]
pub fn host_view(site: &Site<'_>, host: &Host<'_>) -> Value {
    let mut view = host_part(site, host);
    view.extend(shared_part(site.profile(host), site.subnet_of(host)));
    view.into()
}

/// The facts of a host that no other host has.
pub(super) fn host_part(site: &Site<'_>, host: &Host<'_>) -> Map<String, Value> {
    let mut view = Map::new();
    put(&mut view, "mac", Some(host.macs.as_slice()));
    put(&mut view, "ip", host.ip.as_ref());
    put(&mut view, "ip6", host.ip6.as_ref());
    if let Some(nics) = &host.nics {
        let further = nics.0.iter().map(|nic| {
            let mut view = Map::new();
            put(&mut view, "mac", Some(nic.macs.as_slice()));
            put(&mut view, "ip", nic.ip.as_ref());
            view
        });
        put(&mut view, "further_nics", Some(further.collect::<Vec<_>>()));
    }
    put(&mut view, "subnet", site.subnet_of(host).map(|subnet| &subnet.name));
    put(&mut view, "host_name", Some(host.host_name.unwrap_or("none")));
    put(&mut view, "root_path", host.root_path.as_ref());
    if let Some(disk) = host.disk() {
        put(&mut view, "disk", disk_view(site, host, disk));
    }
    put(&mut view, "note", site.note(NoteOf::Host, host.name));
    view
}

/// The facts that a host has in common with the others of its profile and subnet.
pub(super) fn shared_part(profile: Option<&Profile>, subnet: Option<&Subnet>) -> Map<String, Value> {
    let mut view = profile.map(fields).unwrap_or_default();
    if !view.contains_key("boot") {
        put(&mut view, "boot", subnet.and_then(|subnet| subnet.handout.boot.as_ref()));
    }
    let netboot = profile.and_then(|profile| profile.netboot);
    let netboot = netboot.or_else(|| subnet.map(|subnet| subnet.netboot));
    put(&mut view, "netboot", netboot);
    let own = profile.and_then(|profile| profile.loaders.as_ref());
    let loaders = own.or_else(|| subnet.map(|subnet| &subnet.loaders));
    let has_file = profile.is_some_and(|profile| profile.file.is_some());
    if let Some(loaders) = loaders.filter(|_| netboot != Some(Netboot::None) && !has_file) {
        let loaders = loaders.iter().map(|(kind, loader)| (kind.name().to_owned(), json!(loader)));
        view.insert("loaders".into(), mapping(loaders));
    }
    put(&mut view, "script", profile.filter(|profile| profile.no_script).map(|_| "none"));
    view
}

/// The facts about an iSCSI disk that its root-path does not contain. Its accounts are shown without their passwords.
fn disk_view(site: &Site<'_>, host: &Host<'_>, disk: &IscsiPath<'_>) -> Option<Value> {
    let mut view = Map::new();
    let by = site.served_by(disk).filter(|by| by.daemon != IscsiDaemon::External);
    put(&mut view, "served_by", by.map(|by| &by.name));
    if let Some(more) = &disk.more {
        if !more.portals.is_empty() {
            let portals = disk.portals().map(|portal| portal.to_string());
            put(&mut view, "portals", Some(portals.collect::<Vec<_>>()));
        }
        put(&mut view, "chap", more.chap.as_ref().map(|chap| json!({ "user": chap.user })));
        put(&mut view, "reverse_chap", more.reverse_chap.as_ref().map(|chap| json!({ "user": chap.user })));
        let store = more.store.as_ref().map(|store| match &store.value {
            Store::Block(path) => json!({ "block": path }),
            Store::File(path, None) => json!({ "file": path }),
            Store::File(path, Some(size)) => json!({ "file": path, "size": size }),
        });
        put(&mut view, "store", store);
    }
    if view.is_empty() {
        return None;
    }
    put(&mut view, "initiator", Some(host.initiator()));
    Some(view.into())
}

fn ipxe(site: &Site<'_>) -> Map<String, Value> {
    let (script, over) = match &site.ipxe.script {
        Script::Http(path) => (path, Transport::Http),
        Script::Tftp(path) => (path, Transport::Tftp),
        Script::Url(url) => (url, Transport::Http),
    };
    let mut view = Map::new();
    put(&mut view, "script", Some(script));
    put(&mut view, "over", Some(over));
    put(&mut view, "hook", site.ipxe.hook.as_ref());
    put(&mut view, "needs", Some(site.ipxe.needs.value).filter(|needs| !needs.is_empty()));
    put(&mut view, "https", Some(site.ipxe.https));
    put(&mut view, "cmdline_extra", Some(&site.ipxe.cmdline_extra));
    view
}

fn subnet_view(site: &Site<'_>, subnet: &Subnet) -> Map<String, Value> {
    let mut view = fields(subnet);
    if subnet.free.iter().any(|range| matches!(range.clients, Clients::Classes(_))) {
        put(&mut view, "ranges", Some(ranges(site, subnet)));
    }
    put(&mut view, "note", site.note(NoteOf::Subnet, &subnet.name.value));
    put(&mut view, "boot_server", subnet.boot_server.and_then(|at| name(site, at)));
    put(&mut view, "root_path", subnet.root_path().map(|root| &root.text));
    // The variables of a subnet include those that DHCP carries.
    for (name, value) in fields(&subnet.handout) {
        view.entry(name).or_insert(value);
    }
    view
}

fn entries(site: &Site<'_>) -> Value {
    let entries = site.entries.iter().map(|entry| {
        let mut view = Map::new();
        put(&mut view, "kind", Some(entry.kind.word()));
        view.extend(fields(entry));
        if let Ok(values @ Value::Object(_)) = template_values(&entry.kind) {
            view.insert("view".into(), values);
        }
        put(&mut view, "note", site.note(NoteOf::Entry, &entry.id));
        (entry.id.clone(), view)
    });
    mapping(entries)
}

fn items(site: &Site<'_>, items: &[Item]) -> Vec<Value> {
    let one = |item: &Item| match item {
        Item::Gap(text) => json!({ "gap": text }),
        Item::Entry(at) => site.entries.get(*at).map_or(Value::Null, |entry| json!(entry.id)),
        Item::Submenu(submenu) => {
            json!({ "submenu": submenu.id, "title": submenu.title, "items": self::items(site, &submenu.items) })
        }
    };
    items.iter().map(one).collect()
}

fn name<'s>(site: &'s Site<'_>, server: usize) -> Option<&'s str> {
    site.servers.get(server).map(|server| server.name.as_str())
}

fn names<'s>(site: &'s Site<'_>, servers: &[usize]) -> Vec<&'s str> {
    servers.iter().filter_map(|at| name(site, *at)).collect()
}

/// The fields of a struct of the model that have a value.
fn fields(of: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(of) {
        Ok(Value::Object(mut fields)) => {
            fields.retain(|_, value| !value.is_null());
            fields
        }
        _ => Map::new(),
    }
}

fn mapping<V: Into<Value>>(entries: impl Iterator<Item = (String, V)>) -> Value {
    entries.map(|(name, value)| (name, value.into())).collect::<Map<_, _>>().into()
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<impl Serialize>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), json!(value));
    }
}

/// Adds a mapping unless it is empty.
fn put_mapping<V: Into<Value>>(
    map: &mut Map<String, Value>,
    name: &str,
    entries: impl Iterator<Item = (String, V)>,
) {
    let mut entries = entries.peekable();
    if entries.peek().is_some() {
        map.insert(name.to_owned(), mapping(entries));
    }
}
