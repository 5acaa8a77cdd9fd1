//! The line scanner and the parser give the same nodes, places and faults as the parser alone.

use std::fs;

use ipxegen::source::{Entered, Reader, SourceFile, Sources, YamlFault};
use proptest::prelude::*;

use crate::support::program::package;

/// The result of reading a text, in both ways in which a text can be read.
fn all<'a>(
    make: impl Fn(&'a Sources, &'a SourceFile) -> Reader<'a>,
    sources: &'a Sources,
    file: &'a SourceFile,
) -> String {
    let mut whole = make(sources, file);
    let node = whole.start_whole();
    let node = match &node {
        Ok(Some(Entered::Node(node))) => format!("{node:?}"),
        Ok(None) => "nothing".to_owned(),
        Err(fault) => format!("{fault:?}"),
        Ok(Some(Entered::Map(_))) => panic!("the document was not read whole"),
    };
    let end = whole.finish();
    let faults = whole.take_faults();
    let mut stepwise = make(sources, file);
    let mut steps = String::new();
    let stopped = steps_of(&mut stepwise, &mut steps);
    format!("{node} {end:?} {faults:?}\n{steps} {stopped:?} {:?}", stepwise.take_faults())
}

/// Key by key, as sites are read.
fn steps_of(reader: &mut Reader<'_>, steps: &mut String) -> Result<(), YamlFault> {
    let Some(Entered::Map(span)) = reader.start()? else { return Ok(()) };
    steps.push_str(&format!("{span:?}"));
    while let Some(key) = reader.next_key()? {
        steps.push_str(&format!("\n{key:?} "));
        match reader.enter()? {
            Entered::Node(node) => steps.push_str(&format!("{node:?}")),
            Entered::Map(_) => {
                while let Some(key) = reader.next_key()? {
                    let node = reader.node()?;
                    steps.push_str(&format!("\n  {key:?} {node:?}"));
                }
            }
        }
    }
    reader.finish()
}

/// Whether both read a text the same.
fn compare(text: &str) -> Result<(), String> {
    let sources = Sources::new();
    let file = sources.add("site.yaml", text).unwrap();
    let (with, without) = (all(Reader::new, &sources, file), all(Reader::without_scanner, &sources, file));
    if with == without {
        Ok(())
    } else {
        Err(format!("{text:?}\nwith the scanner: {with}\nwithout: {without}"))
    }
}

/// Every YAML text of the repository: files, and blocks of the documentation.
fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let walk = walkdir::WalkDir::new(package()).into_iter();
    for entry in walk.filter_entry(|entry| {
        !entry.file_name().to_str().is_some_and(|name| name.starts_with("target") || name == ".git")
    }) {
        let path = entry.unwrap().into_path();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        let corpus = path.starts_with(package().join("fuzz/corpus")) && path.is_file();
        if !corpus && !["yaml", "yml", "md"].contains(&extension) {
            continue;
        }
        // A reader never gets text that is not UTF-8.
        let Ok(text) = String::from_utf8(fs::read(&path).unwrap()) else { continue };
        let name = path.display().to_string();
        if extension != "md" {
            texts.push((name, text));
            continue;
        }
        let blocks = text.split("\n```yaml\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
        texts.extend(blocks.map(|(block, _)| (name.clone(), format!("{block}\n"))));
    }
    assert!(texts.len() >= 200, "only {}", texts.len());
    texts
}

#[test]
fn every_yaml_text_of_the_repository() {
    for (name, text) in texts() {
        compare(&text).unwrap_or_else(|difference| panic!("{name}: {difference}"));
        let crlf = text.replace('\n', "\r\n");
        compare(&crlf).unwrap_or_else(|difference| panic!("{name} with CRLF: {difference}"));
    }
}

/// Each text, cut at every line and without each line: wrong structure at every place.
#[test]
fn every_piece_of_a_text() {
    for (name, text) in texts().into_iter().filter(|(_, text)| text.len() < 2_000) {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for at in 0..lines.len() {
            let half = lines[at]
                .char_indices()
                .nth(lines[at].chars().count() / 2)
                .map_or("", |(half, _)| &lines[at][..half]);
            let cut = lines[..at].concat() + half;
            let without = lines[..at].concat() + &lines[at + 1..].concat();
            for text in [cut, without] {
                compare(&text).unwrap_or_else(|difference| panic!("{name}: {difference}"));
            }
        }
    }
}

