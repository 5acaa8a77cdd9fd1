//! Invisible characters, which get into a text that is copied from a web page or a document.

/// The name of a character that is not shown, or is shown as a blank; none for any other.
#[must_use]
pub fn invisible_name(char: char) -> Option<&'static str> {
    Some(match char {
        '\u{a0}' => "U+00A0, no-break space",
        '\u{ad}' => "U+00AD, soft hyphen",
        '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{205f}' => "a space of another width than U+0020",
        '\u{200b}' => "U+200B, zero-width space",
        '\u{200c}' | '\u{200d}' => "U+200C or U+200D, zero-width joiner",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "a mark for the direction of text"
        }
        '\u{2028}' | '\u{2029}' => "a separator of lines or paragraphs",
        '\u{202f}' => "U+202F, narrow no-break space",
        '\u{2060}' => "U+2060, word joiner",
        '\u{3000}' => "U+3000, ideographic space",
        '\u{feff}' => "U+FEFF, byte order mark",
        _ => return None,
    })
}
