//! `dhcpd6.conf` of ISC dhcpd: the language of dhcpd.conf, and statements of its own.

mod hosts;
mod networks;
mod urls;

use foldhash::HashMap;

use super::super::copies::{Copies, too_many, weight_of_text};
use super::super::coverage::{Coverage, Outcome};
use super::super::six::{self, Ipv6, Part, Said, Text};
use super::super::source_file::SourceFile;
use super::definitions::Defined;
use super::expression::OptionNames;
use super::scopes::settle;
use super::statements::{AllTokens, Statement, statements};
use super::verbatim::text_of;
use super::words::{Word, plain};
use crate::import::Imported;
use crate::model::DhcpDaemon;
use networks::{BootStatement, Outer};

/// Reads a dhcpd6.conf into the draft, which has what dhcpd.conf says.
pub fn read(file: &SourceFile, files: &[SourceFile], imported: &mut Imported) {
    let tokens = AllTokens::default();
    let statements = statements(file, files, &tokens, &mut imported.coverage);
    let dhcp = imported.draft.site.submap("dhcp");
    let log_facility = dhcp.and_then(|dhcp| dhcp.text("log_facility")).map(str::to_owned);
    let mut reader = Reader {
        names: OptionNames::of(&statements),
        six: Ipv6::new(DhcpDaemon::Isc),
        definitions: Vec::new(),
        log_facility,
        copies: Copies::default(),
        boot: Vec::new(),
        refused: HashMap::default(),
        coverage: &mut imported.coverage,
    };
    reader.scope(&statements, &Level::File, &mut Outer::default());
    reader.refused();
    reader.definitions();
    let six = reader.six;
    six::write(six, imported);
}

/// Whether a file is for DHCPv6.
pub fn is_for_ipv6(text: &str) -> bool {
    text.lines().any(|line| {
        let word = line.split_whitespace().next().unwrap_or_default();
        word.eq_ignore_ascii_case("subnet6")
    })
}

/// Where a statement is.
enum Level {
    File,
    Shared(Option<String>),
    Group,
}

struct Reader<'a, 't, 'c> {
    names: OptionNames,
    six: Ipv6,
    /// The definitions of options.
    definitions: Vec<(&'a Statement<'t>, Defined)>,
    /// The facility of syslog that dhcpd.conf names. dhcpd6.conf gets the same one.
    log_facility: Option<String>,
    /// Copies of what an outer scope says.
    copies: Copies,
    /// The statements that choose boot files.
    boot: Vec<BootStatement<'a, 't>>,
    /// What outer scopes say and some network does not get, by the numbers of the statements.
    refused: HashMap<usize, &'a Statement<'t>>,
    coverage: &'c mut Coverage,
}

/// A statement as a part of the file.
fn part(statement: &Statement<'_>) -> Part {
    let mut numbers = Vec::new();
    // Text of `raw` has its outcome.
    if !statement.verbatim {
        collect(statement, &mut numbers);
    }
    Part { numbers, origin: statement.origin.clone(), text: Text::Statements(text_of(statement)) }
}

fn collect(statement: &Statement<'_>, numbers: &mut Vec<usize>) {
    numbers.push(statement.number);
    for inner in statement.block.iter().flatten() {
        collect(inner, numbers);
    }
}

/// Why a statement is left out in a scope that the site does not have.
const NO_SCOPE: &str = "site.yaml has no groups and no shared networks of DHCPv6";

