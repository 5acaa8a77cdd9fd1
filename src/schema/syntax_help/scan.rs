//! Finds the brackets and quotes that are open at a place.

use std::ops::Range;

use super::lines::line;

/// Brackets and quotes up to a place.
#[derive(Default)]
pub(super) struct Scan {
    pub open: Vec<usize>,
    /// A quote that is open.
    pub quote: Option<usize>,
    /// A bracket that another one's end would close, and that end.
    pub mismatch: Option<(usize, usize)>,
    /// The last text in quotes.
    pub last_quoted: Option<Range<usize>>,
}

impl Scan {
    pub(super) fn read(&mut self, text: &str, upto: usize) {
        let bytes = text.as_bytes();
        // Whether a value may begin here, where brackets and quotes have a meaning.
        let mut begins = true;
        // Lines deeper than this belong to a `|` or `>`.
        let mut block: Option<usize> = None;
        let mut at = 0;
        let upto = upto.min(bytes.len());
        while at < upto {
            let byte = bytes.get(at).copied().unwrap_or_default();
            let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b'\n');
            if before == b'\n' && self.open.is_empty() {
                begins = true;
                let rest = line(text, at);
                let content = text.get(rest.clone()).unwrap_or_default();
                let indent = content.len() - content.trim_start_matches(' ').len();
                if block.is_some_and(|column| indent > column || content.trim().is_empty()) {
                    at = rest.end + 1;
                    continue;
                }
                block = opens_block(content).then_some(indent);
            }
            match byte {
                b'#' if matches!(before, b' ' | b'\t' | b'\n') => {
                    at = line(text, at).end;
                    continue;
                }
                b'"' | b'\'' if begins => match quoted_end(bytes, at, upto) {
                    Some(end) => {
                        self.last_quoted = Some(at..end);
                        at = end;
                        begins = false;
                        continue;
                    }
                    None => {
                        self.quote = Some(at);
                        return;
                    }
                },
                b'[' | b'{' if begins => self.open.push(at),
                b']' | b'}' if !self.open.is_empty() => {
                    let open = self.open.pop().unwrap_or_default();
                    if (bytes.get(open) == Some(&b'[')) != (byte == b']') {
                        self.mismatch = Some((open, at));
                        return;
                    }
                    begins = false;
                }
                b',' if !self.open.is_empty() => begins = true,
                b':' if matches!(bytes.get(at + 1), None | Some(b' ' | b'\n' | b'\r' | b'\t')) => {
                    begins = true;
                }
                b'-' | b'?' if begins && bytes.get(at + 1) == Some(&b' ') => {}
                b' ' | b'\t' | b'\r' | b'\n' => {}
                _ => begins = false,
            }
            at += 1;
        }
        self.close_at(bytes, at);
    }

    /// Compares the bracket that the parser stopped at with the one that is open.
    fn close_at(&mut self, bytes: &[u8], at: usize) {
        if let (Some(byte @ (b']' | b'}')), Some(open)) = (bytes.get(at).copied(), self.open.last().copied())
            && (bytes.get(open) == Some(&b'[')) != (byte == b']')
        {
            self.mismatch = Some((open, at));
        }
    }
}

/// Whether a line ends with the `|` or `>` of a block of text.
fn opens_block(line: &str) -> bool {
    let end = line.trim_end().trim_end_matches(['-', '+']);
    [": |", ": >", "- |", "- >"].iter().any(|mark| end.ends_with(mark))
}

/// The offset after the closing quote of a text in quotes; `None` if that is after `upto`.
fn quoted_end(bytes: &[u8], start: usize, upto: usize) -> Option<usize> {
    let quote = *bytes.get(start)?;
    let mut at = start + 1;
    while at < upto {
        match bytes.get(at).copied()? {
            b'\\' if quote == b'"' => at += 2,
            byte if byte == quote => {
                if quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
                    at += 2;
                } else {
                    return Some(at + 1);
                }
            }
            _ => at += 1,
        }
    }
    None
}
