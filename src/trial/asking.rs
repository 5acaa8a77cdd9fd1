//! Asks the daemon of a trial, from inside the network of its clients.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::network::{Network, Way};
use super::requests::Request;
use super::{Difference, Options};
use crate::model::Site;
use crate::probe::{Check, State, compare};
use crate::report::catalogue::ANSWER_DIFFERS;
use crate::source::Span;
use crate::wire::{Asker, Discover, Heard, Interface};

/// The longest wait for an offer. dhcpd pings an address for a second before it offers it if a subnet says so.
const WAIT: Duration = Duration::from_secs(6);

/// The wait for answers that should not come, to so many requests at once.
const SILENCE: Duration = Duration::from_secs(1);
const AT_ONCE: usize = 64;

/// So many requests without an answer in a row are enough.
const UNANSWERED: usize = 3;

/// The result of asking.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) count: usize,
    pub(super) differences: Vec<Difference>,
    pub(super) gave_up: bool,
}

/// Asks all requests.
pub(super) fn ask(
    site: &Site<'_>,
    network: &Network,
    requests: &[Request<'_>],
    options: &Options<'_>,
) -> Result<Asked> {
    Asking { site, network, options, askers: Vec::new(), asked: Asked::default() }.all(requests)
}

struct Asking<'a, 'o> {
    site: &'a Site<'a>,
    network: &'a Network,
    options: &'a Options<'o>,
    /// An asker for each way.
    askers: Vec<(Option<usize>, Asker)>,
    asked: Asked,
}

impl Asking<'_, '_> {
    fn all(mut self, requests: &[Request<'_>]) -> Result<Asked> {
        let (silent, answered): (Vec<_>, Vec<_>) = requests.iter().partition(|request| !request.is_answered);
        let mut unanswered = 0;
        for request in answered {
            if self.is_stopped() {
                return Ok(self.asked);
            }
            self.options.check_time(self.asked.count, requests.len())?;
            let stop = self.options.stop;
            let heard = self.asker(request.way)?.ask(&request.discover, WAIT, Some(1), Some(stop))?;
            unanswered = if heard.is_empty() { unanswered + 1 } else { 0 };
            self.compare(request, &heard);
            if unanswered >= UNANSWERED {
                self.asked.gave_up = true;
                return Ok(self.asked);
            }
        }
        // The ways one after the other: each has a socket of its own.
        for nic in [None].into_iter().chain((0..self.network.nics.len()).map(Some)) {
            let here: Vec<&Request<'_>> =
                silent.iter().copied().filter(|request| request.way.nic() == nic).collect();
            for part in here.chunks(AT_ONCE) {
                if self.is_stopped() {
                    return Ok(self.asked);
                }
                self.options.check_time(self.asked.count, requests.len())?;
                let [first, ..] = part else { continue };
                let messages: Vec<&Discover> = part.iter().map(|request| &request.discover).collect();
                let heard = self.asker(first.way)?.ask_together(&messages, SILENCE)?;
                for (request, heard) in part.iter().zip(heard) {
                    self.compare(request, &heard);
                }
            }
        }
        Ok(self.asked)
    }

    fn is_stopped(&self) -> bool {
        self.options.stop.load(Ordering::Relaxed)
    }

    /// The asker of a way.
    fn asker(&mut self, way: Way) -> Result<&mut Asker> {
        let nic = way.nic();
        let at = match self.askers.iter().position(|(known, _)| *known == nic) {
            Some(at) => at,
            None => {
                let interface = Interface { name: self.network.client_of(nic), mac: String::new() };
                let asker = match nic {
                    Some(_) => Asker::client(&interface, 1),
                    None => Asker::relay(&interface, &[self.network.server], 0x8000_0000),
                };
                let asker = asker.with_context(|| format!("cannot ask by {}", interface.name))?;
                self.askers.push((nic, asker.alone()));
                self.askers.len() - 1
            }
        };
        self.askers.get_mut(at).map(|(_, asker)| asker).context("no way to the server")
    }

    /// Adds the differences of an answer.
    fn compare(&mut self, request: &Request<'_>, heard: &[Heard]) {
        self.asked.count += 1;
        if heard.is_empty() && !request.is_answered {
            return;
        }
        let checks = compare(self.site, &request.answers, heard, WAIT.as_secs());
        for check in checks.into_iter().filter(|check| check.state == State::Wrong) {
            self.add(check, request);
        }
    }

    fn add(&mut self, check: Check, request: &Request<'_>) {
        let accepted = is_accepted(self.site, &check, &request.places);
        self.asked.add(Difference { check, requests: vec![request.what.clone()], accepted });
    }
}

impl Asked {
    /// Adds a difference to those that are the same.
    pub(super) fn add(&mut self, difference: Difference) {
        let same = |known: &&mut Difference| {
            known.check.text == difference.check.text
                && known.check.span == difference.check.span
                && known.accepted == difference.accepted
        };
        match self.differences.iter_mut().find(same) {
            Some(known) => known.requests.extend(difference.requests),
            None => self.differences.push(difference),
        }
    }
}

/// Whether an `allow` of the site accepts a difference: one whose scope has the value that should be answered, or the
/// subnet, host or class of the client.
pub(super) fn is_accepted(site: &Site<'_>, check: &Check, places: &[Span]) -> bool {
    let of_rule = site.allow.iter().filter(|allow| allow.rule.value == ANSWER_DIFFERS.id);
    let mut scopes = of_rule.map(|allow| allow.scope);
    let places: Vec<Span> = check.span.iter().chain(places).copied().collect();
    scopes.any(|scope| places.iter().any(|place| scope.contains(*place)))
}