impl<'a, 't> Reader<'a, 't, '_> {
    /// The statements of the file, of a shared network or of a group.
    fn scope(&mut self, statements: &'a [Statement<'t>], level: &Level, outer: &mut Outer<'a, 't>) {
        // What is not of a network comes first: a network has it wherever it is.
        let is_block = |statement: &&Statement<'t>| {
            ["subnet6", "shared-network", "group", "host"].iter().any(|head| statement.begins(&[head]))
        };
        let (blocks, others): (Vec<_>, Vec<_>) = statements.iter().partition(|statement| is_block(statement));
        let mut of_boot = false;
        for statement in others {
            self.statement(statement, level, outer, &mut of_boot);
        }
        for statement in blocks {
            self.block(statement, level, outer);
        }
    }

    fn block(&mut self, statement: &'a Statement<'t>, level: &Level, outer: &Outer<'a, 't>) {
        let Some(inside) = statement.block.as_deref() else {
            self.coverage.set(statement.number, Outcome::Lost("it has no block".into()));
            return;
        };
        let name = plain(statement.tokens.get(1..).unwrap_or_default());
        let name = name.first().and_then(|word| word.text()).map(str::to_owned);
        if statement.begins(&["host"]) {
            self.host(statement, name);
            return;
        }
        let shared = match level {
            Level::Shared(name) => name.clone(),
            Level::File | Level::Group => None,
        };
        if statement.begins(&["subnet6"]) {
            self.network(statement, inside, shared, outer);
            return;
        }
        let networks = inside.iter().filter(|inner| inner.begins(&["subnet6"])).count();
        let level = if statement.begins(&["group"]) { Level::Group } else { Level::Shared(name) };
        let outcome = match level {
            Level::Shared(_) if networks > 1 => {
                let why = "the networks of IPv6 on one wire: site.yaml has shared networks of IPv4 only";
                Outcome::Lost(why.into())
            }
            _ => Outcome::Default,
        };
        self.coverage.set(statement.number, outcome);
        self.scope(inside, &level, &mut outer.clone());
    }

    fn statement(
        &mut self,
        statement: &'a Statement<'t>,
        level: &Level,
        outer: &mut Outer<'a, 't>,
        of_boot: &mut bool,
    ) {
        if self.is_without_words(statement) {
            return;
        }
        if let Some(defined) = Defined::by(statement) {
            self.definitions.push((statement, defined));
            return;
        }
        let follows = ["elsif", "elseif", "else"].iter().any(|head| statement.begins(&[head]));
        let is_boot = if follows { *of_boot } else { urls::chooses(statement, &self.names) };
        *of_boot = is_boot;
        if is_boot {
            settle(statement, &Outcome::Default, self.coverage);
            self.choose(statement, outer);
            return;
        }
        if self.client_option(statement, outer) {
            return;
        }
        let file = matches!(level, Level::File);
        if file && self.server_parameter(statement) {
            return;
        }
        if is_of_ipv4(statement, &self.names) {
            self.coverage.set(statement.number, Outcome::Default);
        } else if file {
            self.six.raw.push(part(statement));
        } else {
            settle(statement, &Outcome::Lost(NO_SCOPE.into()), self.coverage);
        }
    }

    /// Settles a statement that has no words: a `;` alone, or a block that nothing begins.
    fn is_without_words(&mut self, statement: &Statement<'t>) -> bool {
        let is = statement.tokens.is_empty() && !statement.verbatim;
        if is {
            let lost = || Outcome::Lost("dhcpd expects a word before `{`".into());
            let outcome = if statement.block.is_some() { lost() } else { Outcome::Default };
            settle(statement, &outcome, self.coverage);
        }
        is
    }

    /// Takes a parameter of the whole server that the site has a key for.
    fn server_parameter(&mut self, statement: &Statement<'t>) -> bool {
        let words = plain(statement.tokens.get(1..).unwrap_or_default());
        let number = words.first().and_then(Word::number);
        let said = |value: u32| Said { value, part: part(statement) };
        let keyword = statement.tokens.first().map_or("", |token| token.text).to_ascii_lowercase();
        match (keyword.as_str(), number) {
            ("ddns-update-style", _) if words.first().is_some_and(|word| word.is("none")) => {
                self.coverage.set(statement.number, Outcome::Default);
                return true;
            }
            ("log-facility", _)
                if words.first().and_then(Word::bare) == self.log_facility.as_deref()
                    && self.log_facility.is_some() => {}
            ("authoritative", _) => {
                self.six.authoritative = Some(Said { value: true, part: part(statement) });
            }
            ("default-lease-time", Some(seconds)) => self.six.lease_time = Some(said(seconds)),
            ("max-lease-time", Some(seconds)) => self.six.max_lease_time = Some(said(seconds)),
            _ => return false,
        }
        // A later one overrides it.
        self.coverage.set(statement.number, Outcome::Words);
        true
    }

    /// Settles the definitions of options: text in `raw` needs those that it names.
    fn definitions(&mut self) {
        let networks = self.six.networks.iter().flat_map(|network| &network.raw);
        let hosts = self.six.hosts.iter().flat_map(|host| &host.raw);
        let boot = self.six.networks.iter().flat_map(|network| &network.boot);
        let mut text = String::new();
        for part in self.six.raw.iter().chain(networks).chain(hosts) {
            if let Text::Statements(more) = &part.text {
                text.push_str(more);
            }
        }
        // Those that choose boot files name our own, mostly.
        let ours = [("user-class", 15), ("vendor-class", 16)];
        let named = words_of(&text);
        let mut of_boot = String::new();
        for part in boot {
            if let Text::Statements(more) = &part.text {
                of_boot.push_str(more);
            }
        }
        let in_boot = words_of(&of_boot);
        let mut first = Vec::new();
        for (statement, defined) in std::mem::take(&mut self.definitions) {
            let (name, is_ours) = match &defined {
                Defined::Space(name) => (name, false),
                Defined::Option { space, name, code, .. } => {
                    (name, space == "dhcp6" && ours.contains(&(name.as_str(), *code)))
                }
            };
            if is_ours {
                settle(statement, &Outcome::Words, self.coverage);
            } else if named.contains(name.as_str()) {
                first.push(part(statement));
            } else {
                let outcome = if in_boot.contains(name.as_str()) { Outcome::Words } else { Outcome::Default };
                settle(statement, &outcome, self.coverage);
            }
        }
        first.append(&mut self.six.raw);
        self.six.raw = first;
    }

    /// Leaves out what an outer scope says, if it would be written too often.
    fn may_copy(&mut self, outer: &Outer<'a, 't>) -> bool {
        let dns = outer.dns.as_ref().map(|(_, from)| *from);
        let others: Vec<_> = dns.into_iter().chain(outer.domains.as_ref().map(|(_, from)| *from)).collect();
        let of_boot = outer.boot.and_then(|at| self.boot.get(at)).map_or(0, |last| last.weight);
        let weight = of_boot + others.iter().map(|statement| weight_of_text(statement.text)).sum::<usize>();
        if self.copies.take(weight, 2) {
            return true;
        }
        self.refused.extend(others.into_iter().map(|statement| (statement.number, statement)));
        let mut next = outer.boot;
        while let Some(last) = next.and_then(|at| self.boot.get(at)) {
            // Then those before it were refused as well.
            if self.refused.insert(last.statement.number, last.statement).is_some() {
                break;
            }
            next = last.before;
        }
        false
    }

    /// Accounts for what was refused.
    fn refused(&mut self) {
        for statement in self.refused.values() {
            let why = too_many(self.six.networks.len(), "subnets");
            settle(statement, &Outcome::Lost(why), self.coverage);
        }
    }
}

