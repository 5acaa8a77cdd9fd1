//! A DHCPv4 client down to the Ethernet frame: the kinds of machines that ask, and the answers.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::Ipv4Addr;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::netns::Space;

pub type Mac = [u8; 6];

/// The number of the next transaction.
static XID: AtomicU32 = AtomicU32::new(0x1bad_b002);

const COOKIE: [u8; 4] = [99, 130, 83, 99];

/// How a machine presents itself in a request.
#[derive(Clone, Debug)]
pub struct Client {
    pub mac: Mac,
    /// Option 93.
    pub arch: Vec<u16>,
    /// Option 60.
    pub vendor_class: Option<String>,
    /// Option 77.
    pub user_class: Option<Vec<u8>>,
    /// Option 55.
    pub wants: Vec<u8>,
    /// The relay it asks through.
    pub relay: Option<Ipv4Addr>,
}

impl Client {
    /// A plain DHCP client: an installed system, a phone, a printer.
    pub fn plain(mac: Mac) -> Self {
        let wants = vec![1, 3, 6, 12, 15, 26, 28, 42, 51, 54];
        Self { mac, arch: vec![], vendor_class: None, user_class: None, wants, relay: None }
    }

    /// A PXE ROM or UEFI's PXE client.
    pub fn pxe(mac: Mac, arch: &[u16]) -> Self {
        Self {
            arch: arch.to_vec(),
            vendor_class: Some(format!("PXEClient:Arch:{:05}:UNDI:003016", arch[0])),
            wants: vec![
                1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60,
            ]
            .into_iter()
            .chain([66, 67, 97, 128, 129, 130, 131, 132, 133, 134, 135])
            .collect(),
            ..Self::plain(mac)
        }
    }

    /// UEFI HTTP boot.
    pub fn http(mac: Mac, arch: u16) -> Self {
        Self {
            vendor_class: Some(format!("HTTPClient:Arch:{arch:05}:UNDI:003001")),
            ..Self::pxe(mac, &[arch])
        }
    }

    /// iPXE itself.
    pub fn ipxe(mac: Mac, arch: u16) -> Self {
        Self {
            vendor_class: Some(format!("PXEClient:Arch:{arch:05}:UNDI:003010")),
            user_class: Some(b"iPXE".to_vec()),
            wants: vec![
                1, 3, 6, 7, 12, 15, 17, 26, 43, 60, 66, 67, 119, 128, 129, 130, 131, 132, 133, 134, 135,
            ]
            .into_iter()
            .chain([175, 203])
            .collect(),
            ..Self::pxe(mac, &[arch])
        }
    }

    /// The DHCP message, without the headers below it. Of kind 0, it is one of BOOTP.
    pub fn message(&self, kind: u8, xid: u32, extra: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut m = vec![0; 236];
        m[..4].copy_from_slice(&[1, 1, 6, u8::from(self.relay.is_some())]);
        m[4..8].copy_from_slice(&xid.to_be_bytes());
        m[10] = 0x80; // "answer by broadcast"
        m[24..28].copy_from_slice(&self.relay.unwrap_or(Ipv4Addr::UNSPECIFIED).octets());
        m[28..34].copy_from_slice(&self.mac);
        m.extend(COOKIE);
        let mut option = |code: u8, data: &[u8]| {
            m.extend([code, u8::try_from(data.len()).expect("a short option")]);
            m.extend(data);
        };
        if kind > 0 {
            option(53, &[kind]);
            option(57, &1472_u16.to_be_bytes());
        }
        if let Some(class) = &self.vendor_class {
            option(60, class.as_bytes());
        }
        if let Some(class) = &self.user_class {
            option(77, class);
        }
        if !self.arch.is_empty() {
            option(93, &self.arch.iter().flat_map(|arch| arch.to_be_bytes()).collect::<Vec<_>>());
            option(94, &[1, 3, 16]);
        }
        if !self.wants.is_empty() {
            option(55, &self.wants);
        }
        for (code, data) in extra {
            option(*code, data);
        }
        m.push(255);
        m.resize(m.len().max(300), 0);
        m
    }
}

