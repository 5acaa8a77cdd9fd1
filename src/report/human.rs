//! Findings as people read them: the place, the line, the caret, what to do; in the manner of rustc.
//!
//! annotate-snippets draws the carets and their labels. It gets only the marked lines: it would scan a file of 17 MB
//! from start to end for every finding. This file writes the title, the place, `...` and the help, because a long line
//! is cut before it is drawn, and its columns are then not those of the file.

use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::renderer::{
    DEFAULT_EMPHASIS_STYLE, DEFAULT_ERROR_STYLE, DEFAULT_LINE_NUM_STYLE, DEFAULT_WARNING_STYLE, Style,
};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::folding::{Folded, fold};
use super::places::{Extent, Places};
use super::{Finding, Masker, Report, Severity, lines, visible};
use crate::limits::{FINDINGS_PRINTED, PLACES_PRINTED};
use crate::source::{SourceFile, Sources};

/// A label in its file.
struct Mark<'a> {
    at: Extent<'a>,
    text: &'a str,
    primary: bool,
}

/// The text around the snippets.
struct Ink<'m> {
    masker: &'m Masker,
    colour: bool,
    renderer: Renderer,
}

pub(super) fn print(
    report: &Report,
    sources: &Sources,
    masker: &Masker,
    colour: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all = report.sorted();
    let Folded { shown, counted } = fold(&all);
    let findings = shown.get(..FINDINGS_PRINTED).unwrap_or(&shown);
    let spans =
        findings.iter().flat_map(|finding| finding.labels().take(PLACES_PRINTED + 1)).map(|label| label.span);
    let places = Places::count(sources, spans);
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    // Long lines are cut here, so the renderer must not cut them.
    let ink = Ink { masker, colour, renderer: renderer.term_width(usize::MAX / 2) };
    for finding in findings {
        ink.finding(finding, &places, out)?;
        writeln!(out)?;
    }
    for (first, count) in &counted {
        let message = visible::line(&first.message);
        writeln!(out, "... and {count} more {}[{}] like: {message}", first.severity.name(), first.kind.id)?;
    }
    if shown.len() > findings.len() {
        writeln!(out, "... and {} others", shown.len() - findings.len())?;
    }
    if all.len() > findings.len() {
        writeln!(out, "`ipxegen check --format short` lists all\n")?;
    }
    if !all.is_empty() {
        let (errors, warnings) = report.counts();
        let errors = count(errors, "error");
        let warnings = count(warnings, "warning");
        writeln!(out, "{}", errors.into_iter().chain(warnings).collect::<Vec<_>>().join(", "))?;
    }
    Ok(())
}

/// "1 error", "2 errors", nothing for none.
fn count(n: usize, what: &str) -> Option<String> {
    match n {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{n} {what}s")),
    }
}

