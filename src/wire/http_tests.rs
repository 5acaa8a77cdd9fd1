//! Servers that behave badly.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::thread;
use std::time::Duration;

use super::get;
use crate::wire::{Fault, Fetched, Limits};

const LIMITS: Limits =
    Limits { bytes: 100_000, kept: 10, silence: Duration::from_millis(400), time: Duration::from_secs(5) };

/// Fetches from a server that sends these bytes, `times` over, and then waits or closes.
fn from(bytes: &[u8], times: usize, waits: bool) -> Result<Fetched, Fault> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let bytes = bytes.to_vec();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request);
        for _ in 0..times {
            if stream.write_all(&bytes).is_err() {
                return;
            }
        }
        if waits {
            let _ = stream.read(&mut request);
        }
    });
    get(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), "h", "/x", LIMITS)
}

#[test]
fn a_file_comes_whole() {
    let fetched = from(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello, and more", 1, true).unwrap();
    assert_eq!((fetched.told, fetched.whole), (Some(5), false));
    let fetched = from(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 1, true).unwrap();
    assert_eq!((fetched.size, fetched.whole, &fetched.begin[..]), (5, true, &b"hello"[..]));
    let fetched = from(b"HTTP/1.0 200 OK\r\n\r\nhello", 1, false).unwrap();
    assert_eq!((fetched.told, fetched.size, fetched.whole), (None, 5, true));
}

#[test]
fn an_endless_answer_ends() {
    let fetched = from(b"HTTP/1.0 200 OK\r\n\r\n", 1_000_000, false).unwrap();
    assert_eq!((fetched.size, fetched.whole), (100_000, false));
    let fault = from(b"HTTP/1.0 200 OK\r\nX: y\r\nX: ", 1_000_000, false).unwrap_err();
    assert!(matches!(fault, Fault::Broken(_)), "{fault}");
}

/// Chunks of garbage, of endless size or without an end: the request allows none.
#[test]
fn chunks_are_no_file() {
    for body in ["5\r\nhello\r\n0\r\n\r\n", "ffffffffffffffff\r\nx", "zz\r\n", ""] {
        let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        let fault = from(answer.as_bytes(), 1, true).unwrap_err();
        assert!(matches!(&fault, Fault::Broken(why) if why.contains("`chunked`")), "{fault}");
    }
}

/// A byte now and then is no silence, but the file has a time as a whole.
#[test]
fn an_answer_that_trickles_ends() {
    for head in ["", "HTTP/1.0 200 OK\r\n\r\n"] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        });
        let limits = Limits { silence: Duration::from_secs(60), time: Duration::from_millis(500), ..LIMITS };
        let server = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        let fault = get(server, "h", "/x", limits).unwrap_err();
        assert!(matches!(fault, Fault::Slow(_)), "{fault}");
    }
}

/// A redirection, to itself or in circles, costs one request.
#[test]
fn a_redirection_is_not_followed() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = format!("HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:{port}/x\r\n\r\n");
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request);
        stream.write_all(answer.as_bytes()).unwrap();
        drop(stream);
        listener.set_nonblocking(true).unwrap();
        listener
    });
    let fault = get(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), "h", "/x", LIMITS).unwrap_err();
    assert_eq!(fault, Fault::Elsewhere(format!("http://127.0.0.1:{port}/x")));
    let listener = server.join().unwrap();
    assert!(listener.accept().is_err(), "it asked again");
}

#[test]
fn a_server_that_says_no_stops_or_is_silent_is_named() {
    let says = |bytes: &[u8], waits| from(bytes, 1, waits).unwrap_err();
    assert_eq!(says(b"HTTP/1.1 404 Not Found\r\n\r\n", false), Fault::Denied("404 Not Found".to_owned()));
    let moved = b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\n\r\n";
    assert_eq!(says(moved, false), Fault::Elsewhere("https://elsewhere.example/".to_owned()));
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello";
    assert_eq!(says(cut, false), Fault::Stopped(5));
    assert_eq!(says(cut, true), Fault::Stopped(5));
    assert_eq!(says(b"", true), Fault::Silent);
    assert!(matches!(says(b"SSH-2.0-OpenSSH\n\n", false), Fault::Broken(_)));
    let length = b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n";
    assert!(matches!(says(length, false), Fault::Broken(_)));
    assert!(matches!(says(b"HTTP/1.1 \xff\xfe\r\n\r\n", false), Fault::Broken(_)));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    assert_eq!(
        get(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), "h", "/x", LIMITS).unwrap_err(),
        Fault::Refused
    );
}
