//! The servers of a dhcpd.conf that ipxegen made. A server has an address in each of several subnets, or each subnet has
//! a boot server of its own: the file names the address that the clients of a subnet use, for each service.

use std::rc::Rc;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use foldhash::{HashMap, HashSet};

use super::super::draft::{Draft, Value};
use super::hosts::ByAddress;
use super::scopes::Scopes;
use super::subnets::Subnet;
use super::switch::Boot;
use crate::model::{CLIENT_KINDS, ipv4};

/// The services of which a subnet may have the server, and the option that names it.
const SERVICES: [(&str, &str); 4] =
    [("tftp", "tftp-server"), ("http", "http-root"), ("nfs", "nfs-server"), ("smb", "smb-server")];

/// The folder of the TFTP root on the HTTP server.
const TFTP_PREFIX: &str = "tftpboot";

/// The servers, and those that the subnets use.
#[derive(Debug, Default)]
pub struct OwnServers {
    /// The addresses of each server; the first is the one that the file is of.
    servers: Vec<Vec<Ipv4Addr>>,
    /// The servers by their addresses.
    by_ip: HashMap<Ipv4Addr, usize>,
    /// The subnets in which each server has an address.
    homes: HashSet<(usize, usize)>,
    /// The servers of each service, in the order in which subnets use them.
    services: BTreeMap<&'static str, Vec<usize>>,
    /// The server of each subnet, if not the first of each service.
    of_subnets: Vec<Option<usize>>,
    /// The HTTP roots of each subnet.
    roots: Vec<Option<String>>,
    /// Whether options name the servers.
    named: bool,
    /// The URL of the HTTP root, if it is not that of the server's address.
    url: Option<String>,
}

/// The addresses of a subnet's services.
type Used = BTreeMap<&'static str, Ipv4Addr>;

impl OwnServers {
    /// Reads them from the answers to the clients of each subnet; `own` is the address of the file's server, and `peer`
    /// that of the other one of a failover pair.
    pub fn of(
        scopes: &Scopes<'_, '_>,
        subnets: &[Subnet<'_, '_>],
        boots: &[&Boot],
        own: Ipv4Addr,
        peer: Option<Ipv4Addr>,
    ) -> Self {
        let by_address = ByAddress::new(subnets);
        let mut all = Self::default();
        for ip in std::iter::once(own).chain(peer) {
            let at = all.servers.len();
            all.add(at, ip, by_address.index(subnets, ip));
        }
        let known: Vec<String> = boots.iter().filter_map(|boot| root_of_loaders(boot)).collect();
        let used: Vec<Used> = (subnets.iter().zip(boots))
            .map(|(subnet, boot)| {
                let root = option(scopes, subnet, "http-root").or_else(|| root_of_loaders(boot));
                // The script may be on the server of somebody else.
                let is_known = |root: &String| known.is_empty() || known.contains(root);
                let root = root.or_else(|| root_of_script(boot).filter(is_known));
                let mut used = addresses(scopes, subnet);
                let host = root.as_deref().and_then(host_of);
                let ip = host.and_then(|host| ipv4(host.split(':').next()?).ok());
                let is_url = host.is_some_and(|host| ip.is_none_or(|ip| host != ip.to_string()));
                if is_url {
                    // The same for all subnets.
                    all.url.clone_from(&root);
                } else {
                    used.extend(ip.map(|ip| ("http", ip)));
                }
                // Without an option, `next-server` may be the machine of somebody else.
                let next = boot.next_server.as_deref().and_then(|text| ipv4(text).ok());
                let is_server = |next: &Ipv4Addr| {
                    Some(*next) == ip || *next == own || Some(*next) == peer || Some(next) == used.get("tftp")
                };
                if let Some(next) = next.filter(is_server) {
                    used.insert("tftp", next);
                } else {
                    used.remove("tftp");
                }
                all.roots.push(root);
                used
            })
            .collect();
        all.named = subnets.iter().any(|subnet| option(scopes, subnet, "http-root").is_some());
        let mut last: BTreeMap<&str, usize> = BTreeMap::new();
        let mut known: HashSet<(&str, usize)> = HashSet::default();
        for used in &used {
            for (service, ip) in used {
                let home = by_address.index(subnets, *ip);
                let at = all.server(*ip, last.get(service).copied(), used, home);
                last.insert(service, at);
                if known.insert((service, at)) {
                    all.services.entry(service).or_default().push(at);
                }
            }
        }
        all.of_subnets = used.iter().map(|used| all.boot_server(used)).collect();
        all
    }

    /// Gives a server an address, which is in the subnet of this index.
    fn add(&mut self, server: usize, ip: Ipv4Addr, home: Option<usize>) {
        match self.servers.get_mut(server) {
            Some(ips) => ips.push(ip),
            None => self.servers.push(vec![ip]),
        }
        self.by_ip.insert(ip, server);
        self.homes.extend(home.map(|home| (server, home)));
    }

    /// The server that has an address, or gets it: the last one that runs the service, or another one, if it has no
    /// address in that subnet yet.
    fn server(&mut self, ip: Ipv4Addr, last: Option<usize>, used: &Used, home: Option<usize>) -> usize {
        if let Some(at) = self.by_ip.get(&ip) {
            return *at;
        }
        // With an address in the subnet, it would be used there for its other services as well.
        let is_used = |at: usize| used.values().any(|used| self.by_ip.get(used) == Some(&at));
        let is_free =
            |at: &usize| home.is_some_and(|home| !self.homes.contains(&(*at, home))) && !is_used(*at);
        let at = last.or(Some(0)).filter(is_free).unwrap_or(self.servers.len());
        self.add(at, ip, home);
        at
    }

