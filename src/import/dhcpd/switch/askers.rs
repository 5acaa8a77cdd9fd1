//! The clients for which the switch is run: every kind that a site can tell apart, as a host of the site and as a
//! stranger.

use std::sync::LazyLock;

use super::super::expression::Sent;
use crate::dhcp::Client;
use crate::model::{CLIENT_KINDS, ClientKind};

/// A client.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Its place in [`ASKERS`].
    pub number: usize,
    /// Its name, for people.
    pub name: String,
    /// Its request.
    pub client: Client,
    /// The bytes of its option 93.
    arch: Vec<u8>,
    /// The program that asks.
    pub who: Who,
    /// Whether it has a host declaration.
    pub known: bool,
}

impl Asker {
    /// Its request.
    pub const fn sent(&self) -> Sent<'_> {
        Sent { client: &self.client, arch: self.arch.as_slice(), known: self.known }
    }
}

/// The program that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A client that does not boot from the network.
    Plain,
    /// Firmware of a kind.
    Firmware(ClientKind),
    /// iPXE, started by firmware with this value of option 93.
    Ipxe(u16),
}

/// A set of clients, by their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Askers(u128);

impl Askers {
    /// The set of one client.
    pub fn one(asker: &Asker) -> Self {
        let mut set = Self::default();
        set.add(asker);
        set
    }

    /// Adds a client.
    pub fn add(&mut self, asker: &Asker) {
        self.0 |= u32::try_from(asker.number).ok().and_then(|number| 1_u128.checked_shl(number)).unwrap_or(0);
    }

    /// Whether it has none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The numbers of its clients, in ascending order.
    pub fn numbers(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let number = (left != 0).then_some(left.trailing_zeros())?;
            left &= left - 1;
            usize::try_from(number).ok()
        })
    }

    /// Its clients, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = &'static Asker> {
        let all = ASKERS.as_slice();
        self.numbers().filter_map(|number| all.get(number))
    }
}

/// The clients that ask as firmware of a kind, by the number of the kind: strangers, and hosts.
static FIRMWARE: LazyLock<Vec<[Askers; 2]>> = LazyLock::new(|| {
    let of = |kind: ClientKind, known: bool| {
        let mut set = Askers::default();
        let is = |asker: &&Asker| asker.who == Who::Firmware(kind) && asker.known == known;
        ASKERS.iter().filter(is).for_each(|asker| set.add(asker));
        set
    };
    CLIENT_KINDS.iter().map(|info| [of(info.kind, false), of(info.kind, true)]).collect()
});

impl Askers {
    /// The clients that ask as firmware of a kind.
    pub fn of_firmware(kind: ClientKind, known: bool) -> Self {
        let at = CLIENT_KINDS.iter().position(|info| info.kind == kind);
        let sets = at.and_then(|at| FIRMWARE.get(at));
        sets.map_or_else(Self::default, |[strangers, hosts]| if known { *hosts } else { *strangers })
    }
}

/// All of them: first the strangers, then the hosts in the same order.
pub static ASKERS: LazyLock<Vec<Asker>> = LazyLock::new(askers);

fn askers() -> Vec<Asker> {
    let kinds = Client::plain(0, [0; 6]).kinds();
    let who = |client: &Client| {
        if client.is_ipxe() {
            return Who::Ipxe(client.arch.first().copied().unwrap_or_default());
        }
        let kind = CLIENT_KINDS.iter().find(|info| client.is(info.kind));
        kind.map_or(Who::Plain, |info| Who::Firmware(info.kind))
    };
    let all = |known: bool| {
        let before = if known { kinds.len() } else { 0 };
        kinds.iter().enumerate().map(move |(at, (name, client))| Asker {
            number: before + at,
            name: name.clone(),
            who: who(client),
            client: client.clone(),
            arch: client.arch_bytes(),
            known,
        })
    };
    all(false).chain(all(true)).collect()
}

#[cfg(test)]
mod tests {
    use super::{ASKERS, Askers};

    #[test]
    fn a_set_has_room_for_every_client() {
        let mut all = Askers::default();
        ASKERS.iter().for_each(|asker| all.add(asker));
        let numbers = |askers: Askers| askers.iter().map(|asker| asker.number).collect::<Vec<_>>();
        assert_eq!(numbers(all), (0..ASKERS.len()).collect::<Vec<_>>());
        assert_eq!(numbers(Askers::one(&ASKERS[3])), [3]);
    }
}
