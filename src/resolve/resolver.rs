//! The report, the texts and the gaps that every part of resolving uses, and the reading of single values.

use foldhash::HashSet;

use super::repair;
use crate::model::{FileRoots, Gaps, InvalidValue, Spanned, Validated, flag};
use crate::report::catalogue::{MALFORMED, UNKNOWN_REFERENCE};
use crate::report::{Finding, Report};
use crate::schema::{self, Field, nearest};
use crate::source::{Scalar, Sources, Span};

/// The state of resolving.
pub(crate) struct Resolver<'r, 'a> {
    pub(super) report: &'r mut Report,
    /// The places of errors that are in another report.
    pub(super) errors: &'r [Span],
    pub(super) sources: &'a Sources,
    pub(super) gaps: Gaps,
    /// The places that have a finding already: each host reads the values of its groups again.
    pub(super) refused: HashSet<Span>,
    /// The number of references to unknown names.
    pub(super) unknown: usize,
    /// The roots that paths are relative to.
    pub(super) roots: FileRoots,
}

/// A value is missing because it is in error, and a finding says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reported;

impl<'r, 'a> Resolver<'r, 'a> {
    pub(super) fn new(report: &'r mut Report, sources: &'a Sources) -> Self {
        Self {
            report,
            errors: &[],
            sources,
            gaps: Gaps::default(),
            refused: HashSet::default(),
            unknown: 0,
            roots: FileRoots::default(),
        }
    }

    /// Whether a place has an error, or contains one: then no other finding is needed there.
    pub(super) fn has_error_in(&self, span: Span) -> bool {
        self.report.has_error_in(span) || self.errors.iter().any(|error| span.contains(*error))
    }

    /// Reports an invalid value, once for each place.
    pub(super) fn refuse(&mut self, span: Span, refused: &InvalidValue) {
        if !self.refused.insert(span) {
            return;
        }
        let mut finding = Finding::new(&MALFORMED, span, refused.message.clone());
        finding.help.clone_from(&refused.help);
        self.report.push(finding);
    }

    /// Reads a value; `None` with a finding.
    pub(super) fn value<T>(
        &mut self,
        word: Scalar<'a>,
        read: impl Fn(&'a str) -> Validated<T>,
    ) -> Option<Spanned<T>> {
        self.read(word, false, read)
    }

    /// Reads an item of a list; `None` with a finding.
    pub(super) fn item<T>(
        &mut self,
        word: Scalar<'a>,
        read: impl Fn(&'a str) -> Validated<T>,
    ) -> Option<Spanned<T>> {
        self.read(word, true, read)
    }

    /// Reads a value of a key that takes one, or of a list.
    fn read<T>(
        &mut self,
        word: Scalar<'a>,
        is_item: bool,
        read: impl Fn(&'a str) -> Validated<T>,
    ) -> Option<Spanned<T>> {
        match read(word.text) {
            Ok(value) => Some(Spanned::new(value, word.span)),
            Err(refused) => {
                let refused = repair::with_slip(refused, word.text, is_item, |text| read(text).is_ok());
                self.refuse(word.span, &refused);
                None
            }
        }
    }

    /// Reads a path that is relative to a root, and so must not begin with the root.
    pub(super) fn below_root<T>(
        &mut self,
        word: Scalar<'a>,
        read: impl Fn(&'a str) -> Validated<T>,
    ) -> Option<Spanned<T>> {
        let checked = self.roots.check(word.text);
        self.value(word, |text| checked.clone().and_then(|()| read(text)))
    }

    /// Reads the value of a key that may be absent.
    pub(super) fn maybe<T>(
        &mut self,
        field: &Field<Scalar<'a>>,
        read: impl Fn(&'a str) -> Validated<T>,
    ) -> Option<Spanned<T>> {
        field.given().and_then(|word| self.value(*word, read))
    }

    /// Reads the value of a key, or gives its default.
    pub(super) fn or<T>(
        &mut self,
        field: &Field<Scalar<'a>>,
        read: impl Fn(&'a str) -> Validated<T>,
        default: T,
    ) -> T {
        self.maybe(field, read).map_or(default, |at| at.value)
    }

    /// Reads true or false, or gives the default.
    pub(super) fn flag(&mut self, field: &Field<Scalar<'a>>, default: bool) -> bool {
        self.or(field, flag, default)
    }

    /// Reads the values of a list; `none` is an empty list.
    pub(super) fn many<T>(
        &mut self,
        words: &[Scalar<'a>],
        read: impl Fn(&'a str) -> Validated<T>,
    ) -> Vec<Spanned<T>> {
        if let [word] = words
            && word.text == "none"
        {
            return Vec::new();
        }
        words.iter().filter_map(|word| self.item(*word, &read)).collect()
    }

    /// Whether an unknown name still gets a hint. Searching all names for each of thousands of unknown ones takes
    /// minutes, so only the first hundred get one.
    pub(super) const fn hints(&self) -> bool {
        self.unknown < 100
    }

    /// Reports a reference to an unknown name. `what` says what it should refer to.
    pub(super) fn unknown(&mut self, what: &str, word: Scalar<'_>, known: &[&str]) {
        let message = format!("there is no {what} `{}`", word.text);
        let mut finding = Finding::new(&UNKNOWN_REFERENCE, word.span, message);
        let hints = self.hints();
        self.unknown += 1;
        if !hints {
            self.report.push(finding);
            return;
        }
        finding = match nearest(word.text, known) {
            Some(near) => finding.here(format!("did you mean `{near}`?")),
            None if known.is_empty() => finding.help(format!("no {what} is declared")),
            None if known.len() <= 12 => finding.help(format!("declared are {}", schema::listed(known))),
            None => finding.help(format!("{} are declared, none of a similar name", known.len())),
        };
        self.report.push(finding);
    }
}
