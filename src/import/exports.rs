//! `/etc/exports` and `/etc/exports.d`, read as nfs-utils reads them (support/nfs/xio.c, exports.c).

use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::coverage::Outcome;
use super::draft::{Mapping, Value};
use super::origin::{Lines, Origin};
use super::source_file::SourceFile;
use super::{Draft, Imported};

/// The options of an export of our own without `options`.
const DEFAULT: [&str; 2] = ["ro", "no_subtree_check"];

/// A word of a line.
struct Token {
    text: String,
}

/// A line of exports, with its continuations.
struct Export {
    origin: Origin,
    text: String,
    tokens: Vec<Token>,
}

/// An export that the render derives: its options, and its clients if they are known.
struct Derived {
    options: Vec<&'static str>,
    clients: Option<Vec<String>>,
}

/// Reads a file into the draft.
pub fn read(file: &SourceFile, imported: &mut Imported) {
    let derived = derived(&imported.draft);
    let subnets = subnets(&imported.draft);
    let exports = imported.draft.site.submap("nfs").and_then(|nfs| nfs.get("exports"));
    let known = if let Some(Value::List(exports)) = exports { exports.as_slice() } else { &[] };
    let path = |export: &Value| {
        if let Value::Map(map) = export { map.text("path").map(str::to_owned) } else { None }
    };
    let mut known: HashSet<String> = known.iter().filter_map(path).collect();
    for line in lines(&file.path, &file.text) {
        let outcome = export(&line, &derived, &subnets, &mut known, imported);
        imported.coverage.add(line.origin.clone(), &line.text, outcome);
    }
    if file.path.contains("/exports.d/") {
        let origin = Lines::new(&file.path, &file.text).at(0);
        let text = "what was imported from here goes into /etc/exports: remove this file, or every export is there twice";
        imported.coverage.remark(origin, text);
    }
}

/// The lines of a file. Quotes keep blanks and line ends; `\ooo` is a byte; a backslash at the end of a line joins the
/// next one; `#` begins a comment where a word could begin.
fn lines(file: &str, text: &str) -> Vec<Export> {
    let mut places = Lines::new(file, text);
    let mut all = Vec::new();
    let mut tokens: Vec<Token> = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let (mut quoted, mut start, mut at) = (false, 0, 0);
    let bytes = text.as_bytes();
    let mut end = |tokens: &mut Vec<Token>, start: usize, at: usize| {
        if !tokens.is_empty() {
            let written = text.get(start..at).unwrap_or_default();
            let tokens = std::mem::take(tokens);
            all.push(Export { origin: places.at(start), text: written.trim().to_owned(), tokens });
        }
    };
    let close = |word: &mut Option<Vec<u8>>, tokens: &mut Vec<Token>| {
        if let Some(bytes) = word.take() {
            tokens.push(Token { text: String::from_utf8_lossy(&bytes).into_owned() });
        }
    };
    while let Some(byte) = bytes.get(at) {
        let next = bytes.get(at + 1..).unwrap_or_default();
        match byte {
            b'\\' if next.starts_with(b"\n") => {
                close(&mut word, &mut tokens);
                at += 1;
            }
            b'\\' if octal(next).is_some() => {
                begin(&mut word, &tokens, &mut start, at);
                word.get_or_insert_default().extend(octal(next));
                at += 3;
            }
            b'"' => {
                quoted = !quoted;
                begin(&mut word, &tokens, &mut start, at);
                word.get_or_insert_default();
            }
            b'\n' if !quoted => {
                close(&mut word, &mut tokens);
                end(&mut tokens, start, at);
            }
            b' ' | b'\t' | b'\r' if !quoted => close(&mut word, &mut tokens),
            b'#' if !quoted && word.is_none() => {
                while bytes.get(at + 1).is_some_and(|byte| *byte != b'\n') {
                    at += 1;
                }
            }
            byte => {
                begin(&mut word, &tokens, &mut start, at);
                word.get_or_insert_default().push(*byte);
            }
        }
        at += 1;
    }
    close(&mut word, &mut tokens);
    end(&mut tokens, start, bytes.len());
    all
}

