//! The clients for which the switch is run: every kind that a site can tell apart, as a host of the site and as a
//! stranger.

use std::sync::LazyLock;

use super::super::expression::Sent;
use crate::dhcp::Client;
use crate::model::{CLIENT_KINDS, ClientKind};

/// A client.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Its place in [`ASKERS`].
    pub number: usize,
    /// Its name, for people.
    pub name: String,
    /// Its request.
    pub client: Client,
    /// The program that asks.
    pub who: Who,
    /// Whether it has a host declaration.
    pub known: bool,
}

impl Asker {
    /// Its request.
    pub const fn sent(&self) -> Sent<'_> {
        Sent { client: &self.client, known: self.known }
    }
}

/// The program that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A client that does not boot from the network.
    Plain,
    /// Firmware of a kind.
    Firmware(ClientKind),
    /// iPXE, started by firmware with this value of option 93.
    Ipxe(u16),
}

/// All of them: first the strangers, then the hosts in the same order.
pub static ASKERS: LazyLock<Vec<Asker>> = LazyLock::new(askers);

fn askers() -> Vec<Asker> {
    let kinds = Client::plain(0, [0; 6]).kinds();
    let who = |client: &Client| {
        if client.is_ipxe() {
            return Who::Ipxe(client.arch.first().copied().unwrap_or_default());
        }
        let kind = CLIENT_KINDS.iter().find(|info| client.is(info.kind));
        kind.map_or(Who::Plain, |info| Who::Firmware(info.kind))
    };
    let all = |known: bool| {
        let before = if known { kinds.len() } else { 0 };
        kinds.iter().enumerate().map(move |(at, (name, client))| Asker {
            number: before + at,
            name: name.clone(),
            who: who(client),
            client: client.clone(),
            known,
        })
    };
    all(false).chain(all(true)).collect()
}
