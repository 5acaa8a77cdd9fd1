//! The settings of the services.

use std::net::Ipv6Addr;

use foldhash::HashMap;

use super::handout::raw;
use super::resolver::Resolver;
use super::roles::{Role, Roles, external_dhcp};
use crate::dialects::defaults;
use crate::model::{
    AbsPath, ClientId, Dhcp, DhcpDaemon, ExternalDhcp, Failover, FileRoots, Http, InvalidValue, Ipxe,
    Netboot, Script, Server, Share, Smb, Spanned, Tftp, Validated, WebServer, Wsdd, flag, join, network_name,
    number, seconds, syslog_facility, user_name,
};
use crate::outputs::RawScope;
use crate::report::Finding;
use crate::report::catalogue::{DUPLICATE_KEY, MALFORMED, MISSING_KEY, SERVICE_MISSING};
use crate::schema::{self, Field, NoneOr, Top};
use crate::source::{Scalar, Span};

/// The services. Of NFS it has the exports file only, because the exports are resolved last.
pub(super) struct Services {
    /// The external DHCP server, if there is one.
    pub external_dhcp: Option<ExternalDhcp>,
    pub dhcp: Option<Dhcp>,
    pub tftp: Option<Tftp>,
    pub http: Option<Http>,
    pub smb: Option<Smb>,
    pub nfs_file: Option<Spanned<AbsPath>>,
    pub netboot: Netboot,
}

impl Services {
    /// The roots that paths are relative to.
    pub(super) fn file_roots(&self) -> FileRoots {
        let http = self.http.as_ref().map(|http| (&http.root, http.tftp_prefix.value.as_str()));
        let boot_files = self.http.as_ref().and_then(|http| http.boot_files.as_ref());
        FileRoots::new(self.tftp.as_ref().map(|tftp| &tftp.root), http)
            .and(boot_files.map(|folder| &folder.value), "folder of `http.boot_files`")
    }
}

pub(super) fn resolve<'a>(
    r: &mut Resolver<'_, 'a>,
    top: &Top<'a>,
    roles: &Roles,
    servers: &[Server],
) -> Services {
    if let Some(word) = some(&top.dhcp).and_then(|dhcp| dhcp.daemon.given())
        && !["isc", "kea", "dnsmasq", "external"].contains(&word.text)
    {
        let refused = InvalidValue::new(format!("`{}` is no daemon for DHCP", word.text));
        r.refuse(
            word.span,
            &refused
                .help("one of `isc`, `kea`, `dnsmasq` and `external`, a server that ipxegen does not manage"),
        );
    }
    let none = schema::Dhcp::default();
    let written = some(&top.dhcp).unwrap_or(&none);
    let netboot = written.netboot.given().and_then(|word| netboot(r, *word));
    let external_dhcp = external_dhcp(top).then(|| external(r, written));
    let dhcp = (!roles.dhcp.is_empty()).then(|| dhcp(r, written, &roles.dhcp, servers));
    let none = schema::Tftp::default();
    let tftp = (!roles.tftp.is_empty()).then(|| tftp(r, some(&top.tftp).unwrap_or(&none), &roles.tftp));
    let none = schema::Http::default();
    let http = (!roles.http.is_empty()).then(|| http(r, some(&top.http).unwrap_or(&none), &roles.http));
    paths_beside_tftp(r, http.as_ref(), tftp.as_ref());
    let smb = some(&top.smb).and_then(|written| smb(r, written, &roles.smb));
    let nfs_file = some(&top.nfs).and_then(|nfs| r.maybe(&nfs.exports_file, AbsPath::parse));
    Services {
        external_dhcp,
        dhcp,
        tftp,
        http,
        smb,
        nfs_file,
        netboot: netboot.map_or(Netboot::All, |at| at.value),
    }
}

