//! Findings for programs: a JSON array, one object a line.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter};

use super::places::{Extent, Places};
use super::{Label, Report, visible};
use crate::source::Sources;

/// A [`super::Finding`]. An absent value is null, so that every object has the same keys.
#[derive(serde::Serialize)]
struct Object<'a> {
    rule: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Location<'a>,
    label: Option<&'a str>,
    related: Vec<Related<'a>>,
    help: Option<&'a str>,
}

#[derive(serde::Serialize)]
struct Related<'a> {
    #[serde(flatten)]
    place: Location<'a>,
    label: Option<&'a str>,
}

/// Lines and columns count from 1, and columns count characters. The end is after the last character.
#[derive(Default, serde::Serialize)]
struct Location<'a> {
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

impl<'a> Location<'a> {
    fn of(extent: Option<Extent<'a>>) -> Self {
        extent.map_or_else(Self::default, |Extent { file, start, end }| Self {
            file: Some(file.name()),
            line: Some(start.line),
            column: Some(start.column),
            end_line: Some(end.line),
            end_column: Some(end.column),
        })
    }
}

fn words(label: &Label) -> Option<&str> {
    Some(label.text.as_str()).filter(|text| !text.is_empty())
}

pub(super) fn print(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let findings = report.sorted();
    let spans = findings.iter().flat_map(|finding| finding.labels().map(|label| label.span));
    let places = Places::count(sources, spans);
    write!(out, "[")?;
    for (n, finding) in findings.iter().enumerate() {
        let object = Object {
            rule: finding.kind.id,
            severity: finding.severity.name(),
            message: &finding.message,
            place: Location::of(finding.primary.as_ref().and_then(|label| places.find(label.span))),
            label: finding.primary.as_ref().and_then(words),
            related: (finding.related.iter())
                .map(|label| Related { place: Location::of(places.find(label.span)), label: words(label) })
                .collect(),
            help: finding.help.as_deref(),
        };
        let separator = if n == 0 { "\n" } else { ",\n" };
        write!(out, "{separator}")?;
        object.serialize(&mut Serializer::with_formatter(&mut *out, Escaping(CompactFormatter)))?;
    }
    if !findings.is_empty() {
        writeln!(out)?;
    }
    writeln!(out, "]")
}

/// Writes JSON without the characters that a terminal acts on: in strings, `\u` escapes mean the same.
pub(super) struct Escaping<F>(pub(super) F);

/// A formatter's methods that are passed on as they are.
macro_rules! pass_on {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        $(fn $name<W: ?Sized + Write>(&mut self, out: &mut W $(, $argument: $type)*) -> io::Result<()> {
            self.0.$name(out $(, $argument)*)
        })*
    };
}

impl<F: Formatter> Formatter for Escaping<F> {
    pass_on! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| visible::is_hidden(*c)) {
            out.write_all(&fragment.as_bytes()[plain..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            plain = at + c.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[plain..])
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Finding, FindingKind, Format, Report, print};
    use crate::source::Sources;

    fn shown(report: &Report, sources: &Sources) -> String {
        let mut out = Vec::new();
        print(report, sources, Format::Json, false, &[], &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_empty_report_is_an_empty_array() {
        assert_eq!(shown(&Report::new(), &Sources::new()), "[]\n");
    }

    #[test]
    fn every_object_has_every_key() {
        let sources = Sources::new();
        let site = sources.add("site.yaml", "a: 日本\nb: |\n  x\n  y\n").unwrap();
        let hosts = sources.add("hosts.csv", "name\nb\n").unwrap();
        let mut report = Report::new();
        report.push(
            Finding::new(const { &FindingKind::error("clash", "") }, site.span(10, 23), "b \"clashes\"\n")
                .here("this")
                .and(hosts.span(5, 6), "with this")
                .and(site.span(3, 9), "")
                .help("rename \u{1b}\u{202e}\u{e0001}"),
        );
        report.push(Finding::nowhere(const { &FindingKind::warning("empty", "") }, "nothing"));
        let printed = shown(&report, &sources);
        assert_eq!(
            printed,
            r#"[
{"rule":"empty","severity":"warning","message":"nothing","file":null,"line":null,"column":null,"end_line":null,"end_column":null,"label":null,"related":[],"help":null},
{"rule":"clash","severity":"error","message":"b \"clashes\"\n","file":"site.yaml","line":2,"column":1,"end_line":5,"end_column":1,"label":"this","related":[{"file":"hosts.csv","line":2,"column":1,"end_line":2,"end_column":2,"label":"with this"},{"file":"site.yaml","line":1,"column":4,"end_line":1,"end_column":6,"label":null}],"help":"rename \u001b\u202e\udb40\udc01"}
]
"#
        );
        let read: serde_json::Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(read[1]["help"], "rename \u{1b}\u{202e}\u{e0001}");
    }
}
