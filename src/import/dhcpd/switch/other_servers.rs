//! TFTP servers that differ by kind of client. A subnet has one `next_server`, for its loaders; a class has its own, which
//! says that of iPXE. No key says another one for some kinds of firmware.

use std::rc::Rc;

use foldhash::{HashMap, HashSet};
use smallvec::SmallVec;

use super::actions::Field;
use super::askers::{ASKERS, Asker, Who};
use super::choices::{Choices, Given, State};
use super::settings::{Boot, IPXE};
use crate::import::coverage::{Coverage, Outcome, Remark};
use crate::import::origin::Origin;
use crate::model::ipv4;

/// A statement whose server some clients have, and no key of the site gives them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OtherServer {
    origin: Origin,
    /// `next-server` or `server-name`, and its value.
    word: &'static str,
    value: Rc<str>,
    /// What these clients are given in its place.
    site: Rc<str>,
}

/// A value that is not empty.
pub(super) fn value(state: &State, field: Field) -> Option<&Given> {
    state.field(field).filter(|given| !given.text.is_empty())
}

/// Whether clients fetch the file of an answer from its TFTP server.
pub(super) fn is_on_tftp(state: &State) -> bool {
    state.file().is_some_and(|file| !file.text.contains("://"))
}

impl Choices {
    /// The TFTP servers of the files for iPXE, where they are not `server`.
    pub(super) fn ipxe_servers(&self, boot: &Boot) -> [Option<Rc<str>>; 4] {
        let mut at = 0;
        IPXE.map(|(arch, _)| {
            let file = boot.ipxe.get(at)?.as_ref();
            at += 1;
            file?;
            let is_asker = |asker: &Asker| asker.who == Who::Ipxe(arch) && asker.known == boot.known_only;
            let given = value(self.first(is_asker).filter(|state| is_on_tftp(state))?, Field::NextServer)?;
            let is_other = Some(&given.text) != boot.next_server.as_ref() && ipv4(&given.text).is_ok();
            is_other.then(|| given.text.clone())
        })
    }

    /// The servers of clients that boot from TFTP which the keys of a site do not say.
    #[must_use]
    pub fn other_servers(&self, boot: &Boot) -> Vec<OtherServer> {
        let mut all: Vec<OtherServer> = Vec::new();
        let has_server = |state: &State| {
            [Field::NextServer, Field::ServerName].iter().any(|field| value(state, *field).is_some())
        };
        let is_in_words = |file: &Given| {
            let mut files = boot.loaders.iter().chain(&boot.ipxe).flatten();
            files.any(|known| *known == file.text)
        };
        // Many clients share an answer.
        let counts =
            |state: &State| has_server(state) && is_on_tftp(state) && state.file().is_some_and(is_in_words);
        let counted: SmallVec<[bool; 16]> = self.states.iter().map(counts).collect();
        if !counted.contains(&true) {
            return all;
        }
        let clients = ASKERS.iter().zip(&self.of).filter(|(asker, at)| {
            asker.known == boot.known_only
                && asker.who != Who::Plain
                && counted.get(usize::from(**at)).is_some_and(|counted| *counted)
        });
        let booting = clients.filter_map(|(asker, at)| Some((asker, self.states.get(usize::from(*at))?)));
        for (asker, state) in booting {
            let own = match asker.who {
                Who::Ipxe(arch) => IPXE.iter().position(|(known, _)| *known == arch),
                _ => None,
            };
            let own = own.and_then(|at| boot.ipxe_servers.get(at)?.as_ref()).or(boot.next_server.as_ref());
            let fields = [
                (Field::NextServer, "next-server", own),
                (Field::ServerName, "server-name", boot.server_name.as_ref()),
            ];
            for (field, word, site) in fields {
                let (Some(given), Some(site)) = (value(state, field), site) else { continue };
                let other = OtherServer {
                    origin: given.origin.clone(),
                    word,
                    value: given.text.clone(),
                    site: site.clone(),
                };
                if given.text != *site && !all.contains(&other) {
                    all.push(other);
                }
            }
        }
        all
    }
}

impl OtherServer {
    /// Accounts for the statements: they are left out.
    pub fn account(all: &HashSet<Self>, coverage: &mut Coverage) {
        if all.is_empty() {
            return;
        }
        let mut by_origin: HashMap<&Origin, Vec<&Self>> = HashMap::default();
        for other in all {
            by_origin.entry(&other.origin).or_default().push(other);
        }
        let mut found = Vec::new();
        for (number, statement) in coverage.statements.iter().enumerate() {
            let Some(others) = by_origin.get(&statement.origin) else { continue };
            let text = coverage.text(statement);
            let is_own = |other: &&&Self| {
                text.to_ascii_lowercase().starts_with(other.word) && text.contains(&*other.value)
            };
            found.extend(others.iter().find(is_own).map(|other| (number, *other)));
        }
        for (number, other) in found {
            coverage.set(number, Outcome::Lost(other.why()));
        }
    }

    /// It as a remark, for a statement that says more than the server.
    #[must_use]
    pub fn into_remark(self) -> Remark {
        let text = self.why();
        Remark { origin: self.origin, text }
    }

    /// Why it is left out.
    fn why(&self) -> String {
        let Self { word, value, site, .. } = self;
        format!(
            "some clients have the {word} {value}, others {site}: a subnet gives all its loaders one, here {site}"
        )
    }
}
