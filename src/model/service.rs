//! Servers and the services that run on them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{AbsPath, Cidr, Features, InvalidValue, Spanned, Validated};
use crate::source::Span;

/// A server of the site.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Server {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// Its addresses; the first is used where none is inside a client's own subnet.
    #[serde(rename = "ip")]
    pub ips: Vec<Spanned<Ipv4Addr>>,
    /// Its IPv6 addresses, used in the same way.
    #[serde(rename = "ip6", skip_serializing_if = "Vec::is_empty")]
    pub ips6: Vec<Spanned<Ipv6Addr>>,
    /// The networks around those addresses that were written with a prefix.
    #[serde(skip)]
    pub nets: Vec<Cidr>,
    /// The interfaces that DHCP answers on.
    pub interfaces: Vec<Spanned<String>>,
    /// Its operating system, if the site names it.
    pub os: Option<Spanned<super::Os>>,
    /// The place of its declaration.
    #[serde(skip)]
    pub span: Span,
}

impl Server {
    /// The address that clients of a subnet use: the one inside the subnet, else the first.
    #[must_use]
    pub fn address_in(&self, subnet: Cidr) -> Option<Ipv4Addr> {
        let inside = self.ips.iter().find(|ip| subnet.contains(ip.value));
        inside.or(self.ips.first()).map(|ip| ip.value)
    }

    /// Whether its system has isc-dhcp-server and isc-dhcp-relay, as far as the site names the system.
    #[must_use]
    pub fn has_isc_dhcp(&self) -> bool {
        self.os.as_ref().is_none_or(|os| os.value.has_isc_dhcp())
    }

    /// Whether its tftpd-hpa reads `/etc/default/tftpd-hpa`, as far as the site names the system.
    #[must_use]
    pub fn has_tftpd_defaults(&self) -> bool {
        self.os.as_ref().is_none_or(|os| os.value.has_tftpd_defaults())
    }
}

/// A service of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// DHCP.
    Dhcp,
    /// TFTP.
    Tftp,
    /// HTTP.
    Http,
    /// NFS.
    Nfs,
    /// SMB.
    Smb,
}

impl Service {
    /// Every service, in the order of site.yaml.
    pub const ALL: [Self; 5] = [Self::Dhcp, Self::Tftp, Self::Http, Self::Nfs, Self::Smb];

    /// The services whose address an iPXE script uses, each with the script's setting, and with the private option
    /// that carries the address where subnets differ.
    pub const IN_SCRIPTS: [(Self, &'static str, &'static str); 4] = [
        (Self::Http, "ipxegen.http", "http-root"),
        (Self::Tftp, "ipxegen.tftp", "tftp-server"),
        (Self::Nfs, "ipxegen.nfs", "nfs-server"),
        (Self::Smb, "ipxegen.smb", "smb-server"),
    ];

    /// Its key in site.yaml.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dhcp => "dhcp",
            Self::Tftp => "tftp",
            Self::Http => "http",
            Self::Nfs => "nfs",
            Self::Smb => "smb",
        }
    }
}

/// The DHCP server that the site runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DhcpDaemon {
    /// ISC dhcpd.
    Isc,
    /// Kea.
    Kea,
    /// dnsmasq.
    Dnsmasq,
}

impl Dhcp {
    /// Whether its program answers DNS as well.
    #[must_use]
    pub fn answers_dns(&self) -> bool {
        self.daemon == DhcpDaemon::Dnsmasq && self.answer_dns.value
    }

    /// Whether a server, by its index, runs this daemon.
    #[must_use]
    pub fn runs_on(&self, server: usize, daemon: DhcpDaemon) -> bool {
        self.daemon == daemon && self.servers.contains(&server)
    }
}

/// By what the server recognises a client that has a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientId {
    /// By the identifier that it sends (option 61), else by its MAC address.
    Use,
    /// By its MAC address.
    Ignore,
}

/// The facilities of syslog. dhcpd 4.4, Kea 2.2 and dnsmasq 2.90 take each of them, in small letters, and log to it (run with
/// each name, and a socket in place of syslog's).
pub const SYSLOG_FACILITIES: &[&str] = &[
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

/// Reads a facility of syslog.
///
/// # Errors
/// If it is none.
pub fn syslog_facility(text: &str) -> Validated<&'static str> {
    let known = SYSLOG_FACILITIES.iter().find(|known| **known == text);
    known.copied().ok_or_else(|| {
        InvalidValue::new(format!("`{text}` is no facility of syslog"))
            .help("such as `daemon`, or `local0` to `local7`, in small letters")
    })
}