fn some<T>(field: &Field<NoneOr<T>>) -> Option<&T> {
    match field {
        Field::Given(NoneOr::Some(value)) => Some(value),
        _ => None,
    }
}

fn dhcp<'a>(r: &mut Resolver<'_, 'a>, written: &schema::Dhcp<'a>, role: &Role, servers: &[Server]) -> Dhcp {
    if let [_, _, third, ..] = role.servers.as_slice() {
        let name = servers.get(*third).map_or("", |server| server.name.as_str());
        let finding = Finding::new(
            &MALFORMED,
            role.span,
            format!("`dhcp` names more than two servers; `{name}` is too many"),
        );
        r.report.push(finding.help("a failover pair is two: the primary, then the secondary"));
    }
    for server in role.servers.iter().filter_map(|at| servers.get(*at)) {
        if server.interfaces.is_empty() && !r.gaps.servers {
            let message = format!("the server `{}` answers DHCP and has no `interfaces`", server.name);
            let help = "say where it may answer, such as `interfaces: [eth0]`: on all of them Debian starts dhcpd for IPv6 as well, which fails";
            r.report.push(Finding::new(&MISSING_KEY, server.span, message).help(help));
        }
    }
    let daemon = match written.daemon.given().map(|word| word.text) {
        Some("kea") => DhcpDaemon::Kea,
        Some("dnsmasq") => DhcpDaemon::Dnsmasq,
        _ => DhcpDaemon::Isc,
    };
    let failover = if role.servers.len() == 2 {
        Some(failover(r, &written.failover, daemon, role.span))
    } else {
        if let Some(failover) = written.failover.given() {
            let finding = Finding::new(&MALFORMED, failover.span, "`failover` is for two DHCP servers");
            r.report.push(finding.help("name both: `dhcp: { servers: [PRIMARY, SECONDARY] }`"));
        }
        None
    };
    let proxy = r.flag(&written.proxy, false);
    if let Some(word) = written.proxy.given().filter(|_| proxy && daemon != DhcpDaemon::Dnsmasq) {
        let finding = Finding::new(&MALFORMED, word.span, "`proxy` is for dnsmasq");
        r.report.push(finding.help("write `daemon: dnsmasq`; neither dhcpd nor Kea is a proxyDHCP server"));
    }
    let answer_dns = r.maybe(&written.answer_dns, flag);
    Dhcp {
        daemon,
        proxy,
        answer_dns: answer_dns.unwrap_or(Spanned::new(false, role.span)),
        servers: role.servers.clone(),
        span: role.span,
        section: role.section,
        authoritative: r.flag(&written.authoritative, false),
        default_lease_time: r.maybe(&written.default_lease_time, seconds),
        max_lease_time: r.maybe(&written.max_lease_time, seconds),
        min_lease_time: r.maybe(&written.min_lease_time, seconds),
        unknown_clients: r
            .maybe(&written.unknown_clients, allow_or_deny)
            .unwrap_or(Spanned::new(true, role.span)),
        ping_check: r.maybe(&written.ping_check, flag),
        client_id: r.or(&written.client_id, client_id, ClientId::Use),
        log_facility: r.maybe(&written.log_facility, syslog_facility),
        failover,
        raw: raw(r, &written.raw, RawScope::Dhcp),
    }
}

