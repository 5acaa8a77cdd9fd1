//! Words for the keys of `dhcp`, of `failover` and of relays.

use super::Equivalent::{Here, In, Instead};
use super::{ForeignWords, row};

const DHCP: &[&str] = &["dhcp"];

pub(super) static WORDS: &[ForeignWords] = &[
    row(DHCP, "subnet subnets subnet4 networks shared_networks", In("the site", "subnets", "")),
    row(DHCP, "range ranges pool pools dhcp_range", In("a subnet", "ranges", "")),
    row(DHCP, "host hosts reservations static_leases", In("the site", "hosts", "")),
    row(DHCP, "classes client_classes", In("the site", "classes", "")),
    row(DHCP, "group groups", In("the site", "groups", "")),
    row(DHCP, "interface interfaces interfaces_config listen", In("a server", "interfaces", "")),
    row(DHCP, "next_server tftp_server", In("a subnet", "next_server", "")),
    row(DHCP, "filename boot_file_name bootfile loaders", In("the site", "loaders", "")),
    row(DHCP, "relay relays", In("the site", "relays", "")),
    row(DHCP, "type backend engine provider", Here("daemon", "")),
    row(DHCP, "peer peers failover_peer ha", Here("failover", "")),
    row(
        DHCP,
        "ddns ddns_update_style ddns_updates",
        Here("raw", "`raw: { dhcpd: \"ddns-update-style interim;\" }`"),
    ),
    row(DHCP, "syslog syslog_facility facility", Here("log_facility", "`log_facility: local7`")),
    row(
        DHCP,
        "lease_database control_socket loggers hooks_libraries multi_threading",
        Instead("ipxegen writes what Kea needs itself: leave it out"),
    ),
    row(
        DHCP,
        "match_client_id ignore_client_uids ignore_client_id dhcp_ignore_clid",
        Here("client_id", "`client_id: ignore` goes by MAC addresses only"),
    ),
    row(&["a relay"], "interface iface", Here("interfaces", "")),
    row(&["a relay"], "server servers dhcp_server destination helper_address", Here("to", "")),
    row(&["failover"], "max_client_lead_time", Here("mclt", "")),
    row(&["failover"], "load_balance_max_seconds", Here("load_balance_max", "")),
    row(
        &["failover"],
        "peer_address address primary secondary",
        In("dhcp", "servers", "the two servers of the pair; their addresses are those of `servers`"),
    ),
    row(
        DHCP,
        "one_lease_per_client get_lease_hostnames use_host_decl_names min_secs local_port local_address \
         always_broadcast always_reply_rfc1048 server_id_check abandon_lease_time \
         lease_file_name pid_file_name remote_port server_identifier update_static_leases \
         boot_unknown_clients dynamic_bootp limited_broadcast_address adaptive_lease_time_threshold",
        Here("raw", "`raw: { dhcpd: \"one-lease-per-client true;\" }`"),
    ),
    row(
        DHCP,
        "rebind_timer renew_timer",
        Instead("clients compute it from the lease time: `default_lease_time`"),
    ),
    row(DHCP, "omapi_port omapi_key", Here("raw", "`raw: { dhcpd: \"omapi-port 7911;\" }`")),
];
