//! The daemons: what runs where, and how.

use super::options::OptionValue;
use super::shape::{ALLOW_OR_DENY, ISCSI_DAEMONS, NETBOOT, Scalar, WEB_SERVERS};
use super::{Dict, Field, Many, Wsdd, mapping};
use crate::source::Word;

mapping! {
    /// The DHCP service, and site-wide defaults of what it hands out.
    pub struct Dhcp in "dhcp" {
        /// The server that runs it.
        server: Word<'a>,
        /// Two servers: a failover pair, the first is the primary.
        servers: Many<Word<'a>>,
        /// `isc` or `external`.
        daemon: Word<'a> => Scalar::Words(&["isc", "external"]),
        /// Whether this is the authoritative server of its subnets.
        authoritative: Word<'a> => Scalar::Flag,
        /// How long a lease lasts when the client does not ask.
        default_lease_time: Word<'a> => Scalar::Duration,
        /// How long a lease lasts at most.
        max_lease_time: Word<'a> => Scalar::Duration,
        /// How long a lease lasts at least.
        min_lease_time: Word<'a> => Scalar::Duration,
        /// `allow` or `deny` clients that no host declaration names.
        unknown_clients: Word<'a> => Scalar::Words(ALLOW_OR_DENY),
        /// `all`, `known` or `none`: who gets a file name.
        netboot: Word<'a> => Scalar::Words(NETBOOT),
        /// Whether an address is pinged before it is offered.
        ping_check: Word<'a> => Scalar::Flag,
        /// How a failover pair talks.
        failover: Failover<'a>,
        /// Name servers.
        dns: Many<Word<'a>> => Scalar::Ipv4,
        /// Routers.
        routers: Many<Word<'a>> => Scalar::Ipv4,
        /// Time servers.
        ntp: Many<Word<'a>> => Scalar::Ipv4,
        /// Domains that clients search.
        domain_search: Many<Word<'a>>,
        /// Further DHCP options.
        options: Dict<'a, OptionValue<'a>>,
        /// Verbatim text per output.
        raw: Dict<'a, Word<'a>>,
    }
}

mapping! {
    /// How two DHCP servers share their pools.
    pub struct Failover in "failover" {
        /// The primary's TCP port.
        port: Word<'a> => Scalar::Number(1, 65535),
        /// The secondary's TCP port.
        peer_port: Word<'a> => Scalar::Number(1, 65535),
        /// How long one may extend a lease without the other's word.
        mclt: Word<'a> => Scalar::Duration,
        /// The primary's share of 256.
        split: Word<'a> => Scalar::Number(0, 255),
        /// How long a silent peer counts as there.
        max_response_delay: Word<'a> => Scalar::Duration,
        /// How many updates may wait for an answer.
        max_unacked_updates: Word<'a> => Scalar::Number(1, 1_000_000),
        /// After how long a client's retry is answered by either.
        load_balance_max: Word<'a> => Scalar::Duration,
    }
}

mapping! {
    /// The TFTP service.
    pub struct Tftp in "tftp" {
        /// The server that runs it.
        server: Word<'a>,
        /// The servers that run it.
        servers: Many<Word<'a>>,
        /// The TFTP root.
        root: Word<'a> => Scalar::Path,
        /// The user that in.tftpd runs as.
        user: Word<'a>,
        /// Where it listens.
        address: Word<'a>,
        /// Its options.
        options: Many<Word<'a>>,
    }
}

mapping! {
    /// The HTTP service.
    pub struct Http in "http" {
        /// The server that runs it.
        server: Word<'a>,
        /// The servers that run it.
        servers: Many<Word<'a>>,
        /// The document root.
        root: Word<'a> => Scalar::Path,
        /// Where the TFTP root is seen over HTTP.
        tftp_prefix: Word<'a>,
        /// The root's URL, when address or port differ from the server's.
        url: Word<'a>,
        /// The group that the web server reads as.
        group: Word<'a>,
        /// `none`, or the web server whose site file is rendered.
        daemon: Word<'a> => Scalar::Words(WEB_SERVERS),
    }
}

