//! The keys of site.yaml for what clients are given.

use std::borrow::Cow;
use std::rc::Rc;

use foldhash::HashMap;

use super::actions::Field;
use super::askers::{Asker, Askers, Who};
use super::choices::{Choices, Given, State};
use super::file_names::FileName;
use super::other_servers::value;
use crate::import::coverage::Remark;
use crate::import::draft::Mapping;
use crate::model::{Asks, CLIENT_KINDS, ClientKind, Features};

/// The answers to the clients of a scope, in the keys of a site.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Boot {
    /// The loader of each kind, in the order of `CLIENT_KINDS`.
    pub loaders: Vec<Option<Rc<str>>>,
    /// The file for iPXE, by the kind of firmware that it was built for: BIOS, UEFI on 32-bit x86, x64 and 64-bit ARM.
    pub ipxe: [Option<Rc<str>>; 4],
    /// iPXE was given itself, which was not carried over: it gets the site's script.
    pub ipxe_loops: bool,
    /// The features without which iPXE gets the loader of its kind.
    pub needs: Features,
    /// The files for other clients; only with `keep`.
    pub plain: Option<Rc<str>>,
    /// Only hosts of the site are given boot files.
    pub known_only: bool,
    /// The TFTP server.
    pub next_server: Option<Rc<str>>,
    /// The TFTP servers of the files in `ipxe` that have another one.
    pub ipxe_servers: [Option<Rc<str>>; 4],
    /// `server-name`.
    pub server_name: Option<Rc<str>>,
}

/// The numbers of option 93 with which iPXE asks, and the kinds that they stand for. An iPXE that UEFI's HTTP boot started
/// asks with the number of its own build, and as a `PXEClient`: both are constants of its binary (its `dhcp_arch.h`).
pub(super) const IPXE: [(u16, ClientKind); 4] =
    [(0, ClientKind::Bios), (6, ClientKind::EfiIa32), (7, ClientKind::EfiX64), (11, ClientKind::EfiArm64)];

/// Finds the settings of a scope.
struct Judge<'c> {
    choices: &'c Choices,
    outer: Option<&'c Choices>,
    keep: bool,
    known: bool,
    ipxe_loops: bool,
    /// A file that was not carried over, the statement that gives it, and to whom.
    wrong: Vec<(&'c Given, Vec<Cow<'static, str>>)>,
    /// What the name of the last file tells.
    name: Option<(&'c Given, FileName)>,
}

impl Choices {
    /// The answers to clients, in the keys of a site. They have no file that its clients cannot run, unless `keep`
    /// says so; a remark says which, unless the scope `outer` around it has the same fault.
    #[must_use]
    pub fn boot(&self, outer: Option<&Self>, keep: bool) -> (Boot, Vec<Remark>) {
        let given =
            |known: bool| self.clients().any(|(asker, state)| asker.known == known && state.file().is_some());
        let known_only = given(true) && !given(false);
        let mut judge = Judge {
            choices: self,
            outer,
            keep,
            known: known_only,
            ipxe_loops: false,
            wrong: Vec::new(),
            name: None,
        };
        let loaders: Vec<_> = CLIENT_KINDS.iter().map(|info| judge.loader(info.kind)).collect();
        let ipxe = judge.ipxe();
        let plain = judge.plain();
        let boots = |asker: &Asker| asker.who != Who::Plain && asker.known == known_only;
        let booting = || self.clients().filter(|(asker, _)| boots(asker));
        let text = |field: Field| {
            // That of the clients that are given a file; a condition may leave the others without one.
            let with_file = booting().find(|(_, state)| state.file().is_some());
            let state = with_file.or_else(|| booting().next()).map(|(_, state)| state);
            state.and_then(|state| value(state, field)).map(|given| given.text.clone())
        };
        let mut boot = Boot {
            loaders,
            ipxe,
            ipxe_loops: judge.ipxe_loops,
            needs: self.needs(),
            plain,
            known_only,
            next_server: text(Field::NextServer),
            ipxe_servers: [const { None }; 4],
            server_name: text(Field::ServerName),
        };
        let remarks = judge.remarks();
        boot.ipxe_servers = self.ipxe_servers(&boot);
        (boot, remarks)
    }
}

