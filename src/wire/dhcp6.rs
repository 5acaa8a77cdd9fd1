//! Asks by DHCPv6 (RFC 8415) for advertisements. None is accepted, so no server gives a lease.

use std::io::{self, ErrorKind};
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::interface::Interface;

/// All servers and relays on the wire.
const SERVERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);

/// The types of messages.
const SOLICIT: u8 = 1;
const ADVERTISE: u8 = 2;
const REPLY: u8 = 7;
const INFORMATION_REQUEST: u8 = 11;
const RELAY_FORWARD: u8 = 12;
const RELAY_REPLY: u8 = 13;

/// The option with the DUID of the server.
const SERVER_ID: u16 = 2;

/// The option with the message that a relay forwards.
const RELAYED: u16 = 9;

/// The largest message that is read.
const LARGEST: usize = 4096;

/// The most answers to one request that are kept.
const MOST: usize = 32;

/// The time for further answers after all servers that are known have answered.
const GRACE: Duration = Duration::from_millis(500);

/// The longest wait between two looks at a signal.
const LOOK: Duration = Duration::from_millis(100);

/// A request for advertisements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solicit {
    /// The MAC address in the client's DUID.
    pub mac: [u8; 6],
    /// Further options by code: the user class, the architecture.
    pub options: Vec<(u16, Vec<u8>)>,
    /// The options that it asks for.
    pub wanted: Vec<u16>,
    /// The address of the relay in the client's network, if one forwards the request.
    pub link: Option<Ipv6Addr>,
    /// The client has its address from the router and asks for options only (RFC 8415, 18.2.6).
    pub stateless: bool,
}

fn option(code: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    let value = value.get(..usize::from(length)).unwrap_or_default();
    [&code.to_be_bytes()[..], &length.to_be_bytes(), value].concat()
}

impl Solicit {
    /// The message; of the number, three octets are sent.
    #[must_use]
    pub fn message(&self, number: u32) -> Vec<u8> {
        let [_, number @ ..] = number.to_be_bytes();
        let mut message = vec![if self.stateless { INFORMATION_REQUEST } else { SOLICIT }];
        message.extend(number);
        // A DUID-LL of Ethernet, and an address for the first interface.
        message.extend(option(1, &[&[0, 3, 0, 1][..], &self.mac].concat()));
        message.extend(option(8, &[0, 0]));
        if !self.stateless {
            message.extend(option(3, &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
        }
        let wanted: Vec<u8> = self.wanted.iter().flat_map(|code| code.to_be_bytes()).collect();
        message.extend(option(6, &wanted));
        for (code, value) in &self.options {
            message.extend(option(*code, value));
        }
        let Some(link) = self.link else { return message };
        let mut forwarded = vec![RELAY_FORWARD, 0];
        forwarded.extend(link.octets());
        // The client's address on its wire, from its MAC address (RFC 4291, appendix A).
        let [a, b, c, d, e, f] = self.mac;
        forwarded.extend([0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
        // The client's card (RFC 6939).
        forwarded.extend(option(79, &[&[0, 1][..], &self.mac].concat()));
        forwarded.extend(option(RELAYED, &message));
        forwarded
    }
}

/// The answer of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertisement {
    number: u32,
    /// The offered address and its lifetime in seconds.
    pub address: Option<(Ipv6Addr, u32)>,
    /// The options by code, in their order.
    pub options: Vec<(u16, Vec<u8>)>,
}

impl Advertisement {
    /// Reads a message; `None` if it is no advertisement and no reply, or broken.
    #[must_use]
    pub fn read(message: &[u8]) -> Option<Self> {
        let (kind, rest) = message.split_first()?;
        match *kind {
            // Behind the number of hops and two addresses.
            RELAY_REPLY => {
                let options = options(rest.get(33..)?);
                let (_, inside) = options.into_iter().find(|(code, _)| *code == RELAYED)?;
                // We ask as one relay, so no answer is for two.
                if inside.first() == Some(&RELAY_REPLY) { None } else { Self::read(&inside) }
            }
            ADVERTISE | REPLY => {
                let (number, rest) = rest.split_at_checked(3)?;
                let number = number.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
                let options = options(rest);
                let association = options.iter().find(|(code, _)| *code == 3);
                let address = association.and_then(|(_, value)| address(value.get(12..)?));
                Some(Self { number, address, options })
            }
            _ => None,
        }
    }

    /// The value of an option.
    #[must_use]
    pub fn option(&self, code: u16) -> Option<&[u8]> {
        self.options.iter().find(|(known, _)| *known == code).map(|(_, value)| value.as_slice())
    }
}

/// The address in the options of an association, with its valid lifetime.
fn address(rest: &[u8]) -> Option<(Ipv6Addr, u32)> {
    let (_, value) = options(rest).into_iter().find(|(code, _)| *code == 5)?;
    let ip: [u8; 16] = value.get(..16)?.try_into().ok()?;
    let valid: [u8; 4] = value.get(20..24)?.try_into().ok()?;
    Some((ip.into(), u32::from_be_bytes(valid)))
}

/// The options of a message; what is cut off at the end is left out.
fn options(mut rest: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut all = Vec::new();
    while let [a, b, c, d, more @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*c, *d]));
        let Some((value, more)) = more.split_at_checked(length) else { break };
        all.push((u16::from_be_bytes([*a, *b]), value.to_vec()));
        rest = more;
    }
    all
}

