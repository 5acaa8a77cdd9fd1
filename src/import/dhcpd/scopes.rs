//! The scopes of a file: what each block says in words, what it says in `raw`, and what decides about boot files.

mod declarations;
mod unasked;

use std::net::Ipv4Addr;

use foldhash::{HashMap, HashSet};

use super::super::coverage::{Coverage, Outcome};
use super::definitions::Definitions;
use super::disk;
use super::options::{address, option};
use super::parameters::parameter;
use super::setting::{Reading, Setting, Settings};
use super::statements::Statement;
use super::words::{Word, lists, lower, plain};
use crate::model::{Cidr, Mac, ipv4};
use declarations::{hardware, network, permit, range};
use unasked::unasked;
pub use unasked::{is_option, sent_unasked, unasked_code};

/// The kind of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The file.
    Global,
    /// `shared-network NAME`.
    Shared(String),
    /// `subnet … netmask …`.
    Subnet(Cidr),
    /// `pool`.
    Pool,
    /// `group`, with a name if it has one.
    Group(Option<String>),
    /// `host NAME`.
    Host(String),
}

/// A range of a subnet, pool or shared network.
#[derive(Clone, Copy, Debug)]
pub struct RangeOf<'a, 't> {
    /// Its first address.
    pub low: Ipv4Addr,
    /// Its last address.
    pub high: Ipv4Addr,
    /// Whether BOOTP clients get its addresses, too.
    pub bootp: bool,
    /// The statement.
    pub from: &'a Statement<'t>,
}

/// The clients that get addresses of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permit {
    /// `known` or `unknown` clients.
    Clients(&'static str),
    /// Members of a class.
    Class(String),
    /// All but the members of a class.
    Not(String),
    /// All clients.
    All,
}

/// A statement for `raw`, and why it is there.
pub type RawStatement<'a, 't> = &'a Statement<'t>;

/// A scope.
#[derive(Debug)]
pub struct Scope<'a, 't> {
    /// Its kind.
    pub kind: Kind,
    /// The scope around it.
    pub parent: Option<usize>,
    /// Its block; none for the file.
    pub head: Option<&'a Statement<'t>>,
    /// The settings that its statements make.
    pub settings: Settings<'a, 't>,
    /// Statements that no key expresses.
    pub raw: Vec<RawStatement<'a, 't>>,
    /// The statements that decide about boot files, in order.
    pub boot: Vec<&'a Statement<'t>>,
    /// Its ranges.
    pub ranges: Vec<RangeOf<'a, 't>>,
    /// Whether BOOTP clients get no address of a pool, whatever its ranges say.
    pub denies_bootp: bool,
    /// The clients that get addresses of a pool, with the statements.
    pub permits: Vec<(Permit, &'a Statement<'t>)>,
    /// The failover peer of a pool.
    pub failover: Option<&'a Statement<'t>>,
    /// The addresses of a host's cards.
    pub macs: Vec<(Mac, &'a Statement<'t>)>,
    /// The same, if they are many.
    known_macs: Option<Box<HashSet<Mac>>>,
    /// The fixed addresses of a host.
    pub fixed: Option<(Vec<Ipv4Addr>, &'a Statement<'t>)>,
    /// Why the whole block must be in `raw`.
    pub whole: Option<String>,
    /// Whether the settings of a pool are text of its class.
    pub in_class: bool,
    /// Whether the settings of a pool can be text of its subnet, for the leases of the pool.
    pub by_lease: bool,
}

/// All scopes of a file.
#[derive(Debug)]
pub struct Scopes<'a, 't> {
    /// The scopes; the first is the file.
    pub all: Vec<Scope<'a, 't>>,
    /// The options that it defines.
    pub definitions: Definitions<'a, 't>,
    /// The failover declarations.
    pub failover: Vec<&'a Statement<'t>>,
    /// How many subnets each shared network has.
    pub members: HashMap<usize, usize>,
    /// The scopes that have a root-path, from which iPXE boots without a boot file, or options of iPXE.
    pub disks: HashSet<usize>,
    /// Parameters that are not as dhcpd has them without a statement, in any scope.
    changed: HashSet<String>,
}

