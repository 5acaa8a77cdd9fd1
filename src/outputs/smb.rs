//! `smb.conf`.

use std::borrow::Cow;

use serde::Serialize;

use super::checkers::{Checker, CheckerOutput, Line, Message};
use super::{
    Block, BlockSource, ManualStep, Output, PlannedFile, Port, RawScope, source_map, verbatim, view,
};
use crate::dialects::{Dialect, Raw};
use crate::diff::{Reader, Subject, Subjects, statements};
use crate::model::{ShareAccount, Site, Smb as Service, Spanned};

pub(super) struct Smb;

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "smb.conf's own switches")]
struct Share<'s> {
    name: &'s str,
    path: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'s str>,
    browseable: bool,
    writable: bool,
    guest: bool,
    users: &'s [Spanned<String>],
    #[serde(skip_serializing_if = "Option::is_none")]
    create_mask: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    directory_mask: Option<&'s str>,
    acl_allow_execute_always: bool,
    raw: Vec<Raw>,
}

fn here<'s>(site: &'s Site<'_>, server: usize) -> Option<&'s Service> {
    site.smb.as_ref().filter(|smb| smb.servers.contains(&server))
}

/// The source of the lines of a block.
fn source(site: &Site<'_>, smb: &Service, block: &Block<'_>) -> Option<BlockSource> {
    if matches!(block.head, "" | "[global]") {
        let source = BlockSource::new(smb.span).raw(&smb.raw, "smb").raw(&site.raw, "smb");
        return Some(source.line("workgroup", smb.workgroup.span));
    }
    let name = block.head.strip_prefix('[')?.strip_suffix(']')?;
    let share = smb.shares.iter().find(|share| share.name.value == name)?;
    let source = BlockSource::new(share.name.span).raw(&share.raw, "smb");
    let source = source.line("path", share.path.span).line("comment", source_map::place(&share.comment));
    let source = source.line("browseable", share.browseable.span).line("read only", share.writable.span);
    let source =
        source.line("guest ok", share.guest.span).line("valid users", source_map::list(&share.users));
    let source = source.line("create mask", source_map::place(&share.create_mask));
    let source = source.line("directory mask", source_map::place(&share.directory_mask));
    Some(source.line("acl allow execute always", share.acl_allow_execute_always.span))
}

impl Output for Smb {
    fn name(&self) -> &'static str {
        "smb"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Smb
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("smb/smb.conf", include_str!("../../templates/smb/smb.conf.tera"))]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[TESTPARM]
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site, RawScope::Smb]
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(smb) = here(site, server) else { return Vec::new() };
        let mut view = view(site);
        view.insert("workgroup", &smb.workgroup);
        view.insert("guests", &smb.shares.iter().any(|share| share.guest.value));
        let shares = smb.shares.iter().map(|share| Share {
            name: &share.name.value,
            path: share.path.value.as_str(),
            comment: share.comment.as_ref().map(|comment| comment.value.as_str()),
            browseable: share.browseable.value,
            writable: share.writable.value,
            guest: share.guest.value,
            users: &share.users,
            create_mask: share.create_mask.as_ref().map(|mask| mask.value.as_str()),
            directory_mask: share.directory_mask.as_ref().map(|mask| mask.value.as_str()),
            acl_allow_execute_always: share.acl_allow_execute_always.value,
            raw: verbatim::raw(&share.raw, "smb"),
        });
        view.insert("shares", &shares.collect::<Vec<_>>());
        let mut raw = verbatim::raw(&smb.raw, "smb");
        raw.extend(verbatim::raw(&site.raw, "smb"));
        view.insert("raw", &raw);
        let path = smb.config_file.as_str();
        vec![
            PlannedFile::new(path, "smb/smb.conf", view)
                .reload("smbd.service")
                .check(&["testparm", "-s", path])
                .source_map(move |block| source(site, smb, block)),
        ]
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        if here(site, server).is_some() { vec![Port::tcp(445, "smbd")] } else { Vec::new() }
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        let Some(smb) = here(site, server) else { return Vec::new() };
        let mut needs = vec![ManualStep::new("package", "samba", "SMB")];
        for share in &smb.shares {
            needs.push(ManualStep::new(
                "folder",
                share.path.value.as_str(),
                format!("the share {}", share.name.value),
            ));
            for user in &share.users {
                if let Some(group) = user.value.strip_prefix('@') {
                    needs.push(ManualStep::new(
                        "group",
                        group,
                        format!("may use the share {}: groupadd", share.name.value),
                    ));
                    continue;
                }
                let what = user.value.as_str();
                needs.push(ManualStep::new(
                    "account",
                    what,
                    format!("may use the share {}: useradd, then smbpasswd -a", share.name.value),
                ));
            }
            // Accounts that only a boot entry names.
            let used = site.entries.iter().filter_map(|entry| Some((entry, entry.share_account()?)));
            for (entry, ShareAccount { share: name, user }) in used {
                let listed = share.users.iter().any(|known| known.value == *user);
                if *name == share.name.value && !listed {
                    let why = format!(
                        "the boot entry {} uses the share {} with it: useradd, then smbpasswd -a",
                        entry.id, share.name.value
                    );
                    needs.push(ManualStep::new("account", user.as_str(), why));
                }
            }
        }
        needs
    }
}

