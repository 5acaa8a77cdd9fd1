//! Faults of the text itself, as findings.

use super::reading::listed;
use super::syntax_help::diagnose;
use crate::report::Finding;
use crate::report::catalogue::{
    CSV, DUPLICATE_KEY, YAML, YAML_ALIAS, YAML_DOCUMENT, YAML_KEY, YAML_MERGE, YAML_TAG,
};
use crate::source::{FaultKind, Scalar, SourceFile, Span, YamlFault};

/// An entry of a map that the map has already, as a finding. The keys of the site are the map with the empty name.
pub(super) fn duplicate(map: &str, name: Scalar<'_>, first: Span) -> Finding {
    let message = if map.is_empty() {
        format!("the key `{}` is used twice", name.text)
    } else {
        format!("`{}` is used twice in `{map}`", name.text)
    };
    let finding = Finding::new(&DUPLICATE_KEY, name.span, message)
        .here("used again here")
        .and(first, "first used here");
    finding.help("remove one of the two")
}

/// A fault of the YAML as a finding.
pub(super) fn finding(fault: &YamlFault, file: &SourceFile) -> Finding {
    let span = fault.span;
    match &fault.kind {
        FaultKind::Syntax(words) => syntax(file, span, words),
        FaultKind::Invisible(name) => {
            Finding::new(&YAML, span, format!("there is an invisible character here: {name}"))
                .help("delete it, or replace it with a blank")
        }
        FaultKind::DuplicateKey { key, first } => {
            Finding::new(&DUPLICATE_KEY, span, format!("the key `{key}` is used twice in one mapping"))
                .here("used again here")
                .and(*first, "first used here")
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
                .help("nothing after this place was read; write out the values")
        }
        FaultKind::SecondDocument => {
            Finding::new(&YAML_DOCUMENT, span, "a second document begins here; a site is one document")
                .help(format!("remove {}, or give the parts as files of their own", listed(&["---"])))
        }
    }
}

/// A syntax error, at the place of its cause if that is found.
fn syntax(file: &SourceFile, span: Span, words: &str) -> Finding {
    let at = (span.start - file.base()) as usize;
    let Some(found) = diagnose(file.text(), at, words) else {
        return Finding::new(&YAML, span, format!("this is not YAML: {words}"));
    };
    let place = file.span(found.place.start, found.place.end);
    let finding = Finding::new(&YAML, place, found.message).help(found.help);
    if let Some((other, what)) = found.other {
        return finding.and(file.span(other.start, other.end), what);
    }
    // The parser's place is the end of the fault.
    if file.text().get(found.place.start..at).is_some_and(|between| between.contains('\n')) {
        return finding.and(span, "reading stops here");
    }
    finding
}
