//! A client's DHCPDISCOVER.

use std::net::Ipv4Addr;

use crate::dhcp::Client;
use crate::wire::Discover;

/// The relay that a request comes through.
#[derive(Clone, Copy, Debug)]
pub struct Relay {
    /// Its address, which the answer goes to.
    pub address: Ipv4Addr,
    /// The network of the client, if the relay's address is not in it (RFC 3527).
    pub network: Option<Ipv4Addr>,
}

/// The request of a client. It asks for every option, so that nothing is left out that the site says.
#[must_use]
pub fn discover(client: &Client, relay: Option<Relay>) -> Discover {
    let mut options = vec![(57, 1472_u16.to_be_bytes().to_vec())];
    let mut add = |code: u8, value: Vec<u8>| {
        if !value.is_empty() {
            options.push((code, value));
        }
    };
    add(60, client.vendor_class.clone().into_bytes());
    add(61, client.client_id.clone());
    add(77, client.user_class.clone());
    add(93, client.arch.iter().flat_map(|arch| arch.to_be_bytes()).collect());
    if !client.arch.is_empty() {
        // UNDI 3.16 (RFC 4578).
        add(94, vec![1, 3, 16]);
    }
    add(97, client.uuid.clone());
    // 52 is the server's, for its own fields.
    add(55, (1..=254).filter(|code| *code != 52).collect());
    let network = relay.and_then(|relay| relay.network).map(|network| network.octets().to_vec());
    let parts =
        [(1, client.circuit_id.clone()), (2, client.remote_id.clone()), (5, network.unwrap_or_default())];
    let agent = parts.iter().filter(|(_, value)| !value.is_empty()).flat_map(|(code, value)| {
        [*code, u8::try_from(value.len()).unwrap_or(u8::MAX)].into_iter().chain(value.iter().copied())
    });
    // The last one (RFC 3046, 2.1).
    add(82, agent.collect());
    Discover { mac: client.mac, options, relay: relay.map(|relay| relay.address) }
}
