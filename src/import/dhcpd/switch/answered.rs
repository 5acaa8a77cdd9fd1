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
        let mut choices = Self { states: Vec::new(), of: Vec::new(), features: Features::none() };
        let none = State::default();
        for asker in &*ASKERS {
            let answered = answer(asker);
            let mut state = none.clone();
            let fields = [(Field::File, answered.file), (Field::NextServer, answered.next_server)];
            for (field, given) in fields {
                if let Some(given) = given {
                    state.set(field, given);
                }
            }
            let known = choices.states.iter().position(|other| other.is(&state));
            choices.of.push(u16::try_from(known.unwrap_or(choices.states.len())).unwrap_or_default());
            if known.is_none() {
                choices.states.push(state);
            }
        }
        choices
    }
}

/// Whether a condition tells at most two kinds of PXE firmware from all others.
#[must_use]
pub fn tells_few(holds: impl Fn(&Asker) -> bool) -> bool {
    const FEW: usize = 2;
    let mut kinds: Vec<Who> = Vec::new();
    for asker in &*ASKERS {
        let is_pxe = matches!(asker.who, Who::Firmware(kind) if kind.info().asks == Asks::Pxe);
        if is_pxe && asker.client.arch.len() == 1 && !kinds.contains(&asker.who) && holds(asker) {
            kinds.push(asker.who);
        }
    }
    kinds.len() <= FEW
}
