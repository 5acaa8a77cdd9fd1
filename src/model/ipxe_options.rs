//! iPXE's DHCP option space (option 175), typed.

use super::option::{flag, number};
use super::{InvalidValue, Validated};
use crate::source::Secret;

/// How the value of an iPXE option is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum IpxeType {
    Flag,
    I8,
    U8,
    U32,
    Text,
    Secret,
    Hex,
}

/// One option of the space.
#[derive(Debug)]
pub struct IpxeOption {
    /// Its name in site.yaml.
    pub name: &'static str,
    /// Its name in dhcpd.conf, behind `ipxe.`; the name that the widely copied lists use.
    pub dhcpd: &'static str,
    /// Its code.
    pub code: u8,
    /// How its value is written.
    pub is: IpxeType,
    /// Whether site.yaml has a key for it. The others are only defined in dhcpd.conf, as in the widely copied lists.
    pub settable: bool,
}

const fn option(name: &'static str, dhcpd: &'static str, code: u8, is: IpxeType) -> IpxeOption {
    IpxeOption { name, dhcpd, code, is, settable: true }
}

const fn fixed(dhcpd: &'static str, code: u8, is: IpxeType) -> IpxeOption {
    IpxeOption { name: "", dhcpd, code, is, settable: false }
}

/// Every code of the space: src/include/ipxe/dhcp.h and features.h, the same in Debian's iPXE of
/// 2019 and in iPXE 2.
pub static IPXE_OPTIONS: &[IpxeOption] = &[
    option("priority", "priority", 1, IpxeType::I8),
    option("keep_san", "keep-san", 8, IpxeType::Flag),
    option("skip_san_boot", "skip-san-boot", 9, IpxeType::Flag),
    fixed("pxeext", 16, IpxeType::U8),
    fixed("iscsi", 17, IpxeType::U8),
    fixed("aoe", 18, IpxeType::U8),
    fixed("http", 19, IpxeType::U8),
    fixed("https", 20, IpxeType::U8),
    fixed("tftp", 21, IpxeType::U8),
    fixed("ftp", 22, IpxeType::U8),
    fixed("dns", 23, IpxeType::U8),
    fixed("bzimage", 24, IpxeType::U8),
    fixed("multiboot", 25, IpxeType::U8),
    fixed("slam", 26, IpxeType::U8),
    fixed("srp", 27, IpxeType::U8),
    fixed("nbi", 32, IpxeType::U8),
    fixed("pxe", 33, IpxeType::U8),
    fixed("elf", 34, IpxeType::U8),
    fixed("comboot", 35, IpxeType::U8),
    fixed("efi", 36, IpxeType::U8),
    fixed("fcoe", 37, IpxeType::U8),
    fixed("vlan", 38, IpxeType::U8),
    fixed("menu", 39, IpxeType::U8),
    fixed("sdi", 40, IpxeType::U8),
    fixed("nfs", 41, IpxeType::U8),
    option("scriptlet", "scriptlet", 81, IpxeType::Text),
    option("syslogs", "syslogs", 85, IpxeType::Text),
    option("trust", "trust", 90, IpxeType::Hex),
    option("cert", "cert", 91, IpxeType::Hex),
    fixed("privkey", 92, IpxeType::Hex),
    option("crosscert", "crosscert", 93, IpxeType::Text),
    option("no_pxedhcp", "no-pxedhcp", 176, IpxeType::Flag),
    fixed("bus-id", 177, IpxeType::Hex),
    option("san_retries", "san-retries", 187, IpxeType::U8),
    option("san_filename", "san-filename", 188, IpxeType::Text),
    option("san_drive", "bios-drive", 189, IpxeType::U8),
    option("username", "username", 190, IpxeType::Text),
    fixed("password", 191, IpxeType::Secret),
    option("reverse_username", "reverse-username", 192, IpxeType::Text),
    fixed("reverse-password", 193, IpxeType::Secret),
    option("uid", "uid", 194, IpxeType::U32),
    option("gid", "gid", 195, IpxeType::U32),
    fixed("version", 235, IpxeType::Text),
];