/// The DHCP service.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Dhcp {
    /// The program.
    pub daemon: DhcpDaemon,
    /// The servers, by index; two are a failover pair, the first is the primary.
    #[serde(skip)]
    pub servers: Vec<usize>,
    /// The place of the key `dhcp`, or of the site if the key is absent.
    #[serde(skip)]
    pub span: Span,
    /// The place of the key `dhcp`, if it is written.
    #[serde(skip)]
    pub section: Option<Span>,
    /// Whether another server gives addresses, and this one the boot files only.
    pub proxy: bool,
    /// Whether dnsmasq answers DNS as well.
    pub answer_dns: Spanned<bool>,
    /// Whether `authoritative;` is written.
    pub authoritative: bool,
    /// The usual lease in seconds.
    pub default_lease_time: Option<Spanned<u32>>,
    /// The longest lease in seconds.
    pub max_lease_time: Option<Spanned<u32>>,
    /// The shortest lease in seconds.
    pub min_lease_time: Option<Spanned<u32>>,
    /// Whether clients without a host declaration get an address.
    #[serde(serialize_with = "super::serialize::allow_or_deny")]
    pub unknown_clients: Spanned<bool>,
    /// Whether dhcpd pings an address before it offers it; `None` for dhcpd's own default.
    pub ping_check: Option<Spanned<bool>>,
    /// By what a client is recognised that has a lease.
    pub client_id: ClientId,
    /// The facility of syslog that the server logs to; `None` for the daemon's own default.
    pub log_facility: Option<Spanned<&'static str>>,
    /// How the two servers of a failover pair talk to each other.
    pub failover: Option<Failover>,
    /// Verbatim text at the end of the outermost scope.
    #[serde(serialize_with = "super::serialize::raw", skip_serializing_if = "Vec::is_empty")]
    pub raw: Vec<Raw>,
}

/// An external DHCP server, which ipxegen does not configure.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ExternalDhcp {
    /// The place of the key `dhcp`.
    #[serde(skip)]
    pub span: Span,
    /// The usual lease in seconds, if it is written.
    pub default_lease_time: Option<u32>,
}

/// How a failover pair talks; times in seconds. A setting that the daemon of the site lacks is `None`, if it is not written.
#[derive(Clone, Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names are dhcpd.conf's own")]
pub struct Failover {
    #[serde(skip)]
    pub span: Span,
    pub port: Spanned<u16>,
    pub peer_port: Spanned<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mclt: Option<Spanned<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<Spanned<u8>>,
    pub max_response_delay: Spanned<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_unacked_updates: Option<Spanned<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balance_max: Option<Spanned<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_partner_down: Option<Spanned<u32>>,
}

/// The TFTP service.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Tftp {
    /// The servers, by index.
    #[serde(skip)]
    pub servers: Vec<usize>,
    /// The place of the key `tftp`, if it is written.
    #[serde(skip)]
    pub section: Option<Span>,
    /// The TFTP root.
    pub root: AbsPath,
    /// The place of the root, if it is written.
    #[serde(skip)]
    pub root_span: Option<Span>,
    /// The user that in.tftpd runs as.
    pub user: Spanned<String>,
    /// The address and port that in.tftpd listens on.
    pub address: Spanned<String>,
    /// The command-line options of in.tftpd.
    pub options: Vec<Spanned<String>>,
}

/// The HTTP service.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Http {
    /// The servers, by index.
    #[serde(skip)]
    pub servers: Vec<usize>,
    /// The place of the key `http`, if it is written.
    #[serde(skip)]
    pub section: Option<Span>,
    /// The document root.
    pub root: AbsPath,
    /// The place of the root, if it is written.
    #[serde(skip)]
    pub root_span: Option<Span>,
    /// The path at which HTTP shows the TFTP root, without a final slash; empty for `/`.
    #[serde(serialize_with = "super::serialize::prefix")]
    pub tftp_prefix: Spanned<String>,
    /// The folder that HTTP shows at `tftp_prefix`, if it is another than the TFTP root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot_files: Option<Spanned<AbsPath>>,
    /// Further folders of the root that the rendered web server serves, as paths of URLs without a final slash.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<Spanned<String>>,
    /// The root's URL without a final slash, if the site sets it; else it follows from the server's address.
    pub url: Option<Spanned<String>>,
    /// The group of the web server, which may read files with secrets.
    pub group: String,
    /// The web server whose site file is rendered.
    pub daemon: WebServer,
}

/// A web server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebServer {
    /// nginx.
    Nginx,
    /// Apache's httpd.
    Apache,
    /// A web server that ipxegen does not configure. It serves its document root, where a link leads to the TFTP
    /// root.
    None,
}

impl WebServer {
    /// Its word in site.yaml.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "apache",
            Self::None => "none",
        }
    }
}

