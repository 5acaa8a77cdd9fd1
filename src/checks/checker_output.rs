//! What checkers say, and which line they mean.

use std::path::{Path, PathBuf};

use super::web_server_harness;

/// What a checker said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The staged file, when it was named.
    pub file: Option<PathBuf>,
    /// The line that it is about.
    pub line: Line,
    pub text: String,
}

/// The line that a message is about, as far as it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing is known of it.
    Unknown,
    /// Its number, from 1.
    Number(usize),
    /// The first that holds this.
    Holding(String),
    /// A parameter of smb.conf.
    Parameter {
        /// The section that it stands in, without brackets.
        section: String,
        /// The words that are its key or its value.
        words: Vec<String>,
        /// How many lines like that come before it.
        before: usize,
    },
}

impl Message {
    /// Everything that was said, in words that nobody knows yet.
    pub(super) const fn unknown(text: String) -> Self {
        Self { file: None, line: Line::Unknown, text }
    }
}

/// The messages in what a checker said of files below a folder.
pub(super) fn messages(program: &str, said: &str, failed: bool, folder: &Path) -> Vec<Message> {
    match program {
        "dhcpd" => {
            let mut messages = numbered(said, " line ", folder);
            messages.extend(said.lines().filter_map(unopened));
            messages
        }
        "sh" => numbered(said, ": ", folder),
        "testparm" => testparm(said, failed),
        "nginx" => placed(said.lines().find_map(web_server_harness::nginx_said)),
        "apache2ctl" => placed(web_server_harness::apache_said(said)),
        "dnsmasq" => placed(said.lines().find_map(dnsmasq_said)),
        "kea-dhcp4" => placed(said.lines().find_map(|line| kea_said(line, folder))),
        _ => Vec::new(),
    }
}

/// A message that names its line.
fn placed(said: Option<(PathBuf, usize, String)>) -> Vec<Message> {
    let message = |(file, line, text)| Message { file: Some(file), line: Line::Number(line), text };
    said.into_iter().map(message).collect()
}

/// dhcpd ends at an `include` of what is not there, and names no line: `Can't open PATH: WHY`.
fn unopened(line: &str) -> Option<Message> {
    let (path, _) = line.strip_prefix("Can't open ")?.rsplit_once(": ")?;
    Some(Message { file: None, line: Line::Holding(format!("\"{path}\"")), text: line.to_owned() })
}

/// What dnsmasq says: `dnsmasq: TEXT at line LINE of PATH`.
fn dnsmasq_said(line: &str) -> Option<(PathBuf, usize, String)> {
    let (rest, path) = line.strip_prefix("dnsmasq: ")?.rsplit_once(" of ")?;
    let (text, number) = rest.rsplit_once(" at line ")?;
    Some((PathBuf::from(path), number.parse().ok()?, text.to_owned()))
}

/// What Kea says: `Syntax check failed with: PATH:LINE.COLUMN: TEXT`.
fn kea_said(line: &str, folder: &Path) -> Option<(PathBuf, usize, String)> {
    let place = line.get(line.find(folder.to_str()?)?..)?;
    let (path, rest) = place.split_once(':')?;
    let (number, rest) = rest.split_once('.')?;
    let (_, text) = rest.split_once(": ")?;
    Some((PathBuf::from(path), number.parse().ok()?, text.to_owned()))
}

/// Messages of the form `PATH<between>LINE: TEXT`.
fn numbered(said: &str, between: &str, folder: &Path) -> Vec<Message> {
    let of = |line: &str| {
        let rest = line.strip_prefix(folder.to_str()?)?;
        let (path, rest) = rest.split_once(between)?;
        let (number, text) = rest.split_once(": ")?;
        let file = folder.join(path.trim_start_matches('/'));
        let line = Line::Number(number.parse().ok()?);
        Some(Message { file: Some(file), line, text: text.trim().to_owned() })
    };
    let mut messages: Vec<Message> = Vec::new();
    for message in said.lines().filter_map(of) {
        // dhcpd's last word on a file that it includes, whose mistakes it has named.
        if message.text.ends_with(": bad parse.") && !messages.is_empty() {
            continue;
        }
        // dhcpd stumbles on over the rest of a line; the first word on it is the one that helps.
        let known = |known: &Message| known.file == message.file && known.line == message.line;
        if !messages.last().is_some_and(known) {
            messages.push(message);
        }
    }
    messages
}

/// What testparm says of a file in which nothing is wrong, by its beginning.
const IDLE: &[&str] = &[
    "Load smb config files from",
    "Loaded services file OK",
    "Weak crypto is allowed",
    "Server role:",
    "Press enter",
    "rlimit_max:",
    // Says again what the line before has said.
    "Ignoring unknown parameter",
    // Says that the line before was an error.
    "Error loading services",
];

