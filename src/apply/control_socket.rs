//! Kea's control socket: a Unix stream socket that takes one command as JSON and answers with one value.
//!
//! Kea 2.2 lives on and answers no client after a `config-reload` of a configuration that it refuses; 2.6 and 3.0 keep the
//! one they have. So `config-reload` is never sent before the daemon itself has tested the same file. Evidence: runs of
//! Kea 2.2.0, 2.6.3 and 3.0.4; "Management API" of Kea's manual.

use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Error, Result, anyhow, bail};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use serde_json::{Value, json};

/// An answer is a number and a sentence; more than this is none.
const MOST: u64 = 1 << 20;

/// Why a daemon did not reload.
pub(super) enum Refused {
    /// It has no socket, or its file is not in the JSON that the socket takes: it was not asked.
    NotAsked,
    /// It said no, or nothing.
    Answer(Error),
}

/// Has the daemon behind a socket test a file, and then read it again.
pub(super) fn reload(socket: &Path, file: &Path, limit: Duration) -> Result<(), Refused> {
    let text = fs::read_to_string(file).map_err(|_| Refused::NotAsked)?;
    let config = json_of(&text).ok_or(Refused::NotAsked)?;
    let test = json!({ "command": "config-test", "arguments": config });
    let Some(answer) = ask(socket, &test, limit).map_err(Refused::Answer)? else {
        return Err(Refused::NotAsked);
    };
    succeeded("config-test", &answer).map_err(Refused::Answer)?;
    let command = json!({ "command": "config-reload" });
    let answer = ask(socket, &command, limit).and_then(|answer| answer.context("it closed its socket"));
    answer.and_then(|answer| succeeded("config-reload", &answer)).map_err(Refused::Answer)
}

/// A configuration without the comments that our files have: whole lines. `None` for other comments, as in a file that
/// somebody else wrote.
fn json_of(text: &str) -> Option<Value> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    serde_json::from_str(&lines.collect::<Vec<_>>().join("\n")).ok()
}

/// The bytes that are written at once: the kernel counts a time limit anew for each part of a longer write.
const AT_ONCE: usize = 4096;

/// Sends a command and reads the answer, all of it within the limit. `None` if nobody listens.
fn ask(path: &Path, command: &Value, limit: Duration) -> Result<Option<Value>> {
    let time = TimeLimit { start: Instant::now(), limit };
    let mut stream = match connect_within(path, &time) {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("cannot connect to {}", path.display())),
    };
    let failed = || format!("no answer on {}", path.display());
    send(&mut stream, command.to_string().as_bytes(), &time).with_context(failed)?;
    let bytes = answer(&mut stream, &time).with_context(failed)?;
    serde_json::from_slice(&bytes).map(Some).with_context(failed)
}

/// The time for a command.
struct TimeLimit {
    start: Instant,
    limit: Duration,
}

impl TimeLimit {
    /// The rest of it.
    fn left(&self) -> io::Result<Duration> {
        let left = self.limit.saturating_sub(self.start.elapsed());
        if left.is_zero() {
            return Err(io::Error::new(
                ErrorKind::TimedOut,
                format!("none within {} s", self.limit.as_secs()),
            ));
        }
        Ok(left)
    }
}

/// Connects to a socket. A daemon that takes no connections any more lets its queue fill up, and then connect(2) waits for
/// ever; the limit for writing is one for connecting too (unix(7)), which the standard library has no words for.
fn connect_within(path: &Path, time: &TimeLimit) -> io::Result<UnixStream> {
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    let address = SocketAddrUnix::new(path)?;
    loop {
        set_socket_timeout(&socket, Timeout::Send, Some(time.left()?))?;
        match connect(&socket, &address).map_err(io::Error::from) {
            Ok(()) => return Ok(socket.into()),
            // The time is over, which the next round sees.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes a command, and says that it is whole.
fn send(stream: &mut UnixStream, command: &[u8], time: &TimeLimit) -> io::Result<()> {
    for part in command.chunks(AT_ONCE) {
        let mut rest = part;
        while !rest.is_empty() {
            stream.set_write_timeout(Some(time.left()?))?;
            match stream.write(rest) {
                Ok(length) => rest = rest.get(length..).unwrap_or_default(),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(error) => return Err(error),
            }
        }
    }
    stream.shutdown(Shutdown::Write)
}

/// Reads until the daemon closes the socket.
fn answer(stream: &mut UnixStream, time: &TimeLimit) -> Result<Vec<u8>> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        stream.set_read_timeout(Some(time.left()?))?;
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(length) => bytes.extend(buffer.iter().take(length)),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => return Err(error.into()),
        }
        if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST) {
            bail!("it is longer than {} MB", MOST >> 20);
        }
    }
}