    /// The value of `boot_server` of a subnet.
    fn boot_server(&self, used: &Used) -> Option<usize> {
        let of = |ip: &Ipv4Addr| self.by_ip.get(ip).copied();
        let first = |service: &str| self.services.get(service).and_then(|servers| servers.first()).copied();
        used.iter().find_map(|(service, ip)| of(ip).filter(|at| first(service) != Some(*at)))
    }

    /// Whether a subnet's clients get from `boot_server` what the file says.
    pub fn says_all(&self) -> bool {
        self.servers.len() > 1 || self.servers.iter().any(|ips| ips.len() > 1) || self.url.is_some()
    }

    /// Writes the boot files of a subnet as they are on the first server: `own` in place of its own address, and the
    /// path of a loader that UEFI's HTTP boot gets from it.
    pub fn spoken(&self, boot: &mut Boot, subnet: usize, own: Ipv4Addr) {
        if let Some(root) = self.roots.get(subnet).and_then(Option::as_deref) {
            for file in boot.ipxe.iter_mut().flatten() {
                if let Some(path) = file.strip_prefix(root).filter(|path| path.starts_with('/')) {
                    *file = format!("http://{own}{path}").into();
                }
            }
            for info in &CLIENT_KINDS {
                let below = |file: &str| {
                    let path = file.strip_prefix(root)?.strip_prefix('/')?.strip_prefix(TFTP_PREFIX)?;
                    path.strip_prefix('/').map(Rc::from)
                };
                let path = boot.loader(info.kind).and_then(below).filter(|_| info.loads_like.is_some());
                if let (Some(path), Some(file)) = (path, boot.loaders.get_mut(info.kind as usize)) {
                    *file = Some(path);
                }
            }
        }
        if let Some(server) = &mut boot.next_server
            && ipv4(server).is_ok_and(|ip| self.by_ip.contains_key(&ip))
        {
            *server = own.to_string().into();
        }
    }

    /// Writes the servers and where services run; `name` is that of the first.
    pub fn write(&self, draft: &mut Draft, subnets: &[Subnet<'_, '_>], is_pair: bool) {
        let own = draft.server.clone();
        let name = |at: usize| if at == 0 { own.clone() } else { format!("{own}-{}", at + 1) };
        let by_address = ByAddress::new(subnets);
        for (at, ips) in self.servers.iter().enumerate() {
            let server = draft.site.map("servers").map(&name(at));
            let ips = ips.iter().map(|ip| {
                let home = by_address.find(subnets, *ip);
                let prefix = home.map(|subnet| format!("/{}", subnet.cidr.prefix())).unwrap_or_default();
                format!("{ip}{prefix}").into()
            });
            server.set("ip", Value::one_or_list(ips.collect()));
        }
        if let Some(url) = &self.url {
            draft.site.map("http").set("url", url.as_str());
        }
        // The options name each service that runs, or none of them.
        for service in ["nfs", "smb"] {
            if self.named && !self.services.contains_key(service) && draft.site.get(service).is_none() {
                draft.site.set(service, "none");
            }
        }
        if self.servers.len() == 1 {
            return;
        }
        for (service, servers) in &self.services {
            if !matches!(draft.site.get(service), None | Some(Value::Map(_))) {
                continue;
            }
            let map = draft.site.map(service);
            map.remove("server");
            let names: Vec<Value> = servers.iter().map(|at| Value::from(name(*at))).collect();
            match names.as_slice() {
                [only] => map.set("server", only.clone()),
                _ => map.set("servers", Value::List(names)),
            };
        }
        if !is_pair {
            draft.site.map("dhcp").set("server", name(0));
        }
    }

    /// The name of the boot server of a subnet, if it needs one.
    pub fn boot_server_of(&self, subnet: usize, own: &str) -> Option<String> {
        let at = (*self.of_subnets.get(subnet)?)?;
        Some(if at == 0 { own.to_owned() } else { format!("{own}-{}", at + 1) })
    }
}

/// The text of one of iPXE's options in a subnet.
fn option(scopes: &Scopes<'_, '_>, subnet: &Subnet<'_, '_>, name: &str) -> Option<String> {
    let scopes = subnet.scopes.iter().filter_map(|at| scopes.all.get(*at)?.head);
    let mut statements = scopes.flat_map(|head| head.block.iter().flatten());
    let found = statements.rfind(|statement| statement.begins(&["option", "ipxe", ".", name]))?;
    String::from_utf8(found.tokens.last()?.decoded()).ok()
}

fn addresses(scopes: &Scopes<'_, '_>, subnet: &Subnet<'_, '_>) -> Used {
    let mut used = Used::new();
    for (service, name) in SERVICES.iter().filter(|(service, _)| *service != "http") {
        let ip = option(scopes, subnet, name).and_then(|text| ipv4(&text).ok());
        used.extend(ip.map(|ip| (*service, ip)));
    }
    used
}

/// The HTTP root from which UEFI's HTTP boot gets the loader of an `efi_` kind.
fn root_of_loaders(boot: &Boot) -> Option<String> {
    CLIENT_KINDS.iter().find_map(|info| {
        let path = format!("/{TFTP_PREFIX}/{}", boot.loader(info.loads_like?)?);
        boot.loader(info.kind)?.strip_suffix(&path).map(str::to_owned)
    })
}

/// The URL in front of the script's path, as far as the host.
fn root_of_script(boot: &Boot) -> Option<String> {
    let script = boot.ipxe.first()?.as_deref()?;
    let host = host_of(script)?;
    Some(format!("http://{host}")).filter(|root| script.starts_with(root.as_str()))
}

/// The host of a URL, with its port.
fn host_of(url: &str) -> Option<&str> {
    url.split_once("://")?.1.split('/').next()
}
