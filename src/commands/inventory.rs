//! `ipxegen inventory`: the site for configuration management tools.

use std::collections::HashSet;
use std::io::Write;

use anyhow::Result;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::{Ending, SiteArg, console, load, show_findings};
use crate::model::{Server, Service, Site};
use crate::outputs::host_view;
use crate::report::{Masker, Report};

/// Print servers and hosts as an inventory
///
/// The groups are `servers` and `hosts`, `service_NAME` for the servers of a service, and `subnet_NAME` and
/// `group_NAME` for hosts. Characters that a group name may not have become `_`. No secret of the site is read: their files
/// and variables need not exist.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    site: SiteArg,
    /// The format: `ansible` is the answer of a dynamic inventory script to --list, `json` and `yaml` are plain data for
    /// other tools
    #[arg(long, value_enum, default_value_t = Format::Ansible)]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Ansible,
    Json,
    Yaml,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let sources = args.site.access.sources_without_secrets()?;
    let mut report = Report::new();
    let site = load(&args.site, &sources, &mut report)?;
    let ending = show_findings(&report, &sources, false)?;
    let (Some(site), Ending::Well) = (site, ending) else { return Ok(ending) };
    let masker = console::masker(&sources);
    let mut out = console::document();
    match args.format {
        Format::Ansible => {
            serde_json::to_writer_pretty(&mut out, &Ansible { site: &site, masker: &masker })?;
            writeln!(out)?;
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &Plain { site: &site, masker: &masker })?;
            writeln!(out)?;
        }
        Format::Yaml => serde_yaml::to_writer(&mut out, &Plain { site: &site, masker: &masker })?,
    }
    out.flush()?;
    Ok(Ending::Well)
}

/// The site as plain data: `servers` and `hosts` with their settings by name, and `groups` with the names of their
/// members.
struct Plain<'s> {
    site: &'s Site<'s>,
    masker: &'s Masker,
}

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(3))?;
        let servers: Map<_, _> =
            self.site.servers.iter().map(|server| (server.name.clone(), server_data(server))).collect();
        map.serialize_entry("servers", &servers)?;
        map.serialize_entry("hosts", &PlainHosts(self))?;
        let groups: Map<_, _> =
            groups(self.site).into_iter().map(|(name, members)| (name, json!(members))).collect();
        map.serialize_entry("groups", &groups)?;
        map.end()
    }
}

/// The hosts, which are serialized one by one.
struct PlainHosts<'s>(&'s Plain<'s>);

impl Serialize for PlainHosts<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Plain { site, masker } = self.0;
        let mut map = to.serialize_map(Some(site.hosts.len()))?;
        for host in &site.hosts {
            map.serialize_entry(host.name, &masker.value(host_view(site, host)))?;
        }
        map.end()
    }
}

/// The answer of a dynamic inventory script to `--list`.
///
/// Ansible renders a variable's text as a template wherever it is used, and a template can run commands on the
/// control node. So every text of the site is marked as unsafe, which Ansible prints as it is. Keys cannot be
/// marked; Ansible does not render them. Names of hosts and groups have letters, digits, `-` and `_` only.
struct Ansible<'s> {
    site: &'s Site<'s>,
    masker: &'s Masker,
}

impl Serialize for Ansible<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("_meta", &Meta(self))?;
        for (name, members) in groups(self.site) {
            map.serialize_entry(&name, &json!({ "hosts": members }))?;
        }
        map.end()
    }
}

struct Meta<'s>(&'s Ansible<'s>);

impl Serialize for Meta<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(1))?;
        map.serialize_entry("hostvars", &HostVars(self.0))?;
        map.end()
    }
}

/// The variables of each machine, which are serialized one by one.
struct HostVars<'s>(&'s Ansible<'s>);