/// Reads the statements of a file.
pub fn scopes<'a, 't>(statements: &'a [Statement<'t>], coverage: &mut Coverage) -> Scopes<'a, 't> {
    let mut scopes = Scopes {
        all: vec![Scope::new(Kind::Global, None, None)],
        definitions: Definitions::default(),
        failover: Vec::new(),
        members: HashMap::default(),
        disks: HashSet::default(),
        changed: HashSet::default(),
    };
    scopes.read(0, statements, coverage);
    let mut members: HashMap<usize, HashSet<Cidr>> = HashMap::default();
    for (at, scope) in scopes.all.iter().enumerate() {
        for outer in scopes.around(at) {
            members.entry(outer).or_default().extend(scope.cidr());
        }
    }
    let serving = scopes.all.iter().enumerate().filter(|(_, scope)| has_disk(&scope.settings));
    scopes.disks = serving.map(|(at, _)| at).collect();
    scopes.members = members.into_iter().map(|(at, nets)| (at, nets.len())).collect();
    scopes
}

/// Gives a statement, and all in its block, an outcome.
pub fn settle(statement: &Statement<'_>, outcome: &Outcome, coverage: &mut Coverage) {
    coverage.set(statement.number, outcome.clone());
    for inner in statement.block.iter().flatten() {
        settle(inner, outcome, coverage);
    }
}

/// Whether there is a root-path or an option of iPXE, which `netboot: none` overrides.
pub fn has_disk(settings: &Settings<'_, '_>) -> bool {
    settings.iter().any(|setting| {
        matches!(setting.key.section, "ipxe" | disk::SECTION)
            || setting.key.is("root_path") && setting.value != "none".into()
    })
}

impl<'a, 't> Scope<'a, 't> {
    fn new(kind: Kind, parent: Option<usize>, head: Option<&'a Statement<'t>>) -> Self {
        Self {
            kind,
            parent,
            head,
            settings: Settings::default(),
            raw: Vec::new(),
            boot: Vec::new(),
            ranges: Vec::new(),
            denies_bootp: false,
            permits: Vec::new(),
            failover: None,
            macs: Vec::new(),
            known_macs: None,
            fixed: None,
            whole: None,
            in_class: false,
            by_lease: false,
        }
    }

    /// The network, if it is a subnet.
    pub fn cidr(&self) -> Option<Cidr> {
        match self.kind {
            Kind::Subnet(cidr) => Some(cidr),
            _ => None,
        }
    }
}

impl<'a, 't> Scopes<'a, 't> {
    /// Whether some scope has a parameter that is not as dhcpd has it without a statement.
    pub fn is_changed(&self, parameter: &str) -> bool {
        self.changed.contains(parameter)
    }

    /// The scopes around a scope, from the inside, without itself.
    pub fn around(&self, scope: usize) -> impl Iterator<Item = usize> {
        let parent = |at: usize| self.all.get(at).and_then(|scope| scope.parent);
        std::iter::successors(parent(scope), move |at| parent(*at))
    }

