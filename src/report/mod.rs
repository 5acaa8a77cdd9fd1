//! Findings: the faults of the user's site, collected, sorted and printed once.
//!
//! A finding is a fault of the site (exit code 1). A failure is an `anyhow::Error`: ipxegen or the machine could not do
//! the work (exit code 2). The two are never mixed.

pub mod catalogue;
mod distance;
mod folding;
mod github;
mod gitlab;
mod human;
mod json;
mod lines;
mod masked;
mod masker;
mod output;
mod places;
mod sarif;
mod short;
mod visible;

pub use catalogue::FindingKind;
pub use distance::distance;
pub use masked::{masked, without_accounts, without_passwords};
pub use masker::Masker;
pub use output::{MaskedOutput, mask};
pub use visible::{Visible, line as visible};

use std::io::{self, Write};

use foldhash::HashSet;

use crate::source::{Sources, Span, Unread};

/// How findings are shown. A further one is a file beside `short.rs`, a variant here and its arm in [`print()`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// With the lines of the site
    #[default]
    Human,
    /// One line each, `file:line:column: error[rule]: message`
    Short,
    /// A JSON array of objects
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, which GitHub shows beside the lines
    Github,
    /// A Code Quality report, which GitLab shows in the merge request
    Gitlab,
}

/// The description of a kind of finding, for formats that include it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Its id, severity and summary.
    pub kind: &'static FindingKind,
    /// The text of `explain`, in Markdown.
    pub doc: String,
}

/// Writes every finding, sorted by place, without the secrets that `sources` have read. `rules` describes the kinds of
/// finding, for formats that include the descriptions.
///
/// # Errors
/// If `out` cannot be written.
pub fn print(
    report: &Report,
    sources: &Sources,
    format: Format,
    colour: bool,
    rules: &[RuleInfo],
    out: &mut dyn Write,
) -> io::Result<()> {
    let masker = Masker::new(sources.secret_texts());
    let masked = (!masker.is_empty()).then(|| report.masked(&masker));
    let report = masked.as_ref().unwrap_or(report);
    match format {
        Format::Human => human::print(report, sources, &masker, colour, out),
        Format::Short => short::print(report, sources, out),
        Format::Json => json::print(report, sources, out),
        Format::Sarif => sarif::print(report, sources, rules, out),
        Format::Github => github::print(report, sources, out),
        Format::Gitlab => gitlab::print(report, sources, out),
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It works, but is probably a mistake. With `--strict` the run fails.
    Warning,
    /// With an error, nothing is rendered.
    Error,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place and a text that is printed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The text, such as "first used here". Empty for a bare caret.
    pub text: String,
}

/// One thing that is wrong with the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its kind, such as `duplicate-mac`.
    pub kind: &'static FindingKind,
    /// Error or warning.
    pub severity: Severity,
    /// Lower case, the value shown, no full stop.
    pub message: String,
    /// Its place. `None` if the finding has no place, as for an empty file.
    pub primary: Option<Label>,
    /// Other places, such as the other value of a conflict.
    pub related: Vec<Label>,
    /// The advice: what to do.
    pub help: Option<String>,
    /// Its cause, if other findings of the rule may have the same one.
    pub cause: Option<Box<Cause>>,
    /// How many other findings with this cause it stands for.
    pub others: usize,
}

/// The cause of a finding. Findings of one rule with one cause are reported as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Equal for findings with the same cause and noun.
    pub number: u64,
    /// The kind of thing that has the fault, such as a host.
    pub noun: &'static str,
    /// Its name.
    pub name: String,
}

impl Finding {
    /// A finding at a place. Its severity is that of its kind.
    #[must_use]
    pub fn new(kind: &'static FindingKind, span: Span, message: impl Into<String>) -> Self {
        let primary = Some(Label { span, text: String::new() });
        Self { primary, ..Self::nowhere(kind, message) }
    }

    /// A finding without a place: a file that is empty, an option of the command line.
    #[must_use]
    pub fn nowhere(kind: &'static FindingKind, message: impl Into<String>) -> Self {
        let message = without_accounts(message.into());
        Self {
            kind,
            severity: kind.severity,
            message,
            primary: None,
            related: Vec::new(),
            help: None,
            cause: None,
            others: 0,
        }
    }

