//! The network cards of a host, and the subnets of their addresses.

use std::net::Ipv4Addr;

use smallvec::SmallVec;

use super::resolver::Resolver;
use crate::model::{ByAddress, Mac, Nic, Nics, Spanned, Subnet, ipv4};
use crate::report::Finding;
use crate::report::catalogue::{MALFORMED, MISSING_KEY};
use crate::schema;
use crate::source::Scalar;

/// The network cards of a host.
pub(super) struct Cards {
    /// The MAC addresses of the first card; `None` if one is in error.
    pub macs: Option<Macs>,
    /// The address of the first card.
    pub ip: Option<Spanned<Ipv4Addr>>,
    pub further: Option<Box<Nics>>,
}

type Macs = SmallVec<[Spanned<Mac>; 1]>;

/// One card's addresses.
fn card<'a>(
    r: &mut Resolver<'_, 'a>,
    macs: &[Scalar<'a>],
    ip: Option<Scalar<'a>>,
) -> (Option<Macs>, Option<Spanned<Ipv4Addr>>) {
    let mut read: Option<Macs> = Some(Macs::new());
    for word in macs {
        // All are read, so that each invalid one has a finding.
        match (r.item(*word, Mac::parse), &mut read) {
            (Some(mac), Some(read)) => read.push(mac),
            _ => read = None,
        }
    }
    let ip = ip.and_then(|word| {
        let ip = r.value(word, ipv4);
        r.gaps.hosts |= ip.is_none();
        ip
    });
    (read, ip)
}

/// The cards of a host: the first one's addresses, and the further ones.
pub(super) fn cards<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::Host<'a>,
    subnet_of: &mut SubnetOf<'_>,
) -> Cards {
    let Some((key, nics)) = written.nics.as_deref() else {
        let (macs, ip) = card(r, &written.macs, written.ip);
        if written.macs.is_empty() && !written.wrong {
            let message = format!("the host `{}` has no `mac`", written.name.text);
            let finding = Finding::new(&MISSING_KEY, written.name.span, message);
            let help = "the address of its network card, by which dhcpd knows the host";
            r.report.push(finding.help(help));
        }
        return Cards { macs, ip, further: None };
    };
    if let Some(other) = written.macs.first().or(written.ip.as_ref()) {
        let message = format!("the host `{}` has both `nics` and addresses beside them", written.name.text);
        let finding = Finding::new(&MALFORMED, key.span, message).and(other.span, "the other one");
        r.report.push(finding.help("put all of them into `nics`: `nics: [{ mac: …, ip: … }, …]`"));
        r.gaps.hosts = true;
    }
    if nics.is_empty() {
        let message = format!("the host `{}` has no card in its `nics`", written.name.text);
        r.report.push(Finding::new(&MISSING_KEY, key.span, message).help("nics: [{ mac: …, ip: … }, …]"));
    }
    let mut all = nics.iter().map(|nic| {
        if !nic.mac.is_written() {
            let finding = Finding::new(&MISSING_KEY, nic.span, "a card of `nics` has no `mac`");
            r.report.push(finding);
        }
        card(r, nic.mac.given().map_or(&[][..], Vec::as_slice), nic.ip.given().copied())
    });
    let Some((macs, ip)) = all.next() else {
        return Cards { macs: None, ip: None, further: None };
    };
    let further: Vec<_> = all
        .filter_map(|(macs, ip)| {
            let subnet = ip.as_ref().and_then(|ip| subnet_of.find(ip.value));
            Some(Nic { macs: macs?, ip, subnet })
        })
        .collect();
    Cards { macs, ip, further: (!further.is_empty()).then(|| Box::new(Nics(further))) }
}

/// Finds the subnet of an address. `order` has the network address of each subnet with its index, sorted.
pub(super) struct SubnetOf<'s> {
    subnets: &'s [Subnet],
    order: ByAddress<'s, u32>,
}

impl<'s> SubnetOf<'s> {
    pub(super) fn new(subnets: &'s [Subnet], order: &'s [(Ipv4Addr, u32)]) -> Self {
        Self { subnets, order: ByAddress::new(order) }
    }

    /// The index of the subnet that contains an address.
    pub(super) fn find(&mut self, ip: Ipv4Addr) -> Option<u32> {
        // Nested subnets have a finding of their own; the innermost one counts.
        let below = self.order.upto(ip).iter().rev().take(64);
        below
            .map(|(_, at)| *at)
            .find(|at| self.subnets.get(*at as usize).is_some_and(|subnet| subnet.cidr.value.contains(ip)))
    }
}
