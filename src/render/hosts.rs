//! The hosts of a site for a template of the user's own: part by part, because there may be a million.
//!
//! `{% for host in site.hosts %}` is rewritten to a loop over parts ([`crate::dialects::prepare`]). A second thread
//! makes the values of the next part while the template prints one.

use std::cell::RefCell;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;

use anyhow::{Context as _, Result};
use tera::{Kwargs, Map, State, Tera, TeraResult, Value};

use crate::dialects::{COUNT, HOSTS_OF_A_PART, PART, PARTS, Wants};
use crate::outputs::HostValues;

/// The hosts that the functions of the current template ask for.
struct Asked {
    count: usize,
    ask: Sender<usize>,
    given: Receiver<Value>,
}

thread_local! {
    static ASKED: RefCell<Option<Asked>> = const { RefCell::new(None) };
}

/// Registers the functions that the loops are rewritten to.
pub(super) fn register(engine: &mut Tera) {
    engine.register_function(PARTS, |_: Kwargs, _: &State| -> TeraResult<Value> {
        with(|asked| {
            Ok(Value::from_serializable(&(0..asked.count.div_ceil(HOSTS_OF_A_PART)).collect::<Vec<_>>()))
        })
    });
    engine.register_function(COUNT, |_: Kwargs, _: &State| -> TeraResult<Value> {
        with(|asked| Ok(Value::from(asked.count)))
    });
    engine.register_function(PART, |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let part = kwargs.must_get::<usize>("part")?;
        with(|asked| {
            let made = asked.ask.send(part).ok().and_then(|()| asked.given.recv().ok());
            made.ok_or_else(|| tera::Error::message("the hosts are not there"))
        })
    });
}

fn with<T>(ask: impl FnOnce(&Asked) -> TeraResult<T>) -> TeraResult<T> {
    ASKED.with_borrow(|asked| match asked {
        Some(asked) => ask(asked),
        None => Err(tera::Error::message("the hosts are not there")),
    })
}

/// The hosts of one part, by name.
fn part(hosts: &HostValues<'_>, part: usize) -> Value {
    let start = part.saturating_mul(HOSTS_OF_A_PART);
    Value::from((hosts.of)(start..hosts.count.min(start.saturating_add(HOSTS_OF_A_PART))))
}

/// Renders while another thread makes the hosts.
///
/// # Errors
/// If there is no further thread.
pub(super) fn part_by_part<T>(hosts: &HostValues<'_>, render: impl FnOnce() -> T) -> Result<T> {
    if hosts.count == 0 {
        let (ask, _) = channel();
        let (_, given) = channel();
        ASKED.set(Some(Asked { count: 0, ask, given }));
        return Ok(render());
    }
    thread::scope(|scope| {
        let (ask, asked) = channel::<usize>();
        let (give, given) = sync_channel(1);
        let make = move || {
            let mut next: Option<(usize, Value)> = None;
            for wanted in asked {
                let value = match next.take() {
                    Some((number, value)) if number == wanted => value,
                    _ => part(hosts, wanted),
                };
                if give.send(value).is_err() {
                    return;
                }
                let following = wanted + 1;
                if following * HOSTS_OF_A_PART < hosts.count {
                    next = Some((following, part(hosts, following)));
                }
            }
        };
        thread::Builder::new().spawn_scoped(scope, make).context("cannot start a thread")?;
        ASKED.set(Some(Asked { count: hosts.count, ask, given }));
        let rendered = render();
        // Ends the thread.
        ASKED.set(None);
        Ok(rendered)
    })
}

/// The site with all of its hosts and groups, as far as a template uses them.
pub(super) fn with_hosts(site: &Value, hosts: &HostValues<'_>, wants: Wants) -> Value {
    let mut all: Map = site.as_map().cloned().unwrap_or_default();
    if wants.hosts {
        all.insert("hosts".into(), Value::from((hosts.of)(0..hosts.count)));
    }
    if wants.groups {
        all.insert("groups".into(), Value::from((hosts.groups)()));
    }
    Value::from(all)
}
