use std::fmt::Write as _;

use proptest::prelude::*;

use super::super::{Finding, FindingKind, Format, Report, print};
use crate::source::{SourceFile, Sources, Span};

fn shown(report: &Report, sources: &Sources) -> String {
    let mut out = Vec::new();
    print(report, sources, Format::Human, false, &[], &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The place of `marked`, which stands once in the text.
fn find(file: &SourceFile, marked: &str) -> Span {
    let found: Vec<_> = file.text().match_indices(marked).collect();
    assert_eq!(found.len(), 1, "{marked:?} in {:?}", file.text());
    file.span(found[0].0, found[0].0 + marked.len())
}

/// One finding, on what is marked.
fn one(text: &str, marked: &str) -> String {
    let sources = Sources::new();
    let file = sources.add("site.yaml", text).unwrap();
    at(&sources, find(file, marked))
}

fn at(sources: &Sources, span: Span) -> String {
    let mut report = Report::new();
    report
        .push(Finding::new(const { &FindingKind::error("some-rule", "") }, span, "it is wrong").here("this"));
    shown(&report, sources)
}

fn check(shown: &str, expected: &str) {
    let expected = expected.strip_prefix('\n').unwrap();
    assert!(shown == expected, "~~~ got\n{shown}~~~ expected\n{expected}~~~");
}

const TWO_HOSTS: &str = "hosts:
  - name: a
    # spare
    mac: \"52:54:00:00:00:01\"
  - { name: b, mac: 52:54:00:00:00:01 }
";

#[test]
fn both_ends_of_a_conflict() {
    let sources = Sources::new();
    let file = sources.add("site.yaml", TWO_HOSTS).unwrap();
    let mut report = Report::new();
    report.push(
        Finding::new(
            const { &FindingKind::error("duplicate-mac", "") },
            find(file, "52:54:00:00:00:01 }").part(0, 17),
            "two hosts share the MAC address 52:54:00:00:00:01",
        )
        .here("used again here")
        .and(find(file, "\"52:54:00:00:00:01\""), "first used here"),
    );
    check(
        &shown(&report, &sources),
        r#"
error[duplicate-mac]: two hosts share the MAC address 52:54:00:00:00:01
 --> site.yaml:5:21
  |
4 |     mac: "52:54:00:00:00:01"
  |          ------------------- first used here
5 |   - { name: b, mac: 52:54:00:00:00:01 }
  |                     ^^^^^^^^^^^^^^^^^ used again here

1 error
"#,
    );
}

#[test]
fn far_ends_help_and_the_gutter() {
    let sources = Sources::new();
    let text = format!("a: 1\nb: 2\nc: 3\n{}z: 4\n", "# filler\n".repeat(96));
    let file = sources.add("site.yaml", text).unwrap();
    let mut report = Report::new();
    report.push(
        Finding::new(const { &FindingKind::warning("far", "") }, find(file, "z"), "z is far")
            .and(find(file, "a: 1"), "start")
            .and(find(file, "3"), "after a line that is not marked")
            .help("bring them together\nor part them"),
    );
    check(
        &shown(&report, &sources),
        r"
warning[far]: z is far
   --> site.yaml:100:1
    |
  1 | a: 1
    | ---- start
  2 | b: 2
  3 | c: 3
    |    - after a line that is not marked
...
100 | z: 4
    | ^
    |
    = help: bring them together
            or part them

1 warning
",
    );
}

#[test]
fn several_labels_on_a_line() {
    let sources = Sources::new();
    let file = sources.add("site.yaml", "range: [10.0.0.9, 10.0.0.1]\n").unwrap();
    let mut report = Report::new();
    report.push(
        Finding::new(
            const { &FindingKind::error("range", "") },
            find(file, "10.0.0.1"),
            "the range ends before it starts",
        )
        .here("the end")
        .and(find(file, "10.0.0.9"), "the start"),
    );
    check(
        &shown(&report, &sources),
        r"
error[range]: the range ends before it starts
 --> site.yaml:1:19
  |
1 | range: [10.0.0.9, 10.0.0.1]
  |         --------  ^^^^^^^^ the end
  |         |
  |         the start

1 error
",
    );
}

#[test]
fn two_files() {
    let sources = Sources::new();
    let site = sources.add("site.yaml", "hosts: hosts.csv\n").unwrap();
    let hosts = sources.add("sub/hosts.csv", "name,mac\na,1\nb,2\n").unwrap();
    let mut report = Report::new();
    report.push(
        Finding::new(const { &FindingKind::error("column", "") }, find(hosts, "mac"), "no such column")
            .here("unknown")
            .and(find(site, "hosts.csv"), "read from here")
            .and(find(hosts, "2"), "has a value")
            .help("remove it"),
    );
    check(
        &shown(&report, &sources),
        r"
error[column]: no such column
 --> sub/hosts.csv:1:6
  |
1 | name,mac
  |      ^^^ unknown
2 | a,1
3 | b,2
  |   - has a value
  |
 ::: site.yaml:1:8
  |
1 | hosts: hosts.csv
  |        --------- read from here
  |
  = help: remove it

1 error
",
    );
}

#[test]
fn nowhere_first_then_by_place() {
    let sources = Sources::new();
    let file = sources.add("site.yaml", "a: 1\nb: 2\n").unwrap();
    let mut report = Report::new();
    report.push(Finding::new(const { &FindingKind::error("second", "") }, find(file, "2"), "two"));
    report.push(Finding::new(const { &FindingKind::error("first", "") }, find(file, "1"), "one"));
    report.push(
        Finding::nowhere(const { &FindingKind::warning("empty", "") }, "nothing to do").help("write a site"),
    );
    report.push(Finding::nowhere(const { &FindingKind::error("also", "") }, "no help"));
    check(
        &shown(&report, &sources),
        r"
error[also]: no help

warning[empty]: nothing to do
  |
  = help: write a site

error[first]: one
 --> site.yaml:1:4
  |
1 | a: 1
  |    ^

error[second]: two
 --> site.yaml:2:4
  |
2 | b: 2
  |    ^

3 errors, 1 warning
",
    );
}

#[test]
fn nothing_found_nothing_said() {
    assert_eq!(shown(&Report::new(), &Sources::new()), "");
}

#[test]
fn crlf_and_tabs() {
    check(
        &one("a: 1\r\n\tb:\tvalue\t# c\r\nc: 3\r\n", "value"),
        r"
error[some-rule]: it is wrong
 --> site.yaml:2:5
  |
2 |     b:    value    # c
  |           ^^^^^ this

1 error
",
    );
}

#[test]
fn wide_characters() {
    check(
        &one("名前: 日本語 🖥 x\n", "🖥"),
        r"
error[some-rule]: it is wrong
 --> site.yaml:1:9
  |
1 | 名前: 日本語 🖥 x
  |              ^ this

1 error
",
    );
    check(
        &one("名前: 日本語 🚀 x\n", "日本語 🚀"),
        r"
error[some-rule]: it is wrong
 --> site.yaml:1:5
  |
1 | 名前: 日本語 🚀 x
  |       ^^^^^^^^^ this

1 error
",
    );
}

#[test]
fn control_characters_are_seen() {
    let sources = Sources::new();
    let file = sources.add("si\u{1b}te\n.yaml", "a: \u{1b}[31m\u{9b}\u{202e}x\u{7f} bad\n").unwrap();
    let mut report = Report::new();
    report.push(
        Finding::new(const { &FindingKind::error("control", "") }, find(file, "bad"), "has \u{1b}[2J\nin it")
            .here("not \u{7} here")
            .and(find(file, "\u{9b}\u{202e}"), "\u{2066}nor here")
            .help("\u{1b}]0;x\u{7}\nno"),
    );
    check(
        &shown(&report, &sources),
        r"
error[control]: has ␛[2J␊in it
 --> si␛te␊.yaml:1:14
  |
1 | a: ␛[31m<U+009B><U+202E>x␡ bad
  |         ----------------   ^^^ not ␇ here
  |         |
  |         <U+2066>nor here
  |
  = help: ␛]0;x␇
          no

1 error
",
    );
}

#[test]
fn spans_at_the_edges() {
    let sources = Sources::new();
    let file = sources.add("site.yaml", "a: |\n  x\n  y\n").unwrap();
    // Several lines: the first one shows it.
    check(
        &at(&sources, find(file, "|\n  x\n  y\n")),
        r"
error[some-rule]: it is wrong
 --> site.yaml:1:4
  |
1 | a: |
  |    ^ this

1 error
",
    );
    // Empty.
    check(
        &at(&sources, file.span(1, 1)),
        r"
error[some-rule]: it is wrong
 --> site.yaml:1:2
  |
1 | a: |
  |  ^ this

1 error
",
    );
    // On the line's end.
    check(
        &at(&sources, file.span(4, 5)),
        r"
error[some-rule]: it is wrong
 --> site.yaml:1:5
  |
1 | a: |
  |     ^ this

1 error
",
    );
    // At the end of the file, and far beyond it.
    for span in [file.span(13, 13), Span::new(13, 20), Span::new(100_000, u32::MAX), Span::new(u32::MAX, 0)] {
        check(
            &at(&sources, span),
            r"
error[some-rule]: it is wrong
 --> site.yaml:4:1
  |
4 |
  | ^ this

1 error
",
        );
    }
}

#[test]
fn an_empty_line_among_others() {
    let sources = Sources::new();
    let file = sources.add("site.yaml", "a:\n\n\nb:").unwrap();
    let mut report = Report::new();
    report.push(
        Finding::new(const { &FindingKind::error("some-rule", "") }, file.span(4, 4), "it is wrong")
            .here("this")
            .and(file.span(0, 2), "that")
            .and(file.span(3, 3), "empty"),
    );
    check(
        &shown(&report, &sources),
        r"
error[some-rule]: it is wrong
 --> site.yaml:3:1
  |
1 | a:
  | -- that
2 |
  | - empty
3 |
  | ^ this

1 error
",
    );
}

#[test]
fn an_endless_line_is_cut_and_keeps_its_column() {
    let text = format!("a: {}HERE{}\n", "x".repeat(5_000_000), "y".repeat(5_000_000));
    check(
        &one(&text, "HERE"),
        r"
error[some-rule]: it is wrong
 --> site.yaml:1:5000004
  |
1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxHEREyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy...
  |                                                      ^^^^ this

1 error
",
    );
}

#[test]
fn without_texts_only_the_words() {
    check(
        &at(&Sources::new(), Span::new(5, 9)),
        r"
error[some-rule]: it is wrong

1 error
",
    );
}

#[test]
fn many_places_are_too_many() {
    let sources = Sources::new();
    let file = sources.add("site.yaml", "a\n".repeat(60)).unwrap();
    let mut finding = Finding::new(const { &FindingKind::error("many", "") }, file.span(0, 1), "many places");
    for line in 1..=22 {
        finding = finding.and(file.span(line * 2, line * 2 + 1), "");
    }
    let mut report = Report::new();
    report.push(finding);
    let printed = shown(&report, &sources);
    assert!(
        printed.ends_with("\n21 | a\n   | -\n   |\n   = note: and 2 more places\n\n1 error\n"),
        "{printed}"
    );
}

#[test]
fn colours_only_when_asked_for() {
    let sources = Sources::new();
    let file = sources.add("site.yaml", TWO_HOSTS).unwrap();
    let mut report = Report::new();
    report.push(
        Finding::new(const { &FindingKind::warning("name", "") }, find(file, "b,").part(0, 1), "short name")
            .here("here")
            .help("help"),
    );
    let mut out = Vec::new();
    print(&report, &sources, Format::Human, true, &[], &mut out).unwrap();
    let coloured = String::from_utf8(out).unwrap();
    assert!(coloured.starts_with("\u{1b}["), "{coloured:?}");
    assert!(!coloured.contains("\u{1b}]8"), "no hyperlinks: {coloured:?}");
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), shown(&report, &sources));
}

/// A large site, with a finding on every 100th host that also points far back.
#[test]
fn a_thousand_findings_and_more_in_one_pass() {
    let sources = Sources::new();
    let mut text = String::from("hosts:\n");
    for n in 0..110_000 {
        writeln!(text, "  - {{ name: host-{n:06}, mac: '52:54:00:00:00:01', ip: 10.0.0.1, boot: [debian, rescue], note: '{:60}' }}", "").unwrap();
    }
    let file = sources.add("site.yaml", text).unwrap();
    let mut report = Report::new();
    for n in (0..110_000).rev().step_by(100) {
        report.push(
            Finding::new(const { &FindingKind::error("dup", "") }, find_from(file, n), word(n))
                .here("here")
                .and(find_from(file, 50_000 + n % 7), "and here"),
        );
    }
    // Ten of them are folded.
    for n in 1..14 {
        report.push(Finding::new(
            const { &FindingKind::warning("alike", "") },
            find_from(file, n),
            format!("host {n}"),
        ));
    }
    let start = std::time::Instant::now();
    let printed = shown(&report, &sources);
    let took = start.elapsed();
    assert!(printed.contains("error[dup]: jj\n     --> site.yaml:101:13\n"), "{}", &printed[..200]);
    let end = "
... and 10 more warning[alike] like: host 1
... and 103 others
`ipxegen check --format short` lists all

1100 errors, 13 warnings
";
    assert!(printed.ends_with(end), "{}", &printed[printed.len() - 200..]);
    assert_eq!(printed.matches("error[dup]").count(), 997);
    // A pass over the text per finding takes minutes.
    assert!(took.as_secs() < 20, "{took:?}");
}

/// A number in letters, so that no two messages are alike.
fn word(n: usize) -> String {
    n.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}

fn find_from(file: &SourceFile, host: usize) -> Span {
    let line = (file.text().len() - "hosts:\n".len()) / 110_000;
    let at = "hosts:\n".len() + host * line + "  - { name: ".len();
    file.span(at, at + "host-000000".len())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_and_no_span_is_too_strange(
        texts in prop::collection::vec("(\\PC|[ \t\r\n\u{0}-\u{1f}\u{80}-\u{9f}\u{200d}\u{202e}日🚀é]){0,400}", 0..3),
        spans in prop::collection::vec((0..1300_u32, 0..1300_u32, "\\PC{0,6}|[\u{0}-\u{9f}]{0,3}"), 1..12),
        related in 0..5_usize,
        colour: bool,
    ) {
        let sources = Sources::new();
        for (n, text) in texts.into_iter().enumerate() {
            sources.add(format!("file{n}\u{1b}"), text).unwrap();
        }
        let mut report = Report::new();
        for findings in spans.chunks(related + 1) {
            let (start, end, text) = &findings[0];
            let mut finding = Finding::new(const { &FindingKind::error("rule", "") }, Span::new(*start, *end), text.clone()).here(text.clone());
            for (start, end, text) in &findings[1..] {
                finding = finding.and(Span::new(*start, *end), text.clone()).help(text.clone());
            }
            report.push(finding);
        }
        for format in [Format::Human, Format::Short, Format::Json] {
            let mut out = Vec::new();
            print(&report, &sources, format, colour, &[], &mut out).unwrap();
            let printed = String::from_utf8(out).unwrap();
            let plain = anstream::adapter::strip_str(&printed).to_string();
            prop_assert!(colour || plain == printed);
            let seen = plain.chars().all(|c| c == '\n' || !super::visible::is_hidden(c));
            prop_assert!(seen, "{plain:?}");
        }
    }
}
