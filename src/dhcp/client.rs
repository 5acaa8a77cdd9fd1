//! A client as it asks: where it is, its MAC address, and what its firmware says of itself.

use crate::model::{
    Arch, Asker, Asks, CLIENT_KINDS, ClassMatch, ClientKind, Features, RASPBERRY_PI, RASPBERRY_PI_ID,
};

/// No feature of iPXE.
const NO_FEATURES: Features = Features::none();

/// The code of the feature that every iPXE has.
const FEATURE_TFTP: u8 = 21;

/// Option 97 of a Raspberry Pi 4: after `RPi4`, the revision of the board, the MAC address and the serial number
/// (`DHCP_OPTION97` in raspberrypi/documentation).
const RPI4: [u8; 13] = *b"4\x11\x31\xc0\0\0\0\0\0\0\0\0\0";

/// A DHCP client, by what it sends.
#[derive(Clone, Debug)]
pub struct Client {
    /// The subnet that it is in, by index: that of the server's card, or of the relay.
    pub subnet: usize,
    /// Its MAC address.
    pub mac: [u8; 6],
    /// Option 60.
    pub vendor_class: String,
    /// Option 77; empty where it sends none.
    pub user_class: Vec<u8>,
    /// The features of iPXE that it names in option 175.
    pub features: Features,
    /// Option 93.
    pub arch: Vec<u16>,
    /// Option 97; empty where it sends none.
    pub uuid: Vec<u8>,
    /// Option 61; empty where it sends none.
    pub client_id: Vec<u8>,
    /// The circuit-id that the relay adds (sub-option 1 of option 82), usually the switch port; empty without.
    pub circuit_id: Vec<u8>,
    /// The remote-id that the relay adds (sub-option 2 of option 82), usually the switch; empty without.
    pub remote_id: Vec<u8>,
    /// Option 51: the lease time that it asks for, in seconds.
    pub lease_time: Option<u32>,
}

impl Client {
    /// A client that does not boot: an installed system, a phone, a printer.
    #[must_use]
    pub const fn plain(subnet: usize, mac: [u8; 6]) -> Self {
        Self {
            subnet,
            mac,
            vendor_class: String::new(),
            user_class: Vec::new(),
            features: NO_FEATURES,
            arch: Vec::new(),
            uuid: Vec::new(),
            client_id: Vec::new(),
            circuit_id: Vec::new(),
            remote_id: Vec::new(),
            lease_time: None,
        }
    }

    /// Firmware of a kind, with one of the kind's values of option 93.
    #[must_use]
    pub fn firmware(self, kind: ClientKind, arch: u16) -> Self {
        let vendor_class = match kind.info().asks {
            Asks::Http => format!("HTTPClient:Arch:{arch:05}:UNDI:003001"),
            Asks::Pxe | Asks::Rpi => format!("PXEClient:Arch:{arch:05}:UNDI:003016"),
            Asks::Uboot if kind == ClientKind::UbootArm64 => "U-Boot.armv8".to_owned(),
            Asks::Uboot => "U-Boot.armv7".to_owned(),
            Asks::Power => String::new(),
        };
        Self { vendor_class, arch: vec![arch], ..self }
    }

    /// A Raspberry Pi as it asks over IPv4. Its option 97 says what it is, unless its MAC address does or the client has
    /// another one.
    #[must_use]
    pub fn raspberry_pi(mut self) -> Self {
        if !self.is_raspberry_pi_board() && self.uuid.is_empty() {
            self.uuid = [&RASPBERRY_PI_ID[..], &RPI4].concat();
        }
        Self { vendor_class: "PXEClient:Arch:00000:UNDI:002001".to_owned(), arch: vec![0], ..self }
    }

    /// iPXE with every feature, started by firmware with this value of option 93.
    #[must_use]
    pub fn ipxe(self, arch: u16) -> Self {
        Self {
            vendor_class: format!("PXEClient:Arch:{arch:05}:UNDI:003010"),
            user_class: b"iPXE".to_vec(),
            features: Features::all(),
            arch: vec![arch],
            ..self
        }
    }

    /// Every kind of client that a site can tell apart, each with its name: all firmware, in each form in which it is known
    /// to ask, iPXE and this client itself, a plain one. They have its subnet, its MAC address and the values that a kind
    /// does not decide.
    #[must_use]
    pub fn kinds(&self) -> Vec<(String, Self)> {
        let new = || self.clone();
        let mut all = vec![("plain".to_owned(), new())];
        for info in &CLIENT_KINDS {
            for arch in info.kind.arch_numbers() {
                all.push((format!("{}/{arch}", info.name), new().firmware(info.kind, arch)));
            }
        }
        let bios = || new().firmware(ClientKind::Bios, 0);
        // RFC 4578 allows a list; the first value is the firmware's own.
        let listed = |arch: &[u16]| Self {
            arch: arch.to_vec(),
            ..new().firmware(ClientKind::EfiX64, arch.first().copied().unwrap_or_default())
        };
        all.push(("efi_x64, then efi_ia32".to_owned(), listed(&[7, 6])));
        all.push(("bios, then efi_x64".to_owned(), listed(&[0, 7])));
        all.push(("PXE without option 93".to_owned(), Self { arch: Vec::new(), ..bios() }));
        all.push(("a Raspberry Pi that says BIOS".to_owned(), {
            Self { uuid: [&RASPBERRY_PI_ID[..], &RPI4].concat(), ..bios() }
        }));
        for arch in [0, 6, 7, 11] {
            all.push((format!("iPXE/{arch}"), new().ipxe(arch)));
        }
        // RFC 3004 has the length in front.
        all.push(("iPXE, RFC 3004".to_owned(), Self { user_class: b"\x04iPXE".to_vec(), ..new().ipxe(7) }));
        for arch in [0, 7] {
            let rom = Self { features: NO_FEATURES.with(FEATURE_TFTP), ..new().ipxe(arch) };
            all.push((format!("iPXE/{arch} with TFTP alone"), rom));
        }
        all
    }