    fn read(&mut self, scope: usize, statements: &'a [Statement<'t>], coverage: &mut Coverage) {
        for statement in statements {
            if statement.verbatim {
                if let Some(scope) = self.all.get_mut(scope) {
                    scope.raw.push(statement);
                }
                continue;
            }
            if self.definitions.take(statement) {
                continue;
            }
            let keyword = lower(statement.tokens.first().map_or("", |token| token.text));
            match &statement.block {
                Some(block) => self.block(scope, &keyword, statement, block, coverage),
                None => self.statement(scope, &keyword, statement, coverage),
            }
        }
    }

    fn block(
        &mut self,
        scope: usize,
        keyword: &str,
        statement: &'a Statement<'t>,
        block: &'a [Statement<'t>],
        coverage: &mut Coverage,
    ) {
        let words = plain(statement.tokens.get(1..).unwrap_or_default());
        let name = || words.first().and_then(Word::text).map(str::to_owned);
        let here = self.all.get(scope).map(|scope| &scope.kind);
        let has_pools = matches!(here, Some(Kind::Subnet(_) | Kind::Shared(_)));
        let lost = |why: &str, coverage: &mut Coverage| {
            settle(statement, &Outcome::Lost(why.to_owned()), coverage);
        };
        let kind = match keyword {
            "shared-network" => match name() {
                Some(name) => Kind::Shared(name),
                None => return lost("dhcpd expects a name", coverage),
            },
            "subnet" => match network(&words) {
                Some(cidr) => Kind::Subnet(cidr),
                None => return lost("dhcpd expects `subnet NETWORK netmask MASK`", coverage),
            },
            "pool" if has_pools => Kind::Pool,
            "group" => Kind::Group(name()),
            "host" => match name() {
                Some(name) => Kind::Host(name),
                None => return lost("dhcpd expects a name", coverage),
            },
            // They are global wherever they are declared.
            "class" | "subclass" => return,
            "failover" => {
                self.failover.push(statement);
                return;
            }
            "if" | "elsif" | "elseif" | "else" | "switch" => {
                if let Some(scope) = self.all.get_mut(scope) {
                    scope.boot.push(statement);
                }
                return;
            }
            "on" | "key" | "zone" => return self.raw(scope, statement, "no key expresses it", coverage),
            "subnet6" | "pool6" => return lost("dhcpd reads it for DHCPv6 only", coverage),
            _ => return lost("dhcpd has no such block", coverage),
        };
        let new = self.all.len();
        self.all.push(Scope::new(kind, Some(scope), Some(statement)));
        coverage.set(statement.number, Outcome::Words);
        self.read(new, block, coverage);
    }

    fn statement(
        &mut self,
        scope: usize,
        keyword: &str,
        statement: &'a Statement<'t>,
        coverage: &mut Coverage,
    ) {
        let Some(here) = self.all.get_mut(scope) else { return };
        let is_pool = here.kind == Kind::Pool;
        let is_host = matches!(here.kind, Kind::Host(_));
        match keyword {
            "" => coverage.set(statement.number, Outcome::Default),
            "range" => match range(statement) {
                Some(range) => {
                    coverage.set(statement.number, Outcome::Words);
                    here.ranges.push(RangeOf { bootp: range.bootp && !here.denies_bootp, ..range });
                }
                None => coverage.set(statement.number, Outcome::Lost("it has no two addresses".into())),
            },
            "subclass" | "class" => {}
            "failover" if is_pool => {
                here.failover = Some(statement);
                coverage.set(statement.number, Outcome::Words);
            }
            // The site's pools deny them as well, unless their ranges have `dynamic_bootp`.
            "deny" if is_pool && statement.begins(&["deny", "dynamic", "bootp", "clients"]) => {
                here.denies_bootp = true;
                here.ranges.iter_mut().for_each(|range| range.bootp = false);
                coverage.set(statement.number, Outcome::Default);
            }
            "allow" | "deny" if is_pool => match permit(statement) {
                Some(permit) => {
                    coverage.set(statement.number, Outcome::Words);
                    here.permits.push((permit, statement));
                }
                None => here.whole = Some("no key expresses whom its pool is for".into()),
            },
            "hardware" if is_host => match hardware(statement) {
                Some(mac) if here.is_new(mac) => {
                    coverage.set(statement.number, Outcome::Words);
                    here.macs.push((mac, statement));
                }
                Some(_) => coverage.set(statement.number, Outcome::Default),
                None => here.whole = Some("a host needs the address of an Ethernet card".into()),
            },
            "fixed-address" if is_host => here.fixed_address(statement, coverage),
            "host-identifier" | "uid" | "dynamic" | "deleted" if is_host => {
                here.whole = Some("a host is recognized by its MAC address only".into());
            }
            "option" if is_host && statement.begins(&["option", "dhcp-client-identifier"]) => {
                // With both, dhcpd recognizes the client by either.
                here.whole = Some("a host is recognized by its MAC address only".into());
            }
            "option" if statement.begins(&["option", "ipxegen", "."]) && unasked(statement, here) => {
                coverage.set(statement.number, Outcome::Words);
            }
            "option" => {
                let reading = option(statement, &mut self.definitions);
                self.apply(scope, statement, reading, coverage);
            }
            "interface" => self.raw(scope, statement, "no key expresses it", coverage),
            _ => {
                let reading = match parameter(keyword, statement) {
                    // An inner scope may restore what an outer one changed.
                    Reading::Default if self.changed.contains(keyword) => {
                        Reading::Raw("no key expresses it".into())
                    }
                    reading => reading,
                };
                if matches!(reading, Reading::Raw(_)) {
                    self.changed.insert(keyword.to_owned());
                }
                self.apply(scope, statement, reading, coverage);
            }
        }
    }

    /// Takes what a statement means into its scope.
    fn apply(
        &mut self,
        scope: usize,
        statement: &'a Statement<'t>,
        reading: Reading,
        coverage: &mut Coverage,
    ) {
        match reading {
            Reading::Words(words) => {
                let Some(scope) = self.all.get_mut(scope) else { return };
                coverage.set(statement.number, Outcome::Words);
                for (key, value) in words {
                    if let Some(old) = scope.settings.set(Setting { key, value, from: statement }) {
                        coverage.set(old.number, Outcome::Default);
                    }
                }
            }
            Reading::Raw(why) => self.raw(scope, statement, &why, coverage),
            Reading::Default => coverage.set(statement.number, Outcome::Default),
            Reading::Nothing(word) => {
                coverage.set(statement.number, Outcome::Default);
                let like = "authoritative";
                let hint = if word.starts_with("auth") {
                    format!("; for `{like}`, write `authoritative: true` below `dhcp`")
                } else {
                    String::new()
                };
                let text = format!("dhcpd does not know `{word}`, and ignores it{hint}");
                coverage.remark(statement.origin.clone(), text);
            }
            Reading::Lost(why) => coverage.set(statement.number, Outcome::Lost(why)),
            Reading::Boot => {
                if let Some(scope) = self.all.get_mut(scope) {
                    scope.boot.push(statement);
                }
            }
        }
    }

    fn raw(&mut self, scope: usize, statement: &'a Statement<'t>, why: &str, coverage: &mut Coverage) {
        settle(statement, &Outcome::Raw(why.to_owned()), coverage);
        if let Some(scope) = self.all.get_mut(scope) {
            scope.raw.push(statement);
        }
    }
}