/// An advertisement with the address that it came from.
#[derive(Clone, Debug)]
pub struct Heard6 {
    /// The sender: the server's address on the wire, which mostly is a link-local one.
    pub from: Ipv6Addr,
    /// The advertisement.
    pub advertisement: Advertisement,
}

impl Heard6 {
    /// The identity of the server: its DUID, or its address if it sends none.
    fn server(&self) -> Vec<u8> {
        let duid = self.advertisement.option(SERVER_ID).map(<[u8]>::to_vec);
        duid.unwrap_or_else(|| self.from.octets().to_vec())
    }
}

/// A line to the DHCPv6 servers.
pub struct Asker6 {
    socket: UdpSocket,
    number: u32,
}

impl Asker6 {
    /// A client on an interface, or a relay on it.
    ///
    /// # Errors
    /// When the port is taken or may not be used.
    pub fn new(interface: &Interface, is_relay: bool, number: u32) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_only_v6(true)?;
        socket.bind_device(Some(interface.name.as_bytes()))?;
        let port = if is_relay { 547 } else { 546 };
        socket.bind(&SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, port, 0, 0).into())?;
        Ok(Self { socket: socket.into(), number })
    }

    /// Asks, and returns the first advertisement; a request without one is repeated once.
    ///
    /// # Errors
    /// When nothing can be sent.
    pub fn ask(
        &mut self,
        request: &Solicit,
        timeout: Duration,
        stop: &AtomicBool,
    ) -> io::Result<Option<Advertisement>> {
        let heard = self.collect(request, timeout, (Some(1), Duration::ZERO), stop)?;
        Ok(heard.into_iter().next().map(|heard| heard.advertisement))
    }

    /// Asks, and collects the advertisements of all servers until the time is over; ends earlier when as many servers as
    /// `enough` have answered. A request without an answer is repeated once.
    ///
    /// # Errors
    /// When nothing can be sent.
    pub fn ask_all(
        &mut self,
        request: &Solicit,
        timeout: Duration,
        enough: Option<usize>,
        stop: &AtomicBool,
    ) -> io::Result<Vec<Heard6>> {
        self.collect(request, timeout, (enough, GRACE), stop)
    }

    fn collect(
        &mut self,
        request: &Solicit,
        timeout: Duration,
        (enough, grace): (Option<usize>, Duration),
        stop: &AtomicBool,
    ) -> io::Result<Vec<Heard6>> {
        self.number = (self.number + 1) & 0xff_ffff;
        let message = request.message(self.number);
        let mut all: Vec<Heard6> = Vec::new();
        let mut buffer = [0; LARGEST];
        for _ in 0..2 {
            let mut end = Instant::now() + timeout / 2;
            if all.is_empty() {
                self.send(&message, end)?;
            }
            loop {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() || stop.load(Ordering::Relaxed) {
                    break;
                }
                self.socket.set_read_timeout(Some(left.min(LOOK)))?;
                let (length, from) = match self.socket.recv_from(&mut buffer) {
                    Ok((length, SocketAddr::V6(from))) => (length, *from.ip()),
                    Ok(_) => continue,
                    Err(error) if is_passing(&error) => continue,
                    Err(error) => return Err(error),
                };
                let Some(advertisement) = buffer.get(..length).and_then(Advertisement::read) else {
                    continue;
                };
                let new = Heard6 { from, advertisement };
                // A server answers a repeated request again.
                let is_new = |known: &Heard6| known.server() != new.server();
                let is_mine = new.advertisement.number == self.number;
                if is_mine && all.len() < MOST && all.iter().all(is_new) {
                    all.push(new);
                }
                if enough.is_some_and(|enough| all.len() >= enough) {
                    end = end.min(Instant::now() + grace);
                }
            }
            if stop.load(Ordering::Relaxed) || enough.is_some_and(|enough| all.len() >= enough) {
                break;
            }
        }
        Ok(all)
    }

    /// Sends a message. A card has no address for a second after it is up, while the kernel looks for duplicates.
    fn send(&self, message: &[u8], end: Instant) -> io::Result<()> {
        loop {
            match self.socket.send_to(message, SocketAddrV6::new(SERVERS, 547, 0, 0)) {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::AddrNotAvailable && Instant::now() < end => {
                    thread::sleep(LOOK / 2);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether waiting goes on after an error.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted | ErrorKind::ConnectionRefused
    )
}

#[cfg(test)]
mod tests {
    use super::{Advertisement, RELAY_FORWARD, Solicit, option};

    fn advertisement() -> Vec<u8> {
        let mut message = vec![2, 0, 1, 2];
        let ip = [&[0x20, 1, 0xd, 0xb8][..], &[0; 11], &[9], &[0, 0, 0, 60], &[0, 0, 0, 90]].concat();
        message.extend(option(3, &[&[0; 12][..], &option(5, &ip)].concat()));
        message.extend(option(59, b"tftp://x/y"));
        message
    }

    #[test]
    fn an_advertisement_is_read_with_and_without_a_relay() {
        let own = Advertisement::read(&advertisement()).unwrap();
        assert_eq!(own.address, Some(("2001:db8::9".parse().unwrap(), 90)));
        assert_eq!(own.option(59), Some(&b"tftp://x/y"[..]));
        let mut relayed = vec![13, 0];
        relayed.extend([0; 32]);
        relayed.extend(option(9, &advertisement()));
        assert_eq!(Advertisement::read(&relayed), Some(own));
        let mut twice = vec![13, 0];
        twice.extend([0; 32]);
        twice.extend(option(9, &relayed));
        assert_eq!(Advertisement::read(&twice), None);
    }

    #[test]
    fn a_request_is_a_solicit_and_nothing_else() {
        let mut request = Solicit {
            mac: [2, 0, 0, 0, 0, 1],
            options: vec![(61, vec![0, 7])],
            wanted: vec![59],
            link: None,
            stateless: false,
        };
        let message = request.message(0x0102_0304);
        assert_eq!(&message[..4], &[1, 2, 3, 4]);
        assert_eq!(Advertisement::read(&message), None);
        request.link = Some("2001:db8::1".parse().unwrap());
        assert_eq!(request.message(1)[0], RELAY_FORWARD);
    }

    proptest::proptest! {
        #[test]
        fn no_message_breaks_it(rest in proptest::collection::vec(0_u8.., 0..400), kind in 0_u8..14) {
            let message = [&[kind][..], &rest].concat();
            if let Some(read) = Advertisement::read(&message) {
                // Nothing is larger than what was sent.
                let size: usize = read.options.iter().map(|(_, value)| value.len()).sum();
                proptest::prop_assert!(size <= rest.len());
            }
            let whole = advertisement();
            let cut = whole.len().min(rest.len());
            let _ = Advertisement::read(&whole[..cut]);
        }
    }
}
