//! The settings of a class as keys of the site.

use super::super::draft::{Mapping, Value};
use super::classes::is_membership;
use super::definitions::{DHCP, Type, name_of as option_name};
use super::emission::without_escapes;
use super::options::{hex, option, own_value};
use super::parameters::parameter;
use super::scopes::{Scopes, is_option, sent_unasked, unasked_code};
use super::setting::{Key, Reading};
use super::statements::Statement;
use super::words::{lists, plain};
use crate::model::OptionType;

/// The keys that a class has.
const KEYS: &[&str] = &[
    "routers",
    "dns",
    "ntp",
    "domain",
    "domain_search",
    "default_lease_time",
    "max_lease_time",
    "min_lease_time",
    "root_path",
    "boot",
    "autoboot",
];

/// Reads the statements of a class that are not about boot files.
pub fn settings<'a, 't>(
    block: &'a [Statement<'t>],
    scopes: &mut Scopes<'a, 't>,
    body: &mut Mapping,
) -> Result<(), String> {
    let mut raw = String::new();
    for statement in block.iter().filter(|statement| !is_membership(statement)) {
        if statement.verbatim {
            raw.push_str(&super::verbatim::text_of(statement));
            continue;
        }
        if let Some(code) = unasked_code(statement) {
            send_unasked(body, code);
            continue;
        }
        let keyword = statement.tokens.first().map_or("", |token| token.text).to_ascii_lowercase();
        if statement.block.is_some() {
            if matches!(&*keyword, "if" | "elsif" | "else" | "switch") {
                continue;
            }
            return Err(format!("no key expresses `{keyword}` in a class"));
        }
        if keyword == "option" && (vendor(statement, scopes, body) || vendor_class(statement, block, body)) {
            continue;
        }
        let reading = match keyword.as_str() {
            "" => continue,
            "option" => option(statement, &mut scopes.definitions),
            keyword => parameter(keyword, statement),
        };
        match reading {
            Reading::Words(words) => {
                for (key, value) in words {
                    if !(key.section == "options"
                        || key.section == "ipxe"
                        || KEYS.iter().any(|name| key.is(name)))
                    {
                        return Err(format!("a class has no key for `{keyword}`"));
                    }
                    put(body, &key, value);
                }
            }
            Reading::Default | Reading::Boot | Reading::Nothing(_) => {}
            Reading::Raw(_) => raw.push_str(&super::verbatim::text_of(statement)),
            Reading::Lost(why) => return Err(why),
        }
    }
    if !raw.is_empty() {
        body.map("raw").set("dhcpd", Value::Lines(raw));
    }
    Ok(())
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
            (_, Ok(text)) if readable => typed.set("text", text),
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

/// Option 60 beside option 43: `vendor_class` of `vendor_options`.
fn vendor_class(statement: &Statement<'_>, block: &[Statement<'_>], body: &mut Mapping) -> bool {
    let is_vendor = |other: &Statement<'_>| other.begins(&["option", "vendor-encapsulated-options"]);
    let words = plain(statement.tokens.get(1..).unwrap_or_default());
    match words.as_slice() {
        [name, value] if name.is("vendor-class-identifier") && value.quoted && !value.bytes.is_empty() => {
            let Some(text) = value.text().filter(|_| block.iter().any(is_vendor)) else { return false };
            body.map("vendor_options").set("vendor_class", text);
            true
        }
        _ => false,
    }
}

/// Sets `always` of an option of a class.
fn send_unasked(body: &mut Mapping, code: u8) {
    if code == 43 {
        body.map("vendor_options").set("always", Value::flag(true));
        return;
    }
    let options = body.map("options");
    let name = options.entries().iter().map(|entry| entry.key.clone()).find(|name| is_option(name, code));
    if let Some(name) = name
        && let Some(value) = options.get(&name).cloned()
    {
        options.set(&name, sent_unasked(&name, value));
    }
}

fn put(body: &mut Mapping, key: &Key, value: Value) {
    if key.section.is_empty() {
        body.set(&key.name, value);
    } else {
        body.map(key.section).set(&key.name, without_escapes(value));
    }
}

/// Reads an option of option 43: the whole, or one of a space that it encapsulates.
fn vendor(statement: &Statement<'_>, scopes: &mut Scopes<'_, '_>, body: &mut Mapping) -> bool {
    let tokens = statement.tokens.get(1..).unwrap_or_default();
    let words = plain(tokens);
    let Some((space, name)) = option_name(&words) else { return false };
    if space == DHCP && name == "vendor-encapsulated-options" {
        let [_, value] = words.as_slice() else { return false };
        let text = value.text().filter(|text| value.quoted && !text.is_empty());
        let Some(hex) = hex(value) else { return false };
        let vendor = body.map("vendor_options");
        match (text, sub_options(&hex)) {
            (Some(text), _) => {
                vendor.set("text", text);
            }
            (None, Some(sub_options)) => {
                for (code, value) in sub_options {
                    vendor.set(&code.to_string(), value);
                }
            }
            (None, None) => {
                vendor.set("hex", hex);
            }
        }
        return true;
    }
    if space == DHCP || !scopes.definitions.encapsulates(43, &space) {
        return false;
    }
    let Some(definition) = scopes.definitions.get(&space, &name) else { return false };
    let values = lists(tokens.get(3..).unwrap_or_default());
    let is = match definition.is {
        Type::Plain(is) => is,
        Type::String => {
            let quoted = values.iter().flatten().any(|word| word.quoted);
            if quoted { OptionType::Text } else { OptionType::Hex }
        }
        Type::Encapsulate(_) | Type::Other => return false,
    };
    let Some((word, value)) = own_value(is, &values).filter(|_| definition.code <= 254) else {
        return false;
    };
    definition.in_words = true;
    let code = definition.code.to_string();
    let mut typed = Mapping::default();
    typed.set(word, value);
    body.map("vendor_options").set(&code, typed);
    true
}
