//! Words for the keys of a subnet and of its ranges.

use super::Equivalent::{Here, In, Instead};
use super::{ForeignWords, row};

const SUBNET: &[&str] = &["a subnet"];

pub(super) static WORDS: &[ForeignWords] = &[
    row(SUBNET, "match_client_id ignore_client_uids", In("dhcp", "client_id", "`client_id: ignore`")),
    row(SUBNET, "network subnet net address netaddr prefix cidr4", Here("cidr", "`cidr: 10.0.0.0/24`")),
    row(
        SUBNET,
        "netmask mask subnet_mask option_subnet_mask prefixlen",
        Here("cidr", "it carries the netmask: `cidr: 10.0.0.0/24`"),
    ),
    row(
        SUBNET,
        "range pool pools dhcp_range dynamic_range dynamicrange ip_range range_start from start end ip_ranges",
        Here("ranges", "`ranges: 10.0.0.100-10.0.0.199`"),
    ),
    row(SUBNET, "broadcast_address option_broadcast_address", Here("broadcast", "")),
    row(
        SUBNET,
        "vlan vlanid vlan_id vid",
        In(
            "a server",
            "interfaces",
            "each VLAN is a subnet, and the server's interfaces name it, such as `eth0.20`",
        ),
    ),
    row(
        SUBNET,
        "tftp tftp_server tftpserver tftp_ip siaddr nextserver next_server_v4",
        Here("next_server", ""),
    ),
    row(SUBNET, "server boot_ip bootserver dhcpserver server_name", Here("boot_server", "")),
    row(SUBNET, "filename boot_file_name bootfile boot_file bootloader dhcp_boot", Here("loaders", "")),
    row(SUBNET, "host hosts reservations static_leases", In("the site", "hosts", "")),
    row(SUBNET, "interface interfaces nic mgtifname", In("a server", "interfaces", "")),
    row(SUBNET, "shared_network_name sharednetwork shared_networks", Here("shared_network", "")),
    row(SUBNET, "relay dhcp_relay giaddr", In("the site", "relays", "")),
    row(SUBNET, "id user_context name", Instead("the key above it is the subnet's name")),
    row(SUBNET, "ddns ddns_update_style ddns_domainname", Here("raw", "`raw: { dhcpd: \"…\" }`")),
    row(
        SUBNET,
        "use_host_decl_names always_broadcast get_lease_hostnames one_lease_per_client min_secs",
        Here("raw", "it takes statements of dhcpd.conf: `raw: { dhcpd: \"always-broadcast on;\" }`"),
    ),
    row(
        SUBNET,
        "renew_timer rebind_timer t1 t2",
        Here(
            "default_lease_time",
            "a client renews its lease after half of it, unless the server sets another time",
        ),
    ),
    row(
        SUBNET,
        "client_class client_classes require_client_classes evaluate_additional_classes",
        Here("ranges", "`{ range: FIRST-LAST, clients: known }` is for declared hosts only"),
    ),
    row(
        SUBNET,
        "ipam boot_mode tftp_id dhcp_id dns_id discovery_id template_id managed fabric space allow_dns rdns_mode active_discovery allow_proxy",
        Instead("it belongs to the inventory of the other tool: leave it out"),
    ),
    row(
        &["a range"],
        "start from first begin end to last pool low high",
        Here("range", "`{ range: 10.0.0.100-10.0.0.199 }`"),
    ),
    row(&["a range"], "client_class allow deny unknown_clients known", Here("clients", "`clients: known`")),
    row(SUBNET, "authoritative", In("dhcp", "authoritative", "")),
    row(SUBNET, "ipv6 subnet6 prefix6", Here("cidr6", "")),
    row(SUBNET, "range6 pool6 pools6 pd_pools", Here("ranges6", "")),
    row(SUBNET, "default default_entry default_boot", Here("boot", "")),
    row(
        SUBNET,
        "first_ip last_ip pool_start pool_end range_end",
        Here("ranges", "`ranges: 10.0.0.100-10.0.0.199`"),
    ),
    row(
        SUBNET,
        "wins wins_server wins_servers",
        Here("options", "`options: { netbios-name-servers: 10.0.0.5 }`"),
    ),
    row(
        SUBNET,
        "comment description desc notes",
        Instead("site.yaml has no key for it: write it as a comment, behind `#`"),
    ),
    row(SUBNET, "dynamic_bootp", Here("ranges", "`ranges: { range: FIRST-LAST, dynamic_bootp: true }`")),
    row(&["a range"], "bootp bootp_dynamic allow_bootp", Here("dynamic_bootp", "`dynamic_bootp: true`")),
    row(SUBNET, "subnet4 netname", Instead("the key above it is the subnet's name, and `cidr` its network")),
    row(SUBNET, "gw gateway6", Here("routers", "")),
    row(SUBNET, "dhcp_start dhcp_end", Here("ranges", "`ranges: 10.0.0.100-10.0.0.199`")),
];
