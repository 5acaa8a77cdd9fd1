//! Targets of tgt: `/etc/tgt/targets.conf` and `/etc/tgt/conf.d`, read as Perl's `Config::General` reads them.
//!
//! A target belongs to the host whose root-path names it. Its store, its initiator and its accounts go to the host's
//! root-path, and the render makes the target again. A target that no root-path names stays as it is, in `raw`.

use foldhash::HashMap;

use super::Imported;
use super::accounts::{UNFIT, fits_chap};
use super::coverage::Outcome;
use super::draft::{Mapping, Value};
use super::origin::{Lines, Origin};
use super::source_file::SourceFile;

/// A line: a setting, or a block.
struct Statement {
    origin: Origin,
    text: String,
    /// The setting, in lower case.
    name: String,
    value: String,
    block: Option<Vec<Self>>,
}

/// The settings that end with a password.
const ACCOUNTS: [&str; 2] = ["incominguser", "outgoinguser"];

/// How deep blocks may be nested.
const DEEPEST: usize = 8;

/// Reads a file into the draft.
pub fn read(file: &SourceFile, imported: &mut Imported) {
    let hosts = hosts(imported);
    for statement in statements(file, imported) {
        let outcome = match (statement.name.as_str(), &statement.block) {
            ("target", Some(_)) => {
                target(&statement, &hosts, imported);
                continue;
            }
            // Debian's targets.conf includes the folder that ipxegen writes into.
            ("include", None) => Outcome::Default,
            ("default-driver", None) if statement.value == "iscsi" => Outcome::Default,
            _ => {
                raw(&statement, "no key of `iscsi` says this", imported);
                continue;
            }
        };
        imported.coverage.add(statement.origin.clone(), &statement.text, outcome);
    }
}

/// The files that a text includes, with `*` and `?`.
pub fn includes(text: &str) -> Vec<String> {
    let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    words
        .filter(|words| {
            words.len() == 2 && words.first().is_some_and(|word| word.eq_ignore_ascii_case("include"))
        })
        .filter_map(|words| words.last().map(|path| (*path).to_owned()))
        .collect()
}

/// The statements of a file.
fn statements(file: &SourceFile, imported: &mut Imported) -> Vec<Statement> {
    let mut places = Lines::new(&file.path, &file.text);
    let mut outermost = Vec::new();
    let mut open: Vec<Statement> = Vec::new();
    let mut at = 0;
    for raw in file.text.split_inclusive('\n') {
        let origin = places.at(at);
        at += raw.len();
        // `#` begins a comment, unless a backslash is before it.
        let line = raw.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        if line.starts_with("</") {
            match open.pop() {
                Some(block) => open
                    .last_mut()
                    .and_then(|outer| outer.block.as_mut())
                    .unwrap_or(&mut outermost)
                    .push(block),
                None => {
                    imported.coverage.add(origin, line, Outcome::Lost("it closes no block".to_owned()));
                }
            }
            continue;
        }
        let inside = line.strip_prefix('<').and_then(|line| line.strip_suffix('>'));
        let body = inside.unwrap_or(line);
        let end = body.find([' ', '\t', '=']).unwrap_or(body.len());
        let (name, value) = body.split_at_checked(end).unwrap_or((body, ""));
        let value = value.trim_start_matches([' ', '\t', '=']).trim_matches(['"', ' ']);
        let statement = Statement {
            origin,
            text: line.to_owned(),
            name: name.to_ascii_lowercase(),
            value: value.to_owned(),
            block: inside.map(|_| Vec::new()),
        };
        if statement.block.is_some() && open.len() < DEEPEST {
            open.push(statement);
        } else {
            open.last_mut().and_then(|outer| outer.block.as_mut()).unwrap_or(&mut outermost).push(statement);
        }
    }
    while let Some(block) = open.pop() {
        imported.coverage.remark(block.origin.clone(), "the block is not closed: tgt-admin refuses the file");
        open.last_mut().and_then(|outer| outer.block.as_mut()).unwrap_or(&mut outermost).push(block);
    }
    outermost
}

/// The hosts by the targets of their root-paths, which may be those of their groups.
fn hosts(imported: &Imported) -> HashMap<String, String> {
    let site = &imported.draft.site;
    let groups = site.submap("groups");
    let of_group = |host: &Mapping| {
        let mut outer = host.text("group");
        // Groups in groups are few.
        (0..DEEPEST).find_map(|_| {
            let group = groups?.submap(outer?)?;
            outer = group.text("group");
            target_of(group)
        })
    };
    let mut all = HashMap::default();
    for host in site.submap("hosts").map(Mapping::entries).unwrap_or_default() {
        let Value::Map(map) = &host.value else { continue };
        let own = map.get("root_path").is_some();
        if let Some(target) = if own { target_of(map) } else { of_group(map) } {
            all.insert(target.replace("{host}", &host.key), host.key.to_string());
        }
    }
    all
}

/// The target of the root-path of a host or group.
fn target_of(scope: &Mapping) -> Option<&str> {
    match scope.get("root_path")? {
        Value::Text(text) => text.strip_prefix("iscsi:")?.splitn(5, ':').nth(4),
        Value::Map(root) => root.submap("iscsi")?.text("target"),
        _ => None,
    }
}

