//! iPXE scripts, as image/script.c, core/exec.c and core/settings.c read them.

use std::collections::{BTreeMap, BTreeSet};

/// A line with a command.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number in the file.
    pub number: usize,
    /// The label in front of it.
    pub label: Option<String>,
    /// Its words before any expansion, comment dropped.
    pub words: Vec<String>,
}

/// A script taken apart.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its lines, empty ones and comments dropped.
    pub lines: Vec<Line>,
    /// The settings that it sets to a fixed text of bytes (`set x:hex …`).
    pub texts: BTreeMap<String, String>,
}

impl Script {
    /// Reads a script; a mistake that iPXE would stop at is an error.
    pub fn read(text: &str) -> Result<Self, String> {
        if !text.starts_with("#!ipxe\n") {
            return Err("the first line is not #!ipxe".to_owned());
        }
        if text.contains('\0') {
            return Err("a NUL ends the script".to_owned());
        }
        let mut script = Self { lines: Vec::new(), texts: BTreeMap::new() };
        for (at, line) in text.lines().enumerate() {
            let number = at + 1;
            if line.len() >= 1024 {
                return Err(format!("line {number} has {} bytes", line.len()));
            }
            // It would take the next line along, in a comment too.
            if line.ends_with('\\') {
                return Err(format!("line {number} ends in a backslash"));
            }
            let mut words = line.split([' ', '\t', '\r', '\u{b}', '\u{c}']).filter(|word| !word.is_empty());
            let mut words: Vec<String> =
                words.by_ref().take_while(|word| !word.starts_with('#')).map(str::to_owned).collect();
            let label = words.first().and_then(|word| word.strip_prefix(':')).map(str::to_owned);
            if label.is_some() {
                words.remove(0);
            }
            if let [set, name, bytes] = words.as_slice()
                && set == "set"
                && let Some(name) = name.strip_suffix(":hex")
            {
                let bytes =
                    bytes.split(':').map(|byte| u8::from_str_radix(byte, 16)).collect::<Result<Vec<_>, _>>();
                let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or("not hex")?;
                script.texts.insert(name.to_owned(), text);
            }
            if label.is_some() || !words.is_empty() {
                script.lines.push(Line { number, label, words });
            }
        }
        Ok(script)
    }

    /// Mistakes in the script as a whole, such as missing labels.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut labels = BTreeSet::new();
        for line in &self.lines {
            if let Some(label) = &line.label
                && !labels.insert(label.clone())
            {
                faults.push(format!("line {}: the label `{label}` is there already", line.number));
            }
        }
        let mut set = BTreeSet::new();
        let mut before: Option<&Line> = None;
        for line in &self.lines {
            // A label is no block: what is above runs into it. Only the first one of all may be.
            if let (Some(label), Some(before)) = (&line.label, before)
                && !ends(before)
                && label != "ipxegen.menu"
                && label.starts_with("ipxegen.")
            {
                faults.push(format!("line {}: falls through into `{label}`", line.number));
            }
            for command in commands(&line.words) {
                match command {
                    [goto, label, ..]
                        if goto == "goto" && !label.contains("${") && !labels.contains(label) =>
                    {
                        faults.push(format!("line {}: there is no label `{label}`", line.number));
                    }
                    [set_, name, ..] if set_ == "set" => {
                        set.insert(name.split(':').next().unwrap_or_default().to_owned());
                    }
                    [choose, .., name] if choose == "choose" => {
                        set.insert(name.clone());
                    }
                    _ => {}
                }
                for used in command.iter().flat_map(|word| used(word)) {
                    if used.starts_with("ipxegen.") && !set.contains(&used) {
                        faults.push(format!("line {}: `{used}` is not set before", line.number));
                    }
                }
            }
            before = Some(line);
        }
        if before.is_some_and(|line| !ends(line)) {
            faults.push("the script runs out at its end".to_owned());
        }
        faults
    }

    /// Blocks of entries: a label, and the lines up to the next label that is an entry or ours.
    pub fn falls_into(&self, entries: &BTreeSet<String>) -> Vec<String> {
        let pairs = self.lines.iter().zip(self.lines.iter().skip(1));
        pairs
            .filter(|(before, line)| {
                line.label.as_ref().is_some_and(|label| entries.contains(label)) && !ends(before)
            })
            .filter_map(|(_, line)| line.label.clone())
            .collect()
    }

    /// The words of a line after a command's own, as iPXE shows them: expanded and joined.
    pub fn shown(&self, words: &[String]) -> String {
        words.iter().map(|word| self.expanded(word)).collect::<Vec<_>>().join(" ")
    }

    fn expanded(&self, word: &str) -> String {
        let mut word = word.to_owned();
        while let Some(start) = word.rfind("${") {
            let Some(length) = word[start..].find('}') else { break };
            let inner = &word[start + 2..start + length];
            let name = inner.split(':').next().unwrap_or_default();
            let value = self.texts.get(name).cloned().unwrap_or_else(|| format!("<{inner}>"));
            word.replace_range(start..=start + length, &value);
        }
        word
    }
}

