//! The parts of the site that a subnet depends on: what it inherits, and what it refers to.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::handout::{self, addresses};
use super::json_size::json_size;
use super::loaders::{LoadersByKind, override_loaders};
use super::resolver::Resolver;
use super::roles::Roles;
use super::services::Services;
use super::substitution::unchanged;
use super::vars::Vars;
use super::vendor_options::vendor_options;
use crate::limits::INHERITED_BYTES;
use crate::model::{Cidr, Cidr6, ClientKind, Dhcp, Handout, Ipxe, IpxeValue, Loader, Server, Spanned};
use crate::report::Finding;
use crate::report::catalogue::MALFORMED;
use crate::schema::{Field, NoneOr, Top};
use crate::source::Span;

/// The parts of the site that the settings of a subnet need.
pub(super) struct SubnetContext<'s> {
    pub defaults: &'s Defaults,
    pub services: &'s Services,
    pub servers: &'s [Server],
    pub roles: &'s Roles,
    pub ipxe: &'s Ipxe,
    pub vars: &'s Vars,
}

impl SubnetContext<'_> {
    /// The IPv6 address of the server that answers DNS, if one does: one in the subnet, else its first.
    pub(super) fn dns_server6(&self, cidr: Cidr6) -> Option<Ipv6Addr> {
        let server = self.servers.get(self.defaults.dns_server?)?;
        let inside = server.ips6.iter().find(|ip| cidr.contains(ip.value));
        inside.or(server.ips6.first()).map(|ip| ip.value)
    }

    /// The same by IPv4.
    pub(super) fn dns_server(&self, cidr: Cidr) -> Option<Ipv4Addr> {
        self.servers.get(self.defaults.dns_server?)?.address_in(cidr)
    }
}

/// The settings that subnets inherit from the site.
pub(super) struct Defaults {
    pub handout: Handout,
    pub loaders: LoadersByKind,
    /// The server that answers DNS, by index: dnsmasq names itself to clients that it is told no other name server for.
    pub dns_server: Option<usize>,
}

impl Defaults {
    /// Drops the settings of DHCP, with a finding, if the subnets would repeat too much: the daemons' files have them in each
    /// subnet.
    pub(super) fn limit(&mut self, r: &mut Resolver<'_, '_>, top: &Top<'_>, subnets: usize, site: Span) {
        let bytes = json_size(&self.handout);
        if subnets < 2 || bytes.saturating_mul(subnets) <= INHERITED_BYTES {
            return;
        }
        let span = match &top.dhcp {
            Field::Given(NoneOr::Some(dhcp)) => dhcp.span,
            _ => site,
        };
        let message = format!(
            "{subnets} subnets inherit {bytes} bytes of settings each; {INHERITED_BYTES} bytes together are the most"
        );
        let help = "remove large values from `dhcp` and `ipxe`, or give them to the subnets that need them";
        r.report.push(Finding::new(&MALFORMED, span, message).help(help));
        self.handout = Handout::default();
    }

    pub(super) fn new<'a>(
        r: &mut Resolver<'_, 'a>,
        top: &Top<'a>,
        domain: Option<&Spanned<String>>,
        roles: &Roles,
        dhcp: Option<&Dhcp>,
    ) -> Self {
        let mut handout = Handout { domain: domain.cloned(), ..Handout::default() };
        if let Field::Given(NoneOr::Some(dhcp)) = &top.dhcp {
            handout.routers = addresses(r, &dhcp.routers);
            handout.dns = addresses(r, &dhcp.dns);
            handout.ntp = addresses(r, &dhcp.ntp);
            handout.domain_search = dhcp.domain_search.given().map(|words| handout::domains(r, words));
            if let Some(options) = dhcp.options.given() {
                handout::options(r, options, &mut handout.options, &unchanged);
            }
            if let Some(vendor) = dhcp.vendor_options.given() {
                vendor_options(r, vendor, &mut handout.options, &unchanged);
            }
        }
        // The DHCP server names the boot file itself, so iPXE need not wait two seconds for a ProxyDHCP server
        // (DHCP_DISC_PROXY_TIMEOUT_SEC).
        let no_wait = Spanned::new(IpxeValue::Number(1), Span::default());
        handout::set_ipxe(&mut handout, "no-pxedhcp", no_wait);
        if let Some(ipxe) = top.ipxe.given() {
            handout::ipxe(r, &ipxe.options, &mut handout, &unchanged);
        }
        let answering = dhcp.filter(|dhcp| dhcp.answers_dns() && !dhcp.proxy);
        let dns_server = answering.and_then(|dhcp| dhcp.servers.first().copied());
        let mut defaults = Self { handout, loaders: Vec::new(), dns_server };
        if !roles.tftp.is_empty() || !roles.http.is_empty() {
            for (kind, file) in [(ClientKind::Bios, "undionly.kpxe"), (ClientKind::EfiX64, "ipxe.efi")] {
                let loader = Some(Loader::File(file.to_owned()));
                defaults.loaders.push((kind, Spanned::new(loader, Span::default())));
            }
        }
        if let Some(loaders) = top.loaders.given() {
            override_loaders(r, loaders, &mut defaults.loaders, &unchanged);
        }
        defaults
    }
}
