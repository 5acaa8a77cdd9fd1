//! The probe of one machine by DHCPv6: asks on the wire of the interface as each kind of client that gets a boot file.

use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::offers6::compare_all6;
use super::outcome::{Check, Section, State};
use super::probing::{needs, number};
use crate::dhcp::{Address6, Answer6, Client, Client6, Policy6, SubnetScope6, answer6};
use crate::model::{DhcpDaemon, Site};
use crate::trace::{TracedKind, Who};
use crate::wire::{Asker6, Interface, Solicit};

/// The options that clients ask for: the vendor class, name servers, domains, and the URL with its parameters.
pub const WANTED6: [u16; 5] = [16, 23, 24, 59, 60];

/// A request of a kind of client, and what the site answers.
struct Request<'s> {
    kind: String,
    solicit: Solicit,
    answer: Answer6<'s>,
}

/// Probes a machine as the kinds of client in `kinds`; if `kinds` is empty, as those that get a boot file. There are no
/// sections if the site has no DHCPv6 server for the machine's subnet.
///
/// # Errors
/// When nothing can be sent.
pub fn probe6(
    site: &Site<'_>,
    who: &Who<'_>,
    kinds: &[TracedKind],
    interface: &Interface,
    timeout: Duration,
    says: &mut dyn FnMut(&str),
) -> Result<Vec<Section>> {
    let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| !dhcp.proxy) else { return Ok(Vec::new()) };
    let policy = Policy6::new(site);
    let Some(subnet) = site.subnets.get(who.subnet) else { return Ok(Vec::new()) };
    let is_here = |scope: &SubnetScope6<'_>| std::ptr::eq(subnet, scope.subnet);
    let Some(at) = policy.subnets.iter().position(is_here) else { return Ok(Vec::new()) };
    let one = |state, text: String| {
        let checks = vec![Check::new(state, text).at(subnet.v6.as_ref().map(|v6| v6.cidr.span))];
        Ok(vec![Section { title: "DHCPv6".to_owned(), checks }])
    };
    let own = who.mac.map(|byte| format!("{byte:02x}")).join(":");
    if who.host.is_some() && dhcp.daemon == DhcpDaemon::Dnsmasq && interface.mac != own {
        let text = "not asked as this host: by IPv6 dnsmasq knows a host by its card".to_owned();
        return one(State::Note, text);
    }
    let mut asker = match Asker6::new(interface, false, number()?) {
        Ok(asker) => asker,
        Err(error) => return one(State::NotAsked, format!("{}: {error}", needs(546))),
    };
    let never = AtomicBool::new(false);
    let mut sections = Vec::new();
    let mut enough = None;
    for Request { kind, solicit, answer } in requests(&policy, who.mac, at, kinds) {
        let way = if solicit.stateless { ", for options only" } else { "" };
        let title = format!("{kind}, DHCPv6{way}");
        says(&title);
        // As by IPv4, at most one packet a second.
        if !sections.is_empty() {
            thread::sleep(Duration::from_secs(1));
        }
        let heard =
            asker.ask_all(&solicit, timeout, enough, &never).context("cannot send a request by IPv6")?;
        let silent = heard.is_empty();
        // All servers had their time once: later, one that is slower than these is not waited for.
        if enough.is_none() && !silent {
            enough = Some(heard.len());
        }
        let checks = compare_all6(site, subnet, &answer, solicit.stateless, &heard, timeout.as_secs());
        sections.push(Section { title, checks });
        // A server that is silent to one kind is silent to all.
        if silent {
            break;
        }
    }
    Ok(sections)
}

/// The requests as each kind. A client that gets no address here asks for options only, as one does that has its address
/// from the router.
fn requests<'s>(policy: &Policy6<'s>, mac: [u8; 6], at: usize, kinds: &[TracedKind]) -> Vec<Request<'s>> {
    let mut all = Vec::new();
    for (kind, client) in Client::plain(0, mac).kinds6() {
        let asks = Client6 { subnet: at, mac, arch: client.arch.first().copied(), is_ipxe: client.is_ipxe() };
        let Some(answer) = answer6(policy, &asks) else { continue };
        let name = kind.split('/').next().unwrap_or_default();
        let is_wanted = match kinds {
            [] => answer.url.is_some() || name == "plain",
            kinds => kinds.iter().any(|kind| kind.name().eq_ignore_ascii_case(name)),
        };
        if !is_wanted {
            continue;
        }
        let stateless = answer.address == Address6::Nothing;
        let wanted = WANTED6.to_vec();
        let solicit = Solicit { mac, options: client.options6(), wanted, link: None, stateless };
        all.push(Request { kind, solicit, answer });
    }
    all
}
