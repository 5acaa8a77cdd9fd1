//! Refuses a literal inside another literal: `"{{ name | q }}"` ends the template's own string, and the rest of the
//! value is configuration.
//!
//! A filter cannot know what the template has written before it, so a printed literal that has quotation marks
//! carries a place mark ([`place_mark`]) until the file is written. [`StringReader`] follows the file's strings and
//! comments as its language has them, takes the marks out, and refuses a marked literal inside a string.

/// Begins a place mark. Every filter refuses or escapes control characters.
const MARK: u8 = 3;
/// The digits after it: two places of eight hexadecimal digits.
const DIGITS: usize = 16;

/// How a language delimits strings and comments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strings {
    delimiters: &'static [u8],
    /// A string may hold line breaks.
    over_lines: bool,
    /// The places where a `#` begins a comment, which ends with its line.
    comments: Comments,
    /// The escape character in a string, and outside of strings: the next byte has no special meaning.
    escapes: [Option<u8>; 2],
    /// A string in `'` has no escapes.
    raw_single: bool,
    /// Inside of a word a quotation mark is a plain character.
    begins_words: bool,
    /// The language is not known: each line is read by itself.
    is_unknown: bool,
}

/// The places where a `#` begins a comment.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Comments {
    Nowhere,
    Anywhere,
    /// Not inside of a word.
    BeforeWords,
    /// As the first character of a line that is no blank.
    OnLines,
}

const BACKSLASH: Option<u8> = Some(b'\\');

impl Strings {
    /// No quotation mark means anything.
    pub(super) const NONE: Self = Self {
        delimiters: b"",
        over_lines: false,
        comments: Comments::Nowhere,
        escapes: [None, None],
        raw_single: false,
        begins_words: false,
        is_unknown: false,
    };
    /// A file in a language that ipxegen does not know.
    pub(super) const UNKNOWN: Self =
        Self { delimiters: b"\"'", escapes: [BACKSLASH, BACKSLASH], is_unknown: true, ..Self::NONE };
    /// dhcpd: `read_string` and `get_token` of common/conflex.c.
    pub(super) const DHCPD: Self = Self {
        delimiters: b"\"",
        over_lines: true,
        comments: Comments::Anywhere,
        escapes: [BACKSLASH, None],
        ..Self::NONE
    };
    /// A shell, and what systemd reads as one.
    pub(super) const SHELL: Self = Self {
        delimiters: b"\"'",
        over_lines: true,
        comments: Comments::BeforeWords,
        escapes: [BACKSLASH, BACKSLASH],
        raw_single: true,
        ..Self::NONE
    };
    /// nginx: `ngx_conf_read_token` of core/ngx_conf_file.c.
    pub(super) const NGINX: Self = Self { raw_single: false, begins_words: true, ..Self::SHELL };
    /// Apache: `ap_getword_conf` of server/util.c; its lines that begin with `#` are comments.
    pub(super) const APACHE: Self =
        Self { over_lines: false, comments: Comments::OnLines, escapes: [BACKSLASH, None], ..Self::NGINX };
    /// tmpfiles.d: `extract_first_word` of basic/extract-word.c.
    pub(super) const TMPFILES: Self =
        Self { over_lines: false, comments: Comments::OnLines, raw_single: false, ..Self::SHELL };
    /// dnsmasq: `one_file` of option.c.
    pub(super) const DNSMASQ: Self =
        Self { delimiters: b"\"", comments: Comments::BeforeWords, escapes: [BACKSLASH, None], ..Self::NONE };
    /// exports: `xgettok` of support/nfs/xio.c.
    pub(super) const EXPORTS: Self = Self { escapes: [None, None], ..Self::DNSMASQ };
    /// JSON.
    pub(super) const JSON: Self = Self { comments: Comments::Nowhere, ..Self::DNSMASQ };
    /// Batch files.
    pub(super) const CMD: Self = Self { escapes: [None, Some(b'^')], ..Self::JSON };
    /// Tables.
    pub(super) const CSV: Self = Self { over_lines: true, escapes: [None, None], ..Self::JSON };
    /// PowerShell.
    pub(super) const POWERSHELL: Self = Self { escapes: [Some(b'`'), Some(b'`')], ..Self::SHELL };
}

/// Marks a literal with the place of the template that prints it, if it may not be inside another one.
pub(super) fn place_mark(literal: &str, start: u32, end: u32) -> Option<String> {
    let quoted = literal.contains(['"', '\'', '`']);
    quoted.then(|| format!("{}{start:08x}{end:08x}{literal}", char::from(MARK)))
}

/// The literal without its place marks.
pub(super) fn without_marks(text: &str) -> String {
    let mut parts = text.split(char::from(MARK));
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.get(DIGITS..).unwrap_or_default());
    }
    plain
}

#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Nothing,
    String(u8),
    Comment,
}

/// Follows the strings of a file while it is written.
#[derive(Clone, Copy)]
pub struct StringReader {
    strings: Strings,
    inside: Inside,
    /// The byte before was the escape character.
    escaped: bool,
    last: u8,
    /// There were only blanks on this line.
    is_fresh: bool,
}

impl StringReader {
    pub(super) const fn new(strings: Strings) -> Self {
        Self { strings, inside: Inside::Nothing, escaped: false, last: b'\n', is_fresh: true }
    }

    /// Whether the next byte is inside a string.
    #[must_use]
    pub const fn is_inside(&self) -> bool {
        matches!(self.inside, Inside::String(_))
    }

