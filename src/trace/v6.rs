//! What one client gets by DHCPv6.

use super::kind::TracedKind;
use super::raw::{self, Decides};
use super::served::served;
use super::stage::{Origin, Stage, Step};
use super::who::Who;
use crate::dhcp::{Address6, Answer6, Client6, Policy6, SubnetScope6, answer6_as};
use crate::model::{ClientKind, DhcpDaemon, Netboot, Script, Site};

/// The answers of DHCPv6 to one kind of client.
#[derive(Clone, Debug)]
pub struct Trace6 {
    /// The request of the firmware, or of the system of a client that does not boot; then that of iPXE.
    pub stages: Vec<Stage>,
    /// The result of the first step in one line: a URL, or an address.
    pub ends: Option<String>,
    /// Why it gives none.
    pub why: Option<String>,
    /// Whether the site says so. It does not where verbatim text for the DHCP server may give one.
    pub is_known: bool,
}

/// A machine in a subnet with IPv6.
pub(super) struct Chain6<'s, 'p> {
    policy: &'p Policy6<'s>,
    site: &'s Site<'s>,
    who: &'p Who<'s>,
    scope: SubnetScope6<'s>,
    /// The subnet, by its place in the policy.
    at: usize,
}

impl<'s, 'p> Chain6<'s, 'p> {
    /// `None` where no server of the site answers DHCPv6.
    pub(super) fn new(policy: &'p Policy6<'s>, who: &'p Who<'s>) -> Option<Self> {
        let site = policy.site;
        site.dhcp.as_ref().filter(|dhcp| !dhcp.proxy)?;
        let subnet = site.subnets.get(who.subnet)?;
        let at = policy.subnets.iter().position(|scope| std::ptr::eq(scope.subnet, subnet))?;
        Some(Self { policy, site, who, scope: *policy.subnets.get(at)?, at })
    }

    /// The answers to a kind of client.
    pub(super) fn follow(&self, kind: TracedKind) -> Option<Trace6> {
        let arch = |kind: ClientKind| kind.arch_numbers().first().copied();
        let (step, arch, is_ipxe) = match kind {
            TracedKind::Plain => (Step::FirmwareDhcp6, None, false),
            TracedKind::Firmware(kind) => (Step::FirmwareDhcp6, arch(kind), false),
            TracedKind::Ipxe => (Step::IpxeDhcp6, arch(ClientKind::Bios), true),
        };
        let answer = self.ask(arch, is_ipxe)?;
        let mut first = self.stage(step, &answer, kind);
        let mut ends = self.url(&answer).map(str::to_owned);
        let mut why = None;
        if kind == TracedKind::Plain {
            ends = first.value("address").map(|_| "an address".to_owned());
            why = ends.is_none().then(|| "no address".to_owned());
        } else if ends.is_none() {
            why = Some(self.no_url(&answer, kind));
        }
        let what = if kind == TracedKind::Plain { Decides::Address } else { Decides::File };
        let texts = self.texts();
        let gives = raw::gives(&texts, what).filter(|_| why.is_some());
        let is_known = gives.is_none();
        match (&mut why, gives) {
            (Some(why), Some((text, _))) => *why = format!("{text}; without it, {why}"),
            _ => first.notes.extend(raw::changes(&texts, what).into_iter().map(|(text, _)| text)),
        }
        if let Some(why) = why.as_ref().filter(|_| kind != TracedKind::Plain) {
            first.notes.push(format!("no boot file: {why}"));
        }
        let mut stages = vec![first];
        let ipxe = ends.as_deref().filter(|_| !is_ipxe).and_then(|url| kind.ipxe_kind(url));
        if let Some(answer) = ipxe.and_then(|kind| self.ask(kind.arch_numbers().first().copied(), true)) {
            stages.push(self.stage(Step::IpxeDhcp6, &answer, kind));
        }
        Some(Trace6 { stages, ends, why, is_known })
    }

