//! iSCSI targets: their servers, their stores, and the accounts of CHAP.

use super::{InvalidValue, Portal, Spanned, Validated};
use crate::source::{Secret, Span};

/// The daemon that serves an iSCSI target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IscsiDaemon {
    /// A target that ipxegen does not configure: a list names the disks to be registered there.
    #[default]
    External,
    /// Linux's user-space target, `tgtd`.
    Tgt,
    /// Linux's target in the kernel.
    Lio,
    /// Windows Server: a PowerShell script registers the disks there.
    Windows,
}

impl IscsiDaemon {
    /// Reads its word in site.yaml.
    ///
    /// # Errors
    /// If it is invalid.
    pub fn parse(text: &str) -> Validated<Self> {
        let all = [Self::External, Self::Tgt, Self::Lio, Self::Windows];
        all.into_iter().find(|daemon| daemon.word() == text).ok_or_else(|| {
            InvalidValue::new(format!("`{text}` is no iscsi.daemon"))
                .help("one of external, tgt, lio, windows")
        })
    }

    /// Its word in site.yaml.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::Tgt => "tgt",
            Self::Lio => "lio",
            Self::Windows => "windows",
        }
    }

    /// Whether its configuration is rendered.
    #[must_use]
    pub const fn is_rendered(self) -> bool {
        matches!(self, Self::Tgt | Self::Lio)
    }
}

/// A server of iSCSI disks.
#[derive(Clone, Debug, serde::Serialize)]
pub struct IscsiServer {
    /// The name by which root-paths refer to it.
    #[serde(skip)]
    pub name: String,
    /// The daemon that serves the target.
    pub daemon: IscsiDaemon,
    /// Which server of the site it is, by index, if any.
    #[serde(skip)]
    pub server: Option<usize>,
    /// The addresses at which it is reached, if listed; IPv6 in brackets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub portals: Vec<Spanned<String>>,
    /// Its TCP port.
    pub port: u16,
    /// The place of its declaration.
    #[serde(skip)]
    pub span: Span,
}

/// An account for CHAP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chap<'a> {
    /// The user.
    pub user: &'a str,
    /// The password.
    pub password: Secret,
    /// The place that names the password's file or variable.
    pub span: Span,
}

/// The store of a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store<'a> {
    /// A block device.
    Block(&'a str),
    /// A file, and its size in bytes, if written.
    File(&'a str, Option<u64>),
}

impl<'a> Store<'a> {
    /// The device or file.
    #[must_use]
    pub const fn path(&self) -> &'a str {
        match self {
            Self::Block(path) | Self::File(path, _) => path,
        }
    }
}

/// Further keys, which few disks have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IscsiMore<'a> {
    /// Further portals, behind the one that DHCP carries.
    pub portals: Vec<Portal<'a>>,
    /// The account with which the initiator authenticates.
    pub chap: Option<Chap<'a>>,
    /// The account with which the target authenticates.
    pub reverse_chap: Option<Chap<'a>>,
    /// The store, and its place.
    pub store: Option<Spanned<Store<'a>>>,
}

/// The most portals of one disk: iPXE's option 175, which carries them, has 255 bytes.
pub const MOST_PORTALS: usize = 4;

/// Reads an address at which a target is reached; IPv6 is returned in brackets, as in a root-path.
///
/// # Errors
/// If it is invalid.
pub fn portal(text: &str) -> Validated<String> {
    if text.parse::<std::net::Ipv4Addr>().is_ok() {
        return Ok(text.to_owned());
    }
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    match inside.parse::<std::net::Ipv6Addr>() {
        Ok(ip) => Ok(format!("[{ip}]")),
        Err(_) => Err(InvalidValue::new(format!("`{text}` is not the address of a portal"))
            .help("an IPv4 or IPv6 address; the TCP port is the key `port`")),
    }
}

/// Reads the size of a file: `64G`, in powers of 1024 as truncate(1) has them.
///
/// # Errors
/// If it is invalid.
pub fn size(text: &str) -> Validated<u64> {
    let wrong = || {
        InvalidValue::new(format!("`{text}` is not a size"))
            .help("a number with K, M, G or T, such as 64G: powers of 1024")
    };
    let digits = text.trim_end_matches("iB");
    let (digits, shift) = match digits.as_bytes().last() {
        Some(b'K') => (&digits[..digits.len() - 1], 10),
        Some(b'M') => (&digits[..digits.len() - 1], 20),
        Some(b'G') => (&digits[..digits.len() - 1], 30),
        Some(b'T') => (&digits[..digits.len() - 1], 40),
        _ => return Err(wrong()),
    };
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse::<u64>().ok().filter(|number| plain && *number > 0);
    number
        .and_then(|number| number.checked_mul(1 << shift))
        .filter(|bytes| *bytes <= 1 << 60)
        .ok_or_else(wrong)
}

