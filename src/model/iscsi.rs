//! Root-paths: disks of iSCSI targets (RFC 4173) and folders of NFS servers.

use std::fmt;

use super::{InvalidValue, IscsiMore, Portal, TakeText, Validated, WriteTo};

/// The name of a target or initiator.
///
/// `iqn.YYYY-MM.` and a reversed domain, then `:` and more. It is in lower case, because LIO converts names to
/// lower case, and has no character that iPXE's URI parser or tgt-admin's shell would interpret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iqn<'a>(&'a str);

impl<'a> Iqn<'a> {
    /// Reads an IQN.
    ///
    /// # Errors
    /// If it is not an IQN (RFC 3720 section 3.2.6.3.1), or longer than 223 bytes.
    pub fn parse(text: &'a str) -> Validated<Self> {
        if is_iqn(text) {
            return Ok(Self(text));
        }
        match why_not_iqn(text) {
            None => Ok(Self(text)),
            Some(why) => Err(InvalidValue::new(format!("`{text}` is not an IQN: {why}")).help(
                "such as iqn.2020-01.lan.lab:i38: `iqn.`, year and month, a domain backwards, `:` and a name",
            )),
        }
    }

    /// The text.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

/// Whether it is an IQN. There are two for each of a million hosts.
fn is_iqn(text: &str) -> bool {
    let Some((date, rest)) = text.as_bytes().split_first_chunk::<12>() else { return false };
    let [b'i', b'q', b'n', b'.', year @ .., b'-', tens, ones, b'.'] = date else { return false };
    let month = matches!((tens, ones), (b'0', b'1'..=b'9') | (b'1', b'0'..=b'2'));
    // The domain ends at the first colon. No label of it is empty.
    let (mut domain, mut before) = (0, b'.');
    for byte in rest.iter().take_while(|byte| **byte != b':') {
        if *byte == b'.' && before == b'.' {
            return false;
        }
        before = *byte;
        domain += 1;
    }
    // Without branches, so that the processor looks at many bytes at once.
    let free = |byte: u8| byte.is_ascii_lowercase() | matches!(byte, b'0'..=b':' | b'-'..=b'.');
    text.len() <= 223
        && year.iter().all(u8::is_ascii_digit)
        && month
        && before != b'.'
        && rest.len() > domain + 1
        && rest.iter().fold(true, |all, byte| all & free(*byte))
}

/// Explains what is wrong with it.
fn why_not_iqn(text: &str) -> Option<&'static str> {
    let Some(rest) = text.strip_prefix("iqn.") else { return Some("it does not begin with `iqn.`") };
    if text.len() > 223 {
        return Some("it is longer than 223 bytes");
    }
    let (authority, name) =
        rest.split_once(':').map_or((rest, None), |(authority, name)| (authority, Some(name)));
    let mut parts = authority.split('.');
    let date = parts.next().unwrap_or_default().as_bytes();
    let digits =
        |from: usize, to: usize| date.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let month = date.get(5..7).and_then(|month| std::str::from_utf8(month).ok()?.parse::<u8>().ok());
    if date.len() != 7 || !digits(0, 4) || date.get(4) != Some(&b'-') || !digits(5, 7) {
        return Some("`iqn.` is followed by a year and a month, such as 2020-01");
    }
    if !month.is_some_and(|month| (1..=12).contains(&month)) {
        return Some("there is no such month");
    }
    let label = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let mut labels = 0;
    for part in parts {
        if part.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Some("targets compare it in lower case");
        }
        if !label(part) {
            return Some("the domain has letters, digits, `-` and `.` only");
        }
        labels += 1;
    }
    if labels == 0 {
        return Some("the domain is missing");
    }
    let name = name?;
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Some("targets compare it in lower case");
    }
    let free =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b':' | b'-');
    if name.is_empty() || !name.bytes().all(free) {
        return Some("after the `:` only letters, digits, `.`, `:` and `-` are allowed");
    }
    None
}

impl fmt::Display for Iqn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A logical unit: up to four groups of four hex digits, as RFC 4173 writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lun(u64);

