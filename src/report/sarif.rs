//! Findings as SARIF 2.1.0 (OASIS), which code scanning services read.

use std::io::{self, Write};

use serde::ser::{Serialize, Serializer};
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Value, json};

use super::json::Escaping;
use super::places::{Extent, Places};
use super::{Finding, Label, Report, RuleInfo, Severity};
use crate::source::Sources;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn print(
    report: &Report,
    sources: &Sources,
    rules: &[RuleInfo],
    out: &mut dyn Write,
) -> io::Result<()> {
    let findings = report.sorted();
    let spans = findings.iter().flat_map(|finding| finding.labels().map(|label| label.span));
    let places = Places::count(sources, spans);
    let driver = json!({
        "name": "ipxegen",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules.iter().map(rule).collect::<Vec<_>>(),
    });
    let run = Run {
        tool: json!({ "driver": driver }),
        column_kind: "unicodeCodePoints",
        results: Results { findings: &findings, rules, places: &places },
    };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
    let formatter = Escaping(PrettyFormatter::new());
    log.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, formatter))?;
    writeln!(out)
}

#[derive(serde::Serialize)]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'r str,
    version: &'r str,
    runs: [Run<'r>; 1],
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Value,
    column_kind: &'r str,
    results: Results<'r>,
}

/// The results, serialized one by one: as one JSON value, 600,000 results took gigabytes of memory.
struct Results<'r> {
    findings: &'r [&'r Finding],
    rules: &'r [RuleInfo],
    places: &'r Places<'r>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.findings.iter().map(|finding| result(finding, self.rules, self.places)))
    }
}

fn rule(rule: &RuleInfo) -> Value {
    let mut object = json!({
        "id": rule.kind.id,
        "shortDescription": { "text": rule.kind.summary },
        "defaultConfiguration": { "level": level(rule.kind.severity) },
    });
    if let Some(object) = object.as_object_mut()
        && !rule.doc.is_empty()
    {
        // SARIF requires `text`; a viewer that reads Markdown shows `markdown` instead.
        object.insert("help".to_owned(), json!({ "text": rule.doc, "markdown": rule.doc }));
    }
    object
}

fn result(finding: &Finding, rules: &[RuleInfo], places: &Places<'_>) -> Value {
    let mut object = Map::new();
    object.insert("ruleId".to_owned(), finding.kind.id.into());
    if let Some(index) = rules.iter().position(|rule| rule.kind.id == finding.kind.id) {
        object.insert("ruleIndex".to_owned(), index.into());
    }
    object.insert("level".to_owned(), level(finding.severity).into());
    let text = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    object.insert("message".to_owned(), json!({ "text": text }));
    let primary = finding.primary.as_ref().and_then(|label| location(label, places));
    object.insert("locations".to_owned(), primary.into_iter().collect());
    let related: Vec<_> = finding.related.iter().filter_map(|label| location(label, places)).collect();
    if !related.is_empty() {
        object.insert("relatedLocations".to_owned(), related.into());
    }
    object.into()
}

fn level(severity: Severity) -> &'static str {
    // SARIF has the same names for its levels.
    severity.name()
}

fn location(label: &Label, places: &Places<'_>) -> Option<Value> {
    let Extent { file, start, end } = places.find(label.span)?;
    let mut object = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(file.name()) },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    });
    if let Some(object) = object.as_object_mut()
        && !label.text.is_empty()
    {
        object.insert("message".to_owned(), json!({ "text": label.text }));
    }
    Some(object)
}

/// A file's name as a URI reference (RFC 3986). A relative name stays relative.
fn uri(name: &str) -> String {
    let mut uri = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    if name.starts_with('/') { format!("file://{uri}") } else { uri }
}

#[cfg(test)]
mod tests {
    use super::super::{Finding, FindingKind, Format, Report, RuleInfo, print};
    use crate::source::Sources;

    fn shown(report: &Report, sources: &Sources, rules: &[RuleInfo]) -> String {
        let mut out = Vec::new();
        print(report, sources, Format::Sarif, false, rules, &mut out).unwrap();
        String::from_utf8(out).unwrap().replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }

    #[test]
    fn a_run_without_findings_has_an_empty_list() {
        assert_eq!(
            shown(&Report::new(), &Sources::new(), &[]),
            r#"{
  "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
  "version": "2.1.0",
  "runs": [
    {
      "tool": {
        "driver": {
          "name": "ipxegen",
          "semanticVersion": "VERSION",
          "rules": []
        }
      },
      "columnKind": "unicodeCodePoints",
      "results": []
    }
  ]
}
"#
        );
    }

    #[test]
    fn results_point_at_rules_and_places() {
        let sources = Sources::new();
        let site = sources.add("my site.yaml", "a: 日本\nb: 2\n").unwrap();
        let mut report = Report::new();
        report.push(
            Finding::new(const { &FindingKind::error("clash", "") }, site.span(10, 11), "b clashes")
                .here("this")
                .and(site.span(3, 9), "with this")
                .help("rename \u{1b}it"),
        );
        report.push(Finding::nowhere(const { &FindingKind::warning("empty", "") }, "nothing"));
        let rules = [
            RuleInfo { kind: const { &FindingKind::warning("other", "two clash") }, doc: String::new() },
            RuleInfo { kind: const { &FindingKind::error("clash", "two clash") }, doc: "Why.".to_owned() },
        ];
        let printed = shown(&report, &sources, &rules);
        let (_, printed) = printed.split_once("\"rules\": ").unwrap();
        assert_eq!(
            printed,
            r#"[
            {
              "id": "other",
              "shortDescription": {
                "text": "two clash"
              },
              "defaultConfiguration": {
                "level": "warning"
              }
            },
            {
              "id": "clash",
              "shortDescription": {
                "text": "two clash"
              },
              "defaultConfiguration": {
                "level": "error"
              },
              "help": {
                "text": "Why.",
                "markdown": "Why."
              }
            }
          ]
        }
      },
      "columnKind": "unicodeCodePoints",
      "results": [
        {
          "ruleId": "empty",
          "level": "warning",
          "message": {
            "text": "nothing"
          },
          "locations": []
        },
        {
          "ruleId": "clash",
          "ruleIndex": 1,
          "level": "error",
          "message": {
            "text": "b clashes\nrename \u001bit"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "my%20site.yaml"
                },
                "region": {
                  "startLine": 2,
                  "startColumn": 1,
                  "endLine": 2,
                  "endColumn": 2
                }
              },
              "message": {
                "text": "this"
              }
            }
          ],
          "relatedLocations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "my%20site.yaml"
                },
                "region": {
                  "startLine": 1,
                  "startColumn": 4,
                  "endLine": 1,
                  "endColumn": 6
                }
              },
              "message": {
                "text": "with this"
              }
            }
          ]
        }
      ]
    }
  ]
}
"#
        );
    }
}
