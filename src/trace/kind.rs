//! The kinds of client that a trace can follow.

use crate::dhcp::Client;
use crate::model::{CLIENT_KINDS, ClientKind, make_target};

/// A kind of client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TracedKind {
    /// Firmware of a kind.
    Firmware(ClientKind),
    /// iPXE in the firmware, such as the network card of a virtual machine on BIOS.
    Ipxe,
    /// A client that does not boot: an installed system.
    Plain,
}

impl TracedKind {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        CLIENT_KINDS.iter().map(|info| Self::Firmware(info.kind)).chain([Self::Ipxe, Self::Plain])
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Firmware(kind) => kind.name(),
            Self::Ipxe => "ipxe",
            Self::Plain => "plain",
        }
    }

    /// The kind with a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.name() == name)
    }

    /// Whether a machine can be of this kind, by its MAC address and its option 97.
    pub(super) fn may_be(self, plain: &Client) -> bool {
        let is_pi = plain.is_raspberry_pi_board();
        match self {
            Self::Plain => true,
            // Its firmware can be given another MAC address (`MAC_ADDRESS` in raspberrypi/documentation), which then is not
            // one of another maker.
            Self::Firmware(ClientKind::Rpi) => is_pi || (plain.uuid.is_empty() && plain.mac[0] & 2 != 0),
            Self::Firmware(kind) => !is_pi || kind.is_arm(),
            Self::Ipxe => !is_pi,
        }
    }

    /// The client as it asks first.
    pub(super) fn client(self, plain: &Client) -> Client {
        match self {
            Self::Firmware(kind) => firmware(plain, kind),
            Self::Ipxe => ipxe(plain, Some(ClientKind::Bios)),
            Self::Plain => plain.clone(),
        }
    }

    /// The kind of iPXE that its loader is; `None` if the loader is not iPXE, as far as its name tells.
    pub(super) fn ipxe_kind(self, loader: &str) -> Option<ClientKind> {
        match self {
            Self::Ipxe => Some(ClientKind::Bios),
            Self::Plain => None,
            Self::Firmware(kind) => kind.in_ipxe().or_else(|| {
                // U-Boot starts programs for UEFI; iPXE's makefile says which of its programs a name is.
                let target = make_target(kind, loader)?;
                let folders = [
                    ("bin-arm64-efi/", ClientKind::EfiArm64),
                    ("bin-arm32-efi/", ClientKind::EfiArm32),
                    ("bin-riscv64-efi/", ClientKind::EfiRiscv64),
                ];
                folders.into_iter().find(|(folder, _)| target.starts_with(folder)).map(|(_, kind)| kind)
            }),
        }
    }
}

/// The firmware of a kind, in the first form in which it is known to ask.
fn firmware(plain: &Client, kind: ClientKind) -> Client {
    if kind == ClientKind::Rpi {
        return plain.clone().raspberry_pi();
    }
    let name = format!("{}/", kind.name());
    let known = plain.kinds().into_iter().find(|(known, _)| known.starts_with(&name));
    known.map_or_else(|| plain.clone(), |(_, client)| client)
}

/// iPXE that was built for a kind of client.
pub(super) fn ipxe(plain: &Client, kind: Option<ClientKind>) -> Client {
    let arch = kind.and_then(|kind| firmware(plain, kind).arch.first().copied()).unwrap_or_default();
    plain.clone().ipxe(arch)
}
