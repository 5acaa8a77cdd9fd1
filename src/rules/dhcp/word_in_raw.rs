//! Verbatim text for dhcpd, or an object for Kea, sets a value that has a key in the site. The checks, `trace` and the other DHCP
//! servers know the key only, and the text overrides it.
//!
//! Not reported are statements within `if`, `class` or `pool`, which apply to some clients only. `boot-file-in-raw`
//! reports boot files and servers. Evidence: dhcpd uses the last statement of a scope, which is the text; `kea-dhcp4 -t`
//! (2.2) accepts a list that has an option twice.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, raw: { dhcpd: "option routers 10.0.0.1;" } } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, routers: 10.0.0.1 } }
//! ```

use foldhash::HashSet;

use crate::dialects::dhcpd::lexer::{PartKind, parts};
use crate::model::{Raw, Site, Spanned};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("word-in-raw", "verbatim text sets a value that has a key in the site"),
    cost: Cost::Low,
    check,
};

/// Options that have keys: code, name, key.
const OPTIONS: &[(u64, &str, &str)] = &[
    (3, "routers", "routers"),
    (6, "domain-name-servers", "dns"),
    (15, "domain-name", "domain"),
    (17, "root-path", "root_path"),
    (42, "ntp-servers", "ntp"),
    (119, "domain-search", "domain_search"),
];

/// Statements of dhcpd that have keys in a subnet.
const STATEMENTS: &[(&str, &str)] = &[
    ("default-lease-time", "default_lease_time"),
    ("max-lease-time", "max_lease_time"),
    ("min-lease-time", "min_lease_time"),
    ("range", "ranges"),
    ("ping-check", "ping_check"),
];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    // Many scopes inherit one text: report it once.
    let mut said = HashSet::default();
    let mut report = |raw: &Raw, statement: &str, key: &str| {
        if said.insert((raw.text.span, key.to_owned())) {
            let message = format!("`{statement}` in `raw` sets the value of the key `{key}`");
            found.push(place(raw), message, |finding| {
                finding.help(format!("use `{key}`, which ipxegen checks"))
            });
        }
    };
    for subnet in &site.subnets {
        for raw in &subnet.handout.raw {
            words(raw, STATEMENTS, &mut report);
        }
    }
    let clients = site.classes.iter().map(|class| &class.handout);
    let clients = clients.chain(site.profiles.iter().map(|profile| &profile.handout));
    for raw in clients.flat_map(|handout| &handout.raw) {
        words(raw, &[], &mut report);
    }
}

fn words(raw: &Raw, statements: &[(&str, &str)], report: &mut dyn FnMut(&Raw, &str, &str)) {
    match raw.output {
        "dhcpd" => {
            let all =
                parts(&raw.text.value).filter(|part| part.kind == PartKind::Statement && part.depth == 0);
            for part in all {
                let words: Vec<&str> = part.words().collect();
                match words.as_slice() {
                    [option, name, _, ..] if option.eq_ignore_ascii_case("option") => {
                        let known = OPTIONS.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name));
                        if let Some((_, name, key)) = known {
                            report(raw, &format!("option {name}"), key);
                        }
                    }
                    [word, _, ..] => {
                        if let Some((word, key)) = statements.iter().find(|(known, _)| known == word) {
                            report(raw, word, key);
                        }
                    }
                    _ => {}
                }
            }
        }
        "kea" => {
            let object = raw.object().unwrap_or_default();
            let options = object.get("option-data").and_then(serde_json::Value::as_array);
            for option in options.into_iter().flatten() {
                let (code, name) = (option.get("code"), option.get("name"));
                let known = OPTIONS.iter().find(|(known, text, _)| {
                    code.and_then(serde_json::Value::as_u64) == Some(*known)
                        || name.and_then(serde_json::Value::as_str) == Some(text)
                });
                if let Some((_, name, key)) = known {
                    report(raw, &format!("option-data of {name}"), key);
                }
            }
        }
        _ => {}
    }
}

/// The place of the options of an object, or of the text.
fn place(raw: &Raw) -> crate::source::Span {
    let key = raw.keys.iter().find(|key: &&Spanned<String>| key.value == "option-data");
    key.map_or(raw.text.span, |key| key.span)
}
