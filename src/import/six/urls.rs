//! The clients of DHCPv6, and what a file sends to each.

use std::rc::Rc;
use std::sync::LazyLock;

use crate::model::CLIENT_KINDS;

/// A client.
#[derive(Clone, Debug)]
pub struct Asker6 {
    /// Its name, for people.
    pub name: String,
    /// The value of option 61.
    pub arch: Option<u16>,
    /// Whether it is iPXE.
    pub is_ipxe: bool,
    /// Whether it is UEFI's HTTP boot.
    pub is_http: bool,
    /// Whether it has a host declaration.
    pub known: bool,
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
    let mut all = Vec::new();
    for known in [false, true] {
        for info in CLIENT_KINDS.iter() {
            for arch in info.kind.arch_numbers() {
                all.push(Asker6 {
                    name: format!("{}/{arch}", info.kind.name()),
                    arch: Some(arch),
                    is_ipxe: false,
                    is_http: info.loads_like.is_some(),
                    known,
                });
            }
        }
        for arch in [0, 7, 11] {
            let name = format!("iPXE/{arch}");
            all.push(Asker6 { name, arch: Some(arch), is_ipxe: true, is_http: false, known });
        }
        all.push(Asker6 { name: "plain".into(), arch: None, is_ipxe: false, is_http: false, known });
    }
    // Two kinds share some numbers.
    let mut seen = foldhash::HashSet::default();
    all.retain(|asker| seen.insert((asker.arch, asker.is_ipxe, asker.known)));
    all
});

/// Every client: each kind, as a host and as a stranger.
pub fn askers() -> &'static [Asker6] {
    &ASKERS
}
