//! The text of a draft, as an administrator would write it.

use std::fmt::Write as _;

use super::draft::{Draft, Entry, Origins, Value};
use super::origin::Origin;
use crate::model::WriteTo as _;
use crate::report::visible;

/// The order of the top level; keys that are not listed come last.
const ORDER: [&str; 25] = [
    "include",
    "name",
    "domain",
    "servers",
    "dhcp",
    "tftp",
    "http",
    "nfs",
    "smb",
    "iscsi",
    "relay",
    "loaders",
    "vars",
    "options",
    "ipxe",
    "networks",
    "shared_networks",
    "subnets",
    "classes",
    "groups",
    "hosts",
    "boot_entries",
    "menu",
    "allow",
    "raw",
];

/// The blanks of a level.
const INDENT: usize = 2;

/// The widest line of a mapping or list in flow style, in bytes, without its comment.
const WIDEST: usize = 110;

/// The imported places that the bytes of a text come from.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Where each place begins, in ascending order.
    starts: Vec<(usize, Option<Origin>)>,
    /// Whether the text is for a program and not for people: without comments, and with texts of several lines in quotes.
    is_checked: bool,
}

impl Places {
    /// The place that a byte comes from, if it is known.
    #[must_use]
    pub fn at(&self, byte: usize) -> Option<&Origin> {
        let after = self.starts.partition_point(|(start, _)| *start <= byte);
        self.starts.get(after.checked_sub(1)?)?.1.as_ref()
    }

    fn last(&self) -> Option<Origin> {
        self.starts.last().and_then(|(_, origin)| origin.clone())
    }
}

/// The text of a draft.
#[must_use]
pub fn text_of(draft: &Draft) -> String {
    write(draft, Places::default()).0
}

/// The text of a draft for a check, with the places that its parts come from. It has no comments. Texts of several lines are
/// in quotes, because the line scanner (`src/source/scanner.rs`) gives up at a literal block: reading the site would take four
/// times as long.
#[must_use]
pub fn text_with_places(draft: &Draft) -> (String, Places) {
    write(draft, Places { is_checked: true, ..Places::default() })
}

fn write(draft: &Draft, mut places: Places) -> (String, Places) {
    let mut text = String::new();
    let place = |entry: &&Entry| ORDER.iter().position(|key| *key == entry.key).unwrap_or(ORDER.len());
    let mut entries: Vec<&Entry> = draft.site.entries().iter().collect();
    entries.sort_by_key(place);
    let mut block = false;
    for (index, entry) in entries.into_iter().enumerate() {
        let is_block = matches!(entry.value, Value::Map(_) | Value::Lines(_));
        if index > 0 && (is_block || block) {
            text.push('\n');
        }
        block = is_block;
        entry_into(&mut text, &mut places, entry, 0);
    }
    if text.is_empty() {
        // No reader takes an empty file for a site.
        text.push_str("{}\n");
    }
    (text, places)
}

/// Appends an entry, with a line end.
fn entry_into(text: &mut String, places: &mut Places, entry: &Entry, depth: usize) {
    let Some(origin) = entry.origins().and_then(Origins::first) else {
        return entry_text(text, places, entry, depth);
    };
    let around = places.last();
    places.starts.push((text.len(), Some(origin.clone())));
    entry_text(text, places, entry, depth);
    places.starts.push((text.len(), around));
}

fn entry_text(text: &mut String, places: &mut Places, entry: &Entry, depth: usize) {
    let notes = if places.is_checked { &[] } else { entry.notes() };
    for line in notes.iter().flat_map(|note| note.lines()) {
        // Readers of YAML end a comment at other characters than `lines`, and refuse control characters.
        indent_into(text, depth);
        let _ = writeln!(text, "# {}", visible(line));
    }
    let origins = entry.origins().filter(|_| !places.is_checked);
    indent_into(text, depth);
    scalar_into(text, &entry.key);
    text.push(':');
    let most = match is_scalar(&entry.value) {
        true => usize::MAX,
        false => WIDEST.saturating_sub(INDENT * depth + entry.key.len() + 2),
    };
    let before = text.len();
    text.push(' ');
    if flow_into(text, &entry.value, places.is_checked, before.saturating_add(1).saturating_add(most))
        .is_some()
    {
        comment_into(text, origins);
        text.push('\n');
        return;
    }
    text.truncate(before);
    match &entry.value {
        Value::Map(map) => {
            comment_into(text, origins);
            text.push('\n');
            for entry in map.entries() {
                entry_into(text, places, entry, depth + 1);
            }
        }
        Value::List(items) => {
            comment_into(text, origins);
            text.push('\n');
            for item in items {
                item_into(text, places, item, depth + 1);
            }
        }
        Value::Lines(lines) => lines_into(text, lines, origins, depth + 1),
        // Every scalar has a flow form.
        Value::Text(_) | Value::Bare(_) => {}
    }
}

