//! The configuration, for the dnsmasq of the site and as a snippet for an external one.

use std::collections::BTreeSet;
use std::fmt::Arguments;
use std::io::Write;
use std::net::Ipv4Addr;

use anyhow::{Result, anyhow, bail};

use super::classes::{self, Here};
use super::tags::{ANY_KNOWN, BARRED, FILED, LID, NO_BOOT, NO_NAME, NO_SCRIPT, OWN_FILES, Tags};
use super::{clients, hosts, values};
use crate::dhcp::{BootFiles, Policy, Pool, RASPBERRY_PI_MENU, Setting, SubnetScope, file_name};
use crate::dialects::comment;
use crate::dialects::dnsmasq::quote;
use crate::model::{Asks, Class, ClientId, ClientKind, Clients, Dhcp, Netboot, Range, Server};

/// A policy, as dnsmasq says it.
pub(in crate::outputs) struct Config<'p, 's> {
    pub(super) policy: &'p Policy<'s>,
    pub(super) tags: Tags<'s>,
}

/// Writes lines. dnsmasq cuts a line at 1025 bytes and reads the rest as another one.
pub(super) struct Lines<'o> {
    out: &'o mut dyn Write,
    line: String,
}

impl<'o> Lines<'o> {
    pub(super) fn new(out: &'o mut dyn Write) -> Self {
        Self { out, line: String::new() }
    }

    pub(super) fn put(&mut self, text: Arguments<'_>) -> Result<()> {
        self.put_with(|line| std::fmt::Write::write_fmt(line, text))
    }

    /// Writes lines that another one has made.
    pub(super) fn put_lines(&mut self, lines: &[u8]) -> Result<()> {
        Ok(self.out.write_all(lines)?)
    }

    /// Writes a line that a function makes, without its end.
    pub(super) fn put_with(&mut self, make: impl FnOnce(&mut String) -> std::fmt::Result) -> Result<()> {
        self.line.clear();
        make(&mut self.line)?;
        self.line.push('\n');
        if self.line.len() > 1000 {
            bail!(
                "a line for dnsmasq has more than 1000 bytes: {}…",
                self.line.get(..60).unwrap_or_default()
            );
        }
        Ok(self.out.write_all(self.line.as_bytes())?)
    }
}

/// Writes a line.
macro_rules! put {
    ($lines:expr, $($text:tt)*) => { $lines.put(format_args!($($text)*)) };
}
pub(super) use put;

/// A text in quotes.
pub(super) fn quoted(text: &str) -> Result<String> {
    quote(text).map_err(|refused| anyhow!("{}", refused.message))
}

/// The tag of a subnet.
pub(super) fn tag_of(scope: &SubnetScope<'_>) -> String {
    format!("net-{}", scope.subnet.name.value)
}

/// The beginnings of the lines for the ranges of a pool, and the lease time of each: one for each lease time.
pub(super) fn range_lines<'r>(
    policy: &Policy<'_>,
    at: usize,
    scope: &SubnetScope<'_>,
    pool: &'r Pool,
) -> Vec<(String, u32, &'r Range)> {
    let Some(filter) = classes::filter(policy, at, scope, pool) else { return Vec::new() };
    let leases = classes::leases(policy, at, scope);
    let line = |range: &'r Range| {
        let end = format!("set:{},{},{}", tag_of(scope), range.low, range.high);
        let begin = |tags: &str| format!("dhcp-range={}{end}", in_front(&format!("{filter}{tags}")));
        leases.iter().map(|(tags, lease)| (begin(tags), *lease, range)).collect::<Vec<_>>()
    };
    pool.ranges.iter().flat_map(line).collect()
}

/// Tags as they stand in front of others.
fn in_front(tags: &str) -> String {
    tags.strip_prefix(',').map_or_else(String::new, |tags| format!("{tags},"))
}

impl<'p, 's> Config<'p, 's> {
    pub(in crate::outputs) fn new(policy: &'p Policy<'s>) -> Self {
        Self { policy, tags: Tags::new(policy) }
    }

