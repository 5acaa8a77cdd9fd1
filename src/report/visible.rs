//! Text of the user's on its way to a terminal: nothing in it may move the cursor, change a
//! colour or turn the direction of reading.

use std::borrow::Cow;

/// Longest text that is shown of a message, a label or a help, in characters.
const LONGEST: usize = 2_000;

/// Whether a terminal would act on a character, or show nothing where something is.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'                        // soft hyphen
            | '\u{61c}'                     // Arabic letter mark
            | '\u{180e}'                    // Mongolian vowel separator
            | '\u{200b}'..='\u{200f}'       // zero-width space and joiners, direction marks
            | '\u{2028}'..='\u{202e}'       // line and paragraph separator, embeddings, overrides
            | '\u{2060}'..='\u{206f}'       // word joiner, isolates, deprecated format characters
            | '\u{feff}'                    // byte order mark
            | '\u{fff9}'..='\u{fffb}'       // interlinear annotation
            | '\u{e0000}'..='\u{e007f}') // tags
}

/// Appends a character in a form that can be seen: `␛` for an ASCII control character, four
/// blanks for a tab, `<U+202E>` for the rest of the [hidden](is_hidden) ones.
pub(super) fn push(text: &mut String, c: char) {
    match c {
        '\t' => text.push_str("    "),
        '\0'..='\u{1f}' => text.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
        '\u{7f}' => text.push('\u{2421}'),
        _ if is_hidden(c) => text.push_str(&format!("<U+{:04X}>", u32::from(c))),
        _ => text.push(c),
    }
}

/// One line of words: a message, a label, a file name.
pub fn line(text: &str) -> Cow<'_, str> {
    // Nothing of fewer bytes has more characters.
    if text.len() <= LONGEST && !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for (n, c) in text.chars().enumerate() {
        if n == LONGEST {
            shown.push_str("...");
            break;
        }
        push(&mut shown, c);
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn nothing_that_a_terminal_acts_on_is_left() {
        assert_eq!(line("a\u{1b}[31mb\r\n\u{7f}\t."), "a␛[31mb␍␊␡    .");
        assert_eq!(line("\u{9b}1m \u{202e}x\u{2069} \u{200f}"), "<U+009B>1m <U+202E>x<U+2069> <U+200F>");
        assert_eq!(line("Größe 日本語 🖥"), "Größe 日本語 🖥");
    }

    #[test]
    fn endless_text_is_cut() {
        let shown = line(&"é".repeat(1_000_000)).into_owned();
        assert_eq!(shown, "é".repeat(2_000) + "...");
        assert_eq!(line(&"é".repeat(2_000)), "é".repeat(2_000));
    }
}
