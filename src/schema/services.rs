//! The daemons: which server runs each, and with which settings.

use super::options::{OptionValue, VendorOptions};
use super::shape::{
    ALLOW_OR_DENY, CLIENT_ID, ISCSI_DAEMONS, NETBOOT, SYSLOG_FACILITIES, ScalarType, WEB_SERVERS,
};
use super::{Dict, Field, Many, RawValue, RootPath, Wsdd, mapping};
use crate::source::Scalar;

mapping! {
    /// The DHCP service, and the options and lease times of all subnets.
    pub struct Dhcp in "dhcp" {
        /// The server that runs it.
        server: Scalar<'a>,
        /// Two servers: a failover pair, the first is the primary.
        servers: Many<Scalar<'a>>,
        /// `isc`, `kea`, `dnsmasq` or `external`.
        daemon: Scalar<'a> => ScalarType::Words(&["isc", "kea", "dnsmasq", "external"]),
        /// Whether another server gives addresses, and this one the boot files only.
        proxy: Scalar<'a> => ScalarType::Flag,
        /// Whether dnsmasq answers DNS as well, and names itself as name server.
        answer_dns: Scalar<'a> => ScalarType::Flag,
        /// Whether this is the authoritative server of its subnets.
        authoritative: Scalar<'a> => ScalarType::Flag,
        /// How long a lease lasts when the client does not ask.
        default_lease_time: Scalar<'a> => ScalarType::Duration,
        /// How long a lease lasts at most.
        max_lease_time: Scalar<'a> => ScalarType::Duration,
        /// How long a lease lasts at least.
        min_lease_time: Scalar<'a> => ScalarType::Duration,
        /// `allow` or `deny` clients without a host declaration.
        unknown_clients: Scalar<'a> => ScalarType::Words(ALLOW_OR_DENY),
        /// The clients that get a boot file: `all`, `known` or `none`.
        netboot: Scalar<'a> => ScalarType::Words(NETBOOT),
        /// Whether an address is pinged before it is offered.
        ping_check: Scalar<'a> => ScalarType::Flag,
        /// Whether a client's identifier counts, or only its MAC address.
        client_id: Scalar<'a> => ScalarType::Words(CLIENT_ID),
        /// The facility of syslog that the server logs to.
        log_facility: Scalar<'a> => ScalarType::Words(SYSLOG_FACILITIES),
        /// How a failover pair communicates.
        failover: Failover<'a>,
        /// Name servers.
        dns: Many<Scalar<'a>> => ScalarType::Ipv4,
        /// Routers.
        routers: Many<Scalar<'a>> => ScalarType::Ipv4,
        /// Time servers.
        ntp: Many<Scalar<'a>> => ScalarType::Ipv4,
        /// Domains that clients search.
        domain_search: Many<Scalar<'a>>,
        /// Further DHCP options.
        options: Dict<'a, OptionValue<'a>>,
        /// The sub-options of option 43 by code, or the whole option as `text` or `hex`.
        vendor_options: VendorOptions<'a>,
        /// The root disk.
        root_path: RootPath<'a>,
        /// Verbatim text per output.
        raw: Dict<'a, RawValue<'a>>,
    }
}

mapping! {
    /// How two DHCP servers share their pools.
    pub struct Failover in "failover" {
        /// The primary's TCP port.
        port: Scalar<'a> => ScalarType::Number(1, 65535),
        /// The secondary's TCP port.
        peer_port: Scalar<'a> => ScalarType::Number(1, 65535),
        /// How long one server may extend a lease without the other's consent.
        mclt: Scalar<'a> => ScalarType::Duration,
        /// The primary's share of 256.
        split: Scalar<'a> => ScalarType::Number(0, 255),
        /// How long a silent peer is considered to be up.
        max_response_delay: Scalar<'a> => ScalarType::Duration,
        /// How many updates may wait for an answer.
        max_unacked_updates: Scalar<'a> => ScalarType::Number(1, 1_000_000),
        /// The time after which either server answers a client's retry.
        load_balance_max: Scalar<'a> => ScalarType::Duration,
        /// After how long without the peer a server takes over all addresses.
        auto_partner_down: Scalar<'a> => ScalarType::Duration,
    }
}

mapping! {
    /// The TFTP service.
    pub struct Tftp in "tftp" {
        /// The server that runs it.
        server: Scalar<'a>,
        /// The servers that run it.
        servers: Many<Scalar<'a>>,
        /// The TFTP root.
        root: Scalar<'a> => ScalarType::Path,
        /// The user that in.tftpd runs as.
        user: Scalar<'a>,
        /// The address on which it listens.
        address: Scalar<'a>,
        /// Its options.
        options: Many<Scalar<'a>>,
    }
}

