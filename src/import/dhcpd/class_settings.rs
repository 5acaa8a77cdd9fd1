//! The settings of a class as keys of the site.

use super::super::draft::{Mapping, Value};
use super::classes::is_membership;
use super::emission::without_escapes;
use super::options::option;
use super::parameters::parameter;
use super::scopes::{Scopes, is_option, sent_unasked, unasked_code};
use super::setting::{Key, Reading};
use super::statements::Statement;
use super::vendor_options::{VendorOption, vendor_option, vendor_space};
use super::words::plain;

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
    "vendor_options",
];

/// Whether a class has a key.
pub fn is_key(key: &Key) -> bool {
    matches!(key.section, "options" | "ipxe") || KEYS.iter().any(|name| key.is(name))
}

/// Reads the statements of a class that are not about boot files.
pub fn settings<'a, 't>(
    block: &'a [Statement<'t>],
    scopes: &mut Scopes<'a, 't>,
    body: &mut Mapping,
) -> Result<(), String> {
    let mut raw = String::new();
    let space = own_space(block, scopes);
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
        if keyword == "vendor-option-space" && space.is_some() {
            continue;
        }
        if keyword == "option"
            && (vendor(statement, space.as_deref(), scopes, body) || vendor_class(statement, block, body))
        {
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
                    if !is_key(&key) {
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

/// The space of option 43 that a class names, if keys express all that it says of it, and no other scope has its options.
fn own_space(block: &[Statement<'_>], scopes: &mut Scopes<'_, '_>) -> Option<String> {
    let space = vendor_space(block)?;
    let is_elsewhere =
        scopes.all.iter().flat_map(|scope| &scope.raw).any(|raw| raw.begins(&["option", &space, "."]));
    let mut read =
        block.iter().filter_map(|statement| vendor_option(statement, Some(&space), &mut scopes.definitions));
    let mut is_used = false;
    let all = read.all(|option| {
        is_used |= matches!(option, VendorOption::Part(_));
        !matches!(option, VendorOption::Unknown | VendorOption::Unset)
    });
    (all && is_used && !is_elsewhere).then_some(space)
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

/// Sets a key of a class, where braces are no placeholders.
pub fn put(body: &mut Mapping, key: &Key, value: Value) {
    if key.section.is_empty() {
        let is_vendor = key.is("vendor_options");
        body.set(&key.name, if is_vendor { without_escapes(value) } else { value });
    } else {
        body.map(key.section).set(&key.name, without_escapes(value));
    }
}

/// Reads a statement about option 43, whose space may be one that the class itself names.
fn vendor(
    statement: &Statement<'_>,
    space: Option<&str>,
    scopes: &mut Scopes<'_, '_>,
    body: &mut Mapping,
) -> bool {
    let Some(read) = vendor_option(statement, space, &mut scopes.definitions) else { return false };
    let parts = match read {
        VendorOption::Parts(parts) => parts,
        VendorOption::Unknown => return false,
        VendorOption::Unset => {
            body.set("vendor_options", "none");
            return true;
        }
        VendorOption::Part(part) => {
            if let Some(definition) = scopes.definitions.get(&part.space, &part.name) {
                definition.in_words = true;
            }
            vec![(part.code, part.value)]
        }
    };
    let vendor = body.map("vendor_options");
    for (key, value) in parts {
        vendor.set(&key, without_escapes(value));
    }
    true
}
