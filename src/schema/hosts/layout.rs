//! Reads hosts with the same layout: the same lines, or the same columns of a table, with other words.
//!
//! Most hosts of a big site differ only in their words. So the lines of a host that the YAML reader has read are kept, with
//! a gap for each of its words. If the next host has the same lines, only its words are read: it has no events, nodes or
//! keys.
//!
//! The result is the same only if no word can change the meaning of the lines. So a word has only letters, digits and
//! `._/:-`, begins with a letter or digit unless it is in quotes, does not end in a colon, and is not `null`. The YAML
//! reader reads any other host.

use std::ops::Range;

use smallvec::SmallVec;

use crate::schema::settings::{Host, Setting};
use crate::schema::{Field, IscsiPath, RootPath};
use crate::source::{Count, Scalar, SourceFile, Span};

/// The most bytes of a word, so that its length is a byte.
const LONGEST: usize = 255;

/// The most MAC addresses and groups of a host. Few hosts have more, and a layout has a gap for each of them.
pub(super) const MOST_LISTED: usize = 64;

/// The lengths of the words of a host, in the order of the text.
pub(super) type Lengths = SmallVec<[u8; 16]>;

/// The lines of a host, without its words.
pub(super) struct Layout<'a> {
    file: &'a SourceFile,
    /// The host that has these lines.
    host: Host<'a>,
    /// The gaps for the words, in the order of the text.
    gaps: Vec<Gap<'a>>,
    /// The text behind the last word.
    tail: &'a str,
    /// The gap of each word of the host, in the order of [`each_word`]; none if the word is elsewhere, as the group of all
    /// rows of a table.
    words: Vec<Option<usize>>,
    /// The ends of each place of the host, in the order of [`each_span`].
    spans: Vec<[Anchor; 2]>,
    /// What reading such a host counts.
    pub(super) count: Count,
}

/// A gap for a word.
struct Gap<'a> {
    /// The text between the word before and this one, with its quote.
    before: &'a str,
    quoted: bool,
}

/// An offset that moves with the words.
struct Anchor {
    /// The number of words before it.
    words: usize,
    /// Its distance to the end of the last of them, or to the start of the lines.
    distance: usize,
}

impl<'a> Layout<'a> {
    /// The layout of a host that has these lines. `None` if others cannot be recognised by them.
    pub(super) fn new(
        host: &Host<'a>,
        file: &'a SourceFile,
        lines: Range<usize>,
        count: Count,
    ) -> Option<Self> {
        if host.macs.len() + host.groups.len() > MOST_LISTED {
            return None;
        }
        let mut host = host.clone();
        let mut found: Vec<Option<Word>> = Vec::new();
        let mut whole = true;
        each_word(&mut host, &mut |word| match Word::of(*word, file, &lines) {
            Ok(place) => found.push(place),
            Err(NoWord) => whole = false,
        })?;
        let mut sorted: Vec<&Word> = found.iter().flatten().collect();
        sorted.sort_by_key(|word| word.place.start);
        let mut gaps = Vec::new();
        let mut behind = lines.start;
        for word in &sorted {
            // Overlapping words have no text between them.
            let before = file.text().get(behind..word.place.start)?;
            gaps.push(Gap { before, quoted: word.quoted });
            behind = word.place.end;
        }
        let tail = file.text().get(behind..lines.end)?;
        let gap =
            |word: &Word| sorted.binary_search_by_key(&word.place.start, |other| other.place.start).ok();
        let words = found.iter().map(|word| word.as_ref().and_then(gap)).collect();
        let anchor = |place: u32| {
            let at = place.checked_sub(file.base())? as usize;
            let words = sorted.partition_point(|word| word.place.end <= at);
            let from = words
                .checked_sub(1)
                .and_then(|last| sorted.get(last))
                .map_or(lines.start, |word| word.place.end);
            let inside = sorted.get(words).is_some_and(|word| word.place.start < at) || at > lines.end;
            Some(Anchor { words, distance: at.checked_sub(from)? }).filter(|_| !inside)
        };
        let mut spans = Vec::new();
        each_span(&mut host, &mut |span| spans.push((anchor(span.start), anchor(span.end))));
        let spans = spans.into_iter().map(|(start, end)| Some([start?, end?])).collect::<Option<_>>()?;
        whole.then_some(Self { file, host, gaps, tail, words, spans, count })
    }

