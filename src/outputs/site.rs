//! The resolved site as `show` prints it and as every template sees it.

use serde_json::{Map, Value, json};

use crate::boot::template_values;
use crate::model::{
    Clients, Embed, Handout, Host, IPXE_OPTIONS, IpxeType, IpxeValue, IscsiDaemon, IscsiPath, Item, Loader,
    Loaders, OptionValue, Script, Site, Spanned, Store, Subnet, Transport, Wsdd,
};

/// The site without its hosts, in the words of site.yaml, every default settled.
#[must_use]
pub fn site_view(site: &Site<'_>) -> Value {
    let mut all = Map::new();
    all.insert("name".into(), json!(site.name));
    put(&mut all, "domain", site.domain.as_ref());
    let server = |at: &usize| site.servers.get(*at).map(|server| server.name.clone());
    let names = |servers: &[usize]| servers.iter().filter_map(server).collect::<Vec<_>>();
    let mut servers = Map::new();
    for machine in &site.servers {
        let ips: Vec<_> = machine.ips.iter().map(|ip| ip.value.to_string()).collect();
        let interfaces: Vec<_> = machine.interfaces.iter().map(|interface| interface.value.clone()).collect();
        let mut view = json!({ "ip": ips, "interfaces": interfaces });
        if !machine.ips6.is_empty() {
            let ips: Vec<_> = machine.ips6.iter().map(ToString::to_string).collect();
            view["ip6"] = json!(ips);
        }
        if let Some(os) = &machine.os {
            view["os"] = json!(os.value.word());
        }
        servers.insert(machine.name.clone(), view);
    }
    all.insert("servers".into(), servers.into());
    if let Some(dhcp) = &site.dhcp {
        let mut view = Map::new();
        view.insert("servers".into(), json!(names(&dhcp.servers)));
        view.insert("daemon".into(), json!("isc"));
        view.insert("authoritative".into(), json!(dhcp.authoritative));
        put(&mut view, "default_lease_time", dhcp.default_lease_time.as_ref().map(|time| time.value));
        put(&mut view, "max_lease_time", dhcp.max_lease_time.as_ref().map(|time| time.value));
        put(&mut view, "min_lease_time", dhcp.min_lease_time.as_ref().map(|time| time.value));
        view.insert(
            "unknown_clients".into(),
            json!(if dhcp.unknown_clients.value { "allow" } else { "deny" }),
        );
        put(&mut view, "ping_check", dhcp.ping_check.as_ref());
        if let Some(failover) = &dhcp.failover {
            view.insert(
                "failover".into(),
                json!({
                    "port": failover.port, "peer_port": failover.peer_port, "mclt": failover.mclt, "split": failover.split,
                    "max_response_delay": failover.max_response_delay,
                    "max_unacked_updates": failover.max_unacked_updates, "load_balance_max": failover.load_balance_max,
                }),
            );
        }
        all.insert("dhcp".into(), view.into());
    }
    if let Some(tftp) = &site.tftp {
        let view = json!({
            "servers": names(&tftp.servers), "root": tftp.root.as_str(), "user": tftp.user, "address": tftp.address,
            "options": tftp.options,
        });
        all.insert("tftp".into(), view);
    }
    if let Some(http) = &site.http {
        let prefix = if http.tftp_prefix.value.is_empty() { "/" } else { &http.tftp_prefix.value };
        let mut view = Map::new();
        view.insert("servers".into(), json!(names(&http.servers)));
        view.insert("root".into(), json!(http.root.as_str()));
        view.insert("tftp_prefix".into(), json!(prefix));
        put(&mut view, "url", http.url.as_ref().map(|url| url.value.clone()));
        view.insert("group".into(), json!(http.group));
        view.insert("daemon".into(), json!(http.daemon.word()));
        all.insert("http".into(), view.into());
    }
    if let Some(nfs) = &site.nfs {
        let exports = nfs.exports.iter().map(|export| {
            let mut view = Map::new();
            view.insert("path".into(), json!(export.path.as_str()));
            view.insert("clients".into(), json!(export.clients));
            view.insert("options".into(), json!(export.options));
            put(&mut view, "server", export.server.as_ref().and_then(server));
            put(&mut view, "because", export.because.as_ref());
            Value::from(view)
        });
        let exports: Vec<_> = exports.collect();
        let view = json!({ "servers": names(&nfs.servers), "exports_file": nfs.exports_file.as_str(), "exports": exports });
        all.insert("nfs".into(), view);
    }
    if let Some(smb) = &site.smb {
        let mut shares = Map::new();
        for share in &smb.shares {
            let mut view = Map::new();
            view.insert("path".into(), json!(share.path.value.as_str()));
            put(&mut view, "comment", share.comment.as_ref());
            view.insert("guest".into(), json!(share.guest));
            view.insert("writable".into(), json!(share.writable));
            view.insert("browseable".into(), json!(share.browseable));
            put(&mut view, "create_mask", share.create_mask.as_ref());
            put(&mut view, "directory_mask", share.directory_mask.as_ref());
            view.insert("users".into(), json!(share.users));
            view.insert("acl_allow_execute_always".into(), json!(share.acl_allow_execute_always));
            shares.insert(share.name.value.clone(), view.into());
        }
        let mut view = Map::new();
        view.insert("servers".into(), json!(names(&smb.servers)));
        view.insert("workgroup".into(), json!(smb.workgroup));
        view.insert("config_file".into(), json!(smb.config_file.as_str()));
        view.insert("shares".into(), shares.into());
        match &smb.wsdd {
            None => {}
            Some(Wsdd::Workgroup) => put(&mut view, "wsdd", Some(true)),
            Some(Wsdd::Domain(domain)) => put(&mut view, "wsdd", Some(json!({ "domain": domain }))),
        }
        all.insert("smb".into(), view.into());
    }
    beside(site, &mut all);
    if !site.iscsi.is_empty() {
        let targets = site.iscsi.iter().map(|target| {
            let mut view = Map::new();
            view.insert("daemon".into(), json!(target.daemon.word()));
            put(&mut view, "server", target.server.as_ref().and_then(server));
            if !target.portals.is_empty() {
                view.insert("portals".into(), json!(target.portals));
            }
            view.insert("port".into(), json!(target.port));
            (target.name.clone(), Value::from(view))
        });
        let view = json!({ "servers": targets.collect::<Map<_, _>>() });
        all.insert("iscsi".into(), view);
    }
    let (script, over) = match &site.ipxe.script {
        Script::Http(path) => (path, Transport::Http),
        Script::Tftp(path) => (path, Transport::Tftp),
        Script::Url(url) => (url, Transport::Http),
    };
    let mut ipxe = Map::new();
    ipxe.insert("script".into(), json!(script));
    ipxe.insert("over".into(), json!(over.word()));
    put(&mut ipxe, "hook", site.ipxe.hook.as_ref().map(|hook| &hook.value));
    ipxe.insert("https".into(), json!(site.ipxe.https));
    all.insert("ipxe".into(), ipxe.into());
    if let Some(build) = &site.loaders_build {
        let embed = match &build.embed {
            Embed::Nothing => "none",
            Embed::Chain => "chain",
            Embed::Own(_) => "embed.ipxe",
        };
        let view =
            json!({ "source": build.source, "embed": embed, "enable": build.enable, "usb": build.usb });
        all.insert("loaders".into(), json!({ "build": view }));
    }
    if let Some(build) = &site.winpe {
        let mut view = Map::new();
        view.insert("archs".into(), json!(build.archs));
        view.insert("adk".into(), json!(build.adk));
        view.insert("work_dir".into(), json!(build.work_dir));
        view.insert("language".into(), json!(build.language));
        view.insert("packages".into(), json!(build.packages));
        view.insert("features".into(), json!(build.features));
        view.insert("drivers".into(), json!(build.drivers));
        view.insert("force_unsigned".into(), json!(build.force_unsigned));
        view.insert(
            "inject".into(),
            build.inject.iter().map(|(to, from)| (to.clone(), json!(from))).collect::<Map<_, _>>().into(),
        );
        put(&mut view, "time_zone", build.time_zone.as_ref());
        put(&mut view, "input_locale", build.input_locale.as_ref());
        put(&mut view, "layered_driver", build.layered_driver);
        view.insert("iso".into(), json!(build.iso));
        all.insert("winpe".into(), view.into());
    }
    let vars: Map<_, _> = site.vars.iter().map(|var| (var.name.clone(), json!(var.value.value))).collect();
    if !vars.is_empty() {
        all.insert("vars".into(), vars.into());
    }
    let subnets: Map<_, _> =
        site.subnets.iter().map(|subnet| (subnet.name.value.clone(), subnet_view(site, subnet))).collect();
    all.insert("subnets".into(), subnets.into());
    all.insert("boot_entries".into(), entries(site));
    let mut menu = Map::new();
    menu.insert("title".into(), json!(site.menu.title));
    menu.insert("timeout".into(), json!(site.menu.timeout));
    put(&mut menu, "default", site.menu.default.and_then(|at| site.entries.get(at)).map(|entry| &entry.id));
    menu.insert("items".into(), json!(items(site, &site.menu.items)));
    all.insert("menu".into(), menu.into());
    all.into()
}

