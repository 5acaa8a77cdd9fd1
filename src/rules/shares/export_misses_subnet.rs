//! ipxegen exports the folder that a boot entry mounts over NFS to every subnet that can boot the entry, and a
//! host's root folder to that host. An export written by hand replaces the derived one and can exclude some of
//! them. Such a client boots the kernel and then waits for its root.
//!
//! Names and netgroups can be any client, so an export to one of them is not reported. Evidence: exports(5); the
//! client shows "mount: access denied by server", exportfs prints nothing.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24 }, lab: { cidr: 10.0.1.0/24 } }
//! nfs: { exports: [{ path: /srv/tftp/ubuntu, clients: 10.0.0.0/24 }] }
//! boot_entries: { ubuntu: { kind: casper, dir: ubuntu } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24 }, lab: { cidr: 10.0.1.0/24 } }
//! nfs: { exports: [{ path: /srv/tftp/ubuntu, clients: [10.0.0.0/24, 10.0.1.0/24] }] }
//! boot_entries: { ubuntu: { kind: casper, dir: ubuntu } }
//! ```

use std::net::Ipv4Addr;

use foldhash::HashMap;

use crate::model::{Cidr, Export, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("export-misses-subnet", "an export excludes clients that mount it"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(nfs) = &site.nfs else { return };
    // Derived exports have all clients.
    let mut given: HashMap<&str, (&Export, Vec<Cidr>)> = HashMap::default();
    for export in nfs.exports.iter().filter(|export| export.because.is_none()) {
        if let Some(nets) = networks(export) {
            given.insert(export.path.as_str(), (export, nets));
        }
    }
    if given.is_empty() {
        return;
    }
    for entry in &site.entries {
        let Some((export, nets)) = entry.nfs_path.as_ref().and_then(|path| given.get(path.as_str())) else {
            continue;
        };
        for subnet in site.subnets.iter().filter(|subnet| subnet.boots()) {
            let cidr = subnet.cidr.value;
            if nets.iter().any(|net| net.contains(cidr.network()) && net.contains(cidr.broadcast())) {
                continue;
            }
            let message = format!(
                "`{}` is not exported to all of the subnet `{}`, which can boot `{}`",
                export.path, subnet.name.value, entry.id
            );
            found.push(export.span, message, |finding| {
                let finding = finding.and(subnet.cidr.span, "the subnet").and(entry.span, "mounts it");
                finding.help(format!(
                    "add {cidr} to its `clients`, or remove `clients` to export it to every subnet"
                ))
            });
        }
    }
    for (host, _, path) in site.nfs_roots() {
        let Some((export, nets)) = given.get(path.path) else { continue };
        for ip in host.ips().filter(|ip| !nets.iter().any(|net| net.contains(ip.value))) {
            let message = format!("`{}` is not exported to {ip}, the host `{}`", export.path, host.name);
            found.push(export.span, message, |finding| {
                let finding = finding.cause(export.span.start.into(), "host", host.name);
                finding.and(ip.span, "mounts it as its root").help(format!("add {ip} to its `clients`"))
            });
        }
    }
}

/// The networks of an export's clients; `None` if one is a name, which can be any client.
fn networks(export: &Export) -> Option<Vec<Cidr>> {
    let mut nets = Vec::new();
    for client in &export.clients {
        let (address, prefix) = client.value.split_once('/').unwrap_or((&client.value, "32"));
        let address: Ipv4Addr = address.parse().ok()?;
        let prefix = match prefix.parse::<u8>() {
            Ok(prefix) => prefix,
            Err(_) => u32::from(prefix.parse::<Ipv4Addr>().ok()?).leading_ones() as u8,
        };
        nets.push(Cidr::around(address, prefix)?);
    }
    Some(nets)
}
