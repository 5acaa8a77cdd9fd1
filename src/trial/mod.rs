//! A trial of the DHCP server: before a server's files are put in place, its daemon is started with them in a network of
//! its own and asked as the site's clients ask.
//!
//! The daemon runs in network, mount and process namespaces that end with the trial, however that ends: nothing has a
//! name on the machine, and no file of it is written. There the site's interfaces exist with the server's addresses, the
//! new files are in their places, and every other file is as on the machine and read-only. So an `include` of a file that
//! the site does not have is read, and a security profile such as AppArmor's sees the paths that it expects.

mod asking;
mod daemon;
mod log;
mod network;
mod pair;
mod proof;
mod requests;
mod space;

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

pub use self::daemon::{TrialFile, Trialled};
use self::network::Network;
pub use self::proof::{Change, Imported, Proof, prove};
use self::space::{Came, Space};
use crate::dhcp::Policy;
use crate::model::Site;
use crate::probe::Check;

/// The limits of a trial.
pub struct Options<'o> {
    /// The longest time for the daemon to start.
    pub limit: Duration,
    /// Set when a signal asks the program to end.
    pub stop: &'o AtomicBool,
}

/// A difference between the daemon's answers and the site.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The check that failed.
    pub check: Check,
    /// The requests whose answers differ in this way.
    pub requests: Vec<String>,
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
    if !rustix::process::geteuid().is_root() {
        bail!("--probe needs root: it starts {} in a network namespace", daemon.program);
    }
    let machine = site.servers.get(server).context("no such server")?;
    let policy = Policy::new(site);
    let network = Network::new(site, machine);
    let requests = requests::requests(site, &policy, &network)?;
    let failed = || format!("cannot make a network for {}", daemon.program);
    let mut space = Space::new(daemon, &network, options).with_context(failed)?;
    match space.start(daemon, &network, options).with_context(failed)? {
        Came::Answers => {}
        Came::Ended => return Ok(Trial::Down(log::words(&space.log(), daemon))),
        Came::Late => {
            let seconds = options.limit.as_secs();
            let words = log::words(&space.log(), daemon);
            return Ok(Trial::Down(format!("it does not listen on UDP port 67 within {seconds} s\n{words}")));
        }
        Came::Stopped => return Ok(Trial::Stopped),
    }
    let asked = asking::ask(site, &network, &requests, &space.network()?, options)?;
    if options.stop.load(std::sync::atomic::Ordering::Relaxed) {
        return Ok(Trial::Stopped);
    }
    if space.has_ended() {
        let words = log::words(&space.log(), daemon);
        return Ok(Trial::Down(format!("it ended while it was asked\n{words}")));
    }
    Ok(Trial::Asked { requests: asked.count, differences: asked.differences, gave_up: asked.gave_up })
}