/// A menu as a run shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub title: String,
    /// Label, text and hot key; of a gap only the text.
    pub items: Vec<(Option<String>, String, Option<String>)>,
    pub default: Option<String>,
    /// In milliseconds.
    pub timeout: Option<u64>,
}

/// What a client does with a script while nobody presses a key.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The menu at which it waits, or whose timeout it waits for.
    pub menu: Option<Seen>,
    /// The label at which it goes on; that of the selected item if it waits for ever.
    pub goes_to: Option<String>,
    /// The commands behind that label that load or start something, expanded.
    pub commands: Vec<Vec<String>>,
}

impl Script {
    /// The labels of menus.
    pub fn menus(&self) -> Vec<String> {
        let pairs = self.lines.iter().zip(self.lines.iter().skip(1));
        let first = |line: &Line| line.words.first().cloned();
        let is_menu = |line: &Line| matches!(first(line).as_deref(), Some("menu" | "imgfree"));
        let labels = pairs.filter(|(label, next)| label.words.is_empty() && is_menu(next));
        labels.filter_map(|(label, _)| label.label.clone()).collect()
    }

    /// Runs the script from a label, or from its start. `given` are the settings from outside.
    pub fn run(&self, from: Option<&str>, given: &BTreeMap<String, String>) -> Run {
        let mut settings = given.clone();
        settings.extend(self.texts.iter().map(|(name, text)| (name.clone(), text.clone())));
        let mut run = Run::default();
        let mut seen = Seen::default();
        let label = |name: &str| self.lines.iter().position(|line| line.label.as_deref() == Some(name));
        let mut at = from.map_or(0, |from| label(from).expect(from));
        // The settings are in front of all menus.
        if from.is_some() {
            for line in self.lines.iter().take_while(|line| line.label.is_none()) {
                for_each_command(&line.words, |words| command(words, &mut settings, &mut seen, &mut run).0);
            }
            run = Run::default();
            seen = Seen::default();
        }
        for _ in 0..10_000 {
            let Some(line) = self.lines.get(at) else { return run };
            at += 1;
            let mut jump = None;
            let mut over = false;
            for_each_command(&line.words, |words| {
                if jump.is_some() || over {
                    return true;
                }
                let (success, went) = command(words, &mut settings, &mut seen, &mut run);
                match went {
                    Went::On => {}
                    Went::To(name) => jump = Some(name),
                    Went::Over => over = true,
                }
                success
            });
            if over {
                return run;
            }
            if let Some(name) = jump {
                // An entry that is over goes back to the menu.
                if run.goes_to.is_some() && name == "ipxegen.menu" {
                    return run;
                }
                if !name.starts_with("ipxegen.") && run.goes_to.is_none() {
                    run.goes_to = Some(name.clone());
                }
                at = label(&name).unwrap_or_else(|| panic!("no label {name}"));
            }
        }
        panic!("the script does not end");
    }
}

enum Went {
    On,
    To(String),
    Over,
}

/// Runs the commands of a line, each under the condition of the operator before it (core/exec.c).
fn for_each_command(words: &[String], mut run: impl FnMut(&[String]) -> bool) {
    let (mut success, mut wanted) = (true, true);
    let mut rest = words;
    loop {
        let end = rest.iter().position(|word| matches!(word.as_str(), "||" | "&&" | ";"));
        let now = &rest[..end.unwrap_or(rest.len())];
        if wanted {
            success = now.is_empty() || run(now);
        }
        let Some(end) = end else { return };
        wanted = match rest[end].as_str() {
            "&&" => success,
            "||" => !success,
            _ => true,
        };
        rest = &rest[end + 1..];
    }
}

