//! Servers that behave badly.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::thread;
use std::time::Duration;

use super::{Blocks, read};
use crate::wire::{Fault, Fetched, Limits};

const LIMITS: Limits =
    Limits { bytes: 100_000, kept: 10, silence: Duration::from_millis(600), time: Duration::from_secs(5) };

/// Fetches from a server that answers each packet with what a function gives, as long as it gives something.
fn from(
    answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static,
    blocks: Blocks,
) -> Result<Fetched, Fault> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = socket.local_addr().unwrap().port();
    thread::spawn(move || {
        // Another port, as a real server has.
        let answers = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        answers.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        let mut buffer = [0; 2048];
        let (length, client) = socket.recv_from(&mut buffer).unwrap();
        let mut asked = buffer[..length].to_vec();
        while let Some(packet) = answer(&asked) {
            answers.send_to(&packet, client).unwrap();
            let Ok((length, SocketAddr::V4(_))) = answers.recv_from(&mut buffer) else { return };
            asked = buffer[..length].to_vec();
        }
    });
    read(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), "x", blocks, LIMITS)
}

/// The block that a packet of the client asks for.
fn asked(packet: &[u8]) -> u16 {
    match packet {
        [0, 4, high, low] => u16::from_be_bytes([*high, *low]).wrapping_add(1),
        _ => 1,
    }
}

fn block(number: u16, length: usize) -> Vec<u8> {
    let [high, low] = number.to_be_bytes();
    [&[0, 3, high, low][..], &vec![b'x'; length]].concat()
}

#[test]
fn a_file_comes_in_blocks() {
    let answer = |packet: &[u8]| match packet {
        [0, 1, ..] => Some(b"\0\x06blksize\x001000\0tsize\x001500\0".to_vec()),
        packet => Some(block(asked(packet), if asked(packet) == 1 { 1000 } else { 500 })),
    };
    let fetched = from(answer, Blocks::Of(1468)).unwrap();
    assert_eq!((fetched.told, fetched.size, fetched.whole), (Some(1500), 1500, true));
    assert_eq!(fetched.begin, [b'x'; 10]);
}

#[test]
fn an_endless_file_ends() {
    let fetched = from(|packet| Some(block(asked(packet), 512)), Blocks::Plain).unwrap();
    assert_eq!((fetched.size, fetched.whole), (100_000, false));
}

#[test]
fn a_block_may_not_be_larger_than_asked_for() {
    let fault = from(|packet| Some(block(asked(packet), 600)), Blocks::Plain).unwrap_err();
    assert_eq!(fault, Fault::Broken("a block of 600 bytes, not 512".to_owned()));
    for size in ["65464", "0", "-1", "many"] {
        let options = format!("\0\u{6}blksize\0{size}\0").into_bytes();
        let fault = from(move |_| Some(options.clone()), Blocks::Of(1468)).unwrap_err();
        assert!(matches!(fault, Fault::Broken(_)), "{size}: {fault}");
    }
}

#[test]
fn a_server_that_says_no_stops_or_is_silent_is_named() {
    let fault = from(|_| Some(b"\0\x05\0\x01File not found\0".to_vec()), Blocks::Plain).unwrap_err();
    assert_eq!(fault.to_string(), "the server says: File not found (error 1)");
    let fault =
        from(|packet| (asked(packet) < 3).then(|| block(asked(packet), 512)), Blocks::Plain).unwrap_err();
    assert_eq!(fault, Fault::Stopped(1024));
    let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let server = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
    assert_eq!(read(server, "x", Blocks::Plain, LIMITS).unwrap_err(), Fault::Silent);
    // The same block again and again.
    assert_eq!(from(|_| Some(block(1, 512)), Blocks::Plain).unwrap_err(), Fault::Stopped(512));
    let nobody = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let nobody = SocketAddrV4::new(Ipv4Addr::LOCALHOST, nobody);
    assert_eq!(read(nobody, "x", Blocks::Plain, LIMITS).unwrap_err(), Fault::Refused);
}
