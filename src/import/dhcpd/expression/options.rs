//! The names of DHCP options in a dhcpd.conf: those of dhcpd, and those that the file defines.

use foldhash::HashMap;

use super::super::statements::Statement;
use crate::model::{DHCPD_OPTIONS, OTHER_OPTIONS};

/// An option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionName {
    /// The code of the option that encapsulates it; `None` for an option of DHCP's own space, or where no option
    /// encapsulates its space.
    pub inside: Option<u8>,
    /// The space, in lower case; empty for DHCP's own.
    pub space: String,
    /// Its code in its space.
    pub code: u32,
    /// As the file names it.
    pub name: String,
}

impl OptionName {
    /// Whether it is an option of DHCP's own space.
    #[must_use]
    pub fn is(&self, code: u32) -> bool {
        self.space.is_empty() && self.code == code
    }
}

/// The codes of options by their names, with those that a file defines. dhcpd reads a file from top to bottom, but nobody defines a name
/// twice, so all definitions are collected first.
#[derive(Clone, Debug, Default)]
pub struct OptionNames {
    /// Their codes by space and name, in lower case.
    options: HashMap<(String, String), u32>,
    /// The code of the option of DHCP's own space that encapsulates a space.
    encapsulated: HashMap<String, u8>,
}

/// Sub-options of option 82, of which a relay sends the first two.
const AGENT: [(&str, u32); 6] = [
    ("circuit-id", 1),
    ("remote-id", 2),
    ("agent-id", 3),
    ("docsis-device-class", 4),
    ("link-selection", 5),
    ("relay-port", 19),
];

impl OptionNames {
    /// The definitions of statements, and of those in their blocks.
    #[must_use]
    pub fn of(statements: &[Statement<'_>]) -> Self {
        let mut all = Self::default();
        all.encapsulated.insert("agent".into(), 82);
        all.encapsulated.insert("fqdn".into(), 81);
        let mut rest: Vec<&Statement<'_>> = statements.iter().collect();
        while let Some(statement) = rest.pop() {
            all.add(statement);
            rest.extend(statement.block.iter().flatten());
        }
        all
    }

    /// Adds a statement, if it is a definition; whether it is one.
    pub fn add(&mut self, statement: &Statement<'_>) -> bool {
        let words: Vec<String> =
            statement.tokens.iter().map(|token| token.text.to_ascii_lowercase()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["option", "space", ..] => true,
            ["vendor-option-space", space] => {
                self.encapsulated.entry((*space).to_owned()).or_insert(43);
                true
            }
            ["option", name, "code", code, "=", is @ ..] => self.define("", name, code, is),
            ["option", space, ".", name, "code", code, "=", is @ ..] => self.define(space, name, code, is),
            _ => false,
        }
    }

    fn define(&mut self, space: &str, name: &str, code: &str, is: &[&str]) -> bool {
        let Ok(code) = code.parse::<u32>() else { return false };
        if let (["encapsulate", inner], "", Ok(code)) = (is, space, u8::try_from(code)) {
            self.encapsulated.insert((*inner).to_owned(), code);
        }
        self.options.insert((space.to_owned(), name.to_owned()), code);
        true
    }

    /// The code of the option of DHCP's own space that encapsulates a space.
    #[must_use]
    pub fn encapsulating(&self, space: &str) -> Option<u8> {
        self.encapsulated.get(&space.to_ascii_lowercase()).copied()
    }

    /// Finds an option by its name; `space` is empty for DHCP's own.
    #[must_use]
    pub fn option(&self, space: &str, name: &str) -> Option<OptionName> {
        let (space, key) = (space.to_ascii_lowercase(), name.to_ascii_lowercase());
        let space = if space == "dhcp" { String::new() } else { space };
        let code = self
            .options
            .get(&(space.clone(), key.clone()))
            .copied()
            // common/parse.c, parse_option_name.
            .or_else(|| key.strip_prefix("unknown-")?.parse().ok())
            .or_else(|| builtin(&space, &key))?;
        let inside = self.encapsulating(&space);
        let full = if space.is_empty() { name.to_owned() } else { format!("{space}.{name}") };
        Some(OptionName { inside, space, code, name: full })
    }
}

fn builtin(space: &str, name: &str) -> Option<u32> {
    let known = match space {
        "" => {
            let options = DHCPD_OPTIONS.iter().find(|option| option.name == name);
            let other = || OTHER_OPTIONS.iter().find(|(other, _, _)| *other == name);
            // The names that only `ipxe.options` defines are no names of dhcpd.
            options.map(|option| option.code).or_else(|| {
                other().filter(|(_, code, _)| !matches!(code, 175 | 203)).map(|(_, code, _)| *code)
            })
        }
        .map(u32::from),
        "agent" => AGENT.iter().find(|(agent, _)| *agent == name).map(|(_, code)| *code),
        _ => None,
    };
    // common/tables.c: the PXE options that some systems use for private purposes.
    known.or_else(|| match (space, name.strip_prefix("pxe-undefined-")?.parse::<u32>()) {
        ("", Ok(number @ 1..=8)) => Some(127 + number),
        _ => None,
    })
}
