//! Our YAML reader agrees with an independent one.
//!
//! Our nodes keep each scalar as it is written; the other reader converts it to a type. So the test compares texts, and
//! only scalars that the other reader keeps as text: those in quotes, and words that are not numbers.

use std::fs;

use ipxegen::source::{Entered, Node, NodeKind, Reader, Sources};
use proptest::prelude::*;
use serde_yaml::Value;

use crate::support::program::package;

/// A tree of texts, in which the order of keys counts.
#[derive(Clone, Debug, PartialEq)]
enum Tree {
    Null,
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

/// Reads a text with our reader; a fault is an error.
fn ours(text: &str) -> Result<Tree, String> {
    let sources = Sources::new();
    let file = sources.add("site.yaml", text).unwrap();
    let mut reader = Reader::new(&sources, file);
    let fault = |fault: ipxegen::source::YamlFault| format!("{fault:?}");
    let node = match reader.start_whole().map_err(fault)? {
        Some(Entered::Node(node)) => Some(node),
        Some(Entered::Map(_)) => return Err("the document was not read whole".to_owned()),
        None => None,
    };
    reader.finish().map_err(fault)?;
    let faults = reader.take_faults();
    if !faults.is_empty() {
        return Err(format!("{faults:?}"));
    }
    Ok(node.map_or(Tree::Null, |node| tree(&node)))
}

fn tree(node: &Node<'_>) -> Tree {
    match &node.plain().kind {
        NodeKind::Null | NodeKind::Shared(_) => Tree::Null,
        NodeKind::Scalar(text) => Tree::Text((*text).to_owned()),
        NodeKind::Seq(items) => Tree::List(items.iter().map(tree).collect()),
        NodeKind::Map(entries) => {
            Tree::Map(entries.iter().map(|(key, value)| (key.text.to_owned(), tree(value))).collect())
        }
    }
}

/// Reads a text with the other reader, which also applies merges.
fn theirs(text: &str) -> Result<Tree, String> {
    let mut value: Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    value.apply_merge().map_err(|error| error.to_string())?;
    convert(&value)
}

fn convert(value: &Value) -> Result<Tree, String> {
    Ok(match value {
        Value::Null => Tree::Null,
        Value::Bool(flag) => Tree::Text(flag.to_string()),
        Value::Number(number) => Tree::Text(number.to_string()),
        Value::String(text) => Tree::Text(text.clone()),
        Value::Sequence(items) => Tree::List(items.iter().map(convert).collect::<Result<_, _>>()?),
        Value::Mapping(entries) => {
            let entry = |(key, value): (&Value, &Value)| match convert(key)? {
                Tree::Text(key) => Ok((key, convert(value)?)),
                Tree::Null => Ok(("null".to_owned(), convert(value)?)),
                _ => Err("a compound key".to_owned()),
            };
            Tree::Map(entries.iter().map(entry).collect::<Result<_, _>>()?)
        }
        Value::Tagged(tagged) => convert(&tagged.value)?,
    })
}

/// Both trees with sorted keys, because merging changes their order, and with numbers in one form.
fn alike(one: &Tree, other: &Tree) -> bool {
    match (one, other) {
        (Tree::Null, Tree::Null) => true,
        (Tree::Text(one), Tree::Text(other)) => {
            one == other || number(one).is_some_and(|n| Some(n) == number(other))
        }
        (Tree::List(one), Tree::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Tree::Map(one), Tree::Map(other)) => {
            let find = |key: &String| {
                other
                    .iter()
                    .find(|(known, _)| known == key || number(key).is_some_and(|n| Some(n) == number(known)))
            };
            one.len() == other.len()
                && one.iter().all(|(key, value)| find(key).is_some_and(|(_, known)| alike(value, known)))
        }
        _ => false,
    }
}

/// A number as YAML's core schema writes it, as a value.
fn number(text: &str) -> Option<u64> {
    let value = match text.get(..2) {
        Some("0x") => u64::from_str_radix(&text[2..], 16).ok().map(|number| number as f64),
        Some("0o") => u64::from_str_radix(&text[2..], 8).ok().map(|number| number as f64),
        _ if text.bytes().all(|byte| b"+-.eE0123456789".contains(&byte)) => text.parse().ok(),
        _ => match text {
            "True" | "TRUE" | "true" => Some(f64::from_bits(1)),
            "False" | "FALSE" | "false" => Some(f64::from_bits(2)),
            _ => None,
        },
    };
    value.map(f64::to_bits)
}

#[test]
fn every_yaml_file_of_the_repository_reads_the_same() {
    let mut seen = 0;
    let walk = walkdir::WalkDir::new(package()).into_iter();
    for entry in
        walk.filter_entry(|entry| !["target", ".git"].contains(&entry.file_name().to_str().unwrap_or("")))
    {
        let path = entry.unwrap().into_path();
        if !path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            continue;
        }
        // A site that is not UTF-8 is there to be refused before any reader sees it.
        let Ok(text) = String::from_utf8(fs::read(&path).unwrap()) else { continue };
        let (one, other) = (ours(&text), theirs(&text));
        match (&one, &other) {
            (Ok(one), Ok(other)) => assert!(alike(one, other), "{}\n{one:?}\n{other:?}", path.display()),
            // A text that one refuses must also be refused by the other, for any reason, unless it is
            // a folder of hostile shapes that says so.
            (Err(_), Err(_)) => {}
            _ => assert!(one.is_err(), "{}: only the other reader refuses: {other:?}", path.display()),
        }
        if one.is_err() {
            assert!(path.to_str().unwrap().contains("/tests/"), "{}: {one:?}", path.display());
        }
        seen += 1;
    }
    assert!(seen >= 15, "only {seen}");
}

