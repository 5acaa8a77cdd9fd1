//! The tests of the site's classes.
//!
//! Kea's `==` compares bytes, whatever the option's type. An option that is not sent has none. `relay4[N]` is a
//! sub-option of option 82 (`TokenRelay4Option` of Kea 2.2 to 3.0).

use super::client_kinds::{ipxe_member, kind_test};
use super::options::hex;
use crate::model::{Arch, Asker, Bytes, ClassMatch};

/// The values that patterns are compared with, in the order of [`ClassMatch::patterns`].
const VALUES: [&str; 7] = [
    "option[60].hex",
    "option[77].hex",
    "option[61].hex",
    "relay4[1].hex",
    "relay4[2].hex",
    "option[97].hex",
    "pkt4.mac",
];

/// The class of clients that are in a class of the site.
pub(super) fn class_name(name: &str) -> String {
    format!("ipxegen-class-{name}")
}

/// The test for the clients of a class.
pub(super) fn test(matches: &ClassMatch) -> String {
    let patterns = VALUES.into_iter().zip(matches.patterns());
    let mut all: Vec<Vec<String>> = patterns
        .map(|(value, any)| {
            let bytes = any.iter().flat_map(|pattern| &pattern.value.any);
            bytes.map(|bytes| compare(value, bytes)).collect()
        })
        .collect();
    all.push(matches.client.iter().map(|client| asker(client.value)).collect());
    all.push(matches.arch.iter().map(|arch| arch_test(arch.value)).collect());
    let all = all.into_iter().filter(|any| !any.is_empty());
    all.map(|any| if any.len() > 1 { format!("({})", any.join(" or ")) } else { any.concat() })
        .collect::<Vec<_>>()
        .join(" and ")
}

fn compare(value: &str, Bytes { from, bytes, prefix }: &Bytes) -> String {
    let readable = bytes.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'\'');
    let text = readable && value != "pkt4.mac";
    let constant =
        if text { format!("'{}'", String::from_utf8_lossy(bytes)) } else { format!("0x{}", hex(bytes)) };
    match (prefix, from) {
        (true, _) => format!("substring({value},{from},{}) == {constant}", bytes.len()),
        (false, 0) => format!("{value} == {constant}"),
        (false, _) => format!("substring({value},{from},all) == {constant}"),
    }
}

/// Option 60 of a client, and how it begins.
pub(super) fn vendor_class(begin: &str) -> String {
    format!("substring(option[60].hex,0,{}) == '{begin}'", begin.len())
}

fn asker(asker: Asker) -> String {
    let ipxe = ipxe_member();
    match asker {
        Asker::Ipxe => ipxe,
        Asker::Pxe => format!("(not {ipxe} and {})", vendor_class("PXEClient")),
        Asker::Http => format!("(not {ipxe} and {})", vendor_class("HTTPClient")),
        Asker::Plain => {
            let others = ["PXEClient", "HTTPClient", "U-Boot", "U-boot"].map(vendor_class);
            format!("(not {ipxe} and not ({}))", others.join(" or "))
        }
    }
}

fn arch_test(arch: Arch) -> String {
    match arch {
        Arch::Kind(kind) => format!("({})", kind_test(kind)),
        Arch::Number(number) => format!("substring(option[93].hex,0,2) == 0x{number:04x}"),
    }
}