    /// Reads on, and gives the text without its marks.
    ///
    /// # Errors
    /// With the place that a mark names, when it is inside a string.
    pub fn read(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), (u32, u32)> {
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            if byte == MARK {
                let place = text.get(at + 1..at + 1 + DIGITS).and_then(place);
                if self.is_inside() {
                    return Err(place.unwrap_or_default());
                }
                at += 1 + DIGITS;
                continue;
            }
            self.step(byte);
            out.push(byte);
            at += 1;
        }
        Ok(())
    }

    fn step(&mut self, byte: u8) {
        let strings = self.strings;
        let last = std::mem::replace(&mut self.last, byte);
        let is_fresh = self.is_fresh;
        self.is_fresh = byte == b'\n' || (is_fresh && byte.is_ascii_whitespace());
        if byte == b'\n' && (!strings.over_lines || self.inside == Inside::Comment) {
            (self.inside, self.escaped) = (Inside::Nothing, false);
            return;
        }
        if std::mem::take(&mut self.escaped) {
            return;
        }
        match self.inside {
            Inside::Comment => {}
            Inside::String(delimiter) => {
                if byte == delimiter {
                    self.inside = Inside::Nothing;
                } else if strings.escapes[0] == Some(byte) && !(delimiter == b'\'' && strings.raw_single) {
                    self.escaped = true;
                }
            }
            Inside::Nothing => {
                let behind_word = last.is_ascii_alphanumeric() || !last.is_ascii();
                let is_comment = byte == b'#'
                    && match strings.comments {
                        Comments::Nowhere => false,
                        Comments::Anywhere => true,
                        Comments::BeforeWords => !behind_word && !matches!(last, b'$' | b'{' | b'/' | b'='),
                        Comments::OnLines => is_fresh,
                    };
                let in_word = !last.is_ascii_whitespace() && !matches!(last, b';' | b'{' | b'}' | b'<');
                if is_comment {
                    self.inside = Inside::Comment;
                } else if strings.escapes[1] == Some(byte) {
                    self.escaped = true;
                } else if strings.delimiters.contains(&byte)
                    && !(strings.begins_words && in_word)
                    // In prose an apostrophe is no quotation mark.
                    && !(strings.is_unknown && byte == b'\'' && behind_word)
                {
                    self.inside = Inside::String(byte);
                }
            }
        }
    }
}

fn place(digits: &[u8]) -> Option<(u32, u32)> {
    let (start, end) = std::str::from_utf8(digits).ok()?.split_at_checked(8)?;
    Some((u32::from_str_radix(start, 16).ok()?, u32::from_str_radix(end, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{StringReader, Strings, place_mark, without_marks};

    fn read(strings: Strings, before: &str, literal: &str) -> Result<String, (u32, u32)> {
        let marked = place_mark(literal, 7, 9).unwrap();
        let mut out = Vec::new();
        StringReader::new(strings).read(format!("{before}{marked}").as_bytes(), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_literal_inside_a_string_is_refused() {
        let inside = [
            (Strings::DHCPD, "option x \""),
            (Strings::DHCPD, "option x \"two\nlines "),
            (Strings::DHCPD, "a \"\\\""),
            (Strings::SHELL, "X=\""),
            (Strings::SHELL, "X='\\"),
            (Strings::JSON, "{ \"a\": \""),
            (Strings::UNKNOWN, "don't \""),
            (Strings::UNKNOWN, "x '"),
            (Strings::POWERSHELL, "Get-Item \"`\""),
            (Strings::CSV, "a,\"b\n"),
            // In a comment, in a word, or escaped, a quotation mark begins nothing.
            (Strings::DHCPD, "min-secs 5;# \"\noption x \""),
            (Strings::DHCPD, "min-secs 5# \"\noption x \""),
            (Strings::DHCPD, "\\\""),
            (Strings::APACHE, "Header set X # \""),
            (Strings::APACHE, "Alias a\"b \""),
            (Strings::NGINX, "alias a\"b \""),
            (Strings::TMPFILES, "d /x # \""),
            (Strings::DNSMASQ, "a\\\""),
            (Strings::CMD, "echo ^\" \""),
        ];
        for (strings, before) in inside {
            assert_eq!(read(strings, before, "\"a\""), Err((7, 9)), "{before}");
        }
        let outside = [
            (Strings::DHCPD, "# \"\noption x "),
            (Strings::DHCPD, "# it is \""),
            (Strings::DHCPD, "option x \"a\", "),
            (Strings::SHELL, "X='\\'"),
            (Strings::SHELL, "${X#\"a\"}"),
            (Strings::JSON, "{ \"a\": "),
            (Strings::UNKNOWN, "don't "),
            (Strings::UNKNOWN, "\"\nx "),
            (Strings::NONE, "\""),
            (Strings::APACHE, "\t# it's \"\nAlias "),
            (Strings::APACHE, "<Directory "),
            (Strings::NGINX, "location ~ it's {alias "),
            (Strings::TMPFILES, "# it's\nd "),
            (Strings::DNSMASQ, "a # \"\nb="),
        ];
        for (strings, before) in outside {
            assert_eq!(read(strings, before, "\"a\"").as_deref(), Ok(&*format!("{before}\"a\"")), "{before}");
        }
    }

    #[test]
    fn only_a_literal_with_quotation_marks_is_marked() {
        assert_eq!(place_mark("10.0.0.1", 1, 2), None);
        assert_eq!(without_marks(&format!("a{}b", place_mark("\"x\"", 1, 2).unwrap())), "a\"x\"b");
    }
}
