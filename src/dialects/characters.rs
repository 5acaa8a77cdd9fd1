//! Characters: which a language allows, and how a message shows them.

use crate::invalid_value::InvalidValue;

/// Rejects the first character that `allowed` rejects. `what` names the part of the language, for the message.
pub(super) fn allow_only(text: &str, what: &str, allowed: impl Fn(char) -> bool) -> Result<(), InvalidValue> {
    match text.char_indices().find(|&(_, c)| !allowed(c)) {
        None => Ok(()),
        Some((at, c)) => {
            Err(InvalidValue::at(at, format!("{} is not allowed in {what}: {}", visible(text), name(c))))
        }
    }
}

/// The character as a message names it.
pub(super) fn name(c: char) -> String {
    match c {
        '\n' => "it has a line break".into(),
        ' ' => "it has a blank".into(),
        '`' => "it has a backquote".into(),
        c if is_hidden(c) => format!("it has the invisible character U+{:04X}", u32::from(c)),
        c => format!("it has `{c}`"),
    }
}

/// Characters that people do not see, or that change how they see others: controls, and the marks
/// of width zero and of direction (the "trojan source" of CVE-2021-42574).
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The text in double quotes, its invisible characters made visible, cut when it is long.
#[must_use]
pub fn visible(text: &str) -> String {
    const LONG: usize = 72;
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push('"');
    for (count, c) in text.chars().enumerate() {
        if count == LONG {
            shown.push('…');
            break;
        }
        if is_hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(visible("a\nb\u{202e}\u{1b}[0m"), r#""a\nb\u{202e}\u{1b}[0m""#);
        assert_eq!(visible(&"x".repeat(100)).chars().count(), 75);
    }
}