const TESTPARM: Checker = Checker {
    // At debug level 2 testparm names each section that it begins to read.
    arguments: &["-d", "2"],
    messages,
    ..Checker::new("testparm", "samba")
};

/// How lines begin that testparm prints about a file without mistakes.
const WITHOUT_MISTAKES: &[&str] = &[
    "Load smb config files from",
    "Loaded services file OK",
    "Weak crypto is allowed",
    "Server role:",
    "Press enter",
    "rlimit_max:",
    // Repeats the line before.
    "Ignoring unknown parameter",
    // The line before was an error.
    "Error loading services",
];

/// testparm names parameters, values and sections, and no lines. Its texts are those of lib/param/loadparm.c and
/// source3/param/loadparm.c of Samba 4.17.
fn messages(output: &CheckerOutput<'_>) -> Vec<Message> {
    let mut section = "global".to_owned();
    let mut messages: Vec<Message> = Vec::new();
    for line in output.text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("Processing section \"[") {
            name.trim_end_matches("]\"").clone_into(&mut section);
            continue;
        }
        if line.is_empty() || WITHOUT_MISTAKES.iter().any(|begin| line.starts_with(begin)) {
            continue;
        }
        let words = parameter(line);
        let line_of = |before| Line::Parameter { section: section.clone(), words: words.clone(), before };
        let before = (0..).find(|nth| !messages.iter().any(|known| known.line == line_of(*nth)));
        let place = if words.is_empty() { Line::Unknown } else { line_of(before.unwrap_or_default()) };
        messages.push(Message { file: None, line: place, text: line.trim_end_matches('.').to_owned() });
    }
    if output.failed && messages.len() > 1 {
        // testparm stops at an error, so the last message is the error and the others are warnings.
        messages.drain(..messages.len() - 1);
    }
    messages
}

/// The keys and values that a message names.
fn parameter(line: &str) -> Vec<String> {
    let between = |from: &str, to: &str| Some(line.split_once(from)?.1.split_once(to)?.0);
    // `Global parameter x found in service section!`
    let one = between("lobal parameter ", " found in service section")
        // `set_variable_helper(x): value is not boolean!`
        .or_else(|| between("set_variable_helper(", ")"))
        .or_else(|| line.strip_prefix("Invalid octal number "));
    if let Some(word) = one {
        return vec![word.to_owned()];
    }
    // `Unknown parameter encountered: "x"`, `Ignoring invalid value 'x' for parameter 'y'`
    let quote = if line.contains('"') { '"' } else { '\'' };
    line.split(quote).skip(1).step_by(2).map(str::to_owned).collect()
}

/// Each share with its parameters, and those of all shares.
fn read(text: &str) -> Subjects<'_> {
    let mut subjects = Subjects::new();
    let mut section = ("smb", Cow::Borrowed(""));
    for line in statements(text) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = if name == "global" { ("smb", "".into()) } else { ("share", name.into()) };
            subjects.entry(section.clone()).or_default();
        } else if let Some((name, value)) = line.split_once('=') {
            let subject: &mut Subject<'_> = subjects.entry(section.clone()).or_default();
            subject.facts.push((name.trim().into(), value.trim().into()));
        }
    }
    subjects
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{CheckerOutput, Line, messages, parameter};

    /// Printed by testparm 4.17 at debug level 2.
    #[test]
    fn messages_name_a_section_and_a_parameter() {
        let text = "Load smb config files from x\nUnknown parameter encountered: \"foo\"\n\
                    Ignoring unknown parameter \"foo\"\nProcessing section \"[iso]\"\n\
                    Unknown parameter encountered: \"foo\"\nIgnoring unknown parameter \"foo\"\n\
                    Unknown parameter encountered: \"foo\"\nIgnoring unknown parameter \"foo\"\n\
                    Loaded services file OK.\n";
        let read = |text, failed| messages(&CheckerOutput { text, failed, folder: Path::new("/tmp/x") });
        let lines: Vec<_> = read(text, false).into_iter().map(|message| message.line).collect();
        let foo = |section: &str, before| Line::Parameter {
            section: section.to_owned(),
            words: vec!["foo".to_owned()],
            before,
        };
        assert_eq!(lines, [foo("global", 0), foo("iso", 0), foo("iso", 1)]);
        let text = "Unknown parameter encountered: \"foo\"\nset_variable_helper(maybe): value is not boolean!\nError loading services.\n";
        let found = read(text, true);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, "set_variable_helper(maybe): value is not boolean!");
        for (line, words) in [
            ("set_variable_helper(maybe): value is not boolean!", vec!["maybe"]),
            ("Global parameter log level found in service section!", vec!["log level"]),
            ("Invalid octal number create mask", vec!["create mask"]),
            ("WARNING: Ignoring invalid value 'a b' for parameter 'security'", vec!["a b", "security"]),
            ("WARNING: nothing that is known", vec![]),
        ] {
            assert_eq!(parameter(line), words, "{line}");
        }
    }
}
