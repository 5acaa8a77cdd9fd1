//! The effects that verbatim text for a DHCP server can have on a client. The text is not evaluated, only searched for
//! words, so it may decide less than is said here, and no more.

use crate::dialects::dhcpd::lexer::{TokenKind, tokens};
use crate::model::{DhcpDaemon, Raw};

/// The words of a text by which it can decide something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawEffects {
    /// An address.
    pub address: Vec<&'static str>,
    /// The boot file and its server.
    pub file: Vec<&'static str>,
    /// That the client gets no answer.
    pub silence: Vec<&'static str>,
}

/// The words of a language that decide the address, the boot file, and whether there is an answer.
struct Words {
    address: &'static [&'static str],
    file: &'static [&'static str],
    silence: &'static [&'static str],
}

const DHCPD: Words = Words {
    address: &[
        "pool",
        "range",
        "pool6",
        "range6",
        "fixed-address",
        "fixed-address6",
        "host",
        "subnet",
        "subnet6",
        "shared-network",
        "include",
        "unknown-clients",
        "known-clients",
        "boot-unknown-clients",
        "members",
    ],
    file: &[
        "filename",
        "next-server",
        "server-name",
        "bootfile-name",
        "tftp-server-name",
        "bootfile-url",
        // dhcpd's names of the options of these codes, which it takes as well.
        "unknown-66",
        "unknown-67",
        "host",
        "include",
    ],
    silence: &[
        "booting",
        "unknown-clients",
        "known-clients",
        "boot-unknown-clients",
        "members",
        "include",
        "failover",
        "lease",
        "local-address",
        "local-port",
        "min-secs",
    ],
};

/// The keys of Kea, and the names of its options.
const KEA: Words = Words {
    address: &[
        "pools",
        "subnet4",
        "subnet6",
        "shared-networks",
        "reservations",
        "hosts-database",
        "hosts-databases",
        "hooks-libraries",
    ],
    file: &[
        "boot-file-name",
        "next-server",
        "server-hostname",
        "tftp-server-name",
        "bootfile-url",
        "require-client-classes",
        "evaluate-additional-classes",
        "client-classes",
        "reservations",
        "hosts-database",
        "hosts-databases",
        "hooks-libraries",
    ],
    // The class DROP, and guards.
    silence: &[
        "client-classes",
        "client-class",
        "hooks-libraries",
        "interfaces-config",
        "host-reservation-identifiers",
    ],
};

const DNSMASQ: Words = Words {
    address: &[
        "dhcp-range",
        "dhcp-host",
        "dhcp-hostsfile",
        "dhcp-hostsdir",
        "read-ethers",
        "dhcp-relay",
        "conf-file",
        "conf-dir",
    ],
    file: &[
        "dhcp-boot",
        "pxe-service",
        "pxe-prompt",
        "dhcp-optsfile",
        "dhcp-optsdir",
        "dhcp-host",
        "conf-file",
        "conf-dir",
    ],
    silence: &[
        "dhcp-ignore",
        "dhcp-host",
        "conf-file",
        "conf-dir",
        "interface",
        "except-interface",
        "listen-address",
        "no-dhcp-interface",
        "no-dhcpv4-interface",
        "no-dhcpv6-interface",
        "dhcp-alternate-port",
    ],
};

/// How options of dnsmasq name the boot file and its server.
const DNSMASQ_FILES: &[&str] =
    &["66", "67", "option:tftp-server", "option:bootfile-name", "option6:59", "option6:bootfile-url"];

/// The names of a DHCP server in `raw`: that of DHCPv4, and that of DHCPv6.
#[must_use]
pub const fn raw_names(daemon: DhcpDaemon) -> (&'static str, &'static str) {
    match daemon {
        DhcpDaemon::Isc => ("dhcpd", "dhcpd6"),
        DhcpDaemon::Kea => ("kea", "kea6"),
        DhcpDaemon::Dnsmasq => ("dnsmasq", "dnsmasq"),
    }
}