    /// The lengths of the words of the host whose lines begin at an offset, and the offset behind them. `None` if they are
    /// other lines. `lengths` has the first ones already.
    pub(super) fn find(&self, at: usize, lengths: &mut Lengths) -> Option<usize> {
        let bytes = self.file.text().as_bytes();
        let known: usize = self
            .gaps
            .iter()
            .zip(&*lengths)
            .map(|(gap, length)| gap.before.len() + usize::from(*length))
            .sum();
        let mut rest = bytes.get(at + known..)?;
        for gap in self.gaps.get(lengths.len()..)? {
            rest = match (gap.before.as_bytes(), rest) {
                // Between the cells of a row.
                ([only], [first, behind @ ..]) if only == first => behind,
                (before, rest) => rest.strip_prefix(before)?,
            };
            let length = word_at(rest, gap.quoted)?;
            lengths.push(u8::try_from(length).ok()?);
            rest = rest.get(length..)?;
        }
        rest = rest.strip_prefix(self.tail.as_bytes())?;
        Some(bytes.len() - rest.len())
    }

    /// How many of the first gaps are those of another layout, so that the same words are in them.
    pub(super) fn gaps_of(&self, other: &Self) -> usize {
        let gaps = self.gaps.iter().zip(&other.gaps);
        gaps.take_while(|(one, other)| one.quoted == other.quoted && one.before == other.before).count()
    }

