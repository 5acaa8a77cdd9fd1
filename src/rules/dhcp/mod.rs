//! The DHCP servers: options, leases, classes, failover, relays and verbatim text for dhcpd.

pub mod boot_file_in_raw;
pub mod boot_option_replaced;
pub mod class_conflict;
pub mod class_for_nobody;
pub mod class_without_ipv6;
pub mod daemon_lacks;
pub mod duplicate_host_name;
pub mod external_lacks;
pub mod failover_without_ranges;
pub mod idle_statement;
pub mod ipv6_pair;
pub mod ipxe_options_too_long;
pub mod lease_times;
pub mod lonely_shared_network;
pub mod long_mclt;
pub mod nobody_known;
pub mod option_twice;
pub mod raw_without_ipv6;
pub mod relay_interfaces;
pub mod relay_to_nobody;
pub mod relay_with_dhcp;
pub mod shadowed_by_class;
pub mod slow_classes;
pub mod tftp_server_name;
pub mod word_in_raw;