/// The words of a text, in small letters.
fn words_of(text: &str) -> foldhash::HashSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    words.map(str::to_ascii_lowercase).collect()
}

/// Whether dhcpd ignores a statement when it answers DHCPv6: an option of IPv4, or a field of its packets.
fn is_of_ipv4(statement: &Statement<'_>, names: &OptionNames) -> bool {
    if ["filename", "next-server", "server-name"].iter().any(|head| statement.begins(&[head])) {
        return true;
    }
    let [_, name, ..] = statement.tokens else { return false };
    let dotted = statement.tokens.get(2).is_some_and(|token| token.text == ".");
    statement.begins(&["option"]) && !dotted && names.option("", name.text).is_some()
}

#[cfg(test)]
mod tests {
    use crate::import::{FileKind, Outcome, SERVER, SourceFile, import};

    #[test]
    fn a_block_without_a_head_is_left_out_with_all_in_it() {
        let four = "subnet 10.0.0.0 netmask 255.255.255.0 { }\n";
        let block = "{ authoritative; { x; } }\n";
        for six in [
            format!("{block}subnet6 2001:db8::/64 {{ }}\n"),
            format!("subnet6 2001:db8::/64 {{ {block} }}\n"),
            format!("shared-network s {{ subnet6 2001:db8::/64 {{ }} {block} }}\n"),
        ] {
            let file = |path: &str, kind, text: &str| SourceFile {
                path: path.to_owned(),
                kind,
                included: false,
                text: text.to_owned(),
            };
            let files = [file("six", FileKind::Dhcpd6, &six), file("four", FileKind::Dhcpd, four)];
            let imported = import(&files, SERVER, false);
            let lost =
                |outcome: &Outcome| matches!(outcome, Outcome::Lost(why) if why.contains("before `{`"));
            assert_eq!(imported.coverage.count(lost), 4, "{:?}", imported.coverage.statements);
        }
    }
}