mapping! {
    /// The NFS service.
    pub struct Nfs in "nfs" {
        /// The server that runs it.
        server: Word<'a>,
        /// The servers that run it.
        servers: Many<Word<'a>>,
        /// The file that is written.
        exports_file: Word<'a> => Scalar::Path,
        /// Exports beside the derived ones.
        exports: Many<Export<'a>>,
    }
}

mapping! {
    /// One exported folder.
    pub struct Export in "an export" {
        /// The folder.
        path: Word<'a> => Scalar::Path,
        /// Who may mount it.
        clients: Many<Word<'a>>,
        /// How.
        options: Many<Word<'a>>,
        /// Findings that are meant.
        allow: Dict<'a, Word<'a>> => Scalar::Reason,
    }
}

mapping! {
    /// The SMB service.
    pub struct Smb in "smb" {
        /// The server that runs it.
        server: Word<'a>,
        /// The servers that run it.
        servers: Many<Word<'a>>,
        /// The workgroup.
        workgroup: Word<'a>,
        /// The file that is written.
        config_file: Word<'a> => Scalar::Path,
        /// The shares by name.
        shares: Dict<'a, Share<'a>>,
        /// Whether Windows finds the server by itself; `{ domain: NAME }` in a domain.
        wsdd: Wsdd<'a>,
        /// Verbatim text per output.
        raw: Dict<'a, Word<'a>>,
    }
}

mapping! {
    /// One share.
    pub struct Share in "a share" {
        /// The folder.
        path: Word<'a> => Scalar::Path,
        /// What browsers show.
        comment: Word<'a>,
        /// Whether no account is needed.
        guest: Word<'a> => Scalar::Flag,
        /// Whether clients may write.
        writable: Word<'a> => Scalar::Flag,
        /// Whether it is listed.
        browseable: Word<'a> => Scalar::Flag,
        /// The mode of new files.
        create_mask: Word<'a>,
        /// The mode of new folders.
        directory_mask: Word<'a>,
        /// The accounts that may use it.
        users: Many<Word<'a>>,
        /// Whether a file may be run without its x bit.
        acl_allow_execute_always: Word<'a> => Scalar::Flag,
        /// Verbatim text per output.
        raw: Dict<'a, Word<'a>>,
        /// Findings that are meant.
        allow: Dict<'a, Word<'a>> => Scalar::Reason,
    }
}

mapping! {
    /// The iSCSI target that root-paths name by default.
    pub struct Iscsi in "iscsi" {
        /// A server of the site, or an address.
        server: Word<'a>,
        /// Its TCP port.
        port: Word<'a> => Scalar::Number(1, 65535),
        /// Who runs the target.
        daemon: Word<'a> => Scalar::Words(ISCSI_DAEMONS),
        /// Several targets, by the name that root-paths call them.
        servers: Dict<'a, IscsiServer<'a>>,
    }
}

mapping! {
    /// One of several iSCSI targets: its name is a server of the site, or any other.
    pub struct IscsiServer in "an iSCSI server" {
        /// Who runs the target.
        daemon: Word<'a> => Scalar::Words(ISCSI_DAEMONS),
        /// The addresses at which it is reached.
        portals: Many<Word<'a>>,
        /// Its TCP port.
        port: Word<'a> => Scalar::Number(1, 65535),
    }
}

/// Whether a service's key names a server.
pub fn names_server<'f, 'a>(
    server: &'f Field<Word<'a>>,
    servers: &'f Field<Many<Word<'a>>>,
) -> Option<&'f [Word<'a>]> {
    match (server.given(), servers.given()) {
        (Some(one), _) => Some(std::slice::from_ref(one)),
        (None, Some(many)) => Some(many),
        (None, None) => None,
    }
}