    /// Makes it a warning although its kind is an error.
    #[must_use]
    pub const fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// A file or a variable that the site names and that could not be read. `kind` is the kind of finding for its value;
    /// a file or variable that the site may not read is reported as `out-of-reach` instead.
    #[must_use]
    pub fn unread(kind: &'static FindingKind, span: Span, unread: Unread) -> Self {
        let kind = if unread.is_refused { &catalogue::OUT_OF_REACH } else { kind };
        let finding = Self::new(kind, span, unread.message);
        match unread.help {
            Some(help) => finding.help(help),
            None => finding,
        }
    }

    /// Its places, the primary one first.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.primary.iter().chain(&self.related)
    }

    /// Sets the text at the finding's own place.
    #[must_use]
    pub fn here(mut self, text: impl Into<String>) -> Self {
        if let Some(primary) = &mut self.primary {
            primary.text = text.into();
        }
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: text.into() });
        self
    }

    /// Sets the help.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Names its cause, and what has the fault.
    #[must_use]
    pub fn cause(mut self, number: u64, noun: &'static str, name: impl Into<String>) -> Self {
        self.cause = Some(Box::new(Cause { number, noun, name: name.into() }));
        self
    }
}

/// All findings of a run.
#[derive(Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
    reported: HashSet<(&'static str, Span, String)>,
}

impl Report {
    /// No findings yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding. One that an alias of YAML repeats is added once.
    pub fn push(&mut self, finding: Finding) {
        if let Some(place) = &finding.primary
            && !self.reported.insert((finding.kind.id, place.span, finding.message.clone()))
        {
            return;
        }
        self.findings.push(finding);
    }

    /// Adds findings.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }

    /// Whether this finding was added for this place.
    #[must_use]
    pub fn has_said(&self, kind: &'static FindingKind, span: Span, message: &str) -> bool {
        self.reported.contains(&(kind.id, span, message.to_owned()))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Adds the findings of another report.
    pub fn take(&mut self, other: Self) {
        other.findings.into_iter().for_each(|finding| self.push(finding));
    }

    /// The same findings without secrets.
    fn masked(&self, masker: &Masker) -> Self {
        let mut findings = self.findings.clone();
        for finding in &mut findings {
            let labels = finding.primary.iter_mut().chain(&mut finding.related).map(|label| &mut label.text);
            for text in labels.chain(&mut finding.help).chain([&mut finding.message]) {
                *text = masker.owned(std::mem::take(text));
            }
        }
        Self { findings, reported: HashSet::default() }
    }

    /// Replaces the findings by others that are made of them, if some have a [`Cause`].
    pub fn rewrite(&mut self, change: impl FnOnce(Vec<Finding>) -> Vec<Finding>) {
        if self.findings.iter().any(|finding| finding.cause.is_some()) {
            self.findings = change(std::mem::take(&mut self.findings));
        }
    }

    /// Takes back the findings of a kind with a message.
    pub fn retract(&mut self, (kind, message): (&'static FindingKind, String)) {
        self.findings.retain(|finding| finding.kind != kind || finding.message != message);
    }

    /// Leaves out the findings of some rules.
    pub fn leave_out(&mut self, rules: &[&str]) {
        self.findings.retain(|finding| !rules.contains(&finding.kind.id));
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether there is an error, so that nothing may be rendered.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Whether an error is at a place or inside it.
    #[must_use]
    pub fn has_error_in(&self, span: Span) -> bool {
        self.error_places().any(|error| span.contains(error))
    }

    /// The places of the errors.
    pub fn error_places(&self) -> impl Iterator<Item = Span> {
        let errors = self.findings.iter().filter(|finding| finding.severity == Severity::Error);
        errors.filter_map(|finding| Some(finding.primary.as_ref()?.span))
    }

    /// Whether there is no site to check: the text is not YAML, is empty, or has more hosts than the limit.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.findings.iter().any(|finding| {
            [&catalogue::YAML, &catalogue::EMPTY, &catalogue::TOO_MANY_HOSTS].contains(&finding.kind)
        })
    }

    /// How many errors and warnings there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        (errors, self.findings.len() - errors)
    }

    /// The findings, by place, then rule; those without a place first.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Finding> {
        let mut all: Vec<_> = self.findings.iter().collect();
        all.sort_by_key(|finding| (finding.primary.as_ref().map(|label| label.span), finding.kind.id));
        all
    }
}