/// Relay agents and further files.
fn beside(site: &Site<'_>, all: &mut Map<String, Value>) {
    let name = |at: &usize| site.servers.get(*at).map(|server| server.name.clone());
    let mut relays = Map::new();
    for relay in &site.relays {
        let to: Vec<_> = relay.to.iter().map(|to| to.value.1.to_string()).collect();
        let view = json!({ "interfaces": relay.interfaces, "to": to });
        relays.extend(name(&relay.server).map(|name| (name, view)));
    }
    if !relays.is_empty() {
        all.insert("relays".into(), relays.into());
    }
    let files = site.files.iter().map(|file| {
        let servers: Vec<_> = file.servers.iter().filter_map(name).collect();
        let mode = format!("{:04o}", file.mode);
        json!({ "path": file.path.value.as_str(), "template": file.name, "server": servers, "mode": mode })
    });
    let files: Vec<_> = files.collect();
    if !files.is_empty() {
        all.insert("files".into(), files.into());
    }
}

/// A host, all that it inherits settled; what its subnet hands out is not repeated.
#[must_use]
pub fn host_view(site: &Site<'_>, host: &Host<'_>) -> Value {
    let mut view = Map::new();
    view.insert("mac".into(), json!(host.macs.iter().map(|mac| mac.value.to_string()).collect::<Vec<_>>()));
    put(&mut view, "ip", host.ip.as_ref().map(|ip| ip.value.to_string()));
    put(&mut view, "ip6", host.ip6.as_ref().map(|ip| ip.value.to_string()));
    if let Some(nics) = &host.nics {
        let further = nics.0.iter().map(|nic| {
            let macs: Vec<_> = nic.macs.iter().map(ToString::to_string).collect();
            let mut view = Map::new();
            view.insert("mac".into(), json!(macs));
            put(&mut view, "ip", nic.ip.as_ref().map(ToString::to_string));
            Value::from(view)
        });
        view.insert("further_nics".into(), json!(further.collect::<Vec<_>>()));
    }
    put(&mut view, "subnet", site.subnet_of(host).map(|subnet| &subnet.name.value));
    view.insert("host_name".into(), host.host_name.map_or_else(|| json!("none"), |name| json!(name)));
    put(&mut view, "root_path", host.root_path.as_ref().map(|at| at.value.to_string()));
    if let Some(disk) = host.disk() {
        put(&mut view, "disk", disk_view(site, host, disk));
    }
    if let Some(profile) = site.profile(host) {
        if !profile.groups.is_empty() {
            view.insert("groups".into(), json!(profile.groups));
        }
        handout(&mut view, &profile.handout);
        if let Some(all) = &profile.loaders {
            view.insert("loaders".into(), loaders(all));
        }
        put(&mut view, "netboot", profile.netboot.map(crate::model::Netboot::word));
        if profile.no_script {
            view.insert("script".into(), json!("none"));
        }
    }
    view.into()
}

