//! Which servers run each service.
//!
//! A site's only server runs every service that something needs. With several servers, a service without a key runs
//! nowhere, and a need for it is a finding that names the key.

use std::net::Ipv4Addr;

use super::resolved_hosts::ResolvedHosts;
use super::resolver::Resolver;
use super::servers::server_name;
use crate::model::{
    Addresses, Cidr, Class, Entry, Loader, ScopeRoot, Script, Server, Service, Subnet, Transport, join,
};
use crate::report::Finding;
use crate::report::catalogue::{MALFORMED, MISSING_KEY, SERVICE_MISSING};
use crate::schema::{Field, Many, NoneOr, Top, names_server};
use crate::source::{Scalar, Span};

/// The servers that run a service.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    /// The servers, by index.
    pub servers: Vec<usize>,
    /// The place of the key or of `none`, else of the site.
    pub span: Span,
    /// The place of the service's key, if it is written.
    pub section: Option<Span>,
    /// Whether the site disables it by `none`.
    pub refused: bool,
    /// Whether there is a finding about it already.
    pub wrong: bool,
}

impl Role {
    pub(super) fn is_empty(&self) -> bool {
        self.servers.is_empty()
    }

    /// The server that serves a subnet.
    pub(super) fn server_for(&self, boot_server: Option<usize>) -> Option<usize> {
        let chosen = boot_server.filter(|server| self.servers.contains(server));
        chosen.or_else(|| self.servers.first().copied())
    }
}

/// Every service's servers.
#[derive(Clone, Debug, Default)]
pub(super) struct Roles {
    pub dhcp: Role,
    pub tftp: Role,
    pub http: Role,
    pub nfs: Role,
    pub smb: Role,
}

pub(super) fn resolve<'a>(r: &mut Resolver<'_, 'a>, top: &Top<'a>, servers: &[Server], site: Span) -> Roles {
    Roles {
        dhcp: dhcp(r, top, servers, site),
        tftp: role(
            r,
            Service::Tftp,
            &top.tftp,
            |tftp| (&tftp.server, &tftp.servers, tftp.span),
            servers,
            site,
        ),
        http: role(
            r,
            Service::Http,
            &top.http,
            |http| (&http.server, &http.servers, http.span),
            servers,
            site,
        ),
        nfs: role(r, Service::Nfs, &top.nfs, |nfs| (&nfs.server, &nfs.servers, nfs.span), servers, site),
        smb: role(r, Service::Smb, &top.smb, |smb| (&smb.server, &smb.servers, smb.span), servers, site),
    }
}

/// Whether the DHCP server is external, and snippets for it are rendered.
pub(super) fn external_dhcp(top: &Top<'_>) -> bool {
    matches!(&top.dhcp, Field::Given(NoneOr::Some(dhcp)) if dhcp.daemon.given().is_some_and(|word| word.text == "external"))
}

fn dhcp<'a>(r: &mut Resolver<'_, 'a>, top: &Top<'a>, servers: &[Server], site: Span) -> Role {
    if let Field::Given(NoneOr::Some(dhcp)) = &top.dhcp
        && external_dhcp(top)
    {
        if let Some(words) = names_server(&dhcp.server, &dhcp.servers)
            && let Some(word) = words.first()
        {
            let message =
                format!("`{}` answers DHCP, and `daemon: external` says that somebody else does", word.text);
            let finding = Finding::new(&MALFORMED, word.span, message);
            r.report.push(finding.help("remove one of the two"));
        }
        return Role { span: dhcp.span, refused: true, ..Role::default() };
    }
    role(r, Service::Dhcp, &top.dhcp, |dhcp| (&dhcp.server, &dhcp.servers, dhcp.span), servers, site)
}

type ServerKeys<'f, 'a> = (&'f Field<Scalar<'a>>, &'f Field<Many<Scalar<'a>>>, Span);

