//! Text from the site in a comment.

use super::characters::is_hidden;

/// The text in a form that is safe behind a `#`, on one line, in every language.
///
/// Line breaks and other hidden characters are made visible. A final backslash gets a full stop behind it. Without it,
/// iPXE scripts (core/script.c), exports (`xgetc` in support/nfs/xio.c) and systemd's environment files
/// (`COMMENT_ESCAPE` in basic/env-file.c) would join the next line to the comment and so hide a line that ipxegen wrote.
#[must_use]
pub fn comment(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.trim_end().chars() {
        if is_hidden(c) { line.extend(c.escape_default()) } else { line.push(c) }
    }
    if line.ends_with('\\') {
        line.push('.');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::comment;

    #[test]
    fn one_line_that_ends_here() {
        assert_eq!(comment("room 4, left"), "room 4, left");
        assert_eq!(comment("a\nchain http://evil\r\n"), r"a\nchain http://evil");
        assert_eq!(comment("C:\\"), r"C:\.");
        assert_eq!(comment("C:\\ "), r"C:\.");
        assert_eq!(comment("\u{202e}x\0"), r"\u{202e}x\u{0}");
    }
}
