//! Completion of names in the shell: rules, outputs, and what the site of the command line declares.
//!
//! The name of an argument's value says what it is: `SUBNET` is a subnet of the site. The site is only read, without its
//! secrets and without resolving it, so a site with errors completes as well. A site that cannot be read, or is larger
//! than [`COMPLETED_BYTES`], has no candidates: a shell waits for the answer.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};

use crate::limits::{COMPLETED_BYTES, PATTERN_HOSTS};
use crate::outputs::OUTPUTS;
use crate::report::Report;
use crate::rules;
use crate::schema::{Site, Texts, read_up_to};
use crate::source::{Access, Sources, read_site};

/// Takes names from a site.
type Names = for<'a> fn(&Site<'a>, &'a Sources) -> Vec<String>;

/// Adds candidates to every argument whose value has such a name.
pub(super) fn add(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |sub| {
            sub.mut_args(|arg| {
                let name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
                match name.as_deref().and_then(candidates) {
                    Some(candidates) => arg.add(candidates),
                    None => arg,
                }
            })
        })
    })
}

/// The candidates for a value of this name.
fn candidates(value_name: &str) -> Option<ArgValueCandidates> {
    let of_site: Names = match value_name {
        "RULE" => return Some(ArgValueCandidates::new(|| listed(all_rules()))),
        "OUTPUT" => return Some(ArgValueCandidates::new(|| listed(all_outputs()))),
        "SERVER" => |site, _| site.servers.iter().map(|(name, _)| name.text.to_lowercase()).collect(),
        "SUBNET" => |site, _| site.subnets.iter().map(|(name, _)| name.text.to_owned()).collect(),
        "CLASS" => |site, _| site.classes.iter().map(|class| class.name.text.to_owned()).collect(),
        "GROUP" => |site, _| site.groups.iter().map(|group| group.name.text.to_owned()).collect(),
        "ENTRY" => |site, _| site.boot_entries.iter().map(|entry| entry.id.text.to_owned()).collect(),
        "HOST" | "WHO" => {
            |site, sources| site.hosts.names(sources).map(|name| name.text.to_lowercase()).collect()
        }
        _ => return None,
    };
    Some(ArgValueCandidates::new(move || listed(names(of_site, std::env::args_os()))))
}

fn all_rules() -> Vec<String> {
    rules::explained().iter().map(|info| info.kind.id.to_owned()).collect()
}

fn all_outputs() -> Vec<String> {
    OUTPUTS.iter().map(|output| output.name().to_owned()).collect()
}

/// Names that need no quoting in a shell and are no options. A site with errors may have others, which could act on a terminal.
fn listed(names: Vec<String>) -> Vec<CompletionCandidate> {
    let plain = |name: &String| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    names.into_iter().filter(plain).map(CompletionCandidate::new).collect()
}

/// Names from the site of a command line.
fn names(of_site: Names, words: impl Iterator<Item = OsString>) -> Vec<String> {
    read(&site_of(words.skip(1).map(PathBuf::from)), of_site).unwrap_or_default()
}

/// The site that a command line names, as far as it is typed: its last YAML file, but for those of options.
fn site_of(words: impl Iterator<Item = PathBuf>) -> PathBuf {
    let mut of_option = false;
    let mut site = None;
    for word in words {
        let is_yaml = word.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if is_yaml && !of_option && word.is_file() {
            site = Some(word.clone());
        }
        of_option = word == Path::new("--with");
    }
    site.or_else(|| std::env::var_os("IPXEGEN_SITE").map(PathBuf::from)).unwrap_or_else(|| "site.yaml".into())
}

fn read(path: &Path, of_site: Names) -> Option<Vec<String>> {
    // A pipe would be emptied, and a terminal waits for a line.
    if !path.is_file() && !path.is_dir() {
        return None;
    }
    let sources = Sources::with_access(Access::new(&[], &[]).ok()?.without_secrets());
    let files: Vec<_> = read_site(&sources, path).ok()?.into_iter().map(|text| text.file).collect();
    if files.iter().map(|file| file.text().len()).sum::<usize>() > COMPLETED_BYTES {
        return None;
    }
    let texts = Texts { files, with: Vec::new() };
    let site = read_up_to(&sources, &texts, PATTERN_HOSTS, &mut Report::new());
    Some(of_site(&site, &sources))
}
