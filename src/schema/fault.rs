//! Faults of the text itself, as findings.

use super::reading::listed;
use crate::report::Finding;
use crate::report::catalogue::{
    CSV, DUPLICATE_KEY, YAML, YAML_ALIAS, YAML_DOCUMENT, YAML_KEY, YAML_MERGE, YAML_TAG,
};
use crate::source::{FaultKind, Scalar, SourceFile, Span, YamlFault};

/// An entry of a map that the map has already, as a finding. The keys of the site are the map with the empty name.
pub(super) fn duplicate(map: &str, name: Scalar<'_>, first: Span) -> Finding {
    let message = if map.is_empty() {
        format!("the key `{}` stands twice", name.text)
    } else {
        format!("`{}` stands twice in `{map}`", name.text)
    };
    let finding = Finding::new(&DUPLICATE_KEY, name.span, message)
        .here("stands again here")
        .and(first, "stands first here");
    finding.help("remove one of the two")
}

/// A fault of the YAML as a finding.
pub(super) fn finding(fault: &YamlFault, file: &SourceFile) -> Finding {
    let span = fault.span;
    match &fault.kind {
        FaultKind::Syntax(words) => {
            let finding = Finding::new(&YAML, span, format!("this is not YAML: {words}"));
            match hint(file, span, words) {
                Some(hint) => finding.help(hint),
                None => finding,
            }
        }
        FaultKind::DuplicateKey { key, first } => {
            Finding::new(&DUPLICATE_KEY, span, format!("the key `{key}` stands twice in one mapping"))
                .here("stands again here")
                .and(*first, "stands first here")
                .help("remove one of the two; YAML has no meaning for both")
        }
        FaultKind::Tag(tag) => Finding::new(&YAML_TAG, span, format!("the tag `{tag}` means nothing here"))
            .help("remove it; a text that begins with `!` goes into double quotes"),
        FaultKind::UnknownAlias => Finding::new(&YAML_ALIAS, span, "this alias has no anchor before it")
            .help("`&name` marks a value, `*name` further down repeats it; a text that begins with `*` goes into double quotes"),
        FaultKind::CompoundKey => Finding::new(&YAML_KEY, span, "a key must be a single value"),
        FaultKind::BadMerge => Finding::new(&YAML_MERGE, span, "`<<` merges a mapping, or a list of mappings"),
        FaultKind::Table(words) => Finding::new(&CSV, span, words.clone()),
        FaultKind::Expansion => {
            Finding::new(&YAML_ALIAS, span, "aliases repeat more values, or nest deeper, than any site needs")
                .help("nothing behind this place was read; write out what is meant")
        }
        FaultKind::SecondDocument => {
            Finding::new(&YAML_DOCUMENT, span, "a second document begins here; a site is one document")
                .help(format!("remove {}, or give the parts as files of their own", listed(&["---"])))
        }
    }
}

/// The usual cause of a syntax error at this place.
fn hint(file: &SourceFile, span: Span, words: &str) -> Option<&'static str> {
    let text = file.text();
    let at = (span.start - file.base()) as usize;
    let mut from = at.min(text.len()).saturating_sub(500);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = at.min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let line_start = text.get(from..to)?.rfind('\n').map_or(from, |newline| from + newline + 1);
    let line = text.get(line_start..)?.lines().next().unwrap_or("");
    let line = line.get(..line.len().min(2000)).unwrap_or(line);
    if line.trim_start_matches(' ').starts_with('\t') || line.starts_with('\t') {
        return Some("indent with blanks: YAML does not take tabs");
    }
    if words.contains("quoted scalar") {
        return Some("a quote that was opened above is not closed");
    }
    if words.contains("flow") {
        let key = line.split_once(':').is_some_and(|(key, _)| !key.contains(['{', '[', ',']));
        return Some(if key && !line.trim_start().starts_with(' ') && !line.starts_with(' ') {
            "a `{` or `[` that was opened above is not closed"
        } else {
            "a value with `{` in it goes into double quotes"
        });
    }
    None
}
