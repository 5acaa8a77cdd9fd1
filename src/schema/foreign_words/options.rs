//! Words for the options and lease times that DHCP sends, in every scope.

use super::Equivalent::{Here, In};
use super::{ForeignWords, row};

const DHCP: &[&str] = &["dhcp"];
const HOSTS: &[&str] = &["a host", "a group"];
const SCOPES: &[&str] = &["dhcp", "a subnet", "a host", "a group"];
const DOMAINS: &[&str] = &["a subnet", "a host", "a group"];
const LEASES: &[&str] = &["dhcp", "a subnet"];

pub(super) static WORDS: &[ForeignWords] = &[
    row(
        SCOPES,
        "gateway gateway4 gateways router option_routers option_router default_gateway default_router defaultroute if_gateway gateway_ip",
        Here("routers", ""),
    ),
    row(
        SCOPES,
        "nameserver nameservers name_server name_servers domain_name_server domain_name_servers dns_server dns_servers \
         dns_primary dns_secondary option_domain_name_servers option_domain_name_server option_dns_server resolvers",
        Here("dns", ""),
    ),
    row(DOMAINS, "domain_name option_domain_name dns_domain dns_suffix dns_name_suffix", Here("domain", "")),
    row(DHCP, "domain domain_name option_domain_name dns_domain", In("the site", "domain", "")),
    row(
        SCOPES,
        "search dns_search search_domains searchdomains name_servers_search option_domain_search domain_search_list",
        Here("domain_search", ""),
    ),
    row(
        SCOPES,
        "ntp_server ntp_servers ntpservers option_ntp_servers option_ntp_server time_server time_servers timeserver",
        Here("ntp", ""),
    ),
    row(
        SCOPES,
        "mtu interface_mtu option_interface_mtu",
        Here("options", "`options: { interface-mtu: 1400 }`"),
    ),
    row(SCOPES, "option dhcp_option dhcp_options option_data", Here("options", "")),
    row(
        LEASES,
        "lease_time lease leasetime default_lease dhcp_lease_time valid_lifetime",
        Here("default_lease_time", ""),
    ),
    row(LEASES, "max_lease max_lease_length max_valid_lifetime", Here("max_lease_time", "")),
    row(LEASES, "min_lease min_lease_length min_valid_lifetime", Here("min_lease_time", "")),
    row(HOSTS, "lease_time default_lease_time max_lease_time", In("a subnet", "default_lease_time", "")),
    row(
        LEASES,
        "deny allow_unknown_clients deny_unknown_clients allow_unknown known_only dhcp_ignore",
        Here("unknown_clients", "`unknown_clients: deny`"),
    ),
    row(LEASES, "ping no_ping ping_timeout", Here("ping_check", "")),
];
