//! The answers of other daemons, judged as those of dhcpd's switch: Kea's classes and dnsmasq's tags are evaluated for the
//! same clients.

use std::rc::Rc;

use super::actions::Field;
use super::askers::{ASKERS, Asker, Who};
use super::choices::{Choices, Given, State};
use crate::model::{Asks, Features};

/// The answer of a daemon to a client.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    /// The boot file.
    pub file: Option<Rc<Given>>,
    /// The address of the TFTP server.
    pub next_server: Option<Rc<Given>>,
}

impl Choices {
    /// The answers of a daemon, which `answer` tells for each client.
    #[must_use]
    pub fn answered(answer: impl Fn(&Asker) -> Answered) -> Self {
        let none = State::default();
        let state = |asker: &Asker| {
            let answered = answer(asker);
            let mut state = none.clone();
            let fields = [(Field::File, answered.file), (Field::NextServer, answered.next_server)];
            for (field, given) in fields {
                if let Some(given) = given {
                    state.set(field, given);
                }
            }
            state
        };
        Self { askers: &ASKERS, states: ASKERS.iter().map(state).collect(), features: Features::none() }
    }

    /// The same with one file for all clients.
    #[must_use]
    pub fn with_file(&self, file: &Rc<Given>) -> Self {
        let mut all = self.clone();
        for state in &mut all.states {
            state.set(Field::File, Rc::clone(file));
        }
        all
    }
}

/// The answers to every client in little memory: many clients share one. A site of many subnets keeps those of each.
#[derive(Debug)]
pub struct Compact {
    states: Vec<State>,
    /// The state of each client, by [`Asker::number`].
    of: Vec<u16>,
    features: Features,
}

impl Compact {
    /// The same as choices.
    #[must_use]
    pub fn whole(&self) -> Choices {
        let states = self.of.iter().filter_map(|at| self.states.get(usize::from(*at))).cloned().collect();
        Choices { askers: &ASKERS, states, features: self.features }
    }
}

impl From<Choices> for Compact {
    fn from(choices: Choices) -> Self {
        let mut all = Self { states: Vec::new(), of: Vec::new(), features: choices.features };
        for state in choices.states {
            let known = all.states.iter().position(|other| other.is(&state));
            all.of.push(u16::try_from(known.unwrap_or(all.states.len())).unwrap_or_default());
            if known.is_none() {
                all.states.push(state);
            }
        }
        all
    }
}

/// Whether a condition tells at most two kinds of PXE firmware from all others.
#[must_use]
pub fn tells_few(holds: impl Fn(&Asker) -> bool) -> bool {
    few(&ASKERS, holds)
}

/// The same for these clients.
pub(super) fn few(askers: &[Asker], holds: impl Fn(&Asker) -> bool) -> bool {
    const FEW: usize = 2;
    let mut kinds: Vec<Who> = Vec::new();
    for asker in askers {
        let is_pxe = matches!(asker.who, Who::Firmware(kind) if kind.info().asks == Asks::Pxe);
        if is_pxe && asker.client.arch.len() == 1 && !kinds.contains(&asker.who) && holds(asker) {
            kinds.push(asker.who);
        }
    }
    kinds.len() <= FEW
}
