//! Which part of `src/` (a room) may use which, and names that no file there may have.
//!
//! The stages depend on each other in one direction only: source → schema → resolve → rules → plan → render → checks →
//! tree. All of them use `report` for their findings.

use std::fs;
use std::path::{Path, PathBuf};

/// A room may use itself and the rooms named here; rooms need not exist yet.
const ROOMS: &[(&str, &[&str])] = &[
    ("source", &["parallel", "limits", "nofollow"]),
    // The limits for sites, as numbers.
    ("limits", &[]),
    // The reason why a value is invalid.
    ("invalid_value", &[]),
    // Opens files and folders without following a link.
    ("nofollow", &[]),
    // Counts finished work, and does not know the work.
    ("progress", &[]),
    // Divides work among processors, and does not know the work.
    ("parallel", &[]),
    // The signals that ask the program to end.
    ("signals", &[]),
    // Runs other programs, and knows none of them.
    ("process", &[]),
    ("report", &["source", "limits"]),
    ("schema", &["source", "report", "parallel", "progress", "limits"]),
    ("model", &["source", "invalid_value"]),
    // The DHCP policy, of the model alone: no daemon's language, no file, no finding.
    ("dhcp", &["model", "source"]),
    // One file for each kind of boot entry: its keys, its checks, its values.
    ("boot", &["model", "report", "source", "schema", "dialects"]),
    // It uses `outputs` only to find the outputs that `raw` may name in a scope, and their languages. Each output lists
    // its scopes itself; a table in `model` would be a second list of the outputs.
    (
        "resolve",
        &[
            "schema", "model", "boot", "outputs", "report", "source", "dialects", "parallel", "progress",
            "limits",
        ],
    ),
    ("rules", &["model", "boot", "dhcp", "report", "source", "dialects", "parallel"]),
    // It uses `diff` for the types of the facts that each output reads from its own files; `diff` knows no output.
    ("outputs", &["model", "boot", "dhcp", "dialects", "diff", "source", "parallel"]),
    // It knows nothing of a site, so it could be a crate of its own.
    ("dialects", &["limits", "invalid_value"]),
    // Two outputs with one path are a finding.
    ("plan", &["outputs", "tree", "model", "report", "limits"]),
    ("render", &["outputs", "dialects", "tree", "report", "source", "parallel"]),
    ("checks", &["outputs", "dialects", "plan", "render", "tree", "report", "source", "process", "signals"]),
    // Reads the server's disk, and writes nothing.
    ("files", &["model", "report", "source", "limits"]),
    ("tree", &["parallel", "progress", "nofollow"]),
    // Files of daemons into a site.yaml; it evaluates their conditions for the clients of `dhcp`. The proof is the command's.
    ("import", &["boot", "dhcp", "model", "dialects", "report", "limits"]),
    // The difference between two renders, found in their texts alone.
    ("diff", &["report", "dialects"]),
    // Questions about a resolved site: its machines, and what one of them gets.
    ("trace", &["model", "dhcp", "outputs", "files", "report", "source"]),
    // DHCP, TFTP and HTTP as a client speaks them; it knows nothing of a site.
    ("wire", &[]),
    // Asks the network, and compares.
    ("probe", &["model", "dhcp", "trace", "wire", "report", "source"]),
    // Starts the DHCP server with new files, and asks it; it shares the list of mounts with the confined checkers.
    (
        "trial",
        &["model", "dhcp", "dialects", "trace", "wire", "probe", "report", "source", "process", "checks"],
    ),
    // It uses `outputs` only for the action after a change: a manifest names units, and the output that owns a unit
    // knows how the unit takes up a change.
    ("apply", &["tree", "process", "outputs"]),
    (
        "commands",
        &[
            "source", "report", "schema", "model", "boot", "resolve", "rules", "outputs", "plan", "render",
            "checks", "files", "tree", "diff", "apply", "dialects", "parallel", "progress", "process",
            "signals", "limits", "trace", "dhcp", "probe", "wire", "import", "trial",
        ],
    ),
];

/// Names that say nothing about what is in a file.
const CELLARS: &[&str] =
    &["utils", "util", "helpers", "helper", "types", "error", "errors", "common", "misc"];