/// The settings for an external DHCP server. Keys that only our dhcpd would read are findings.
fn external<'a>(r: &mut Resolver<'_, 'a>, written: &schema::Dhcp<'a>) -> ExternalDhcp {
    let words = [
        (&written.proxy, "proxy"),
        (&written.answer_dns, "answer_dns"),
        (&written.authoritative, "authoritative"),
        (&written.max_lease_time, "max_lease_time"),
        (&written.min_lease_time, "min_lease_time"),
        (&written.ping_check, "ping_check"),
        (&written.client_id, "client_id"),
        (&written.log_facility, "log_facility"),
        (&written.unknown_clients, "unknown_clients"),
    ];
    let mut unheard: Vec<(Span, &str)> =
        words.into_iter().filter_map(|(field, key)| Some((field.given()?.span, key))).collect();
    unheard.extend(written.failover.given().map(|failover| (failover.span, "failover")));
    unheard.extend(written.raw.given().map(|raw| (raw.span, "raw")));
    for (span, key) in unheard {
        let finding =
            Finding::new(&MALFORMED, span, format!("`{key}` has no effect with `daemon: external`"));
        r.report.push(finding.help("set it on that server itself"));
    }
    let time = r.maybe(&written.default_lease_time, seconds);
    ExternalDhcp {
        span: written.daemon.given().map_or(written.span, |word| word.span),
        default_lease_time: time.map(|at| at.value),
    }
}

/// Reads `allow` or `deny`.
pub(super) fn allow_or_deny(text: &str) -> Validated<bool> {
    match text {
        "allow" => Ok(true),
        "deny" => Ok(false),
        _ => Err(InvalidValue::new(format!("`{text}` is neither `allow` nor `deny`"))),
    }
}

/// Reads `use` or `ignore`.
fn client_id(text: &str) -> Validated<ClientId> {
    match text {
        "use" => Ok(ClientId::Use),
        "ignore" => Ok(ClientId::Ignore),
        _ => Err(InvalidValue::new(format!("`{text}` is neither `use` nor `ignore`")).help(
            "`ignore` gives a machine one address, whatever identifier its ROM, installer and system send",
        )),
    }
}

/// Reads `all`, `known` or `none`.
pub(super) fn netboot<'a>(r: &mut Resolver<'_, 'a>, word: Scalar<'a>) -> Option<Spanned<Netboot>> {
    r.value(word, |text| match text {
        "all" => Ok(Netboot::All),
        "known" => Ok(Netboot::Known),
        "none" => Ok(Netboot::None),
        _ => {
            let refused = InvalidValue::new(format!("must be `all`, `known` or `none`, not `{text}`"));
            Err(match text.to_ascii_lowercase().as_str() {
                "yes" | "true" | "on" => refused.help("write `all`: every machine boots from the network"),
                "no" | "false" | "off" => refused.help("write `none`: no machine boots from the network"),
                _ => refused,
            })
        }
    })
}

/// The settings of a pair, with the defaults of its daemon: dhcpd's, and of Kea the port of libdhcp_ha. Kea's pair has no
/// counterpart of the others, and is hot standby without `split`.
fn failover<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &Field<schema::Failover<'a>>,
    daemon: DhcpDaemon,
    span: Span,
) -> Failover {
    let none = schema::Failover { span, ..schema::Failover::default() };
    let written = written.given().unwrap_or(&none);
    let port = |text: &str| number(text, 1, 65535).map(|port| u16::try_from(port).unwrap_or_default());
    let split = |text: &str| number(text, 0, 255).map(|split| u8::try_from(split).unwrap_or_default());
    let updates =
        |text: &str| number(text, 1, 1_000_000).map(|count| u32::try_from(count).unwrap_or_default());
    let span = written.span;
    let default_port = if daemon == DhcpDaemon::Kea { 8001 } else { 647 };
    let of_dhcpd = (daemon == DhcpDaemon::Isc).then_some(());
    let dhcpd = |default: u32| of_dhcpd.map(|()| Spanned::new(default, span));
    Failover {
        span,
        port: r.maybe(&written.port, port).unwrap_or(Spanned::new(default_port, span)),
        peer_port: r.maybe(&written.peer_port, port).unwrap_or(Spanned::new(default_port, span)),
        mclt: r.maybe(&written.mclt, seconds).or(dhcpd(3600)),
        split: r.maybe(&written.split, split).or(of_dhcpd.map(|()| Spanned::new(128, span))),
        max_response_delay: r.maybe(&written.max_response_delay, seconds).unwrap_or(Spanned::new(60, span)),
        max_unacked_updates: r.maybe(&written.max_unacked_updates, updates).or(dhcpd(10)),
        load_balance_max: r.maybe(&written.load_balance_max, seconds).or(dhcpd(3)),
        auto_partner_down: r.maybe(&written.auto_partner_down, seconds),
    }
}