impl Serialize for HostVars<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Ansible { site, masker } = self.0;
        let mut map = to.serialize_map(None)?;
        let mut servers: Vec<_> = site.servers.iter().map(|server| (server, false)).collect();
        for host in &site.hosts {
            let mut vars = Map::new();
            // A server that is also a host of the site has the variables of both.
            if let Some((server, done)) = servers.iter_mut().find(|(server, _)| server.name == host.name) {
                *done = true;
                vars = server_vars(server);
            }
            if let Some(ip) = &host.ip {
                vars.entry("ansible_host").or_insert_with(|| json!(ip.value.to_string()));
            }
            vars.insert("ipxegen_host".into(), masker.value(host_view(site, host)));
            map.serialize_entry(host.name, &marked(vars.into()))?;
        }
        for (server, _) in servers.iter().filter(|(_, done)| !done) {
            map.serialize_entry(&server.name, &marked(server_vars(server).into()))?;
        }
        map.end()
    }
}

fn server_vars(server: &Server) -> Map<String, Value> {
    let mut vars = Map::new();
    if let Some(ip) = server.ips.first() {
        vars.insert("ansible_host".into(), json!(ip.value.to_string()));
    }
    vars.insert("netboot_server".into(), json!(server.name));
    vars.insert("ipxegen_server".into(), server_data(server));
    vars
}

fn server_data(server: &Server) -> Value {
    let ips: Vec<_> = server.ips.iter().map(|ip| ip.value.to_string()).collect();
    let interfaces: Vec<_> = server.interfaces.iter().map(|interface| &interface.value).collect();
    json!({ "ip": ips, "interfaces": interfaces })
}

/// Marks every text in a value as unsafe.
fn marked(value: Value) -> Value {
    match value {
        Value::String(text) => json!({ "__ansible_unsafe": text }),
        Value::Array(all) => all.into_iter().map(marked).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, marked(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// The groups with their members, in the order of the site.
fn groups<'s>(site: &'s Site<'_>) -> Vec<(String, Vec<&'s str>)> {
    let servers = site.servers.iter().map(|server| server.name.as_str()).collect();
    let mut all = vec![
        ("servers".to_owned(), servers),
        ("hosts".to_owned(), site.hosts.iter().map(|host| host.name).collect()),
    ];
    for service in Service::ALL {
        let name_of = |at: &usize| site.servers.get(*at).map(|server| server.name.as_str());
        let members: Vec<_> = site.servers_of(service).iter().filter_map(name_of).collect();
        if !members.is_empty() {
            all.push((format!("service_{}", service.word()), members));
        }
    }

    let mut subnets = vec![Vec::new(); site.subnets.len()];
    // Many hosts share a profile, so its groups are read once.
    let mut profiles = vec![Vec::new(); site.profiles.len()];
    for host in &site.hosts {
        if let Some(members) = host.subnet.and_then(|at| subnets.get_mut(at as usize)) {
            members.push(host.name);
        }
        if let Some(members) = profiles.get_mut(host.profile as usize) {
            members.push(host.name);
        }
    }
    let mut names = UniqueNames::default();
    for (subnet, members) in site.subnets.iter().zip(subnets) {
        all.push((names.group("subnet", &subnet.name.value), members));
    }
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (profile, members) in site.profiles.iter().zip(profiles).filter(|(_, members)| !members.is_empty()) {
        for name in profile.groups.iter().map(|at| at.value.as_str()) {
            match groups.iter_mut().find(|(group, _)| *group == name) {
                Some((_, all)) => all.extend(&members),
                None => groups.push((name, members.clone())),
            }
        }
    }
    all.extend(groups.into_iter().map(|(name, members)| (names.group("group", name), members)));
    all
}

/// The names that are already taken by a group.
#[derive(Default)]
struct UniqueNames(HashSet<String>);

impl UniqueNames {
    /// A unique name of letters, digits and `_`, which Ansible accepts without a warning. `a-b` and `a.b` get different
    /// names.
    fn group(&mut self, kind: &str, name: &str) -> String {
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let first = format!("{kind}_{plain}");
        let mut group = first.clone();
        let mut number = 2;
        while !self.0.insert(group.clone()) {
            group = format!("{first}_{number}");
            number += 1;
        }
        group
    }
}

#[cfg(test)]
mod tests {
    use super::UniqueNames;

    #[test]
    fn groups_of_like_names_stay_apart() {
        let mut names = UniqueNames::default();
        assert_eq!(names.group("group", "old-cards"), "group_old_cards");
        assert_eq!(names.group("group", "old.cards"), "group_old_cards_2");
        assert_eq!(names.group("subnet", "old-cards"), "subnet_old_cards");
    }
}
