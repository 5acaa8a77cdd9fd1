//! `smb.conf` of Samba: shares, and the global settings that ipxegen does not write by itself.

use foldhash::HashMap;

use super::Imported;
use super::coverage::Outcome;
use super::draft::{Mapping, Value};
use super::origin::{Lines, Origin};
use super::source_file::SourceFile;
use crate::dialects::smb;

/// Global settings that every rendered smb.conf has.
const RENDERED: [(&str, &str); 5] = [
    ("serverrole", "standalone server"),
    ("loadprinters", "no"),
    ("printing", "bsd"),
    ("printcapname", "/dev/null"),
    ("disablespoolss", "yes"),
];

/// Global settings that are Samba's own defaults (smb.conf(5) of 4.17 to 4.22).
const DEFAULTS: [(&str, &str); 10] = [
    ("security", "auto"),
    ("security", "user"),
    ("guestaccount", "nobody"),
    ("serverstring", "samba %v"),
    ("dnsproxy", "yes"),
    ("passdbbackend", "tdbsam"),
    ("obeypamrestrictions", "no"),
    ("encryptpasswords", "yes"),
    ("disablenetbios", "no"),
    ("domainmaster", "auto"),
];

/// A setting.
struct Parameter<'t> {
    origin: Origin,
    /// The line as written, trimmed.
    text: String,
    /// The name without blanks, in lower case.
    name: String,
    value: &'t str,
}

/// A section, with all of its parts.
struct Section<'t> {
    name: String,
    origin: Origin,
    parameters: Vec<Parameter<'t>>,
}

/// Reads a file into the draft.
pub fn read(file: &SourceFile, imported: &mut Imported) {
    let text = joined(&file.text);
    let sections = sections(&file.path, &file.text, &text, imported);
    let mut guests = false;
    for section in &sections {
        if section.name.eq_ignore_ascii_case("global") {
            continue;
        }
        if smb::section(&section.name).is_err() {
            left_out(section, imported);
        } else {
            guests |= share(section, imported);
        }
    }
    for section in sections.iter().filter(|section| section.name.eq_ignore_ascii_case("global")) {
        global(section, guests, imported);
    }
    if matches!(imported.draft.site.get("smb"), Some(Value::Map(map)) if map.is_empty()) {
        imported.draft.site.remove("smb");
    }
}

/// The lines of a text, each with its number and its continuations: a line that ends in `\` goes on in the next one,
/// unless it is a comment (lib/util/tini.c).
fn joined(text: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    let mut at = 0;
    for raw in text.split_inclusive('\n') {
        let start = at;
        at += raw.len();
        let line = raw.trim();
        let is_comment = !goes_on && line.starts_with(['#', ';']);
        let part = line.strip_suffix('\\').unwrap_or(line);
        match all.last_mut().filter(|_| goes_on) {
            Some((_, before)) => {
                before.push(' ');
                before.push_str(part.trim_start());
            }
            None if is_comment || line.is_empty() => {}
            None => all.push((start, part.to_owned())),
        }
        goes_on = !is_comment && line.ends_with('\\');
    }
    for (_, line) in &mut all {
        *line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    all
}

/// The sections; parts of one name are one section.
fn sections<'t>(
    file: &str,
    text: &str,
    lines: &'t [(usize, String)],
    imported: &mut Imported,
) -> Vec<Section<'t>> {
    let mut places = Lines::new(file, text);
    let mut all: Vec<Section<'t>> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::default();
    let mut open = "global".to_owned();
    for (start, line) in lines {
        let origin = places.at(*start);
        if let Some(rest) = line.strip_prefix('[') {
            match rest.split_once(']') {
                Some((name, _)) if !name.trim().is_empty() => open = name.trim().to_owned(),
                _ => {
                    imported.coverage.add(origin, line, Outcome::Lost("the section has no name".to_owned()));
                }
            }
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            let why = "Samba ignores a line without `=`";
            imported.coverage.add(origin, line, Outcome::Lost(why.to_owned()));
            continue;
        };
        let key = open.to_lowercase();
        let index = *by_name.entry(key).or_insert_with(|| {
            all.push(Section { name: open.clone(), origin: origin.clone(), parameters: Vec::new() });
            all.len() - 1
        });
        let name: String = name.split_whitespace().collect::<String>().to_ascii_lowercase();
        let text = line.clone();
        if let Some(section) = all.get_mut(index) {
            section.parameters.push(Parameter { origin, text, name, value: value.trim() });
        }
    }
    all
}

