//! How cmd.exe reads a line of a batch file.

/// The words of a line of a batch file: `%` first, then quotes, then for a program backslashes before a
/// quote. None where the line would do anything else.
pub(super) fn words(line: &str, program: bool) -> Option<Vec<String>> {
    let mut expanded = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '%' && chars.next() != Some('%') {
            return None;
        }
        expanded.push(c);
    }
    let (mut words, mut word, mut quoted, mut some) = (Vec::new(), String::new(), false, false);
    let mut slashes = 0;
    for c in expanded.chars() {
        let escaped = program && c == '"' && slashes % 2 == 1;
        if program && c == '"' {
            word.truncate(word.len() - slashes + slashes / 2);
        }
        slashes = if c == '\\' { slashes + 1 } else { 0 };
        match c {
            '"' if !escaped => (quoted, some) = (!quoted, true),
            ' ' if !quoted => {
                if some {
                    words.push(std::mem::take(&mut word));
                }
                some = false;
            }
            '&' | '|' | '<' | '>' | '(' | ')' | '^' if !quoted => return None,
            c if c.is_control() || !c.is_ascii() => return None,
            c => {
                word.push(c);
                some = true;
            }
        }
    }
    if some {
        words.push(word);
    }
    (!quoted).then_some(words)
}