    /// The bytes of its option 93, or none.
    #[must_use]
    pub fn arch_bytes(&self) -> Vec<u8> {
        self.arch.iter().flat_map(|arch| arch.to_be_bytes()).collect()
    }

    /// Whether it is iPXE.
    #[must_use]
    pub fn is_ipxe(&self) -> bool {
        self.user_class == b"iPXE" || self.user_class.get(1..5) == Some(b"iPXE")
    }

    /// Whether it is iPXE that names some of its features, and not all.
    #[must_use]
    pub fn is_rom(&self) -> bool {
        self.is_ipxe() && !self.features.is_empty() && self.features != Features::all()
    }

    /// Whether it is iPXE that can run the script: the boot file of every other client is a loader.
    #[must_use]
    pub fn takes_script(&self, needs: Features) -> bool {
        self.is_ipxe() && self.features.has_all(needs)
    }

    /// Whether its MAC address or its option 97 is that of a Raspberry Pi, whatever runs on it.
    #[must_use]
    pub fn is_raspberry_pi_board(&self) -> bool {
        self.has_raspberry_pi_mac() || self.uuid.starts_with(&RASPBERRY_PI_ID)
    }

    /// Whether its MAC address is that of a Raspberry Pi.
    #[must_use]
    pub fn has_raspberry_pi_mac(&self) -> bool {
        RASPBERRY_PI.iter().any(|maker| self.mac.starts_with(maker))
    }

    /// Whether it is the firmware of a Raspberry Pi, which mostly presents itself as a BIOS client.
    #[must_use]
    pub fn is_raspberry_pi(&self) -> bool {
        self.vendor_class.starts_with("PXEClient")
            && match self.arch.first() {
                Some(41) => true,
                Some(0) => self.is_raspberry_pi_board(),
                _ => false,
            }
    }

    /// Whether it is firmware of a kind. No client is of two kinds, except for U-Boot that contradicts itself.
    #[must_use]
    pub fn is(&self, kind: ClientKind) -> bool {
        let info = kind.info();
        let arch = || match self.arch.first() {
            Some(first) => kind.sends(*first),
            // Old PXE ROMs send no option 93 (ipxe/ipxe#1527); every other firmware does.
            None => kind == ClientKind::Bios,
        };
        match info.asks {
            Asks::Http => self.vendor_class.starts_with("HTTPClient") && arch(),
            Asks::Pxe => self.vendor_class.starts_with("PXEClient") && !self.is_raspberry_pi() && arch(),
            Asks::Rpi => self.is_raspberry_pi(),
            Asks::Power => !self.vendor_class.starts_with("HTTPClient") && arch(),
            Asks::Uboot => {
                let class = self.vendor_class.as_str();
                let begins = class.get(..6).is_some_and(|begin| begin.eq_ignore_ascii_case("u-boot"));
                // cmd/Kconfig of U-Boot, BOOTP_VCI_STRING; option 93 is another before 2018.
                let named = || match kind {
                    ClientKind::UbootArm64 => class.get(6..12) == Some(".armv8"),
                    _ => class.get(6..12) == Some(".armv7") || class == "U-Boot.arm",
                };
                begins && (arch() || named())
            }
        }
    }
}

impl Client {
    /// Whether a program of this kind asks.
    #[must_use]
    pub fn asks_as(&self, asker: Asker) -> bool {
        let begins = |begin: &str| self.vendor_class.starts_with(begin);
        match asker {
            Asker::Ipxe => self.is_ipxe(),
            Asker::Pxe => begins("PXEClient") && !self.is_ipxe(),
            Asker::Http => begins("HTTPClient") && !self.is_ipxe(),
            Asker::Plain => {
                let uboot =
                    self.vendor_class.get(..6).is_some_and(|class| class.eq_ignore_ascii_case("u-boot"));
                !self.is_ipxe() && !begins("PXEClient") && !begins("HTTPClient") && !uboot
            }
        }
    }

    /// Whether it sends what the clients of a class send.
    #[must_use]
    pub fn is_in(&self, matches: &ClassMatch) -> bool {
        let sent: [&[u8]; 7] = [
            self.vendor_class.as_bytes(),
            &self.user_class,
            &self.client_id,
            &self.circuit_id,
            &self.remote_id,
            &self.uuid,
            &self.mac,
        ];
        let mut patterns = matches.patterns().into_iter().zip(sent);
        patterns.all(|(any, sent)| any.is_empty() || any.iter().any(|pattern| pattern.value.matches(sent)))
            && (matches.client.is_empty() || matches.client.iter().any(|asker| self.asks_as(asker.value)))
            && (matches.arch.is_empty()
                || matches.arch.iter().any(|arch| match arch.value {
                    Arch::Kind(kind) => self.is(kind),
                    Arch::Number(number) => self.arch.first() == Some(&number),
                }))
    }
}
