//! Makes a user's text safe for a terminal: no character may move the cursor, change a colour or reverse the direction
//! of reading.

use std::borrow::Cow;
use std::io::{self, Write};

/// Longest text that is shown of a message, a label or a help, in characters.
const LONGEST: usize = 2_000;

/// Whether a terminal would act on a character, or would not show it.
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

/// The visible form of one line: a message, a label, a file name.
pub fn line(text: &str) -> Cow<'_, str> {
    // A text has at most as many characters as bytes, and most texts are ASCII.
    let is_plain = || text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.chars().any(is_hidden);
    if text.len() <= LONGEST && is_plain() {
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

/// Writes text to a terminal, and shows every character that the terminal would act on in a visible form. Line feeds and
/// tabs pass; a byte that is not UTF-8 becomes U+FFFD.
pub struct Visible<W: Write> {
    out: W,
    /// The start of a character whose other bytes are still to come.
    rest: Vec<u8>,
}

impl<W: Write> Visible<W> {
    /// Shows text on `out`.
    pub const fn new(out: W) -> Self {
        Self { out, rest: Vec::new() }
    }
}

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut given = std::mem::take(&mut self.rest);
        given.extend_from_slice(bytes);
        let mut text = String::with_capacity(given.len());
        let mut chunks = given.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            for c in chunk.valid().chars() {
                if matches!(c, '\n' | '\t') { text.push(c) } else { push(&mut text, c) }
            }
            let invalid = chunk.invalid();
            let may_go_on = std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if chunks.peek().is_none() && may_go_on {
                self.rest = invalid.to_vec();
            } else if !invalid.is_empty() {
                text.push('\u{fffd}');
            }
        }
        self.out.write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write> Drop for Visible<W> {
    fn drop(&mut self) {
        // An incomplete character at the end. The last flush reported errors.
        if !self.rest.is_empty() {
            let _ = self.out.write_all("\u{fffd}".as_bytes());
            let _ = self.out.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{Visible, line};

    #[test]
    fn a_terminal_gets_text_that_it_cannot_act_on_however_it_is_cut() {
        let text = "a\u{1b}[2J\r\n\tGr\u{f6}\u{df}e \u{202e}\u{9b}\u{1f5a5}.".as_bytes();
        let given = [text, b"\xff\xe2\x80|\xe2\x80"].concat();
        for size in 1..given.len() {
            let mut shown = Vec::new();
            let mut out = Visible::new(&mut shown);
            for piece in given.chunks(size) {
                out.write_all(piece).unwrap();
            }
            drop(out);
            let shown = String::from_utf8(shown).unwrap();
            assert_eq!(shown, "a␛[2J␍\n\tGröße <U+202E><U+009B>🖥.\u{fffd}\u{fffd}|\u{fffd}", "{size}");
        }
    }

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
