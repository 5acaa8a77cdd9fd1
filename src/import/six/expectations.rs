//! What the files say of DHCPv6, and the site says by its keys for IPv4.

use super::{Part, Said, Sends};
use crate::model::DhcpDaemon;

/// What the files say of the whole server.
#[derive(Clone, Debug)]
pub struct Expectations {
    /// The daemon of the files.
    pub daemon: DhcpDaemon,
    /// The first statement.
    pub first: Option<Part>,
    /// Lease times in seconds.
    pub lease_time: Option<Said<u32>>,
    /// The longest one.
    pub max_lease_time: Option<Said<u32>>,
    /// `authoritative`.
    pub authoritative: Option<Said<bool>>,
    /// The subnets.
    pub subnets: Vec<Expectation>,
    /// The hosts, by name, that get no boot file, and the statements that say so.
    pub silent: Vec<(String, Part)>,
}

/// What the files say of a subnet.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The name of the subnet.
    pub subnet: String,
    /// The head of its network.
    pub head: Part,
    /// Domains that clients search.
    pub domains: Option<Said<Vec<String>>>,
    /// The statements that choose boot files.
    pub boot: Vec<Part>,
    /// What each client gets.
    pub sends: Vec<Sends>,
}