/// What the root-path does not say of an iSCSI disk; of its accounts only the users.
fn disk_view(site: &Site<'_>, host: &Host<'_>, disk: &IscsiPath<'_>) -> Option<Value> {
    let mut view = Map::new();
    put(
        &mut view,
        "served_by",
        site.served_by(disk).filter(|by| by.daemon != IscsiDaemon::External).map(|by| &by.name),
    );
    if let Some(more) = &disk.more {
        if !more.portals.is_empty() {
            view.insert(
                "portals".into(),
                json!(disk.portals().map(|portal| portal.to_string()).collect::<Vec<_>>()),
            );
        }
        put(&mut view, "chap", more.chap.as_ref().map(|chap| json!({ "user": chap.user })));
        put(&mut view, "reverse_chap", more.reverse_chap.as_ref().map(|chap| json!({ "user": chap.user })));
        put(
            &mut view,
            "store",
            more.store.as_ref().map(|store| match &store.value {
                Store::Block(path) => json!({ "block": path }),
                Store::File(path, None) => json!({ "file": path }),
                Store::File(path, Some(size)) => json!({ "file": path, "size": size }),
            }),
        );
    }
    if view.is_empty() {
        return None;
    }
    view.insert("initiator".into(), json!(host.initiator()));
    Some(view.into())
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<impl serde::Serialize>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), json!(value));
    }
}

