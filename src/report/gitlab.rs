//! Findings as a Code Quality report: an artefact of a job, which GitLab shows in the merge request and beside the changed
//! lines.
//!
//! GitLab reads a subset of Code Climate's format (GitLab's documentation, "Code Quality report format"): an array of
//! objects with `description`, `check_name`, `fingerprint`, `severity` (info, minor, major, critical, blocker) and
//! `location`. Every object needs a path, relative to the repository and without `./`, and a line. GitLab compares the
//! fingerprints of two reports to tell old findings from new ones, so a fingerprint does not contain the line: a
//! finding that moves stays the same.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::places::Places;
use super::{Finding, Report, Severity, visible};
use crate::source::Sources;

#[derive(Serialize)]
struct Object<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'a str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

pub(super) fn print(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let findings = report.sorted();
    let places =
        Places::count(sources, findings.iter().filter_map(|finding| Some(finding.primary.as_ref()?.span)));
    // A finding without a place is shown at the start of the site.
    let site = sources.first().map_or("site.yaml", |file| file.name());
    let mut seen = HashMap::new();
    let objects: Vec<_> = findings
        .into_iter()
        .map(|finding| {
            let at = finding.primary.as_ref().and_then(|label| places.find(label.span));
            let path = at.map_or(site, |at| at.file.name());
            let path = path.strip_prefix("./").unwrap_or(path);
            let count = seen.entry((finding.kind.id, path, &finding.message)).or_insert(0_usize);
            *count += 1;
            Object {
                description: description(finding),
                check_name: finding.kind.id,
                fingerprint: fingerprint([finding.kind.id, path, &finding.message, &count.to_string()]),
                severity: match finding.severity {
                    Severity::Warning => "minor",
                    Severity::Error => "critical",
                },
                location: Location { path, lines: Lines { begin: at.map_or(1, |at| at.start.line) } },
            }
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &objects)?;
    writeln!(out)
}

/// The message and the help.
fn description(finding: &Finding) -> String {
    let message = visible::line(&finding.message);
    match &finding.help {
        Some(help) => format!("{message} (help: {})", visible::line(help)),
        None => message.into_owned(),
    }
}

/// The same for the same finding in every run, and different for two findings of one run.
fn fingerprint(parts: [&str; 4]) -> String {
    let hash = Sha256::digest(parts.join("\0"));
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Finding, FindingKind, Format, Report, print};
    use crate::source::Sources;

    fn printed(text: &str, places: &[(usize, usize)]) -> Value {
        let sources = Sources::new();
        let file = sources.add("./a.yaml", text).unwrap();
        let mut report = Report::new();
        for (from, to) in places {
            let finding = Finding::new(
                const { &FindingKind::warning("twice", "") },
                file.span(*from, *to),
                "two\u{1b} of \"it\"",
            );
            report.push(finding.help("keep one"));
        }
        report.push(Finding::nowhere(const { &FindingKind::error("nowhere", "") }, "no place"));
        let mut out = Vec::new();
        print(&report, &sources, Format::Gitlab, false, &[], &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn as_gitlab_wants_it() {
        let mut read = printed("one: 1\ntwo: 2\n", &[(0, 3), (7, 10)]);
        let mut fingerprints = Vec::new();
        for object in read.as_array_mut().unwrap() {
            let fingerprint = object.as_object_mut().unwrap().remove("fingerprint").unwrap();
            fingerprints.push(fingerprint.as_str().unwrap().to_owned());
        }
        let at = |line| json!({ "path": "a.yaml", "lines": { "begin": line } });
        let twice = |line| json!({ "description": "two␛ of \"it\" (help: keep one)", "check_name": "twice", "severity": "minor", "location": at(line) });
        let nowhere = json!({ "description": "no place", "check_name": "nowhere", "severity": "critical", "location": at(1) });
        assert_eq!(read, json!([nowhere, twice(1), twice(2)]));
        let all = fingerprints.clone();
        fingerprints.sort();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), 3);
        assert!(fingerprints.iter().all(|text| text.len() == 32), "{fingerprints:?}");

        // The same findings two lines below are no new ones.
        let moved = printed("\n\none: 1\ntwo: 2\n", &[(2, 5), (9, 12)]);
        let moved: Vec<_> = moved.as_array().unwrap().iter().map(|object| &object["fingerprint"]).collect();
        assert_eq!(moved, all.iter().collect::<Vec<_>>());
    }
}
