//! DHCPv6 in the files of any DHCP server.
//!
//! Each reader fills an [`Ipv6`], which is then joined to the subnets and hosts that the files for IPv4 made. site.yaml has
//! a few keys for DHCPv6, and derives the rest from those for IPv4: URLs from `loaders` and the script, domains, lease
//! times, who boots. So such a statement becomes an [`Expectation`]. Once the site is resolved, it is compared with what
//! the site says; what differs goes into `raw`.

mod compare;
mod expectations;
mod hosts;
mod join;
mod script;
mod server;
mod urls;
mod write;

use std::net::{Ipv4Addr, Ipv6Addr};

use super::coverage::{Coverage, Outcome};
use super::draft::{Mapping, Value};
use super::origin::Origin;
use crate::model::{Cidr6, DhcpDaemon, Mac, Range6};
pub use compare::compare;
pub use expectations::{Expectation, Expectations};
pub use hosts::mac_of_duid;
pub use join::texts;
pub use urls::{Asker6, Sends, askers};
pub use write::write;

/// A text as a scope's `raw` would have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// Statements of dhcpd6.conf.
    Statements(String),
    /// A parameter of Kea.
    Parameter(String, Value),
    /// It cannot be in `raw`; why.
    Nowhere(&'static str),
}

/// A statement of an imported file.
#[derive(Clone, Debug)]
pub struct Part {
    /// It, and the statements in its block, in the account.
    pub numbers: Vec<usize>,
    /// Where it begins.
    pub origin: Origin,
    /// It for `raw`.
    pub text: Text,
}

impl Part {
    /// Gives it an outcome.
    pub fn set(&self, outcome: &Outcome, coverage: &mut Coverage) {
        for number in &self.numbers {
            coverage.set(*number, outcome.clone());
        }
    }

    /// Says that it is in words, unless a part of it is in `raw`.
    pub fn set_words(&self, coverage: &mut Coverage) {
        for number in &self.numbers {
            if !matches!(coverage.outcome(*number), Some(Outcome::Raw(_))) {
                coverage.set(*number, Outcome::Words);
            }
        }
    }

    /// Moves it to `raw` of a scope, or leaves it out where `raw` cannot have it.
    pub fn to_raw(&self, scope: &mut Mapping, why: &str, coverage: &mut Coverage) {
        match &self.text {
            Text::Statements(text) => {
                append(scope, text, &self.origin);
                self.set(&Outcome::Raw(why.to_owned()), coverage);
            }
            Text::Parameter(name, value) => {
                let kea = scope.map("raw").map("kea6");
                match value {
                    Value::List(items) => {
                        for item in items {
                            kea.push(name, item.clone()).from(&self.origin);
                        }
                    }
                    value => {
                        kea.set(name, value.clone()).from(&self.origin);
                    }
                }
                self.set(&Outcome::Raw(why.to_owned()), coverage);
            }
            Text::Nowhere(further) => {
                self.set(&Outcome::Lost(format!("{why}; {further}")), coverage);
            }
        }
    }
}

/// Adds statements to `raw.dhcpd6` of a scope.
fn append(scope: &mut Mapping, text: &str, origin: &Origin) {
    let raw = scope.map("raw");
    for line in text.trim_end_matches('\n').split('\n') {
        raw.append("dhcpd6", line).from(origin);
    }
}

/// A value with the statement that says it.
#[derive(Clone, Debug)]
pub struct Said<T> {
    /// The value.
    pub value: T,
    /// The statement.
    pub part: Part,
}

/// The DHCPv6 part of imported files.
#[derive(Debug)]
pub struct Ipv6 {
    /// The daemon of the files.
    pub daemon: DhcpDaemon,
    /// The networks, in the order of the file.
    pub networks: Vec<Network>,
    /// The hosts.
    pub hosts: Vec<Host>,
    /// Addresses of the server that the file names.
    pub own: Vec<Ipv6Addr>,
    /// The lease time in seconds.
    pub lease_time: Option<Said<u32>>,
    /// That of clients that ask for one.
    pub max_lease_time: Option<Said<u32>>,
    /// `authoritative`.
    pub authoritative: Option<Said<bool>>,
    /// The server names itself as the name server where no statement names one.
    pub names_itself: bool,
    /// Statements of the whole server that no key expresses.
    pub raw: Vec<Part>,
}

impl Ipv6 {
    /// Nothing yet.
    pub fn new(daemon: DhcpDaemon) -> Self {
        Self {
            daemon,
            networks: Vec::new(),
            hosts: Vec::new(),
            own: Vec::new(),
            lease_time: None,
            max_lease_time: None,
            authoritative: None,
            names_itself: false,
            raw: Vec::new(),
        }
    }
}

/// A network.
#[derive(Debug)]
pub struct Network {
    /// Address and prefix.
    pub cidr: Cidr6,
    /// Its head. The text is not used.
    pub head: Part,
    /// The name that a comment gives it.
    pub title: Option<String>,
    /// The shared network that it is in.
    pub shared: Option<String>,
    /// The server's interface on its wire.
    pub interface: Option<String>,
    /// The network of IPv4 on the same wire, if the file tells.
    pub ipv4: Option<Ipv4Addr>,
    /// Its ranges.
    pub ranges: Vec<Said<Pool>>,
    /// Name servers.
    pub dns: Option<Said<Vec<Ipv6Addr>>>,
    /// Domains that clients search.
    pub domains: Option<Said<Vec<String>>>,
    /// The statements that choose boot files, those of outer scopes first.
    pub boot: Vec<Part>,
    /// What each of [`askers`] gets.
    pub sends: Vec<Sends>,
    /// Statements that no key expresses.
    pub raw: Vec<Part>,
}

impl Network {
    /// A network of which nothing else is known yet.
    pub const fn new(cidr: Cidr6, head: Part) -> Self {
        Self {
            cidr,
            head,
            title: None,
            shared: None,
            interface: None,
            ipv4: None,
            ranges: Vec::new(),
            dns: None,
            domains: None,
            boot: Vec::new(),
            sends: Vec::new(),
            raw: Vec::new(),
        }
    }
}

/// A range and its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The addresses.
    pub range: Range6,
    /// Strangers get none of them.
    pub known_only: bool,
}

/// A host.
#[derive(Debug)]
pub struct Host {
    /// Its name, if the file has one.
    pub name: Option<String>,
    /// The address of its card.
    pub mac: Option<Mac>,
    /// Its DUID.
    pub duid: Option<Vec<u8>>,
    /// Its address.
    pub ip: Option<Ipv6Addr>,
    /// The whole.
    pub part: Part,
    /// What says that it gets no boot file.
    pub boots_nothing: Option<Part>,
    /// Statements that no key expresses.
    pub raw: Vec<Part>,
}

impl Host {
    /// A host of which nothing else is known yet.
    pub const fn new(name: Option<String>, part: Part) -> Self {
        Self { name, mac: None, duid: None, ip: None, part, boots_nothing: None, raw: Vec::new() }
    }
}