/// Appends an item of a list, with a line end.
fn item_into(text: &mut String, places: &mut Places, item: &Value, depth: usize) {
    let before = text.len();
    indent_into(text, depth);
    text.push_str("- ");
    if flow_into(text, item, places.is_checked, usize::MAX).is_some() {
        text.push('\n');
        return;
    }
    text.truncate(before);
    match item {
        Value::Map(map) => {
            for entry in map.entries() {
                entry_into(text, places, entry, depth + 1);
            }
            // The first key stands beside the hyphen.
            let hyphen = before + INDENT * depth;
            if text.get(hyphen..hyphen + 2) == Some("  ") {
                text.replace_range(hyphen..hyphen + 2, "- ");
            }
        }
        Value::List(items) => {
            indent_into(text, depth);
            text.push_str("-\n");
            for item in items {
                item_into(text, places, item, depth + 1);
            }
        }
        Value::Lines(lines) => {
            indent_into(text, depth);
            text.push('-');
            lines_into(text, lines, None, depth + 1);
        }
        Value::Text(_) | Value::Bare(_) => {}
    }
}

/// Appends a literal block after its key.
fn lines_into(text: &mut String, lines: &str, origins: Option<&Origins>, depth: usize) {
    // The indicator says how far the block is indented, because its first line may begin with blanks.
    let leading = if lines.starts_with([' ', '\t', '\n']) { "2" } else { "" };
    let keep = if lines.ends_with('\n') { "" } else { "-" };
    let _ = write!(text, " |{leading}{keep}");
    comment_into(text, origins);
    text.push('\n');
    for line in lines.lines() {
        if !line.is_empty() {
            indent_into(text, depth);
            text.push_str(line);
        }
        text.push('\n');
    }
}

fn indent_into(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n(' ', INDENT * depth));
}

const fn is_scalar(value: &Value) -> bool {
    // Lines that no block can hold are a text in quotes.
    matches!(value, Value::Text(_) | Value::Bare(_) | Value::Lines(_))
}

/// Appends the places that an entry comes from, as a comment at the end of a line.
fn comment_into(text: &mut String, origins: Option<&Origins>) {
    let Some(origins) = origins else { return };
    let Some(first) = origins.first() else { return };
    text.push_str("  # ");
    let _ = first.write_to(text);
    let _ = match origins.last().filter(|_| origins.several()) {
        None => Ok(()),
        Some(last) if first.file == last.file => write!(text, " to {}", last.line),
        Some(_) => text.write_str(" and others"),
    };
}

/// Appends a value in one line, if it has a form without comments; `None` as soon as the text has more than `end` bytes,
/// because a value may be nested deep and is tried at each level.
fn flow_into(text: &mut String, value: &Value, quoted: bool, end: usize) -> Option<()> {
    match value {
        Value::Text(own) => short_into(text, own, end)?,
        Value::Bare(own) => text.push_str(own),
        // A block cannot hold all characters.
        Value::Lines(own) if quoted || !is_block(own) => quoted_into(text, own),
        Value::Lines(_) => return None,
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                flow_into(text, item, quoted, end)?;
            }
            text.push(']');
        }
        Value::Map(map) if map.is_empty() => text.push_str("{}"),
        Value::Map(map) => {
            text.push_str("{ ");
            for (index, entry) in map.entries().iter().enumerate() {
                if entry.origins().is_some() || !entry.notes().is_empty() {
                    return None;
                }
                text.push_str(if index > 0 { ", " } else { "" });
                short_into(text, &entry.key, end)?;
                text.push_str(": ");
                flow_into(text, &entry.value, quoted, end)?;
            }
            text.push_str(" }");
        }
    }
    (text.len() <= end).then_some(())
}

/// Appends a scalar, if there is room for it.
fn short_into(text: &mut String, own: &str, end: usize) -> Option<()> {
    if own.len() > end.saturating_sub(text.len()) {
        return None;
    }
    scalar_into(text, own);
    Some(())
}

/// Whether a literal block can hold a text.
fn is_block(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c == '\n' || c == '\t' || !(c.is_control() || is_break(c)))
        && !text.ends_with("\n\n")
        && !text.starts_with('\n')
        && text.lines().all(|line| line.trim_end() == line || !line.trim().is_empty())
}