#[test]
fn rooms_use_only_the_rooms_they_may() {
    let mut wrong = Vec::new();
    let permissions = ROOMS.iter().flat_map(|(room, allowed)| allowed.iter().map(|other| (*room, *other)));
    let mut unused: Vec<(&str, &str)> = permissions.collect();
    for (room, path) in files() {
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            // The crate's own roots see everything; anything else has to be given a place.
            if room != "lib" && room != "main" {
                wrong.push(format!(
                    "{}: the room `{room}` is not in the table of tests/rooms.rs",
                    path.display()
                ));
            }
            continue;
        };
        for (line, used) in uses(&fs::read_to_string(&path).unwrap()) {
            unused.retain(|permission| *permission != (&*room, &*used));
            if used != room && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}:{line}: `{room}` may not use `{used}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "rooms that know too much:\n  {}\n", wrong.join("\n  "));
    assert!(unused.is_empty(), "permissions that nobody uses: {unused:?}");
}

/// Only the console opens standard output and standard error, because it masks secrets. `progress` prints numbers and
/// no text of the site.
#[test]
fn only_the_console_writes_to_the_user() {
    const WAYS: &[&str] = &["stdout()", "stderr()", "print!(", "println!(", "/dev/stdout", "/dev/stderr"];
    let mut wrong = Vec::new();
    for (_, path) in files() {
        let name = path.to_str().unwrap();
        // The console writes through `streams`; no other file may use it. `colour` asks only whether they have colours.
        let console = [
            "src/commands/console.rs",
            "src/commands/streams.rs",
            "src/commands/colour.rs",
            "src/progress.rs",
        ];
        if console.contains(&name) || name.ends_with("tests.rs") {
            continue;
        }
        let code = without_comments(&fs::read_to_string(&path).unwrap());
        for (at, line) in code.lines().enumerate() {
            let asked = line.replace("stdout().is_terminal()", "").replace("stderr().is_terminal()", "");
            let asked = asked.replace("console::stdout()", "").replace("console::stderr()", "");
            if WAYS.iter().any(|way| asked.contains(way)) {
                wrong.push(format!("{name}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "use `commands::console`, which masks secrets:\n  {}\n", wrong.join("\n  "));
}

#[test]
fn there_are_no_cellars() {
    let found: Vec<_> = (files().iter())
        .flat_map(|(_, path)| path.components().map(|part| Path::new(part.as_os_str()).to_owned()))
        .filter(|part| part.file_stem().is_some_and(|stem| CELLARS.iter().any(|cellar| stem == *cellar)))
        .collect();
    assert!(found.is_empty(), "name these after what is in them: {found:?}");
}

/// Every Rust file of `src/` with the room it is in.
fn files() -> Vec<(String, PathBuf)> {
    // Cargo runs tests in the package's folder; what was compiled in may be another checkout's.
    let src = std::env::current_dir().unwrap().join("src");
    let mut files = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(&src).unwrap();
                let room = inside.components().next().unwrap().as_os_str().to_str().unwrap();
                files.push((room.trim_end_matches(".rs").to_owned(), Path::new("src").join(inside)));
            }
        }
    }
    files.sort();
    assert!(!files.is_empty());
    files
}

/// The rooms that a text names by `crate::`, with their lines; in code, not in comments.
///
/// Also finds paths in the middle of an expression, and each of `use crate::{a, b::{c, d}}`.
fn uses(text: &str) -> Vec<(usize, String)> {
    let code = without_comments(text);
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate::` is the same room; `my_crate::` is something else.
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let rest = code[at + "crate::".len()..].trim_start();
        match rest.strip_prefix('{') {
            Some(group) => used.extend(group_heads(group).into_iter().map(|head| (line, head))),
            None => used.push((line, head(rest))),
        }
    }
    used.retain(|(_, room)| !room.is_empty());
    used
}

/// The first names of the entries of a braced group, given what follows its opening brace.
fn group_heads(group: &str) -> Vec<String> {
    let mut heads = vec![head(group.trim_start())];
    let mut depth = 1;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => heads.push(head(group[at + 1..].trim_start())),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

fn head(path: &str) -> String {
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The text with every `//` comment blanked; line numbers stay.
fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn uses_are_found_wherever_they_stand() {
    let text = "//! See [`crate::nowhere`].\n\
                use crate::source::Span;\n\
                use crate::{model, report::{Finding, Label}, tree};\n\
                pub(crate) fn x() -> crate::schema::Site { my_crate::y() } // crate::z\n";
    let expected = [(2, "source"), (3, "model"), (3, "report"), (3, "tree"), (4, "schema")];
    assert_eq!(uses(text), expected.map(|(line, room)| (line, room.to_owned())));
}
