//! The names of DHCP options in a dhcpd.conf: those of dhcpd, and those that the file defines.

use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::super::definitions::{DHCP, Defined, Type};
use super::super::statements::Statement;
use super::options6;
use crate::model::{OTHER_OPTIONS, known_option};

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
    /// What a value depends on that this option decides.
    pub reason: Rc<str>,
}

impl OptionName {
    /// Whether it is an option of DHCP's own space.
    #[must_use]
    pub fn is(&self, code: u32) -> bool {
        self.space.is_empty() && self.code == code
    }
}

/// The codes of options by their names, with those that a file defines. dhcpd reads a file from top to bottom, but nobody
/// defines a name twice, so all definitions are collected first.
#[derive(Clone, Debug, Default)]
pub struct OptionNames {
    /// Their codes by space and name, in lower case.
    options: HashMap<(String, String), u32>,
    /// The code of the option of DHCP's own space that encapsulates a space.
    encapsulated: HashMap<String, u8>,
    /// Variables that the file sets and names nowhere else, so that nothing asks for them.
    unasked: HashSet<String>,
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
        all.add(statements);
        let mut set: HashSet<&str> = HashSet::default();
        walk(statements, &mut |statement| set.extend(set_name(statement)));
        if !set.is_empty() {
            walk(statements, &mut |statement| {
                let is_set = set_name(statement).is_some();
                for (at, token) in statement.tokens.iter().enumerate() {
                    if !is_set || at != 1 {
                        set.remove(token.text);
                    }
                }
            });
        }
        all.unasked = set.into_iter().map(str::to_owned).collect();
        all
    }

    /// Whether something may ask for a variable.
    #[must_use]
    pub fn asks(&self, variable: &str) -> bool {
        !self.unasked.contains(variable)
    }

    fn add(&mut self, statements: &[Statement<'_>]) {
        for statement in statements {
            if let Some(Defined::Option { space, name, code, is }) = Defined::by(statement) {
                if let (DHCP, Type::Encapsulate(inner), Ok(code)) = (space.as_str(), is, u8::try_from(code)) {
                    self.encapsulated.insert(inner, code);
                }
                self.options.insert((space, name), code);
            } else if let [keyword, space] = statement.tokens
                && keyword.text.eq_ignore_ascii_case("vendor-option-space")
            {
                self.encapsulated.entry(space.text.to_ascii_lowercase()).or_insert(43);
            }
            self.add(statement.block.as_deref().unwrap_or_default());
        }
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
        let own = space.is_empty() || space == DHCP;
        let key = (if own { DHCP.to_owned() } else { space }, key);
        let code = self
            .options
            .get(&key)
            .copied()
            // common/parse.c, parse_option_name.
            .or_else(|| key.1.strip_prefix("unknown-")?.parse().ok())
            .or_else(|| builtin(&key.0, &key.1))?;
        let space = if own { String::new() } else { key.0 };
        let inside = self.encapsulating(&space);
        let full = if space.is_empty() { name.to_owned() } else { format!("{space}.{name}") };
        let reason = format!("the option `{full}`").into();
        Some(OptionName { inside, space, code, name: full, reason })
    }
}

/// The variable that a statement sets.
fn set_name<'t>(statement: &Statement<'t>) -> Option<&'t str> {
    statement.tokens.get(1).filter(|_| statement.begins(&["set"])).map(|token| token.text)
}

/// Hands over statements, and those in their blocks.
fn walk<'s, 't>(statements: &'s [Statement<'t>], take: &mut impl FnMut(&'s Statement<'t>)) {
    for statement in statements {
        take(statement);
        walk(statement.block.as_deref().unwrap_or_default(), take);
    }
}

fn builtin(space: &str, name: &str) -> Option<u32> {
    let known = match space {
        DHCP => {
            let options = known_option(name);
            let other = || OTHER_OPTIONS.iter().find(|(other, _, _)| *other == name);
            // The names that only `ipxe.options` defines are no names of dhcpd.
            options.map(|option| option.code).or_else(|| {
                other().filter(|(_, code, _)| !matches!(code, 175 | 203)).map(|(_, code, _)| *code)
            })
        }
        .map(u32::from),
        options6::SPACE => options6::code(name),
        "agent" => AGENT.iter().find(|(agent, _)| *agent == name).map(|(_, code)| *code),
        _ => None,
    };
    // common/tables.c: the PXE options that some systems use for private purposes.
    known.or_else(|| match (space, name.strip_prefix("pxe-undefined-")?.parse::<u32>()) {
        (DHCP, Ok(number @ 1..=8)) => Some(127 + number),
        _ => None,
    })
}