/// Reads a user for CHAP. tgt-admin passes it to a shell, so only few characters are accepted.
///
/// # Errors
/// If it is invalid.
pub fn chap_user(text: &str) -> Validated<&str> {
    let right = (1..=64).contains(&text.len())
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if right {
        Ok(text)
    } else {
        Err(InvalidValue::new(format!("`{text}` is not a user for CHAP"))
            .help("at most 64 letters, digits, `.`, `_` and `-`, a letter or digit first"))
    }
}

/// Whether a password for CHAP has characters that every target takes as they are.
#[must_use]
pub fn is_chap_password(secret: &Secret) -> bool {
    secret.reveal().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+=@-".contains(&byte))
}

/// Reads a path that a Linux target serves.
///
/// # Errors
/// If it is not a path, or has a character that is special to tgt-admin's shell or in LIO's comma-separated
/// list.
pub fn store_path(text: &str) -> Validated<&str> {
    let path = super::AbsPath::parse(text)?;
    let bad = text.chars().find(|c| !(c.is_ascii_alphanumeric() || "/._+=@-".contains(*c)));
    match bad {
        Some(bad) => Err(InvalidValue::new(format!("`{text}` has `{}` in it", bad.escape_debug()))
            .help("tgt-admin hands the path to a shell: letters, digits and `/._+=@-` only")),
        None if path.as_str() != text || text == "/" => {
            Err(InvalidValue::new(format!("`{text}` is not the path of a device or file")))
        }
        None => Ok(text),
    }
}

/// Reads a path that Windows serves: a drive, folders and a file.
///
/// # Errors
/// If it is invalid.
pub fn windows_path(text: &str) -> Validated<&str> {
    let rest = text.get(1..).and_then(|rest| rest.strip_prefix(":\\"));
    let drive = text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    let part = |part: &str| {
        !part.is_empty()
            && !part.ends_with(['.', ' '])
            && !part.chars().any(|c| c.is_control() || "<>:\"/|?*".contains(c))
    };
    let disk = std::path::Path::new(text).extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("vhdx") || extension.eq_ignore_ascii_case("vhd")
    });
    if drive && disk && rest.is_some_and(|rest| rest.split('\\').all(part)) {
        Ok(text)
    } else {
        Err(InvalidValue::new(format!("`{text}` is not a virtual disk of Windows"))
            .help(r"such as 'D:\iSCSI\{host}.vhdx', in single quotes"))
    }
}

#[cfg(test)]
mod tests {
    use super::{chap_user, portal, size, store_path, windows_path};

    #[test]
    fn portals_are_addresses() {
        assert_eq!(portal("10.1.1.2").unwrap(), "10.1.1.2");
        assert_eq!(portal("2001:db8::2").unwrap(), "[2001:db8::2]");
        assert_eq!(portal("[2001:db8::2]").unwrap(), "[2001:db8::2]");
        for text in ["", "san", "10.1.1.2:3260", "10.1.1", "[10.1.1.2]"] {
            assert!(portal(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(size("64G").unwrap(), 64 << 30);
        assert_eq!(size("1TiB").unwrap(), 1 << 40);
        for text in ["", "G", "64", "64g", "-1G", "0G", "1.5G", "99999999999T", "+1G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_shell_would_take_is_refused() {
        assert!(chap_user("i38.lab_a-b").is_ok());
        for text in ["", "-x", "$(id)", "a b", "a;b", "`id`", "ä", "a\nb"] {
            assert!(chap_user(text).is_err(), "{text}");
        }
        assert!(store_path("/dev/vg/lv_i38").is_ok());
        for text in ["", "/", "srv", "/a b", "/$(id)", "/a\"b", "/a,b", "/a//b", "/a/../b", "/a/"] {
            assert!(store_path(text).is_err(), "{text}");
        }
        assert!(windows_path(r"D:\iSCSI\i38.vhdx").is_ok());
        assert!(windows_path(r"D:\My disks\i'38.vhdx").is_ok());
        for text in [
            "",
            r"D:i38.vhdx",
            r"D:\i38.img",
            r"D:\a\\b.vhdx",
            "D:\\a\nb.vhdx",
            r"\\srv\x.vhdx",
            r"D:\a .\b.vhdx",
        ] {
            assert!(windows_path(text).is_err(), "{text}");
        }
    }
}