/// So many addresses of a host are searched from the first.
const SEARCHED: usize = 8;

impl<'a, 't> Scope<'a, 't> {
    /// Whether a host does not have an address yet.
    fn is_new(&mut self, mac: Mac) -> bool {
        if self.macs.len() < SEARCHED {
            return self.macs.iter().all(|(known, _)| *known != mac);
        }
        let all = || Box::new(self.macs.iter().map(|(mac, _)| *mac).collect());
        self.known_macs.get_or_insert_with(all).insert(mac)
    }

    fn fixed_address(&mut self, statement: &'a Statement<'t>, coverage: &mut Coverage) {
        let several = || {
            let lists = lists(statement.tokens.get(1..).unwrap_or_default());
            let address = |list: &Vec<Word>| match list.as_slice() {
                [word] => address(word.bare()?),
                _ => None,
            };
            lists.iter().map(address).collect()
        };
        let only = statement.value(1).and_then(|text| ipv4(text).ok());
        let ips: Option<Vec<Ipv4Addr>> = only.map_or_else(several, |ip| Some(vec![ip]));
        match ips.as_deref() {
            Some([_]) => {
                coverage.set(statement.number, Outcome::Words);
                self.fixed = ips.map(|ips| (ips, statement));
            }
            found => {
                let why = match found {
                    Some(_) => "a host has one address, and dhcpd chooses among these by the client's subnet",
                    None => "dhcpd asks DNS for a name when it starts, and `ip` takes an address",
                };
                coverage.set(statement.number, Outcome::Raw(why.into()));
                self.raw.push(statement);
                self.fixed = ips.map(|ips| (ips, statement));
            }
        }
    }
}
