//! Clients as they ask by DHCPv6: the kinds, and the options that a client of each kind sends.

use foldhash::HashSet;

use super::Client;
use crate::model::CLIENT_KINDS;

/// The enterprise number in the vendor class of PXE and HTTP boot by IPv6, which is Intel's
/// (`PXEBC_DHCP6_ENTERPRISE_NUM` and `HTTP_BOOT_DHCP6_ENTERPRISE_NUM` of edk2).
const INTEL: [u8; 4] = 343_u32.to_be_bytes();

impl Client {
    /// Every kind of client that DHCPv6 can tell apart, each with its name: firmware, iPXE and this client itself, a plain
    /// one. Kinds that ask the same have the name of the first.
    #[must_use]
    pub fn kinds6(&self) -> Vec<(String, Self)> {
        let asks = |program: &str, arch: u16| Self {
            // `DEFAULT_CLASS_ID_DATA` of edk2.
            vendor_class: format!("{program}:Arch:{arch:05}:UNDI:003000"),
            arch: vec![arch],
            ..self.clone()
        };
        let mut all = vec![("plain".to_owned(), self.clone())];
        for info in &CLIENT_KINDS {
            let program = if info.loads_like.is_some() { "HTTPClient" } else { "PXEClient" };
            for arch in info.kind.arch_numbers() {
                all.push((format!("{}/{arch}", info.kind.name()), asks(program, arch)));
            }
        }
        for arch in [0, 7, 11] {
            all.push((
                format!("iPXE/{arch}"),
                Self { user_class: b"iPXE".to_vec(), ..asks("PXEClient", arch) },
            ));
        }
        let mut seen = HashSet::default();
        all.retain(|(_, client)| seen.insert((client.vendor_class.clone(), client.user_class.clone())));
        all
    }

    /// The value of the user class (15), the vendor class (16) or the architecture (61) that it sends by DHCPv6; `None` if
    /// it does not send the option.
    #[must_use]
    pub fn option6(&self, code: u32) -> Option<Vec<u8>> {
        // Each text has its length in two octets in front (RFC 8415, 21.15 and 21.16).
        let text = |head: &[u8], text: &[u8]| {
            let length = u16::try_from(text.len()).ok()?.to_be_bytes();
            Some([head, &length, text].concat()).filter(|_| !text.is_empty())
        };
        match code {
            15 => text(&[], &self.user_class),
            16 => text(&INTEL, self.vendor_class.as_bytes()),
            61 if self.arch.is_empty() => None,
            61 => Some(self.arch.iter().flat_map(|arch| arch.to_be_bytes()).collect()),
            _ => None,
        }
    }

    /// The options that it sends by DHCPv6 and that tell its kind: see [`Client::option6`].
    #[must_use]
    pub fn options6(&self) -> Vec<(u16, Vec<u8>)> {
        let codes = [61_u16, 15, 16].into_iter();
        codes.filter_map(|code| Some((code, self.option6(code.into())?))).collect()
    }

    /// Whether it is UEFI's HTTP boot, which accepts an answer only with the vendor class `HTTPClient`.
    #[must_use]
    pub fn is_http(&self) -> bool {
        self.vendor_class.starts_with("HTTPClient")
    }
}

#[cfg(test)]
mod tests {
    use super::Client;

    #[test]
    fn a_client_sends_what_edk2_and_ipxe_send() {
        let kinds = Client::plain(0, [0; 6]).kinds6();
        let of =
            |name: &str| kinds.iter().find(|(known, _)| known == name).map(|(_, client)| client).unwrap();
        let class = b"\0\0\x01\x57\0\x20PXEClient:Arch:00007:UNDI:003000";
        assert_eq!(of("efi_x64/7").option6(16).as_deref(), Some(&class[..]));
        assert_eq!(of("iPXE/7").option6(15).as_deref(), Some(&b"\0\x04iPXE"[..]));
        assert_eq!(of("iPXE/11").option6(61).as_deref(), Some(&[0, 11][..]));
        assert!([15, 16, 61].iter().all(|code| of("plain").option6(*code).is_none()));
        assert!(kinds.iter().any(|(_, client)| client.is_http()) && !of("efi_x64/7").is_http());
    }
}
