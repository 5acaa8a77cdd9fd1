//! Options that no client can ask for, by which one scope of dhcpd.conf tells another what it says.
//!
//! dhcpd has one value of an option, that of the innermost scope that sets it, and evaluates `config-option` when it
//! writes the answer. So a scope writes down what another scope has to know.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::dhcp::{BesideFile, BootFileChanges, Policy};
use crate::model::ClassFile;

/// The options that scopes write down.
pub(super) struct Marks {
    /// Options that some scope sends to clients that do not ask for them.
    ///
    /// dhcpd sends what a client asks for, or what `dhcp-parameter-request-list` says if the configuration sets it.
    /// There is one such option, and a later one replaces it. So each scope marks the codes, and one list has the marks.
    pub always: BTreeSet<u8>,
    /// Options of subnets and classes that a boot file replaces. A class or a host without the file gets their values back.
    pub replaced: BTreeSet<u8>,
}

/// A code as its template sees it.
#[derive(Serialize)]
pub(super) struct Code {
    code: u8,
}

/// The codes for a template.
pub(super) fn codes(all: &BTreeSet<u8>) -> Vec<Code> {
    all.iter().map(|code| Code { code: *code }).collect()
}

/// An option that boot files replace, and the code of its mark.
#[derive(Serialize)]
pub(super) struct Replaced {
    code: u8,
    mark: u8,
}

/// The codes of these marks. Those of [`Marks::always`] have the codes of their options, so these have codes of the
/// protocol itself, which no site sets.
const MARKS: [(u8, u8); 3] = [(43, 53), (60, 54), (66, 55)];

/// The replaced options for a template.
pub(super) fn replaced_by_files(all: &BTreeSet<u8>) -> Vec<Replaced> {
    let marks = MARKS.iter().filter(|(code, _)| all.contains(code));
    marks.map(|(code, mark)| Replaced { code: *code, mark: *mark }).collect()
}

impl Marks {
    pub(super) fn of(policy: &Policy<'_>) -> Self {
        let scopes = policy.site.handouts().flat_map(crate::dhcp::options);
        let always = scopes.filter(|setting| setting.always).map(|setting| setting.code).collect();
        let replaced = if takes_files_back(policy) { replaced(policy) } else { BTreeSet::new() };
        Self { always, replaced }
    }
}

/// The options of subnets and classes that firmware needs with its boot file, too.
fn replaced(policy: &Policy<'_>) -> BTreeSet<u8> {
    let with_files = beside_files(policy);
    let of_subnets = policy.subnets.iter().flat_map(|scope| &scope.options);
    let of_classes = policy.classes.iter().flat_map(|scope| &scope.options);
    let codes = of_subnets.chain(of_classes).map(|setting| setting.code);
    codes.filter(|code| with_files.contains(code)).collect()
}

/// The options that some boot file needs, or that a scope unsets together with the file.
fn beside_files(policy: &Policy<'_>) -> BTreeSet<u8> {
    let site = policy.site;
    let subnets = site.subnets.iter().flat_map(|subnet| &subnet.loaders).map(|(kind, _)| *kind);
    let here = site.classes.iter().flat_map(|class| &class.here).flat_map(|here| &here.loaders);
    let changes =
        here.chain(site.profiles.iter().flat_map(|profile| &profile.changes)).map(|(kind, _)| *kind);
    let files = site.classes.iter().filter_map(|class| class.file.as_ref());
    let files = files.chain(site.profiles.iter().filter_map(|profile| profile.file.as_ref()));
    let urls = files.filter(|file| matches!(file.value, ClassFile::Url(_))).map(|_| BesideFile::Http);
    let all = subnets.chain(changes).map(BesideFile::of).chain(urls);
    all.flat_map(BesideFile::codes).copied().collect()
}

/// Whether some class or host gives clients no file, or another one, in place of an outer scope's file that needs options.
fn takes_files_back(policy: &Policy<'_>) -> bool {
    let takes_back = |changes: &BootFileChanges<'_>| {
        let mut loaders = changes.loaders.iter();
        changes.nothing.is_some()
            || changes.one.is_some()
            || loaders
                .any(|(kind, loader)| loader.value.is_none() && BesideFile::of(*kind) != BesideFile::Nothing)
    };
    let mut profiles = (0..).map_while(|at| policy.profile(at));
    let mut classes =
        policy.classes.iter().flat_map(|scope| scope.class.here.iter().map(move |here| (scope, here)));
    profiles.any(|profile| takes_back(&profile.changes))
        || classes.any(|(scope, here)| takes_back(&scope.files(here)))
}
