//! Option 43 as `vendor_options`: its sub-options in a space of the file, or its bytes.
//!
//! dhcpd sends the sub-options of all scopes that hold for a client together (`option_space_encapsulate` in
//! common/options.c), and `vendor_options` of a host replaces that of its subnet. So these statements become keys only if
//! both are the same for every client.

use foldhash::{HashMap, HashSet};

use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Mapping, Value};
use super::definitions::{DHCP, Defined, Definitions, Type, name_of};
use super::options::{hex, own_value};
use super::scopes::{Kind, Scope, Scopes, unasked_code};
use super::setting::{Key, Setting};
use super::statements::Statement;
use super::words::{Word, lists, plain};
use crate::model::OptionType;

/// How many scopes with sub-options are compared with each other.
const MOST: usize = 256;

/// The meaning of a statement about option 43.
#[derive(Debug)]
pub enum VendorOption {
    /// The whole option, as keys of `vendor_options`.
    Parts(Vec<(String, Value)>),
    /// A sub-option.
    Part(Part),
    /// The option is unset.
    Unset,
    /// No key has its value.
    Unknown,
}

/// A sub-option.
#[derive(Debug)]
pub struct Part {
    /// Its space.
    pub space: String,
    /// Its name there.
    pub name: String,
    /// Its code, as a key of `vendor_options`.
    pub code: String,
    /// Its typed value.
    pub value: Value,
}