/// Codes that have no meaning for iPXE: it keeps their values, and the script reads them as `${175.CODE}`.
pub static PRIVATE_OPTIONS: &[(&str, u8, IpxeType, &str)] = &[
    ("san-disk", 216, IpxeType::Text, "a disk with several portals: its URI behind the portal"),
    ("san-portal-2", 217, IpxeType::Text, "a further portal of that disk"),
    ("san-portal-3", 218, IpxeType::Text, "a further portal of that disk"),
    ("san-portal-4", 219, IpxeType::Text, "a further portal of that disk"),
    ("http-root", 220, IpxeType::Text, "the HTTP root's URL on this subnet"),
    ("tftp-server", 221, IpxeType::Text, "the TFTP server on this subnet"),
    ("nfs-server", 222, IpxeType::Text, "the NFS server on this subnet"),
    ("smb-server", 223, IpxeType::Text, "the SMB server on this subnet"),
    ("boot-entry", 224, IpxeType::Text, "the boot entry that is preselected"),
    ("autoboot", 225, IpxeType::Flag, "whether it starts at once"),
];

impl IpxeType {
    /// The type as dhcpd.conf writes it in an option definition.
    #[must_use]
    pub const fn definition(self) -> &'static str {
        match self {
            Self::I8 => "signed integer 8",
            Self::Flag | Self::U8 => "unsigned integer 8",
            Self::U32 => "unsigned integer 32",
            // The widely copied lists use `string`, which accepts quoted text and bytes in hex.
            Self::Text | Self::Secret | Self::Hex => "string",
        }
    }
}

/// A value of an iPXE option.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IpxeValue {
    /// A number or flag.
    Number(i64),
    /// A text, quoted when printed.
    Text(String),
    /// Bytes, `aa:bb`.
    Hex(String),
    /// A secret text.
    Secret(Secret),
}

impl IpxeOption {
    /// Reads a value.
    ///
    /// # Errors
    /// If it does not have this option's type.
    pub fn read(&self, text: &str) -> Validated<IpxeValue> {
        let number = |low, high| number(text, low, high).map(IpxeValue::Number);
        match self.is {
            IpxeType::Flag => flag(text).map(|flag| IpxeValue::Number(i64::from(flag))),
            IpxeType::I8 => number(-0x80, 0x7f),
            // BIOS drives are written in hex everywhere.
            IpxeType::U8 => match text.strip_prefix("0x").map(|digits| u8::from_str_radix(digits, 16)) {
                Some(Ok(value)) => Ok(IpxeValue::Number(value.into())),
                Some(Err(_)) => Err(InvalidValue::new(format!("`{text}` is not a number from 0 to 0xff"))),
                None => number(0, 0xff),
            },
            IpxeType::U32 => number(0, 0xffff_ffff),
            IpxeType::Text => {
                if text.is_empty() || text.len() > 200 || text.chars().any(char::is_control) {
                    return Err(InvalidValue::new(format!("`{text}` is not a text of 1 to 200 bytes")));
                }
                if text.contains("${") && self.name != "scriptlet" {
                    return Err(
                        InvalidValue::new(format!("`{text}` has `${{` in it")).help("iPXE would expand it")
                    );
                }
                Ok(IpxeValue::Text(text.to_owned()))
            }
            // A secret is read from its file, never from site.yaml.
            IpxeType::Secret => Err(InvalidValue::new("a password belongs in a file of its own")),
            IpxeType::Hex => match super::option::OptionType::Hex.read(&[text])? {
                super::option::OptionValue::Hex(hex) => Ok(IpxeValue::Hex(hex)),
                _ => Err(InvalidValue::new(format!("`{text}` is not bytes in hex"))),
            },
        }
    }
}
