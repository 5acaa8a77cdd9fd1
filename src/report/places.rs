//! Line and column of many places at once.

use crate::source::{SourceFile, Sources, Span};

/// The place of one byte. Line and column count from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// In its file.
    pub(super) offset: usize,
    pub(super) line: usize,
    pub(super) column: usize,
    /// Offset of the line's first byte.
    pub(super) line_start: usize,
}

/// The start and end of a span in its file, within the text and at the borders of characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent<'s> {
    pub(super) file: &'s SourceFile,
    pub(super) start: Place,
    pub(super) end: Place,
}

/// The places of all findings that are printed. One pass over each text counts them all: a thousand findings in a
/// large file must not cost a thousand passes.
pub(super) struct Places<'s> {
    sources: &'s Sources,
    /// By the offset in all texts, one after the other.
    counted: Vec<(u32, Place)>,
}

impl<'s> Places<'s> {
    pub(super) fn count(sources: &'s Sources, spans: impl IntoIterator<Item = Span>) -> Self {
        let mut wanted = Vec::new();
        for span in spans {
            if let Some((file, start, end)) = clip(sources, span) {
                let whole = file.span(start, end);
                wanted.push(whole.start);
                wanted.push(whole.end);
            }
        }
        wanted.sort_unstable();
        wanted.dedup();

        let mut counted = Vec::with_capacity(wanted.len());
        let mut current: Option<(&SourceFile, Place)> = None;
        for global in wanted {
            let Some(file) = sources.file(Span::new(global, global)) else { continue };
            let at = match current {
                Some((same, at)) if same.base() == file.base() => at,
                _ => Place { offset: 0, line: 1, column: 1, line_start: 0 },
            };
            let at = advance(file.text(), at, (global - file.base()) as usize);
            current = Some((file, at));
            counted.push((global, at));
        }
        Self { sources, counted }
    }

    /// The place of a span. `None` if no text was read, or if the span was not counted.
    pub(super) fn find(&self, span: Span) -> Option<Extent<'s>> {
        let (file, start, end) = clip(self.sources, span)?;
        let whole = file.span(start, end);
        Some(Extent { file, start: self.place(whole.start)?, end: self.place(whole.end)? })
    }

    fn place(&self, global: u32) -> Option<Place> {
        let at = self.counted.binary_search_by_key(&global, |(offset, _)| *offset).ok()?;
        self.counted.get(at).map(|(_, place)| *place)
    }
}

/// The file of a span, and the span's bytes in it.
fn clip(sources: &Sources, span: Span) -> Option<(&SourceFile, usize, usize)> {
    let file = sources.file(span)?;
    let text = file.text();
    let within = |global: u32| (global.saturating_sub(file.base()) as usize).min(text.len());
    let (mut start, mut end) = (within(span.start), within(span.end));
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    Some((file, start, end.max(start)))
}

/// The place of byte `to`, counted from an earlier place.
fn advance(text: &str, from: Place, to: usize) -> Place {
    let Some(between) = text.get(from.offset..to) else { return from };
    let Some(last) = between.rfind('\n') else {
        return Place { offset: to, column: from.column + between.chars().count(), ..from };
    };
    let line_start = from.offset + last + 1;
    let lines = between.bytes().filter(|byte| *byte == b'\n').count();
    let column = text.get(line_start..to).map_or(0, |before| before.chars().count()) + 1;
    Place { offset: to, line: from.line + lines, column, line_start }
}

#[cfg(test)]
mod tests {
    use super::Places;
    use crate::source::{Sources, Span};

    #[test]
    fn places_agree_with_a_count_from_the_start() {
        let sources = Sources::new();
        sources.add("one", "a: ä\r\n\nb: 日本\n").unwrap();
        sources.add("two", "").unwrap();
        sources.add("three", "x\ny").unwrap();
        let spans = (0..40).flat_map(|start| (start..42).map(move |end| Span::new(start, end)));
        let places = Places::count(&sources, spans.clone());
        for span in spans {
            let found = places.find(span).unwrap();
            let expected = sources.locate(span).unwrap();
            assert_eq!(
                (found.file.name(), found.start.offset, found.start.line, found.start.column),
                (expected.file.name(), expected.offset, expected.line, expected.column)
            );
            assert!(found.start.offset <= found.end.offset && found.end.offset <= found.file.text().len());
        }
    }

    #[test]
    fn without_texts_there_are_no_places() {
        let sources = Sources::new();
        let span = Span::new(3, 5);
        assert!(Places::count(&sources, [span]).find(span).is_none());
    }
}
