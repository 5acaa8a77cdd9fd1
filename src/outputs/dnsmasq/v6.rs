//! DHCPv6: the subnets' `cidr6`, in the same file.
//!
//! Hosts have a line of their own with `tag:dhcpv6`, a tag that dnsmasq gives to every client of DHCPv6: a line with an
//! IPv4 address alone is for no client of DHCPv6 (`is_config_in_context` in dhcp-common.c of 2.90). dnsmasq knows a
//! client by the MAC address of its card, dhcpd and Kea by that in its DUID.

use std::collections::BTreeSet;
use std::net::Ipv6Addr;

use anyhow::Result;

use super::config::{Config, Lines, put, quoted};
use super::tags::{ANY_KNOWN, NO_BOOT};
use crate::dhcp::{Policy6, SubnetScope6};
use crate::model::ClientKind;

/// The tag of iPXE.
const IPXE: &str = "kind6-ipxe";

fn tag(kind: ClientKind) -> String {
    format!("kind6-{}", kind.name())
}

/// Whether clients of a kind get a URL. UEFI's HTTP boot wants option 16, which dnsmasq cannot send: it takes each text
/// of a list with its length in front, and an enterprise number is none (`parse_dhcp_opt` in option.c).
fn serves(kind: ClientKind) -> bool {
    kind.info().loads_like.is_none()
}

impl Config<'_, '_> {
    /// The lines for DHCPv6; none where no subnet has a `cidr6`.
    pub(super) fn v6(&self, lines: &mut Lines<'_>) -> Result<()> {
        let policy = Policy6::new(self.policy.site);
        if policy.subnets.is_empty() {
            return Ok(());
        }
        put!(lines, "\n# DHCPv6: the user class, and the first value of option 61.")?;
        put!(lines, "dhcp-match=set:{IPXE},option6:user-class,iPXE")?;
        let loaders = policy.subnets.iter().flat_map(|scope| &scope.v6.loaders);
        let kinds: BTreeSet<ClientKind> =
            loaders.map(|(kind, _)| *kind).filter(|kind| serves(*kind)).collect();
        for kind in kinds {
            for arch in kind.arch_numbers() {
                let [high, low] = arch.to_be_bytes();
                put!(lines, "dhcp-match=set:arch6-{arch},option6:61,{high:02x}:{low:02x}")?;
                put!(lines, "tag-if=set:{},tag:!{IPXE},tag:arch6-{arch}", tag(kind))?;
            }
        }
        for scope in &policy.subnets {
            self.subnet6(&policy, scope, lines)?;
        }
        put!(lines, "")?;
        for host in policy.hosts(|_| false) {
            let profile = self.tags.profiles.get(host.profile as usize).and_then(Option::as_ref);
            let tags = profile.map_or_else(String::new, |profile| format!(",set:{profile}"));
            let macs = host.cards().flat_map(|card| card.macs).map(|mac| mac.value.to_string());
            let macs: Vec<String> = macs.collect();
            let ip = host.ip6.as_ref().map_or_else(String::new, |ip| format!(",[{}]", ip.value));
            put!(lines, "dhcp-host=tag:dhcpv6,{}{tags}{ip}", macs.join(","))?;
        }
        Ok(())
    }

    fn subnet6(&self, policy: &Policy6<'_>, scope: &SubnetScope6<'_>, lines: &mut Lines<'_>) -> Result<()> {
        let name = &scope.subnet.name.value;
        let (tag_of_net, cidr) = (format!("net6-{name}"), scope.v6.cidr.value);
        let end = format!("{},{}", cidr.prefix(), policy.lease_time());
        put!(lines, "\n# {name}, IPv6")?;
        let filter =
            if scope.subnet.unknown_clients.value { String::new() } else { format!("tag:{ANY_KNOWN},") };
        // A client that asks for options only has the tag of the subnet if there is one line (`DHCP6IREQ` in rfc3315.c of
        // 2.90). Hosts get their address whatever the range is, and nobody else gets it (`address6_allocate`).
        let ranges = scope.ranges_with_hosts(policy.site);
        // Of several lines it has none, and all clients of DHCPv6 are in the only subnet.
        let is_only = policy.subnets.len() == 1 && ranges.len() > 1;
        let tag_of_clients = if is_only { "dhcpv6" } else { tag_of_net.as_str() };
        let begin = format!("dhcp-option=tag:{tag_of_clients}");
        if ranges.is_empty() {
            put!(lines, "dhcp-range=set:{tag_of_net},{},static,{end}", cidr.network())?;
        }
        for range in ranges {
            put!(lines, "dhcp-range={filter}set:{tag_of_net},{},{},{end}", range.low, range.high)?;
        }
        if !scope.v6.dns.is_empty() {
            // Where dnsmasq answers DNS, it names itself to a client that gets no such option from a line, and one that
            // does not ask for it gets none (`add_options` in rfc3315.c of 2.90).
            let force = if self.answers_dns() { "-force" } else { "" };
            let ips = scope.v6.dns.iter().map(|ip: &Ipv6Addr| format!("[{ip}]")).collect::<Vec<_>>();
            put!(lines, "dhcp-option{force}=tag:{tag_of_clients},option6:dns-server,{}", ips.join(","))?;
        }
        let domains: Vec<&str> = scope.domains().into_iter().filter(|domain| !domain.is_empty()).collect();
        if !domains.is_empty() {
            put!(lines, "{begin},option6:domain-search,{}", domains.join(","))?;
        }
        let Some(urls) = scope.files else { return Ok(()) };
        let known = if scope.known_only { format!(",tag:{ANY_KNOWN}") } else { String::new() };
        let boots = if self.tags.no_boot { format!(",tag:!{NO_BOOT}") } else { String::new() };
        let loaders = urls.loaders.iter().rev().filter(|(kind, _)| serves(*kind));
        let loaders = loaders.map(|(kind, url)| (tag(*kind), url.as_str()));
        for (kind, url) in loaders.chain(urls.script.map(|url| (IPXE.to_owned(), url))) {
            put!(lines, "{begin}{known}{boots},tag:{kind},option6:bootfile-url,{}", quoted(url)?)?;
        }
        Ok(())
    }

    /// Whether known clients are treated differently by IPv6.
    pub(super) fn known_counts_by_v6(&self) -> bool {
        Policy6::new(self.policy.site).known_counts()
    }
}
