//! Findings one a line, for editors and `grep`.

use std::io::{self, Write};

use super::places::Places;
use super::{Report, visible};
use crate::source::Sources;

pub(super) fn print(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let findings = report.sorted();
    let places =
        Places::count(sources, findings.iter().filter_map(|finding| Some(finding.primary.as_ref()?.span)));
    for finding in findings {
        if let Some(at) = finding.primary.as_ref().and_then(|label| places.find(label.span)) {
            write!(out, "{}:{}:{}: ", visible::line(at.file.name()), at.start.line, at.start.column)?;
        }
        let message = visible::line(&finding.message);
        writeln!(out, "{}[{}]: {message}", finding.severity.name(), finding.kind.id)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Finding, FindingKind, Format, Report, print};
    use crate::source::Sources;

    #[test]
    fn one_line_each_sorted() {
        let sources = Sources::new();
        let file = sources.add("a\u{1b}.yaml", "ä: 1\nb: 2\n").unwrap();
        let mut report = Report::new();
        report.push(
            Finding::new(const { &FindingKind::warning("later", "") }, file.span(6, 7), "two\nlines")
                .here("here")
                .help("help"),
        );
        report.push(Finding::new(const { &FindingKind::error("sooner", "") }, file.span(4, 5), "1 is bad"));
        report.push(Finding::nowhere(const { &FindingKind::error("nowhere", "") }, "no place"));
        let mut out = Vec::new();
        print(&report, &sources, Format::Short, false, &[], &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "error[nowhere]: no place\n\
             a␛.yaml:1:4: error[sooner]: 1 is bad\n\
             a␛.yaml:2:1: warning[later]: two␊lines\n"
        );
    }
}
