//! Hosts that get one boot file, or a TFTP server of their own, whatever program asks: their `file` and `next_server`.
//! A file whose name tells which kind of client runs it is a loader.

use super::super::draft::Value;
use super::setting::Key;
use super::statements::Statement;
use super::switch::is_program;
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

/// What an inner scope sets over an outer one.
pub fn with(outer: File, inner: File) -> File {
    (inner.0.or(outer.0), inner.1.or(outer.1))
}

/// Whether a host says it: something, and no kind of client is known to run the file. A file that is called `none` would
/// be none.
pub fn is_for_host((file, server): &File) -> bool {
    let unknown = file
        .as_deref()
        .is_none_or(|file| !is_program(file) && !file.contains("://") && file != "none");
    (file.is_some() || server.is_some()) && unknown
}

/// The keys of a host.
pub fn keys((file, server): File) -> impl Iterator<Item = (Key, Value)> {
    let file = file.map(|file| (Key::plain("file"), Value::from(file.replace('{', "{{").replace('}', "}}"))));
    file.into_iter().chain(server.map(|server| (Key::plain("next_server"), Value::from(server))))
}
