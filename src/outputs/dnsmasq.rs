//! `/etc/dnsmasq.d/ipxegen.conf`: dnsmasq as the DHCP server, without DNS.
//!
//! Everything is said by tags. dnsmasq sends an option of the host's tags rather than one of the subnet's tag, of equal
//! ones the last of the file, and of `dhcp-boot` the last line whose tags fit. Evidence: rfc2131.c, dhcp-common.c and
//! option.c of 2.90, and the wire.

mod classes;
mod clients;
mod config;
mod hosts;
mod places;
mod profiles;
mod proxy;
mod tags;
mod v6;
pub(super) mod values;

use std::io::Write;

use anyhow::Result;

use self::config::Config;
use super::checkers::{Checker, dnsmasq::DNSMASQ};
use super::{Action, ManualStep, Output, PlannedFile, Port, RawScope, verbatim};
use crate::dhcp::{Policy, has_secret};
use crate::dialects::Dialect;
use crate::diff::{Reader, read_dnsmasq};
use crate::model::{Dhcp, DhcpDaemon, Site};

pub(super) struct Dnsmasq;

const FILE: &str = "/etc/dnsmasq.d/ipxegen.conf";
const UNIT: &str = "dnsmasq.service";

/// Words before a password.
pub(super) const SECRETS: &[&str] = &["encap:175,191", "encap:175,193"];

impl Output for Dnsmasq {
    fn name(&self) -> &'static str {
        "dnsmasq"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Dnsmasq
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site, RawScope::Dhcp]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[DNSMASQ]
    }

    fn reader(&self) -> Option<Reader> {
        Some(read_dnsmasq)
    }

    fn action(&self, unit: &str) -> Option<Action> {
        // On SIGHUP dnsmasq reads leases and lists of hosts again, but not its configuration (dnsmasq(8), NOTES).
        // `--test` with the folder of Debian's unit reads every file that a restart would read: the checker of our file
        // cannot know that another one contradicts it.
        (unit == UNIT).then_some(Action::RestartAfter {
            program: "dnsmasq",
            arguments: &["--test", "-7", "/etc/dnsmasq.d,.dpkg-dist,.dpkg-old,.dpkg-new"],
        })
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        let Some(dhcp) = here(site, server) else { return Vec::new() };
        let mut ports = vec![Port::udp(67, "dnsmasq")];
        // UEFI asks a proxy once more there (PXE 2.1, section 2.2.1).
        if !dhcp.proxy && super::dhcpd6::spoken(site) {
            ports.push(Port::udp(547, "dnsmasq"));
        }
        if dhcp.answers_dns() {
            ports.extend([Port::udp(53, "dnsmasq"), Port::tcp(53, "dnsmasq")]);
        }
        ports.extend(dhcp.proxy.then_some(Port::udp(4011, "dnsmasq")));
        ports
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(dhcp) = here(site, server) else { return Vec::new() };
        let Some(machine) = site.servers.get(server) else { return Vec::new() };
        let write = move |out: &mut dyn Write| Config::new(&Policy::new(site)).server(dhcp, machine, out);
        let file = PlannedFile::written(FILE, Box::new(write))
            .reload(UNIT)
            .check(&["dnsmasq", "--test", "-C", FILE])
            .source_map(places::source_map(site, dhcp));
        let raw_secret = [&dhcp.raw, &site.raw].iter().any(|raw| verbatim::has_raw_secret(raw, "dnsmasq"));
        // dnsmasq reads the file as root when it starts, and never again: 0640 of root is enough.
        vec![match (raw_secret, secret(site)) {
            (true, _) => file.secret(&[]),
            (false, true) => file.secret(SECRETS),
            (false, false) => file,
        }]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        if here(site, server).is_none() {
            return Vec::new();
        }
        let mut needs = vec![ManualStep::new("package", "dnsmasq", "dnsmasq, the DHCP server")];
        needs.extend(super::dhcpd::relays(site, server));
        needs
    }
}

/// Writes the snippet that an external dnsmasq includes.
pub(super) fn external(policy: &Policy<'_>, out: &mut dyn Write) -> Result<()> {
    Config::new(policy).part(out)
}

/// Whether a password is among the options.
pub(super) fn secret(site: &Site<'_>) -> bool {
    site.handouts().any(has_secret) || site.disks_with_more().any(|(.., more)| more.chap.is_some())
}

/// The service, where this server runs it with dnsmasq.
fn here<'s>(site: &'s Site<'_>, server: usize) -> Option<&'s Dhcp> {
    site.dhcp.as_ref().filter(|dhcp| dhcp.runs_on(server, DhcpDaemon::Dnsmasq))
}