/// A flag, as Samba reads it.
fn flag(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "1" => Some(true),
        "no" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Accounts for a section that is no share of ours. Text in `raw` cannot open a section, so it is left out.
fn left_out(section: &Section<'_>, imported: &mut Imported) {
    let name = section.name.to_ascii_lowercase();
    let why = match name.as_str() {
        "printers" | "print$" => "ipxegen's Samba serves no printers (`load printers = no`)".to_owned(),
        "homes" => "no key makes a share of each user's home folder".to_owned(),
        _ => format!("no share can have the name `{}`", section.name),
    };
    let printers = ["printers", "print$"].contains(&name.as_str());
    if let Some(first) = section.parameters.first().filter(|_| !printers) {
        // smb.conf(5), "include": the file is read as if its text stood there, with its sections.
        let text = format!(
            "to keep [{}], put the section into a file of its own, and `include = FILE` into `raw` of `smb`",
            section.name
        );
        imported.coverage.remark(first.origin.clone(), text);
    }
    for parameter in &section.parameters {
        let text = format!("[{}] {}", section.name, parameter.text);
        imported.coverage.add(parameter.origin.clone(), &text, Outcome::Lost(why.clone()));
    }
}

/// Appends lines to the `smb` of a `raw`.
fn raw(map: &mut Mapping, lines: &[&Parameter<'_>]) {
    if lines.is_empty() {
        return;
    }
    let text: String = lines.iter().map(|parameter| format!("{}\n", parameter.text)).collect();
    let entry = map.map("raw").set("smb", Value::Lines(text));
    for parameter in lines {
        entry.from(&parameter.origin);
    }
}

fn global(section: &Section<'_>, guests: bool, imported: &mut Imported) {
    let mut left = Vec::new();
    for parameter in &section.parameters {
        let value = parameter.value.to_ascii_lowercase();
        let is = |list: &[(&str, &str)]| {
            list.iter().any(|(name, known)| {
                *name == parameter.name
                    && (*known == value || flag(known).is_some_and(|known| flag(&value) == Some(known)))
            })
        };
        let outcome = match parameter.name.as_str() {
            "workgroup" if value == "workgroup" => Outcome::Default,
            "workgroup" => {
                imported.draft.site.map("smb").set("workgroup", parameter.value).from(&parameter.origin);
                Outcome::Words
            }
            "maptoguest" if value == "bad user" && guests => Outcome::Default,
            "maptoguest" if value == "never" && !guests => Outcome::Default,
            _ if is(&RENDERED) || is(&DEFAULTS) => Outcome::Default,
            _ => {
                left.push(parameter);
                Outcome::Raw("no key of `smb` says this".to_owned())
            }
        };
        imported.coverage.add(parameter.origin.clone(), &parameter.text, outcome);
    }
    raw(imported.draft.site.map("smb"), &left);
}

/// Adds a share; returns whether guests may use it.
fn share(section: &Section<'_>, imported: &mut Imported) -> bool {
    let mut share = Mapping::default();
    let mut left = Vec::new();
    let mut last: HashMap<&str, usize> = HashMap::default();
    for (index, parameter) in section.parameters.iter().enumerate() {
        last.insert(synonym(&parameter.name).0, index);
    }
    for (index, parameter) in section.parameters.iter().enumerate() {
        let (name, negated) = synonym(&parameter.name);
        if last.get(name) != Some(&index) {
            let why = "a later line of the section says something else".to_owned();
            imported.coverage.add(parameter.origin.clone(), &parameter.text, Outcome::Lost(why));
            continue;
        }
        let outcome = set(&mut share, name, negated, parameter);
        if let Outcome::Raw(_) = outcome {
            left.push(parameter);
        }
        imported.coverage.add(parameter.origin.clone(), &parameter.text, outcome);
    }
    raw(&mut share, &left);
    if share.get("path").is_none() {
        imported
            .coverage
            .remark(section.origin.clone(), format!("[{}] has no path: Samba disables it", section.name));
    }
    let guest = share.get("guest") == Some(&Value::flag(true));
    imported.draft.site.map("smb").map("shares").set(&section.name, share).from(&section.origin);
    guest
}

/// The name of a setting of a share by which we know it, and whether its value says the opposite.
fn synonym(name: &str) -> (&str, bool) {
    match name {
        "directory" => ("path", false),
        "public" => ("guestok", false),
        "writable" | "writeable" | "writeok" => ("readonly", true),
        "browsable" => ("browseable", false),
        "createmode" => ("createmask", false),
        "directorymode" => ("directorymask", false),
        name => (name, false),
    }
}

/// Sets a key of a share.
fn set(share: &mut Mapping, name: &str, negated: bool, parameter: &Parameter<'_>) -> Outcome {
    let value = parameter.value;
    let by_flag = |key: &str, share: &mut Mapping, default: bool, inverted: bool| match flag(value) {
        Some(flag) if (flag != inverted) == default => Outcome::Default,
        Some(flag) => {
            share.set(key, Value::flag(flag != inverted)).from(&parameter.origin);
            Outcome::Words
        }
        None => Outcome::Lost(format!("`{value}` is neither yes nor no")),
    };
    let text = |key: &str, share: &mut Mapping, value: Value| {
        share.set(key, value).from(&parameter.origin);
        Outcome::Words
    };
    match name {
        "path" if smb::value(value).is_ok() && value.starts_with('/') => text("path", share, value.into()),
        "comment" if smb::value(value).is_ok() => text("comment", share, value.into()),
        "guestok" => by_flag("guest", share, false, false),
        // `writable` is the opposite of `read only`.
        "readonly" => by_flag("writable", share, false, !negated),
        "browseable" => by_flag("browseable", share, true, false),
        "createmask" => text("create_mask", share, value.into()),
        "directorymask" => text("directory_mask", share, value.into()),
        "aclallowexecutealways" => by_flag("acl_allow_execute_always", share, false, false),
        "validusers" => {
            let users = value.split([' ', ',', '\t']).filter(|user| !user.is_empty()).map(Value::from);
            text("users", share, Value::one_or_list(users.collect()))
        }
        "available" if flag(value) == Some(true) => Outcome::Default,
        "printable" if flag(value) == Some(false) => Outcome::Default,
        _ => Outcome::Raw("no key of a share says this".to_owned()),
    }
}
