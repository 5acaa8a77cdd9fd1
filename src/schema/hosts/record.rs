//! The record of a host: the places of its texts, as differences, in numbers of one byte or a few.
//!
//! ```text
//! length PACKED name span macs ip groups settings
//!               │    │    │            └ count, then for each: kind, value
//!               │    │    └ count, then for each: start, length and text
//!               │    └ start, length
//!               └ start, length and text
//! length WHOLE index
//! length ALIKE layout offset lengths
//! ```
//!
//! A start is the difference to the start before. The lowest two bits of a text's length say how the text is found
//! ([`Text`]).

use smallvec::SmallVec;

use crate::schema::settings::{Host, Setting, Settings};
use crate::schema::{Field, IscsiPath, RootPath};
use crate::source::{Scalar, SourceFile, Sources, Span};

// The first number of a record is one of these.

/// The host is kept whole; its index follows.
pub(super) const WHOLE: u64 = 0;
/// The record has the host.
pub(super) const PACKED: u64 = 1;
/// The host has a layout; its number, the offset of the host's lines, and the lengths of the words follow.
pub(super) const ALIKE: u64 = 2;

/// The first number of a setting.
const ISCSI: u64 = 1;
const ROOT_PATH: u64 = 2;
const HOST_NAME: u64 = 3;
const BOOT: u64 = 4;
const AUTOBOOT: u64 = 5;
const KEEP_SAN: u64 = 6;
const FILE: u64 = 7;
const NEXT_SERVER: u64 = 8;

/// The file that contains a place; mostly the file of the place before.
pub(super) fn file_of<'a>(
    span: Span,
    last: Option<&'a SourceFile>,
    sources: &'a Sources,
) -> Option<&'a SourceFile> {
    last.filter(|file| file.holds(span)).or_else(|| sources.file(span))
}

/// The record that begins at an offset, and the offset of the next one.
pub(super) fn record_at(records: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let mut rest = records.get(at..).filter(|rest| !rest.is_empty())?;
    let length = usize::try_from(read_number(&mut rest)).ok()?;
    let from = records.len() - rest.len();
    Some((records.get(from..from + length)?, from + length))
}

/// Writes a number: seven bits in each byte, the lowest first; the highest bit says that more follow.
pub(super) fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn read_number(rest: &mut &[u8]) -> u64 {
    // Most numbers have one byte.
    if let [byte @ 0..0x80, more @ ..] = *rest {
        *rest = more;
        return u64::from(*byte);
    }
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let Some((byte, more)) = rest.split_first() else { break };
        *rest = more;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

/// How the text of a scalar is found.
#[derive(Clone, Copy)]
enum Text {
    /// The source text at its place.
    There,
    /// The source text at its place, without the quotes.
    Quoted,
    /// One of the chunk's own texts.
    Kept,
}

/// Writes the record of a host.
pub(super) struct Pack<'p, 'a> {
    pub(super) out: &'p mut Vec<u8>,
    /// The start of the place before: the next start is written as a difference to it.
    pub(super) at: u32,
    /// The file of the host's name.
    pub(super) file: Option<&'a SourceFile>,
    pub(super) texts: &'p mut Vec<&'a str>,
}

impl<'a> Pack<'_, 'a> {
    /// Writes a host; `None` if it has keys that a record does not hold.
    pub(super) fn host(&mut self, host: &Host<'a>) -> Option<()> {
        let Host { name, span, macs, ip, ip6: None, nics: None, groups, settings, wrong: false } = host
        else {
            return None;
        };
        self.number(PACKED);
        self.word(*name);
        self.span(*span);
        self.words(macs);
        self.words(ip.as_slice());
        self.words(groups);
        self.number(settings.len() as u64);
        settings.iter().try_for_each(|setting| self.setting(setting))
    }

    fn setting(&mut self, setting: &Setting<'a>) -> Option<()> {
        let (what, word) = match setting {
            Setting::RootPath(RootPath::Iscsi(path)) => return self.iscsi(path),
            Setting::RootPath(RootPath::Text(word)) => (ROOT_PATH, word),
            Setting::HostName(word) => (HOST_NAME, word),
            Setting::Boot(word) => (BOOT, word),
            Setting::Autoboot(word) => (AUTOBOOT, word),
            Setting::KeepSan(word) => (KEEP_SAN, word),
            Setting::File(word) => (FILE, word),
            Setting::NextServer(word) => (NEXT_SERVER, word),
            _ => return None,
        };
        self.number(what);
        self.word(*word);
        Some(())
    }

    fn iscsi(&mut self, path: &IscsiPath<'a>) -> Option<()> {
        let IscsiPath {
            span,
            target,
            server,
            lun,
            port,
            initiator,
            portals: Field::Absent,
            chap: Field::Absent,
            reverse_chap: Field::Absent,
            store: Field::Absent,
            ..
        } = path
        else {
            return None;
        };
        let fields = [target, server, lun, port, initiator];
        let mut which = 0;
        for (bit, field) in fields.iter().enumerate() {
            match field {
                Field::Absent => {}
                Field::Given(_) => which |= 1 << bit,
                Field::Wrong(_) => return None,
            }
        }
        self.number(ISCSI);
        self.span(*span);
        self.number(which);
        fields.iter().filter_map(|field| field.given()).for_each(|word| self.word(*word));
        Some(())
    }

    fn words(&mut self, words: &[Scalar<'a>]) {
        self.number(words.len() as u64);
        words.iter().for_each(|word| self.word(*word));
    }

    fn word(&mut self, word: Scalar<'a>) {
        let there = self.file.and_then(|file| slice(file, word.span));
        let how = match there {
            Some(there) if std::ptr::eq(there, word.text) => Text::There,
            Some(there) if unquoted(there).is_some_and(|inside| std::ptr::eq(inside, word.text)) => {
                Text::Quoted
            }
            _ => Text::Kept,
        };
        self.start(word.span.start);
        self.number(u64::from(word.span.end.saturating_sub(word.span.start)) << 2 | how as u64);
        if let Text::Kept = how {
            // All rows of a table share such a text, for example their group.
            let known = self.texts.iter().rev().take(8).position(|text| std::ptr::eq(*text, word.text));
            let at = match known {
                Some(back) => self.texts.len() - 1 - back,
                None => {
                    self.texts.push(word.text);
                    self.texts.len() - 1
                }
            };
            self.number(at as u64);
        }
    }

    fn span(&mut self, span: Span) {
        self.start(span.start);
        self.number(span.end.saturating_sub(span.start).into());
    }

    /// Writes the start of a place as the difference to the one before, with the sign in the lowest bit.
    fn start(&mut self, start: u32) {
        let forward = u64::from(start.saturating_sub(self.at)) << 1;
        let back = u64::from(self.at.saturating_sub(start)) << 1 | 1;
        self.number(if start >= self.at { forward } else { back });
        self.at = start;
    }

    fn number(&mut self, value: u64) {
        write_number(self.out, value);
    }
}

/// The text at a place of a file.
pub(super) fn slice(file: &SourceFile, span: Span) -> Option<&str> {
    let at = |place: u32| place.checked_sub(file.base()).map(|at| at as usize);
    file.text().get(at(span.start)?..at(span.end)?)
}

fn unquoted(text: &str) -> Option<&str> {
    text.get(1..text.len().checked_sub(1)?)
}

/// Reads the record of a host.
pub(super) struct Unpack<'u, 'a> {
    pub(super) rest: &'u [u8],
    pub(super) at: u32,
    pub(super) file: Option<&'a SourceFile>,
    pub(super) texts: &'u [&'a str],
}