mapping! {
    /// The HTTP service.
    pub struct Http in "http" {
        /// The server that runs it.
        server: Scalar<'a>,
        /// The servers that run it.
        servers: Many<Scalar<'a>>,
        /// The document root.
        root: Scalar<'a> => ScalarType::Path,
        /// The path at which HTTP shows the TFTP root.
        tftp_prefix: Scalar<'a>,
        /// The folder of the files that iPXE fetches by HTTP, if it is not the TFTP root.
        boot_files: Scalar<'a> => ScalarType::Path,
        /// Further folders of the document root that the rendered web server serves.
        paths: Many<Scalar<'a>> => ScalarType::Path,
        /// The root's URL, if its address or port differ from the server's.
        url: Scalar<'a>,
        /// The group that the web server reads as.
        group: Scalar<'a>,
        /// `none`, or the web server whose site file is rendered.
        daemon: Scalar<'a> => ScalarType::Words(WEB_SERVERS),
    }
}

mapping! {
    /// The NFS service.
    pub struct Nfs in "nfs" {
        /// The server that runs it.
        server: Scalar<'a>,
        /// The servers that run it.
        servers: Many<Scalar<'a>>,
        /// The file that is written.
        exports_file: Scalar<'a> => ScalarType::Path,
        /// Exports besides those that boot entries and hosts need.
        exports: Many<Export<'a>>,
    }
}

mapping! {
    /// One exported folder.
    pub struct Export in "an export" {
        /// The folder.
        path: Scalar<'a> => ScalarType::Path,
        /// The clients that may mount it.
        clients: Many<Scalar<'a>>,
        /// The export options.
        options: Many<Scalar<'a>>,
        /// Findings that are accepted, with the reason.
        allow: Dict<'a, Scalar<'a>> => ScalarType::Reason,
    }
}

mapping! {
    /// The SMB service.
    pub struct Smb in "smb" {
        /// The server that runs it.
        server: Scalar<'a>,
        /// The servers that run it.
        servers: Many<Scalar<'a>>,
        /// The workgroup.
        workgroup: Scalar<'a>,
        /// The file that is written.
        config_file: Scalar<'a> => ScalarType::Path,
        /// The shares by name.
        shares: Dict<'a, Share<'a>>,
        /// Whether Windows finds the server by itself; `{ domain: NAME }` in a domain.
        wsdd: Wsdd<'a>,
        /// Verbatim text per output.
        raw: Dict<'a, RawValue<'a>>,
    }
}

mapping! {
    /// One share.
    pub struct Share in "a share" {
        /// The folder.
        path: Scalar<'a> => ScalarType::Path,
        /// The description that Windows shows beside the name.
        comment: Scalar<'a>,
        /// Whether guests may use it, without an account.
        guest: Scalar<'a> => ScalarType::Flag,
        /// Whether clients may write.
        writable: Scalar<'a> => ScalarType::Flag,
        /// Whether it is listed.
        browseable: Scalar<'a> => ScalarType::Flag,
        /// The mode of new files.
        create_mask: Scalar<'a>,
        /// The mode of new folders.
        directory_mask: Scalar<'a>,
        /// The accounts that may use it.
        users: Many<Scalar<'a>>,
        /// Whether a file may be run without its x bit.
        acl_allow_execute_always: Scalar<'a> => ScalarType::Flag,
        /// Verbatim text per output.
        raw: Dict<'a, RawValue<'a>>,
        /// Findings that are accepted, with the reason.
        allow: Dict<'a, Scalar<'a>> => ScalarType::Reason,
    }
}

mapping! {
    /// The iSCSI target that root-paths name by default.
    pub struct Iscsi in "iscsi" {
        /// A server of the site, or an address.
        server: Scalar<'a>,
        /// Its TCP port.
        port: Scalar<'a> => ScalarType::Number(1, 65535),
        /// The daemon that serves the target.
        daemon: Scalar<'a> => ScalarType::Words(ISCSI_DAEMONS),
        /// Several targets, by the name that root-paths use.
        servers: Dict<'a, IscsiServer<'a>>,
    }
}

mapping! {
    /// One of several iSCSI targets: its name is a server of the site, or any other.
    pub struct IscsiServer in "an iSCSI server" {
        /// The daemon that serves the target.
        daemon: Scalar<'a> => ScalarType::Words(ISCSI_DAEMONS),
        /// The addresses at which it is reached.
        portals: Many<Scalar<'a>>,
        /// Its TCP port.
        port: Scalar<'a> => ScalarType::Number(1, 65535),
    }
}

/// Whether a service's key names a server.
pub fn names_server<'f, 'a>(
    server: &'f Field<Scalar<'a>>,
    servers: &'f Field<Many<Scalar<'a>>>,
) -> Option<&'f [Scalar<'a>]> {
    match (server.given(), servers.given()) {
        (Some(one), _) => Some(std::slice::from_ref(one)),
        (None, Some(many)) => Some(many),
        (None, None) => None,
    }
}
