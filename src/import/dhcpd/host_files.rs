//! Hosts that get one boot file, or a TFTP server of their own, whatever program asks: their `file` and `next_server`.
//! iPXE itself is a loader, which must not get itself again; with a URL, UEFI requires an option that dhcpd.conf does not
//! send.

use super::super::draft::Value;
use super::setting::Key;
use super::statements::Statement;
use super::switch::is_ipxe;
use super::words::plain;
use crate::model::ipv4;

/// What all programs of a host get: a boot file, and a TFTP server.
pub type File = (Option<String>, Option<String>);

/// The file and the server that statements set, if they do nothing else.
pub fn set_by<'s, 't: 's>(statements: impl Iterator<Item = &'s Statement<'t>>) -> Option<File> {
    let (mut file, mut server) = (None, None);
    for statement in statements {
        let words = plain(statement.tokens.get(1..)?);
        let [word] = words.as_slice() else { return None };
        if statement.begins(&["filename"]) {
            file = Some(word.text().filter(|text| word.quoted && !text.is_empty())?.to_owned());
        } else if statement.begins(&["next-server"]) {
            server = Some(word.bare().filter(|text| ipv4(text).is_ok())?.to_owned());
        } else {
            return None;
        }
    }
    Some((file, server))
}

/// The file and the server in a file that ipxegen made: they stand beside what the file of the subnet takes back. Loaders
/// of a host are conditions.
pub fn set_by_ours<'s, 't: 's>(statements: impl Iterator<Item = &'s Statement<'t>>) -> Option<File> {
    let (mut file, mut server) = (None, None);
    for statement in statements {
        let words = statement.tokens.iter().map(|token| token.text);
        let at = |name: &str| words.clone().position(|word| word == name);
        if statement.begins(&["filename"]) {
            let words = plain(statement.tokens.get(1..)?);
            let text = words.first().and_then(|word| word.text())?;
            file = Some(if text.is_empty() { "none".to_owned() } else { text.to_owned() });
        } else if at("filename").is_some() {
            return None;
        } else if let Some(place) = at("next-server") {
            let words = plain(statement.tokens.get(place + 1..)?);
            let word = words.first().and_then(|word| word.bare());
            server = Some(word.filter(|text| ipv4(text).is_ok())?.to_owned());
        }
    }
    // An empty name alone is `netboot: none`.
    let is_none = file.as_deref() == Some("none") && server.is_none();
    (!is_none).then_some((file, server))
}

/// The keys that hosts of a file that ipxegen made have.
pub fn is_for_host_of_ours((file, server): &File) -> bool {
    file.is_some() || server.is_some()
}

/// What an inner scope sets over an outer one.
pub fn with(outer: File, inner: File) -> File {
    (inner.0.or(outer.0), inner.1.or(outer.1))
}

/// Whether a host says it. A file that is called `none` would be none.
pub fn is_for_host((file, server): &File) -> bool {
    let is_key = file.as_deref().is_none_or(|file| !is_ipxe(file) && !file.contains("://") && file != "none");
    (file.is_some() || server.is_some()) && is_key
}

/// The keys of a host.
pub fn keys((file, server): File) -> impl Iterator<Item = (Key, Value)> {
    let file = file.map(|file| (Key::plain("file"), Value::from(file.replace('{', "{{").replace('}', "}}"))));
    file.into_iter().chain(server.map(|server| (Key::plain("next_server"), Value::from(server))))
}
