//! Finds the place in the site that a line of a rendered file comes from.

use std::cell::OnceCell;

use anyhow::Result;

use crate::dialects::{Blocks, Dialect};
use crate::outputs::{Block, BlockSource, Line, SourceMap};
use crate::plan::Planned;
use crate::report::masked;
use crate::source::{Scalar, SourceFile, Sources, Span};

/// A rendered file that a checker's message is about. Lines are counted from 0.
pub(super) struct Rendered<'p> {
    source_map: Option<&'p SourceMap<'p>>,
    /// The source of the whole file.
    whole: OnceCell<Option<BlockSource>>,
    /// The words after which a line holds a secret.
    secret: &'p [String],
    sources: &'p Sources,
    /// The file as it is shown, without its secrets.
    file: &'p SourceFile,
    /// The offset of each line.
    starts: Vec<usize>,
    blocks: Blocks,
}

impl<'p> Rendered<'p> {
    /// Registers the text of a file under the name that findings show. Nothing is known of the source of a file that
    /// is not planned.
    pub(super) fn new(
        planned: Option<&'p Planned<'p>>,
        name: &str,
        text: &str,
        sources: &'p Sources,
    ) -> Result<Self> {
        let secret = planned.and_then(|planned| planned.entry.secret.as_deref()).unwrap_or_default();
        let dialect = planned.map(|planned| planned.output.dialect_of(planned.file.template()));
        let file = sources.add(name, masked(text, secret))?;
        let source_map = planned.and_then(|planned| planned.file.source_map.as_ref());
        Ok(Self::of(file, dialect.unwrap_or(Dialect::Text), secret, source_map, sources))
    }

    fn of(
        file: &'p SourceFile,
        dialect: Dialect,
        secret: &'p [String],
        source_map: Option<&'p SourceMap<'p>>,
        sources: &'p Sources,
    ) -> Self {
        let ends = file.text().match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(ends).filter(|at| *at < file.text().len()).collect();
        let blocks = dialect.blocks(file.text());
        Self { source_map, whole: OnceCell::new(), secret, sources, file, starts, blocks }
    }

    /// The line that a message is about.
    pub(super) fn line(&self, line: &Line) -> Option<usize> {
        match line {
            Line::Unknown => None,
            // A message about the end of the file names the line after its last one.
            Line::Number(number) | Line::Position { line: number, .. } => {
                Some((number.checked_sub(1)?).min(self.starts.len().checked_sub(1)?))
            }
            Line::Holding(words) => (0..self.starts.len()).find(|line| self.text(*line).contains(words)),
            Line::Parameter { section, words, before } => {
                let is = |line: &usize| {
                    let Some((key, value)) = self.text(*line).split_once('=') else { return false };
                    let around = self.blocks.around(*line).next().map(|first| self.text(first).trim());
                    let inside = around.unwrap_or("[global]").trim_matches(['[', ']']);
                    inside.eq_ignore_ascii_case(section)
                        && words.iter().all(|word| {
                            [key, value].iter().any(|part| part.trim().eq_ignore_ascii_case(word))
                        })
                };
                (0..self.starts.len()).filter(is).nth(*before)
            }
        }
    }

    /// The place of a line, without its indent.
    pub(super) fn span(&self, line: usize) -> Span {
        let text = self.text(line);
        let start = self.starts.get(line).copied().unwrap_or_default();
        self.file.span(start + text.len() - text.trim_start().len(), start + text.len())
    }

    /// The place in the site that a line comes from; if that is unknown, the place that the file comes from.
    pub(super) fn place(&self, line: Option<usize>, column: Option<usize>) -> Option<Span> {
        let source_map = self.source_map?;
        let whole = || source_map(&Block { head: "", text: self.file.text() });
        let whole = self.whole.get_or_init(whole).as_ref();
        let Some(line) = line else { return whole?.span };
        let of = |first| {
            let text = self.text(first).trim_start();
            // An object of JSON has its name inside.
            let head = text.strip_prefix('{').unwrap_or(text).split('{').next().unwrap_or_default().trim();
            let behind = self.starts.get(first + 1).and_then(|start| self.file.text().get(*start..));
            source_map(&Block { head, text: behind.unwrap_or_default() })
        };
        let around: Vec<BlockSource> = self.blocks.around(line).filter_map(of).collect();
        // Verbatim text comes first: it may hold blocks that look like ours.
        let verbatim = around.iter().chain(whole).find_map(|source| self.verbatim(source, line));
        let known = || around.iter().find_map(|source| self.begun(source, line, column).or(source.span));
        // A line in an unknown block is not a line of the file itself.
        let own = || whole.filter(|_| self.blocks.around(line).next().is_none());
        verbatim.or_else(known).or_else(|| self.begun(own()?, line, column)).or_else(|| whole?.span)
    }

