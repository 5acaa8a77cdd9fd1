//! Extended attributes of a file, its access control list among them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;

use rustix::fs::{
    XattrFlags, fgetxattr, fgetxattr_query, flistxattr, flistxattr_query, fremovexattr, fsetxattr,
};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// The access control list, as the kernel keeps it.
const ACL: &str = "system.posix_acl_access";

/// Attributes by name, each value in hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes(BTreeMap<String, String>);

impl Attributes {
    /// The attributes of a file. Empty if the file system does not support attributes.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let mut all = BTreeMap::new();
        let list = match attempt(|| flistxattr_query(file), |buffer| flistxattr(file, buffer)) {
            Err(Errno::NOTSUP) => return Ok(Self::default()),
            list => list?,
        };
        for name in list.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
            // They sign the inode, and a copy has another one.
            if matches!(name, b"security.ima" | b"security.evm") {
                continue;
            }
            match attempt(|| fgetxattr_query(file, name), |buffer| fgetxattr(file, name, buffer)) {
                Ok(value) => all.insert(String::from_utf8_lossy(name).into_owned(), hex(&value)),
                Err(Errno::NODATA) => continue,
                Err(error) => return Err(error.into()),
            };
        }
        Ok(Self(all))
    }

    /// Gives a file these attributes and no others. Its mode has to be set before.
    pub(super) fn give(&self, file: &File) -> io::Result<()> {
        let now = Self::of(file)?;
        for name in now.kept().filter(|name| !self.0.contains_key(*name)) {
            fremovexattr(file, name)?;
        }
        for (name, value) in &self.0 {
            if now.0.get(name) == Some(value) {
                continue;
            }
            match fsetxattr(file, name, &bytes(value)?, XattrFlags::empty()) {
                // The machine's policy sets labels, and may not allow us to.
                Err(_) if is_label(name) => {}
                result => result.map_err(|error| {
                    io::Error::new(io::Error::from(error).kind(), format!("the attribute {name}: {error}"))
                })?,
            }
        }
        Ok(())
    }

    /// Removes the access control list that a file has inherited from its folder.
    pub(super) fn remove_inherited(file: &File) -> io::Result<()> {
        match fremovexattr(file, ACL) {
            Err(Errno::NODATA | Errno::NOTSUP) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether two files have the same attributes, without labels.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        self.kept().eq(other.kept()) && self.kept().all(|name| self.0.get(name) == other.0.get(name))
    }

    /// Whether attributes were set by hand. Labels do not count: the machine's policy sets them.
    pub(super) fn is_set(&self) -> bool {
        self.kept().next().is_some()
    }

    fn kept(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|name| !is_label(name))
    }
}

fn is_label(name: &str) -> bool {
    name.starts_with("security.") && name != "security.capability"
}

/// Asks for the size and then for the bytes, and repeats both if the bytes have grown in between.
fn attempt(
    size: impl Fn() -> Result<usize, Errno>,
    read: impl Fn(&mut [u8]) -> Result<usize, Errno>,
) -> Result<Vec<u8>, Errno> {
    loop {
        let mut buffer = vec![0; size()?];
        if buffer.is_empty() {
            return Ok(buffer);
        }
        match read(&mut buffer) {
            Err(Errno::RANGE) => {}
            length => {
                buffer.truncate(length?);
                return Ok(buffer);
            }
        }
    }
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of hexadecimal digits.
pub(super) fn bytes(digits: &str) -> io::Result<Vec<u8>> {
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "no hexadecimal digits");
    let pair = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).ok()?;
        (text.len() == 2).then(|| u8::from_str_radix(text, 16).ok()).flatten()
    };
    digits.as_bytes().chunks(2).map(|two| pair(two).ok_or_else(wrong)).collect()
}