/// An offer or an acknowledgement, as it came.
#[derive(Clone, Debug)]
pub struct Reply {
    pub xid: u32,
    pub mac: Mac,
    pub yiaddr: Ipv4Addr,
    pub siaddr: Ipv4Addr,
    /// The `file` field up to its first NUL, of all its 128 bytes if there is none.
    pub file: String,
    pub options: BTreeMap<u8, Vec<u8>>,
}

impl Reply {
    pub fn parse(m: &[u8]) -> Option<Self> {
        if m.len() < 240 || m[236..240] != COOKIE {
            return None;
        }
        let address = |at: usize| Ipv4Addr::new(m[at], m[at + 1], m[at + 2], m[at + 3]);
        let file = m[108..236].split(|byte| *byte == 0).next()?;
        Some(Self {
            xid: u32::from_be_bytes(m[4..8].try_into().ok()?),
            mac: m[28..34].try_into().ok()?,
            yiaddr: address(16),
            siaddr: address(20),
            file: String::from_utf8_lossy(file).into_owned(),
            options: options(&m[240..]),
        })
    }

    /// DISCOVER 1, OFFER 2, REQUEST 3, ACK 5 …
    pub fn kind(&self) -> u8 {
        self.options.get(&53).and_then(|data| data.first()).copied().unwrap_or(0)
    }

    pub fn text(&self, code: u8) -> Option<String> {
        self.options.get(&code).map(|data| String::from_utf8_lossy(data).into_owned())
    }

    pub fn addresses(&self, code: u8) -> Vec<Ipv4Addr> {
        let data = self.options.get(&code).map_or(&[][..], Vec::as_slice);
        data.chunks_exact(4).map(|a| Ipv4Addr::new(a[0], a[1], a[2], a[3])).collect()
    }

    pub fn number(&self, code: u8) -> Option<u32> {
        self.options.get(&code).map(|data| data.iter().fold(0, |n, byte| n << 8 | u32::from(*byte)))
    }

    /// The sub-options of option 175, iPXE's own.
    pub fn ipxe(&self) -> BTreeMap<u8, Vec<u8>> {
        self.options.get(&175).map(|data| options(data)).unwrap_or_default()
    }
}

/// Options one after another; pieces of one option are joined (RFC 3396).
fn options(mut data: &[u8]) -> BTreeMap<u8, Vec<u8>> {
    let mut found = BTreeMap::<u8, Vec<u8>>::new();
    while let [code, rest @ ..] = data {
        match (code, rest) {
            (0, _) => data = rest,
            (255, _) | (_, []) => break,
            (_, [len, rest @ ..]) => {
                let (value, rest) = rest.split_at(rest.len().min(usize::from(*len)));
                found.entry(*code).or_default().extend(value);
                data = rest;
            }
        }
    }
    found
}

/// The raw frames of an interface inside a space.
pub struct Link {
    child: Child,
    to: ChildStdin,
    pub frames: Receiver<Vec<u8>>,
}

/// Options of a message besides the usual ones: codes and values.
pub type MoreOptions = Vec<(u8, Vec<u8>)>;