    /// The place of the value that a line prints, found by the beginning of the line.
    fn begun(&self, source: &BlockSource, line: usize, column: Option<usize>) -> Option<Span> {
        let whole = self.text(line);
        let text = whole.trim_start();
        if let Some(key) = column.and_then(|column| key_at(whole, column)) {
            let is =
                |(begin, part, _): &&(String, String, Span)| text.starts_with(begin.as_str()) && part == key;
            if let Some((.., span)) = source.parts.iter().rfind(is) {
                return Some(*span);
            }
        }
        let fits = |begin: &str| {
            let in_word = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            let ends = !begin.ends_with(|c: char| c.is_ascii_alphanumeric());
            text.strip_prefix(begin).is_some_and(|rest| ends || !rest.starts_with(in_word))
        };
        source.lines.iter().find(|(begin, _)| fits(begin)).map(|(_, span)| *span)
    }

    /// The place of the line of verbatim text that this line is. The file has to hold the whole text around it.
    fn verbatim(&self, source: &BlockSource, line: usize) -> Option<Span> {
        source.raw.iter().find_map(|raw| {
            let shown = masked(raw.0.trim_end_matches(['\n', '\r']), self.secret);
            let lines: Vec<&str> = shown.split('\n').map(|line| line.trim_end_matches('\r')).collect();
            let is = |first: usize, (nth, text): (usize, &&str)| self.text(first + nth) == *text;
            let stands = |first| lines.iter().enumerate().all(|line| is(first, line));
            let nth = (0..lines.len().min(line + 1)).find(|nth| stands(line - nth))?;
            let first = line - nth;
            // Two groups of a host may have the same text. Then the file has it twice, in their order.
            let inside = |at: usize| self.blocks.around(at).find(|head| *head < at);
            let duplicate = |at: &usize| inside(*at) == inside(first) && stands(*at);
            let mut same = source.raw.iter().filter(|(text, _)| *text == raw.0);
            let (text, span) = match same.clone().count() {
                1 => raw,
                _ => same.nth((inside(first).unwrap_or(0)..first).filter(duplicate).count()).unwrap_or(raw),
            };
            Some(self.sources.line_of(Scalar { text, span: *span }, nth))
        })
    }

    /// A line, without its end.
    fn text(&self, line: usize) -> &'p str {
        let rest = self.starts.get(line).and_then(|start| self.file.text().get(*start..));
        rest.and_then(|rest| rest.lines().next()).unwrap_or_default()
    }
}

