//! The requests and answers of machines on the network, in order and independent of the server program.

use std::net::Ipv4Addr;

use super::dhcp::{Reply, udp};

/// One line for a frame that asks for or hands out something; the lines read
/// `dhcp offer MAC ADDRESS FILE`, `tftp CLIENT PATH`, `tftp-error CLIENT TEXT`, `http CLIENT METHOD PATH`,
/// `http-status CLIENT CODE` and `iscsi CLIENT INITIATOR TARGET`.
pub fn line(frame: &[u8]) -> Option<String> {
    let address = |at: usize| {
        frame.get(at..at + 4).map_or(Ipv4Addr::UNSPECIFIED, |a| Ipv4Addr::new(a[0], a[1], a[2], a[3]))
    };
    let (from, to) = (address(26), address(30));
    if let Some((source, target, payload)) = udp(frame) {
        return match (source, target, payload) {
            (67 | 68, 67 | 68, _) => dhcp(&Reply::parse(payload)?),
            (_, 69, [0, 1, rest @ ..]) => Some(format!("tftp {from} {}", until_nul(rest))),
            (_, port, [0, 5, _, _, rest @ ..]) if port > 1023 && source != 53 => {
                // Error 8 and an empty text are a client that asked for the size only.
                Some(format!("tftp-error {from}>{to} {}", until_nul(rest)))
            }
            _ => None,
        };
    }
    let header = 14 + usize::from(frame[14] & 15) * 4;
    let payload = frame.get(header + usize::from(frame.get(header + 12)? >> 4) * 4..)?;
    let text = String::from_utf8_lossy(payload);
    let mut words = text.lines().next()?.split(' ');
    match words.next()? {
        method @ ("GET" | "HEAD" | "POST") => Some(format!("http {from} {method} {}", words.next()?)),
        word if word.starts_with("HTTP/") => Some(format!("http-status {to} {}", words.next()?)),
        _ => {
            let value = |key: &str| text.split('\0').find_map(|pair| Some(pair.split_once(key)?.1));
            Some(format!("iscsi {from} {} {}", value("InitiatorName=")?, value("TargetName=")?))
        }
    }
}

fn dhcp(message: &Reply) -> Option<String> {
    let kind = match message.kind() {
        1 => "discover",
        2 => "offer",
        3 => "request",
        5 => "ack",
        _ => return None,
    };
    let mac = message.mac.map(|byte| format!("{byte:02x}")).join(":");
    Some(format!("dhcp {kind} {mac} {} {}", message.yiaddr, message.file).trim_end().to_owned())
}

fn until_nul(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}
