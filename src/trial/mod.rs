//! A trial of the DHCP server: before a server's files are put in place, its daemon is started with them in a network of
//! its own and asked as the site's clients ask.
//!
//! The daemon runs in network, mount and process namespaces that end with the trial, however that ends: nothing has a
//! name on the machine, and no file of it is written. There the site's interfaces exist with the server's addresses, the
//! new files are in their places, and every other file is as on the machine and read-only. So an `include` of a file that
//! the site does not have is read, and a security profile such as AppArmor's sees the paths that it expects.

mod askers6;
mod asking;
mod daemon;
mod limits;
mod log;
mod network;
mod programs;
mod proof;
mod requests;
mod six;
mod space;
mod standalone;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use self::asking::Asked;
pub use self::daemon::{TrialFile, Trialled};
use self::network::Network;
pub use self::proof::{Change, Imported, Proof, prove, prove6};
pub use self::six::{has_dhcp6, run6};
use self::space::{Came, Space, inside};
use crate::dhcp::Policy;
use crate::model::{Server, Site};
use crate::probe::Check;

/// A trial may take so many times as long as its daemon may take to start. With the default of `--timeout`, that is half an
/// hour; a trial of the largest site that is asked about takes seconds, unless a server is silent to most of its clients.
const WHOLE: u32 = 60;

/// The limits of a trial.
pub struct Options<'o> {
    /// The longest time for the daemon to start.
    limit: Duration,
    /// When the whole trial has to be over.
    end: Instant,
    /// Set when a signal asks the program to end.
    stop: &'o AtomicBool,
}

impl<'o> Options<'o> {
    /// `limit` is the longest time for a daemon to start; the trial begins now.
    #[must_use]
    pub fn new(limit: Duration, stop: &'o AtomicBool) -> Self {
        Self { limit, end: Instant::now() + limit.saturating_mul(WHOLE), stop }
    }

    /// Fails when the trial has taken too long. `done` of all requests were asked.
    fn check_time(&self, done: usize, all: usize) -> Result<()> {
        if Instant::now() >= self.end {
            let limit = self.limit.saturating_mul(WHOLE).as_secs();
            bail!(
                "the trial took longer than {limit} s, {WHOLE} times `--timeout`: {done} of {all} requests were asked; a longer `--timeout` gives it more time"
            );
        }
        Ok(())
    }
}

/// A difference between the daemon's answers and the site.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The check that failed.
    pub check: Check,
    /// The requests whose answers differ in this way.
    pub requests: Vec<String>,
    /// The site accepts it for these requests, with an `allow`.
    pub accepted: bool,
}

/// The result of a trial.
#[derive(Clone, Debug)]
pub enum Trial {
    /// The daemon does not start, or ended while it was asked: the reason, line by line.
    Down(String),
    /// It was asked.
    Asked {
        /// The number of requests.
        requests: usize,
        /// The differences, each once.
        differences: Vec<Difference>,
        /// Some requests were left out, because earlier ones had no answer.
        gave_up: bool,
    },
    /// A signal came.
    Stopped,
}

/// Starts the daemon of a server with its files and asks it.
///
/// # Errors
/// If this is not root's run, or the namespaces cannot be made.
pub fn run(site: &Site<'_>, server: usize, daemon: &Trialled, options: &Options<'_>) -> Result<Trial> {
    let network = Network::new(site, server_of(site, server, daemon)?)?;
    let policy = Policy::new(site);
    let requests = requests::requests(site, &policy, &network)?;
    let ask = || asking::ask(site, &network, &requests, options);
    start_and_ask(daemon, &network, 67, options, ask)
}

/// The server whose daemon is tried.
fn server_of<'s>(site: &'s Site<'_>, server: usize, daemon: &Trialled) -> Result<&'s Server> {
    if !rustix::process::geteuid().is_root() {
        bail!("--probe needs root: it starts {} in a network namespace", daemon.program);
    }
    site.servers.get(server).context("no such server")
}

/// Starts a daemon, which has to listen on a UDP port, and asks it from inside its network.
fn start_and_ask(
    daemon: &Trialled,
    network: &Network,
    port: u16,
    options: &Options<'_>,
    ask: impl FnOnce() -> Result<Asked> + Send,
) -> Result<Trial> {
    let failed = || format!("cannot make a network for {}", daemon.program);
    let mut space = Space::new(daemon, network, options).with_context(failed)?;
    match space.start(daemon, network, options).with_context(failed)? {
        Came::Answers => {}
        Came::Ended => return Ok(Trial::Down(log::words(&space.log(), daemon))),
        Came::Late => {
            let seconds = options.limit.as_secs();
            let words = log::words(&space.log(), daemon);
            let late = format!("it does not listen on UDP port {port} within {seconds} s");
            return Ok(Trial::Down(format!("{late}\n{words}")));
        }
        Came::Stopped => return Ok(Trial::Stopped),
    }
    let namespace = space.network()?;
    let asked = inside(&namespace, ask)?;
    if options.stop.load(Ordering::Relaxed) {
        return Ok(Trial::Stopped);
    }
    if space.has_ended() {
        let words = log::words(&space.log(), daemon);
        return Ok(Trial::Down(format!("it ended while it was asked\n{words}")));
    }
    Ok(Trial::Asked { requests: asked.count, differences: asked.differences, gave_up: asked.gave_up })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    use super::Options;

    #[test]
    fn a_trial_ends_in_time() {
        let stop = AtomicBool::new(false);
        assert!(Options::new(Duration::from_secs(3600), &stop).check_time(1, 2).is_ok());
        let late = Options::new(Duration::ZERO, &stop).check_time(7, 9).unwrap_err().to_string();
        assert!(
            late.contains("7 of 9 requests were asked; a longer `--timeout` gives it more time"),
            "{late}"
        );
    }
}
