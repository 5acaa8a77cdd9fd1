//! Hosts: known by the MAC address in their DUID, or by the whole DUID.

use super::super::super::coverage::Outcome;
use super::super::super::six::{Host, Part, Text};
use super::super::scopes::settle;
use super::super::statements::Statement;
use super::super::words::plain;
use super::{Reader, part, urls};
use crate::model::{Mac, ipv6};

impl<'t> Reader<'_, 't, '_> {
    pub(super) fn host(&mut self, statement: &Statement<'t>, name: Option<String>) {
        let mut host = Host::new(name, part(statement));
        settle(statement, &Outcome::Words, self.coverage);
        for inner in statement.block.iter().flatten() {
            let words = plain(inner.tokens.get(1..).unwrap_or_default());
            let last = || words.last().and_then(|word| word.bare());
            let code = urls::code(inner, &self.names);
            if inner.begins(&["hardware", "ethernet"]) && host.mac.is_none() {
                host.mac = last().and_then(bytes).and_then(|octets| Mac::from_octets(&octets));
            } else if inner.begins(&["fixed-address6"]) && host.ip.is_none() && words.len() == 1 {
                host.ip = last().and_then(|ip| ipv6(ip).ok());
            } else if inner.begins(&["host-identifier", "option", "dhcp6", ".", "client-id"]) {
                host.duid = last().and_then(bytes);
            } else if matches!(code, Some(16 | 59)) && is_empty(inner) {
                let more = part(inner);
                match &mut host.boots_nothing {
                    Some(Part { numbers, text: Text::Statements(text), .. }) => {
                        numbers.extend(more.numbers);
                        if let Text::Statements(more) = more.text {
                            text.push_str(&more);
                        }
                    }
                    nothing => *nothing = Some(more),
                }
            } else if !inner.tokens.is_empty() || inner.verbatim {
                host.raw.push(part(inner));
            }
        }
        self.six.hosts.push(host);
    }
}

/// Whether an option has the value `""`.
fn is_empty(statement: &Statement<'_>) -> bool {
    let values = statement.tokens.get(4..).unwrap_or_default();
    values.iter().all(|token| token.text == "=" || token.text == "\"\"")
}

/// Octets of one or two digits, as dhcpd reads them.
fn bytes(text: &str) -> Option<Vec<u8>> {
    text.split(':').map(|octet| u8::from_str_radix(octet, 16).ok()).collect()
}
