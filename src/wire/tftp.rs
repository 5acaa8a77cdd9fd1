//! Fetches a file by TFTP (RFC 1350, with the options of RFC 2347 to 2349), as firmware does.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::fetched::{Fault, Fetched, Limits, Sink};

/// The size of the blocks that a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// It asks for nothing and gets 512 bytes, as the oldest ROMs do.
    Plain,
    /// It asks for blocks of a size, and for the size of the file.
    Of(u16),
}

/// The block without options (RFC 1350).
const PLAIN: usize = 512;

/// How often a packet is sent again.
const AGAIN: u32 = 3;

/// The longest wait of one look at the sockets.
const LOOK: Duration = Duration::from_millis(100);

/// Error 0 and 8 (RFC 2347) tell the server that the client wants no more.
const ENOUGH: &[u8] = b"\0\x05\0\0enough\0";

/// Fetches a file.
///
/// # Errors
/// When it does not come, with the reason.
pub fn read(server: SocketAddrV4, path: &str, blocks: Blocks, limits: Limits) -> Result<Fetched, Fault> {
    let mut transfer = Transfer::begin(server, limits)?;
    let mut request = b"\0\x01".to_vec();
    let mut word = |word: &str| {
        request.extend(word.bytes().filter(|byte| *byte != 0));
        request.push(0);
    };
    word(path);
    word("octet");
    if let Blocks::Of(size) = blocks {
        for text in ["tsize", "0", "blksize", &size.to_string()] {
            word(text);
        }
    }
    transfer.packet = request;
    transfer.run(blocks)
}

/// A packet of the server.
enum Packet<'p> {
    Data(u16, &'p [u8]),
    Options(&'p [u8]),
    Error(String),
    Other,
}

struct Transfer {
    limits: Limits,
    server: SocketAddrV4,
    /// Hears refusals, and a server that answers from its own port.
    connected: UdpSocket,
    /// Hears a server that answers from another port (RFC 1350, 4).
    open: UdpSocket,
    /// The port that the server answers from.
    peer: Option<SocketAddrV4>,
    /// The packet that waits for its answer.
    packet: Vec<u8>,
}

impl Transfer {
    fn begin(server: SocketAddrV4, limits: Limits) -> Result<Self, Fault> {
        let no_way = |error: io::Error| Fault::NoWay(error.to_string());
        let socket = |port: u16| {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
            // Both have one port: the kernel prefers the connected one for its own server.
            socket.set_reuse_address(true)?;
            socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into())?;
            Ok(UdpSocket::from(socket))
        };
        let open = socket(0).map_err(no_way)?;
        let connected = socket(open.local_addr().map_err(no_way)?.port()).map_err(no_way)?;
        connected.connect(server).map_err(no_way)?;
        connected.set_nonblocking(true).map_err(no_way)?;
        Ok(Self { limits, server, connected, open, peer: None, packet: Vec::new() })
    }

    fn run(&mut self, blocks: Blocks) -> Result<Fetched, Fault> {
        let mut sink = Sink::new(self.limits);
        let (mut size, mut told, mut next) = (PLAIN, None, 1_u16);
        let mut begun = false;
        let mut buffer = vec![0; usize::from(u16::MAX)];
        loop {
            let length = self.exchange(&mut buffer, next, begun, &sink)?;
            match packet(buffer.get(..length).unwrap_or_default()) {
                Packet::Error(why) => return Err(Fault::Denied(why)),
                Packet::Options(options) if !begun => {
                    let (accepted, whole) = options_of(options, blocks)?;
                    (size, told, begun) = (accepted, whole, true);
                    self.packet = vec![0, 4, 0, 0];
                }
                Packet::Data(_, data) => {
                    begun = true;
                    if data.len() > size {
                        return Err(Fault::Broken(format!("a block of {} bytes, not {size}", data.len())));
                    }
                    let is_last = data.len() < size;
                    let has_room = sink.take(data);
                    if is_last {
                        let [high, low] = next.to_be_bytes();
                        self.packet = vec![0, 4, high, low];
                        let _ = self.send();
                        let size = sink.size();
                        return Ok(sink.done(told, told.is_none_or(|told| told == size)));
                    }
                    if !has_room {
                        self.packet = ENOUGH.to_vec();
                        let _ = self.send();
                        return Ok(sink.done(told, false));
                    }
                    let [high, low] = next.to_be_bytes();
                    self.packet = vec![0, 4, high, low];
                    next = next.wrapping_add(1);
                }
                Packet::Options(_) | Packet::Other => {}
            }
        }
    }

    /// Sends the packet until its answer comes; returns the answer's length.
    fn exchange(&mut self, buffer: &mut [u8], next: u16, begun: bool, sink: &Sink) -> Result<usize, Fault> {
        for _ in 0..AGAIN {
            self.send().map_err(|error| fault(&error))?;
            let end = Instant::now() + self.limits.silence / AGAIN;
            while Instant::now() < end {
                sink.in_time()?;
                let Some(length) = self.receive(buffer)? else { continue };
                let is_answer = match packet(buffer.get(..length).unwrap_or_default()) {
                    Packet::Data(number, _) => number == next,
                    Packet::Options(_) => !begun,
                    Packet::Error(_) => true,
                    Packet::Other => false,
                };
                if is_answer {
                    return Ok(length);
                }
            }
        }
        Err(if begun { Fault::Stopped(sink.size()) } else { Fault::Silent })
    }

    fn send(&self) -> io::Result<()> {
        match self.peer {
            Some(peer) if peer != self.server => self.open.send_to(&self.packet, peer).map(|_| ()),
            _ => self.connected.send(&self.packet).map(|_| ()),
        }
    }

    /// A packet of the server's; none if there is none for a moment.
    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Fault> {
        match self.connected.recv(buffer) {
            Ok(length) if self.peer.is_none_or(|peer| peer == self.server) => {
                self.peer = Some(self.server);
                return Ok(Some(length));
            }
            Ok(_) => {}
            // Refusals of late packets, after the server has moved to another port, say nothing.
            Err(error) if self.peer.is_none() && error.kind() != ErrorKind::WouldBlock => {
                return Err(fault(&error));
            }
            Err(_) => {}
        }
        let _ = self.open.set_read_timeout(Some(LOOK));
        match self.open.recv_from(buffer) {
            Ok((length, SocketAddr::V4(from))) => {
                let is_own = from.ip() == self.server.ip() && self.peer.is_none_or(|peer| peer == from);
                if is_own {
                    self.peer = Some(from);
                }
                Ok(is_own.then_some(length))
            }
            _ => Ok(None),
        }
    }
}