fn subnet_view(site: &Site<'_>, subnet: &Subnet) -> Value {
    let mut view = Map::new();
    view.insert("cidr".into(), json!(subnet.cidr.value.to_string()));
    let ranges = subnet.free.iter().map(|range| match range.clients {
        Clients::All => json!(range.to_string()),
        clients => json!({ "range": range.to_string(), "clients": clients.word() }),
    });
    view.insert("ranges".into(), json!(ranges.collect::<Vec<_>>()));
    if let Some(v6) = &subnet.v6 {
        view.insert("cidr6".into(), json!(v6.cidr.value.to_string()));
        view.insert("ranges6".into(), json!(v6.free.iter().map(ToString::to_string).collect::<Vec<_>>()));
        view.insert("dns6".into(), json!(v6.dns.iter().map(ToString::to_string).collect::<Vec<_>>()));
    }
    if !subnet.vars.is_empty() {
        view.insert("vars".into(), texts(&subnet.vars));
    }
    view.insert("broadcast".into(), json!(subnet.broadcast.to_string()));
    put(&mut view, "shared_network", subnet.shared_network.as_ref().map(|name| &name.value));
    put(
        &mut view,
        "boot_server",
        subnet.boot_server.and_then(|at| site.servers.get(at)).map(|server| &server.name),
    );
    put(&mut view, "next_server", subnet.next_server.as_ref().map(ToString::to_string));
    view.insert("unknown_clients".into(), json!(if subnet.unknown_clients.value { "allow" } else { "deny" }));
    view.insert("netboot".into(), json!(subnet.netboot.word()));
    put(&mut view, "default_lease_time", subnet.default_lease_time.as_ref().map(|time| time.value));
    put(&mut view, "max_lease_time", subnet.max_lease_time.as_ref().map(|time| time.value));
    put(&mut view, "min_lease_time", subnet.min_lease_time.as_ref().map(|time| time.value));
    put(&mut view, "ping_check", subnet.ping_check.as_ref());
    view.insert("loaders".into(), loaders(&subnet.loaders));
    put(&mut view, "script", subnet.script.as_ref());
    handout(&mut view, &subnet.handout);
    view.into()
}

fn loaders(loaders: &Loaders) -> Value {
    let all = loaders.iter().map(|(kind, loader)| {
        let text = match &loader.value {
            Loader::File(path) => path,
            Loader::Url(url) => url,
        };
        (kind.name().to_owned(), json!(text))
    });
    all.collect::<Map<_, _>>().into()
}