impl Lun {
    /// Reads a LUN.
    ///
    /// # Errors
    /// If it is invalid.
    pub fn parse(text: &str) -> Validated<Self> {
        // Nearly all are one digit.
        if let [digit] = text.as_bytes()
            && let Some(digit) = char::from(*digit).to_digit(16)
        {
            return Ok(Self(u64::from(digit) << 48));
        }
        let group = |group: &str| {
            let right = (1..=4).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_hexdigit());
            right.then(|| u64::from_str_radix(group, 16).ok()).flatten()
        };
        let mut shifts = [48, 32, 16, 0].into_iter();
        let value = text.split('-').try_fold(0, |value, text| Some(value | group(text)? << shifts.next()?));
        value.map(Self).ok_or_else(|| {
            InvalidValue::new(format!("`{text}` is not a LUN"))
                .help("hex digits, up to four groups of four joined by `-`")
        })
    }
}

impl Lun {
    /// The logical unit of that number.
    #[must_use]
    pub const fn flat(number: u8) -> Self {
        Self((number as u64) << 48)
    }

    /// Its number, if it is one that Linux's targets serve: 0 to 255 in the first group.
    #[must_use]
    pub fn number(self) -> Option<u8> {
        let first = self.0 >> 48;
        (self.0 == first << 48).then(|| u8::try_from(first).ok()).flatten()
    }
}

