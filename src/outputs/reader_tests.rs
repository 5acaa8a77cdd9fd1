//! The readers for `diff`, with text that ipxegen did not write: a file that somebody changed by hand.

use std::fmt::Write;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::OUTPUTS;
use crate::diff::{Changed, Reader, words};

/// The length of a long text.
const SIZE: usize = 1_000_000;

fn readers() -> Vec<(&'static str, Reader)> {
    let readers = OUTPUTS.iter().filter_map(|output| Some((output.name(), output.reader()?)));
    let readers: Vec<_> = readers.collect();
    assert!(readers.len() >= 6, "{} readers", readers.len());
    readers
}

/// Compares a text with an empty one.
fn read(reader: Reader, text: &str) -> usize {
    words(&[Changed { read: Some(reader), old: Some(text), new: Some(""), ..Changed::default() }]).lines.len()
}

#[test]
fn no_text_makes_a_reader_panic() {
    let texts = [
        "",
        "{",
        "}}}}",
        "host",
        "host x",
        "host {",
        "\"",
        "\\",
        "subnet 1 netmask 2 {",
        "#",
        "host é { é; }",
        "[",
        "[é",
        "[a]\n=",
        "=",
        "item",
        "item --key",
        "item --key é",
        ":",
        "choose --timeout é",
        "set",
        "menu ",
        "/a",
        "/é  ",
        "&& item||",
        "\r\n\u{feff}\0",
    ];
    for (_, reader) in readers() {
        for first in texts {
            for second in texts {
                read(reader, &format!("{first}{second}"));
                read(reader, &format!("{first}\n{second}\n"));
            }
        }
    }
}

/// One piece of a text, by its number.
type Shape = (&'static str, fn(usize) -> String);

/// The second half of a text has the other shape.
const SHAPES: [(Shape, Option<Shape>); 22] = [
    (("open blocks", |_| "{".to_owned()), None),
    (("closed blocks", |_| "}".to_owned()), None),
    (("quotes", |_| "\" ".to_owned()), None),
    (("backslashes", |_| "\\".to_owned()), None),
    (("one word", |_| "é".to_owned()), None),
    (("words", |_| "a ".to_owned()), None),
    (("commas", |_| "a,".to_owned()), None),
    (("comments", |n| format!("# {n}\n")), None),
    (("open brackets", |_| "[".to_owned()), None),
    (("hosts", |n| format!("host h{n} {{ fixed-address 10.0.0.1; }}\n")), None),
    (("classes", |n| format!("class \"c{n}\" {{ }}\nsubclass \"c{n}\" 1;\n")), None),
    (("pools", |n| format!("pool {{ range 10.0.0.{n}; x; }}\n")), None),
    (("open pools", |n| format!("pool {{ x {n};\n")), None),
    (("conditions", |n| format!("if option a = {n} {{ x {n};\n")), None),
    (("else", |n| format!("if a {{ }} else {{ x {n};\n")), None),
    (("definitions", |n| format!("option a{n} code {n} = text;\n")), None),
    (
        ("statements of a group", |n| format!("a{n} b;\n")),
        Some(("its hosts", |n| format!("host h{n} {{ }}\n"))),
    ),
    (
        ("netmasks", |n| format!("subnet 10.0.0.0 netmask 255.{}.{}.0 {{ }}\n", n / 256 % 256, n % 256)),
        Some(("hosts", |n| format!("host h{n} {{ fixed-address 10.0.0.1; }}\n"))),
    ),
    (("items", |n| format!("item e{n} text\n")), None),
    (("equal items", |_| "item e text\n".to_owned()), None),
    (("sections", |n| format!("[s{n}]\na = {n}\n")), None),
    (("settings", |n| format!("/a{n} = \"*(ro)\"\n")), None),
];

fn text((first, second): &(Shape, Option<Shape>)) -> String {
    let mut text = String::from("group {\n");
    for (n, (_, piece)) in [Some(first), second.as_ref()].into_iter().flatten().enumerate() {
        let end = if second.is_some() && n == 0 { SIZE / 2 } else { SIZE };
        for n in 0.. {
            if text.len() >= end {
                break;
            }
            write!(text, "{}", piece(n)).unwrap();
        }
    }
    text
}

/// The processor's time of this thread, which other work on the machine does not lengthen.
fn time_of(work: impl FnOnce()) -> Duration {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let start = now();
    work();
    now() - start
}

/// A linear reader takes a second at most, a quadratic one minutes.
#[test]
fn a_long_text_takes_time_by_its_length() {
    for shape in &SHAPES {
        let text = text(shape);
        for (name, reader) in readers() {
            let time = time_of(|| _ = read(reader, &text));
            assert!(time < Duration::from_secs(20), "{name}, {}: {time:?}", shape.0.0);
        }
    }
}
