//! The IPv6 settings of subnets: network, ranges, and the URLs of loaders and script.

use std::net::Ipv6Addr;

use super::loaders::InheritedLoaders;
use super::resolver::Resolver;
use super::roles::Role;
use super::services::prefix_uri;
use super::subnet_context::SubnetContext;
use crate::dialects::ipxe as dialect;
use crate::model::{
    Cidr6, Host, Loader, Netboot, Range6, Script, Server, Spanned, Subnet, Subnet6, ipv6, join,
};
use crate::report::Finding;
use crate::report::catalogue::MISSING_KEY;
use crate::schema;

/// The IPv6 settings of a subnet, if it has any.
pub(super) fn resolve<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::Subnet<'a>,
    inherited: &InheritedLoaders,
    boot_server: Option<usize>,
    netboot: Netboot,
    context: &SubnetContext<'_>,
) -> Option<Box<Subnet6>> {
    let words = written.ranges6.given().map_or(&[][..], Vec::as_slice);
    let Some(word) = written.cidr6.given() else {
        if let Some(word) = words.first() {
            let finding = Finding::new(&MISSING_KEY, word.span, "`ranges6` without a `cidr6`");
            r.report.push(finding.help("the network that they are in, such as 2001:db8::/64"));
        }
        return None;
    };
    let cidr = r.value(*word, Cidr6::parse);
    let mut ranges = Vec::new();
    for word in words {
        match r.value(*word, Range6::parse) {
            Some(range) => ranges.push(range),
            None => r.gaps.subnets = true,
        }
    }
    let Some(cidr) = cidr else {
        r.gaps.subnets = true;
        return None;
    };
    let dns = match written.dns6.given() {
        Some(words) => r.many(words, ipv6).into_iter().map(|at| at.value).collect(),
        None => context.dns_server6(cidr.value).into_iter().collect(),
    };
    let mut subnet = Subnet6 { cidr, ranges, free: Vec::new(), dns, loaders: Vec::new(), script: None };
    if netboot != Netboot::None {
        urls(r, &mut subnet, inherited, boot_server, context);
    }
    Some(Box::new(subnet))
}

/// Sets the URLs of loaders and script: DHCPv6 sends nothing but URLs.
fn urls(
    r: &mut Resolver<'_, '_>,
    subnet: &mut Subnet6,
    inherited: &InheritedLoaders,
    boot_server: Option<usize>,
    context: &SubnetContext<'_>,
) {
    let mut lacking: Vec<&str> = Vec::new();
    let mut address = |role: &Role| {
        let server = context.servers.get(role.server_for(boot_server)?)?;
        let inside = server.ips6.iter().find(|ip| subnet.cidr.value.contains(ip.value));
        let found = inside.or(server.ips6.first()).map(|ip| ip.value);
        if found.is_none() && !lacking.contains(&server.name.as_str()) {
            lacking.push(&server.name);
        }
        found
    };
    let http = address(&context.roles.http).map(|ip| {
        let url = context.services.http.as_ref().and_then(|http| http.url.as_ref());
        http_url(ip, url.map(|url| url.value.as_str()))
    });
    let tftp = address(&context.roles.tftp).map(|ip| format!("tftp://[{ip}]"));
    // Paths were checked when they were read, so encoding them cannot fail.
    let uri = |path: &str| dialect::uri(path).unwrap_or_default();
    subnet.script = match &context.ipxe.script {
        Script::Url(url) => Some(url.clone()),
        Script::Http(path) => http.as_ref().map(|http| join(http, &uri(path))),
        Script::Tftp(path) => tftp.as_ref().map(|tftp| join(tftp, &uri(path))),
    };
    let files = http.as_ref().map(|http| {
        let prefix = context.services.http.as_ref().map_or_else(String::new, prefix_uri);
        format!("{}{prefix}", http.trim_end_matches('/'))
    });
    for (info, loader, _) in inherited.effective() {
        let url = match loader {
            Loader::Url(url) => Some(url.clone()),
            Loader::File(path) if info.loads_like.is_some() => {
                files.as_ref().map(|files| join(files, &uri(path)))
            }
            Loader::File(path) => tftp.as_ref().map(|tftp| join(tftp, &uri(path))),
        };
        subnet.loaders.extend(url.map(|url| (info.kind, url)));
    }
    for name in lacking {
        let message =
            format!("clients of {} fetch from the server `{name}`, which has no `ip6`", subnet.cidr.value);
        let help = "give it one; `netboot: none` on the subnet hands out addresses only";
        r.report.push(Finding::new(&MISSING_KEY, subnet.cidr.span, message).help(help));
    }
}

/// The URL of the HTTP root by IPv6: the site's own URL if it names a host, else the server's address with
/// the port of that URL.
fn http_url(ip: Ipv6Addr, url: Option<&str>) -> String {
    let Some((scheme, rest)) = url.and_then(|url| url.split_once("://")) else {
        return format!("http://[{ip}]");
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, format!(":{port}")),
        _ => (authority, String::new()),
    };
    let host = if host.parse::<std::net::Ipv4Addr>().is_ok() { format!("[{ip}]") } else { host.to_owned() };
    join(&format!("{scheme}://{host}{port}"), path).trim_end_matches('/').to_owned()
}

/// Removes addresses that are in use from the ranges.
pub(super) fn free_ranges(subnets: &mut [Subnet], servers: &[Server], hosts: &[Host<'_>]) {
    if subnets.iter().all(|subnet| subnet.v6.is_none()) {
        return;
    }
    let hosts = hosts.iter().filter_map(|host| host.ip6.as_deref());
    let servers = servers.iter().flat_map(|server| &server.ips6);
    let mut taken: Vec<Ipv6Addr> = hosts.chain(servers).map(|ip: &Spanned<Ipv6Addr>| ip.value).collect();
    taken.sort_unstable();
    taken.dedup();
    for subnet in subnets.iter_mut().filter_map(|subnet| subnet.v6.as_mut()) {
        subnet.free = subnet.ranges.iter().flat_map(|range| range.value.without(&taken)).collect();
    }
}
