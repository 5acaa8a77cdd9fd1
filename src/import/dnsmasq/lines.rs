//! The lines of dnsmasq's files.

use std::borrow::Cow;

use super::super::origin::{Lines, Origin};
use super::super::source_file::{FileKind, SourceFile};

/// A line. It borrows from the text of its file: there may be one for each host.
pub(super) struct Setting<'f> {
    pub(super) origin: Origin,
    pub(super) text: &'f str,
    pub(super) name: &'f str,
    /// The value, split at commas outside of quotes.
    pub(super) fields: Vec<Cow<'f, str>>,
}

/// The files that a text includes, and for each folder patterns of those in it.
pub fn includes(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (name, value) in text.lines().filter_map(|line| line.split_once('=')) {
        match name.trim() {
            "conf-file" | "dhcp-hostsfile" => {
                let file = value.split(',').next().unwrap_or_default().trim();
                all.extend((!file.is_empty()).then(|| file.to_owned()));
            }
            "conf-dir" => {
                let (folder, endings) = folder(value);
                let only: Vec<&str> = endings.filter_map(|ending| ending.strip_prefix('*')).collect();
                let only = if only.is_empty() { vec![""] } else { only };
                all.extend(only.iter().map(|ending| format!("{folder}/*{ending}")));
            }
            _ => {}
        }
    }
    all
}

/// Whether a text includes a file of this name by one of its patterns: `conf-dir` also names endings that are left out.
pub fn includes_by(text: &str, pattern: &str, name: &str) -> bool {
    let dirs = text.lines().filter_map(|line| line.split_once('='));
    let mut dirs = dirs
        .filter(|(name, _)| name.trim() == "conf-dir")
        .map(|(_, value)| folder(value))
        .filter(|(folder, _)| pattern.strip_prefix(folder).is_some_and(|rest| rest.starts_with("/*")));
    let left_out = |ending: &str| !ending.starts_with('*') && name.ends_with(ending);
    is_read(name) && dirs.any(|(_, mut endings)| !endings.any(left_out))
}

/// The folder of `conf-dir`, and the endings of names: those behind `*` are read alone, others are left out. A `*` alone says
/// nothing (`option.c` of dnsmasq).
fn folder(value: &str) -> (&str, impl Iterator<Item = &str>) {
    let mut fields = value.split(',').map(str::trim);
    let folder = fields.next().unwrap_or_default().trim_end_matches('/');
    (folder, fields.filter(|ending| !matches!(*ending, "" | "*")))
}

/// Whether dnsmasq reads a file of a folder of configuration: it leaves out hidden files and backups of Emacs (2.90, with a
/// wrong line in each).
fn is_read(name: &str) -> bool {
    let is_backup = name.ends_with('~') || name.starts_with('#') && name.ends_with('#');
    !(is_backup || name.starts_with('.'))
}

/// The settings of all files of dnsmasq, in order.
pub(super) fn all(files: &[SourceFile]) -> Vec<Setting<'_>> {
    files.iter().filter(|file| file.kind == FileKind::Dnsmasq).flat_map(settings).collect()
}

impl Setting<'_> {
    /// Whether it sets an option.
    pub(super) fn is_option(&self) -> bool {
        ["dhcp-option", "dhcp-option-force"].contains(&self.name)
    }

    /// Its fields but for tags.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        let is_tag = |field: &str| ["tag:", "net:", "set:"].iter().any(|begin| field.starts_with(begin));
        self.fields.iter().map(|field| &**field).filter(move |field| !is_tag(field))
    }

    /// It as a line of dnsmasq.conf.
    pub(super) fn line(&self) -> String {
        // A line of `dhcp-hostsfile` is the value alone.
        let name = if self.text.starts_with(self.name) { "" } else { "dhcp-host=" };
        format!("{name}{}\n", self.text)
    }
}

/// The lines of a file. `#` begins a comment at the start of a line or behind a blank, outside of quotes.
fn settings(file: &SourceFile) -> Vec<Setting<'_>> {
    let mut places = Lines::new(&file.path, &file.text);
    let mut all = Vec::new();
    let mut at = 0;
    // Files of `dhcp-hostsfile` have the values only.
    let hosts = file.path.contains("hosts") && !file.text.contains('=');
    for raw in file.text.split_inclusive('\n') {
        let start = at;
        at += raw.len();
        let line = without_comment(raw);
        if line.is_empty() {
            continue;
        }
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        let (name, value) = if hosts { ("dhcp-host", line) } else { (name.trim(), value.trim()) };
        let mut fields = fields(value);
        if let ("dhcp-option" | "dhcp-option-force", [first, _, ..]) = (name, fields.as_mut_slice())
            && first.starts_with(|c: char| c.is_ascii_alphabetic())
            && !first.contains(':')
        {
            // A bare word is a tag, as dnsmasq 2.40 took it.
            first.to_mut().insert_str(0, "tag:");
        }
        all.push(Setting { origin: places.at(start), text: line, name, fields });
    }
    all
}

fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted && before.is_whitespace() => return line.get(..at).unwrap_or_default().trim(),
            _ => {}
        }
        before = c;
    }
    line.trim()
}

/// A value split at commas outside of quotes, which are removed.
fn fields(value: &str) -> Vec<Cow<'_, str>> {
    if value.is_empty() {
        return Vec::new();
    }
    if !value.contains('"') {
        let mut fields = Vec::with_capacity(memchr::memchr_iter(b',', value.as_bytes()).count() + 1);
        fields.extend(value.split(',').map(|field| Cow::Borrowed(field.trim())));
        return fields;
    }
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        let Some(last) = fields.last_mut() else { break };
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => last.extend(chars.next()),
            ',' if !quoted => fields.push(String::new()),
            c => last.push(c),
        }
    }
    fields.iter().map(|field| Cow::Owned(field.trim().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::{includes, includes_by};

    #[test]
    fn a_folder_has_endings() {
        for (dir, patterns, read) in [
            ("/a", &["/a/*"][..], &["x", "x.conf", "x.bak"][..]),
            ("/a/ , *.conf,*.cfg", &["/a/*.conf", "/a/*.cfg"], &["x", "x.conf", "x.bak"]),
            ("/a,.bak,.rpmsave", &["/a/*"], &["x", "x.conf"]),
            ("/a,*,.conf", &["/a/*"], &["x", "x.bak"]),
        ] {
            let text = format!("conf-dir={dir}\n");
            assert_eq!(includes(&text), patterns);
            let names = ["x", "x.conf", "x.bak", ".x", "x~", "#x#"];
            let found = names.into_iter().filter(|name| includes_by(&text, patterns[0], name));
            assert_eq!(found.collect::<Vec<_>>(), read, "{dir}");
        }
    }
}
