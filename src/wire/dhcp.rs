//! Asks for offers and collects them. An offer is not accepted, so no server gives a lease.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
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

/// The longest wait between two looks at a signal.
const LOOK: Duration = Duration::from_millis(100);

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
    between: Duration,
    grace: Duration,
}

/// When an asker stops to listen.
#[derive(Clone, Copy)]
struct Patience<'s> {
    timeout: Duration,
    /// So many servers are known.
    enough: Option<usize>,
    /// Set when a signal asks the program to end.
    stop: Option<&'s AtomicBool>,
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
        Ok(Self { socket: socket.into(), to, number, last: None, between: BETWEEN, grace: GRACE })
    }

    /// For a network without anybody else: no pause between two requests, and no wait for another server.
    #[must_use]
    pub fn alone(self) -> Self {
        Self { between: Duration::ZERO, grace: Duration::ZERO, ..self }
    }

    /// Asks, and collects the offers until the time is over; ends earlier when as many servers as `enough` have
    /// answered, or `stop` is set. A request without an answer is repeated once.
    ///
    /// # Errors
    /// When nothing can be sent.
    pub fn ask(
        &mut self,
        request: &Discover,
        timeout: Duration,
        enough: Option<usize>,
        stop: Option<&AtomicBool>,
    ) -> io::Result<Vec<Heard>> {
        let mut heard = Vec::new();
        self.number = self.number.wrapping_add(1);
        let message = request.message(self.number);
        let mine = |offer: &Offer, number: u32| offer.number == number && offer.mac == request.mac;
        for timeout in [timeout / 2, timeout - timeout / 2] {
            if heard.is_empty() {
                self.send(&message)?;
            }
            let number = self.number;
            let patience = Patience { timeout, enough, stop };
            self.collect(patience, |new| {
                if mine(&new.offer, number) {
                    keep(new, &mut heard);
                }
                heard.len()
            })?;
            let is_stopped = stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
            if is_stopped || enough.is_some_and(|enough| heard.len() >= enough) {
                break;
            }
        }
        Ok(heard)
    }

    /// Asks a proxy on UDP port 4011, where UEFI asks again after the proxy's offer (PXE 2.1, 2.2.4). UEFI sends a
    /// DHCPREQUEST there, which has an ACK without a lease; dnsmasq answers a DHCPDISCOVER there with the same file.
    ///
    /// # Errors
    /// When nothing can be sent: this machine may have no address.
    pub fn ask_proxy(
        &mut self,
        proxy: Ipv4Addr,
        request: &Discover,
        timeout: Duration,
    ) -> io::Result<Option<Heard>> {
        let to = std::mem::replace(&mut self.to, vec![SocketAddrV4::new(proxy, 4011)]);
        let heard = self.ask(request, timeout, Some(1), None);
        self.to = to;
        Ok(heard?.into_iter().find(|heard| heard.from == proxy))
    }

    /// Asks several requests at once and collects the offers to each until the time is over: for requests that should
    /// have no answer. None is repeated.
    ///
    /// # Errors
    /// When nothing can be sent.
    pub fn ask_together(&mut self, requests: &[&Discover], timeout: Duration) -> io::Result<Vec<Vec<Heard>>> {
        let mut together = self.together(requests);
        self.send_together(&together)?;
        let patience = Patience { timeout, enough: None, stop: None };
        self.collect(patience, |new| together.take(new))?;
        Ok(together.heard)
    }

    /// Asks several requests at once, until each has an offer, the time is over, or `stop` is set. A request without an
    /// answer is repeated once.
    ///
    /// # Errors
    /// When nothing can be sent.
    pub fn ask_all(
        &mut self,
        requests: &[&Discover],
        timeout: Duration,
        stop: &AtomicBool,
    ) -> io::Result<Vec<Option<Heard>>> {
        let mut together = self.together(requests);
        for timeout in [timeout / 2, timeout - timeout / 2] {
            self.send_together(&together)?;
            let patience = Patience { timeout, enough: Some(requests.len()), stop: Some(stop) };
            self.collect(patience, |new| together.take(new))?;
            if together.answered >= requests.len() || stop.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok(together.heard.into_iter().map(|heard| heard.into_iter().next()).collect())
    }

    /// Gives each of several requests a number.
    fn together<'r>(&mut self, requests: &'r [&'r Discover]) -> Together<'r> {
        let mut numbers = Vec::with_capacity(requests.len());
        for _ in requests {
            self.number = self.number.wrapping_add(1);
            numbers.push(self.number);
        }
        Together { requests, numbers, heard: vec![Vec::new(); requests.len()], answered: 0 }
    }

    /// Sends those of several requests that have no answer.
    fn send_together(&mut self, together: &Together<'_>) -> io::Result<()> {
        let all = together.requests.iter().zip(&together.numbers).zip(&together.heard);
        for ((request, number), _) in all.filter(|(_, heard)| heard.is_empty()) {
            self.send(&request.message(*number))?;
        }
        Ok(())
    }

    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        if let Some(last) = self.last {
            thread::sleep(self.between.saturating_sub(last.elapsed()));
        }
        self.last = Some(Instant::now());
        for to in &self.to {
            self.socket.send_to(message, to)?;
        }
        Ok(())
    }

    /// Hands out the offers that come; `take` returns how many answers there are.
    fn collect(&self, patience: Patience<'_>, mut take: impl FnMut(Heard) -> usize) -> io::Result<()> {
        let mut end = Instant::now() + patience.timeout;
        let mut buffer = [0; LARGEST];
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || patience.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                return Ok(());
            }
            self.socket.set_read_timeout(Some(if patience.stop.is_some() {
                left.min(LOOK)
            } else {
                left
            }))?;
            let (length, from) = match self.socket.recv_from(&mut buffer) {
                Ok((length, SocketAddr::V4(from))) => (length, *from.ip()),
                Ok(_) => continue,
                Err(error) if is_passing(&error) => continue,
                Err(error) => return Err(error),
            };
            let Some(offer) = buffer.get(..length).and_then(Offer::read) else {
                continue;
            };
            let count = take(Heard { from, offer });
            if patience.enough.is_some_and(|enough| count >= enough) {
                end = end.min(Instant::now() + self.grace);
            }
        }
    }
}

/// Several requests that are asked at once.
struct Together<'r> {
    requests: &'r [&'r Discover],
    /// Their numbers, which follow each other.
    numbers: Vec<u32>,
    heard: Vec<Vec<Heard>>,
    /// How many have an answer.
    answered: usize,
}

impl Together<'_> {
    /// Puts an offer to its request; returns how many requests have an answer.
    fn take(&mut self, new: Heard) -> usize {
        let first = self.numbers.first().copied().unwrap_or_default();
        let at = new.offer.number.wrapping_sub(first) as usize;
        if let (Some(request), Some(known)) = (self.requests.get(at), self.heard.get_mut(at))
            && request.mac == new.offer.mac
        {
            self.answered += usize::from(known.is_empty());
            keep(new, known);
        }
        self.answered
    }
}

/// Keeps an offer, unless there are too many. A server answers a repeated request again.
fn keep(new: Heard, heard: &mut Vec<Heard>) {
    let is_new = |known: &Heard| known.server() != new.server() || known.from != new.from;
    if heard.len() < MOST && heard.iter().all(is_new) {
        heard.push(new);
    }
}

/// Whether waiting goes on after an error.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted | ErrorKind::ConnectionRefused
    )
}
