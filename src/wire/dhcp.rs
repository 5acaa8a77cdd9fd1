//! Asks for offers and collects them. An offer is not accepted, so no server gives a lease.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::discover::Discover;
use super::interface::Interface;
use super::offer::Offer;

/// The time between two packets.
const BETWEEN: Duration = Duration::from_secs(1);

/// The time for further offers after all servers that are known have answered.
const GRACE: Duration = Duration::from_millis(500);

/// The most offers to one request that are kept.
const MOST: usize = 32;

/// The largest message that is read; more than an Ethernet frame holds.
const LARGEST: usize = 2048;

/// An offer with the address that it came from.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The sender: the server, or the last relay.
    pub from: Ipv4Addr,
    /// The offer.
    pub offer: Offer,
}

impl Heard {
    /// The server that offers.
    #[must_use]
    pub fn server(&self) -> Ipv4Addr {
        self.offer.server().filter(|own| !own.is_unspecified()).unwrap_or(self.from)
    }
}

/// A line to the DHCP servers.
pub struct Asker {
    socket: UdpSocket,
    to: Vec<SocketAddrV4>,
    /// The number of the next request.
    number: u32,
    last: Option<Instant>,
}

impl Asker {
    /// A client on an interface, which asks by broadcast.
    ///
    /// # Errors
    /// When the port is taken or may not be used.
    pub fn client(interface: &Interface, number: u32) -> io::Result<Self> {
        Self::new(interface, 68, vec![SocketAddrV4::new(Ipv4Addr::BROADCAST, 67)], number)
    }

    /// A relay, which asks servers by their addresses.
    ///
    /// # Errors
    /// When the port is taken or may not be used.
    pub fn relay(interface: &Interface, servers: &[Ipv4Addr], number: u32) -> io::Result<Self> {
        let to = servers.iter().map(|server| SocketAddrV4::new(*server, 67)).collect();
        Self::new(interface, 67, to, number)
    }

    fn new(interface: &Interface, port: u16, to: Vec<SocketAddrV4>, number: u32) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        // A DHCP client of this machine may listen on the port, too: a broadcast reaches both. An answer to a relay
        // reaches one socket only.
        socket.set_reuse_address(port == 68)?;
        socket.set_broadcast(true)?;
        socket.bind_device(Some(interface.name.as_bytes()))?;
        socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into())?;
        Ok(Self { socket: socket.into(), to, number, last: None })
    }

    /// Asks, and collects the offers until the time is over; ends earlier when as many servers as `enough` have
    /// answered. A request without an answer is repeated once.
    ///
    /// # Errors
    /// When nothing can be sent.
    pub fn ask(
        &mut self,
        request: &Discover,
        timeout: Duration,
        enough: Option<usize>,
    ) -> io::Result<Vec<Heard>> {
        let mut heard = Vec::new();
        self.number = self.number.wrapping_add(1);
        let message = request.message(self.number);
        for part in [timeout / 2, timeout - timeout / 2] {
            if heard.is_empty() {
                self.send(&message)?;
            }
            self.collect(request, part, enough, &mut heard)?;
            if enough.is_some_and(|enough| heard.len() >= enough) {
                break;
            }
        }
        Ok(heard)
    }

    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        if let Some(last) = self.last {
            thread::sleep(BETWEEN.saturating_sub(last.elapsed()));
        }
        self.last = Some(Instant::now());
        for to in &self.to {
            self.socket.send_to(message, to)?;
        }
        Ok(())
    }

    fn collect(
        &self,
        request: &Discover,
        timeout: Duration,
        enough: Option<usize>,
        heard: &mut Vec<Heard>,
    ) -> io::Result<()> {
        let mut end = Instant::now() + timeout;
        let mut buffer = [0; LARGEST];
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.socket.set_read_timeout(Some(left))?;
            let (length, from) = match self.socket.recv_from(&mut buffer) {
                Ok((length, SocketAddr::V4(from))) => (length, *from.ip()),
                Ok(_) => continue,
                Err(error) if is_passing(&error) => continue,
                Err(error) => return Err(error),
            };
            let Some(offer) = buffer.get(..length).and_then(Offer::read) else { continue };
            if offer.number != self.number || offer.mac != request.mac || heard.len() >= MOST {
                continue;
            }
            let new = Heard { from, offer };
            // A server answers a repeated request again.
            if heard.iter().all(|known: &Heard| known.server() != new.server() || known.from != new.from) {
                heard.push(new);
            }
            if enough.is_some_and(|enough| heard.len() >= enough) {
                end = end.min(Instant::now() + GRACE);
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