/// The NFS service.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Nfs {
    /// The servers, by index.
    #[serde(skip)]
    pub servers: Vec<usize>,
    /// The path of the exports file on the server.
    pub exports_file: AbsPath,
    /// The place of that path, if it is written.
    #[serde(skip)]
    pub exports_file_span: Option<Span>,
    /// The exports: those that entries and hosts need, and those that the site lists.
    #[serde(skip)]
    pub exports: Vec<Export>,
}

/// One exported folder.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Export {
    /// The folder.
    pub path: AbsPath,
    /// The clients that may mount it.
    pub clients: Vec<Spanned<String>>,
    /// The export options.
    pub options: Vec<Spanned<String>>,
    /// The server that exports it, by index; `None` for every server of the service.
    #[serde(skip)]
    pub server: Option<usize>,
    /// The entry or host that needs it; `None` if the site lists it.
    pub because: Option<String>,
    /// The place of the entry, host or list item.
    #[serde(skip)]
    pub span: Span,
}

/// The SMB service.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Smb {
    /// The servers, by index.
    #[serde(skip)]
    pub servers: Vec<usize>,
    /// The place of the key `smb`.
    #[serde(skip)]
    pub span: Span,
    /// The workgroup.
    pub workgroup: Spanned<String>,
    /// The path of Samba's configuration on the server.
    pub config_file: AbsPath,
    /// The place of that path, if it is written.
    #[serde(skip)]
    pub config_file_span: Option<Span>,
    /// The shares.
    #[serde(serialize_with = "super::serialize::shares")]
    pub shares: Vec<Share>,
    /// Whether wsdd announces the server to Windows, and in which workgroup or domain.
    pub wsdd: Option<Wsdd>,
    /// Verbatim text at the end of `[global]`.
    #[serde(serialize_with = "super::serialize::raw", skip_serializing_if = "Vec::is_empty")]
    pub raw: Vec<Raw>,
}

/// The workgroup or domain in which wsdd announces a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wsdd {
    /// In the service's workgroup.
    Workgroup,
    /// In a Windows domain.
    Domain(String),
}

/// One share.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Share {
    /// Its name.
    #[serde(skip)]
    pub name: Spanned<String>,
    /// The folder.
    pub path: Spanned<AbsPath>,
    /// The description that Windows shows beside the name.
    pub comment: Option<Spanned<String>>,
    /// Whether guests may use it, without an account.
    pub guest: Spanned<bool>,
    /// Whether clients may write.
    pub writable: Spanned<bool>,
    /// Whether it is listed.
    pub browseable: Spanned<bool>,
    /// The mode of new files, in octal digits.
    pub create_mask: Option<Spanned<String>>,
    /// The mode of new folders, in octal digits.
    pub directory_mask: Option<Spanned<String>>,
    /// The accounts that may use it; empty for all.
    pub users: Vec<Spanned<String>>,
    /// Whether a file may be run without its x bit.
    pub acl_allow_execute_always: Spanned<bool>,
    /// Verbatim text at the end of its section.
    #[serde(serialize_with = "super::serialize::raw", skip_serializing_if = "Vec::is_empty")]
    pub raw: Vec<Raw>,
}

/// Verbatim text that the user wrote for the end of a scope, in one output only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Raw {
    /// The output.
    pub output: &'static str,
    /// The text, balanced in the output's language; where that is JSON, an object.
    pub text: Spanned<String>,
    /// Whether a secret is in it.
    pub secret: bool,
    /// The keys of the object with their places; none where it is text.
    pub keys: Vec<Spanned<String>>,
}

impl Raw {
    /// The object; `None` where it is text.
    #[must_use]
    pub fn object(&self) -> Option<serde_json::Map<String, serde_json::Value>> {
        if self.keys.is_empty() { None } else { serde_json::from_str(&self.text.value).ok() }
    }

    /// The text or the object.
    #[must_use]
    pub fn value(&self) -> serde_json::Value {
        self.object().map_or_else(|| self.text.value.clone().into(), Into::into)
    }
}

/// The script that iPXE runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Script {
    /// Below the HTTP root.
    Http(String),
    /// Below the TFTP root.
    Tftp(String),
    /// A script that ipxegen does not render, by its URL.
    Url(String),
}

/// The settings of iPXE.
#[derive(Clone, Debug)]
pub struct Ipxe {
    /// The script.
    pub script: Script,
    /// The place of the script, or of the site if it is not written.
    pub span: Span,
    /// The path or URL of a script that iPXE tries before the menu, with iPXE's own settings in it.
    pub hook: Option<Spanned<String>>,
    /// The features without which iPXE gets a loader in place of the script.
    pub needs: Spanned<Features>,
    /// Whether the loaders speak HTTPS.
    pub https: bool,
    /// Kernel arguments of all entries that start Linux and have none of their own.
    pub cmdline_extra: Vec<Spanned<String>>,
}
