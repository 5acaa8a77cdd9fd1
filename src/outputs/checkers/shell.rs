//! `sh -n`: settings in `/etc/default`, which a shell reads.

use super::{Checker, numbered};

pub(in crate::outputs) const SHELL: Checker = Checker {
    messages: |output| numbered(output, ": "),
    cannot_read: |line, path| line == format!("sh: 0: cannot open {path}: Permission denied"),
    ..Checker::new("sh", "defaults")
};

#[cfg(test)]
mod tests {
    use super::super::{Line, failed};
    use super::SHELL;

    #[test]
    fn messages_name_a_line() {
        let found = (SHELL.messages)(&failed("/tmp/x/a: 2: Syntax error: b"));
        assert_eq!((found[0].text.as_str(), &found[0].line), ("Syntax error: b", &Line::Number(2)));
    }

    /// Printed by dash of Debian 12.
    #[test]
    fn a_file_that_it_may_not_read() {
        let denied = "sh: 0: cannot open /tmp/x/a: Permission denied";
        assert!((SHELL.cannot_read)(denied, "/tmp/x/a"));
        assert!(!(SHELL.cannot_read)(denied, "/tmp/x/b"));
        assert!(!(SHELL.cannot_read)(&format!("nonsense \"{denied}\""), "/tmp/x/a"));
    }
}