    /// The name of the host whose lines begin at an offset.
    pub(super) fn name(&self, at: usize, lengths: &[u8]) -> Scalar<'a> {
        // The first word is the name.
        let gap = self.words.first().copied().flatten();
        gap.and_then(|gap| self.each_word(at, lengths).nth(gap))
            .map_or_else(Scalar::default, |(word, _)| word)
    }

    /// A copy of the host that has these lines, to be filled.
    pub(super) fn host(&self) -> Host<'a> {
        self.host.clone()
    }

    /// Makes a copy of the host of this layout the host whose lines begin at an offset.
    pub(super) fn fill(&self, host: &mut Host<'a>, at: usize, lengths: &[u8]) {
        let own: SmallVec<[(Scalar<'a>, usize); 16]> = self.each_word(at, lengths).collect();
        let mut gaps = self.words.iter();
        each_word(host, &mut |word| {
            if let Some((own, _)) = gaps.next().copied().flatten().and_then(|gap| own.get(gap)) {
                *word = *own;
            }
        });
        let moved = |anchor: &Anchor| {
            let last = anchor.words.checked_sub(1).and_then(|last| own.get(last));
            self.file.base() + (last.map_or(at, |(_, end)| *end) + anchor.distance) as u32
        };
        let mut spans = self.spans.iter();
        each_span(host, &mut |span| {
            if let Some([start, end]) = spans.next() {
                *span = Span::new(moved(start), moved(end));
            }
        });
    }

    /// The words of the host whose lines begin at an offset, each with the offset of its end.
    fn each_word(&self, at: usize, lengths: &[u8]) -> impl Iterator<Item = (Scalar<'a>, usize)> {
        let (text, base) = (self.file.text(), self.file.base());
        let mut end = at;
        self.gaps.iter().zip(lengths).map(move |(gap, length)| {
            let start = end + gap.before.len();
            end = start + usize::from(*length);
            let quote = u32::from(gap.quoted);
            let span = Span::new(base + start as u32 - quote, base + end as u32 + quote);
            (Scalar { text: text.get(start..end).unwrap_or_default(), span }, end)
        })
    }
}

/// The place of a word in the text, without its quotes.
struct Word {
    place: Range<usize>,
    quoted: bool,
}

/// A scalar whose text is not a word.
struct NoWord;

impl Word {
    /// The place of a scalar in these lines; none if it is not in them.
    fn of(scalar: Scalar<'_>, file: &SourceFile, lines: &Range<usize>) -> Result<Option<Self>, NoWord> {
        let base = file.base() as usize;
        let (start, end) = (scalar.span.start as usize, scalar.span.end as usize);
        if end <= base + lines.start || start >= base + lines.end {
            return Ok(None);
        }
        let quoted = end - start == scalar.text.len() + 2;
        let quote = usize::from(quoted);
        let place =
            start.checked_sub(base).ok_or(NoWord)? + quote..end.checked_sub(base + quote).ok_or(NoWord)?;
        let there = file.text().get(place.clone()).ok_or(NoWord)?;
        let is_whole = word_at(there.as_bytes(), quoted) == Some(there.len());
        if std::ptr::eq(there, scalar.text) && is_whole && there.len() <= LONGEST {
            Ok(Some(Self { place, quoted }))
        } else {
            Err(NoWord)
        }
    }
}

/// The length of the word at the beginning of a text.
fn word_at(text: &[u8], quoted: bool) -> Option<usize> {
    let mut length = text.iter().position(|byte| !is_in_words(*byte)).unwrap_or(text.len());
    if quoted {
        return (length > 0).then_some(length);
    }
    while length > 0 && text.get(length - 1) == Some(&b':') {
        length -= 1;
    }
    let word = text.get(..length)?;
    (word.first()?.is_ascii_alphanumeric() && !word.eq_ignore_ascii_case(b"null")).then_some(length)
}

/// Whether a byte can be in a word.
const WORD: [bool; 256] = {
    let mut word = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let is = byte as u8;
        word[byte] = is.is_ascii_alphanumeric() || matches!(is, b'.' | b'_' | b'/' | b':' | b'-');
        byte += 1;
    }
    word
};

/// Whether a byte can be in a word, so that it separates nothing in lines that are recognised.
pub(super) fn is_in_words(byte: u8) -> bool {
    WORD[usize::from(byte)]
}

/// Calls a function for each scalar of a host, the name first. `None` if the host has keys whose scalars are not known here.
fn each_word<'a>(host: &mut Host<'a>, f: &mut impl FnMut(&mut Scalar<'a>)) -> Option<()> {
    let Host { name, span: _, macs, ip, ip6: None, nics: None, groups, settings, wrong: false } = host else {
        return None;
    };
    f(name);
    macs.iter_mut().chain(ip).chain(groups).for_each(&mut *f);
    for setting in settings {
        match setting {
            Setting::RootPath(RootPath::Iscsi(path)) => {
                let IscsiPath {
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
                } = &mut **path
                else {
                    return None;
                };
                for field in [target, server, lun, port, initiator] {
                    match field {
                        Field::Absent => {}
                        Field::Given(word) => f(word),
                        Field::Wrong(_) => return None,
                    }
                }
            }
            Setting::RootPath(RootPath::Text(word))
            | Setting::HostName(word)
            | Setting::Boot(word)
            | Setting::Autoboot(word)
            | Setting::KeepSan(word)
            | Setting::File(word)
            | Setting::NextServer(word) => f(word),
            _ => return None,
        }
    }
    Some(())
}

/// Calls a function for each place of a host that is not the place of a scalar.
fn each_span(host: &mut Host<'_>, f: &mut impl FnMut(&mut Span)) {
    f(&mut host.span);
    for setting in &mut host.settings {
        if let Setting::RootPath(RootPath::Iscsi(path)) = setting {
            f(&mut path.span);
        }
    }
}
