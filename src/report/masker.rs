//! Masks secrets by their value.
//!
//! All output passes through a masker, so that no message, excerpt, diff or failure shows a secret that the run has
//! read, wherever the text comes from. A masker finds a secret as it is and in every notation that the rendered
//! files and the formats of the report use. It decodes the text and searches the result for all secrets at once, so
//! the cost depends on the length of the text and not on the number of secrets.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use self::automaton::Automaton;
use super::masked::MASK;

mod automaton;

/// A secret of fewer bytes is masked only where it is a whole word: masked everywhere, a secret of one letter would
/// make every text unreadable. A secret of one byte is not masked at all: anybody can guess it.
const SHORT: usize = 4;

/// Finds secrets in texts.
pub struct Masker {
    /// Finds the secrets that are masked everywhere.
    long: Option<Automaton>,
    /// Finds the secrets that are masked as whole words.
    short: Option<Automaton>,
    /// All secrets, in order.
    sorted: Vec<Box<str>>,
    longest: usize,
    shortest: usize,
}

impl Masker {
    /// Masks these secrets.
    #[must_use]
    pub fn new(mut secrets: Vec<Box<str>>) -> Self {
        secrets.sort_unstable();
        secrets.dedup();
        let automaton = |wanted: &dyn Fn(&str) -> bool| {
            let texts: Vec<&str> =
                secrets.iter().map(|secret| &**secret).filter(|text| wanted(text)).collect();
            Automaton::new(&texts)
        };
        Self {
            long: automaton(&|text| text.len() >= SHORT),
            short: automaton(&|text| text.len() > 1 && text.len() < SHORT),
            longest: secrets.iter().map(|secret| secret.len()).max().unwrap_or(0),
            shortest: secrets
                .iter()
                .map(|secret| secret.len())
                .filter(|len| *len >= SHORT)
                .min()
                .unwrap_or(0),
            sorted: secrets,
        }
    }

    /// Whether there is no secret.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The text without secrets.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.bytes(text.as_bytes(), true) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(masked) => Cow::Owned(String::from_utf8_lossy(&masked).into_owned()),
        }
    }

    /// Masks an owned text.
    #[must_use]
    pub fn owned(&self, text: String) -> String {
        match self.text(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(masked) => masked,
        }
    }

    /// A JSON value with the secrets in its strings masked. Keys are not masked: they are words of ipxegen, or names in
    /// the site.
    #[must_use]
    pub fn value(&self, value: Value) -> Value {
        if self.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.owned(text)),
            Value::Array(values) => values.into_iter().map(|value| self.value(value)).collect(),
            Value::Object(entries) => {
                Value::Object(entries.into_iter().map(|(key, value)| (key, self.value(value))).collect())
            }
            other => other,
        }
    }

    /// Bytes without secrets; `words` says whether short ones are masked where they are whole words.
    pub(super) fn bytes<'t>(&self, text: &'t [u8], words: bool) -> Cow<'t, [u8]> {
        let found = self.find(text, words);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut shown = Vec::with_capacity(text.len());
        let mut behind = 0;
        for range in found {
            shown.extend_from_slice(text.get(behind..range.start).unwrap_or_default());
            shown.extend_from_slice(MASK.as_bytes());
            behind = range.end;
        }
        shown.extend_from_slice(text.get(behind..).unwrap_or_default());
        Cow::Owned(shown)
    }

    /// The ranges of the secrets in a text, in order. They do not touch, and none splits a character.
    pub(super) fn find(&self, text: &[u8], words: bool) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.is_empty() || text.is_empty() {
            return found;
        }
        if let Some(long) = &self.long {
            found.extend(long.find(text));
        }
        if let Some(short) = self.short.as_ref().filter(|_| words) {
            found.extend(short.find(text).filter(|hit| is_word(text, hit)));
        }
        self.find_cut(text, &|at| at..at + 1, &mut found);
        if self.longest >= SHORT {
            for decode in DECODERS {
                if let Some(decoded) = decode(text) {
                    self.find_decoded(&decoded, &mut found);
                }
            }
            hex_runs(text, self.shortest, |decoded| self.find_decoded(decoded, &mut found));
        }
        apart(text, found)
    }

    fn find_decoded(&self, decoded: &Decoded, found: &mut Vec<Range<usize>>) {
        let place = |at: usize| {
            let (from, to) = decoded.places.get(at).copied().unwrap_or_default();
            from..to
        };
        if let Some(long) = &self.long {
            let hits = long.find(&decoded.bytes);
            found.extend(hits.map(|hit| place(hit.start).start..place(hit.end - 1).end));
        }
        self.find_cut(&decoded.bytes, &place, found);
        if decoded.cut {
            self.cut_at(&decoded.bytes, &place, found);
        }
    }

    /// Long values are cut in messages. Of a secret that was cut, the beginning is before the mark.
    fn find_cut(&self, text: &[u8], place: &dyn Fn(usize) -> Range<usize>, found: &mut Vec<Range<usize>>) {
        for mark in CUTS {
            for at in memchr::memmem::find_iter(text, mark) {
                self.cut_at(text.get(..at).unwrap_or_default(), place, found);
            }
        }
    }

    /// Masks the beginning of a secret at the end of a text.
    fn cut_at(&self, text: &[u8], place: &dyn Fn(usize) -> Range<usize>, found: &mut Vec<Range<usize>>) {
        let first = text.len().saturating_sub(self.longest);
        for start in first..(text.len() + 1).saturating_sub(SHORT) {
            let rest = text.get(start..).unwrap_or_default();
            let at = self.sorted.partition_point(|secret| secret.as_bytes() < rest);
            if self.sorted.get(at).is_some_and(|secret| secret.as_bytes().starts_with(rest)) {
                found.push(place(start).start..place(text.len() - 1).end);
                return;
            }
        }
    }
}