impl<'a> Unpack<'_, 'a> {
    pub(super) fn host(&mut self, sources: &'a Sources) -> Host<'a> {
        let name = self.name(sources);
        Host {
            name,
            span: self.span(),
            macs: self.words(),
            ip: self.words().pop(),
            ip6: None,
            nics: None,
            groups: self.words(),
            settings: self.settings(),
            wrong: false,
        }
    }

    /// The name. It comes first, because its place tells the file of all other places.
    pub(super) fn name(&mut self, sources: &'a Sources) -> Scalar<'a> {
        let (rest, at) = (self.rest, self.at);
        let span = self.start_and_length().0;
        self.file = file_of(span, self.file, sources);
        (self.rest, self.at) = (rest, at);
        self.word()
    }

    fn settings(&mut self) -> Settings<'a> {
        let mut settings = SmallVec::new();
        for _ in 0..self.number() {
            settings.push(match self.number() {
                ISCSI => Setting::RootPath(RootPath::Iscsi(Box::new(self.iscsi()))),
                ROOT_PATH => Setting::RootPath(RootPath::Text(self.word())),
                HOST_NAME => Setting::HostName(self.word()),
                BOOT => Setting::Boot(self.word()),
                AUTOBOOT => Setting::Autoboot(self.word()),
                FILE => Setting::File(self.word()),
                NEXT_SERVER => Setting::NextServer(self.word()),
                _ => Setting::KeepSan(self.word()),
            });
        }
        settings
    }

    fn iscsi(&mut self) -> IscsiPath<'a> {
        let mut path = IscsiPath { span: self.span(), ..IscsiPath::default() };
        let which = self.number();
        let fields = [&mut path.target, &mut path.server, &mut path.lun, &mut path.port, &mut path.initiator];
        for (bit, field) in fields.into_iter().enumerate() {
            if which >> bit & 1 == 1 {
                *field = Field::Given(self.word());
            }
        }
        path
    }

    fn words(&mut self) -> SmallVec<[Scalar<'a>; 1]> {
        let mut words = SmallVec::new();
        for _ in 0..self.number() {
            words.push(self.word());
        }
        words
    }

    fn word(&mut self) -> Scalar<'a> {
        let (span, how) = self.start_and_length();
        let there = || self.file.and_then(|file| slice(file, span));
        let text = match how {
            how if how == Text::There as u64 => there(),
            how if how == Text::Quoted as u64 => there().and_then(unquoted),
            _ => {
                let at = self.index();
                self.texts.get(at).copied()
            }
        };
        Scalar { text: text.unwrap_or_default(), span }
    }

    /// The place of a scalar, and how its text is found.
    fn start_and_length(&mut self) -> (Span, u64) {
        let start = self.start();
        let number = self.number();
        (Span::new(start, start.saturating_add(u32::try_from(number >> 2).unwrap_or(0))), number & 3)
    }

    fn span(&mut self) -> Span {
        let start = self.start();
        Span::new(start, start.saturating_add(u32::try_from(self.number()).unwrap_or(0)))
    }

    fn start(&mut self) -> u32 {
        let number = self.number();
        let far = u32::try_from(number >> 1).unwrap_or(0);
        self.at = if number & 1 == 0 { self.at.saturating_add(far) } else { self.at.saturating_sub(far) };
        self.at
    }

    pub(super) fn number(&mut self) -> u64 {
        read_number(&mut self.rest)
    }

    /// A number that is an index or an offset.
    pub(super) fn index(&mut self) -> usize {
        usize::try_from(self.number()).unwrap_or(usize::MAX)
    }
}