fn tftp<'a>(r: &mut Resolver<'_, 'a>, written: &schema::Tftp<'a>, role: &Role) -> Tftp {
    let options = match written.options.given() {
        Some(words) => r.many(words, |text| {
            defaults::quote(text)?;
            Ok(text.to_owned())
        }),
        None => vec![Spanned::new("--secure".to_owned(), role.span)],
    };
    Tftp {
        servers: role.servers.clone(),
        section: role.section,
        root: folder(r, &written.root, "/srv/tftp", AbsPath::plain),
        root_span: written.root.given().map(|word| word.span),
        user: r
            .maybe(&written.user, |text| user_name(text).map(str::to_owned))
            .unwrap_or_else(|| Spanned::new("tftp".to_owned(), role.span)),
        address: r
            .maybe(&written.address, tftp_address)
            .unwrap_or_else(|| Spanned::new(":69".to_owned(), role.span)),
        options,
    }
}

/// Reads the address on which in.tftpd listens: `[address][:port]`, an IPv6 address in brackets.
fn tftp_address(text: &str) -> Validated<String> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let host_right = host.is_empty()
        || host.parse::<std::net::Ipv4Addr>().is_ok()
        || host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .is_some_and(|host| host.parse::<Ipv6Addr>().is_ok());
    if !host_right || port.is_some_and(|port| port.parse::<u16>().is_err()) || text.is_empty() {
        return Err(InvalidValue::new(format!("`{text}` is not where in.tftpd can listen"))
            .help("such as `:69`, `10.0.0.200:69` or `[::1]:69`"));
    }
    Ok(text.to_owned())
}

fn http<'a>(r: &mut Resolver<'_, 'a>, written: &schema::Http<'a>, role: &Role) -> Http {
    let root = folder(r, &written.root, "/var/www/html", AbsPath::parse);
    let roots = FileRoots::new(None, Some((&root, "")));
    let prefix = r.maybe(&written.tftp_prefix, |text| {
        if text == "/" {
            return Ok(String::new());
        }
        roots.check(text)?;
        let path = AbsPath::parse(text)?;
        Ok(path.as_str().to_owned())
    });
    let mut http = Http {
        servers: role.servers.clone(),
        section: role.section,
        root_span: written.root.given().map(|word| word.span),
        root,
        tftp_prefix: prefix.unwrap_or_else(|| Spanned::new("/tftpboot".to_owned(), role.span)),
        boot_files: r.maybe(&written.boot_files, AbsPath::parse),
        paths: Vec::new(),
        url: r.maybe(&written.url, http_url),
        group: r.or(&written.group, |text| user_name(text).map(str::to_owned), "www-data".to_owned()),
        daemon: r.or(&written.daemon, web_server, WebServer::None),
    };
    if http.daemon != WebServer::None {
        for_site_file(r, &http);
    }
    http.paths = served_paths(r, written, &http, &roots);
    http
}

