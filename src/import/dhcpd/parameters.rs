//! Statements without a block that are no options: parameters, `allow` and `deny`.

use super::super::draft::Value;
use super::setting::{CLIENT_UPDATES, DECLARED_NAMES, Key, Reading};
use super::statements::Statement;
use super::words::{Word, lists, plain};
use crate::model::syslog_facility;

/// Parameters and what dhcpd does without them (`dhcpd.conf(5)` and server/dhcpd.h of 4.4). A statement that says the
/// same is left out.
const DEFAULTS: &[(&str, &[&str])] = &[
    ("always-broadcast", &["false", "off"]),
    ("always-reply-rfc1048", &["false", "off"]),
    ("db-time-format", &["default"]),
    ("ddns-updates", &["true", "on"]),
    ("ddns-update-style", &["none"]),
    ("get-lease-hostnames", &["false", "off"]),
    ("infinite-is-reserved", &["false", "off"]),
    ("local-port", &["67"]),
    ("min-secs", &["0"]),
    ("one-lease-per-client", &["false", "off"]),
    ("ping-timeout", &["1"]),
    ("remote-port", &["68"]),
    ("stash-agent-options", &["true", "on"]),
    ("update-optimization", &["true", "on"]),
    ("update-static-leases", &["false", "off"]),
    ("use-lease-addr-for-default-route", &["false", "off"]),
];

/// Parameters that no key expresses.
const RAW: &[&str] = &[
    "abandon-lease-time",
    "adaptive-lease-time-threshold",
    "bind-local-address6",
    "check-secs-byte-order",
    "ddns-domainname",
    "ddns-dual-stack-mixed-mode",
    "ddns-guard-id-must-match",
    "ddns-hostname",
    "ddns-local-address4",
    "ddns-local-address6",
    "ddns-other-guard-is-dynamic",
    "ddns-rev-domainname",
    "ddns-ttl",
    "delayed-ack",
    "dhcp-cache-threshold",
    "dhcpv6-lease-file-name",
    "dhcpv6-pid-file-name",
    "do-forward-updates",
    "do-reverse-updates",
    "dont-use-fsync",
    "dynamic-bootp-lease-cutoff",
    "dynamic-bootp-lease-length",
    "echo-client-id",
    "fqdn-reply",
    "lease-file-name",
    "lease-id-format",
    "limit-addrs-per-ia",
    "limit-prefs-per-ia",
    "limited-broadcast-address",
    "log-threshold-high",
    "log-threshold-low",
    "max-ack-delay",
    "omapi-key",
    "omapi-port",
    "persist-eui-64-leases",
    "pid-file-name",
    "ping-cltt-secs",
    "ping-timeout-ms",
    "preferred-lifetime",
    "prefix-length-mode",
    "release-on-roam",
    "server-duid",
    "server-id-check",
    "server-identifier",
    "site-option-space",
    "update-conflict-detection",
    "use-eui-64",
    "vendor-option-space",
    "ldap-server",
    "ldap-port",
    "ldap-username",
    "ldap-password",
    "ldap-base-dn",
    "ldap-method",
    "ldap-debug-file",
    "ldap-dhcp-server-cn",
    "ldap-ssl",
    "ldap-init-retry",
    "append",
    "prepend",
    "supersede",
    "default",
    "unset",
    "eval",
    "execute",
    "add",
    "log",
    "break",
    "send",
];