const fn is_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Appends a text as a scalar: plain where no reader of YAML can take it for something else.
fn scalar_into(text: &mut String, own: &str) {
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'_' | b'-' | b'.' | b'/' | b'+' | b'@' | b'=' | b'?' | b'\'' | b'(' | b')' | b' '
            )
    };
    let begins = own.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '_')
        || (own.starts_with(|c: char| c.is_ascii_digit()) && (is_address(own) || is_duration(own)));
    let word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let special = own.len() <= 5 && word.iter().any(|word| own.eq_ignore_ascii_case(word));
    if begins && !special && own.bytes().all(plain) && !own.ends_with(' ') {
        text.push_str(own);
    } else {
        quoted_into(text, own);
    }
}

/// An IPv4 address, network or range, which no reader of YAML takes for a number.
fn is_address(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'/' | b'-'))
        && text.bytes().filter(|byte| *byte == b'.').count() >= 3
}

/// A duration, such as `30s`.
fn is_duration(text: &str) -> bool {
    let digits = text.trim_end_matches(['s', 'm', 'h', 'd', 'w']);
    digits.len() + 1 == text.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Appends a text in double quotes.
fn quoted_into(text: &mut String, own: &str) {
    text.push('"');
    if own.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        text.push_str(own);
        text.push('"');
        return;
    }
    for c in own.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            c if c.is_control() || is_break(c) => {
                let code = u32::from(c);
                let _ =
                    if code <= 0xff { write!(text, "\\x{code:02x}") } else { write!(text, "\\u{code:04x}") };
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::super::draft::{Draft, Mapping, Value};
    use super::super::origin::Origin;
    use super::{text_of, text_with_places};

    #[test]
    fn a_draft_reads_as_if_written_by_hand() {
        let mut draft = Draft::default();
        let origin = |line| Origin { file: "dhcpd.conf".into(), line };
        let lan = draft.site.map("subnets").map("lan");
        lan.set("cidr", "10.0.0.0/24").from(&origin(3));
        lan.set("dns", Value::List(vec!["8.8.8.8".into(), "1.1.1.1".into()])).note("of the provider");
        lan.map("raw")
            .set("dhcpd", Value::Lines("ignore declines;\n".into()))
            .from(&origin(5))
            .from(&origin(6));
        let mut host = Mapping::default();
        host.set("mac", "52:54:00:12:34:56");
        host.set("ip", "10.0.0.2");
        draft.site.map("hosts").set("pc-01", host).from(&origin(9));
        draft.site.set("name", "yes");
        let item: Vec<Value> = vec!["shell".into(), "a: b".into()];
        draft.site.map("menu").set("items", Value::List(item));
        assert_eq!(
            text_of(&draft),
            "name: \"yes\"

subnets:
  lan:
    cidr: 10.0.0.0/24  # dhcpd.conf:3
    # of the provider
    dns: [8.8.8.8, 1.1.1.1]
    raw:
      dhcpd: |  # dhcpd.conf:5 to 6
        ignore declines;

hosts:
  pc-01: { mac: \"52:54:00:12:34:56\", ip: 10.0.0.2 }  # dhcpd.conf:9

menu: { items: [shell, \"a: b\"] }
"
        );
    }

    proptest! {
        #[test]
        fn every_text_is_read_back(text in "[ -~\\n\\t\u{0}-\u{9f}é日\u{2028}\u{feff}]{0,12}", lines in "[ -~\\n\\té\u{85}]{0,30}") {
            let mut draft = Draft::default();
            draft.site.map("x").set(&text, text.as_str());
            draft.site.map("x").set("a key", Value::Lines(lines.clone()));
            let map = draft.site.map("y").map("z");
            map.set("list", Value::List(vec![Value::Lines(lines.clone()), Value::List(vec![text.as_str().into()])]));
            for yaml in [text_of(&draft), text_with_places(&draft).0] {
                let read: serde_json::Value = serde_yaml::from_str(&yaml).unwrap();
                prop_assert_eq!(read["x"][&text].as_str(), Some(&*if text == "a key" { lines.clone() } else { text.clone() }), "{}", yaml);
                prop_assert_eq!(read["x"]["a key"].as_str(), Some(&*lines), "{}", yaml);
                prop_assert_eq!(read["y"]["z"]["list"][0].as_str(), Some(&*lines), "{}", yaml);
                prop_assert_eq!(read["y"]["z"]["list"][1][0].as_str(), Some(&*text), "{}", yaml);
            }
        }
    }
}
