//! A DHCPDISCOVER (RFC 2131), the only message that is ever sent.

use std::net::Ipv4Addr;

/// The first bytes of the options (RFC 2131, 3).
pub(super) const COOKIE: [u8; 4] = [99, 130, 83, 99];

/// A request for offers, of a client or of a relay on its behalf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discover {
    /// The client's MAC address, which need not be the card's.
    pub mac: [u8; 6],
    /// The options by code, without the message's type; longer values than 255 bytes are cut.
    pub options: Vec<(u8, Vec<u8>)>,
    /// The address of the relay that forwards the request.
    pub relay: Option<Ipv4Addr>,
}

impl Discover {
    /// The message. The answer is asked for by broadcast, because nobody has the client's address.
    #[must_use]
    pub fn message(&self, number: u32) -> Vec<u8> {
        let relay = self.relay.unwrap_or(Ipv4Addr::UNSPECIFIED);
        let mut message = vec![1, 1, 6, u8::from(self.relay.is_some())];
        message.extend(number.to_be_bytes());
        message.extend([0, 0, 0x80, 0]);
        // The client's, the offered and the server's address.
        message.extend([0; 12]);
        message.extend(relay.octets());
        message.extend(self.mac);
        // The rest of the MAC address, the server's name and the file.
        message.extend([0; 10 + 64 + 128]);
        message.extend(COOKIE);
        message.extend([53, 1, 1]);
        for (code, value) in &self.options {
            let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
            message.extend([*code, length]);
            message.extend(value.iter().take(usize::from(length)));
        }
        message.push(255);
        // BOOTP's shortest message (RFC 1542, 2.1).
        message.resize(message.len().max(300), 0);
        message
    }
}

#[cfg(test)]
mod tests {
    use super::Discover;
    use crate::wire::Offer;

    #[test]
    fn it_is_a_discover_and_nothing_else() {
        let discover = Discover {
            mac: [2, 0, 0, 0, 0, 1],
            options: vec![(60, b"PXEClient".to_vec()), (55, vec![7; 300])],
            relay: None,
        };
        let message = discover.message(0x0102_0304);
        assert_eq!(&message[..12], &[1, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0x80, 0]);
        assert_eq!(&message[236..243], &[99, 130, 83, 99, 53, 1, 1]);
        assert_eq!(message.last(), Some(&255));
        // A request is no offer.
        assert_eq!(Offer::read(&message), None);
    }
}
