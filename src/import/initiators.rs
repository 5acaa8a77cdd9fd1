//! The initiator names of hosts, which the site sends where the files do not.
//!
//! iPXE makes its initiator name from the host name of DHCP or, without one, from the UUID of the machine. A target lets in
//! known names only, and nobody knows the UUIDs, so ipxegen sends a host without a host name the initiator name in option
//! 203. The files that were imported do not: the target has to know the new name.

use super::{Imported, Origin};
use crate::dhcp;
use crate::model::{Host, Site, Subnet};

/// Adds a remark if the site sends initiator names that no file does. `origin` is the statement that a host comes from.
pub fn compare(imported: &mut Imported, site: &Site<'_>, origin: impl Fn(&Host<'_>) -> Option<Origin>) {
    let boots = |host: &Host<'_>| match host.subnet {
        Some(at) => site.subnets.get(at as usize).is_some_and(Subnet::boots),
        None => site.subnets.iter().any(Subnet::boots),
    };
    let new = |host: &Host<'_>| match host.disk() {
        Some(disk) if disk.initiator.is_none() && boots(host) => dhcp::initiator(host),
        _ => None,
    };
    let mut hosts = site.hosts.iter().filter_map(|host| Some((host, new(host)?)));
    let Some((first, initiator)) = hosts.next() else { return };
    let Some(origin) = origin(first) else { return };
    let more = match hosts.count() {
        0 => String::new(),
        1 => "; and 1 more host".to_owned(),
        more => format!("; and {more} more hosts"),
    };
    let text = format!(
        "the site sends the host `{}` the initiator name `{initiator}` (option 203), and the files send it neither that nor a \
         host name, without which iPXE makes the name from the UUID of the machine: register the new name at the target, or \
         set `initiator` of its root-path{more}",
        first.name
    );
    imported.coverage.remark(origin, text);
}