/// The space that `vendor-option-space` of a block names.
pub fn vendor_space(block: &[Statement<'_>]) -> Option<String> {
    let statement = block.iter().find(|statement| statement.begins(&["vendor-option-space"]))?;
    let words = plain(statement.tokens.get(1..).unwrap_or_default());
    Some(words.first()?.text()?.to_ascii_lowercase())
}

/// Whether a statement may be about option 43: it has its name, or the name of an option in a space.
fn may_be_vendor_option(statement: &Statement<'_>) -> bool {
    let in_space = || statement.tokens.get(2).is_some_and(|token| token.text == ".");
    statement.begins(&["option"])
        && (in_space() || statement.begins(&["option", "vendor-encapsulated-options"]))
}

/// Reads a statement, if it is about option 43. `space` is one that option 43 has in this scope.
pub fn vendor_option(
    statement: &Statement<'_>,
    space: Option<&str>,
    definitions: &mut Definitions<'_, '_>,
) -> Option<VendorOption> {
    if !may_be_vendor_option(statement) || statement.block.is_some() || Defined::by(statement).is_some() {
        return None;
    }
    let tokens = statement.tokens.get(1..).unwrap_or_default();
    let words = plain(tokens);
    let (own, name) = name_of(&words)?;
    if own == DHCP {
        return (name == "vendor-encapsulated-options").then(|| whole(words.get(1..).unwrap_or_default()));
    }
    if !(definitions.encapsulates(43, &own) || space == Some(own.as_str())) {
        return None;
    }
    let typed = || {
        let definition = definitions.get(&own, &name)?;
        let values = lists(tokens.get(3..).unwrap_or_default());
        let is = match definition.is {
            Type::Plain(is) => is,
            Type::String if values.iter().flatten().any(|word| word.quoted) => OptionType::Text,
            Type::String => OptionType::Hex,
            Type::Encapsulate(_) | Type::Other => return None,
        };
        let (word, value) = own_value(is, &values).filter(|_| definition.code <= 254)?;
        let mut typed = Mapping::default();
        typed.set(word, value);
        Some((definition.code.to_string(), typed))
    };
    let Some((code, typed)) = { typed }() else { return Some(VendorOption::Unknown) };
    Some(VendorOption::Part(Part { space: own, name, code, value: typed.into() }))
}

/// The whole option, from its value.
fn whole(words: &[Word]) -> VendorOption {
    let value = match words {
        [sign, value] if sign.is("=") && value.quoted && value.bytes.is_empty() => {
            return VendorOption::Unset;
        }
        [value] => value,
        _ => return VendorOption::Unknown,
    };
    let text = value.text().filter(|text| value.quoted && !text.is_empty());
    let Some(hex) = hex(value) else { return VendorOption::Unknown };
    VendorOption::Parts(match (text, sub_options(&hex)) {
        (Some(text), _) => vec![("text".to_owned(), super::options::escaped(text).into())],
        (None, Some(parts)) => {
            parts.into_iter().map(|(code, value)| (code.to_string(), value.into())).collect()
        }
        (None, None) => vec![("hex".to_owned(), hex.into())],
    })
}

/// The sub-options of option 43 in bytes that are nothing else, in the order in which ipxegen writes them.
fn sub_options(hex: &str) -> Option<Vec<(u8, Mapping)>> {
    let bytes = crate::model::hex_bytes(hex);
    let mut rest = bytes.as_slice();
    let mut all: Vec<(u8, Mapping)> = Vec::new();
    while let Some((code, after)) = rest.split_first() {
        let (length, after) = after.split_first()?;
        let (value, next) = after.split_at_checked(usize::from(*length))?;
        if *code == u8::MAX || value.is_empty() || all.last().is_some_and(|(last, _)| last >= code) {
            return None;
        }
        let mut typed = Mapping::default();
        let readable = value.len() > 1 && value.iter().all(|byte| matches!(byte, b' '..=b'~'));
        match (value, std::str::from_utf8(value)) {
            (_, Ok(text)) if readable => typed.set("text", super::options::escaped(text)),
            ([a, b, c, d], _) => typed.set("ip", format!("{a}.{b}.{c}.{d}")),
            _ => {
                let octets: Vec<String> = value.iter().map(|byte| format!("{byte:02x}")).collect();
                typed.set("hex", octets.join(":"))
            }
        };
        all.push((*code, typed));
        rest = next;
    }
    (!all.is_empty()).then_some(all)
}

/// What one scope says of option 43.
#[derive(Debug, Default)]
struct Found<'a, 't> {
    value: Mapping,
    unset: bool,
    /// Whether it has sub-options in a space.
    parts: bool,
    /// Whether it has the option as a whole.
    whole: bool,
    /// Whether a value has no key.
    unknown: bool,
    statements: Vec<&'a Statement<'t>>,
    names: Vec<(String, String)>,
}

impl<'a, 't> Found<'a, 't> {
    fn of(block: &'a [Statement<'t>], definitions: &mut Definitions<'_, '_>, space: Option<&str>) -> Self {
        let mut found = Self::default();
        let mut vendor_class = None;
        let mut always = false;
        for statement in block {
            always |= unasked_code(statement) == Some(43);
            if statement.begins(&["option", "vendor-class-identifier"])
                && let [value] = plain(statement.tokens.get(2..).unwrap_or_default()).as_slice()
                && value.quoted
                && let Some(text) = value.text().filter(|text| !text.is_empty())
            {
                vendor_class = Some((statement, super::options::escaped(text)));
            }
            let Some(read) = vendor_option(statement, space, definitions) else { continue };
            found.statements.push(statement);
            match read {
                VendorOption::Parts(parts) => {
                    found.whole = true;
                    for (key, value) in parts {
                        found.value.set(&key, value);
                    }
                }
                VendorOption::Part(part) => {
                    found.parts = true;
                    found.value.set(&part.code, part.value);
                    found.names.push((part.space, part.name));
                }
                VendorOption::Unset => {
                    found.whole = true;
                    found.unset = true;
                }
                VendorOption::Unknown => found.unknown = true,
            }
        }
        if found.value.is_empty() {
            return found;
        }
        // dhcpd sends those below 17 in this order (`OPTION_HASH_SIZE` of 4.4).
        found.value.sort_by_key(|code| code.parse().unwrap_or(u8::MAX));
        if let Some((statement, text)) = vendor_class {
            found.statements.push(statement);
            found.value.set("vendor_class", text);
        }
        if always {
            found.value.set("always", Value::flag(true));
        }
        found
    }

    /// Whether it has all sub-options of another one. `vendor_class` is an option of its own.
    fn has(&self, other: &Self) -> bool {
        let mut keys = other.value.entries().iter().map(|entry| &*entry.key);
        keys.all(|key| key == "vendor_class" || self.value.get(key).is_some())
    }
}

