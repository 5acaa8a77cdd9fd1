//! The facts of a DHCP answer.

use super::option_text::{ipxe_option, ipxe_text, option, text};
use super::stage::{Fact, Origin};
use crate::dhcp::{Address, Answer, Layer, Said, Value};
use crate::model::{Host, Site};
use crate::source::Span;

/// The code of iPXE's options, which are shown one by one.
const ENCAPSULATED: u8 = 175;

/// Every value of an answer. iPXE asks for its own options, and firmware does not.
pub(super) fn facts(
    site: &Site<'_>,
    answer: &Answer<'_>,
    host: Option<&Host<'_>>,
    is_ipxe: bool,
) -> Vec<Fact> {
    let mut all = vec![address(site, answer, host)];
    all.extend(fact("next-server", &answer.next_server, ToString::to_string));
    all.extend(fact("file", &answer.file, |file| (*file).to_owned()));
    all.extend(fact("lease-time", &answer.lease_time, |seconds| format!("{seconds} s")));
    let mut options: Vec<_> = answer.options.iter().filter(|(code, _)| *code != ENCAPSULATED).collect();
    options.sort_by_key(|(code, _)| *code);
    for (code, value) in options {
        let (name, is) = option(site, *code);
        all.extend(fact(name, value, |bytes| text(bytes, is)));
    }
    let mut ipxe: Vec<_> = answer.ipxe.iter().filter(|_| is_ipxe).collect();
    ipxe.sort_by_key(|(code, _)| *code);
    for (code, value) in ipxe {
        let (name, is) = ipxe_option(site, *code);
        all.extend(fact(format!("ipxe.{name}"), value, |bytes| ipxe_text(bytes, is)));
    }
    // Findings need a place, so a default loader has that of its subnet or host, where the site does not set one.
    let names: Vec<Span> =
        site.subnets.iter().map(|subnet| subnet.name.span).chain(host.map(|host| host.span)).collect();
    for fact in all.iter_mut().filter(|fact| fact.name == "file") {
        let overridden = fact.overridden.iter_mut().map(|(value, origin)| (&*value, origin));
        for (value, origin) in [(&fact.value, &mut fact.origin)].into_iter().chain(overridden) {
            // Only `netboot` takes a file away at that place.
            if value.is_some() && origin.span.is_some_and(|span| names.contains(&span)) {
                *origin = Origin::default_value();
            }
        }
    }
    all
}

fn address(site: &Site<'_>, answer: &Answer<'_>, host: Option<&Host<'_>>) -> Fact {
    match &answer.address {
        Address::Fixed(ip) => {
            let written = host.and_then(|host| host.ips().find(|own| own.value == *ip));
            Fact::new("address", ip.to_string(), Origin::new("host", written.map(|ip| ip.span)))
        }
        Address::Pool(ranges) if ranges.is_empty() => {
            Fact::new("address", "one that another DHCP server gives", Origin::default_value())
        }
        Address::Pool(ranges) => {
            let written = site.subnets.get(answer.subnet).map_or(&[][..], |subnet| &subnet.ranges);
            let from =
                ranges.first().and_then(|first| written.iter().find(|range| range.value.contains(first.low)));
            let ranges = ranges.iter().map(|range| match range.low == range.high {
                true => range.low.to_string(),
                false => format!("{}-{}", range.low, range.high),
            });
            let origin = Origin::new("subnet", from.map(|range| range.span));
            Fact::new("address", ranges.collect::<Vec<_>>().join(", "), origin)
        }
    }
}

/// The fact of a value; `None` if no layer sets it.
fn fact<T>(name: impl Into<String>, value: &Value<T>, shown: impl Fn(&T) -> String) -> Option<Fact> {
    let mut said = value.said.iter().map(|said| (said.value.as_ref().map(&shown), origin(said)));
    let (text, origin) = said.next()?;
    Some(Fact { value: text, overridden: said.collect(), ..Fact::new(name, "", origin) })
}

fn origin<T>(said: &Said<T>) -> Origin {
    Origin::new(&layer(said.layer), said.span)
}

/// The word of a layer.
pub(super) fn layer(layer: Layer) -> String {
    match serde_json::to_value(layer) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
