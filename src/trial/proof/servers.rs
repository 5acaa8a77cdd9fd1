//! The two servers of a proof, started one after the other and asked.

use std::fs::File;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result};

use super::super::network::Network;
use super::super::space::{Came, Space};
use super::super::{Options, Trialled, log};
use super::Proof;

/// The result of asking one server.
enum Asked<A> {
    /// It does not start, or ends: its reason.
    Down(String),
    Stopped,
    Answers(A),
}

/// The answers of the old server and of the new one, or the result of a proof without answers. `ask` asks a server in its
/// network namespace, and `port` is the UDP port on which it listens.
///
/// # Errors
/// If the namespaces cannot be made, or a server cannot be asked.
pub(super) fn ask_both<A>(
    network: &Network,
    [old, new]: [&Trialled; 2],
    port: u16,
    options: &Options<'_>,
    ask: impl Fn(&File) -> Result<A>,
) -> Result<Result<(A, A), Proof>> {
    let old = match ask_one(network, old, port, options, &ask)? {
        Asked::Down(why) => return Ok(Err(Proof::OldDown(why))),
        Asked::Stopped => return Ok(Err(Proof::Stopped)),
        Asked::Answers(answers) => answers,
    };
    Ok(match ask_one(network, new, port, options, &ask)? {
        Asked::Down(why) => Err(Proof::NewDown(why)),
        Asked::Stopped => Err(Proof::Stopped),
        Asked::Answers(new) => Ok((old, new)),
    })
}

/// Starts a server, asks it everything, and ends it.
fn ask_one<A>(
    network: &Network,
    daemon: &Trialled,
    port: u16,
    options: &Options<'_>,
    ask: impl Fn(&File) -> Result<A>,
) -> Result<Asked<A>> {
    let failed = || format!("cannot make a network for {}", daemon.program);
    let mut space = Space::new(daemon, network, options).with_context(failed)?;
    match space.start(daemon, network, options).with_context(failed)? {
        Came::Answers => {}
        Came::Ended => return Ok(Asked::Down(log::words(&space.log(), daemon))),
        Came::Late => {
            let seconds = options.limit.as_secs();
            return Ok(Asked::Down(format!("it does not listen on UDP port {port} within {seconds} s")));
        }
        Came::Stopped => return Ok(Asked::Stopped),
    }
    let answers = ask(&space.network()?)?;
    if options.stop.load(Ordering::Relaxed) {
        return Ok(Asked::Stopped);
    }
    if space.has_ended() {
        let words = log::words(&space.log(), daemon);
        return Ok(Asked::Down(format!("it ended while it was asked\n{words}")));
    }
    Ok(Asked::Answers(answers))
}
