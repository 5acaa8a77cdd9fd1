//! The words of other tools for the keys of site.yaml: one file for each part of the site in which people write them.
//!
//! The words are those of dhcpd.conf, Kea, dnsmasq, netplan, ifupdown, Cobbler, Warewulf, xCAT, Foreman, MAAS, FOG,
//! LTSP, PXELINUX, iPXE, GRUB, libvirt, Ansible, exports, smb.conf, tftpd-hpa, tgt and targetcli. They are folded:
//! lower case, and `_` for a hyphen, a dot or a blank. `tests/foreign_words.rs` compares every key with the
//! JSON Schema.

mod dhcp;
mod disks;
mod entries;
mod hosts;
mod ipxe;
mod kinds;
mod menu;
mod options;
mod server;
mod services;
mod site;
mod subnets;

use std::sync::LazyLock;

use foldhash::HashMap;

pub use kinds::FOREIGN_KINDS;

use Equivalent::{Here, In, Instead};

/// How site.yaml expresses a word of another tool.
#[derive(Clone, Copy, Debug)]
pub enum Equivalent {
    /// A key of the same mapping, and how it differs.
    Here(&'static str, &'static str),
    /// A key of another mapping, and how it differs.
    In(&'static str, &'static str, &'static str),
    /// No key; the text says what to do instead.
    Instead(&'static str),
}

/// Words with one meaning, and the mappings where they have it.
#[derive(Debug)]
pub struct ForeignWords {
    /// The names of the mappings in messages; `a boot entry` is one of any kind.
    pub places: &'static [&'static str],
    /// The words, separated by blanks.
    pub words: &'static str,
    /// How site.yaml expresses them.
    pub by: Equivalent,
}

const fn row(places: &'static [&'static str], words: &'static str, by: Equivalent) -> ForeignWords {
    ForeignWords { places, words, by }
}

/// The tables, in the order in which they are searched.
static TABLES: &[&[ForeignWords]] = &[
    site::WORDS,
    server::WORDS,
    options::WORDS,
    dhcp::WORDS,
    subnets::WORDS,
    hosts::WORDS,
    services::WORDS,
    disks::WORDS,
    ipxe::WORDS,
    menu::WORDS,
    entries::WORDS,
];

/// Every word. The first row that fits counts.
pub fn foreign_words() -> impl Iterator<Item = &'static ForeignWords> {
    TABLES.iter().copied().flatten()
}

/// The rows of a word, in the order in which they count. A site may have many words of another tool.
type Rows = HashMap<String, Vec<&'static ForeignWords>>;

/// The rows of each word.
static BY_WORD: LazyLock<Rows> = LazyLock::new(|| rows_by(str::to_owned));

/// The rows of each word without its `_`: `boot_file` means `bootfile`.
static BY_JOINED: LazyLock<Rows> = LazyLock::new(|| rows_by(joined));

fn rows_by(key: fn(&str) -> String) -> Rows {
    let mut rows = Rows::default();
    for row in foreign_words() {
        for word in row.words.split(' ') {
            rows.entry(key(word)).or_default().push(row);
        }
    }
    rows
}

fn joined(word: &str) -> String {
    word.replace('_', "")
}

/// How site.yaml expresses a word of another tool in a mapping with these keys; `None` for an unknown word.
pub fn equivalent(word: &str, place: &str, known: &[&'static str]) -> Option<Equivalent> {
    let folded = fold(word);
    let place = if place.starts_with("an entry of ") { "a boot entry" } else { place };
    let is_key = |by: &Equivalent| match by {
        Here(key, _) => known.contains(key),
        In(..) | Instead(_) => true,
    };
    let find = |rows: &Rows, word: &str| {
        let here = rows.get(word)?.iter().filter(|row| row.places.contains(&place));
        here.map(|row| row.by).find(is_key)
    };
    let whole = find(&BY_WORD, &folded).or_else(|| find(&BY_JOINED, &joined(&folded)));
    if whole.is_some() {
        return whole;
    }
    // `ntp_host` means the key `ntp`, `address_range` the word `range`.
    let (first, rest) = folded.split_once('_')?;
    let last = rest.rsplit('_').next().unwrap_or(rest);
    let key = known.iter().copied().find(|key| *key == first || *key == last);
    key.map(|key| Here(key, "")).or_else(|| find(&BY_WORD, last)).or_else(|| find(&BY_WORD, first))
}

/// Lower case, and `_` for hyphens, dots and blanks.
pub fn fold(word: &str) -> String {
    word.to_ascii_lowercase().replace(['-', '.', ' '], "_")
}