/// Keeps a statement as it is.
fn raw(statement: &Statement, why: &str, imported: &mut Imported) {
    let mut text = String::new();
    write(statement, 0, &mut text);
    let map = imported.draft.site.map("raw");
    map.append("tgt", text.trim_end()).from(&statement.origin);
    account(statement, &Outcome::Raw(why.to_owned()), imported);
}

fn write(statement: &Statement, depth: usize, text: &mut String) {
    let indent = "\t".repeat(depth);
    text.push_str(&format!("{indent}{}\n", statement.text));
    for inner in statement.block.iter().flatten() {
        write(inner, depth + 1, text);
    }
    if statement.block.is_some() {
        let name = statement.text.trim_start_matches('<').split_whitespace().next().unwrap_or_default();
        text.push_str(&format!("{indent}</{}>\n", name.trim_end_matches('>')));
    }
}

/// Accounts for a statement and those in its block.
fn account(statement: &Statement, outcome: &Outcome, imported: &mut Imported) {
    // The account is printed, and the last word of these is a password.
    let secret = ACCOUNTS.contains(&statement.name.as_str());
    let shown = if secret { statement.name.as_str() } else { statement.text.as_str() };
    imported.coverage.add(statement.origin.clone(), shown, outcome.clone());
    for inner in statement.block.iter().flatten() {
        account(inner, outcome, imported);
    }
}

/// The settings of a target, if keys of a root-path can express all of them.
#[derive(Default)]
struct Target<'s> {
    store: Option<&'s str>,
    addresses: Vec<&'s str>,
    initiator: Option<&'s str>,
    accounts: [Option<(&'s str, &'s str)>; 2],
}

impl<'s> Target<'s> {
    fn of(statement: &'s Statement) -> Option<Self> {
        let mut target = Self::default();
        for inner in statement.block.iter().flatten() {
            let account = inner.value.split_once(' ');
            match (inner.name.as_str(), inner.block.as_deref()) {
                ("backing-store" | "direct-store", block) if target.store.is_none() => {
                    let plain = block
                        .unwrap_or_default()
                        .iter()
                        .all(|inner| inner.name == "lun" && inner.value == "1");
                    target.store = plain.then_some(inner.value.as_str());
                    target.store?;
                }
                ("initiator-address", None) => target.addresses.push(&inner.value),
                ("initiator-name", None) if target.initiator.is_none() => {
                    target.initiator = Some(&inner.value);
                }
                ("incominguser", None) if target.accounts.first() == Some(&None) => {
                    target.accounts[0] = Some(account?);
                }
                ("outgoinguser", None) if target.accounts.get(1) == Some(&None) => {
                    target.accounts[1] = Some(account?);
                }
                ("driver", None) if inner.value == "iscsi" => {}
                _ => return None,
            }
        }
        target.store.is_some().then_some(target)
    }
}

fn target(statement: &Statement, hosts: &HashMap<String, String>, imported: &mut Imported) {
    let Some(name) = hosts.get(&statement.value) else {
        return raw(statement, "no host has a root-path with this target", imported);
    };
    let Some(target) = Target::of(statement) else {
        return raw(statement, "the target has settings that no key of a root-path says", imported);
    };
    if !target.accounts.iter().flatten().all(|(user, password)| fits_chap(user, password.trim())) {
        return raw(statement, UNFIT, imported);
    }
    let Some(Value::Map(host)) = imported.draft.site.map("hosts").entry(name).map(|entry| &mut entry.value)
    else {
        return;
    };
    let ip = host.text("ip").map(str::to_owned);
    let own = target
        .addresses
        .iter()
        .all(|address| Some(*address) == ip.as_deref() || *address == "255.255.255.255");
    if !own || target.addresses.is_empty() {
        return raw(statement, "the target is open to other addresses than that of its host", imported);
    }
    let mut iscsi = match host.get("root_path") {
        Some(Value::Map(root)) => root.submap("iscsi").cloned().unwrap_or_default(),
        _ => Mapping::default(),
    };
    iscsi.set("target", statement.value.as_str());
    if let Some(path) = target.store {
        let kind = if path.starts_with("/dev/") { "block" } else { "file" };
        let mut store = Mapping::default();
        store.set(kind, path);
        iscsi.set("store", store).from(&statement.origin);
    }
    if let Some(initiator) =
        target.initiator.filter(|initiator| *initiator != format!("iqn.2010-04.org.ipxe:{name}"))
    {
        iscsi.set("initiator", initiator);
    }
    let mut secrets = Vec::new();
    for (key, account) in ["chap", "reverse_chap"].into_iter().zip(target.accounts) {
        let Some((user, password)) = account else { continue };
        let path = format!("secrets/{name}-{key}");
        let mut chap = Mapping::default();
        chap.set("user", user);
        chap.set("password_file", path.as_str());
        iscsi.set(key, chap);
        secrets.push((path, format!("{}\n", password.trim())));
    }
    host.map("root_path").set("iscsi", iscsi);
    imported.draft.files.extend(secrets);
    imported.draft.site.map("iscsi").set("daemon", "tgt");
    account(statement, &Outcome::Words, imported);
}
