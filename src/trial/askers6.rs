//! Those who ask a DHCPv6 server in the network of its clients.

use anyhow::{Context as _, Result};

use super::network::Network;
use crate::wire::{Asker6, Interface};

/// One for each interface of the clients, and one for relays, each with a socket that is opened when it is needed.
pub(super) struct Askers6<'n> {
    network: &'n Network,
    all: Vec<(Option<usize>, Asker6)>,
}

impl<'n> Askers6<'n> {
    /// Nobody asks yet.
    pub(super) const fn new(network: &'n Network) -> Self {
        Self { network, all: Vec::new() }
    }

    /// The one at an interface; `None` for relays.
    ///
    /// # Errors
    /// If its socket cannot be opened.
    pub(super) fn at(&mut self, nic: Option<usize>) -> Result<&mut Asker6> {
        let at = match self.all.iter().position(|(known, _)| *known == nic) {
            Some(at) => at,
            None => {
                let interface = Interface { name: self.network.client_of(nic), mac: String::new() };
                let asker = Asker6::new(&interface, nic.is_none(), 0);
                self.all.push((nic, asker.with_context(|| format!("cannot ask by {}", interface.name))?));
                self.all.len() - 1
            }
        };
        self.all.get_mut(at).map(|(_, asker)| asker).context("no way to the server")
    }
}
