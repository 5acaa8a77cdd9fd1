//! Classes by what their clients send, with options, as classes of the site.
//!
//! A class of the site overrides a subnet, and among options Kea does the opposite (`Dhcpv4Srv::buildCfgOptionList`). So
//! only a class whose options no subnet and no shared network has becomes one.

use foldhash::HashSet;

use super::super::coverage::Remark;
use super::super::draft::{Mapping, Value};
use super::json::Node;
use super::options;
use super::test::{Token, tokens};

/// The keys of the options that subnets and shared networks have, and of those of the whole server.
#[derive(Default)]
pub(super) struct OtherOptions {
    inner: HashSet<String>,
    global: HashSet<String>,
}

impl OtherOptions {
    pub(super) fn of(dhcp: &Node) -> Self {
        let mut keys = Self { global: keys_of(dhcp).collect(), ..Self::default() };
        for network in dhcp.get("shared-networks").map(Node::items).unwrap_or_default() {
            keys.inner.extend(keys_of(network));
            keys.add_all(network);
        }
        keys.add_all(dhcp);
        keys
    }

    /// Adds those of the subnets in a scope.
    fn add_all(&mut self, scope: &Node) {
        for subnet in scope.get("subnet4").map(Node::items).unwrap_or_default() {
            self.inner.extend(keys_of(subnet));
        }
    }

    /// What a class in `raw` loses: the render gives each subnet the options of the whole server, which go before those
    /// of a class.
    pub(super) fn hidden(&self, class: &Node) -> Option<Remark> {
        let keys = keys_of(class).filter(|key| self.global.contains(key) && !self.inner.contains(key));
        let keys: Vec<String> = keys.map(|key| format!("`{key}`")).collect();
        (!keys.is_empty()).then(|| Remark {
            origin: class.origin.clone(),
            text: format!(
                "clients of this class would get the {} of the whole server: write the class in `classes`",
                keys.join(", ")
            ),
        })
    }
}

/// The keys of the options of a scope.
fn keys_of(scope: &Node) -> impl Iterator<Item = String> {
    let options = scope.get("option-data").map(Node::items).unwrap_or_default();
    options.iter().filter_map(options::read).map(|(key, _)| key)
}

/// A class as one of the site, with its name; `None` if the site cannot say it. `without` are members that are written
/// elsewhere.
pub(super) fn site_class(class: &Node, without: &[&str], others: &OtherOptions) -> Option<(String, Mapping)> {
    let known = ["name", "test", "option-data"];
    let is_known = |key: &str| known.contains(&key) || without.contains(&key);
    if !class.members().iter().all(|(key, _)| is_known(key)) {
        return None;
    }
    let (key, patterns) = matched(class.get("test")?.text()?)?;
    let mut keys = Mapping::default();
    keys.map("match").set(key, Value::one_or_list(patterns));
    for option in class.get("option-data").map(Node::items).unwrap_or_default() {
        let (key, value) = options::read(option).filter(|(key, _)| !others.inner.contains(key))?;
        let map = if options::OWN_KEYS.contains(&key.as_str()) { &mut keys } else { keys.map("options") };
        map.set(&key, value);
    }
    let name: String = class.get("name")?.text()?.to_owned();
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    fits.then_some((name, keys))
}

/// What a test compares, as a key of `match`, and the texts: one comparison, or several of the same option with `or`.
fn matched(test: &str) -> Option<(&'static str, Vec<Value>)> {
    let tokens = tokens(test)?;
    let mut all = Vec::new();
    let mut key = None;
    for comparison in tokens.split(|token| *token == Token::Word("or")) {
        let (of, pattern) = compared(comparison)?;
        if key.is_some_and(|key| key != of) {
            return None;
        }
        key = Some(of);
        all.push(pattern.into());
    }
    Some((key?, all))
}

/// One comparison, of a whole option or of its beginning.
fn compared(tokens: &[Token<'_>]) -> Option<(&'static str, String)> {
    let [left @ .., Token::Word("=="), Token::Bytes(bytes)] = tokens else { return None };
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty() && !text.contains('*'))?;
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return None;
    }
    let begin = [Token::Word("substring"), Token::Word("(")];
    let Some(inner) = left.strip_prefix(&begin) else { return Some((sent(left)?, text.to_owned())) };
    let [
        option @ ..,
        Token::Word(","),
        Token::Word("0"),
        Token::Word(","),
        Token::Word(length),
        Token::Word(")"),
    ] = inner
    else {
        return None;
    };
    (length.parse() == Ok(text.len())).then_some((sent(option)?, format!("{text}*")))
}

/// The key of `match` for an option.
fn sent(tokens: &[Token<'_>]) -> Option<&'static str> {
    let [
        Token::Word(name),
        Token::Word("["),
        Token::Word(number),
        Token::Word("]"),
        Token::Word("."),
        Token::Word("hex"),
    ] = tokens
    else {
        return None;
    };
    match (*name, *number) {
        ("option", "60" | "vendor-class-identifier") => Some("vendor_class"),
        ("relay4", "1") => Some("circuit_id"),
        ("relay4", "2") => Some("remote_id"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::matched;

    #[test]
    fn tests_are_matches() {
        let of = |test: &str| matched(test).map(|(key, all)| format!("{key}: {all:?}"));
        for (test, key, pattern) in [
            ("substring(option[60].hex,0,5) == 'Cisco'", "vendor_class", "Cisco*"),
            ("option[60].hex=='phone'", "vendor_class", "phone"),
            ("option[vendor-class-identifier].hex == 'a' or option[60].hex == 'b'", "vendor_class", "b"),
            ("relay4[1].hex == 'port 1'", "circuit_id", "port 1"),
            ("substring( relay4[2].hex, 0, 3 ) == 'abc'", "remote_id", "abc*"),
        ] {
            let found = of(test).unwrap();
            assert!(found.starts_with(key) && found.contains(&format!("\"{pattern}\"")), "{found}");
        }
        for test in [
            "substring(option[60].hex,0,4) == 'Cisco'",
            "substring(option[60].hex,1,5) == 'Cisco'",
            "option[60].hex == 'a*'",
            "option[60].hex == ''",
            "option[60].hex == 0x00",
            "option[60].hex == 'a' or relay4[1].hex == 'a'",
            "option[60].hex == 'a' and option[93].exists",
            "not option[60].hex == 'a'",
            "option[60].exists",
            "option[77].hex == 'a'",
            "or",
            "",
        ] {
            assert_eq!(of(test), None, "{test}");
        }
    }
}
