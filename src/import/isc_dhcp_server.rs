//! `/etc/default/isc-dhcp-server`: the interfaces on which dhcpd answers.

use super::Imported;
use super::coverage::Outcome;
use super::draft::Value;
use super::origin::Lines;
use super::source_file::{FileKind, SourceFile};
use crate::model::interface;

/// The behaviour of dhcpd's unit without the variable.
const DEFAULTS: &[(&str, &str)] = &[
    ("OPTIONS", ""),
    ("INTERFACESv6", ""),
    ("DHCPDv4_CONF", "/etc/dhcp/dhcpd.conf"),
    ("DHCPDv6_CONF", "/etc/dhcp/dhcpd6.conf"),
    ("DHCPDv4_PID", "/var/run/dhcpd.pid"),
    ("DHCPDv6_PID", "/var/run/dhcpd6.pid"),
];

/// The variables that name another file than the usual one.
const CONFIGS: [(&str, FileKind); 2] =
    [("DHCPDv4_CONF", FileKind::Dhcpd), ("DHCPDv6_CONF", FileKind::Dhcpd6)];

/// The configuration files that the file names.
pub fn configs(text: &str) -> Vec<(FileKind, String)> {
    let assigned = text.lines().map(str::trim).filter_map(assignment);
    let named = assigned.filter_map(|(name, value)| {
        let (_, kind) = CONFIGS.iter().find(|(known, _)| *known == name)?;
        value.starts_with('/').then(|| (*kind, value.to_owned()))
    });
    named.collect()
}

/// Reads the file into the draft: variables of a shell, one a line.
pub fn read(file: &SourceFile, imported: &mut Imported) {
    let Imported { draft, coverage, interfaces6, .. } = imported;
    let mut lines = Lines::new(&file.path, &file.text);
    let mut raw: Vec<(String, super::Origin)> = Vec::new();
    let mut byte = 0;
    for line in file.text.split_inclusive('\n') {
        let origin = lines.at(byte);
        byte += line.len();
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = assignment(line) else {
            coverage.add(origin, line, Outcome::Lost("it is no variable".into()));
            continue;
        };
        if DEFAULTS.contains(&(name, value)) {
            coverage.add(origin, line, Outcome::Default);
        } else if matches!(name, "INTERFACESv4" | "INTERFACES") {
            let names: Vec<&str> = value.split_whitespace().collect();
            let valid = !names.is_empty() && names.iter().all(|name| interface(name).is_ok());
            if valid {
                let server = draft.server.clone();
                let names = Value::List(names.into_iter().map(Value::from).collect());
                draft.site.map("servers").map(&server).set("interfaces", names).from(&origin);
                coverage.add(origin, line, Outcome::Words);
            } else {
                let why = "it names no interface, so dhcpd answers on all of them";
                coverage.remark(origin.clone(), why);
                coverage.add(origin, line, Outcome::Default);
            }
        } else if name == "INTERFACESv6" {
            let why = "ipxegen sets it where a subnet has `cidr6`";
            let number = coverage.add(origin, line, Outcome::Lost(why.into()));
            *interfaces6 = Some((number, value.split_whitespace().map(str::to_owned).collect()));
        } else if CONFIGS.iter().any(|(known, _)| *known == name) {
            let why = "ipxegen writes the file in its usual place, and dhcpd would not read it";
            coverage.add(origin, line, Outcome::Lost(why.into()));
        } else {
            coverage.add(origin.clone(), line, Outcome::Raw("no key expresses it".into()));
            raw.push((format!("{line}\n"), origin));
        }
    }
    if !raw.is_empty() {
        let text: String = raw.iter().map(|(text, _)| text.as_str()).collect();
        let entry = draft.site.map("dhcp").map("raw").set("isc_dhcp_server", Value::Lines(text));
        for (_, origin) in &raw {
            entry.from(origin);
        }
    }
}

/// A variable and its value, which is one word or in quotes.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.strip_prefix("export ").unwrap_or(name);
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let quoted = |quote: char| value.strip_prefix(quote)?.split_once(quote).map(|(value, _)| value);
    let bare = value.split(|c: char| c.is_whitespace() || c == '#').next().unwrap_or_default();
    Some((name, quoted('"').or_else(|| quoted('\'')).unwrap_or(bare)))
}

#[cfg(test)]
mod tests {
    use super::assignment;

    #[test]
    fn other_files_are_named() {
        let text = "# DHCPDv4_CONF=/no\nDHCPDv6_CONF=\"/srv/six.conf\"\nDHCPDv4_CONF=four\n";
        assert_eq!(super::configs(text), [(crate::import::FileKind::Dhcpd6, "/srv/six.conf".to_owned())]);
    }

    #[test]
    fn variables_of_a_shell_are_read() {
        assert_eq!(assignment("INTERFACESv4=\"eth0 eth1\" # x"), Some(("INTERFACESv4", "eth0 eth1")));
        assert_eq!(assignment("A=b # c"), Some(("A", "b")));
        assert_eq!(assignment("A='b c'"), Some(("A", "b c")));
        assert_eq!(assignment("exec x"), None);
    }
}