fn command(
    words: &[String],
    settings: &mut BTreeMap<String, String>,
    seen: &mut Seen,
    run: &mut Run,
) -> (bool, Went) {
    let words: Vec<String> =
        words.iter().map(|word| filled(word, settings)).filter(|word| !word.is_empty()).collect();
    let rest = words.get(1..).unwrap_or_default();
    let went = match words[0].as_str() {
        "set" => {
            let name = rest[0].split(':').next().unwrap().to_owned();
            if !rest[0].ends_with(":hex") {
                settings.insert(name, rest[1..].join(" "));
            }
            Went::On
        }
        "clear" => {
            settings.remove(&rest[0]);
            Went::On
        }
        "isset" => return (!rest.is_empty(), Went::On),
        "iseq" => return (rest.len() == 2 && rest[0] == rest[1], Went::On),
        // Nobody presses a key.
        "prompt" => return (false, Went::On),
        "menu" => {
            let title = rest.strip_prefix(&["--".to_owned()][..]).unwrap_or(rest);
            *seen = Seen { title: title.join(" "), ..Seen::default() };
            Went::On
        }
        "item" => {
            seen.items.push(item(rest));
            Went::On
        }
        "choose" => {
            let value =
                |option: &str| rest.iter().position(|word| word == option).map(|at| rest[at + 1].clone());
            seen.default = value("--default");
            seen.timeout = value("--timeout").map(|millis| millis.parse().unwrap());
            let ids: Vec<_> = seen.items.iter().filter_map(|(id, ..)| id.clone()).collect();
            let chosen = ids.iter().find(|id| Some(*id) == seen.default.as_ref()).or(ids.first()).cloned();
            // An entry that leads to another menu.
            if run.goes_to.is_some() {
                return (true, Went::Over);
            }
            run.menu = Some(seen.clone());
            let Some(chosen) = chosen else { return (false, Went::Over) };
            settings.insert(rest.last().unwrap().clone(), chosen);
            Went::On
        }
        "goto" => Went::To(rest[0].clone()),
        "exit" => {
            run.commands.push(words);
            Went::Over
        }
        "imgfree" | "echo" | "sanunhook" | "cpuid" => Went::On,
        "boot" => {
            run.commands.push(words);
            Went::Over
        }
        _ => {
            run.commands.push(words);
            Went::On
        }
    };
    (true, went)
}

fn item(words: &[String]) -> (Option<String>, String, Option<String>) {
    if words.first().is_some_and(|word| word == "--gap") {
        let text = words[1..].strip_prefix(&["--".to_owned()][..]).unwrap_or(&words[1..]);
        return (None, text.join(" "), None);
    }
    let (key, words) = match words {
        [option, key, rest @ ..] if option == "--key" => (Some(key.clone()), rest),
        _ => (None, words),
    };
    (Some(words[0].clone()), words[1..].join(" "), key)
}

/// A word with its settings filled in; one that is not set is empty.
fn filled(word: &str, settings: &BTreeMap<String, String>) -> String {
    let mut word = word.to_owned();
    while let Some(start) = word.rfind("${") {
        let Some(length) = word[start..].find('}') else { break };
        let inner = &word[start + 2..start + length];
        let name = inner.split(':').next().unwrap_or_default();
        let value = settings.get(inner).or_else(|| settings.get(name)).cloned().unwrap_or_default();
        word.replace_range(start..=start + length, &value);
    }
    word
}

/// Whether iPXE never goes on behind a line: its last command always leaves, and no earlier command of the line
/// can skip it.
fn ends(line: &Line) -> bool {
    let commands = commands(&line.words);
    let leaves = |command: &[String]| matches!(command.first().map(String::as_str), Some("goto" | "exit"));
    match commands.as_slice() {
        [one] => leaves(one),
        // `… && goto a || goto b`: whatever happens, it leaves.
        [.., one, other] => leaves(one) && leaves(other),
        [] => false,
    }
}

/// The commands of a line.
fn commands(words: &[String]) -> Vec<&[String]> {
    let split = words.split(|word| matches!(word.as_str(), "||" | "&&" | ";"));
    split.filter(|command| !command.is_empty()).collect()
}

/// The settings that a word names.
fn used(word: &str) -> Vec<String> {
    let names = word.match_indices("${").map(|(at, _)| &word[at + 2..]);
    names.map(|rest| rest.split(['}', ':', '$']).next().unwrap_or_default().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::Script;

    #[test]
    fn faults_are_found() {
        let faults =
            |text: &str| Script::read(&format!("#!ipxe\n{text}")).map(|script| script.faults().len());
        assert_eq!(faults(":a\ngoto a\n"), Ok(0));
        assert_eq!(faults("goto b\n"), Ok(1));
        assert_eq!(faults(":a\n:a\ngoto a\n"), Ok(1));
        assert_eq!(faults("echo\n:ipxegen.failed\ngoto ipxegen.failed\n"), Ok(1));
        assert_eq!(faults("echo ${ipxegen.x}\nexit\n"), Ok(1));
        assert_eq!(faults("set ipxegen.x y\necho ${ipxegen.x}\nexit\n"), Ok(0));
        assert_eq!(faults("echo end\n"), Ok(1));
        assert!(faults("echo \\\nexit\n").is_err());
        assert!(faults(&format!("echo {}\nexit\n", "x".repeat(1024))).is_err());
        assert!(Script::read("\u{feff}#!ipxe\n").is_err());
    }
}