/// Whether an answer has the result 0; the error has the daemon's text.
fn succeeded(command: &str, answer: &Value) -> Result<()> {
    // The control agent wraps each answer in a list; a daemon does not.
    match answer.get("result").and_then(Value::as_i64) {
        Some(0) => Ok(()),
        _ => {
            let text = answer.get("text").and_then(Value::as_str).unwrap_or("no reason");
            Err(anyhow!("`{command}`: {text}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::Path;
    use std::thread;
    use std::time::Duration;

    use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};

    use super::{Refused, json_of, reload};

    /// A daemon that gives these answers, and returns the commands.
    fn daemon(socket: &Path, answers: &'static [&'static str]) -> thread::JoinHandle<Vec<String>> {
        let listener = UnixListener::bind(socket).unwrap();
        thread::spawn(move || {
            let serve = |answer: &&str| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut command = String::new();
                stream.read_to_string(&mut command).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
                command
            };
            answers.iter().map(serve).collect()
        })
    }

    fn result(answers: &'static [&'static str]) -> (String, Vec<String>) {
        let folder = tempfile::TempDir::new().unwrap();
        let (socket, file) = (folder.path().join("socket"), folder.path().join("file"));
        std::fs::write(&file, "// ours\n{ \"Dhcp4\": {} }\n").unwrap();
        let asked = daemon(&socket, answers);
        let said = match reload(&socket, &file, Duration::from_secs(5)) {
            Ok(()) => "taken".to_owned(),
            Err(Refused::NotAsked) => "not asked".to_owned(),
            Err(Refused::Answer(error)) => {
                format!("{error:#}").replace(&socket.display().to_string(), "SOCKET")
            }
        };
        (said, asked.join().unwrap())
    }

    #[test]
    fn a_file_is_tested_before_it_is_read() {
        let test = r#"{"command":"config-test","arguments":{"Dhcp4":{}}}"#;
        let read = r#"{"command":"config-reload"}"#;
        let (said, asked) = result(&[r#"{"result":0}"#, r#"{"result":0,"text":"well"}"#]);
        assert_eq!((said.as_str(), asked), ("taken", vec![test.to_owned(), read.to_owned()]));
        // Kea 2.2 would go mute.
        let (said, asked) = result(&[r#"{"result":1,"text":"no such interface"}"#]);
        assert_eq!((said.as_str(), asked), ("`config-test`: no such interface", vec![test.to_owned()]));
        let (said, _) = result(&[r#"{"result":0}"#, r#"{"result":1}"#]);
        assert_eq!(said, "`config-reload`: no reason");
        let (said, _) = result(&["{"]);
        assert!(said.starts_with("no answer on SOCKET: EOF"), "{said}");
    }

    /// The error of a reload of a large file, through a socket that this function serves badly.
    fn unserved(backlog: i32, serve: impl FnOnce(&UnixListener) + Send + 'static) -> String {
        let folder = tempfile::TempDir::new().unwrap();
        let (path, file) = (folder.path().join("socket"), folder.path().join("file"));
        std::fs::write(&file, format!("{{ \"Dhcp4\": \"{}\" }}", "x".repeat(4 << 20))).unwrap();
        let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
        rustix::net::bind(&socket, &SocketAddrUnix::new(&path).unwrap()).unwrap();
        rustix::net::listen(&socket, backlog).unwrap();
        let listener = UnixListener::from(socket);
        let waiting = (backlog == 0).then(|| UnixStream::connect(&path).unwrap());
        let (done, result) = std::sync::mpsc::channel();
        let served = thread::spawn(move || serve(&listener));
        let asked = path.clone();
        thread::spawn(move || done.send(reload(&asked, &file, Duration::from_millis(600))));
        let Err(Refused::Answer(error)) = result.recv_timeout(Duration::from_secs(20)).expect("it hangs")
        else {
            panic!("it was taken")
        };
        drop((waiting, folder, served));
        format!("{error:#}").replace(&path.display().to_string(), "SOCKET")
    }

    #[test]
    fn a_daemon_that_stands_still_is_not_waited_for() {
        let still = |_: &UnixListener| thread::sleep(Duration::from_secs(30));
        // Nobody takes a connection, and the queue is full.
        assert_eq!(unserved(0, still), "cannot connect to SOCKET: none within 0 s");
        assert_eq!(unserved(5, still), "no answer on SOCKET: none within 0 s");
        // It reads a little at a time, or writes so, without an end.
        let said = unserved(5, |listener| {
            let (mut stream, _) = listener.accept().unwrap();
            while stream.read(&mut [0; 100]).is_ok_and(|length| length > 0) {
                thread::sleep(Duration::from_millis(10));
            }
        });
        assert_eq!(said, "no answer on SOCKET: none within 0 s");
        let drip = |part: &'static [u8], pause| {
            unserved(5, move |listener| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut command = Vec::new();
                stream.read_to_end(&mut command).unwrap();
                while stream.write_all(part).is_ok() {
                    thread::sleep(pause);
                }
            })
        };
        assert_eq!(drip(b" ", Duration::from_millis(20)), "no answer on SOCKET: none within 0 s");
        assert_eq!(drip(&[b'['; 4096], Duration::ZERO), "no answer on SOCKET: it is longer than 1 MB");
    }

    #[test]
    fn an_answer_that_is_none_is_an_error() {
        for (answer, words) in [
            ("", "EOF while parsing"),
            ("no JSON", "expected"),
            ("{\"result\":0} and more", "trailing characters"),
            ("[{\"result\":0}]", "`config-test`: no reason"),
            ("{\"result\":\"0\"}", "`config-test`: no reason"),
            ("{\"result\":1e400}", "number out of range"),
        ] {
            let answers: &'static [&'static str] = Box::leak(Box::new([answer]));
            let (said, _) = result(answers);
            assert!(said.contains(words), "{answer}: {said}");
        }
    }

    #[test]
    fn nobody_is_asked_without_a_socket_or_a_file_of_ours() {
        let folder = tempfile::TempDir::new().unwrap();
        let (socket, file) = (folder.path().join("socket"), folder.path().join("file"));
        let not_asked = || matches!(reload(&socket, &file, Duration::from_secs(5)), Err(Refused::NotAsked));
        assert!(not_asked());
        std::fs::write(&file, "{}").unwrap();
        assert!(not_asked());
        // The socket of a daemon that was killed.
        drop(UnixListener::bind(&socket).unwrap());
        assert!(not_asked());
        assert!(json_of("# theirs\n{}").is_none() && json_of("{} // theirs").is_none());
        assert!(json_of("  // ours\n{\"a\": \"// no comment\"}").is_some());
    }
}