/// `paths`: folders of the document root beside the script and the TFTP root.
fn served_paths<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::Http<'a>,
    http: &Http,
    roots: &FileRoots,
) -> Vec<Spanned<String>> {
    let words = written.paths.given().map_or(&[][..], Vec::as_slice);
    if let Some(word) = words.iter().find(|word| word.text != "none" && http.daemon == WebServer::None) {
        let refused = InvalidValue::new("`paths` is for the web server whose site file is rendered");
        r.refuse(word.span, &refused.help("set `daemon`, or remove it: your own web server decides"));
        return Vec::new();
    }
    let prefix = http.tftp_prefix.value.as_str();
    let mut paths: Vec<Spanned<String>> = Vec::new();
    for word in words.iter().filter(|word| word.text != "none") {
        let known = paths.iter().find(|path| is_within(&path.value, word.text.trim_end_matches('/')));
        let path = r.value(*word, |text| {
            roots.check(text)?;
            let path = AbsPath::parse(text)?;
            quoted(http.daemon, path.as_str())?;
            if path.as_str() == "/" {
                return Err(InvalidValue::new("`/` would serve all files of the document root")
                    .help("name the folders, such as `/repositories`"));
            }
            if is_within(prefix, path.as_str()) {
                return Err(InvalidValue::new(format!("`{text}` overlaps the TFTP root at `{prefix}/`"))
                    .help("the TFTP root is served already, and its secrets go to some networks only"));
            }
            if let Some(known) = known {
                return Err(InvalidValue::new(format!("`{text}` and `{}` overlap", known.value))
                    .help("name each folder once"));
            }
            Ok(path.as_str().to_owned())
        });
        paths.extend(path);
    }
    paths
}

/// Whether one of two paths is the other, or inside of it.
fn is_within(one: &str, other: &str) -> bool {
    let inside = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    inside(one, other) || inside(other, one)
}

/// Why the site file of a web server cannot have a path.
fn quoted(daemon: WebServer, path: &str) -> Validated<()> {
    match daemon {
        WebServer::Apache => crate::dialects::apache::directory(path).map(|_| ()),
        WebServer::Nginx | WebServer::None => crate::dialects::nginx::quote(path).map(|_| ()),
    }
}

/// Reports folders of `http.paths` that hold the TFTP root or are inside of it: the secrets in it go to the networks that
/// boot only.
fn paths_beside_tftp(r: &mut Resolver<'_, '_>, http: Option<&Http>, tftp: Option<&Tftp>) {
    let Some(http) = http else { return };
    let own = http.boot_files.as_ref().map(|files| (&files.value, "folder of boot files"));
    let Some((root, what)) = own.or(tftp.map(|tftp| (&tftp.root, "TFTP root"))) else { return };
    for path in &http.paths {
        let folder = http.root.join(&path.value);
        if is_within(folder.as_str(), root.as_str()) {
            let refused = InvalidValue::new(format!("{folder} and the {what}, {root}, overlap"));
            let help = format!("the {what} is served at `http.tftp_prefix` already");
            r.refuse(path.span, &refused.help(help));
        }
    }
}

fn web_server(text: &str) -> Validated<WebServer> {
    let known = [WebServer::Nginx, WebServer::Apache, WebServer::None];
    known.into_iter().find(|known| known.word() == text).ok_or_else(|| {
        InvalidValue::new(format!("`{text}` is no http.daemon")).help("one of nginx, apache, none")
    })
}

/// Reports values that the site file of a web server cannot express.
fn for_site_file(r: &mut Resolver<'_, '_>, http: &Http) {
    let word = http.daemon.word();
    let prefix = quoted(http.daemon, &http.tftp_prefix.value).err();
    let root = quoted(http.daemon, http.root.as_str()).err();
    let own = http.boot_files.as_ref();
    let boot_files = own.and_then(|folder| quoted(http.daemon, folder.value.as_str()).err());
    for (refused, span) in [
        (prefix, Some(http.tftp_prefix.span)),
        (root, http.root_span),
        (boot_files, own.map(|folder| folder.span)),
    ] {
        if let (Some(refused), Some(span)) = (refused, span) {
            r.refuse(span, &refused);
        }
    }
    let Some(url) = &http.url else { return };
    if url.value.starts_with("https:") {
        let refused =
            InvalidValue::new(format!("the site file for {word} answers http, and the URL is https"))
                .help("`daemon: none`, and a site file of your own with your certificate");
        r.refuse(url.span, &refused);
    } else if url.value.contains('%') {
        let refused =
            InvalidValue::new(format!("the site file for {word} cannot be for the path of {}", url.value))
                .help("plain letters and digits");
        r.refuse(url.span, &refused);
    }
}