/// The fault behind an error of a socket.
fn fault(error: &io::Error) -> Fault {
    match error.kind() {
        ErrorKind::ConnectionRefused => Fault::Refused,
        // Nobody has the address, or a firewall says so.
        ErrorKind::HostUnreachable => Fault::Silent,
        _ => Fault::NoWay(error.to_string()),
    }
}

fn packet(bytes: &[u8]) -> Packet<'_> {
    match bytes {
        [0, 3, high, low, data @ ..] => Packet::Data(u16::from_be_bytes([*high, *low]), data),
        [0, 5, high, low, text @ ..] => {
            let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
            let text = String::from_utf8_lossy(text.get(..200).unwrap_or(text)).into_owned();
            let code = u16::from_be_bytes([*high, *low]);
            Packet::Error(if text.is_empty() {
                format!("error {code}")
            } else {
                format!("{text} (error {code})")
            })
        }
        [0, 6, options @ ..] => Packet::Options(options),
        _ => Packet::Other,
    }
}

/// The block size and the size of the file in the server's answer to the options.
fn options_of(options: &[u8], blocks: Blocks) -> Result<(usize, Option<u64>), Fault> {
    let Blocks::Of(asked) = blocks else {
        return Err(Fault::Broken("options that nobody asked for".to_owned()));
    };
    let mut words = options.split(|byte| *byte == 0);
    let (mut size, mut told) = (PLAIN, None);
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        let number = || std::str::from_utf8(value).ok()?.parse::<u64>().ok();
        if name.eq_ignore_ascii_case(b"blksize") {
            let accepted = number().and_then(|number| u16::try_from(number).ok());
            let accepted = accepted.filter(|accepted| (8..=asked).contains(accepted));
            let broken = || Fault::Broken(format!("a block size that is not up to {asked}"));
            size = usize::from(accepted.ok_or_else(broken)?);
        } else if name.eq_ignore_ascii_case(b"tsize") {
            told = number();
        }
    }
    Ok((size, told))
}

#[cfg(test)]
#[path = "tftp_tests.rs"]
mod tests;
