//! Findings as GitHub's workflow commands: if a step prints them, GitHub shows them beside the changed lines.
//!
//! `::error file=site.yaml,line=1,col=2,endLine=1,endColumn=5,title=duplicate-mac::message`. The
//! escapes are those of the runner's own toolkit (actions/toolkit, packages/core/src/command.ts):
//! `%`, CR and LF in the message, `:` and `,` as well in a property.

use std::io::{self, Write};

use super::places::Places;
use super::{Label, Report, visible};
use crate::source::Sources;

pub(super) fn print(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let findings = report.sorted();
    let spans = findings.iter().flat_map(|finding| finding.labels().map(|label| label.span));
    let places = Places::count(sources, spans);
    for finding in findings {
        let mut properties = Vec::new();
        if let Some(at) = finding.primary.as_ref().and_then(|label| places.find(label.span)) {
            properties.push(format!("file={}", property(at.file.name())));
            properties.push(format!("line={}", at.start.line));
            properties.push(format!("col={}", at.start.column));
            properties.push(format!("endLine={}", at.end.line));
            properties.push(format!("endColumn={}", at.end.column));
        }
        properties.push(format!("title={}", property(finding.kind.id)));
        // An annotation has one place, so its text names the others.
        let mut lines = vec![visible::line(&finding.message).into_owned()];
        for label in &finding.related {
            lines.extend(other_place(label, &places));
        }
        lines.extend(finding.help.as_ref().map(|help| format!("help: {}", visible::line(help))));
        let word = finding.severity.name();
        writeln!(out, "::{word} {}::{}", properties.join(","), message(&lines.join("\n")))?;
    }
    Ok(())
}

fn other_place(label: &Label, places: &Places<'_>) -> Option<String> {
    let at = places.find(label.span)?;
    let place = format!("{}:{}:{}", visible::line(at.file.name()), at.start.line, at.start.column);
    Some(match label.text.as_str() {
        "" => place,
        text => format!("{place}: {}", visible::line(text)),
    })
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(&visible::line(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::{Finding, FindingKind, Format, Report, print};
    use crate::source::Sources;

    #[test]
    fn one_command_each_escaped_as_the_runner_wants_it() {
        let sources = Sources::new();
        let file = sources.add("a,b:c%.yaml", "one: 1\ntwo: ä\n").unwrap();
        let mut report = Report::new();
        report.push(
            Finding::new(
                const { &FindingKind::warning("later", "") },
                file.span(12, 14),
                "100 % of\r\n::error::two\u{1b}[0m",
            )
            .here("here")
            .and(file.span(0, 3), "50 % here")
            .and(file.span(5, 6), "")
            .help("do this"),
        );
        report.push(Finding::nowhere(const { &FindingKind::error("nowhere", "") }, "no place"));
        let mut out = Vec::new();
        print(&report, &sources, Format::Github, false, &[], &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "::error title=nowhere::no place\n\
             ::warning file=a%2Cb%3Ac%25.yaml,line=2,col=6,endLine=2,endColumn=7,title=later::\
             100 %25 of␍␊::error::two␛[0m%0Aa,b:c%25.yaml:1:1: 50 %25 here%0Aa,b:c%25.yaml:1:6%0Ahelp: do this\n"
        );
    }
}