/// Reads the URL of the HTTP root: no placeholders, no query, no final slash.
fn http_url(text: &str) -> Validated<String> {
    let encoded = crate::dialects::ipxe::url(text)?;
    let rest = encoded.strip_prefix("http://").or_else(|| encoded.strip_prefix("https://"));
    let host = rest.map(|rest| rest.split('/').next().unwrap_or_default());
    if !host.is_some_and(is_authority) || encoded.contains(['?', '@']) {
        return Err(InvalidValue::new(format!("`{text}` is not the URL of a web server's root"))
            .help("such as http://10.0.0.200:8080"));
    }
    Ok(encoded.trim_end_matches('/').to_owned())
}

/// Whether a text is a name or an address, with or without a port.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').map(|inside| inside.split_once(']')) {
        Some(Some((ip, rest))) if rest.is_empty() || rest.starts_with(':') => {
            (ip.parse::<Ipv6Addr>().is_ok(), rest.strip_prefix(':'))
        }
        Some(_) => return false,
        None => {
            let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
            let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            (!name.is_empty() && name.chars().all(letters), port)
        }
    };
    host && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// Reports a path of the script that the site file of a web server cannot express.
pub(super) fn script_for_site_file(r: &mut Resolver<'_, '_>, http: Option<&Http>, ipxe: &Ipxe) {
    let (Some(http), Script::Http(path)) = (http, &ipxe.script) else { return };
    let refused = match http.daemon {
        WebServer::None => return,
        WebServer::Apache => crate::dialects::apache::quote(&format!("/{path}")).err(),
        WebServer::Nginx => crate::dialects::nginx::quote(&format!("/{path}")).err(),
    };
    if let Some(refused) = refused {
        r.refuse(ipxe.span, &refused);
    }
}

fn smb<'a>(r: &mut Resolver<'_, 'a>, written: &schema::Smb<'a>, role: &Role) -> Option<Smb> {
    let mut shares: Vec<Share> = Vec::new();
    let mut names: HashMap<String, Span> = HashMap::default();
    for (key, share) in written.shares.given().map_or(&[][..], |dict| &dict.entries) {
        let Some(name) = r.value(*key, share_name) else { continue };
        if let Some(first) = names.get(&name.value.to_lowercase()) {
            let finding =
                Finding::new(&DUPLICATE_KEY, key.span, format!("two shares are called `{}`", key.text));
            let finding = finding.and(*first, "the first one");
            r.report.push(finding.help("Samba compares share names without regard to case"));
            continue;
        }
        names.insert(name.value.to_lowercase(), name.span);
        shares.extend(one_share(r, name, share));
    }
    let asked = [written.shares.is_written(), written.config_file.is_written(), written.wsdd.is_written()];
    if !asked.contains(&true) {
        return None;
    }
    if role.is_empty() {
        if !role.wrong && !r.gaps.servers {
            let finding =
                Finding::new(&SERVICE_MISSING, role.span, "there are shares, and no server runs SMB");
            r.report.push(finding.help("say which server runs it: `smb: { server: NAME }`"));
        }
        return None;
    }
    Some(Smb {
        servers: role.servers.clone(),
        span: role.span,
        workgroup: r
            .maybe(&written.workgroup, workgroup)
            .unwrap_or_else(|| Spanned::new("WORKGROUP".to_owned(), role.span)),
        config_file: folder(r, &written.config_file, "/etc/samba/smb.conf", AbsPath::parse),
        config_file_span: written.config_file.given().map(|word| word.span),
        shares,
        wsdd: written.wsdd.given().and_then(|written| wsdd(r, *written)),
        raw: raw(r, &written.raw, RawScope::Smb),
    })
}

