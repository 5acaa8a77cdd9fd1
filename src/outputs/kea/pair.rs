//! A failover pair as Kea has it: the hook libdhcp_ha, by which each server tells the other of its leases over HTTP.
//!
//! In hot-standby the first server answers, and the second one takes over. In load-balancing each answers half of the
//! clients from its own half of each range, since neither asks the other before it gives an address. Kea would take
//! over only after several clients of the other server got no answer, which in a small site may be never: PXE ROMs
//! leave the field at 0 by which Kea sees that a client waits. So it takes over as soon as the other is silent.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::KeaVersion;
use crate::model::{Dhcp, Failover, Range, Site};

/// The pair, as one of the two sees it.
pub(in super::super) struct Pair<'s> {
    failover: &'s Failover,
    /// The name and the address of this server.
    pub own: (&'s str, Ipv4Addr),
    /// Both servers, the first is the primary, each with its port. The DHCPv6 server has the next port.
    pub servers: [(&'s str, Ipv4Addr, u16); 2],
}

impl<'s> Pair<'s> {
    pub(in super::super) fn of(site: &'s Site<'_>, dhcp: &'s Dhcp, server: usize) -> Option<Self> {
        let failover = dhcp.failover.as_ref()?;
        let machine = |at: usize| {
            let server = site.servers.get(at)?;
            Some((server.name.as_str(), server.ips.first()?.value))
        };
        let [first, second] = *dhcp.servers.as_slice() else { return None };
        let ((one, one_ip), (two, two_ip)) = (machine(first)?, machine(second)?);
        let servers = [(one, one_ip, failover.port.value), (two, two_ip, failover.peer_port.value)];
        Some(Self { failover, own: machine(server)?, servers })
    }

    /// This server's port for the other one.
    pub(in super::super) fn port(&self) -> u16 {
        let own = self.servers.iter().find(|(name, ..)| *name == self.own.0);
        own.map_or(self.failover.port.value, |(.., port)| *port)
    }

    /// Whether both answer.
    pub(in super::super) fn shares_load(&self) -> bool {
        self.failover.split.as_ref().is_some_and(|split| split.value == 128)
    }

    /// The hooks.
    pub(in super::super) fn hooks(&self, version: KeaVersion, is_v6: bool) -> [Value; 2] {
        let shares_load = self.shares_load() && !is_v6;
        let seconds = u64::from(self.failover.max_response_delay.value)
            + self.failover.auto_partner_down.as_ref().map_or(0, |time| u64::from(time.value));
        let roles = ["primary", if shares_load { "secondary" } else { "standby" }];
        let peers = self.servers.iter().zip(roles).map(|((name, ip, port), role)| {
            let port = port.saturating_add(u16::from(is_v6));
            json!({ "name": name, "url": format!("http://{ip}:{port}/"), "role": role, "auto-failover": true })
        });
        let mut parameters = json!({
            "this-server-name": self.own.0,
            "mode": if shares_load { "load-balancing" } else { "hot-standby" },
            // Six beats until a server counts as down.
            "heartbeat-delay": (seconds * 1000 / 6).max(500),
            "max-response-delay": seconds * 1000,
            "max-unacked-clients": 0,
            // Without threads of its own it would need a separate program to listen (Kea 2.2).
            "multi-threading": { "enable-multi-threading": true, "http-dedicated-listener": true },
            "peers": peers.collect::<Vec<_>>(),
        });
        if let Some(time) = &self.failover.load_balance_max {
            parameters["max-ack-delay"] = json!(u64::from(time.value) * 1000);
        }
        [
            json!({ "library": version.hook("libdhcp_lease_cmds.so") }),
            json!({
                "library": version.hook("libdhcp_ha.so"),
                "parameters": { "high-availability": [parameters] },
            }),
        ]
    }

    /// The halves of a range, each with the name of the server that gives its addresses.
    pub(super) fn halves(&self, range: Range) -> Vec<(&'s str, Ipv4Addr, Ipv4Addr)> {
        let (low, high) = (u32::from(range.low), u32::from(range.high));
        let middle = low + (high - low) / 2;
        let [(one, ..), (two, ..)] = self.servers;
        let mut halves = vec![(one, range.low, Ipv4Addr::from(middle))];
        if middle < high {
            halves.push((two, Ipv4Addr::from(middle + 1), range.high));
        }
        halves
    }
}

/// The class by which libdhcp_ha marks clients that a server answers.
pub(super) fn class_of(server: &str) -> String {
    format!("HA_{server}")
}
