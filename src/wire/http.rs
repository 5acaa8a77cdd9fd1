//! Fetches a file by HTTP.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, SocketAddrV4, TcpStream};

use super::fetched::{Fault, Fetched, Limits, Sink};

/// The longest head of an answer.
const HEAD: usize = 16 * 1024;

/// Fetches a path. A redirection is not followed: iPXE would, but no server of a site sends one.
///
/// HTTP/1.0, so that no answer comes in chunks.
///
/// # Errors
/// When it does not come, with the reason.
pub fn get(server: SocketAddrV4, host: &str, path: &str, limits: Limits) -> Result<Fetched, Fault> {
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_plain(host) || !is_plain(path) {
        return Err(Fault::Broken("the URL has characters that no request can have".to_owned()));
    }
    let mut sink = Sink::new(limits);
    let mut stream = connect(server, limits)?;
    let request = format!(
        "GET {path} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: iPXE (ipxegen probe)\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).map_err(|error| stopped(&error, &sink))?;
    let mut buffer = [0; 64 * 1024];
    let mut head = Vec::new();
    let body = loop {
        if let Some(end) = head_end(&head) {
            break head.split_off(end);
        }
        if head.len() > HEAD {
            return Err(Fault::Broken(format!("a head of more than {HEAD} bytes")));
        }
        sink.in_time()?;
        match stream.read(&mut buffer) {
            Ok(0) if head.is_empty() => return Err(Fault::Stopped(0)),
            Ok(0) => return Err(Fault::Broken("no end of the head".to_owned())),
            Ok(length) => head.extend(buffer.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if head.is_empty() && is_timeout(&error) => return Err(Fault::Silent),
            Err(error) => return Err(stopped(&error, &sink)),
        }
    };
    let told = length_of(&head)?;
    let mut has_room = sink.take(&body);
    while has_room && told.is_none_or(|told| sink.size() < told) {
        sink.in_time()?;
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => has_room = sink.take(buffer.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(stopped(&error, &sink)),
        }
    }
    let size = sink.size();
    if has_room && told.is_some_and(|told| size < told) {
        return Err(Fault::Stopped(size));
    }
    Ok(sink.done(told, told.map_or(has_room, |told| told == size)))
}

fn connect(server: SocketAddrV4, limits: Limits) -> Result<TcpStream, Fault> {
    let fault = |error: &std::io::Error| match error.kind() {
        ErrorKind::ConnectionRefused => Fault::Refused,
        ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::HostUnreachable => Fault::Silent,
        _ => Fault::NoWay(error.to_string()),
    };
    let stream =
        TcpStream::connect_timeout(&SocketAddr::V4(server), limits.silence).map_err(|error| fault(&error))?;
    let wait = Some(limits.silence);
    stream
        .set_read_timeout(wait)
        .and_then(|()| stream.set_write_timeout(wait))
        .map_err(|error| fault(&error))?;
    Ok(stream)
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}

fn stopped(error: &std::io::Error, sink: &Sink) -> Fault {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock if sink.size() == 0 => Fault::Silent,
        _ => Fault::Stopped(sink.size()),
    }
}

/// The length of a head with the empty line behind it.
fn head_end(bytes: &[u8]) -> Option<usize> {
    let long = bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
    let short = bytes.windows(2).position(|window| window == b"\n\n").map(|at| at + 2);
    match (long, short) {
        (Some(long), Some(short)) => Some(long.min(short)),
        (long, short) => long.or(short),
    }
}

/// The length that the head of an answer with status 200 says.
fn length_of(head: &[u8]) -> Result<Option<u64>, Fault> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    let status = lines.next().unwrap_or_default();
    let mut words = status.splitn(3, ' ');
    let is_http = words.next().is_some_and(|word| word.starts_with("HTTP/1."));
    let code = words.next().and_then(|word| word.parse::<u16>().ok()).filter(|_| is_http);
    let field = |name: &str| {
        let mut fields = text.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    // No server may send chunks to a client of HTTP/1.0 (RFC 9112, 6.1). The bytes would not be those of the file.
    if let Some(coding) = field("Transfer-Encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity"))
    {
        let coding: String = coding.chars().take(40).collect();
        return Err(Fault::Broken(format!("a transfer coding (`{coding}`), although HTTP/1.0 has none")));
    }
    match code {
        Some(200) => match field("Content-Length") {
            None => Ok(None),
            Some(length) => {
                length.parse().map(Some).map_err(|_| Fault::Broken("a length that is no number".to_owned()))
            }
        },
        Some(301 | 302 | 303 | 307 | 308) => {
            let url: String = field("Location").unwrap_or_default().chars().take(200).collect();
            Err(Fault::Elsewhere(if url.is_empty() { "another URL".to_owned() } else { url }))
        }
        Some(_) => {
            let answer: String = status.split_once(' ').unwrap_or_default().1.chars().take(200).collect();
            Err(Fault::Denied(answer))
        }
        None => Err(Fault::Broken("no HTTP".to_owned())),
    }
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