impl Ink<'_> {
    fn finding(&self, finding: &Finding, places: &Places<'_>, out: &mut dyn Write) -> io::Result<()> {
        let (style, level) = match finding.severity {
            Severity::Error => (DEFAULT_ERROR_STYLE, Level::ERROR),
            Severity::Warning => (DEFAULT_WARNING_STYLE, Level::WARNING),
        };
        let title = self.paint(style, &format!("{}[{}]", finding.severity.name(), finding.kind.id));
        let message = self.paint(DEFAULT_EMPHASIS_STYLE, &format!(": {}", visible::line(&finding.message)));
        writeln!(out, "{title}{message}")?;

        let marks: Vec<_> = (finding.primary.iter().map(|label| (label, true)))
            .chain(finding.related.iter().map(|label| (label, false)))
            .take(PLACES_PRINTED + 1)
            .filter_map(|(label, primary)| {
                Some(Mark { at: places.find(label.span)?, text: &label.text, primary })
            })
            .collect();
        let gutter =
            marks.iter().map(|mark| mark.at.start.line).max().map_or(1, |line| line.to_string().len());
        let bar = self.gutter(&format!("{:gutter$} |", ""));

        for (n, section) in sections(&marks).iter().enumerate() {
            let Some(first) = section.first() else { continue };
            if n > 0 {
                writeln!(out, "{bar}")?;
            }
            let arrow = self.gutter(&format!("{:gutter$}{} ", "", if n == 0 { "-->" } else { ":::" }));
            let place = first.at.start;
            let name = visible::line(first.at.file.name());
            writeln!(out, "{arrow}{name}:{}:{}", place.line, place.column)?;
            writeln!(out, "{bar}")?;
            for (n, window) in windows(section).iter().enumerate() {
                if n > 0 {
                    writeln!(out, "{}", self.gutter("..."))?;
                }
                self.window(window, first.at.file, level.clone(), gutter, out)?;
            }
        }

        let hidden = finding.labels().count().saturating_sub(PLACES_PRINTED + 1);
        if hidden > 0 || finding.help.is_some() {
            writeln!(out, "{bar}")?;
        }
        if hidden > 0 {
            let places = if hidden == 1 { "place" } else { "places" };
            self.note("note", &format!("and {hidden} more {places}"), gutter, out)?;
        }
        if let Some(help) = &finding.help {
            self.note("help", help, gutter, out)?;
        }
        Ok(())
    }

    /// Draws marked lines with at most one unmarked line between two of them.
    fn window(
        &self,
        marks: &[&Mark<'_>],
        file: &SourceFile,
        level: Level<'_>,
        gutter: usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Some(first) = marks.first() else { return Ok(()) };
        let mut source = String::new();
        let mut annotations = Vec::new();
        let mut last = None;
        for row in marks.chunk_by(|a, b| a.at.start.line == b.at.start.line) {
            let Some(at) = row.first().map(|mark| mark.at.start) else { continue };
            if let Some(last) = last {
                source.push('\n');
                if at.line - last > 1 {
                    source.push_str(&line_before(file.text(), at.line_start, self.masker));
                    source.push('\n');
                }
            }
            last = Some(at.line);
            let ranges: Vec<Range<usize>> =
                row.iter().map(|mark| mark.at.start.offset..mark.at.end.offset).collect();
            let (line, ranges) = lines::show(file.text(), at.line_start, &ranges, self.masker);
            for (mark, range) in row.iter().zip(ranges) {
                let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                let annotation = kind.span(source.len() + range.start..source.len() + range.end);
                let text = visible::line(mark.text);
                annotations.push(if text.is_empty() { annotation } else { annotation.label(text) });
            }
            // The renderer ignores an empty last line.
            source.push_str(if line.is_empty() { " " } else { &line });
        }
        let snippet = Snippet::source(source).line_start(first.at.start.line).annotations(annotations);
        let drawn = self.renderer.render(&[Group::with_level(level).element(snippet)]);
        // The renderer's gutter is as wide as the last line number of this window, and its first row is only a bar.
        let widest = marks.last().map_or(0, |mark| mark.at.start.line).to_string().len();
        let indent = gutter.saturating_sub(widest);
        for row in drawn.lines().skip(1) {
            writeln!(out, "{:indent$}{}", "", row.trim_end())?;
        }
        Ok(())
    }

    /// Writes `= help: …`. Line breaks in the text are kept.
    fn note(&self, name: &str, text: &str, gutter: usize, out: &mut dyn Write) -> io::Result<()> {
        let start = self.gutter(&format!("{:gutter$} =", ""));
        let name = self.paint(DEFAULT_EMPHASIS_STYLE, name);
        for (n, line) in text.trim_end().lines().enumerate() {
            let line = visible::line(line);
            if n == 0 {
                writeln!(out, "{start} {name}: {line}")?;
            } else {
                writeln!(out, "{:width$}{line}", "", width = gutter + "  = help: ".len() - 1)?;
            }
        }
        Ok(())
    }

    fn gutter(&self, text: &str) -> String {
        self.paint(DEFAULT_LINE_NUM_STYLE, text)
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// The marks by file. The file of the primary mark comes first. The first mark of a file gives the place in the line
/// `-->`: the primary mark, or the first one.
fn sections<'m, 'a>(marks: &'m [Mark<'a>]) -> Vec<Vec<&'m Mark<'a>>> {
    let mut sections: Vec<Vec<&Mark<'_>>> = Vec::new();
    for mark in marks {
        match sections
            .iter_mut()
            .find(|section| section.first().is_some_and(|first| first.at.file.base() == mark.at.file.base()))
        {
            Some(section) => section.push(mark),
            None => sections.push(Vec::from([mark])),
        }
    }
    sections
}

/// The marks of one file by line, split where more than one unmarked line is between two marks.
fn windows<'m, 'a>(section: &[&'m Mark<'a>]) -> Vec<Vec<&'m Mark<'a>>> {
    let mut sorted = section.to_vec();
    sorted.sort_by_key(|mark| mark.at.start.offset);
    sorted.chunk_by(|a, b| b.at.start.line - a.at.start.line <= 2).map(<[_]>::to_vec).collect()
}

/// The line before the one that begins at `start`, in the form that is printed.
fn line_before(text: &str, start: usize, masker: &Masker) -> String {
    let before = text.get(..start.saturating_sub(1)).unwrap_or_default();
    let from = before.rfind('\n').map_or(0, |at| at + 1);
    lines::show(text, from, &[], masker).0
}

#[cfg(test)]
mod tests;
