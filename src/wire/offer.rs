//! A DHCPOFFER, as a server that may be hostile sends it.

use std::net::Ipv4Addr;

use super::discover::COOKIE;

/// An offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The number of the request.
    pub number: u32,
    /// The client's MAC address.
    pub mac: [u8; 6],
    /// The offered address; that of a proxy is 0.0.0.0.
    pub address: Ipv4Addr,
    /// The boot server.
    pub next_server: Ipv4Addr,
    /// The server's name, up to the first NUL.
    pub server_name: Vec<u8>,
    /// The boot file, up to the first NUL.
    pub file: Vec<u8>,
    /// The options by code, the pieces of one joined (RFC 3396).
    pub options: Vec<(u8, Vec<u8>)>,
}

impl Offer {
    /// Reads a message; `None` if it is no offer, or broken.
    #[must_use]
    pub fn read(message: &[u8]) -> Option<Self> {
        let address = |at: usize| {
            let octets: [u8; 4] = message.get(at..at + 4)?.try_into().ok()?;
            Some(Ipv4Addr::from(octets))
        };
        if message.first() != Some(&2) || message.get(236..240)? != COOKIE {
            return None;
        }
        let (name, file) = (message.get(44..108)?, message.get(108..236)?);
        let mut options = Vec::new();
        collect(message.get(240..)?, &mut options);
        // RFC 2132, 9.3: the fields of the file and of the server's name may hold options, each once.
        let overload = option(&options, 52).and_then(|value| value.first().copied()).unwrap_or(0);
        let mut file = until_nul(file);
        if overload & 1 != 0 {
            collect(message.get(108..236)?, &mut options);
            file = option(&options, 67).map(until_nul).unwrap_or_default();
        }
        let mut server_name = until_nul(name);
        if overload & 2 != 0 {
            collect(name, &mut options);
            server_name = option(&options, 66).map(until_nul).unwrap_or_default();
        }
        options.retain(|(code, _)| *code != 52);
        (option(&options, 53) == Some(&[2])).then_some(())?;
        Some(Self {
            number: u32::from(address(4)?),
            mac: message.get(28..34)?.try_into().ok()?,
            address: address(16)?,
            next_server: address(20)?,
            server_name,
            file,
            options,
        })
    }

    /// The value of an option.
    #[must_use]
    pub fn option(&self, code: u8) -> Option<&[u8]> {
        option(&self.options, code)
    }

    /// The server's address as it says it: option 54.
    #[must_use]
    pub fn server(&self) -> Option<Ipv4Addr> {
        let octets: [u8; 4] = self.option(54)?.try_into().ok()?;
        Some(Ipv4Addr::from(octets))
    }
}

fn option(options: &[(u8, Vec<u8>)], code: u8) -> Option<&[u8]> {
    options.iter().find(|(known, _)| *known == code).map(|(_, value)| value.as_slice())
}

fn until_nul(bytes: &[u8]) -> Vec<u8> {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

/// Adds the options of a field. What is cut off at the end is left out.
fn collect(mut field: &[u8], into: &mut Vec<(u8, Vec<u8>)>) {
    while let Some((code, rest)) = field.split_first() {
        match *code {
            0 => field = rest,
            255 => return,
            code => {
                let Some((length, rest)) = rest.split_first() else { return };
                let Some((value, rest)) = rest.split_at_checked(usize::from(*length)) else { return };
                match into.iter_mut().find(|(known, _)| *known == code) {
                    Some((_, whole)) => whole.extend(value),
                    None => into.push((code, value.to_vec())),
                }
                field = rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Offer;
    use crate::wire::discover::COOKIE;

    fn message(options: &[u8], file: &[u8]) -> Vec<u8> {
        let mut message = vec![0; 236];
        message[0] = 2;
        message[108..108 + file.len()].copy_from_slice(file);
        message.extend(COOKIE);
        message.extend(options);
        message
    }

    #[test]
    fn pieces_of_an_option_are_joined_and_fields_hold_options() {
        let field = b"\x43\x04a.0\0\xff";
        let offer = Offer::read(&message(&[53, 1, 2, 43, 1, 1, 52, 1, 1, 43, 1, 2, 255], field)).unwrap();
        assert_eq!(offer.option(43), Some(&[1, 2][..]));
        assert_eq!(offer.file, b"a.0");
        assert_eq!(offer.option(52), None);
    }

    #[test]
    fn a_broken_message_is_no_offer() {
        let whole = message(&[53, 1, 2, 52, 1, 3, 255], &[0xff; 128]);
        assert!(Offer::read(&whole).is_some());
        for length in 0..whole.len() {
            // An offer begins to be one with its type.
            assert_eq!(Offer::read(&whole[..length]).is_some(), length >= 243, "{length}");
        }
        assert_eq!(Offer::read(&message(&[53, 200, 2], b"")), None);
        assert_eq!(Offer::read(&message(&[53, 1, 5, 255], b"")), None);
    }

    proptest::proptest! {
        #[test]
        fn no_message_breaks_it(options in proptest::collection::vec(0_u8.., 0..1200), field: [u8; 16]) {
            let with_type = [&[53, 1, 2, 52, 1, 3][..], &options].concat();
            let offer = Offer::read(&message(&with_type, &field));
            if let Some(offer) = offer {
                // Nothing is larger than what was sent.
                let size: usize = offer.options.iter().map(|(_, value)| value.len()).sum();
                proptest::prop_assert!(size <= options.len() + 6 + 192);
            }
        }
    }
}
