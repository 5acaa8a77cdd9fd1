//! The lines of an iPXE script, as `src/image/script.c` and `src/core/exec.c` of iPXE read them.
//!
//! A line that ends in a backslash continues in the next one, a comment too. Blanks separate words; there are no quotes.
//! A word that begins with `#` begins a comment; `||`, `&&` and `;` separate commands if they are words of their own. A
//! label ends at the first blank, and iPXE runs the rest of its line.

use super::super::origin::{Lines, Origin};

/// How a command depends on the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// It is the first of its line, or follows `;`.
    Always,
    /// It follows `&&`.
    And,
    /// It follows `||`.
    Or,
}

/// A command of a line.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// How it depends on the command before it.
    pub joint: Joint,
    /// Its name and arguments; none at all where a line ends in `||`, which ignores a failure.
    pub words: Vec<String>,
}

impl Command {
    /// Its name.
    pub(super) fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Its arguments.
    pub(super) fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// A line, with its continuations.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Where it begins.
    pub origin: Origin,
    /// The label at its beginning.
    pub label: Option<String>,
    /// The rest, without blanks at its ends.
    pub text: String,
    /// Its commands.
    pub commands: Vec<Command>,
}

impl Line {
    /// Whether one of its commands has this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.commands.iter().any(|command| command.name() == name)
    }
}

/// Reads a script.
pub(super) fn lines(file: &str, text: &str) -> Vec<Line> {
    let mut places = Lines::new(file, text);
    let mut all = Vec::new();
    let (mut start, mut joined, mut at) = (0, String::new(), 0);
    for raw in text.split_inclusive('\n') {
        let line = raw.strip_suffix('\n').unwrap_or(raw);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if joined.is_empty() {
            start = at;
        }
        at += raw.len();
        if let Some(part) = line.strip_suffix('\\') {
            joined.push_str(part);
            continue;
        }
        joined.push_str(line);
        push(&mut all, &mut places, start, &joined);
        joined.clear();
    }
    if !joined.is_empty() {
        push(&mut all, &mut places, start, &joined);
    }
    all
}

fn push(all: &mut Vec<Line>, places: &mut Lines<'_>, start: usize, text: &str) {
    // NUL ends the text of a line.
    let text = text.split('\0').next().unwrap_or_default().trim();
    let (label, text) = match text.strip_prefix(':') {
        None => (None, text),
        Some(rest) => {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (label, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
            (Some(label.to_owned()), rest.trim())
        }
    };
    let commands = commands(text);
    if label.is_some() || !commands.is_empty() {
        all.push(Line { origin: places.at(start), label, text: text.to_owned(), commands });
    }
}

/// The commands of a text.
fn commands(text: &str) -> Vec<Command> {
    let mut all = Vec::new();
    let mut command = Command { joint: Joint::Always, words: Vec::new() };
    let mut ended = true;
    for word in text.split_whitespace().take_while(|word| !word.starts_with('#')) {
        let joint = match word {
            "||" => Joint::Or,
            "&&" => Joint::And,
            ";" => Joint::Always,
            _ => {
                command.words.push(word.to_owned());
                ended = false;
                continue;
            }
        };
        let done = std::mem::replace(&mut command, Command { joint, words: Vec::new() });
        if !done.words.is_empty() || !all.is_empty() {
            all.push(done);
        }
        ended = joint == Joint::Always;
    }
    if !ended || !command.words.is_empty() {
        all.push(command);
    }
    all
}

/// The options of a command, and its other arguments. `known` lists the long name, the letter, and whether a value
/// follows. An option that is not known ends the options.
pub(super) fn options<'w>(
    words: &'w [String],
    known: &[(&'static str, char, bool)],
) -> (Vec<(&'static str, &'w str)>, &'w [String]) {
    let mut found = Vec::new();
    let mut rest = words;
    while let Some((word, behind)) = rest.split_first() {
        if word == "--" {
            return (found, behind);
        }
        let (name, inline) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.as_str(), None),
        };
        let is = |option: &&(&str, char, bool)| {
            name.strip_prefix("--") == Some(option.0)
                || name.strip_prefix('-').is_some_and(|letter| letter.chars().eq([option.1]))
        };
        let Some((long, _, takes)) = known.iter().find(is) else { break };
        rest = behind;
        match (takes, inline, behind.split_first()) {
            (false, ..) => found.push((*long, "")),
            (true, Some(value), _) => found.push((*long, value)),
            (true, None, Some((value, behind))) => {
                found.push((*long, value));
                rest = behind;
            }
            (true, None, None) => {}
        }
    }
    (found, rest)
}

#[cfg(test)]
mod tests {
    use super::{Joint, lines, options};

    #[test]
    fn a_script_is_read_as_ipxe_reads_it() {
        let text = "#!ipxe\n\n# a comment \\\nset swallowed 1\n:here set x a\\\n  b # c\nisset ${x} && goto a || goto b\nboot ||\n:end\n";
        let read: Vec<_> = lines("m", text)
            .into_iter()
            .map(|line| {
                let commands: Vec<_> =
                    line.commands.iter().map(|command| (command.joint, command.words.join(" "))).collect();
                (line.origin.line, line.label, commands)
            })
            .collect();
        let command = |joint, words: &str| (joint, words.to_owned());
        assert_eq!(
            read,
            [
                (5, Some("here".into()), vec![command(Joint::Always, "set x a b")]),
                (
                    7,
                    None,
                    vec![
                        command(Joint::Always, "isset ${x}"),
                        command(Joint::And, "goto a"),
                        command(Joint::Or, "goto b")
                    ]
                ),
                (8, None, vec![command(Joint::Always, "boot"), command(Joint::Or, "")]),
                (9, Some("end".into()), vec![]),
            ]
        );
    }

    #[test]
    fn options_have_both_forms() {
        let words: Vec<String> = "-k x --gap --key=y -- -z".split(' ').map(str::to_owned).collect();
        let (found, rest) = options(&words, &[("key", 'k', true), ("gap", 'g', false)]);
        assert_eq!(found, [("key", "x"), ("gap", ""), ("key", "y")]);
        assert_eq!(rest, ["-z"]);
    }
}