fn role<'f, 'a: 'f, T>(
    r: &mut Resolver<'_, 'a>,
    service: Service,
    field: &'f Field<NoneOr<T>>,
    names: impl FnOnce(&'f T) -> ServerKeys<'f, 'a>,
    servers: &[Server],
    site: Span,
) -> Role {
    let key = service.word();
    let one = || if servers.len() == 1 { vec![0] } else { Vec::new() };
    let service = match field {
        Field::Absent => return Role { servers: one(), span: site, ..Role::default() },
        Field::Wrong(span) => return Role { span: *span, wrong: true, ..Role::default() },
        Field::Given(NoneOr::None(span)) => return Role { span: *span, refused: true, ..Role::default() },
        Field::Given(NoneOr::Some(service)) => service,
    };
    let (server, many, span) = names(service);
    if let (Some(server), Some(many)) = (server.given(), many.given().and_then(|many| many.first())) {
        let finding = Finding::new(&MALFORMED, many.span, format!("`{key}` has both `server` and `servers`"));
        r.report.push(finding.and(server.span, "and this one").help("keep one of the two"));
    }
    let Some(words) = names_server(server, many) else {
        let wrong = server.is_wrong() || many.is_wrong();
        if servers.len() > 1 && !wrong {
            let message = format!("`{key}` does not say which server runs it");
            let names: Vec<_> = servers.iter().map(|server| server.name.as_str()).collect();
            let help = format!(
                "add `server: {}`, or another of {}",
                names.first().unwrap_or(&""),
                crate::schema::listed(&names)
            );
            r.report.push(Finding::new(&MISSING_KEY, span, message).help(help));
            return Role { span, wrong: true, ..Role::default() };
        }
        return Role { servers: one(), span, section: Some(span), wrong, ..Role::default() };
    };
    let mut found: Vec<usize> = Vec::new();
    let mut wrong = words.is_empty();
    for word in words {
        match servers.iter().position(|server| server.name == server_name(word.text)) {
            Some(at) if found.contains(&at) => {
                let message = format!("the server `{}` is named twice", word.text);
                r.report.push(Finding::new(&MALFORMED, word.span, message));
            }
            Some(at) => found.push(at),
            None => {
                let known: Vec<_> = servers.iter().map(|server| server.name.as_str()).collect();
                if !r.gaps.servers {
                    r.unknown("server", *word, &known);
                }
                wrong = true;
            }
        }
    }
    Role { servers: found, span, section: Some(span), wrong, refused: false }
}

impl Roles {
    /// Whether there is a finding about the servers of any service.
    pub(super) fn any_wrong(&self) -> bool {
        Service::ALL.into_iter().any(|service| self.of(service).wrong)
    }

    /// The servers of a service.
    pub(super) const fn of(&self, service: Service) -> &Role {
        match service {
            Service::Dhcp => &self.dhcp,
            Service::Tftp => &self.tftp,
            Service::Http => &self.http,
            Service::Nfs => &self.nfs,
            Service::Smb => &self.smb,
        }
    }

    /// The addresses at which the clients of a subnet reach each service.
    pub(super) fn addresses(
        &self,
        servers: &[Server],
        cidr: Cidr,
        boot_server: Option<usize>,
        http_url: Option<&str>,
    ) -> Addresses {
        let address = |role: &Role| -> Option<Ipv4Addr> {
            role.server_for(boot_server)
                .and_then(|at| servers.get(at))
                .and_then(|server| server.address_in(cidr))
        };
        let http =
            address(&self.http).map(|ip| http_url.map_or_else(|| format!("http://{ip}"), str::to_owned));
        Addresses { http, tftp: address(&self.tftp), nfs: address(&self.nfs), smb: address(&self.smb) }
    }

