//! Settings of a script that always have one value, which is filled in where they are used.

use foldhash::HashMap;

use super::script::{Joint, Line};

/// The longest text that filling in may make. Settings can double at each step; no line of a menu is near this.
const LONGEST: usize = 4096;

/// Begins and ends a placeholder of site.yaml, before braces of the script are escaped.
pub(super) const OPEN: char = '\u{e000}';
/// See [`OPEN`].
pub(super) const CLOSE: char = '\u{e001}';

/// The settings by which our own script names servers, and the placeholders of site.yaml for them.
const OURS: [&str; 5] = ["http", "files", "nfs", "smb", "tftp"];

/// Settings with one value.
#[derive(Debug, Default)]
pub(super) struct Variables {
    values: HashMap<String, String>,
}

impl Variables {
    /// The settings that only one line of the script sets, if the line is among the first `before`, where no menu has
    /// been shown yet. `isset ${x} || set x value` counts as such a line: only another script could set `x` before.
    ///
    /// Returns also the indexes of these lines.
    pub(super) fn of(lines: &[Line], before: usize) -> (Self, Vec<usize>) {
        let mut times: HashMap<&str, usize> = HashMap::default();
        for command in lines.iter().flat_map(|line| &line.commands) {
            if let Some(name) = sets(command.name(), command.arguments()) {
                *times.entry(name).or_default() += 1;
            }
        }
        let (mut variables, mut used) = (Self::default(), Vec::new());
        for (index, line) in lines.iter().enumerate().take(before) {
            let Some((name, value)) = assignment(line) else { continue };
            let plain = name.split(':').next().unwrap_or_default();
            // The render sets the default again from an option of DHCP.
            if times.get(plain) == Some(&1) || name == "ipxegen.default" {
                let (name, value) = decoded(&name, &variables.fill(&value));
                variables.values.insert(name, value);
                used.push(index);
            }
        }
        (variables, used)
    }

    /// Sets a value, for the lines that follow in the same entry.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Option<String> {
        let (name, value) = decoded(name, value);
        self.values.insert(name, value)
    }

    /// The value of a setting.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A text with the known settings filled in.
    pub(super) fn fill(&self, text: &str) -> String {
        if !text.contains("${") {
            return text.to_owned();
        }
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, behind) = rest.split_at_checked(start).unwrap_or((rest, ""));
            filled.push_str(before);
            let inner = behind.get(2..).unwrap_or_default();
            let Some(end) = inner.find('}') else {
                rest = behind;
                break;
            };
            let name = inner.get(..end).unwrap_or_default();
            let plain = name.split(':').next().unwrap_or_default();
            match (self.get(plain), placeholder(plain)) {
                (_, Some(placeholder)) => filled.push_str(&placeholder),
                (Some(value), None) => filled.push_str(value),
                (None, None) => {
                    filled.push_str("${");
                    filled.push_str(name);
                    filled.push('}');
                }
            }
            rest = inner.get(end + 1..).unwrap_or_default();
            if filled.len() > LONGEST {
                return text.to_owned();
            }
        }
        filled.push_str(rest);
        filled
    }
}

/// The placeholder of site.yaml that our own script renders as this setting.
fn placeholder(name: &str) -> Option<String> {
    let ours = name.strip_prefix("ipxegen.")?;
    let known = OURS.contains(&ours) || ours.starts_with("var.");
    known.then(|| format!("{OPEN}{ours}{CLOSE}"))
}

/// The setting that a command changes.
fn sets<'w>(command: &str, arguments: &'w [String]) -> Option<&'w str> {
    let name = match command {
        "set" | "clear" | "read" | "inc" => arguments.first()?,
        "choose" => arguments.last()?,
        _ => return None,
    };
    Some(name.split(':').next().unwrap_or(name))
}

/// The setting and the value of a line that always sets it.
pub(super) fn assignment(line: &Line) -> Option<(String, String)> {
    let set = match line.commands.as_slice() {
        [set] => set,
        [isset, set] if isset.name() == "isset" && set.joint == Joint::Or => {
            let name = set.arguments().first()?;
            (isset.arguments().first()? == &format!("${{{name}}}")).then_some(set)?
        }
        _ => return None,
    };
    if set.name() != "set" {
        return None;
    }
    let (name, value) = set.arguments().split_first()?;
    Some((name.clone(), value.join(" ")))
}

/// A setting without its type, and its value: `set x:hex 20` is a blank.
fn decoded(name: &str, value: &str) -> (String, String) {
    let Some((name, kind)) = name.split_once(':') else { return (name.to_owned(), value.to_owned()) };
    let bytes = || -> Option<String> {
        let bytes: Option<Vec<u8>> =
            value.split([':', '-']).map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
        String::from_utf8(bytes?).ok()
    };
    let value = if kind == "hex" { bytes() } else { None }.unwrap_or_else(|| value.to_owned());
    (name.to_owned(), value)
}

/// A text for a value of site.yaml in which placeholders are filled: braces of its own are doubled, settings of iPXE stay.
pub(super) fn template(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    // How many `${` are open.
    let mut open = 0_usize;
    let mut dollar = false;
    for c in text.chars() {
        match c {
            '{' if dollar => {
                open += 1;
                escaped.push(c);
            }
            '}' if open > 0 => {
                open -= 1;
                escaped.push(c);
            }
            '{' | '}' => escaped.extend([c, c]),
            OPEN => escaped.push('{'),
            CLOSE => escaped.push('}'),
            c => escaped.push(c),
        }
        dollar = c == '$';
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::script::lines;
    use super::{Variables, template};

    #[test]
    fn constant_settings_are_filled_in() {
        let text = "set server 10.0.0.1\nset base http://${server}/x\nisset ${t} || set t 5\nset twice 1\nset sp:hex 20\nset twice 2\nset y ${net0/mac}";
        let lines = lines("m", text);
        let (variables, used) = Variables::of(&lines, lines.len());
        assert_eq!(used, [0, 1, 2, 4, 6]);
        assert_eq!(
            variables.fill("${base}/a ${t} ${twice} a${sp:string}b ${y:hexhyp} ${"),
            "http://10.0.0.1/x/a 5 ${twice} a b ${net0/mac} ${"
        );
        assert_eq!(template(&variables.fill("{a} ${b} ${ipxegen.http}/x }")), "{{a}} ${b} {http}/x }}");
    }

    #[test]
    fn settings_that_double_do_not_grow_without_end() {
        let text: String = (1..60).map(|i| format!("set a{i} ${{a{}}}${{a{}}}\n", i - 1, i - 1)).collect();
        let lines = lines("m", &format!("set a0 xxxxxxxxxxxxxxxx\n{text}"));
        let (variables, _) = Variables::of(&lines, lines.len());
        assert!(variables.fill("${a59}").len() <= 20_000);
    }
}
