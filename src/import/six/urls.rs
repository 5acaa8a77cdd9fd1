//! The clients of DHCPv6, and what a file sends to each.

use std::rc::Rc;
use std::sync::LazyLock;

use crate::dhcp::Client;

/// A client.
#[derive(Clone, Debug)]
pub struct Asker6 {
    /// Its name, for people.
    pub name: String,
    /// Its request.
    pub client: Client,
    /// Whether it has a host declaration.
    pub known: bool,
}

impl Asker6 {
    /// The value of the architecture, option 61, if it sends one.
    pub fn arch(&self) -> Option<u16> {
        self.client.arch.first().copied()
    }
}

/// What a client gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sends {
    /// The URL, if it gets one, and whether the answer says `HTTPClient`.
    Url(Option<Rc<str>>, bool),
    /// It depends on something that the kind of a client does not tell; on what.
    Depends(Rc<str>),
}

static ASKERS: LazyLock<Vec<Asker6>> = LazyLock::new(|| {
    let kinds = Client::plain(0, [0x52, 0x54, 0, 0, 0, 1]).kinds6();
    let all = |known: bool| kinds.iter().map(move |(name, client)| (name.clone(), client.clone(), known));
    all(false).chain(all(true)).map(|(name, client, known)| Asker6 { name, client, known }).collect()
});

/// Every client: each kind, as a host and as a stranger.
pub fn askers() -> &'static [Asker6] {
    &ASKERS
}