/// The marks that messages put where they cut a long value.
const CUTS: [&[u8]; 2] = ["…".as_bytes(), b"..."];

/// Whether a match is a whole word: no neighbour is a character of a word.
fn is_word(text: &[u8], hit: &Range<usize>) -> bool {
    let part = |byte: Option<&u8>| {
        byte.is_some_and(|byte| !byte.is_ascii() || byte.is_ascii_alphanumeric() || b"_-.:/".contains(byte))
    };
    !part(hit.start.checked_sub(1).and_then(|at| text.get(at))) && !part(text.get(hit.end))
}

/// Sorts ranges, merges those that touch, and extends each to whole characters.
fn apart(text: &[u8], mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let inside = |at: usize| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    for range in &mut found {
        while range.start > 0 && inside(range.start) {
            range.start -= 1;
        }
        while inside(range.end) {
            range.end += 1;
        }
    }
    found.sort_unstable_by_key(|range| range.start);
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// A text decoded from some notation, with the place in the text that each byte comes from.
#[derive(Default)]
struct Decoded {
    bytes: Vec<u8>,
    places: Vec<(usize, usize)>,
    /// Whether a mark for a cut follows.
    cut: bool,
}

impl Decoded {
    fn push(&mut self, byte: u8, from: usize, to: usize) {
        self.bytes.push(byte);
        self.places.push((from, to));
    }

    fn push_char(&mut self, c: char, from: usize, to: usize) {
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            self.push(byte, from, to);
        }
    }
}

/// Decodes a notation.
type Decoder = fn(&[u8]) -> Option<Decoded>;

/// The notations that our files and formats use, except for hexadecimal digits. `None` where a text does not use
/// the notation.
const DECODERS: [Decoder; 4] = [backslashes, percents, doubled, entities];

/// One byte or character that an escape denotes.
enum Unit {
    /// A byte: a character beyond ASCII takes several such escapes.
    Byte(u8),
    Char(char),
}

/// Decodes with a function that reads one escape and returns what it stands for and its length.
fn decoded(text: &[u8], escape: impl Fn(&[u8]) -> Option<(Unit, usize)>) -> Decoded {
    let mut decoded = Decoded::default();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let (unit, length) = escape(text.get(at..).unwrap_or_default()).unwrap_or((Unit::Byte(*byte), 1));
        match unit {
            Unit::Byte(byte) => decoded.push(byte, at, at + length),
            Unit::Char(c) => decoded.push_char(c, at, at + length),
        }
        at += length;
    }
    decoded
}

fn number(digits: Option<&[u8]>, radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits?).ok()?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| u32::from_str_radix(digits, radix).ok())
        .flatten()
}

/// Decodes backslash escapes: strings of JSON, YAML, dhcpd (octal), smb.conf, nginx, Apache and the shell.
fn backslashes(text: &[u8]) -> Option<Decoded> {
    memchr::memchr(b'\\', text)?;
    Some(decoded(text, |rest| {
        let (b'\\', escaped) = rest.split_first()? else { return None };
        let code =
            |digits: &[u8], length| Some((Unit::Char(char::from_u32(number(Some(digits), 16)?)?), length));
        let byte = |digits, radix| Some((Unit::Byte(u8::try_from(number(digits, radix)?).ok()?), 4));
        match escaped.first()? {
            b'u' if escaped.get(1) == Some(&b'{') => {
                let end = memchr::memchr(b'}', escaped.get(..10).unwrap_or(escaped))?;
                code(escaped.get(2..end)?, end + 2)
            }
            b'u' => code(escaped.get(1..5)?, 6),
            b'U' => code(escaped.get(1..9)?, 10),
            b'x' => byte(escaped.get(1..3), 16),
            b'0'..=b'3' => byte(escaped.get(..3), 8),
            // A letter stands for a control character, and no secret has one. Windows paths also have letters here.
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => Some((Unit::Byte(*other), 2)),
            _ => None,
        }
    }))
}

/// Decodes percent escapes: URLs, and the commands of GitHub's workflows.
fn percents(text: &[u8]) -> Option<Decoded> {
    memchr::memchr(b'%', text)?;
    Some(decoded(text, |rest| {
        let code = number(rest.strip_prefix(b"%")?.get(..2), 16)?;
        Some((Unit::Byte(u8::try_from(code).ok()?), 3))
    }))
}