impl WriteTo for Lun {
    fn write_to(&self, out: &mut impl TakeText) -> fmt::Result {
        let groups = [self.0 >> 48, (self.0 >> 32) & 0xffff, (self.0 >> 16) & 0xffff, self.0 & 0xffff];
        let last = groups.iter().rposition(|group| *group != 0).unwrap_or(0);
        for (at, group) in groups.into_iter().take(last + 1).enumerate() {
            match u8::try_from(group).ok().and_then(|group| char::from_digit(group.into(), 16)) {
                // Nearly all are one digit.
                Some(digit) if at == 0 => out.write_char(digit)?,
                _ => write!(out, "{}{group:x}", if at > 0 { "-" } else { "" })?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Lun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

/// A disk of an iSCSI target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IscsiPath<'a> {
    /// The portal.
    pub server: Portal<'a>,
    /// Its TCP port; 0 if it is the default, 3260.
    pub port: u16,
    /// The logical unit; `None` prints an empty field, which means 0.
    pub lun: Option<Lun>,
    /// The target.
    pub target: Iqn<'a>,
    /// The initiator's name, if the site sets it; otherwise iPXE derives it from the host's name.
    pub initiator: Option<Iqn<'a>>,
    /// The index of its server in `iscsi`; `None` for a server that the site does not list.
    pub served_by: Option<u16>,
    /// Further keys, which few disks have.
    pub more: Option<Box<IscsiMore<'a>>>,
}

impl<'a> IscsiPath<'a> {
    /// The TCP port.
    #[must_use]
    pub const fn tcp_port(&self) -> u16 {
        if self.port == 0 { 3260 } else { self.port }
    }

    /// Every portal, the one that DHCP carries first.
    pub fn portals(&self) -> impl Iterator<Item = Portal<'a>> + Clone {
        let more = self.more.as_ref().map_or(&[][..], |more| &more.portals);
        std::iter::once(self.server).chain(more.iter().copied())
    }

    /// The part after the portal in the URI of the disk.
    #[must_use]
    pub fn behind_portal(&self) -> String {
        let port = if self.port == 0 { String::new() } else { self.port.to_string() };
        let lun = self.lun.map_or_else(String::new, |lun| lun.to_string());
        format!("::{port}:{lun}:{}", self.target)
    }
}

/// A folder of an NFS server, as the Linux kernel reads it from option 17.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NfsPath<'a> {
    /// The server's address.
    pub server: std::net::Ipv4Addr,
    /// The folder.
    pub path: &'a str,
    /// Mount options.
    pub options: Vec<&'a str>,
}

/// `root_path`: where a host's root disk is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootPath<'a> {
    /// A disk of an iSCSI target.
    Iscsi(IscsiPath<'a>),
    /// A folder of an NFS server.
    Nfs(NfsPath<'a>),
    /// A root-path of another protocol, as written (`aoe:`, `ib_srp:`, …).
    Text(&'a str),
}

impl<'a> RootPath<'a> {
    /// Reads a root-path that is written as a text. `iscsi:` is split into its fields; other protocols of iPXE are
    /// kept as they are.
    ///
    /// # Errors
    /// If neither iPXE nor the Linux kernel would understand it.
    pub fn parse(text: &'a str) -> Validated<Self> {
        if text.contains("${") {
            return Err(InvalidValue::new("`${` in a root-path").help("iPXE would expand it"));
        }
        if let Some(bad) = text.chars().find(|char| !char.is_ascii_graphic()) {
            return Err(InvalidValue::new(format!("{bad:?} in a root-path"))
                .help("printable ASCII without blanks only"));
        }
        let Some(rest) = text.strip_prefix("iscsi:") else {
            let known = ["aoe:", "fcp:", "ib_srp:", "http:", "https:", "nfs:"];
            let kernel_nfs =
                text.split_once(":/").is_some_and(|(host, _)| !host.is_empty() && !host.contains(':'));
            if known.iter().any(|scheme| text.starts_with(scheme)) || (kernel_nfs && !text.contains("://")) {
                return Ok(Self::Text(text));
            }
            return Err(InvalidValue::new(format!("`{text}` is not a root-path"))
                .help("iscsi:SERVER:PROTOCOL:PORT:LUN:TARGET (RFC 4173), or SERVER:/PATH for NFS"));
        };
        // The colons of an IPv6 address in brackets are not separators.
        let (server, rest) = if rest.starts_with('[') {
            rest.split_once(']').map(|(server, rest)| (&text[6..6 + server.len() + 1], rest))
        } else {
            rest.find(':').map(|at| rest.split_at(at))
        }
        .ok_or_else(|| too_short(text))?;
        let mut fields = rest.strip_prefix(':').ok_or_else(|| too_short(text))?.splitn(4, ':');
        let (_protocol, port, lun) = (fields.next(), fields.next(), fields.next());
        let (Some(port), Some(lun), Some(target)) = (port, lun, fields.next()) else {
            return Err(too_short(text));
        };
        let port = match port {
            "" => 0,
            port => port.parse().map_err(|_| InvalidValue::new(format!("`{port}` is not a TCP port")))?,
        };
        // With a colon too few, the target is in the place of the LUN.
        if ["iqn.", "eui.", "naa."].iter().any(|start| lun.starts_with(start)) {
            return Err(too_short(text));
        }
        let lun = if lun.is_empty() { None } else { Some(Lun::parse(lun)?) };
        if server.is_empty() {
            return Err(InvalidValue::new(format!("`{text}` names no server")));
        }
        let (server, target) = (Portal::of(server), Iqn::parse(target)?);
        Ok(Self::Iscsi(IscsiPath { server, port, lun, target, initiator: None, served_by: None, more: None }))
    }
}

impl RootPath<'_> {
    /// The length of its text in bytes, if that is more than `most`.
    #[must_use]
    pub fn longer_than(&self, most: usize) -> Option<usize> {
        if let Self::Iscsi(path) = self {
            let server = match path.server {
                Portal::V4(_) => LONGEST_IPV4,
                Portal::Text(text) => text.len(),
            };
            // Nearly all are so short that they need not be counted.
            if server + path.target.as_str().len() + LONGEST_AROUND <= most {
                return None;
            }
        }
        Some(self.length()).filter(|length| *length > most)
    }

    fn length(&self) -> usize {
        struct Count(usize);
        impl fmt::Write for Count {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0 += text.len();
                Ok(())
            }
        }
        impl TakeText for Count {}
        let mut count = Count(0);
        // Counting never fails.
        let _ = self.write_to(&mut count);
        count.0
    }
}

const LONGEST_IPV4: usize = "255.255.255.255".len();

/// The most bytes of an iSCSI root-path besides its server and target.
const LONGEST_AROUND: usize = "iscsi:::65535:ffff-ffff-ffff-ffff:".len();

fn too_short(text: &str) -> InvalidValue {
    InvalidValue::new(format!("`{text}` has too few fields"))
        .help("iscsi:SERVER:PROTOCOL:PORT:LUN:TARGET (RFC 4173); empty fields keep their colon")
}

impl WriteTo for RootPath<'_> {
    fn write_to(&self, out: &mut impl TakeText) -> fmt::Result {
        match self {
            Self::Iscsi(path) => {
                out.write_str("iscsi:")?;
                path.server.write_to(out)?;
                out.write_str("::")?;
                if path.port != 0 {
                    write!(out, "{}", path.port)?;
                }
                out.write_char(':')?;
                if let Some(lun) = path.lun {
                    lun.write_to(out)?;
                }
                out.write_char(':')?;
                out.write_str(path.target.as_str())
            }
            Self::Nfs(path) => {
                write!(out, "{}:{}", path.server, path.path)?;
                path.options.iter().try_for_each(|option| write!(out, ",{option}"))
            }
            Self::Text(text) => out.write_str(text),
        }
    }
}