impl Link {
    pub fn open(space: &Space, interface: &str) -> Self {
        let mut child = space
            .command("/usr/bin/python3")
            .args(["-c", include_str!("frames.py"), interface])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("nsenter");
        let to = child.stdin.take().expect("a pipe");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let ready = lines.next().expect("frames.py began").expect("a line");
        assert_eq!(ready, "ready");
        let (sender, frames) = channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(unhex(&line)).is_err() {
                    break;
                }
            }
        });
        Self { child, to, frames }
    }

    /// Broadcasts a message, as a machine without an address does.
    pub fn broadcast(&mut self, mac: Mac, message: &[u8]) {
        let line: String =
            frame(mac, message).iter().map(|byte| format!("{byte:02x}")).chain(["\n".into()]).collect();
        self.to.write_all(line.as_bytes()).expect("frames.py reads");
    }

    /// Asks, again and again, until a server answers or the time is over.
    pub fn ask(&mut self, client: &Client, kind: u8, extra: &[(u8, Vec<u8>)], seconds: u64) -> Option<Reply> {
        let xid = XID.fetch_add(1, Ordering::Relaxed);
        let end = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < end {
            self.broadcast(client.mac, &client.message(kind, xid, extra));
            let again = Instant::now() + Duration::from_secs(1);
            while let Some(left) = again.checked_duration_since(Instant::now()) {
                let Ok(frame) = self.frames.recv_timeout(left) else { break };
                if let Some((67, _, message)) = udp(&frame)
                    && let Some(reply) = Reply::parse(message)
                    && reply.xid == xid
                    && if kind > 0 { matches!(reply.kind(), 2 | 5 | 6) } else { reply.kind() == 0 }
                {
                    return Some(reply);
                }
            }
        }
        None
    }

    /// The offers to many DISCOVERs, with further options each, some of them on their way at once; `seconds` after the
    /// last answer the others are given up.
    pub fn discover_all(&mut self, clients: &[(Client, MoreOptions)], seconds: u64) -> Vec<Option<Reply>> {
        const AT_ONCE: usize = 16;
        let mut replies: Vec<Option<Reply>> = clients.iter().map(|_| None).collect();
        let first = XID.fetch_add(u32::try_from(clients.len()).expect("few"), Ordering::Relaxed);
        let xid = |at: usize| first + u32::try_from(at).expect("few");
        for (part, asked) in clients.chunks(AT_ONCE).enumerate() {
            let mut end = Instant::now() + Duration::from_secs(seconds);
            let numbers = part * AT_ONCE..part * AT_ONCE + asked.len();
            while Instant::now() < end && numbers.clone().any(|at| replies[at].is_none()) {
                for at in numbers.clone().filter(|at| replies[*at].is_none()) {
                    let (client, extra) = &clients[at];
                    self.broadcast(client.mac, &client.message(1, xid(at), extra));
                }
                let again = Instant::now() + Duration::from_secs(1);
                while numbers.clone().any(|at| replies[at].is_none())
                    && let Some(left) = again.checked_duration_since(Instant::now())
                {
                    let Ok(frame) = self.frames.recv_timeout(left) else { break };
                    if let Some((67, _, message)) = udp(&frame)
                        && let Some(reply) = Reply::parse(message)
                        && reply.kind() == 2
                        && let Some(at) = numbers.clone().find(|at| xid(*at) == reply.xid)
                    {
                        replies[at] = Some(reply);
                        end = Instant::now() + Duration::from_secs(seconds);
                    }
                }
            }
        }
        replies
    }

    /// The offer to a DISCOVER.
    pub fn discover(&mut self, client: &Client) -> Option<Reply> {
        self.ask(client, 1, &[], 8)
    }

    /// The answer to a request of BOOTP's.
    pub fn bootp(&mut self, client: &Client) -> Option<Reply> {
        self.ask(client, 0, &[], 8)
    }

    /// The acknowledgement of an offer.
    pub fn request(&mut self, client: &Client, offer: &Reply) -> Option<Reply> {
        let server = offer.options.get(&54).cloned().unwrap_or_default();
        self.ask(client, 3, &[(50, offer.yiaddr.octets().to_vec()), (54, server)], 8)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The ports and the payload of a UDP frame.
pub fn udp(frame: &[u8]) -> Option<(u16, u16, &[u8])> {
    let ip = frame.get(14..)?;
    let header = usize::from(*ip.first()? & 15) * 4;
    let udp = ip.get(header..).filter(|udp| ip[9] == 17 && udp.len() >= 8)?;
    Some((u16::from_be_bytes([udp[0], udp[1]]), u16::from_be_bytes([udp[2], udp[3]]), &udp[8..]))
}

fn frame(mac: Mac, message: &[u8]) -> Vec<u8> {
    let length = |extra: usize| u16::try_from(message.len() + extra).expect("a short message").to_be_bytes();
    let mut ip = vec![0x45, 0x10, length(28)[0], length(28)[1], 0, 0, 0, 0, 64, 17, 0, 0];
    ip.extend([0, 0, 0, 0, 255, 255, 255, 255]);
    let sum: u32 = ip.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
    let sum = !u16::try_from((sum & 0xffff) + (sum >> 16)).expect("one carry");
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
    let mut frame = vec![0xff; 6];
    frame.extend(mac);
    frame.extend([8, 0]);
    frame.extend(ip);
    frame.extend([0, 68, 0, 67, length(8)[0], length(8)[1], 0, 0]);
    frame.extend(message);
    frame
}

fn unhex(line: &str) -> Vec<u8> {
    line.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("hex"), 16).expect("hex"))
        .collect()
}