impl Choices {
    /// The features that conditions ask for, if iPXE without them gets the loader of its kind in place of the script.
    fn needs(&self) -> Features {
        let of = |who: Who, rom: bool| {
            let found = self.first(|asker| asker.who == who && !asker.known && asker.client.is_rom() == rom);
            found.and_then(State::file).map(|file| &*file.text)
        };
        let lacks = |arch: u16, kind: ClientKind| {
            let (rom, script) = (of(Who::Ipxe(arch), true), of(Who::Ipxe(arch), false));
            rom == of(Who::Firmware(kind), false) && rom != script
        };
        if lacks(0, ClientKind::Bios) && lacks(7, ClientKind::EfiX64) {
            self.features
        } else {
            Features::none()
        }
    }
}

impl<'c> Judge<'c> {
    fn state(&self, who: Who) -> Option<&'c State> {
        self.choices.first(|asker| asker.who == who && asker.known == self.known)
    }

    /// What the name of a file tells. Most clients of a scope have the same file.
    fn name_of(&mut self, file: &'c Given) -> FileName {
        match self.name {
            Some((known, name)) if std::ptr::eq(known, file) => name,
            _ => self.name.insert((file, FileName::of(&file.text))).1,
        }
    }

    /// The loader of a kind.
    fn loader(&mut self, kind: ClientKind) -> Option<Rc<str>> {
        let of_kind = Askers::of_firmware(kind, self.known);
        let file = self.choices.state_of(of_kind.numbers().next()?)?.file();
        self.variants(of_kind, file);
        let file = file?;
        let fitting = match self.name_of(file).fits(kind) {
            Some(true) => true,
            // A path for UEFI's HTTP boot, a URL for a PXE ROM.
            Some(false) if (kind.info().asks == Asks::Http) != file.text.contains("://") => false,
            Some(false) => file.explicit,
            None => file.explicit || kind != ClientKind::Rpi,
        };
        let sayable = (kind.info().asks == Asks::Http) == file.text.contains("://");
        if fitting || (self.keep && sayable) {
            return Some(file.text.clone());
        }
        let whom = match kind.info().asks {
            Asks::Pxe => kind.name(),
            Asks::Http => "UEFI's HTTP boot",
            Asks::Uboot => "U-Boot",
            Asks::Rpi => "Raspberry Pis",
            Asks::Power => "POWER",
        };
        self.note(file, whom);
        None
    }

    /// Compares the other forms in which firmware of a kind asks.
    fn variants(&mut self, of_kind: Askers, file: Option<&Given>) {
        let choices = self.choices;
        for (asker, state) in
            of_kind.iter().filter_map(|asker| Some((asker, choices.state_of(asker.number)?)))
        {
            let other = state.file().filter(|other| file.is_none_or(|file| file.text != other.text));
            if let Some(other) = other {
                self.note(other, format!("clients that ask as `{}`", asker.name));
            }
        }
    }

    fn ipxe(&mut self) -> [Option<Rc<str>>; 4] {
        let first = self.state(Who::Ipxe(7)).and_then(State::file).map(|file| &file.text);
        let (choices, known) = (self.choices, self.known);
        let counted = choices.clients().filter(|(asker, _)| {
            asker.who == Who::Ipxe(7) && asker.known == known && asker.client.user_class != b"iPXE"
        });
        for file in counted.filter_map(|(_, state)| state.file()).filter(|file| Some(&file.text) != first) {
            self.note(file, "iPXE that sends its user class in the form of RFC 3004");
        }
        IPXE.map(|(arch, _)| {
            let file = self.state(Who::Ipxe(arch))?.file()?;
            if self.name_of(file).is_unusable_for_ipxe && !self.keep {
                self.note(file, "iPXE");
                self.ipxe_loops = true;
                return None;
            }
            Some(file.text.clone())
        })
    }

    fn plain(&mut self) -> Option<Rc<str>> {
        let file = self.state(Who::Plain)?.file()?;
        if self.keep {
            return Some(file.text.clone());
        }
        self.note(file, "clients that do not boot from the network");
        None
    }

    fn note(&mut self, file: &'c Given, whom: impl Into<Cow<'static, str>>) {
        let outer = self.outer.is_some_and(|outer| {
            outer.clients().any(|(_, state)| state.file().is_some_and(|other| other.origin == file.origin))
        });
        if outer {
            return;
        }
        let whom = whom.into();
        match self.wrong.iter_mut().find(|(other, _)| other.origin == file.origin) {
            Some((_, clients)) if clients.contains(&whom) => {}
            Some((_, clients)) => clients.push(whom),
            None => self.wrong.push((file, vec![whom])),
        }
    }

    fn remarks(self) -> Vec<Remark> {
        let remark = |(file, clients): (&Given, Vec<Cow<'static, str>>)| {
            let clients = listed(&clients);
            let text = format!(
                "the file gives `{}` to {clients}, who cannot use it; it is not carried over (--keep does)",
                file.text
            );
            Remark { origin: file.origin.clone(), text }
        };
        self.wrong.into_iter().map(remark).collect()
    }
}