/// Reads a statement that begins with this keyword, in lower case.
pub fn parameter(keyword: &str, statement: &Statement<'_>) -> Reading {
    let words = plain(statement.tokens.get(1..).unwrap_or_default());
    match keyword {
        "authoritative" => Reading::word("authoritative", Value::flag(true)),
        // dhcpd's own default.
        "not" if words.first().is_some_and(|word| word.is("authoritative")) => {
            Reading::word("authoritative", Value::flag(false))
        }
        "default-lease-time" => time("default_lease_time", &words),
        "max-lease-time" => time("max_lease_time", &words),
        "min-lease-time" => time("min_lease_time", &words),
        "ping-check" => flag(Key::plain("ping_check"), &words),
        "ignore-client-uids" => match words.as_slice() {
            [word] => match word.flag() {
                Some(true) => Reading::word("client_id", "ignore"),
                Some(false) => Reading::word("client_id", "use"),
                None => Reading::Lost("it takes `true` or `false`".into()),
            },
            _ => Reading::Lost("it takes `true` or `false`".into()),
        },
        "log-facility" => match words.as_slice() {
            [word] => match word.bare().map(syslog_facility) {
                Some(Ok(facility)) => Reading::word("log_facility", facility),
                _ => Reading::Lost("dhcpd knows no such facility".into()),
            },
            _ => Reading::Lost("it takes a facility of syslog".into()),
        },
        "use-host-decl-names" => flag(DECLARED_NAMES, &words),
        "allow" | "deny" | "ignore" => permission(keyword, statement),
        "filename" | "next-server" | "server-name" | "set" => Reading::Boot,
        _ if DEFAULTS.iter().any(|(name, _)| *name == keyword) => {
            let is_default = |value: &str| matches!(words.as_slice(), [word] if word.is(value));
            let mut defaults =
                DEFAULTS.iter().filter(|(name, _)| *name == keyword).flat_map(|(_, values)| *values);
            if defaults.any(|value| is_default(value)) {
                return Reading::Default;
            }
            Reading::Raw("no key expresses it".into())
        }
        _ if RAW.contains(&keyword) => Reading::Raw("no key expresses it".into()),
        // dhcpd accepts a lone word that it does not know: it is the name of a variable, and an expression alone is a
        // statement (seen with `dhcpd -t`, 4.4.3).
        _ if words.is_empty() && keyword.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            Reading::Nothing(keyword.to_owned())
        }
        _ if words.first().is_some_and(|word| word.bytes.starts_with(b"(")) => {
            Reading::Raw("it is an expression".into())
        }
        _ => Reading::Lost(format!("dhcpd has no statement `{keyword}`")),
    }
}

fn time(key: &'static str, words: &[Word]) -> Reading {
    match words {
        [word] => match word.number() {
            Some(seconds) => Reading::word(key, duration(seconds)),
            None if word.is("infinite") => Reading::word(key, duration(u32::MAX)),
            None => Reading::Lost("it takes a number of seconds".into()),
        },
        [first, ..] if first.is("=") => Reading::Raw("its value is an expression".into()),
        _ => Reading::Lost("it takes a number of seconds".into()),
    }
}

/// Seconds in the greatest unit that divides them.
fn duration(seconds: u32) -> Value {
    for (unit, length) in [("d", 86_400), ("h", 3600), ("m", 60)] {
        if seconds >= length && seconds.is_multiple_of(length) {
            // A day is 24h, as people say of leases.
            if unit == "d" && seconds == length {
                continue;
            }
            return Value::Bare(format!("{}{unit}", seconds / length));
        }
    }
    Value::Bare(seconds.to_string())
}

fn flag(key: Key, words: &[Word]) -> Reading {
    match words {
        [word] => match word.flag() {
            Some(flag) => Reading::Words(vec![(key, Value::flag(flag))]),
            None => Reading::Lost("it takes `true` or `false`".into()),
        },
        [first, ..] if first.is("=") => Reading::Raw("its value is an expression".into()),
        _ => Reading::Lost("it takes `true` or `false`".into()),
    }
}

/// `allow WHAT;`, `deny WHAT;`, `ignore WHAT;`, several between commas, outside of pools.
fn permission(keyword: &str, statement: &Statement<'_>) -> Reading {
    let mut found = Vec::new();
    let mut is_default = false;
    for list in lists(statement.tokens.get(1..).unwrap_or_default()) {
        let what: Vec<String> =
            list.iter().map(|word| word.bare().unwrap_or_default().to_ascii_lowercase()).collect();
        match what.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["unknown-clients"] | ["unknown", "clients"] => {
                // `ignore` differs from `deny` in the log alone (server/dhcp.c).
                let value = if keyword == "allow" { "allow" } else { "deny" };
                found.push((Key::plain("unknown_clients"), value.into()));
            }
            ["booting" | "bootp" | "declines" | "duplicates"] if keyword == "allow" => is_default = true,
            ["client-updates"] | ["client", "updates"] => found.push((CLIENT_UPDATES, keyword.into())),
            [] => return Reading::Lost(format!("it does not say what to {keyword}")),
            _ => return Reading::Raw("no key expresses it".into()),
        }
    }
    match (is_default, found.is_empty()) {
        (true, true) => Reading::Default,
        (false, _) => Reading::Words(found),
        (true, false) => Reading::Raw("it says several things at once".into()),
    }
}