/// Notes where a line begins.
fn begin(word: &mut Option<Vec<u8>>, tokens: &[Token], start: &mut usize, at: usize) {
    if word.is_none() && tokens.is_empty() {
        *start = at;
    }
}

/// The byte of three octal digits.
fn octal(digits: &[u8]) -> Option<u8> {
    let digits = digits.get(..3)?;
    digits
        .iter()
        .try_fold(0_u16, |value, digit| match digit {
            b'0'..=b'7' => Some(value * 8 + u16::from(digit - b'0')),
            _ => None,
        })?
        .try_into()
        .ok()
}

/// The networks of the site's subnets.
fn subnets(draft: &Draft) -> Vec<String> {
    let Some(Value::Map(subnets)) = draft.site.get("subnets") else { return Vec::new() };
    let cidr = |value: &Value| match value {
        Value::Map(map) => map.text("cidr").map(str::to_owned),
        _ => None,
    };
    subnets.entries().iter().filter_map(|entry| cidr(&entry.value)).collect()
}

/// The exports that the render derives from entries and hosts, by their paths.
fn derived(draft: &Draft) -> HashMap<String, Derived> {
    let mut all = HashMap::default();
    let tftp_root = draft.site.submap("tftp").and_then(|tftp| tftp.text("root")).unwrap_or("/srv/tftp");
    for entry in draft.site.submap("boot_entries").into_iter().flat_map(Mapping::entries) {
        let Value::Map(map) = &entry.value else { continue };
        let dir = map.text("dir").map(|dir| format!("{tftp_root}/{dir}"));
        let path = match map.text("kind") {
            Some("casper" | "subiquity" | "live_boot")
                if map.get("iso").is_none() && map.get("root_over").is_none() =>
            {
                dir
            }
            Some("anaconda") => map.text("iso").map(|iso| {
                let folder = iso.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("/{folder}"));
                format!("{tftp_root}{folder}")
            }),
            Some("nfs_root") => map.text("path").map(str::to_owned),
            _ => None,
        };
        let options = match map.text("kind") {
            Some("nfs_root") => vec!["ro", "no_root_squash", "no_subtree_check"],
            _ => vec!["ro", "no_subtree_check", "async"],
        };
        if let Some(path) = path {
            all.insert(path, Derived { options, clients: None });
        }
    }
    for host in draft.site.submap("hosts").into_iter().flat_map(Mapping::entries) {
        let Value::Map(map) = &host.value else { continue };
        let path =
            map.submap("root_path").and_then(|root| root.submap("nfs")).and_then(|nfs| nfs.text("path"));
        let clients = map.text("ip").map(|ip| vec![ip.to_owned()]);
        if let Some(path) = path {
            let path = path.replace("{host}", &host.key);
            let options = vec!["rw", "no_root_squash", "no_subtree_check"];
            all.insert(path, Derived { options, clients });
        }
    }
    all
}

/// Clients of an export with the same options.
struct Clients<'t> {
    names: Vec<&'t str>,
    /// The options that a word such as `-ro` gives all clients behind it.
    defaults: Rc<[&'t str]>,
    /// The options of these clients.
    own: Vec<&'t str>,
}

impl<'t> Clients<'t> {
    fn options(&self) -> Vec<&'t str> {
        self.defaults.iter().chain(&self.own).copied().collect()
    }

    fn has_options_of(&self, other: &Self) -> bool {
        if Rc::ptr_eq(&self.defaults, &other.defaults) {
            return self.own == other.own;
        }
        self.defaults.iter().chain(&self.own).eq(other.defaults.iter().chain(&other.own))
    }

    /// Whether these are the clients `wanted`, or have them `among` others.
    fn are(&self, wanted: &[String], among: bool) -> bool {
        if wanted.len() != self.names.len() && !among {
            return false;
        }
        let names: HashSet<&str> = self.names.iter().copied().collect();
        wanted.iter().all(|client| names.contains(client.as_str()))
    }
}