fn wsdd<'a>(r: &mut Resolver<'_, 'a>, written: schema::Wsdd<'a>) -> Option<Wsdd> {
    let domain = |text: &str| -> Validated<String> {
        defaults::quote(text)?;
        crate::model::domain(text).map(str::to_owned)
    };
    match written {
        schema::Wsdd::Flag(word) => r.value(word, flag)?.value.then_some(Wsdd::Workgroup),
        schema::Wsdd::Domain(word) => r.value(word, domain).map(|at| Wsdd::Domain(at.value)),
    }
}

fn workgroup(text: &str) -> Validated<String> {
    let right = (1..=15).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && network_name(text.get(..1).unwrap_or_default()).is_ok();
    if right {
        Ok(text.to_owned())
    } else {
        Err(InvalidValue::new(format!("`{text}` is not a workgroup"))
            .help("at most 15 letters, digits, `-`, `_` and `.`"))
    }
}

fn share_name(text: &str) -> Validated<String> {
    crate::dialects::smb::section(text)?;
    Ok(text.to_owned())
}

fn smb_value(text: &str) -> Validated<String> {
    crate::dialects::smb::value(text)?;
    Ok(text.to_owned())
}

fn mask(text: &str) -> Validated<String> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let right = (3..=4).contains(&digits.len()) && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    if !right {
        return Err(InvalidValue::new(format!("`{text}` is not a mode"))
            .help("three or four octal digits, such as 0775"));
    }
    Ok(format!("{digits:0>4}"))
}

fn one_share<'a>(
    r: &mut Resolver<'_, 'a>,
    name: Spanned<String>,
    share: &schema::Share<'a>,
) -> Option<Share> {
    let path = |text: &str| -> Validated<AbsPath> {
        smb_value(text)?;
        AbsPath::parse(text)
    };
    if !share.path.is_written() {
        let finding =
            Finding::new(&MISSING_KEY, name.span, format!("the share `{}` has no `path`", name.value));
        r.report.push(finding.help("the folder that it shows"));
    }
    let path = r.maybe(&share.path, path);
    let users = share.users.given().map_or(&[][..], Vec::as_slice);
    let users =
        r.many(users, |text| user_name(text.strip_prefix('@').unwrap_or(text)).map(|_| text.to_owned()));
    let comment = r.maybe(&share.comment, smb_value);
    let mut switch = |field, default| r.maybe(field, flag).unwrap_or(Spanned::new(default, name.span));
    Some(Share {
        comment,
        guest: switch(&share.guest, false),
        writable: switch(&share.writable, false),
        browseable: switch(&share.browseable, true),
        acl_allow_execute_always: switch(&share.acl_allow_execute_always, false),
        create_mask: r.maybe(&share.create_mask, mask),
        directory_mask: r.maybe(&share.directory_mask, mask),
        users,
        raw: raw(r, &share.raw, RawScope::Smb),
        name,
        path: path?,
    })
}

/// The path of the HTTP root's URL.
pub(super) fn http_path(http: &Http) -> String {
    let Some(url) = &http.url else { return String::new() };
    let rest = url.value.split_once("://").map_or("", |(_, rest)| rest);
    rest.find('/').map_or_else(String::new, |at| join(&rest[at..], ""))
}

/// The path at which HTTP shows the TFTP root, encoded for URLs; empty if both roots are one.
pub(super) fn prefix_uri(http: &Http) -> String {
    crate::dialects::ipxe::uri(&http.tftp_prefix.value).unwrap_or_default()
}

/// Reads a daemon's folder, or its default.
fn folder<'a>(
    r: &mut Resolver<'_, 'a>,
    field: &Field<Scalar<'a>>,
    default: &str,
    read: fn(&str) -> Validated<AbsPath>,
) -> AbsPath {
    r.maybe(field, read).map_or_else(|| read(default).unwrap_or_else(|_| AbsPath::root()), |at| at.value)
}
