//! `dhcpd -t`: dhcpd.conf and the files that it includes.

use super::{Checker, CheckerOutput, Line, Message, numbered};

pub(in crate::outputs) const DHCPD: Checker = Checker {
    users: &["dhcpd"],
    messages,
    cannot_read: |line, path| line == format!("Can't open {path}: Permission denied"),
    ..Checker::new("dhcpd", "dhcpd")
};

fn messages(output: &CheckerOutput<'_>) -> Vec<Message> {
    // dhcpd goes on with the rest of a line that it does not understand, so the first message about a line helps.
    let mut messages = numbered(output, " line ");
    // The last message about an included file repeats that it has mistakes, which are named already.
    let mut first = true;
    messages.retain(|message| std::mem::take(&mut first) || !message.text.ends_with(": bad parse."));
    messages.extend(output.text.lines().filter_map(missing_include));
    messages
}

/// dhcpd ends at an `include` of a file that does not exist, and names no line: `Can't open PATH: WHY`.
fn missing_include(line: &str) -> Option<Message> {
    let (path, _) = line.strip_prefix("Can't open ")?.rsplit_once(": ")?;
    Some(Message { file: None, line: Line::Holding(format!("\"{path}\"")), text: line.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::failed;
    use super::{DHCPD, Line, messages};

    #[test]
    fn messages_name_a_line_or_an_include() {
        let text = "Config\n/tmp/x/boot/a line 3: b: c\nd\n ^\n/tmp/x/boot/a line 3: e\n/y line 4: z\n";
        let found = messages(&failed(text));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].text.as_str(), &found[0].line), ("b: c", &Line::Number(3)));
        assert_eq!(found[0].file.as_deref(), Some(Path::new("/tmp/x/boot/a")));
        let text = "For info, please visit x\nCan't open /a: b.conf: No such file or directory\nexiting.\n";
        let found = messages(&failed(text));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, Line::Holding("\"/a: b.conf\"".to_owned()));
    }

    #[test]
    fn a_bad_include_is_reported_by_its_mistakes() {
        let text = "/tmp/x/a line 3: semicolon expected.\n/tmp/x/b line 1: /tmp/x/a: bad parse.\n";
        let found = messages(&failed(text));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(messages(&failed("/tmp/x/b line 1: /tmp/x/a: bad parse.\n")).len(), 1);
    }

    /// Printed by dhcpd of Debian 12.
    #[test]
    fn a_file_that_it_may_not_read() {
        let denied = "Can't open /tmp/x/a: Permission denied";
        assert!((DHCPD.cannot_read)(denied, "/tmp/x/a"));
        assert!(!(DHCPD.cannot_read)(denied, "/tmp/x/b"));
        // As a line of the site, quoted.
        assert!(!(DHCPD.cannot_read)(&format!("nonsense \"{denied}\""), "/tmp/x/a"));
        assert!(!(DHCPD.cannot_read)("nonsense \"Permission denied\";", "/tmp/x/a"));
    }
}