    fn ask(&self, arch: Option<u16>, is_ipxe: bool) -> Option<Answer6<'s>> {
        let client = Client6 { subnet: self.at, mac: self.who.mac, arch, is_ipxe };
        answer6_as(self.policy, &client, self.who.host)
    }

    fn texts(&self) -> Vec<raw::ScopedRaw<'s>> {
        raw::texts(self.site, &[self.who.subnet], &[], self.who.host, true)
    }

    /// The URL that the daemon sends. dnsmasq has none for UEFI's HTTP boot, as `daemon-lacks` says.
    fn url(&self, answer: &Answer6<'s>) -> Option<&'s str> {
        answer.url.filter(|_| !(answer.is_http && self.is_dnsmasq()))
    }

    fn is_dnsmasq(&self) -> bool {
        self.site.dhcp.as_ref().is_some_and(|dhcp| dhcp.daemon == DhcpDaemon::Dnsmasq)
    }

    fn stage(&self, step: Step, answer: &Answer6<'s>, kind: TracedKind) -> Stage {
        let mut stage = Stage::new(step);
        let v6 = self.scope.v6;
        self.address(&mut stage, answer);
        if answer.address != Address6::Nothing {
            let written = self.site.dhcp.as_ref().and_then(|dhcp| dhcp.default_lease_time.as_ref());
            let origin = written.map_or_else(Origin::default_value, |time| Origin::new("site", time.span));
            stage.say("lease-time", format!("{} s", answer.lease_time), origin);
        }
        let here = || Origin::new("subnet", v6.cidr.span);
        if let Some(url) = self.url(answer) {
            let file = served(self.site, self.scope.subnet, url);
            stage.say_file("bootfile-url", url, self.origin(step, kind), file);
            if answer.is_http {
                stage.say("vendor-class", "HTTPClient", Origin::default_value());
            }
        }
        if !answer.dns.is_empty() {
            let dns: Vec<String> = answer.dns.iter().map(ToString::to_string).collect();
            stage.say("name-servers", dns.join(", "), here());
        }
        if !answer.domains.is_empty() {
            let handout = &self.scope.subnet.handout;
            let search = handout.domain_search.as_ref().and_then(|all| all.first()).map(|domain| domain.span);
            let span = search.or(handout.domain.as_ref().map(|domain| domain.span));
            let origin = span.map_or_else(here, |span| Origin::new(self.layer(span), span));
            stage.say("domain-search", answer.domains.join(", "), origin);
        }
        stage.facts.extend(raw::facts(&self.texts()));
        self.notes(&mut stage);
        stage
    }

    fn address(&self, stage: &mut Stage, answer: &Answer6<'s>) {
        match &answer.address {
            Address6::Fixed(ip) => {
                let span = self.who.host.and_then(|host| host.ip6.as_ref()).map(|ip| ip.span);
                stage.say("address", ip.to_string(), Origin::new("host", span));
            }
            Address6::Pool(ranges) => {
                let written = self.scope.v6.ranges.first().map(|range| range.span);
                let ranges: Vec<String> = ranges.iter().map(ToString::to_string).collect();
                stage.say("address", ranges.join(", "), Origin::new("subnet", written));
            }
            Address6::Nothing => {
                let subnet = self.scope.subnet;
                let name = &subnet.name.value;
                stage.notes.push(if self.scope.v6.free.is_empty() {
                    format!("DHCPv6 has no address in `{name}`: a client can have one that the router announces, and the options")
                } else {
                    format!("DHCPv6 gives strangers no address in `{name}` (`unknown_clients: deny`)")
                });
            }
        }
    }

    fn notes(&self, stage: &mut Stage) {
        if self.site.classes.iter().any(|class| class.in_subnet(self.who.subnet).is_some()) {
            stage.notes.push("classes do not apply by IPv6".to_owned());
        }
        let profile = self.who.host.and_then(|host| self.site.profile(host));
        if profile.is_some_and(|profile| profile.loaders.is_some() || profile.file.is_some()) {
            stage.notes.push("DHCPv6 sends the loader of the subnet, not that of the host".to_owned());
        }
    }

    /// The origin of a URL.
    fn origin(&self, step: Step, kind: TracedKind) -> Origin {
        let span = match (step, kind) {
            (Step::FirmwareDhcp6, TracedKind::Firmware(kind)) => {
                let loaders = &self.scope.subnet.loaders;
                loaders.iter().find(|(known, _)| *known == kind).map(|(_, loader)| loader.span)
            }
            _ => match &self.site.ipxe.script {
                // The place of a script that is not written is that of the site.
                Script::Http(name) | Script::Tftp(name) if name == super::chain::DEFAULT_SCRIPT => None,
                _ => return Origin::new("site", self.site.ipxe.span),
            },
        };
        // A default loader has the place of its subnet.
        let written = span.filter(|span| *span != self.scope.subnet.name.span);
        written.map_or_else(Origin::default_value, |span| Origin::new(self.layer(span), span))
    }

    fn layer(&self, span: crate::source::Span) -> &'static str {
        if self.scope.subnet.span.contains(span) { "subnet" } else { "site" }
    }

    /// Why a client that boots gets no URL.
    fn no_url(&self, answer: &Answer6<'s>, kind: TracedKind) -> String {
        let subnet = self.scope.subnet;
        if subnet.netboot == Netboot::None {
            return "`netboot: none` in this subnet".to_owned();
        }
        if self.who.host.is_some_and(|host| self.policy.boots_nothing(host)) {
            return "no boot file for this machine".to_owned();
        }
        if self.scope.known_only && self.who.host.is_none() {
            return super::chain::KNOWN_ONLY.to_owned();
        }
        if answer.is_http && self.is_dnsmasq() {
            return "dnsmasq sends no URL to UEFI's HTTP boot by IPv6".to_owned();
        }
        match kind {
            TracedKind::Ipxe => "iPXE gets no script by IPv6".to_owned(),
            _ => format!("no loader for {}", kind.name()),
        }
    }
}
