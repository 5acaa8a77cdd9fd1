//! The configuration of a server that a trial starts on its own. There, the server cannot hear the other one of a failover
//! pair, without which it gives no addresses, or only half of them; it reaches no database and has no folder for logs. So
//! its configuration loses these, and it answers every client that one of the pair answers.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::dialects::dhcpd::lexer::{Part, PartKind, parts};
use crate::dialects::json::without_comments;
use crate::model::DhcpDaemon;

/// The configuration without the other server, databases of hosts and log files.
pub(super) fn standalone(content: Vec<u8>, daemon: DhcpDaemon) -> Vec<u8> {
    let words: &[&[u8]] = match daemon {
        DhcpDaemon::Isc => &[b"failover"],
        DhcpDaemon::Kea => &[b"high-availability", b"hosts-database", b"loggers"],
        DhcpDaemon::Dnsmasq => &[],
    };
    // The file of a large site is read in parts only if it may have something of the kind.
    let has = |word: &[u8]| content.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    if !words.iter().any(|word| has(word)) {
        return content;
    }
    let Ok(text) = std::str::from_utf8(&content) else { return content };
    let changed = match daemon {
        DhcpDaemon::Kea => kea(text),
        DhcpDaemon::Isc | DhcpDaemon::Dnsmasq => Some(dhcpd(text)),
    };
    changed.map_or(content, String::into_bytes)
}

/// dhcpd.conf without its failover declarations, and pools without the statement that names one.
fn dhcpd(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut done = 0;
    // The depth of the declaration that is being left out.
    let mut inside: Option<usize> = None;
    for part in parts(text) {
        match (part.kind, inside) {
            (PartKind::BlockEnd, Some(depth)) if part.depth == depth => {
                inside = None;
                done = part.range.end;
            }
            (PartKind::BlockStart | PartKind::Statement, None) if is_failover(&part) => {
                kept.push_str(text.get(done..part.range.start).unwrap_or_default());
                inside = (part.kind == PartKind::BlockStart).then_some(part.depth);
                done = part.range.end;
            }
            _ => {}
        }
    }
    kept.push_str(text.get(done..).unwrap_or_default());
    kept
}

fn is_failover(part: &Part<'_>) -> bool {
    part.tokens().next().is_some_and(|token| token.text.eq_ignore_ascii_case("failover"))
}

/// kea-dhcp4.conf without libdhcp_ha, databases of hosts and log files. The hook puts a client into a class for each server
/// that answers it, such as `HA_boot`; a server on its own answers all clients, so these classes become `ALL`. `None` if
/// the text is not Kea's JSON.
fn kea(text: &str) -> Option<String> {
    let mut file: Value = serde_json::from_str(&without_comments(text)).ok()?;
    let server = if file.get("Dhcp4").is_some() { "Dhcp4" } else { "Dhcp6" };
    let dhcp = file.get_mut(server)?.as_object_mut()?;
    for name in ["loggers", "hosts-database", "hosts-databases"] {
        dhcp.remove(name);
    }
    let mut classes = BTreeSet::new();
    let hooks = dhcp.get_mut("hooks-libraries").and_then(Value::as_array_mut);
    if let Some(hooks) = hooks {
        hooks.retain(|hook| {
            let Some(pairs) = hook.pointer("/parameters/high-availability") else { return true };
            let peers =
                pairs.as_array().into_iter().flatten().filter_map(|pair| pair.get("peers")?.as_array());
            let names = peers.flatten().filter_map(|peer| peer.get("name")?.as_str());
            classes.extend(names.map(|name| format!("HA_{name}")));
            false
        });
    }
    with_all(&mut file, &classes);
    serde_json::to_string_pretty(&file).ok()
}

/// Puts `ALL` in the place of classes.
fn with_all(value: &mut Value, classes: &BTreeSet<String>) {
    const LISTS: [&str; 3] = ["client-classes", "require-client-classes", "evaluate-additional-classes"];
    let replace = |name: &mut Value| {
        if name.as_str().is_some_and(|name| classes.contains(name)) {
            *name = "ALL".into();
        }
    };
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| with_all(item, classes)),
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(test) if key == "test" => {
                        for class in classes {
                            *test = test.replace(&format!("member('{class}')"), "member('ALL')");
                        }
                    }
                    name if key == "client-class" => replace(name),
                    Value::Array(names) if LISTS.contains(&key.as_str()) => {
                        names.iter_mut().for_each(replace);
                        // Definitions of classes have the same key as their names in a pool.
                        names.iter_mut().for_each(|name| with_all(name, classes));
                    }
                    value => with_all(value, classes),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::standalone;
    use crate::model::DhcpDaemon;

    #[test]
    fn dhcpd_answers_alone() {
        let text = "a;\nfailover peer \"x\" { primary; }\npool {\n\tFailover Peer \"x\"; range 1; # failover\n}\n\
                    option x \"failover peer\"; FAILOVER\npeer \"y\"\n{ port 1; { } }\nb;\n";
        let alone = standalone(text.into(), DhcpDaemon::Isc);
        assert_eq!(
            String::from_utf8(alone).unwrap(),
            "a;\n\npool {\n\t range 1; # failover\n}\noption x \"failover peer\"; \nb;\n"
        );
    }

    #[test]
    fn kea_answers_alone() {
        let file = json!({ "Dhcp4": {
            "loggers": [{ "name": "kea-dhcp4" }],
            "hosts-databases": [{ "type": "mysql" }],
            "hooks-libraries": [
                { "library": "libdhcp_lease_cmds.so" },
                { "library": "libdhcp_ha.so", "parameters": { "high-availability": [{ "peers": [{ "name": "a" }, { "name": "b" }] }] } },
            ],
            "client-classes": [
                { "name": "HA_mine", "test": "member('HA_a') and not member('HA_mine')" },
                { "name": "x", "test": "member('HA_b')", "boot-file-name": "HA_a" },
            ],
            "subnet4": [{ "pools": [{ "client-class": "HA_a" }, { "client-classes": ["HA_b", "HA_mine"] }] }],
        } });
        let text = format!("// HA\n{file}");
        let alone: Value = serde_json::from_slice(&standalone(text.into(), DhcpDaemon::Kea)).unwrap();
        assert_eq!(
            alone,
            json!({ "Dhcp4": {
                "hooks-libraries": [{ "library": "libdhcp_lease_cmds.so" }],
                "client-classes": [
                    { "name": "HA_mine", "test": "member('ALL') and not member('HA_mine')" },
                    { "name": "x", "test": "member('ALL')", "boot-file-name": "HA_a" },
                ],
                "subnet4": [{ "pools": [{ "client-class": "ALL" }, { "client-classes": ["ALL", "HA_mine"] }] }],
            } })
        );
    }
}
