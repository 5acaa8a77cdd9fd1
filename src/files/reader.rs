//! The daemons that read files, and whether they may read one.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt;

use anyhow::Result;

use super::disk::{Disk, PathStatus};
use crate::limits::TEXT_BYTES;
use crate::model::Tftp;

/// A daemon that reads files.
pub(super) struct ReadingDaemon {
    /// For messages.
    pub(super) who: String,
    /// Whether it is in.tftpd.
    pub(super) tftp: bool,
    /// Its user on the server, if the server's /etc/passwd has it.
    user: Option<u32>,
    groups: Vec<u32>,
    /// Whether it serves only what everybody may read.
    for_all: bool,
}

impl ReadingDaemon {
    /// in.tftpd, which without `--permissive` serves only files that everybody may read.
    pub(super) fn tftp(disk: &mut Disk, tftp: &Tftp) -> Result<Self> {
        let (user, groups) = account(disk, &tftp.user.value)?;
        let for_all = !has_option(tftp, 'p', "--permissive");
        Ok(Self { who: "in.tftpd".to_owned(), tftp: true, user, groups, for_all })
    }

    /// The web server. The site names only its group.
    pub(super) fn http(disk: &mut Disk, group: &str) -> Result<Self> {
        let text = read(disk, "/etc/group")?;
        let groups = line(&text, group).and_then(|fields| number(&fields, 2)).into_iter().collect();
        Ok(Self { who: "the web server".to_owned(), tftp: false, user: None, groups, for_all: false })
    }

    pub(super) fn may_read(&self, meta: &Metadata) -> bool {
        self.may(meta, 0o4) && (!self.for_all || meta.mode() & 0o4 != 0)
    }

    pub(super) fn may_enter(&self, meta: &Metadata) -> bool {
        self.may(meta, 0o1)
    }

    /// As the kernel decides: for the owner only the owner's bits count, then for the group only the group's.
    fn may(&self, meta: &Metadata, bit: u32) -> bool {
        let shift = if self.user == Some(0) {
            return true;
        } else if self.user == Some(meta.uid()) {
            6
        } else if self.groups.contains(&meta.gid()) {
            3
        } else {
            0
        };
        (meta.mode() >> shift) & bit != 0
    }
}

/// Whether in.tftpd makes its folder its root.
pub(super) fn is_secure(tftp: &Tftp) -> bool {
    has_option(tftp, 's', "--secure")
}

fn has_option(tftp: &Tftp, short: char, long: &str) -> bool {
    tftp.options.iter().flat_map(|option| option.value.split_whitespace()).any(|word| {
        // Options of one letter without a value can be combined: `-cs`.
        let letters = word.strip_prefix('-').unwrap_or_default();
        let together = letters.chars().all(|letter| "lLscpv46".contains(letter));
        word == long || (together && letters.contains(short))
    })
}

/// User and groups of an account of the server's.
fn account(disk: &mut Disk, name: &str) -> Result<(Option<u32>, Vec<u32>)> {
    let text = read(disk, "/etc/passwd")?;
    let Some(fields) = line(&text, name) else { return Ok((None, Vec::new())) };
    let mut groups: Vec<u32> = number(&fields, 3).into_iter().collect();
    for line in read(disk, "/etc/group")?.lines() {
        let fields: Vec<_> = line.split(':').collect();
        if fields.get(3).is_some_and(|members| members.split(',').any(|member| member == name)) {
            groups.extend(number(&fields, 2));
        }
    }
    Ok((number(&fields, 2), groups))
}

fn read(disk: &mut Disk, path: &str) -> Result<String> {
    let PathStatus::ExistingFile(there) = disk.find(path)? else { return Ok(String::new()) };
    let mut text = String::new();
    // A copy of the server's files may lack it, or may not let us read it.
    if there.meta.is_file()
        && let Ok(file) = File::open(&there.path)
        && file.take(TEXT_BYTES).read_to_string(&mut text).is_err()
    {
        text.clear();
    }
    Ok(text)
}

fn line<'t>(text: &'t str, name: &str) -> Option<Vec<&'t str>> {
    text.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.first() == Some(&name))
}

fn number(fields: &[&str], at: usize) -> Option<u32> {
    fields.get(at)?.parse().ok()
}
