//! `dnsmasq --test`: it stops at the first line that it does not read.

use super::{Checker, Message};

pub(in crate::outputs) const DNSMASQ: Checker = Checker {
    users: &["dnsmasq"],
    staged: without_programs,
    messages: |output| output.text.lines().find_map(message).into_iter().collect(),
    cannot_read: |line, path| line == format!("dnsmasq: cannot read {path}: Permission denied"),
    ..Checker::new("dnsmasq", "dnsmasq")
};

/// The configuration without `conf-script`, whose program dnsmasq runs while it reads the line, even for `--test`
/// (tried with 2.90): a check runs no program of the site. Lines keep their numbers.
#[expect(clippy::needless_pass_by_value, reason = "as every checker changes its text")]
fn without_programs(text: Vec<u8>) -> Vec<u8> {
    let mut all = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let runs_one = memchr::memmem::find(line, b"conf-script").is_some();
        all.extend_from_slice(if runs_one { b"# The check runs no program.\n" } else { line });
    }
    all
}

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

    #[test]
    fn a_check_runs_no_program() {
        let staged = |text: &str| String::from_utf8((DNSMASQ.staged)(text.into())).unwrap();
        for line in ["conf-script=/bin/x", "  conf-script = /bin/x"] {
            let text = format!("port=0\n{line}\nno-ping\n");
            assert_eq!(staged(&text), "port=0\n# The check runs no program.\nno-ping\n");
        }
        let harmless = "dhcp-boot=tag:x,\"a\\\\b\"\ndhcp-script=/bin/x\n";
        assert_eq!(staged(harmless), harmless);
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