/// `a, b and c`.
fn listed(items: &[Cow<'_, str>]) -> String {
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.to_string(),
        None => String::new(),
    }
}

/// The loaders that a site has without a word, by kind.
fn default_loader(kind: ClientKind) -> Option<&'static str> {
    match kind {
        ClientKind::Bios => Some("undionly.kpxe"),
        ClientKind::EfiX64 => Some("ipxe.efi"),
        _ => None,
    }
}

impl Boot {
    /// Whether no client is given a file.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.loaders.iter().chain(&self.ipxe).all(Option::is_none) && self.plain.is_none()
    }

    /// Those that are given most often; of equally many, those that boot something.
    pub fn most_common<'b>(all: impl Iterator<Item = &'b Self>) -> Option<&'b Self> {
        let mut counts: Vec<(&Self, usize)> = Vec::new();
        let mut known: HashMap<&Self, usize> = HashMap::default();
        for boot in all {
            match known.get(boot).and_then(|at| counts.get_mut(*at)) {
                Some((_, count)) => *count += 1,
                None => {
                    known.insert(boot, counts.len());
                    counts.push((boot, 1));
                }
            }
        }
        let best = counts.iter().rev().max_by_key(|(boot, count)| (*count, !boot.is_nothing()));
        best.map(|(boot, _)| *boot)
    }

    /// Whether a client fetches a file over HTTP.
    #[must_use]
    pub fn has_url(&self) -> bool {
        let mut loaders = CLIENT_KINDS.iter().zip(&self.loaders);
        loaders.any(|(info, file)| info.loads_like.is_some() && file.is_some())
            || self.loaders.iter().chain(&self.ipxe).flatten().any(|file| file.contains("://"))
    }

    /// The loader of a kind.
    #[must_use]
    pub fn loader(&self, kind: ClientKind) -> Option<&str> {
        self.loaders.get(kind as usize)?.as_deref()
    }

    /// The value of `loaders` over those of an outer scope; without one, over the defaults. `http` says whether the
    /// site has an HTTP server, from which clients of UEFI's HTTP boot then get the file of their `efi_` kind.
    #[must_use]
    pub fn loader_changes(&self, outer: Option<&Self>, http: bool) -> Mapping {
        let mut map = Mapping::default();
        let implied = |kind: ClientKind, boot: &Self| {
            let file = kind.info().loads_like.and_then(|like| boot.loader(like));
            file.is_some_and(|file| http && !file.contains("://"))
        };
        for info in &CLIENT_KINDS {
            let new = self.loader(info.kind);
            let follows = |boot: &Self| {
                let like = info.loads_like.and_then(|like| boot.loader(like));
                like.is_some() && boot.loader(info.kind) == like
            };
            let says_nothing = |boot: &Self| {
                let like = info.loads_like.and_then(|like| boot.loader(like));
                follows(boot) || like.is_none() && boot.loader(info.kind).is_none()
            };
            let over_http = info.loads_like.is_some();
            let old = match outer {
                Some(outer) => outer.loader(info.kind),
                None => default_loader(info.kind),
            };
            // Without a word of its own, an `http_` kind follows its `efi_` kind.
            let by_default = implied(info.kind, self);
            let outer_default = outer.is_some_and(|outer| implied(info.kind, outer));
            match new {
                // The path of its `efi_` kind, which it follows unless a word outside says otherwise.
                Some(_) if over_http && follows(self) && outer.is_none_or(says_nothing) => {}
                Some(new) if old != Some(new) || over_http && !new.contains("://") => {
                    map.set_word(info.name, new);
                }
                None if over_http && by_default && !outer_default => {
                    map.set_word(info.name, "none");
                }
                None if old.is_some() => {
                    map.set_word(info.name, "none");
                }
                _ => {}
            }
        }
        map
    }
}
