//! How iPXE reads a line of a script.

use std::collections::HashMap;

/// `system()` of core/exec.c and `expand_settings`, for one line: the words that a command gets.
/// None when the line is more than one command, or ends in a comment or a continuation. `prelude`
/// holds the settings that stand for what no line can hold.
pub(super) fn words(prelude: &str, line: &str) -> Option<Vec<String>> {
    let settings: HashMap<String, String> = prelude
        .lines()
        .filter_map(|line| {
            let (name, hex) = line.strip_prefix("set ")?.split_once(":hex ")?;
            let bytes = hex.split(':').map(|byte| u8::from_str_radix(byte, 16).map(char::from));
            Some((format!("{name}:string"), bytes.collect::<Result<_, _>>().ok()?))
        })
        .collect();
    if line.ends_with('\\') || line.contains('\n') {
        return None;
    }
    let mut words = Vec::new();
    for token in line.split([' ', '\t', '\x0b', '\x0c', '\r']).filter(|token| !token.is_empty()) {
        if token.starts_with('#') || ["||", "&&", ";"].contains(&token) {
            return None;
        }
        let mut token = token.to_owned();
        while let Some((head, tail)) = token.rsplit_once("${") {
            let Some((name, tail)) = tail.split_once('}') else { break };
            let value = settings.get(name).map(String::as_str).unwrap_or_default();
            token = format!("{head}{value}{tail}");
        }
        words.push(token);
    }
    Some(words)
}
