//! The outcome of a probe.

use crate::source::Span;

/// Whether something is as the site says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is.
    Right,
    /// It is not.
    Wrong,
    /// It could not be asked.
    NotAsked,
    /// The site says nothing of it.
    Note,
}

impl State {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::NotAsked => "not asked",
            Self::Note => "note",
        }
    }
}

/// A thing that was asked.
#[derive(Clone, Debug)]
pub struct Check {
    /// Whether it is right.
    pub state: State,
    /// The fault.
    pub text: String,
    /// The place in the site that says how it should be.
    pub span: Option<Span>,
    /// The help.
    pub help: Option<String>,
}

impl Check {
    pub(super) fn new(state: State, text: impl Into<String>) -> Self {
        Self { state, text: text.into(), span: None, help: None }
    }

    pub(super) fn at(self, span: Option<Span>) -> Self {
        Self { span: span.filter(|span| *span != Span::default()), ..self }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Checks that belong together.
#[derive(Clone, Debug)]
pub struct Section {
    /// Their subject.
    pub title: String,
    /// The checks.
    pub checks: Vec<Check>,
}

/// The probe of one machine.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The name of the host; `None` for a stranger.
    pub host: Option<String>,
    /// The MAC address that was asked for.
    pub mac: [u8; 6],
    /// The subnet, by index.
    pub subnet: usize,
    /// The checks, by subject.
    pub sections: Vec<Section>,
}

/// The end of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is as the site says.
    Right,
    /// So many things are not.
    Wrong(usize),
    /// So many things could not be asked, and the others are right.
    NotAsked(usize),
}

impl Outcome {
    /// The end of some probes.
    #[must_use]
    pub fn of(probed: &[Probed]) -> Self {
        let checks = || probed.iter().flat_map(|one| &one.sections).flat_map(|section| &section.checks);
        let count = |state: State| checks().filter(|check| check.state == state).count();
        match (count(State::Wrong), count(State::NotAsked)) {
            (0, 0) => Self::Right,
            (0, not_asked) => Self::NotAsked(not_asked),
            (wrong, _) => Self::Wrong(wrong),
        }
    }
}
