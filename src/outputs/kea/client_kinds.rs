//! Kinds of clients, and the tests that tell them apart.
//!
//! Kea's `==` compares bytes, so a type of client is `0x0007` and not `7`, which it accepts and never matches.

use super::options;
use crate::model::{Asks, ClientKind, Features, RASPBERRY_PI, RASPBERRY_PI_ID};

/// The test for iPXE.
pub(super) const IPXE: &str = "option[77].hex == 'iPXE' or substring(option[77].hex,1,4) == 'iPXE'";

/// iPXE that has the features which the script needs.
pub(super) const WITH_SCRIPT: &str = "ipxe-with-script";

/// The test whether a client is iPXE.
pub(super) fn ipxe_member() -> String {
    format!("member('{}')", kind_class("ipxe"))
}

/// The test whether a client is iPXE that can run the script.
pub(super) fn script_member(needs: Features) -> String {
    if needs.is_empty() { ipxe_member() } else { format!("member('{}')", kind_class(WITH_SCRIPT)) }
}

/// The class of clients of a kind, or of iPXE.
pub(in super::super) fn kind_class(kind: &str) -> String {
    format!("ipxegen-{kind}")
}

/// The test for firmware of a kind.
pub(super) fn kind_test(kind: ClientKind) -> String {
    let info = kind.info();
    let arches: Vec<String> = info
        .arch
        .iter()
        .map(|arch| format!("substring(option[93].hex,0,2) == 0x{}", arch.replace(':', "")))
        .collect();
    let arches = arches.join(" or ");
    match info.asks {
        Asks::Http => format!("substring(option[60].hex,0,10) == 'HTTPClient' and ({arches})"),
        Asks::Power => format!("not (substring(option[60].hex,0,10) == 'HTTPClient') and ({arches})"),
        // A Raspberry Pi presents itself as a BIOS client, and old PXE ROMs send no option 93.
        Asks::Pxe if kind == ClientKind::Bios => format!(
            "substring(option[60].hex,0,9) == 'PXEClient' and \
             (not option[93].exists or (({arches}) and not ({})))",
            raspberry_pi()
        ),
        Asks::Pxe => format!("substring(option[60].hex,0,9) == 'PXEClient' and ({arches})"),
        Asks::Rpi => format!(
            "substring(option[60].hex,0,9) == 'PXEClient' and ({arches} or \
             (substring(option[93].hex,0,2) == 0x0000 and ({})))",
            raspberry_pi()
        ),
        Asks::Uboot => {
            // Kea 2.2 cannot lower the case of a text.
            let class =
                "(substring(option[60].hex,0,6) == 'U-Boot' or substring(option[60].hex,0,6) == 'U-boot')";
            let named = match kind {
                ClientKind::UbootArm64 => "substring(option[60].hex,6,6) == '.armv8'",
                _ => "substring(option[60].hex,6,6) == '.armv7' or option[60].hex == 'U-Boot.arm'",
            };
            format!("{class} and ({arches} or {named})")
        }
    }
}

/// The test for a Raspberry Pi besides its type: its UUID or its MAC address.
fn raspberry_pi() -> String {
    let id = RASPBERRY_PI_ID.len();
    let mut tests = vec![format!("substring(option[97].hex,0,{id}) == 0x{}", options::hex(&RASPBERRY_PI_ID))];
    let makers = RASPBERRY_PI.iter();
    tests.extend(makers.map(|maker| format!("substring(pkt4.mac,0,3) == 0x{}", options::hex(maker))));
    tests.join(" or ")
}
