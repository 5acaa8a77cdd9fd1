//! Files that are read line by line.

use std::borrow::Cow;

use super::subjects::{Subject, Subjects};

/// `NAME="value"`, as a shell reads it.
pub(super) fn settings<'t>(of: &'static str, text: &'t str) -> Subjects<'t> {
    let mut things = Subjects::new();
    for (name, value) in plain(text).filter_map(|line| line.split_once('=')) {
        let thing: &mut Subject<'t> = things.entry((of, "".into())).or_default();
        thing.facts.push((name.into(), value.trim_matches('"').into()));
    }
    things
}

/// A path and its clients.
pub(super) fn exports(text: &str) -> Subjects<'_> {
    let mut things = Subjects::new();
    for (path, clients) in plain(text).filter_map(|line| line.split_once(' ')) {
        let thing: &mut Subject<'_> = things.entry(("export", path.into())).or_default();
        thing.facts.push(("clients".into(), clients.into()));
    }
    things
}

/// Sections with settings.
pub(super) fn shares(text: &str) -> Subjects<'_> {
    let mut things = Subjects::new();
    let mut section = ("smb", Cow::Borrowed(""));
    for line in plain(text) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = if name == "global" { ("smb", "".into()) } else { ("share", name.into()) };
            things.entry(section.clone()).or_default();
        } else if let Some((name, value)) = line.split_once('=') {
            let thing: &mut Subject<'_> = things.entry(section.clone()).or_default();
            thing.facts.push((name.trim().into(), value.trim().into()));
        }
    }
    things
}

/// The menu of an iPXE script, and what each entry does.
pub(super) fn menu(text: &str) -> Subjects<'_> {
    let mut things = Subjects::new();
    // Before the first label there are settings.
    let mut label = None;
    let mut order: Vec<&str> = Vec::new();
    for line in plain(text) {
        if let Some(name) = line.strip_prefix(':') {
            label = Some(name).filter(|name| !name.starts_with("ipxegen."));
            continue;
        }
        if let Some(name) = label {
            // A line a fact: what the entry does is shown by the file's own lines.
            let thing = things.entry(("boot entry", name.into())).or_default();
            thing.facts.push(("commands".into(), line.into()));
            continue;
        }
        let item = line.split_once("&& item").map(|(_, rest)| rest).or_else(|| line.strip_prefix("item"));
        if let Some(rest) = item {
            let rest = rest.trim_end_matches("||").trim();
            if rest.starts_with("--gap") {
                continue;
            }
            let (key, rest) = match rest.strip_prefix("--key ").and_then(|rest| rest.split_once(' ')) {
                Some((key, rest)) => (Some(key), rest),
                None => (None, rest),
            };
            let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
            if order.contains(&name) {
                continue;
            }
            order.push(name);
            let thing: &mut Subject<'_> = things.entry(("boot entry", name.into())).or_default();
            thing.facts.push(("label".into(), text.into()));
            thing.facts.extend(key.map(|key| ("key".into(), key.into())));
        } else if let Some(title) = line.strip_prefix("menu ") {
            menu_of(&mut things).facts.push(("title".into(), title.into()));
        } else if let Some(rest) = line.strip_prefix("choose ") {
            let timeout = rest.strip_prefix("--timeout ").and_then(|rest| rest.split(' ').next());
            let seconds = timeout.and_then(|timeout| timeout.strip_suffix("000"));
            let shown =
                seconds.map(|seconds| format!("{seconds} s")).or_else(|| Some(format!("{} ms", timeout?)));
            menu_of(&mut things).facts.extend(shown.map(|shown| ("timeout".into(), shown.into())));
        } else if let Some(rest) = line.strip_prefix("set ") {
            let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
            let name = if name == "ipxegen.default" { "default" } else { name };
            menu_of(&mut things).facts.push((name.into(), value.into()));
        }
    }
    if !order.is_empty() {
        menu_of(&mut things).facts.push(("order".into(), order.join(", ").into()));
    }
    things
}

fn menu_of<'a, 't>(things: &'a mut Subjects<'t>) -> &'a mut Subject<'t> {
    things.entry(("menu", "".into())).or_default()
}

/// Lines that say something.
fn plain(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']))
}