/// Decodes other escapes. Batch files, PowerShell, CSV, YAML and systemd units double a character or put `^` before it.
/// The shell writes `'\''` for an apostrophe. iPXE scripts have settings for some characters.
fn doubled(text: &[u8]) -> Option<Decoded> {
    const DOUBLED: &[u8] = b"'\"%$^\\";
    const IPXE: [(&[u8], u8); 7] = [
        (b"${ipxegen.sp:string}", b' '),
        (b"${ipxegen.hash:string}", b'#'),
        (b"${ipxegen.semi:string}", b';'),
        (b"${ipxegen.bs:string}", b'\\'),
        (b"${ipxegen.tab:string}", b'\t'),
        (b"${ipxegen.or:string}", b'|'),
        (b"${ipxegen.and:string}", b'&'),
    ];
    let found = memchr::memchr2(b'^', b'$', text).is_some()
        || text.windows(2).any(|pair| pair[0] == pair[1] && DOUBLED.contains(&pair[0]))
        || memchr::memmem::find(text, b"'\\''").is_some();
    found.then(|| {
        decoded(text, |rest| {
            if rest.starts_with(b"'\\''") {
                return Some((Unit::Byte(b'\''), 4));
            }
            if rest.starts_with(b"${ipxegen.") {
                let (setting, byte) = IPXE.iter().find(|(setting, _)| rest.starts_with(setting))?;
                return Some((Unit::Byte(*byte), setting.len()));
            }
            match rest {
                [b'^', byte @ (b'^' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' | b'"' | b'%'), ..] => {
                    Some((Unit::Byte(*byte), 2))
                }
                [one, two, ..] if one == two && DOUBLED.contains(one) => Some((Unit::Byte(*one), 2)),
                _ => None,
            }
        })
    })
}

/// Decodes XML entities, and the form `<U+202E>` of our messages.
fn entities(text: &[u8]) -> Option<Decoded> {
    const NAMED: [(&[u8], char); 5] =
        [(b"&amp;", '&'), (b"&lt;", '<'), (b"&gt;", '>'), (b"&quot;", '"'), (b"&apos;", '\'')];
    let found = memchr::memchr(b'&', text).is_some() || memchr::memmem::find(text, b"<U+").is_some();
    found.then(|| {
        decoded(text, |rest| {
            let numbered = |begin: &[u8], end: u8, radix| {
                let digits = rest.strip_prefix(begin)?;
                let length = memchr::memchr(end, digits.get(..10).unwrap_or(digits))?;
                let c = char::from_u32(number(digits.get(..length), radix)?)?;
                Some((Unit::Char(c), begin.len() + length + 1))
            };
            let named = || {
                let (name, c) = NAMED.iter().find(|(name, _)| rest.starts_with(name))?;
                Some((Unit::Char(*c), name.len()))
            };
            match rest.first()? {
                b'&' => named().or_else(|| numbered(b"&#x", b';', 16)).or_else(|| numbered(b"&#", b';', 10)),
                b'<' => numbered(b"<U+", b'>', 16),
                _ => None,
            }
        })
    })
}

/// Decodes each run of hexadecimal digits that is long enough for a secret of `shortest` bytes. `:` or `-` may
/// separate the pairs. A run is read from its first digit and from its second, because an unrelated digit may
/// come before.
fn hex_runs(text: &[u8], shortest: usize, mut each: impl FnMut(&Decoded)) {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'-');
    let mut at = 0;
    while at < text.len() {
        let length = text.iter().skip(at).take_while(|byte| is_part(byte)).count();
        let run = text.get(at..at + length).unwrap_or_default();
        let behind = text.get(at + length..).unwrap_or_default();
        let cut = CUTS.iter().any(|mark| behind.starts_with(mark));
        let least = if cut { SHORT } else { shortest };
        if length >= 2 * least {
            for skipped in 0..2 {
                each(&hex(run, at, skipped, cut));
            }
        }
        at += length.max(1);
    }
}

fn hex(run: &[u8], base: usize, skipped: usize, cut: bool) -> Decoded {
    let mut decoded = Decoded { cut, ..Decoded::default() };
    let mut at = skipped;
    while at < run.len() {
        match number(run.get(at..at + 2), 16).and_then(|code| u8::try_from(code).ok()) {
            Some(byte) => {
                decoded.push(byte, base + at, base + at + 2);
                at += 2;
                if matches!(run.get(at), Some(b':' | b'-')) {
                    at += 1;
                }
            }
            None => {
                // A control character, which no secret has.
                decoded.push(0, base + at, base + at + 1);
                at += 1;
            }
        }
    }
    // An odd digit at the end is no byte.
    while decoded.bytes.last() == Some(&0) {
        decoded.bytes.pop();
        decoded.places.pop();
    }
    decoded
}

#[cfg(test)]
mod tests;
