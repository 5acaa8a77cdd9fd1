//! Relay agents.

use std::net::Ipv4Addr;

use super::Spanned;
use crate::source::Span;

/// A relay agent.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Relay {
    /// The server that it runs on, by index.
    #[serde(skip)]
    pub server: usize,
    /// The place of its key.
    #[serde(skip)]
    pub span: Span,
    /// The interfaces that it listens on.
    pub interfaces: Vec<Spanned<String>>,
    /// The DHCP servers by address, each with its index if it is a server of the site.
    #[serde(serialize_with = "super::serialize::relayed_to")]
    pub to: Vec<Spanned<(Option<usize>, Ipv4Addr)>>,
}
