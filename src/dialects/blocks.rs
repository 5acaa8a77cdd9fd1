//! The blocks or sections that a line is in.

use super::dhcpd::lexer::{PartKind, parts};
use super::language::BlockStyle;

/// The blocks of a text. Lines count from 0.
pub struct Blocks {
    /// For each block its first line and the block around it; the first one is the whole text.
    blocks: Vec<(usize, u32)>,
    /// For each line the innermost block that it is in.
    lines: Vec<u32>,
}

impl Blocks {
    /// Finds the blocks of a text. A language without blocks has none.
    pub(super) fn new(style: BlockStyle, text: &str) -> Self {
        let mut found = Self { blocks: vec![(0, 0)], lines: Vec::new() };
        match style {
            BlockStyle::Braces => found.braces(text),
            BlockStyle::Sections => found.sections(text),
            BlockStyle::Json => found.json(text),
            BlockStyle::None => {}
        }
        found
    }

    /// The first lines of the blocks around a line, the innermost first. A block's first and last
    /// lines are in it.
    pub fn around(&self, line: usize) -> impl Iterator<Item = usize> + '_ {
        let block = |at: &u32| if *at == 0 { None } else { self.blocks.get(*at as usize) };
        let innermost = self.lines.get(line).and_then(block);
        std::iter::successors(innermost, move |(_, outer)| block(outer)).map(|(first, _)| *first)
    }

    /// Opens a block on a line and gives its number.
    fn open(&mut self, line: usize, outer: u32) -> u32 {
        self.blocks.push((line, outer));
        u32::try_from(self.blocks.len() - 1).unwrap_or_default()
    }

    fn braces(&mut self, text: &str) {
        // The block around the next part, and around the beginning of its line; the first block opened on that line.
        let (mut inside, mut before, mut opened) = (0, 0, None);
        let mut end = 0;
        for part in parts(text) {
            let passed = text.get(end..part.range.end).unwrap_or_default();
            for _ in passed.bytes().filter(|byte| *byte == b'\n') {
                self.lines.push(opened.take().unwrap_or(before));
                before = inside;
            }
            end = part.range.end;
            match part.kind {
                PartKind::BlockStart => {
                    inside = self.open(self.lines.len(), inside);
                    opened = opened.or(Some(inside));
                }
                PartKind::BlockEnd => {
                    inside = self.blocks.get(inside as usize).map_or(0, |(_, outer)| *outer);
                }
                PartKind::Comment | PartKind::Statement | PartKind::Unfinished => {}
            }
        }
        for _ in text.get(end..).unwrap_or_default().split('\n') {
            self.lines.push(opened.take().unwrap_or(before));
            before = inside;
        }
    }

    fn json(&mut self, text: &str) {
        let mut inside = 0;
        for (number, line) in text.split('\n').enumerate() {
            // Objects that end on the line on which they begin are no blocks.
            let (mut opened, mut closed, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
            for byte in line.bytes() {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if in_string => escaped = true,
                    b'"' => in_string = !in_string,
                    b'{' if !in_string => opened += 1,
                    b'}' if !in_string && opened > 0 => opened -= 1,
                    b'}' if !in_string => closed += 1,
                    _ => {}
                }
            }
            let before = inside;
            for _ in 0..closed {
                inside = self.blocks.get(inside as usize).map_or(0, |(_, outer)| *outer);
            }
            let mut first = None;
            for _ in 0..opened {
                inside = self.open(number, inside);
                first = first.or(Some(inside));
            }
            self.lines.push(first.unwrap_or(before));
        }
    }

    fn sections(&mut self, text: &str) {
        let mut inside = 0;
        for (line, text) in text.split('\n').enumerate() {
            if text.trim_start().starts_with('[') {
                inside = self.open(line, 0);
            }
            self.lines.push(inside);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::dialects::Dialect;

    fn around(dialect: Dialect, text: &str) -> Vec<Vec<usize>> {
        let blocks = dialect.blocks(text);
        (0..text.split('\n').count()).map(|line| blocks.around(line).collect()).collect()
    }

    #[test]
    fn braces_are_counted_as_dhcpd_does() {
        let text =
            "a;\nsubnet x {\n\tpool {\n\t\tx\n\t}\n\tif y {\n\t} else {\n\t\tz\n\t}\n}\nhost b { c; }\nd";
        let expected: [&[usize]; 12] =
            [&[], &[1], &[2, 1], &[2, 1], &[2, 1], &[5, 1], &[6, 1], &[6, 1], &[6, 1], &[1], &[10], &[]];
        assert_eq!(around(Dialect::Dhcpd, text), expected);
        // Braces in strings and comments are none.
        let text = "a { # }\nb \"}\\\"}\n}\";\nc\n}\n}\ne";
        assert_eq!(around(Dialect::Dhcpd, text), [&[0][..], &[0], &[0], &[0], &[0], &[], &[]]);
    }

    #[test]
    fn objects_of_json_are_blocks() {
        let text = "{ \"a\": {\n\"b\": {},\n{ \"c\": \"}\\\"}\",\n{ \"d\": 1 },\n}\n} }\n";
        let expected: [&[usize]; 7] = [&[0], &[0, 0], &[2, 0, 0], &[2, 0, 0], &[2, 0, 0], &[0, 0], &[]];
        assert_eq!(around(Dialect::Json, text), expected);
    }

    #[test]
    fn sections_end_where_the_next_begins() {
        let text = "# x\n[global]\n\ta = {\n [iso]\nb = c";
        assert_eq!(around(Dialect::Smb, text), [&[][..], &[1], &[1], &[3], &[3]]);
        assert_eq!(around(Dialect::Nginx, "a {\nb\n}"), [&[0_usize; 0]; 3]);
    }
}