/// Texts with every form of YAML that a site may have.
#[test]
fn forms_read_the_same() {
    for text in [
        "a: b",
        "a: 'it''s'",
        "a: \"\\x41\\u00e9\\n\\t\\\"\\\\\\/\\e\"",
        "a: |\n  x\n   y\n\n  z\nb: c",
        "a: >\n  x\n  y\n\n  z\n",
        "a: |-\n  x\n",
        "a: |+\n  x\n\n",
        "a: |2\n    x\n",
        "a: >-\n  x\n    y\n  z\n",
        "a: [b, c, ]",
        "a: {b: c, d: }",
        "- a\n- - b\n  - c\n- d: e\n  f: g",
        "? a\n: b\n",
        "? 'a b'\n: - c\n",
        "a: &x b\nc: *x",
        "a: &x {b: c, d: e}\nf: {<<: *x, d: g}",
        "a: &x {b: c}\nd: &y {b: e, f: g}\nh: {<<: [*x, *y]}",
        "a: b # comment\n# another\nc: d",
        "a:\n- b\n- c",
        "a: b\n...\n",
        "--- a",
        "a: ~\nb: null\nc:\nd: ''",
        "a: !!str 1\nb: !!str null",
        "a: 1:20\nb: no\nc: on\nd: y",
        "a: 0775\nb: 0x1F\nc: 1e3\nd: 1_000",
        "a: x y  z\nb: a b\n  c",
        "\"a b\": c\n'd': e",
        "a: {\"b\":c}",
        "a: b: c",
        "a: [{b: c}, [d]]",
        "a: http://x/y#z",
        "a: -\n",
        "a: - b",
        "a: 'x\n  y\n\n  z'",
        "a: \"x\\\n  y\"",
        "a: @b",
        "a: `b`",
        "a: %b",
        "a: |\n\tx",
        "a: [",
        "a: ]",
        "a: {b",
        "- a\nb: c",
        "a: *x",
        "a: 日本\nб: é",
        "a: \"\\U0001F600\"",
        "%YAML 1.2\n---\na: b",
        "a:   b  ",
        "a:\n  b:\n    c: d\n  e: f",
        "a: b\r\nc: d\r\n",
    ] {
        let (one, other) = (ours(text), theirs(text));
        match (&one, &other) {
            (Ok(one), Ok(other)) => assert!(alike(one, other), "{text:?}\n{one:?}\n{other:?}"),
            (Err(_), Err(_)) => {}
            // Readers differ in what they let pass; ours must not be the stricter one on plain text.
            (Err(fault), Ok(other)) => panic!("{text:?}: only we refuse: {fault}, not {other:?}"),
            (Ok(_), Err(_)) => {}
        }
    }
}

fn scalars() -> impl Strategy<Value = Tree> {
    prop_oneof![
        Just(Tree::Null),
        "[a-zA-Z0-9 _.:#'\"\\\\{}\\[\\],&*!|>%@`~-]{0,12}".prop_map(Tree::Text),
        // In YAML 1.1 two of these end a line, in 1.2 they do not (5.4). The other writer keeps to 1.1: it
        // indents behind them, between single quotes. It writes other blanks than U+0020 without quotes, where we refuse
        // them: nobody sees them.
        "\\PC{0,8}".prop_map(|text| {
            let is_invisible =
                |c: char| matches!(c, '\u{2028}' | '\u{2029}') || (c != ' ' && c.is_whitespace());
            Tree::Text(text.replace(is_invisible, "x"))
        }),
        prop_oneof![
            "yes",
            "no",
            "0775",
            "1:20",
            "-1",
            "1.5",
            "null",
            "~",
            "true",
            "<<",
            "=",
            "---",
            "- a",
            "a\nb",
            "a\n\n b\n",
            " ",
            "\t",
            "é\u{85}\u{2028}"
        ]
        .prop_map(Tree::Text),
    ]
}

fn forests() -> impl Strategy<Value = Tree> {
    scalars().prop_recursive(4, 24, 5, |inner| {
        let keys = prop::collection::btree_map("[a-z][a-z0-9_-]{0,8}", inner.clone(), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Tree::List),
            keys.prop_map(|map| Tree::Map(map.into_iter().collect())),
        ]
    })
}

fn to_value(tree: &Tree) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Text(text) => Value::String(text.clone()),
        Tree::List(items) => Value::Sequence(items.iter().map(to_value).collect()),
        Tree::Map(entries) => Value::Mapping(
            entries.iter().map(|(key, value)| (Value::String(key.clone()), to_value(value))).collect(),
        ),
    }
}

proptest! {
    /// We read back every text that the other one writes.
    #[test]
    fn what_another_writer_writes_we_read(tree in forests()) {
        let text = serde_yaml::to_string(&to_value(&tree)).unwrap();
        prop_assert_eq!(ours(&text), Ok(tree), "{}", text);
    }
}