fn handout(view: &mut Map<String, Value>, handout: &Handout) {
    let ips =
        |ips: &Vec<Spanned<std::net::Ipv4Addr>>| ips.iter().map(ToString::to_string).collect::<Vec<_>>();
    put(view, "routers", handout.routers.as_ref().map(ips));
    put(view, "dns", handout.dns.as_ref().map(ips));
    put(view, "ntp", handout.ntp.as_ref().map(ips));
    put(view, "domain", handout.domain.as_ref());
    put(view, "domain_search", handout.domain_search.as_ref());
    if !handout.options.is_empty() {
        let options = handout.options.iter().map(|option| {
            let value = match &option.value.value {
                OptionValue::Unset => json!([]),
                OptionValue::Pairs(pairs) => json!(pairs),
                OptionValue::Text(text) | OptionValue::Hex(text) => json!(text),
                OptionValue::Bare(words) | OptionValue::Domains(words) => json!(words),
            };
            let value = match &option.own {
                Some(own) => json!({ "code": own.value.0, "value": value }),
                None => value,
            };
            (option.name.clone(), value)
        });
        view.insert("options".into(), options.collect::<Map<_, _>>().into());
    }
    if !handout.ipxe.is_empty() {
        let options = handout.ipxe.iter().filter_map(|(name, value)| {
            let option = IPXE_OPTIONS.iter().find(|option| option.dhcpd == *name)?;
            let value = match &value.value {
                IpxeValue::Number(number) if option.is == IpxeType::Flag => json!(*number != 0),
                IpxeValue::Number(number) => json!(number),
                IpxeValue::Text(text) | IpxeValue::Hex(text) => json!(text),
                // Neither shown nor seen by templates.
                IpxeValue::Secret(_) => return None,
            };
            Some((option.name.to_owned(), value))
        });
        view.insert("ipxe".into(), options.collect::<Map<_, _>>().into());
    }
    put(view, "boot", handout.boot.as_ref());
    put(view, "autoboot", handout.autoboot.as_ref());
    if !handout.vars.is_empty() && !view.contains_key("vars") {
        view.insert("vars".into(), texts(&handout.vars));
    }
    if !handout.raw.is_empty() {
        let raw = handout.raw.iter().map(|raw| (raw.output.to_owned(), json!(raw.text)));
        view.insert("raw".into(), raw.collect::<Map<_, _>>().into());
    }
}

fn texts(vars: &[(String, impl serde::Serialize)]) -> Value {
    vars.iter().map(|(name, text)| (name.clone(), json!(text))).collect::<Map<_, _>>().into()
}

fn entries(site: &Site<'_>) -> Value {
    let mut all = Map::new();
    for entry in &site.entries {
        let mut view = Map::new();
        view.insert("kind".into(), json!(entry.kind.word()));
        view.insert("label".into(), json!(entry.label));
        put(&mut view, "key", entry.key.as_ref().map(ToString::to_string));
        if !entry.only_for.is_empty() {
            view.insert(
                "only_for".into(),
                json!(entry.only_for.iter().map(|kind| kind.value.name()).collect::<Vec<_>>()),
            );
        }
        view.insert("over".into(), json!(entry.over.word()));
        put(&mut view, "dir", entry.dir.as_ref());
        put(&mut view, "from_iso", entry.from_iso.as_ref().map(|iso| iso.value.as_str()));
        view.insert("hidden".into(), json!(entry.hidden));
        put(&mut view, "nfs_path", entry.nfs_path.as_ref().map(crate::model::AbsPath::as_str));
        if !entry.files.is_empty() {
            view.insert("files".into(), json!(entry.files.iter().map(|file| &file.path).collect::<Vec<_>>()));
        }
        if let Ok(values @ Value::Object(_)) = template_values(&entry.kind) {
            view.insert("view".into(), values);
        }
        all.insert(entry.id.clone(), view.into());
    }
    all.into()
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