/// The key in the outermost object of a line of JSON whose value is at a column, which counts from 1.
fn key_at(text: &str, column: usize) -> Option<&str> {
    let (mut key, mut depth, mut start) = (None, 0_usize, None);
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match (start, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(from), b'"') => {
                if depth == 1 && text.as_bytes().get(at + 1) == Some(&b':') {
                    key = text.get(from..at);
                }
                start = None;
            }
            (Some(_), _) => {}
            (None, b'"') => start = Some(at + 1),
            (None, b'{' | b'[') => depth += 1,
            (None, b'}' | b']') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        if at + 1 >= column && start.is_none() {
            break;
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::{Block, BlockSource, Dialect, Line, Rendered, SourceMap};
    use crate::source::{Sources, Span};

    const SITE: &str = r#"room: |
  option a 1;
  option b 1;
next: |
  option a 1;
  option b 1;
top: "option c 1;\noption ipxe.password \"x\";"
time: 60
host: pc
"#;

    /// The place of a text of the site, behind a key.
    fn place(key: &str, text: &str) -> Span {
        let from = SITE.find(key).unwrap();
        let at = u32::try_from(from + SITE[from..].find(text).unwrap()).unwrap();
        Span::new(at, at + u32::try_from(text.len()).unwrap())
    }

    fn source(block: &Block<'_>) -> Option<BlockSource> {
        let mut source = BlockSource::default();
        match block.head {
            "" => {
                let written = r#""option c 1;\noption ipxe.password \"x\";""#;
                let text = "option c 1;\noption ipxe.password \"x\";";
                source.raw.push((text.to_owned(), place("top", written)));
                source.lines.push(("time".into(), place("time", "60")));
            }
            "host pc" => {
                assert!(block.text.starts_with("\ttimes 1;\n"));
                for room in ["room", "next"] {
                    let span = place(room, "option a 1;\n  option b 1;\n");
                    source.raw.push(("option a 1;\noption b 1;\n".to_owned(), span));
                }
                source.lines.push(("time".into(), place("time", "60")));
                source.span = Some(place("host", "pc"));
            }
            _ => return None,
        }
        Some(source)
    }

    /// Line and text of the site for each line of a text of dhcpd's.
    fn ways(text: &str) -> Vec<String> {
        let sources = Sources::new();
        sources.add("site.yaml", SITE).unwrap();
        let file = sources.add("x", super::masked(text, &["ipxe.password".to_owned()])).unwrap();
        let source_map: SourceMap<'_> = Box::new(source);
        let secret = ["ipxe.password".to_owned()];
        let rendered = Rendered::of(file, Dialect::Dhcpd, &secret, Some(&source_map), &sources);
        let shown = |span: Span| {
            let line = sources.locate(span).unwrap().line;
            format!("{line} {}", &SITE[span.start as usize..span.end as usize])
        };
        (0..text.lines().count())
            .map(|line| rendered.place(Some(line), None).map_or("-".to_owned(), shown))
            .collect()
    }

    #[test]
    fn a_line_leads_to_what_it_comes_from() {
        let text = "time 1;
times 1;
host pc {
\ttimes 1;
\tif x {
\t\ttime 1;
\t}
option a 1;
option b 1;
option a 1;
option b 1;
}
host other {
time 1;
}
option c 1;
option ipxe.password \"x\";
";
        let site = "9 pc";
        assert_eq!(
            ways(text),
            [
                "8 60",
                "-",
                site,
                site,
                site,
                "8 60",
                site,
                "2 option a 1;",
                "3 option b 1;",
                "5 option a 1;",
                "6 option b 1;",
                site,
                "-",
                "-",
                "-",
                "7 option c 1;",
                r#"7 "option c 1;\noption ipxe.password \"x\";""#,
            ]
        );
        // A part of a verbatim text is not a line of that text.
        assert_eq!(ways("host pc {\n\ttimes 1;\noption a 1;\n}"), [site; 4]);
    }

    #[test]
    fn messages_name_lines() {
        let sources = Sources::new();
        let text = "[global]\n\ta b = 1\n[iso]\n\tpath = /srv\n\tA B = x = y\n\ta b = 2\n\tc = 2\n";
        let file = sources.add("x", text).unwrap();
        let rendered = Rendered::of(file, Dialect::Smb, &[], None, &sources);
        assert_eq!(rendered.line(&Line::Unknown), None);
        assert_eq!(rendered.line(&Line::Number(0)), None);
        // The end of the file is behind its last line.
        let lines = [1, 7, 8, 9].map(|number| rendered.line(&Line::Number(number)).unwrap());
        assert_eq!(lines, [0, 6, 6, 6]);
        assert_eq!(rendered.line(&Line::Holding("x = y".to_owned())), Some(4));
        assert_eq!(rendered.line(&Line::Holding("nothing".to_owned())), None);
        let line = |section: &str, words: &[&str], before| {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            rendered.line(&Line::Parameter { section: section.to_owned(), words, before })
        };
        assert_eq!(line("global", &["a b"], 0), Some(1));
        assert_eq!(line("global", &["a b"], 1), None);
        assert_eq!([0, 1].map(|before| line("iso", &["a b"], before)), [Some(4), Some(5)]);
        assert_eq!(line("iso", &["2", "c"], 0), Some(6));
        assert_eq!(line("iso", &["x"], 0), None);
        assert_eq!(rendered.span(1), file.span(10, 17));
        assert_eq!([None, Some(1)].map(|line| rendered.place(line, None)), [None; 2]);
        // A message without a line is about the file.
        let source_map: SourceMap<'_> =
            Box::new(|_| Some(BlockSource { span: Some(Span::new(1, 2)), ..BlockSource::default() }));
        let rendered = Rendered::of(file, Dialect::Smb, &[], Some(&source_map), &sources);
        assert_eq!(rendered.place(None, None), Some(Span::new(1, 2)));
    }
}
