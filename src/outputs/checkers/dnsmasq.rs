//! `dnsmasq --test`: it stops at the first line that it does not read.

use super::{Checker, Message};

pub(in crate::outputs) const DNSMASQ: Checker = Checker {
    users: &["dnsmasq"],
    messages: |output| output.text.lines().find_map(message).into_iter().collect(),
    cannot_read: |line, path| line == format!("dnsmasq: cannot read {path}: Permission denied"),
    ..Checker::new("dnsmasq", "dnsmasq")
};

/// `dnsmasq: TEXT at line LINE of PATH`.
fn message(line: &str) -> Option<Message> {
    let (rest, path) = line.strip_prefix("dnsmasq: ")?.rsplit_once(" of ")?;
    let (text, number) = rest.rsplit_once(" at line ")?;
    Some(Message::at(path.into(), number.parse().ok()?, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::failed;
    use super::{DNSMASQ, Message};

    /// Printed by dnsmasq 2.90 about `dhcp-range=x`.
    #[test]
    fn messages_name_a_line() {
        let found = (DNSMASQ.messages)(&failed("dnsmasq: bad dhcp-range at line 1 of /tmp/x/a"));
        assert_eq!(found, [Message::at("/tmp/x/a".into(), 1, "bad dhcp-range".to_owned())]);
    }

    /// Printed by dnsmasq of Debian 12.
    #[test]
    fn a_file_that_it_may_not_read() {
        let denied = "dnsmasq: cannot read /tmp/x/a: Permission denied";
        assert!((DNSMASQ.cannot_read)(denied, "/tmp/x/a"));
        assert!(!(DNSMASQ.cannot_read)(denied, "/tmp/x/b"));
        assert!(!(DNSMASQ.cannot_read)(&format!("nonsense \"{denied}\""), "/tmp/x/a"));
    }
}