/// testparm names parameters and values, and at debug level 2 the sections as it comes to them. The
/// words are those of lib/param/loadparm.c and source3/param/loadparm.c of Samba 4.17.
fn testparm(said: &str, failed: bool) -> Vec<Message> {
    let mut section = "global".to_owned();
    let mut messages: Vec<Message> = Vec::new();
    for line in said.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("Processing section \"[") {
            name.trim_end_matches("]\"").clone_into(&mut section);
            continue;
        }
        if line.is_empty() || IDLE.iter().any(|idle| line.starts_with(idle)) {
            continue;
        }
        let words = parameter(line);
        let line_of = |before| Line::Parameter { section: section.clone(), words: words.clone(), before };
        let before = (0..).find(|nth| !messages.iter().any(|known| known.line == line_of(*nth)));
        let place = if words.is_empty() { Line::Unknown } else { line_of(before.unwrap_or_default()) };
        messages.push(Message { file: None, line: place, text: line.trim_end_matches('.').to_owned() });
    }
    if failed && messages.len() > 1 {
        // It stops at the error, so that one is the last; the others are warnings about the same file.
        messages.drain(..messages.len() - 1);
    }
    messages
}

/// The keys and values that a message of testparm's names.
fn parameter(line: &str) -> Vec<String> {
    let between = |from: &str, to: &str| Some(line.split_once(from)?.1.split_once(to)?.0);
    // `Global parameter x found in service section!`
    let one = between("lobal parameter ", " found in service section")
        // `set_variable_helper(x): value is not boolean!`
        .or_else(|| between("set_variable_helper(", ")"))
        .or_else(|| line.strip_prefix("Invalid octal number "));
    if let Some(word) = one {
        return vec![word.to_owned()];
    }
    // `Unknown parameter encountered: "x"`, `Ignoring invalid value 'x' for parameter 'y'`
    let quote = if line.contains('"') { '"' } else { '\'' };
    line.split(quote).skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Line, messages, parameter, testparm};

    #[test]
    fn lines_are_named_by_number() {
        let said = "Config\n/tmp/x/boot/a line 3: b: c\nd\n ^\n/tmp/x/boot/a line 3: e\n/y line 4: z\n";
        let found = messages("dhcpd", said, true, Path::new("/tmp/x"));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].text.as_str(), &found[0].line), ("b: c", &Line::Number(3)));
        assert_eq!(found[0].file.as_deref(), Some(Path::new("/tmp/x/boot/a")));
        let said_there =
            "For info, please visit x\nCan't open /a: b.conf: No such file or directory\nexiting.\n";
        let found = messages("dhcpd", said_there, true, Path::new("/tmp/x"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, Line::Holding("\"/a: b.conf\"".to_owned()));
        let found = messages("sh", "/tmp/x/a: 2: Syntax error: b", true, Path::new("/tmp/x"));
        assert_eq!((found[0].text.as_str(), &found[0].line), ("Syntax error: b", &Line::Number(2)));
        // dnsmasq 2.90 and Kea 2.2, of `dhcp-range=x` and `{ "Dhcp4": { "foo": 1 }}`.
        let said_by = |program: &str, said: &str| {
            let found = messages(program, said, true, Path::new("/tmp/x")).pop().unwrap();
            assert_eq!(found.file.as_deref(), Some(Path::new("/tmp/x/a")));
            (found.line, found.text)
        };
        let said_there = "dnsmasq: bad dhcp-range at line 1 of /tmp/x/a";
        assert_eq!(said_by("dnsmasq", said_there), (Line::Number(1), "bad dhcp-range".to_owned()));
        let said_there =
            "Syntax check failed with: /tmp/x/a:1.14-18: got unexpected keyword \"foo\" in Dhcp4 map.";
        let text = "got unexpected keyword \"foo\" in Dhcp4 map.".to_owned();
        assert_eq!(said_by("kea-dhcp4", said_there), (Line::Number(1), text));
        assert_eq!(messages("tgt-admin", said, true, Path::new("/tmp/x")), []);
    }

    /// Said by testparm 4.17 at debug level 2.
    #[test]
    fn testparm_is_read_by_its_words() {
        let said = "Load smb config files from x\nUnknown parameter encountered: \"foo\"\n\
                    Ignoring unknown parameter \"foo\"\nProcessing section \"[iso]\"\n\
                    Unknown parameter encountered: \"foo\"\nIgnoring unknown parameter \"foo\"\n\
                    Unknown parameter encountered: \"foo\"\nIgnoring unknown parameter \"foo\"\n\
                    Loaded services file OK.\n";
        let lines: Vec<_> = testparm(said, false).into_iter().map(|message| message.line).collect();
        let foo = |section: &str, before| Line::Parameter {
            section: section.to_owned(),
            words: vec!["foo".to_owned()],
            before,
        };
        assert_eq!(lines, [foo("global", 0), foo("iso", 0), foo("iso", 1)]);
        let said = "Unknown parameter encountered: \"foo\"\nset_variable_helper(maybe): value is not boolean!\nError loading services.\n";
        let found = testparm(said, true);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, "set_variable_helper(maybe): value is not boolean!");
        for (line, words) in [
            ("set_variable_helper(maybe): value is not boolean!", vec!["maybe"]),
            ("Global parameter log level found in service section!", vec!["log level"]),
            ("Invalid octal number create mask", vec!["create mask"]),
            ("WARNING: Ignoring invalid value 'a b' for parameter 'security'", vec!["a b", "security"]),
            ("WARNING: nothing that is known", vec![]),
        ] {
            assert_eq!(parameter(line), words, "{line}");
        }
    }
}
