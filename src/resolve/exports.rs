//! The exports of NFS: those that boot entries and root-paths need, and those that the site lists.

use std::net::Ipv4Addr;

use foldhash::{HashMap, HashSet};

use super::export_clients::Networks;
use super::resolved_hosts::ResolvedHosts;
use super::resolver::Resolver;
use super::roles::Roles;
use super::services::Services;
use crate::model::{AbsPath, Class, Entry, Export, InvalidValue, Nfs, ScopeRoot, Spanned, Subnet};
use crate::report::Finding;
use crate::report::catalogue::{MALFORMED, MISSING_KEY};
use crate::schema::{self, Field, NoneOr};
use crate::source::{Scalar, Span};

/// The scopes whose clients mount exports.
#[derive(Clone, Copy)]
pub(super) struct Scopes<'s> {
    pub subnets: &'s [Subnet],
    pub classes: &'s [Class],
}

pub(super) fn resolve<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &Field<NoneOr<schema::Nfs<'a>>>,
    roles: &Roles,
    scopes: &Scopes<'_>,
    entries: &[Entry],
    machines: &ResolvedHosts<'a>,
    services: &Services,
) -> Option<Nfs> {
    let Scopes { subnets, classes } = *scopes;
    let mut networks = Networks::new(roles, subnets);
    let mut exports = of_entries(roles, &mut networks, entries);
    add_roots_of_hosts(&mut exports, roles, &mut networks, machines);
    add_roots_of_scopes(&mut exports, roles, subnets, classes);
    let mut named = false;
    if let Field::Given(NoneOr::Some(nfs)) = written {
        named = nfs.exports.is_written() || nfs.exports_file.is_written();
        let mut written: HashMap<AbsPath, Span> = HashMap::default();
        let mut own = Vec::new();
        for export in nfs.exports.given().into_iter().flatten() {
            let Some(export) = given(r, export, &mut networks) else { continue };
            if let Some(first) = written.get(&export.path) {
                let finding =
                    Finding::new(&MALFORMED, export.span, format!("`{}` is exported twice", export.path));
                let finding = finding.and(*first, "the first one");
                r.report.push(finding.help("one export with all its clients and options"));
                continue;
            }
            written.insert(export.path.clone(), export.span);
            own.push(export);
        }
        // A listed export replaces a derived one of the same folder.
        exports.retain(|known| !written.contains_key(&known.path));
        exports.extend(own);
    }
    if let Some(finding) = networks.too_many() {
        r.report.push(finding);
    }
    if (exports.is_empty() && !named) || roles.nfs.is_empty() {
        return None;
    }
    let exports_file_span = services.nfs_file.as_ref().map(|at| at.span);
    let exports_file = services.nfs_file.as_ref().map(|at| at.value.clone());
    let exports_file = exports_file.or_else(|| AbsPath::parse("/etc/exports").ok())?;
    Some(Nfs { servers: roles.nfs.servers.clone(), exports_file, exports_file_span, exports })
}

/// The folder of each entry, exported read-only to the subnets that can boot it, never to the world.
fn of_entries(roles: &Roles, networks: &mut Networks<'_>, entries: &[Entry]) -> Vec<Export> {
    let mut exports: Vec<Export> = Vec::new();
    for server in &roles.nfs.servers {
        let clients = networks.served_by(*server);
        let mut seen: HashSet<&AbsPath> = HashSet::default();
        for entry in entries {
            let Some(path) = &entry.nfs_path else { continue };
            if clients.is_empty() || !seen.insert(path) || !networks.may_list(clients.len(), entry.span) {
                continue;
            }
            exports.push(Export {
                path: path.clone(),
                clients: clients.iter().map(|client| Spanned::new(client.clone(), entry.span)).collect(),
                options: words(&["ro", "no_subtree_check", "async"], entry.span),
                server: Some(*server),
                because: Some(format!("boot entry {}", entry.id)),
                span: entry.span,
            });
        }
    }
    exports
}

/// Adds the root file systems of hosts. Hosts that share one are clients of one export.
fn add_roots_of_hosts(
    exports: &mut Vec<Export>,
    roles: &Roles,
    networks: &mut Networks<'_>,
    machines: &ResolvedHosts<'_>,
) {
    let subnets = networks.subnets;
    // Each with its clients: a thousand hosts may share one root.
    let mut by_path: HashMap<(AbsPath, Option<usize>), (usize, HashSet<String>)> = HashMap::default();
    // Those whose clients are all networks of their server.
    let mut everywhere: HashSet<(AbsPath, usize)> = HashSet::default();
    let nfs_servers: HashSet<Ipv4Addr> = subnets.iter().filter_map(|subnet| subnet.addresses.nfs).collect();
    for (host, root) in machines.nfs_roots() {
        let Ok(path) = AbsPath::parse(root.path) else { continue };
        // ipxegen renders exports for servers of the site only.
        if !nfs_servers.contains(&root.server) {
            continue;
        }
        let subnet = host.subnet.and_then(|at| subnets.get(at as usize));
        let server = roles.nfs.server_for(subnet.and_then(|subnet| subnet.boot_server));
        let own: Vec<String> = host.ips().map(ToString::to_string).collect();
        let clients: Vec<String> = match (own.is_empty(), server) {
            (false, _) => own,
            (true, Some(server)) => {
                if !everywhere.insert((path.clone(), server)) {
                    continue;
                }
                let clients = networks.served_by(server);
                if !networks.may_list(clients.len(), host.span) {
                    continue;
                }
                clients
            }
            (true, None) => continue,
        };
        let place = (path, server);
        if let Some((at, known)) = by_path.get_mut(&place)
            && let Some(export) = exports.get_mut(*at)
        {
            let new = clients.into_iter().filter(|client| known.insert(client.clone()));
            export.clients.extend(new.map(|client| Spanned::new(client, host.span)));
            continue;
        }
        by_path.insert(place.clone(), (exports.len(), clients.iter().cloned().collect()));
        let clients = clients.into_iter().map(|client| Spanned::new(client, host.span)).collect();
        exports.push(Export {
            path: place.0,
            clients,
            options: words(&["rw", "no_root_squash", "no_subtree_check"], host.span),
            server,
            because: Some(format!("root-path of host {}", host.name)),
            span: host.span,
        });
    }
}