fn export(
    line: &Export,
    derived: &HashMap<String, Derived>,
    subnets: &[String],
    known: &mut HashSet<String>,
    imported: &mut Imported,
) -> Outcome {
    let Some((path, clients)) = line.tokens.split_first() else { return Outcome::Default };
    if !path.text.starts_with('/') {
        return Outcome::Lost("the path is not absolute: exportfs stops here".to_owned());
    }
    let mut defaults: Rc<[&str]> = Rc::default();
    // Clients with the same options, in order.
    let mut groups: Vec<Clients<'_>> = Vec::new();
    for token in clients {
        if let Some(options) = token.text.strip_prefix('-') {
            defaults = options.split(',').collect();
            continue;
        }
        let (client, own) = match token.text.split_once('(') {
            Some((client, rest)) => match rest.strip_suffix(')') {
                Some(options) => (client, options),
                None => return Outcome::Lost(format!("`{}` has no `)` at its end", token.text)),
            },
            None => (token.text.as_str(), ""),
        };
        let client = if client.is_empty() { "*" } else { client };
        if token.text.starts_with('(') {
            let text = "a blank before `(`: these options are for all the world, and the client before it has the defaults";
            imported.coverage.remark(line.origin.clone(), text);
        }
        let own = own.split(',').filter(|option| !option.is_empty()).collect();
        let new = Clients { names: vec![client], defaults: Rc::clone(&defaults), own };
        match groups.last_mut().filter(|last| last.has_options_of(&new)) {
            Some(last) => {
                last.names.push(client);
                (last.defaults, last.own) = (new.defaults, new.own);
            }
            None => groups.push(new),
        }
    }
    if groups.is_empty() {
        groups.push(Clients { names: vec!["*"], defaults, own: Vec::new() });
        let text = "no client is named, so all the world may mount this";
        imported.coverage.remark(line.origin.clone(), text);
    }
    if let ([only], Some(derived)) = (groups.as_slice(), derived.get(&path.text))
        && same_set(&only.options(), &derived.options)
        && only.are(derived.clients.as_deref().unwrap_or(subnets), subnets.is_empty())
    {
        return Outcome::Default;
    }
    if groups.len() > 1 || !known.insert(path.text.clone()) {
        imported.draft.site.map("raw").append("exports", &line.text).from(&line.origin);
        return Outcome::Raw("an export of the site has the same options for all of its clients".to_owned());
    }
    for clients in groups {
        let (options, names) = (clients.options(), clients.names);
        let mut export = Mapping::default();
        export.set("path", path.text.as_str());
        if subnets.is_empty() || names != subnets {
            export.set("clients", Value::one_or_list(names.into_iter().map(Value::from).collect()));
        }
        // Without options, nfs-utils exports the same.
        if !options.is_empty() && !same_set(&options, &DEFAULT) {
            export.set("options", Value::List(options.into_iter().map(Value::from).collect()));
        }
        imported.draft.site.map("nfs").push("exports", export).from(&line.origin);
    }
    Outcome::Words
}

fn same_set(one: &[&str], other: &[&str]) -> bool {
    one.len() == other.len() && other.iter().all(|option| one.contains(option))
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn exports_are_read_as_exportfs_reads_them() {
        let text = "# a comment\n/srv/a\\040b  10.0.0.0/24(rw) \\\n   h(ro) # more\n\"/srv/x y\" *(ro)\n/srv/a#b (rw)\n";
        let read: Vec<_> = lines("exports", text)
            .into_iter()
            .map(|line| {
                let tokens: Vec<_> = line.tokens.into_iter().map(|token| token.text).collect();
                (line.origin.line, tokens.join("|"))
            })
            .collect();
        assert_eq!(
            read,
            [
                (2, "/srv/a b|10.0.0.0/24(rw)|h(ro)".into()),
                (4, "/srv/x y|*(ro)".into()),
                (5, "/srv/a#b|(rw)".into())
            ]
        );
    }
}
