//! `failover peer`: the pair of DHCP servers.

use std::net::Ipv4Addr;

use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Mapping, Value};
use super::statements::Statement;
use super::words::{Word, plain};
use crate::model::ipv4;

/// A failover declaration that keys express.
#[derive(Debug)]
pub struct Pair<'a, 't> {
    /// The declaration.
    pub head: &'a Statement<'t>,
    /// Whether the server of the file is the primary.
    pub primary: bool,
    /// The address of the server of the file.
    pub address: Ipv4Addr,
    /// The address of the other server.
    pub peer: Ipv4Addr,
    /// The keys of `failover`, with the statement of each.
    pub keys: Vec<(&'static str, u32, &'a Statement<'t>)>,
}

/// ipxegen's own values, and dhcpd's for statements that it does not need.
const DEFAULTS: &[(&str, u32)] = &[
    ("port", 647),
    ("peer_port", 647),
    ("mclt", 3600),
    ("split", 128),
    ("max_response_delay", 60),
    ("max_unacked_updates", 10),
    ("load_balance_max", 3),
];

/// Why a pool is in `raw` if its failover declaration is.
pub const NO_PAIR: &str = "its failover declaration is in raw";

/// The name of the pair in every rendered dhcpd.conf.
const RENDERED: &str = "netboot";

/// A pool as text for `raw`: its failover peer is the one that the render declares. dhcpd refuses a name that no
/// declaration has.
pub fn with_rendered_peer(text: &str, peer: &Statement<'_>) -> String {
    text.replace(peer.text, &format!("failover peer \"{RENDERED}\";"))
}

/// Reads a declaration.
///
/// # Errors
/// Why no key expresses it.
pub fn pair<'a, 't>(head: &'a Statement<'t>) -> Result<Pair<'a, 't>, String> {
    let (mut primary, mut address, mut peer, mut keys) = (None, None, None, Vec::new());
    for statement in head.block.iter().flatten() {
        let words = plain(statement.tokens);
        let lower: Vec<String> =
            words.iter().map(|word| word.bare().unwrap_or_default().to_ascii_lowercase()).collect();
        let number = || words.last().and_then(Word::number);
        let ip = || {
            let text = words.last().and_then(Word::bare)?;
            ipv4(text).ok()
        };
        let key = match lower.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["primary"] => {
                primary = Some(true);
                continue;
            }
            ["secondary"] => {
                primary = Some(false);
                continue;
            }
            ["address", _] => {
                address = Some(ip().ok_or("its `address` is a name")?);
                continue;
            }
            ["peer", "address", _] => {
                peer = Some(ip().ok_or("its `peer address` is a name")?);
                continue;
            }
            ["port", _] => "port",
            ["peer", "port", _] => "peer_port",
            ["max-response-delay", _] => "max_response_delay",
            ["max-unacked-updates", _] => "max_unacked_updates",
            ["load", "balance", "max", "seconds", _] => "load_balance_max",
            ["mclt", _] => "mclt",
            ["split", _] => "split",
            ["auto-partner-down", _] => "auto_partner_down",
            _ => return Err(format!("no key expresses `{}`", statement.text.trim_end_matches(';'))),
        };
        keys.push((key, number().ok_or("a value in it is not a number")?, statement));
    }
    let (Some(primary), Some(address), Some(peer)) = (primary, address, peer) else {
        return Err("it does not say its role and both addresses".into());
    };
    if !primary {
        // The ports are the primary's and the secondary's in the site.
        for (key, ..) in &mut keys {
            *key = match *key {
                "port" => "peer_port",
                "peer_port" => "port",
                other => other,
            };
        }
    }
    Ok(Pair { head, primary, address, peer, keys })
}

impl Pair<'_, '_> {
    /// Writes it below `dhcp`.
    pub fn write(&self, dhcp: &mut Mapping, coverage: &mut Coverage) {
        coverage.set(self.head.number, Outcome::Words);
        for statement in self.head.block.iter().flatten() {
            coverage.set(statement.number, Outcome::Words);
        }
        let mut map = Mapping::default();
        for (key, value, statement) in &self.keys {
            // Without `split`, the file is the secondary's, and the primary decides.
            if DEFAULTS.contains(&(*key, *value)) {
                coverage.set(statement.number, Outcome::Default);
            } else {
                map.set(key, Value::number(*value)).from(&statement.origin);
            }
        }
        dhcp.set("failover", map).from(&self.head.origin);
    }
}