/// Takes what the scopes say of option 43, if keys express all of it.
pub fn take<'a, 't>(statements: &'a [Statement<'t>], scopes: &mut Scopes<'a, 't>, coverage: &mut Coverage) {
    let space = vendor_space(statements);
    let mut found: Vec<(usize, Found<'a, 't>)> = Vec::new();
    for (at, scope) in scopes.all.iter().enumerate() {
        let block = scope.head.map_or(statements, |head| head.block.as_deref().unwrap_or_default());
        let one = Found::of(block, &mut scopes.definitions, space.as_deref());
        if !one.statements.is_empty() {
            found.push((at, one));
        }
    }
    let in_space = found.iter().any(|(_, one)| one.parts);
    let is_plain = found.iter().all(|(at, one)| {
        let scope = scopes.all.get(*at);
        // One or the other, each of it once.
        let kinds =
            usize::from(one.parts) + usize::from(!one.value.is_empty() && one.whole) + usize::from(one.unset);
        kinds == 1
            && !one.unknown
            && !(in_space && one.whole)
            && scope.is_some_and(|scope| scope.whole.is_none())
    });
    if !is_plain
        || in_space
            && (says_more(statements, &mut scopes.definitions, space.as_deref()) || meet(scopes, &found))
    {
        return;
    }
    if in_space && let Some(statement) = statements.iter().find(|one| one.begins(&["vendor-option-space"])) {
        coverage.set(statement.number, Outcome::Words);
        if let Some(file) = scopes.all.first_mut() {
            file.raw.retain(|raw| raw.number != statement.number);
        }
    }
    for (at, one) in found {
        for (space, name) in &one.names {
            if let Some(definition) = scopes.definitions.get(space, name) {
                (definition.in_words, definition.in_raw) = (true, false);
            }
        }
        let (Some(scope), Some(first)) = (scopes.all.get_mut(at), one.statements.first()) else { continue };
        let numbers: HashSet<usize> = one.statements.iter().map(|statement| statement.number).collect();
        scope.raw.retain(|raw| !numbers.contains(&raw.number));
        for statement in &one.statements {
            coverage.set(statement.number, Outcome::Words);
        }
        let value = if one.unset { "none".into() } else { one.value.into() };
        scope.settings.set(Setting { key: Key::plain("vendor_options"), value, from: first });
    }
}

/// Whether a block that is no scope, such as a class, says something of option 43 as well, or names its space.
fn says_more(
    statements: &[Statement<'_>],
    definitions: &mut Definitions<'_, '_>,
    space: Option<&str>,
) -> bool {
    let mut open: Vec<(&Statement<'_>, bool)> = statements.iter().map(|one| (one, false)).collect();
    while let Some((statement, inside)) = open.pop() {
        const SCOPES: [&str; 5] = ["shared-network", "subnet", "pool", "group", "host"];
        let block = statement.block.as_deref().unwrap_or_default();
        let inside =
            inside || statement.block.is_some() && !SCOPES.iter().any(|word| statement.begins(&[word]));
        let is_nested = || !statements.iter().any(|one| one.number == statement.number);
        if statement.begins(&["vendor-option-space"]) && is_nested()
            || inside && vendor_option(statement, space, definitions).is_some()
        {
            return true;
        }
        open.extend(block.iter().map(|inner| (inner, inside)));
    }
    false
}

/// Whether two scopes may hold for one client, and the inner one lacks a sub-option of the outer one.
fn meet(scopes: &Scopes<'_, '_>, found: &[(usize, Found<'_, '_>)]) -> bool {
    if found.len() > MOST {
        return true;
    }
    let is_host = |scope: &Scope<'_, '_>| matches!(scope.kind, Kind::Host(_));
    let all_fixed = scopes.all.iter().filter(|scope| is_host(scope)).all(|host| host.fixed.is_some());
    let around: HashMap<usize, HashSet<usize>> =
        found.iter().map(|(at, _)| (*at, scopes.around(*at).collect())).collect();
    found.iter().any(|(inner, one)| {
        let Some(scope) = scopes.all.get(*inner) else { return true };
        found.iter().filter(|(outer, _)| outer != inner).any(|(outer, other)| {
            let Some(weaker) = scopes.all.get(*outer) else { return true };
            let encloses = around.get(inner).is_some_and(|around| around.contains(outer));
            // dhcpd gives a host with a fixed address nothing of a pool.
            let is_fixed = if is_host(scope) { scope.fixed.is_some() } else { all_fixed };
            let may_hold = match (&scope.kind, &weaker.kind) {
                (Kind::Host(_) | Kind::Group(_), Kind::Shared(_) | Kind::Subnet(_)) => true,
                (Kind::Host(_) | Kind::Group(_), Kind::Pool) => !is_fixed,
                _ => false,
            };
            // A pool may have to stay text, which keys must not meet.
            let is_pool = scope.kind == Kind::Pool || weaker.kind == Kind::Pool;
            (encloses || may_hold) && (is_pool || !one.has(other))
        })
    })
}