/// The words by which a text can decide something about a client.
#[must_use]
pub fn raw_effects(raw: &Raw) -> RawEffects {
    let mut all = RawEffects::default();
    let text = raw.text.value.as_str();
    match raw.output {
        "dhcpd" | "dhcpd6" => {
            let words = tokens(text).filter(|token| token.kind == TokenKind::Word);
            words.for_each(|token| all.add(&DHCPD, token.text));
        }
        "kea" | "kea6" => all.add_json(&raw.value()),
        "dnsmasq" => {
            for line in text.lines() {
                let (option, value) = line.split_once('=').unwrap_or((line, ""));
                let option = option.trim();
                all.add(&DNSMASQ, option);
                let has_file = || value.split(',').any(|part| DNSMASQ_FILES.contains(&part.trim()));
                match option {
                    "dhcp-option" if has_file() => push(&mut all.file, "dhcp-option"),
                    "dhcp-option-force" if has_file() => push(&mut all.file, "dhcp-option-force"),
                    "dhcp-option-pxe" if has_file() => push(&mut all.file, "dhcp-option-pxe"),
                    _ => {}
                }
            }
        }
        _ => {}
    }
    all
}

fn push(to: &mut Vec<&'static str>, word: &'static str) {
    if !to.contains(&word) {
        to.push(word);
    }
}

impl RawEffects {
    fn add(&mut self, words: &Words, word: &str) {
        let all = [
            (words.address, &mut self.address),
            (words.file, &mut self.file),
            (words.silence, &mut self.silence),
        ];
        for (known, to) in all {
            if let Some(known) = known.iter().find(|known| known.eq_ignore_ascii_case(word)) {
                push(to, known);
            }
        }
    }

    /// Adds the keys of objects, at any depth, and the names of options.
    fn add_json(&mut self, value: &serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => {
                for (key, value) in fields {
                    self.add(&KEA, key);
                    match (key.as_str(), value) {
                        ("name", serde_json::Value::String(name)) => self.add(&KEA, name),
                        ("code", serde_json::Value::Number(code)) => match code.as_u64() {
                            Some(66) => self.add(&KEA, "tftp-server-name"),
                            Some(67) => self.add(&KEA, "boot-file-name"),
                            Some(59) => self.add(&KEA, "bootfile-url"),
                            _ => {}
                        },
                        _ => self.add_json(value),
                    }
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| self.add_json(item)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RawEffects, raw_effects};
    use crate::model::{Raw, Spanned};

    fn of(output: &'static str, text: &str) -> RawEffects {
        let text = Spanned::new(text.to_owned(), crate::source::Span::default());
        raw_effects(&Raw { output, text, secret: false, keys: Vec::new() })
    }

    #[test]
    fn words_count_and_texts_do_not() {
        let all = of(
            "dhcpd",
            "pool { range 10.0.0.1 10.0.0.9; } # host\nlog(info, \"filename\"); option subnet-mask 1;",
        );
        assert_eq!(all, RawEffects { address: vec!["pool", "range"], ..RawEffects::default() });
        let all = of("dhcpd", "if known { filename \"x\"; }\nignore declines; deny unknown-clients;");
        let unknown = vec!["unknown-clients"];
        let expected = RawEffects { address: unknown.clone(), file: vec!["filename"], silence: unknown };
        assert_eq!(all, expected);
        assert_eq!(of("dhcpd6", "option dhcp6.bootfile-url \"x\";").file, ["bootfile-url"]);
        assert_eq!(of("dhcpd", "option routers 10.0.0.1;"), RawEffects::default());
        assert_eq!(of("dhcpd", "option unknown-67 \"x\";").file, ["unknown-67"]);
        assert_eq!(of("dhcpd", "MIN-SECS 3;").silence, ["min-secs"]);
    }

    #[test]
    fn options_of_dnsmasq_and_of_kea() {
        let all = of(
            "dnsmasq",
            "# dhcp-boot=x\ndhcp-range=10.0.0.1,10.0.0.9\ndhcp-option = tag:a,67,x\nserver=9.9.9.9",
        );
        assert_eq!((all.address, all.file), (vec!["dhcp-range"], vec!["dhcp-option"]));
        assert_eq!(of("dnsmasq", "dhcp-option=3,10.0.0.67"), RawEffects::default());
        assert_eq!(of("dnsmasq", "no-dhcp-interface=eth1").silence, ["no-dhcp-interface"]);
        let object =
            serde_json::json!({ "pools": [{ "pool": "x", "option-data": [{ "code": 67, "data": "x" }] }] });
        let mut all = RawEffects::default();
        all.add_json(&object);
        assert_eq!((all.address, all.file), (vec!["pools"], vec!["boot-file-name"]));
    }
}