impl fmt::Display for RootPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Iqn, Lun, RootPath, is_iqn, why_not_iqn};

    #[test]
    fn root_paths_by_hand_are_taken_apart_and_printed_back() {
        for text in [
            "iscsi:10.1.1.2::::iqn.2020-01.lan.lab:i38-tgt",
            "iscsi:10.1.1.2::3261:1:iqn.2020-01.lan.lab:a:b",
            "iscsi:[2001:db8::1]::::iqn.2020-01.lan.lab:x",
            "iscsi:10.1.1.2:::1-0-a:iqn.2020-01.lan.lab:x",
            "aoe:e0.0",
            "10.0.0.1:/srv/nfs/i38",
        ] {
            let read = RootPath::parse(text).map(|path| path.to_string());
            assert_eq!(read.as_deref(), Ok(text));
        }
        for text in [
            "iscsi:10.1.1.2:::iqn.2020-01.lan.lab",
            "iscsi:10.1.1.2::::iqn.dns-of-your-iscs-target:i38-tgt",
            "iscsi:10.1.1.2::x::iqn.2020-01.lan.lab:x",
            "iscsi:10.1.1.2:::zz:iqn.2020-01.lan.lab:x",
            "iscsi:::::iqn.2020-01.lan.lab:x",
            "nonsense",
            "iscsi:10.1.1.2::::iqn.2020-01.lan.lab:${hostname}",
            "iscsi:10.1.1.2::::iqn.2020-01.lan.lab:a b",
        ] {
            assert!(RootPath::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_an_iqn_has_nothing_wrong_with_it(
            text in "(iqn|eui|IQN)?[.]?(20|2o)[0-9]{1,2}-[01][0-9a][.:]([a-cA_-]{0,2}[.:]){0,3}[a-c.:_A-]{0,3}"
        ) {
            // Without a colon and a name, RFC 3720 allows the text, but `is_iqn` rejects it.
            if is_iqn(&text) || text.contains(':') {
                prop_assert_eq!(is_iqn(&text), why_not_iqn(&text).is_none());
            }
        }
    }

    #[test]
    fn iqns_have_a_date_and_a_domain() {
        assert!(Iqn::parse("iqn.2020-01.lan.lab:i38").is_ok());
        assert!(Iqn::parse("iqn.2020-01.lan.lab").is_ok());
        for text in [
            "iqn.2020-13.lan.lab:x",
            "iqn.lan.lab:x",
            "iqn.2020-01:x",
            "iqn.2020-01.lan.lab:a_b",
            "iqn.2020-01.lan.lab:A",
            "eui.1",
        ] {
            assert!(Iqn::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn luns_are_hex_groups() {
        assert_eq!(Lun::parse("0").unwrap().to_string(), "0");
        assert_eq!(Lun::parse("1f").unwrap().to_string(), "1f");
        assert_eq!(Lun::parse("1-2").unwrap().to_string(), "1-2");
        for text in ["", "g", "12345", "1-2-3-4-5"] {
            assert!(Lun::parse(text).is_err(), "{text}");
        }
    }
}
