//! Networks, ranges and the addresses of machines: what lies outside, overlaps or is not reachable.

pub mod address_in_range;
pub mod address_outside_subnets;
pub mod duplicate_interface;
pub mod duplicate_ip;
pub mod duplicate_mac;
pub mod empty_subnet;
pub mod host_is_router;
pub mod ipv6_addresses;
pub mod network_address;
pub mod no_address;
pub mod overlapping_ranges;
pub mod overlapping_subnets;
pub mod own_address;
pub mod range_for_nobody;
pub mod range_on_edge;
pub mod range_outside_subnet;
pub mod range_used_up;
pub mod router_outside_subnet;
pub mod server_netmask;
pub mod server_outside_subnets;
pub mod service_in_range;
pub mod special_network;
pub mod too_few_addresses;
pub mod unreachable_server;
pub mod unreachable_service;
pub mod wrong_broadcast;