/// Adds the root file systems of classes, subnets and the site, read-only: many clients mount each. Root keeps its
/// identity there as on the root of a host, or a client could not read its own `/etc/shadow`.
fn add_roots_of_scopes(exports: &mut Vec<Export>, roles: &Roles, subnets: &[Subnet], classes: &[Class]) {
    let of_subnet = |subnet: &Subnet| format!("root-path of subnet {}", subnet.name.value);
    let mut roots: Vec<(&Subnet, &ScopeRoot, String)> = Vec::new();
    for subnet in subnets {
        roots.extend(subnet.root_path().map(|root| (subnet, root, of_subnet(subnet))));
    }
    for class in classes {
        for here in &class.here {
            let subnet = subnets.get(here.subnet).filter(|subnet| subnet.boots());
            if let (Some(subnet), Some(root)) = (subnet, &here.root_path) {
                roots.push((subnet, root, format!("root-path of class {}", class.name.value)));
            }
        }
    }
    let servers: HashSet<Ipv4Addr> = subnets.iter().filter_map(|subnet| subnet.addresses.nfs).collect();
    let paths: HashSet<&AbsPath> =
        roots.iter().filter_map(|(_, root, _)| Some(&root.nfs.as_ref()?.1)).collect();
    // A network that has the folder already keeps the options of that export.
    let mut known: HashSet<(&AbsPath, Option<usize>, String)> = HashSet::default();
    for export in exports.iter() {
        if let Some(path) = paths.get(&export.path) {
            known.extend(export.clients.iter().map(|client| (*path, export.server, client.value.clone())));
        }
    }
    let mut by_path: HashMap<(AbsPath, Option<usize>), usize> = HashMap::default();
    for (subnet, root, because) in &roots {
        let Some((ip, path)) = &root.nfs else { continue };
        // ipxegen renders exports for servers of the site only.
        if !servers.contains(ip) {
            continue;
        }
        let server = roles.nfs.server_for(subnet.boot_server);
        let network = Spanned::new(subnet.cidr.value.to_string(), root.text.span);
        if !known.insert((path, server, network.value.clone())) {
            continue;
        }
        let place = (path.clone(), server);
        if let Some(export) = by_path.get(&place).and_then(|at| exports.get_mut(*at)) {
            export.clients.push(network);
            continue;
        }
        by_path.insert(place, exports.len());
        exports.push(Export {
            path: path.clone(),
            clients: vec![network],
            options: words(&["ro", "no_root_squash", "no_subtree_check"], root.text.span),
            server,
            because: Some(because.clone()),
            span: root.text.span,
        });
    }
}

fn words(words: &[&str], span: Span) -> Vec<Spanned<String>> {
    words.iter().map(|word| Spanned::new((*word).to_owned(), span)).collect()
}

fn given<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::Export<'a>,
    networks: &mut Networks<'_>,
) -> Option<Export> {
    let Some(word) = written.path.given() else {
        if !written.path.is_wrong() {
            r.report.push(Finding::new(&MISSING_KEY, written.span, "an export has no `path`"));
        }
        return None;
    };
    let path = r.value(*word, |text| {
        crate::dialects::exports::path(text)?;
        AbsPath::parse(text)
    });
    let options = match written.options.given() {
        Some(words) => {
            let options = checked(r, words, |text| crate::dialects::exports::options(&[text]));
            if words.is_empty() || matches!(words.as_slice(), [word] if word.text == "none") {
                let finding =
                    Finding::new(&MALFORMED, word.span, "an export without options has exportfs guess");
                r.report.push(finding.help("say `ro` or `rw` at least"));
            }
            options
        }
        None => ["ro", "no_subtree_check"].map(|option| Spanned::new(option.to_owned(), word.span)).to_vec(),
    };
    let clients = match written.clients.given() {
        Some(words) => checked(r, words, |text| crate::dialects::exports::client(text, &["ro"])),
        // To the site's own networks, never to the world unless `*` is written.
        None if !networks.may_list(networks.subnets.len(), word.span) => return None,
        None => networks
            .subnets
            .iter()
            .map(|subnet| Spanned::new(subnet.cidr.value.to_string(), word.span))
            .collect(),
    };
    if clients.is_empty() && !written.clients.is_wrong() && !r.gaps.subnets {
        // Clients in error have a finding already.
        if written.clients.given().is_none_or(|words| words.iter().all(|word| word.text == "none")) {
            let message = format!("nobody may mount `{}`", word.text);
            let finding = Finding::new(&MALFORMED, word.span, message);
            r.report.push(finding.help("a line without clients is an export to the world: name some"));
        }
        return None;
    }
    Some(Export { path: path?.value, clients, options, server: None, because: None, span: word.span })
}

fn checked<'a, T>(
    r: &mut Resolver<'_, 'a>,
    words: &[Scalar<'a>],
    check: impl Fn(&str) -> Result<T, InvalidValue>,
) -> Vec<Spanned<String>> {
    r.many(words, |text| {
        check(text)?;
        Ok(text.to_owned())
    })
}
