//! Tags: which settings give them, and to which kinds of client.

use super::lines::Setting;
use crate::dhcp::Client;

/// The tags that a setting asks for, and whether the client must have each or must not.
pub(super) fn conditions<'s>(setting: &'s Setting<'_>) -> impl Iterator<Item = (&'s str, bool)> {
    setting.fields.iter().filter_map(|field| {
        let tag = field.strip_prefix("tag:").or_else(|| field.strip_prefix("net:"))?;
        // `net:` gives a tag in the settings that match something.
        let gives = ["dhcp-match", "dhcp-vendorclass", "dhcp-userclass"].contains(&setting.name);
        if gives {
            return None;
        }
        Some(match tag.strip_prefix('!').or_else(|| tag.strip_prefix('#')) {
            Some(tag) => (tag, false),
            None => (tag, true),
        })
    })
}

/// The tags that a setting gives.
pub(super) fn sets<'s>(setting: &'s Setting<'_>) -> impl Iterator<Item = &'s str> {
    let matches = ["dhcp-match", "dhcp-vendorclass", "dhcp-userclass"].contains(&setting.name);
    setting.fields.iter().enumerate().filter_map(move |(at, field)| {
        let old = || field.strip_prefix("net:").or(Some(&**field)).filter(|_| matches && at == 0);
        field.strip_prefix("set:").or_else(old)
    })
}

/// Whether a setting that matches something a client sends gives its tag to a kind of client.
pub(super) fn holds(setting: &Setting<'_>, client: &Client) -> bool {
    let mut fields = setting.fields.iter().map(|field| &**field).skip(1);
    let contains = |sent: &[u8], text: Option<&str>| {
        text.is_some_and(|text| !text.is_empty() && has(sent, text.as_bytes(), 1))
    };
    match setting.name {
        "dhcp-vendorclass" => contains(client.vendor_class.as_bytes(), fields.next()),
        "dhcp-userclass" => contains(&client.user_class, fields.next()),
        "dhcp-match" => {
            let option = fields.next().unwrap_or_default();
            let arch: Vec<u8> = client.arch.iter().flat_map(|arch| arch.to_be_bytes()).collect();
            let sent = match option.strip_prefix("option:").unwrap_or(option) {
                "60" | "vendor-class" => client.vendor_class.as_bytes().to_vec(),
                "77" | "user-class" => client.user_class.clone(),
                "93" | "client-arch" => arch,
                "97" | "client-machine-id" => client.uuid.clone(),
                "175" => client.features.bytes(),
                _ => return false,
            };
            let values: Vec<&str> = fields.collect();
            !sent.is_empty() && matches(&sent, &values)
        }
        _ => false,
    }
}

/// `match_bytes` of src/dhcp-common.c: hexadecimal bytes are compared with the beginning, numbers with each of the values,
/// and a text with any part.
pub(super) fn matches(sent: &[u8], values: &[&str]) -> bool {
    match values {
        [] => true,
        [hex] if hex.contains(':') => {
            let bytes: Option<Vec<Option<u8>>> = hex
                .split(':')
                .map(
                    |byte| if byte == "*" { Some(None) } else { u8::from_str_radix(byte, 16).ok().map(Some) },
                )
                .collect();
            bytes.is_some_and(|bytes| {
                bytes.len() <= sent.len()
                    && bytes
                        .iter()
                        .zip(sent)
                        .all(|(wanted, byte)| wanted.is_none_or(|wanted| wanted == *byte))
            })
        }
        values => {
            let numbers: Result<Vec<u16>, _> = values.iter().map(|value| value.parse()).collect();
            match numbers {
                Ok(numbers) => {
                    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
                    has(sent, &bytes, bytes.len())
                }
                Err(_) => has(sent, values.join(",").as_bytes(), 1),
            }
        }
    }
}

/// Whether some bytes are part of others, at a multiple of a step.
fn has(sent: &[u8], part: &[u8], step: usize) -> bool {
    !part.is_empty() && sent.windows(part.len()).step_by(step.max(1)).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::{conditions, holds, sets};
    use crate::import::clients::ASKERS;
    use crate::import::dnsmasq::lines::all;
    use crate::import::source_file::{FileKind, SourceFile};

    fn kinds(line: &str) -> String {
        let file = SourceFile {
            path: "dnsmasq.conf".into(),
            kind: FileKind::Dnsmasq,
            included: false,
            text: line.into(),
        };
        let files = [file];
        let settings = all(&files);
        let askers = &*ASKERS;
        let strangers = askers.iter().filter(|asker| !asker.known);
        let found = strangers.filter(|asker| holds(&settings[0], &asker.client));
        found.map(|asker| asker.name.replace(' ', "-")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn settings_match_as_in_dnsmasq() {
        let efi = "efi_x64/7 efi_x64,-then-efi_ia32 bios,-then-efi_x64 iPXE/7 iPXE,-RFC-3004 \
                   iPXE/7-with-TFTP-alone";
        assert_eq!(kinds("dhcp-match=set:x,option:client-arch,7"), efi);
        assert_eq!(kinds("dhcp-match=x,93,00:06"), "efi_ia32/6 iPXE/6");
        assert_eq!(kinds("dhcp-userclass=set:x,iPXE"), kinds("dhcp-match=set:x,77,iPXE"));
        assert!(kinds("dhcp-match=set:x,175").starts_with("iPXE/0 iPXE/6"));
        assert_eq!(kinds("dhcp-vendorclass=set:x,Arch:00016"), "http_x64/16");
        assert_eq!(
            kinds("dhcp-match=set:x,60,*:58:45:43:6c:69:65:6e:74:3a:41:72:63:68:3a:30:30:30:32:37"),
            "efi_riscv64/27"
        );
    }

    #[test]
    fn tags_are_read_in_both_forms() {
        let file = |text: &str| SourceFile {
            path: "dnsmasq.conf".into(),
            kind: FileKind::Dnsmasq,
            included: false,
            text: text.into(),
        };
        let files = [file("dhcp-match=net:a,175\ntag-if=set:b,tag:a,tag:!c\ndhcp-boot=net:#b,x\n")];
        let settings = all(&files);
        let of = |at: usize| {
            let sets: Vec<&str> = sets(&settings[at]).collect();
            let conditions: Vec<(&str, bool)> = conditions(&settings[at]).collect();
            (sets, conditions)
        };
        assert_eq!(of(0), (vec!["a"], vec![]));
        assert_eq!(of(1), (vec!["b"], vec![("a", true), ("c", false)]));
        assert_eq!(of(2), (vec![], vec![("b", false)]));
    }
}
