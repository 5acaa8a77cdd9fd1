//! `kea-dhcp4 -t` and `kea-dhcp6 -t`.

use std::path::Path;

use super::{Checker, Line, Message};

pub(in crate::outputs) const KEA: Checker = Checker {
    users: &["_kea", "kea"],
    // Kea ends at a thread that it cannot start (tried with 2.2.0). The check leaves out its hooks.
    processes: true,
    staged: for_any_machine,
    messages: |output| {
        output.text.lines().find_map(|line| message(line, output.folder)).into_iter().collect()
    },
    cannot_read: |line, path| line == format!("Syntax check failed with: Unable to open file {path}"),
    ..Checker::new("kea-dhcp4", "kea")
};

/// The same for DHCPv6.
pub(in crate::outputs) const KEA6: Checker = Checker { command: "kea-dhcp6", program: "kea-dhcp6", ..KEA };

/// The configuration for another machine than the server: `kea-dhcp4 -t` refuses an interface or a hook that this
/// machine does not have. Lines keep their numbers.
#[expect(clippy::needless_pass_by_value, reason = "as every checker changes its text")]
fn for_any_machine(text: Vec<u8>) -> Vec<u8> {
    const LINES: [(&[u8], &[u8]); 3] = [
        (b"  \"interfaces-config\": ", b"  \"interfaces-config\": { \"interfaces\": [ \"*\" ] },\n"),
        (b"  \"hooks-libraries\": ", b"  \"hooks-libraries\": [],\n"),
        (b"      \"interface\": ", b"\n"),
    ];
    let mut all = Vec::with_capacity(text.len() + 8);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let known = LINES.iter().find(|(begin, _)| line.starts_with(begin));
        all.extend(known.map_or(line, |(_, instead)| instead));
    }
    all
}

/// `Syntax check failed with: PATH:LINE.COLUMN: TEXT`, and of what it understands and cannot use
/// `Error encountered: TEXT (PATH:LINE:COLUMN)`, the innermost value first.
fn message(line: &str, folder: &Path) -> Option<Message> {
    let folder = folder.to_str()?;
    if let Some(rest) = line.strip_prefix("Error encountered: ") {
        let at = rest.find(&format!("({folder}"))?;
        let (text, place) = (rest.get(..at)?, rest.get(at + 1..)?.split(')').next()?);
        let mut parts = place.rsplitn(3, ':');
        let (column, number, path) = (parts.next()?, parts.next()?, parts.next()?);
        return Some(at_position(path, number, column, text));
    }
    let place = line.get(line.find(folder)?..)?;
    let (path, rest) = place.split_once(':')?;
    let (number, rest) = rest.split_once('.')?;
    let (column, text) = rest.split_once(": ")?;
    Some(at_position(path, number, column.split('-').next()?, text))
}

fn at_position(path: &str, line: &str, column: &str, text: &str) -> Message {
    let line = match (line.parse(), column.parse()) {
        (Ok(line), Ok(column)) => Line::Position { line, column },
        _ => Line::Unknown,
    };
    Message { file: Some(path.into()), line, text: text.trim_end().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::failed;
    use super::{KEA, Line, Message};

    /// Printed by Kea 2.2 about `{ "Dhcp4": { "foo": 1 }}`.
    #[test]
    fn messages_name_a_line() {
        let text = "got unexpected keyword \"foo\" in Dhcp4 map.";
        let found = (KEA.messages)(&failed(&format!("Syntax check failed with: /tmp/x/a:1.14-18: {text}")));
        let line = Line::Position { line: 1, column: 14 };
        assert_eq!(found, [Message { file: Some("/tmp/x/a".into()), line, text: text.to_owned() }]);
        // Printed about a wrong value of an option; the second place is that of the values around it.
        let text = "Error encountered: no: 'x' (y) (/tmp/x/a:3:37) (/tmp/x/a:2:1)\n";
        let found = (KEA.messages)(&failed(text));
        let line = Line::Position { line: 3, column: 37 };
        assert_eq!(found, [Message { file: Some("/tmp/x/a".into()), line, text: "no: 'x' (y)".to_owned() }]);
    }

    /// Printed by Kea of Debian 12.
    #[test]
    fn a_file_that_it_may_not_read() {
        let denied = "Syntax check failed with: Unable to open file /tmp/x/a";
        assert!((KEA.cannot_read)(denied, "/tmp/x/a"));
        assert!(!(KEA.cannot_read)(denied, "/tmp/x/b"));
        assert!(!(KEA.cannot_read)(&format!("nonsense \"{denied}\""), "/tmp/x/a"));
    }
}