/// The examples are plain block style: the parser is not needed for any of them.
#[test]
fn the_examples_take_the_fast_path() {
    let mut seen = 0;
    for (name, text) in
        texts().iter().filter(|(name, _)| name.contains("/examples/") && name.ends_with("site.yaml"))
    {
        let sources = Sources::new();
        let file = sources.add("site.yaml", text.as_str()).unwrap();
        let mut reader = Reader::new(&sources, file);
        assert!(reader.start_whole().is_ok());
        assert!(reader.finish().is_ok());
        assert!(!reader.asked_parser(), "{name}");
        seen += 1;
    }
    assert!(seen >= 3, "only {seen}");
}

/// The import checks its site with the texts of `raw` in quotes, because only the parser reads literal blocks.
#[test]
fn texts_of_several_lines_in_quotes_take_the_fast_path() {
    let text = "hosts:\n  a: { raw: { dhcpd: \"x \\\"y\\\";\\n\\tz \\\\n;\\n\" } }\n";
    compare(text).unwrap();
    let sources = Sources::new();
    let file = sources.add("site.yaml", text).unwrap();
    let mut reader = Reader::new(&sources, file);
    let Ok(Some(Entered::Node(node))) = reader.start_whole() else { panic!("{text}") };
    let node = format!("{node:?}");
    assert!(node.contains("\"x \\\"y\\\";\\n\\tz \\\\n;\\n\""), "{node}");
    assert!(!reader.asked_parser());
}

/// Words of YAML, and of sites.
const PIECES: &[&str] = &[
    "\n",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    "\r\n",
    "\r",
    " ",
    "  ",
    "\t",
    "- ",
    "-",
    ": ",
    ":",
    "? ",
    "# ",
    " # x\n",
    "\"",
    "'",
    "''",
    "\\",
    "\\\"",
    "\\n",
    "\\t",
    "\"a\\nb\\t\\\\n\"",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "&a ",
    "*a",
    "!t ",
    "!!str ",
    "|",
    "|\n",
    ">-\n",
    "~",
    "null",
    "<<: ",
    "---",
    "---\n",
    "...",
    "%",
    "@",
    "`",
    "é",
    "—",
    "日本",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{1f600}",
    "\u{ffff}",
    "\0",
    "\u{7f}",
    "a",
    "b: ",
    "a: 1\n",
    "- x\n",
    "- a: 1\n",
    "  b: 2\n",
    "x: [a, b]\n",
    "y: {c: d}\n",
    "mac: \"52:54:00:00:00:01\"\n",
    "  ip: 10.0.0.1\n",
    "a:\n",
    "-\n",
    "a:\n- b\n",
    "'a': b\n",
    "0",
    "=",
    "--",
    "-a",
    ".5",
    "/x",
    ";",
    "a:b",
    "a#b",
    "::",
];

proptest! {
    // `PROPTEST_CASES` asks for more.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(4096)))]

    #[test]
    fn words_in_any_order(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        let same = compare(&pieces.concat());
        prop_assert!(same.is_ok(), "{}", same.unwrap_err());
    }

    /// Plain block style with one element that may be outside of it.
    #[test]
    fn hosts_with_one_thing_strange(
        hosts in prop::collection::vec(("[a-z]{1,6}", "[ -~]{0,12}", 0usize..6), 1..6),
        strange in prop::sample::select(PIECES),
        at in any::<prop::sample::Index>(),
    ) {
        let mut text = String::from("# hosts\nhosts:\n");
        for (name, value, form) in &hosts {
            let quoted = value.replace('\'', "''");
            text.push_str(&match form {
                0 => format!("  {name}:\n    label: '{quoted}'\n"),
                1 => format!("  {name}: {{ label: '{quoted}', ip: 10.0.0.1 }} # {value}\n"),
                2 => format!("  {name}:\n  - {value}\n  - a: b\n    c:\n"),
                3 => format!("  {name}: {value}\n\n"),
                4 => format!("  {name}: [a, '{quoted}', [b], {{ c: d }}]\n"),
                _ => format!("  {name}:   # {value}\n"),
            });
        }
        let at = text.floor_char_boundary(at.index(text.len() + 1));
        text.insert_str(at, strange);
        let same = compare(&text);
        prop_assert!(same.is_ok(), "{}", same.unwrap_err());
    }
}