    /// The classes; a proxy knows none.
    pub(super) fn classes(&self) -> &'s [Class] {
        if self.is_proxy() { &[] } else { &self.policy.site.classes }
    }

    /// Whether clients of a kind get a file. U-Boot takes the offer of a proxy for one of an address.
    pub(super) fn serves(&self, kind: ClientKind) -> bool {
        !self.is_proxy() || kind.info().asks != Asks::Uboot
    }

    /// The options that dnsmasq has values of its own for, and sends if no line has the code: its address or the relay's as
    /// router, and if it answers DNS, its own as name server and the domain of a `domain` line (`do_options` in rfc2131.c
    /// of 2.90).
    pub(super) fn own_values(&self) -> &'static [u8] {
        if self.answers_dns() { &[3, 6, 15] } else { &[3] }
    }

    /// The domains in which dnsmasq answers DNS for the names of clients. Without these lines, 2.90 answers `pc-01`, but not
    /// `pc-01.lab.example.org`, and `expand-hosts` has no effect. Option 15 is set in each subnet.
    fn domains(&self, out: &mut dyn Write) -> Result<()> {
        if !self.answers_dns() {
            return Ok(());
        }
        let of_site = self.policy.site.domain.as_deref();
        if let Some(domain) = of_site {
            writeln!(out, "# Names of clients get this domain in DNS.\ndomain={domain}")?;
        }
        for subnet in &self.policy.site.subnets {
            let own = subnet.handout.domain.as_ref().map(|own| own.value.as_str());
            if let Some(own) = own.filter(|own| Some(*own) != of_site) {
                writeln!(out, "domain={own},{}", subnet.cidr.value)?;
            }
        }
        Ok(())
    }

    /// Whether dnsmasq answers DNS as well.
    pub(super) fn answers_dns(&self) -> bool {
        self.policy.site.dhcp.as_ref().is_some_and(Dhcp::answers_dns)
    }

    pub(super) fn is_proxy(&self) -> bool {
        self.policy.site.dhcp.as_ref().is_some_and(|dhcp| dhcp.proxy)
    }

    /// Writes the configuration of our own server.
    pub(in crate::outputs) fn server(
        &self,
        dhcp: &Dhcp,
        machine: &Server,
        out: &mut dyn Write,
    ) -> Result<()> {
        let name = comment(&self.policy.site.name);
        writeln!(out, "# Made by ipxegen for the site {name}: edit the site, not this file.\n")?;
        if !dhcp.answers_dns() {
            writeln!(out, "# DHCP only, no DNS.\nport=0")?;
        }
        for interface in &machine.interfaces {
            writeln!(out, "interface={}", interface.value)?;
        }
        if let Some(facility) = &dhcp.log_facility {
            writeln!(out, "log-facility={}", facility.value)?;
        }
        // Such an interface may come up later than dnsmasq.
        writeln!(out, "bind-dynamic")?;
        if dhcp.proxy {
            self.proxy(out)?;
        } else {
            self.addresses(dhcp, machine, out)?;
        }
        for raw in dhcp.raw.iter().chain(&self.policy.site.raw).filter(|raw| raw.output == "dnsmasq") {
            writeln!(out, "\n{}", raw.text.value.trim_end_matches(['\n', '\r']))?;
        }
        Ok(())
    }

    /// Addresses, and all that is given with them.
    fn addresses(&self, dhcp: &Dhcp, machine: &Server, out: &mut dyn Write) -> Result<()> {
        if dhcp.authoritative {
            writeln!(out, "dhcp-authoritative")?;
        }
        if dhcp.client_id == ClientId::Ignore {
            writeln!(out, "dhcp-ignore-clid")?;
        }
        if self.pings() == Some(false) {
            writeln!(out, "no-ping")?;
        }
        writeln!(out, "# A thousand leases are the default.\ndhcp-lease-max={}", self.most_leases())?;
        writeln!(
            out,
            "# File names go into the field of the answer, also to a client that asks for option 67."
        )?;
        writeln!(out, "dhcp-no-override")?;
        writeln!(out, "# No client is told the name that it gave itself.")?;
        writeln!(out, "dhcp-option=tag:!known,12\ndhcp-option=tag:{NO_NAME},12")?;
        self.domains(out)?;
        self.clients(Some(machine), out)
    }

    /// Writes the snippet that an external dnsmasq includes.
    pub(in crate::outputs) fn part(&self, out: &mut dyn Write) -> Result<()> {
        let name = comment(&self.policy.site.name);
        writeln!(out, "# Made by ipxegen for the site {name}: edit the site, not this file.\n#")?;
        writeln!(out, "# For dnsmasq 2.81 or later: include it, `conf-file=/etc/dnsmasq.d/ipxegen.conf`.")?;
        self.clients(None, out)
    }

    /// Whether addresses are pinged, if all subnets agree.
    fn pings(&self) -> Option<bool> {
        let dhcp = self.policy.site.dhcp.as_ref().and_then(|dhcp| dhcp.ping_check.as_ref());
        let pings =
            |scope: &SubnetScope<'_>| scope.subnet.ping_check.as_ref().or(dhcp).is_none_or(|ping| ping.value);
        let first = self.policy.subnets.first().map(pings)?;
        self.policy.subnets.iter().all(|scope| pings(scope) == first).then_some(first)
    }

    /// How many leases there may be: one for each address.
    fn most_leases(&self) -> u64 {
        let ranges = self.policy.subnets.iter().flat_map(|scope| &scope.pools).flat_map(|pool| &pool.ranges);
        let free =
            ranges.map(|range| u64::from(u32::from(range.high).saturating_sub(u32::from(range.low))) + 1);
        let fixed = self.policy.site.hosts.iter().flat_map(crate::model::Host::ips).count() as u64;
        (free.sum::<u64>() + fixed).clamp(1, 1_000_000_000)
    }

    /// The tag of known clients, if some are treated differently.
    pub(super) fn known(&self, lines: &mut Lines<'_>) -> Result<()> {
        let tells = |scope: &SubnetScope<'_>| {
            scope.known_only || scope.pools.iter().any(|pool| pool.clients != Clients::All)
        };
        let class = |class: &Class| class.netboot.as_ref().is_some_and(|at| at.value == Netboot::Known);
        if self.policy.subnets.iter().any(tells)
            || self.known_counts_by_v6()
            || self.classes().iter().any(class)
        {
            put!(lines, "\n# A host is known, too, where it has no address.")?;
            put!(lines, "tag-if=set:{ANY_KNOWN},tag:known\ntag-if=set:{ANY_KNOWN},tag:known-othernet")?;
        }
        Ok(())
    }

    fn clients(&self, machine: Option<&Server>, out: &mut dyn Write) -> Result<()> {
        clients::write(&clients::kinds(self), self.classes(), self.tags.one_url, out)?;
        let lines = &mut Lines::new(out);
        self.known(lines)?;
        if !self.classes().is_empty() {
            classes::write(self, lines)?;
        }
        self.shared_networks(machine, lines)?;
        for (at, scope) in self.policy.subnets.iter().enumerate() {
            self.subnet(at, scope, lines)?;
        }
        // Of lines for hosts the last one counts: the options of a host override those that go with its file.
        let servers = self.server_tags(self.tags.one_file, lines)?;
        self.own_files(&servers, lines)?;
        self.profiles(&servers, lines)?;
        hosts::write(self, lines)?;
        self.v6(lines)
    }

    /// The addresses of a wire at which its other subnets are answered, too: the server's, and those of relays, which
    /// are mostly routers.
    fn shared_networks(&self, machine: Option<&Server>, lines: &mut Lines<'_>) -> Result<()> {
        for network in self.policy.networks.iter().filter(|network| network.subnets.len() > 1) {
            let scopes = || network.subnets.iter().filter_map(|at| self.policy.subnets.get(*at));
            let site = self.policy.site;
            let agents = site.relays.iter().filter_map(|relay| site.servers.get(relay.server));
            let own = machine.into_iter().chain(agents).flat_map(|server| &server.ips);
            let routers = scopes().flat_map(|scope| scope.subnet.handout.routers.iter().flatten());
            let near: BTreeSet<Ipv4Addr> = own.chain(routers).map(|ip| ip.value).collect();
            if let Some(name) = network.shared {
                put!(lines, "\n# {}", comment(name))?;
            }
            for ip in near {
                if !scopes().any(|scope| scope.subnet.cidr.value.contains(ip)) {
                    continue;
                }
                for other in scopes().filter(|scope| !scope.subnet.cidr.value.contains(ip)) {
                    put!(lines, "shared-network={ip},{}", other.subnet.cidr.value.network())?;
                }
            }
        }
        Ok(())
    }

    fn subnet(&self, at: usize, scope: &SubnetScope<'s>, lines: &mut Lines<'_>) -> Result<()> {
        let subnet = scope.subnet;
        let classes = classes::in_subnet(self.policy, at);
        let (tag, cidr) = (tag_of(scope), subnet.cidr.value);
        put!(lines, "\n# {}", comment(&subnet.name.value))?;
        let net = format!("{},{}", cidr.netmask(), subnet.broadcast.value);
        // Hosts get their address whatever the ranges are for.
        for (tags, lease) in classes::leases(self.policy, at, scope) {
            let tags = in_front(&tags);
            put!(lines, "dhcp-range={tags}set:{tag},{},static,{net},{lease}", cidr.network())?;
        }
        for (begin, lease, _) in scope.pools.iter().flat_map(|pool| range_lines(self.policy, at, scope, pool))
        {
            put!(lines, "{begin},{net},{lease}")?;
        }
        // dnsmasq chooses the address first, of any range, and then looks at the tag of its range (rfc2131.c of 2.90).
        let mut pools = scope.pools.iter().filter(|pool| pool.only.is_none());
        if pools.next().is_some_and(|first| first.dynamic_bootp) && pools.all(|pool| pool.dynamic_bootp) {
            put!(lines, "bootp-dynamic=tag:{tag}")?;
        }
        if !subnet.boots() {
            put!(lines, "tag-if=set:{LID},tag:{tag}")?;
        }
        // Without a word dnsmasq sends its own address as boot server.
        for code in self.own_values() {
            if !scope.options.iter().any(|setting| setting.code == *code && !setting.data.is_unset()) {
                put!(lines, "dhcp-option=tag:{tag},{code}")?;
            }
        }
        for (tags, next) in Self::next_servers(scope, &classes) {
            let next = next.unwrap_or(Ipv4Addr::UNSPECIFIED);
            put!(lines, "dhcp-option=tag:{tag}{tags},option:server-ip-address,{next}")?;
        }
        for setting in &scope.options {
            let not = self.unless("no", setting.code, &self.tags.unset);
            let over = classes::without_unsetting(&classes, setting.code);
            self.option(&format!("tag:{tag}{not}{over}"), setting, lines)?;
        }
        for setting in &scope.ipxe {
            let own = self.unless("own", setting.code, &self.tags.own);
            let disk = self.unless("disk", setting.code, &self.tags.of_disks);
            let over = classes::without_saying(&classes, setting.code);
            self.sub_option(&format!("tag:{tag}{own}{disk}{over}"), setting, lines)?;
        }
        self.boot(scope, &classes, lines)?;
        self.class_options(scope, &classes, lines)
    }

    /// The tags of clients that a subnet has a file for, beside the kind.
    pub(super) fn booting(&self, scope: &SubnetScope<'_>, barred: bool) -> String {
        let mut tags = String::new();
        for (used, more) in [
            (barred, format!("!{BARRED}")),
            (scope.known_only && !barred, ANY_KNOWN.to_owned()),
            (self.tags.no_boot, format!("!{NO_BOOT}")),
            (
                (self.tags.one_file && !self.is_proxy()) || !self.tags.own_files.is_empty(),
                format!("!{OWN_FILES}"),
            ),
        ] {
            if used {
                tags += &format!(",tag:{more}");
            }
        }
        tags
    }

    /// The tag of iPXE that gets no script, if there is one.
    pub(super) fn no_script(&self) -> String {
        if self.tags.no_script { format!(",tag:!{NO_SCRIPT}") } else { String::new() }
    }

    /// The files of a subnet.
    pub(super) fn boot(
        &self,
        scope: &SubnetScope<'s>,
        classes: &[Here<'_, 's>],
        lines: &mut Lines<'_>,
    ) -> Result<()> {
        let Some(files) = scope.files else { return Ok(()) };
        let barred = self.barred(scope, classes, lines)?;
        let filed = self.filed(scope, classes, lines)?;
        let tags = format!("tag:{}{}", tag_of(scope), self.booting(scope, barred));
        let own = if filed { format!(",tag:!{FILED}") } else { String::new() };
        let servers = Self::next_servers(scope, classes);
        for (server, next) in &servers {
            let unset = |code| self.unset_beside(classes, code);
            let tags = format!("{tags}{own}{server}");
            self.files(&tags, &self.no_script(), &files, *next, &unset, lines)?;
        }
        self.class_files(&tags, &servers, classes, lines)
    }

    /// The tags that clients must not have to get an option with the file of a subnet or a class: of hosts, and of
    /// classes, that unset it.
    pub(super) fn unset_beside(&self, classes: &[Here<'_, 's>], code: u8) -> String {
        self.unless("no", code, &self.tags.unset) + &classes::without_unsetting(classes, code)
    }

    /// A tag that must not be there for a line to count, if some host has it.
    pub(super) fn unless(&self, what: &str, code: u8, codes: &BTreeSet<u8>) -> String {
        if codes.contains(&code) { format!(",tag:!{what}-{code}") } else { String::new() }
    }

    pub(super) fn option(&self, tags: &str, setting: &Setting<'_>, lines: &mut Lines<'_>) -> Result<()> {
        match values::of_option(setting.code, &setting.data)? {
            Some(value) => {
                let force = if setting.always { "-force" } else { "" };
                put!(lines, "dhcp-option{force}={tags},{},{value}", setting.code)
            }
            None => Ok(()),
        }
    }

    pub(super) fn sub_option(&self, tags: &str, setting: &Setting<'_>, lines: &mut Lines<'_>) -> Result<()> {
        match values::of_sub_option(&setting.data)? {
            Some(value) => put!(lines, "dhcp-option={tags},encap:175,{},{value}", setting.code),
            None => Ok(()),
        }
    }

    /// The boot file of each kind of client. dnsmasq takes the last line that matches, and the policy the first loader, so
    /// the order is reversed.
    pub(super) fn files(
        &self,
        tags: &str,
        no_script: &str,
        files: &BootFiles<'_>,
        next: Option<Ipv4Addr>,
        unset: &dyn Fn(u8) -> String,
        lines: &mut Lines<'_>,
    ) -> Result<()> {
        let server = next.map_or_else(String::new, |next| format!(",,{next}"));
        for (kind, loader) in files.loaders.iter().rev().filter(|(kind, _)| self.serves(*kind)) {
            let tags = format!("{tags},tag:{}", clients::tag(*kind));
            put!(lines, "dhcp-boot={tags},{}{server}", quoted(file_name(&loader.value))?)?;
            if self.is_proxy() {
                continue;
            }
            match kind.info().asks {
                // UEFI takes a URL only from an answer that says HTTPClient too.
                Asks::Http => put!(lines, "dhcp-option-force={tags}{},60,\"HTTPClient\"", unset(60))?,
                Asks::Rpi => {
                    put!(lines, "dhcp-option-force={tags}{},60,\"PXEClient\"", unset(60))?;
                    let menu = values::hex(RASPBERRY_PI_MENU);
                    put!(lines, "dhcp-option-force={tags}{},43,{menu}", unset(43))?;
                    // bootcode.bin does not look at siaddr (raspberrypi/firmware#801).
                    if let Some(next) = next {
                        put!(lines, "dhcp-option-force={tags}{},66,\"{next}\"", unset(66))?;
                    }
                }
                Asks::Pxe | Asks::Uboot | Asks::Power => {}
            }
        }
        match files.script {
            Some(script) => {
                put!(lines, "dhcp-boot={tags}{no_script},tag:{},{}{server}", clients::IPXE, quoted(script)?)
            }
            None => Ok(()),
        }
    }

    /// The tag of a client that is in no subnet with `netboot: none`, if there is one.
    pub(super) fn boots(&self) -> String {
        if self.policy.has_netboot_none { format!(",tag:!{LID}") } else { String::new() }
    }
}
