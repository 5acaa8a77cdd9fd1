//! Names: of hosts, entries, networks, interfaces, users.

use super::{InvalidValue, Validated};

/// A host or server name: an RFC 1123 label, lower-cased.
///
/// It is in lower case everywhere, because iPXE builds the initiator name from it unchanged, while LIO
/// converts its ACLs to lower case. It has no underscore, because LIO rejects one in an IQN.
///
/// # Errors
/// If it is not such a label.
pub fn host_name(text: &str) -> Validated<std::borrow::Cow<'_, str>> {
    let bytes = text.as_bytes();
    // What the bytes are, collected without branches: there are a million names.
    let all = bytes.iter().fold(0, |all, byte| all | LABEL[usize::from(*byte)]);
    let right = (1..=63).contains(&bytes.len())
        && all & NOT_IN_LABEL == 0
        && bytes.first() != Some(&b'-')
        && bytes.last() != Some(&b'-');
    if !right {
        let help = if text.contains('_') {
            "letters, digits and hyphens: an underscore is no part of a host name (RFC 1123)"
        } else if text.contains('.') {
            "one label, without its domain: the domain is `domain`"
        } else {
            "letters, digits and hyphens, at most 63, no hyphen at an end (RFC 1123)"
        };
        return Err(InvalidValue::new(format!("`{text}` is not a host name")).help(help));
    }
    if all & CAPITAL != 0 {
        return Ok(text.to_ascii_lowercase().into());
    }
    Ok(text.into())
}

/// A byte that a label does not have.
const NOT_IN_LABEL: u8 = 1;
/// A capital letter.
const CAPITAL: u8 = 2;

/// What each byte is in a label.
const LABEL: [u8; 256] = {
    let mut label = [NOT_IN_LABEL; 256];
    let mut byte = 0;
    while byte < 128 {
        if byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit() {
            label[byte as usize] = 0;
        } else if byte.is_ascii_uppercase() {
            label[byte as usize] = CAPITAL;
        }
        byte += 1;
    }
    label
};

/// The id of a boot entry or submenu: an iPXE label.
///
/// # Errors
/// If iPXE would not accept it as a label, or it begins with `ipxegen.`, which is reserved.
pub fn entry_id(text: &str) -> Validated<&str> {
    let mut chars = text.chars();
    let right = chars.next().is_some_and(|first| first.is_ascii_alphabetic())
        && chars.all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-'))
        && text.len() <= 64;
    if !right {
        return Err(InvalidValue::new(format!("`{text}` cannot be an iPXE label"))
            .help("a letter, then letters, digits, `_`, `.` and `-`, at most 64"));
    }
    if text.starts_with("ipxegen.") {
        return Err(InvalidValue::new(format!("`{text}` begins with `ipxegen.`"))
            .help("labels like that are ipxegen's own"));
    }
    Ok(text)
}

/// Whether dhcpd's lexer reads this as one identifier.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic())
        && chars.all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-'))
        && text.len() <= 60
}

/// The name of a shared network, subnet or group, which becomes an identifier of dhcpd.conf.
///
/// # Errors
/// If it is invalid.
pub fn network_name(text: &str) -> Validated<&str> {
    if is_identifier(text) {
        return Ok(text);
    }
    Err(InvalidValue::new(format!("`{text}` is not a name"))
        .help("a letter, then letters, digits, `_` and `-`"))
}

/// A network interface, as /etc/default files and `ip link` name it.
///
/// # Errors
/// If the kernel would not accept it (IFNAMSIZ is 16 with the NUL).
pub fn interface(text: &str) -> Validated<&str> {
    let right = (1..=15).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'@' | b'-'))
        && !matches!(text, "." | "..")
        && !text.starts_with('-');
    if right {
        Ok(text)
    } else {
        Err(InvalidValue::new(format!("`{text}` is not a network interface")).help("such as eth0"))
    }
}

/// A user or group of the system, as useradd(8) accepts it.
///
/// # Errors
/// If it is invalid.
pub fn user_name(text: &str) -> Validated<&str> {
    let mut bytes = text.bytes();
    let right = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        && text.len() <= 32;
    if right { Ok(text) } else { Err(InvalidValue::new(format!("`{text}` is not a user or group name"))) }
}

#[cfg(test)]
mod tests {
    use super::{entry_id, host_name, interface};

    #[test]
    fn host_names_are_labels_in_lower_case() {
        assert_eq!(host_name("PC-a01").unwrap(), "pc-a01");
        assert_eq!(host_name("38").unwrap(), "38");
        for text in ["", "-a", "a-", "a_b", "a.b", "a b", "é", &"a".repeat(64)] {
            assert!(host_name(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ids_are_labels_and_not_ours() {
        assert!(entry_id("memtest86").is_ok());
        for text in ["", "1a", "a b", "ipxegen.menu", "a/b", "a:b", "-a"] {
            assert!(entry_id(text).is_err(), "{text}");
        }
    }

    #[test]
    fn interfaces_fit_the_kernel() {
        assert!(interface("enp0s31f6.100").is_ok());
        for text in ["", "a b", "$(x)", "sixteen-letters-", "eth0;", ".."] {
            assert!(interface(text).is_err(), "{text}");
        }
    }
}
