//! iPXE's options are sent inside DHCP option 175, and iPXE reads 255 bytes of it. dhcpd splits a longer one (RFC
//! 3396), and iPXE reads only the first part.
//!
//! The bytes are counted per subnet, and per host together with its subnet. Evidence: seen on the wire with ISC
//! DHCP 4.4.3; src/net/dhcpopts.c of iPXE has one length byte.
//!
//! Fails: a `scriptlet` of 300 bytes.
//!
//! Passes:
//! ```yaml passes
//! ipxe: { scriptlet: "chain http://10.0.0.200/own.ipxe" }
//! ```

use foldhash::HashSet;

use crate::model::{Handout, Host, IPXE_OPTIONS, IpxeType, IpxeValue, Service, Site, Subnet};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

/// How many bytes of an option iPXE reads.
const MOST: usize = 255;

pub static RULE: Rule = Rule {
    kind: FindingKind::error("ipxe-options-too-long", "iPXE's options do not fit into DHCP option 175"),
    cost: Cost::Medium,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let none = Handout::default();
    let sent = addresses_that_differ(site);
    for subnet in site.subnets.iter().filter(|subnet| subnet.boots()) {
        let length = length(subnet, &none, &sent);
        if length > MOST {
            let message = format!(
                "iPXE's options of the subnet `{}` take {length} bytes of DHCP option 175",
                subnet.name.value
            );
            found.push(subnet.name.span, message, |finding| {
                finding.help(format!(
                    "iPXE reads {MOST} of them: shorten the texts in `ipxe`, or put them into the script"
                ))
            });
        }
    }
    for class in &site.classes {
        let own = &class.handout;
        if own.ipxe.is_empty() && own.boot.is_none() && own.autoboot.is_none() && own.vars.is_empty() {
            continue;
        }
        let mut subnets = class.here.iter().filter_map(|here| site.subnets.get(here.subnet));
        let too_long = subnets.find_map(|subnet| {
            let length = length(subnet, own, &sent);
            let is_class = length > MOST && self::length(subnet, &none, &sent) <= MOST;
            (subnet.boots() && is_class).then_some((subnet, length))
        });
        if let Some((subnet, length)) = too_long {
            let name = &class.name;
            let message = format!(
                "iPXE's options of the class `{}` take {length} bytes of DHCP option 175",
                name.value
            );
            found.push(name.span, message, |finding| {
                let finding = finding.and(subnet.name.span, "with those of this subnet");
                finding.help(format!(
                    "iPXE reads {MOST} of them: shorten the texts in `ipxe`, or put them into the script"
                ))
            });
        }
    }
    let mut seen = HashSet::default();
    let any_more = site.disks_with_more().next().is_some();
    let mut last = None;
    for host in &site.hosts {
        // The account and further portals of a disk belong to one host.
        let disk = if any_more { of_disk(host) } else { 0 };
        let settings = (host.profile, host.subnet);
        if disk == 0 && (last.replace(settings) == Some(settings) || !seen.insert(settings)) {
            continue;
        }
        let Some(profile) = site.profile(host) else { continue };
        let own = &profile.handout;
        if own.ipxe.is_empty() && own.boot.is_none() && own.vars.is_empty() && disk == 0 {
            continue;
        }
        let subnets = site
            .subnets
            .iter()
            .enumerate()
            .filter(|(at, subnet)| subnet.boots() && host.subnet.is_none_or(|own| own as usize == *at));
        for (_, subnet) in subnets {
            let length = length(subnet, own, &sent) + disk;
            if length > MOST && self::length(subnet, &none, &sent) <= MOST {
                let message = format!(
                    "iPXE's options of the host `{}` take {length} bytes of DHCP option 175",
                    host.name
                );
                found.push(host.span, message, |finding| {
                    let finding = finding.and(subnet.name.span, "with those of this subnet");
                    finding.help(format!(
                        "iPXE reads {MOST} of them: shorten the texts in `ipxe`, or put them into the script"
                    ))
                });
                break;
            }
        }
    }
}

/// The bytes of option 175 that a host's disk takes beyond its root-path.
fn of_disk(host: &Host<'_>) -> usize {
    let Some((disk, more)) = host.disk().and_then(|disk| Some((disk, disk.more.as_ref()?))) else { return 0 };
    let accounts = more.chap.iter().chain(&more.reverse_chap);
    let accounts: usize = accounts.map(|chap| 4 + chap.user.len() + chap.password.reveal().len()).sum();
    let portals: usize = more.portals.iter().map(|portal| 2 + portal.to_string().len()).sum();
    accounts + if portals > 0 { portals + 2 + disk.behind_portal().len() } else { 0 }
}

/// The services whose addresses DHCP sends, because subnets differ in them.
fn addresses_that_differ(site: &Site<'_>) -> Vec<Service> {
    let addresses = || site.subnets.iter().filter(|at| at.boots()).map(|at| &at.addresses);
    let services = Service::IN_SCRIPTS.iter().map(|(service, ..)| *service);
    let pairs = || addresses().zip(addresses().skip(1));
    services.filter(|service| pairs().any(|(one, next)| !one.agree(next, *service))).collect()
}

/// The bytes of option 175 for a client of a subnet, with further options.
fn length(subnet: &Subnet, own: &Handout, sent: &[Service]) -> usize {
    let mut length = 0;
    let outer =
        subnet.handout.ipxe.iter().filter(|(name, _)| !own.ipxe.iter().any(|(inner, _)| inner == name));
    for (name, value) in outer.chain(&own.ipxe) {
        length += 2 + match &value.value {
            IpxeValue::Text(text) => text.len(),
            IpxeValue::Secret(secret) => secret.reveal().len(),
            IpxeValue::Hex(hex) => hex.split(':').count(),
            IpxeValue::Number(_) => {
                let wide =
                    IPXE_OPTIONS.iter().any(|option| option.dhcpd == *name && option.is == IpxeType::U32);
                if wide { 4 } else { 1 }
            }
        };
    }
    length += own.boot.as_ref().or(subnet.handout.boot.as_ref()).map_or(0, |boot| 2 + boot.value.len());
    length += own.autoboot.as_ref().or(subnet.handout.autoboot.as_ref()).map_or(0, |_| 3);
    let outer =
        subnet.handout.vars.iter().filter(|(name, _)| !own.vars.iter().any(|(known, _)| known == name));
    length += outer.chain(&own.vars).map(|(_, value)| 2 + value.value.len()).sum::<usize>();
    let addresses = sent.iter().filter_map(|service| subnet.addresses.of(*service));
    length += addresses.map(|address| 2 + address.len()).sum::<usize>();
    length
}