    /// Reports services that something needs and no server runs.
    pub(super) fn check_needs(
        &self,
        r: &mut Resolver<'_, '_>,
        servers: &[Server],
        subnets: &[Subnet],
        classes: &[Class],
        entries: &[Entry],
        machines: &ResolvedHosts<'_>,
    ) {
        // With `dhcp: none` another server answers; the subnets are still used, for example for exports.
        if let Some(subnet) = subnets.first().filter(|_| !self.dhcp.refused) {
            self.need(r, Service::Dhcp, subnet.name.span, &format!("the subnet `{}`", subnet.name.value));
        }
        // A TFTP server that is not the site's has files of its own.
        let own = |ip: Ipv4Addr| servers.iter().flat_map(|server| &server.ips).any(|own| own.value == ip);
        let own_tftp = |subnet: &&Subnet| {
            subnet.boots() && subnet.next_server.as_ref().is_none_or(|next| own(next.value))
        };
        let by_own_tftp = || subnets.iter().filter(own_tftp);
        if let Some((subnet, span)) = by_own_tftp().find_map(|subnet| Some((subnet, needs_tftp(subnet)?))) {
            let what = format!("the boot loader on the subnet `{}`", subnet.name.value);
            self.need(r, Service::Tftp, span, &what);
        }
        for class in classes.iter().filter(|class| class.own_file().is_some()) {
            let span = class.file.as_ref().map_or(class.name.span, |file| file.span);
            self.need(r, Service::Tftp, span, &format!("the boot file of the class `{}`", class.name.value));
        }
        let of_classes = classes.iter().map(|class| &class.loaders);
        let of_hosts = machines.profiles.iter().filter_map(|profile| profile.loaders.as_ref());
        let mut loaders = of_classes.chain(of_hosts).flatten();
        if let Some((_, loader)) = loaders.find(|(_, loader)| matches!(loader.value, Loader::File(_)))
            && by_own_tftp().next().is_some()
        {
            self.need(r, Service::Tftp, loader.span, "this boot loader");
        }
        let files = machines.profiles.iter().filter(|profile| profile.own_file().is_some());
        if let Some(file) = files.filter_map(|profile| profile.file.as_ref()).next()
            && by_own_tftp().next().is_some()
        {
            self.need(r, Service::Tftp, file.span, "the `file` of a host");
        }
        for entry in entries {
            let what = format!("the boot entry `{}`", entry.id);
            if entry.nfs_path.is_some() {
                self.need(r, Service::Nfs, entry.span, &what);
            }
            if entry.needs_http && (entry.over == Transport::Tftp || entry.files.is_empty()) {
                self.need(r, Service::Http, entry.span, &what);
            }
            if !entry.files.is_empty() {
                match entry.over {
                    Transport::Http => self.need(r, Service::Http, entry.span, &what),
                    Transport::Tftp => self.need(r, Service::Tftp, entry.span, &what),
                }
            }
        }
        if let Some((host, _)) = machines.nfs_roots().next() {
            self.need(r, Service::Nfs, host.span, &format!("the root-path of the host `{}`", host.name));
        }
        let of_subnets = subnets.iter().filter_map(Subnet::root_path);
        let of_classes = classes.iter().flat_map(|class| &class.here);
        let mut roots = of_subnets.chain(of_classes.filter_map(|here| here.root_path.as_ref()));
        // Another machine's needs no server of ours.
        let ours = |root: &&ScopeRoot| root.nfs.as_ref().is_some_and(|(ip, _)| ip.is_unspecified());
        if let Some(root) = roots.find(ours) {
            self.need(r, Service::Nfs, root.text.span, "this root-path");
        }
    }

    /// Reports that `what` needs a service, if no server runs it.
    fn need(&self, r: &mut Resolver<'_, '_>, service: Service, span: Span, what: &str) {
        let (role, key) = (self.of(service), service.word());
        if !role.is_empty() || role.wrong || r.gaps.servers {
            return;
        }
        let message = format!("{what} needs {}, which no server runs", key.to_uppercase());
        let finding = Finding::new(&SERVICE_MISSING, span, message);
        r.report.push(if role.refused {
            finding
                .and(role.span, "switched off here")
                .help(format!("remove `{key}: none`, or what needs it"))
        } else {
            finding.help(format!("with several servers, say which one runs it: `{key}: {{ server: NAME }}`"))
        });
    }

    /// The script's address as DHCP sends it to the clients of a subnet.
    pub(super) fn script(script: &Script, addresses: &Addresses) -> Option<String> {
        match script {
            Script::Url(url) => Some(url.clone()),
            Script::Tftp(path) => Some(path.clone()),
            Script::Http(path) => {
                // The path was checked when it was read, so encoding cannot fail.
                let path = crate::dialects::ipxe::uri(path).unwrap_or_default();
                addresses.http.as_ref().map(|http| join(http, &path))
            }
        }
    }
}

/// The place of a loader or a script that the clients of a subnet fetch by TFTP. A loader at a URL does not need it.
fn needs_tftp(subnet: &Subnet) -> Option<Span> {
    let by_tftp = subnet.loaders.iter().find(|(_, loader)| matches!(loader.value, Loader::File(_)));
    let script = subnet.script.as_ref().filter(|script| !script.contains("://"));
    by_tftp.map(|(_, loader)| loader.span).or(script.map(|_| subnet.name.span))
}
