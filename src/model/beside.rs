//! What stands beside the daemons of booting: relay agents, further files.

use std::net::Ipv4Addr;

use super::{AbsPath, At};
use crate::source::Span;

/// A relay agent.
#[derive(Clone, Debug)]
pub struct Relay {
    /// The server that it runs on, by index.
    pub server: usize,
    /// Where it was said.
    pub span: Span,
    /// The interfaces that it listens on.
    pub interfaces: Vec<At<String>>,
    /// The DHCP servers: of the site by index, and the address of each.
    pub to: Vec<At<(Option<usize>, Ipv4Addr)>>,
}

/// A further file, from a template of the user's own.
#[derive(Clone, Debug)]
pub struct OwnFile<'a> {
    /// The servers that get it, by index.
    pub servers: Vec<usize>,
    /// Where it stands there.
    pub path: At<AbsPath>,
    /// The template as it was named.
    pub name: &'a str,
    /// The template's text, all of its file.
    pub template: At<&'a str>,
    /// Its permissions.
    pub mode: u32,
}
