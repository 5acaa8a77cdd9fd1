//! dhcpd.conf as a tree of statements, with the files that it includes.

use std::ops::Range;

use elsa::FrozenVec;

use super::super::coverage::{Coverage, Outcome};
use super::super::origin::{Lines, Origin};
use super::super::source_file::{FilesByPath, SourceFile};
use super::own_layout::{OwnLayout, is_guard};
use crate::dialects::dhcpd::lexer::{Part, PartKind, Parts, Token, parts};

/// How deep blocks may be nested. dhcpd reads them by recursion; files of people have six levels.
const DEEPEST: usize = 64;

/// How many files one file may include in a chain.
const CHAIN: usize = 16;

/// The most files that includes may add up to, and their bytes: a chain of files that each include the next one ten times
/// would have 10^16.
const INCLUDED: usize = 10_000;
const INCLUDED_BYTES: usize = 64 << 20;

/// A statement of dhcpd.conf.
#[derive(Clone, Debug)]
pub struct Statement<'t> {
    /// Its tokens before the `;` or `{`, without blanks and comments.
    pub tokens: &'t [Token<'t>],
    /// It as written, with its block and its end.
    pub text: &'t str,
    /// Where it begins.
    pub origin: Origin,
    /// Its number in the account.
    pub number: usize,
    /// The comment in the lines right above it, as written.
    pub comment: Option<&'t str>,
    /// The comment behind it in the same line, as written: behind its `;`, its `{`, or else its `}`.
    pub remark: Option<&'t str>,
    /// Whether it is text of `raw` in a file that ipxegen made; it has no tokens.
    pub verbatim: bool,
    /// The statements of its block, if it has one.
    pub block: Option<Vec<Self>>,
}

impl<'t> Statement<'t> {
    /// The text from its token of this index to its last one.
    #[must_use]
    pub fn value(&self, from: usize) -> Option<&'t str> {
        let start = self.tokens.first()?.start();
        let (from, last) = (self.tokens.get(from)?, self.tokens.last()?);
        self.text.get(from.start().checked_sub(start)?..last.end().checked_sub(start)?)
    }

    /// Whether it begins with these words; dhcpd reads keywords in any case.
    #[must_use]
    pub fn begins(&self, words: &[&str]) -> bool {
        let mut tokens = self.tokens.iter();
        words.iter().all(|word| tokens.next().is_some_and(|token| token.text.eq_ignore_ascii_case(word)))
    }
}

/// Reads a file and the files that it includes, as far as they are among `files`.
#[must_use]
pub fn statements<'f: 't, 't>(
    file: &'f SourceFile,
    files: &'f [SourceFile],
    tokens: &'t AllTokens<'f>,
    coverage: &mut Coverage,
) -> Vec<Statement<'t>> {
    let files = FilesByPath::new(files);
    Reader { files, tokens, coverage, open: vec![&file.path], included: 0, bytes: 0 }.file(file)
}

/// The tokens of files, from which statements borrow theirs. A file of many hosts has millions of them, and hundreds of
/// thousands of statements: each with memory of its own would take longer to make and to free than all else.
pub type AllTokens<'f> = FrozenVec<Vec<Token<'f>>>;

/// So many tokens are read at once, up to the end of a block of the outermost level.
const TOKENS: usize = 4096;

/// Reads some parts, each with its tokens; none at the end.
fn some_parts<'f: 't, 't>(parts: &mut Parts<'f>, all: &'t AllTokens<'f>) -> Vec<(Part<'f>, &'t [Token<'f>])> {
    let mut tokens = Vec::with_capacity(2 * TOKENS);
    let mut found = Vec::new();
    while let Some(part) = parts.next_with(|token| tokens.push(token)) {
        let ends = part.depth == 0 && part.kind != PartKind::BlockStart;
        found.push((part, tokens.len()));
        if ends && tokens.len().max(found.len()) >= TOKENS {
            break;
        }
    }
    tokens.shrink_to_fit();
    let tokens = all.push_get(tokens);
    let mut start = 0;
    let with_tokens = |(part, end): (Part<'f>, usize)| {
        let own = tokens.get(start..end).unwrap_or_default();
        start = end;
        (part, own)
    };
    found.into_iter().map(with_tokens).collect()
}

/// A block that is open.
struct Open<'t> {
    head: Part<'t>,
    tokens: &'t [Token<'t>],
    origin: Origin,
    number: usize,
    comment: Option<&'t str>,
    remark: Option<&'t str>,
    statements: Vec<Statement<'t>>,
}

/// Why a text stays in raw that was there before.
const IN_RAW: &str = "ipxegen wrote it from `raw`";

/// The comment lines that may belong to the next statement.
#[derive(Default)]
struct Comments {
    range: Option<Range<usize>>,
}

impl Comments {
    /// Takes a comment, if it is alone in its line; it continues the comment in the line above. Whether it is.
    fn take(&mut self, text: &str, range: &Range<usize>) -> bool {
        let before = text.get(..range.start).unwrap_or_default();
        let line = before.rfind('\n').map_or(before, |end| before.get(end..).unwrap_or_default());
        if !line.trim().is_empty() {
            self.range = None;
            return false;
        }
        let start = match &self.range {
            Some(above) if is_next_line(text, above.end, range.start) => above.start,
            _ => range.start,
        };
        self.range = Some(start..range.end);
        true
    }

    /// The comment right above a statement that begins at this byte.
    fn above<'t>(&mut self, text: &'t str, start: usize) -> Option<&'t str> {
        let range = self.range.take()?;
        if is_next_line(text, range.end, start) { text.get(range) } else { None }
    }
}

/// Whether one line end, and blanks, are between two bytes.
fn is_next_line(text: &str, end: usize, start: usize) -> bool {
    let between = text.get(end..start).unwrap_or("\n\n");
    between.bytes().filter(|byte| *byte == b'\n').count() == 1
}

/// Gives a comment to what ends in the same line right before it: a block that begins there, or a statement.
fn remark<'t>(text: &'t str, comment: &Part<'t>, blocks: &mut [Open<'t>], outermost: &mut [Statement<'t>]) {
    let before = text.get(..comment.range.start).unwrap_or_default().trim_end_matches([' ', '\t']);
    let said = text.get(comment.range.clone());
    let statements = match blocks.last_mut() {
        Some(open) if open.head.range.end == before.len() => {
            open.remark = said;
            return;
        }
        Some(open) => open.statements.as_mut_slice(),
        None => outermost,
    };
    if let Some(last) = statements.last_mut().filter(|_| before.ends_with([';', '}'])) {
        last.remark = last.remark.or(said);
    }
}

struct Reader<'f, 't, 'c> {
    files: FilesByPath<'f>,
    tokens: &'t AllTokens<'f>,
    coverage: &'c mut Coverage,
    /// The paths of the files that are being read, outermost first.
    open: Vec<&'f str>,
    /// How many files were included so far, and their bytes.
    included: usize,
    bytes: usize,
}

impl<'f: 't, 't> Reader<'f, 't, '_> {
    fn file(&mut self, file: &'f SourceFile) -> Vec<Statement<'t>> {
        let text = file.text.as_str();
        let mut lines = Lines::new(&file.path, text);
        let mut outermost = Vec::new();
        let mut blocks: Vec<Open<'t>> = Vec::new();
        // Blocks that are open below the deepest one that is kept.
        let mut ignored = 0_usize;
        let mut comments = Comments::default();
        let mut own = OwnLayout::of(text);
        let mut parts = parts(text);
        let mut some = some_parts(&mut parts, self.tokens).into_iter();
        while let Some((part, tokens)) = some.next().or_else(|| {
            some = some_parts(&mut parts, self.tokens).into_iter();
            some.next()
        }) {
            let inside = blocks.last().map(|open| &open.head);
            if let Some(raw) = own.pass(&part, inside) {
                let origin = lines.at(raw.start);
                let statement = self.verbatim(text.get(raw).unwrap_or_default(), origin);
                blocks.last_mut().map_or(&mut outermost, |open| &mut open.statements).extend(statement);
            }
            if own.is_raw() {
                continue;
            }
            if part.kind == PartKind::Comment {
                if !comments.take(text, &part.range) {
                    remark(text, &part, &mut blocks, &mut outermost);
                }
                continue;
            }
            let comment = comments.above(text, part.range.start);
            let origin = lines.at(part.range.start);
            let depth = blocks.len();
            let statements = blocks.last_mut().map_or(&mut outermost, |open| &mut open.statements);
            match part.kind {
                PartKind::Comment => {}
                PartKind::BlockStart if ignored > 0 || depth >= DEEPEST => {
                    if ignored == 0 {
                        let why = format!("blocks are nested more than {DEEPEST} levels deep");
                        self.coverage.add(origin, part.text, Outcome::Lost(why));
                    }
                    ignored += 1;
                }
                PartKind::BlockEnd if ignored > 0 => ignored -= 1,
                _ if ignored > 0 => {}
                PartKind::BlockStart => {
                    let number = self.coverage.add(origin.clone(), part.text, Outcome::Unread);
                    let statements = Vec::new();
                    blocks.push(Open {
                        head: part,
                        tokens,
                        origin,
                        number,
                        comment,
                        remark: None,
                        statements,
                    });
                }
                PartKind::BlockEnd => match blocks.pop() {
                    Some(block) => {
                        if blocks.is_empty() {
                            own.closed(&block.head, part.range.end, outermost.len());
                        }
                        let guarded = blocks.last().is_some_and(|outer| is_guard(&block.head, &outer.head));
                        let outer = blocks.last_mut().map_or(&mut outermost, |open| &mut open.statements);
                        if guarded {
                            self.coverage.set(block.number, Outcome::Words);
                            outer.extend(block.statements);
                        } else {
                            outer.push(block.close(text, part.range.end));
                        }
                    }
                    None => {
                        self.coverage.add(origin, "}", Outcome::Lost("it closes no block".into()));
                    }
                },
                // A lone `;`.
                PartKind::Statement if part.text.is_empty() => {}
                PartKind::Statement => {
                    let number = self.coverage.add(origin.clone(), part.text, Outcome::Unread);
                    let whole = text.get(part.range.clone()).unwrap_or_default();
                    let statement = Statement {
                        tokens,
                        text: whole,
                        origin,
                        number,
                        comment,
                        remark: None,
                        verbatim: false,
                        block: None,
                    };
                    if depth == 0 {
                        own.defined(&part, statements.len());
                    }
                    if statement.begins(&["include"]) {
                        let included = self.include(&statement);
                        statements.extend(included);
                    } else {
                        statements.push(statement);
                    }
                }
                // The type of an option may be a record in braces.
                PartKind::Unfinished if blocks.last().is_some_and(Open::is_record) => {}
                PartKind::Unfinished => {
                    self.coverage.add(origin, part.text, Outcome::Lost("it does not end with `;`".into()));
                }
            }
        }
        while let Some(block) = blocks.pop() {
            let why = "its block is not closed; the import reads it to the end of the file";
            self.coverage.remark(block.origin.clone(), why);
            let outer = blocks.last_mut().map_or(&mut outermost, |open| &mut open.statements);
            outer.push(block.close(text, text.len()));
        }
        if let Some((start, length)) = own.tail(text) {
            for statement in outermost.drain(length..) {
                self.coverage.set(statement.number, Outcome::Raw(IN_RAW.into()));
            }
            let origin = lines.at(start);
            outermost.extend(self.verbatim(text.get(start..).unwrap_or_default(), origin));
        }
        outermost
    }

    /// Text of `raw` in a file that ipxegen made, as a statement.
    fn verbatim(&mut self, text: &'f str, origin: Origin) -> Option<Statement<'t>> {
        let text = text.trim_matches('\n').trim_end();
        if text.is_empty() {
            return None;
        }
        let number = self.coverage.add(origin.clone(), text, Outcome::Raw(IN_RAW.into()));
        let (tokens, comment, remark) = (&[][..], None, None);
        Some(Statement { tokens, text, origin, number, comment, remark, verbatim: true, block: None })
    }

    /// The statements of an included file. dhcpd reads it as if it were in the place of the statement.
    fn include(&mut self, statement: &Statement<'t>) -> Vec<Statement<'t>> {
        let path =
            statement.tokens.get(1).map(|token| String::from_utf8_lossy(&token.decoded()).into_owned());
        let path = path.unwrap_or_default();
        let found = self.files.find(&path);
        let fault = match found {
            _ if path.is_empty() => "it names no file".to_owned(),
            None => format!("{path} is missing: add it to the command line"),
            Some(file) if self.open.contains(&file.path.as_str()) => format!("{path} includes itself"),
            Some(_) if self.open.len() >= CHAIN => format!("more than {CHAIN} files include each other"),
            Some(file) if self.included >= INCLUDED || self.bytes + file.text.len() > INCLUDED_BYTES => {
                "the includes add up to too much".to_owned()
            }
            Some(file) => {
                self.included += 1;
                self.bytes += file.text.len();
                self.coverage.set(statement.number, Outcome::Words);
                self.open.push(&file.path);
                let statements = self.file(file);
                self.open.pop();
                return statements;
            }
        };
        self.coverage.set(statement.number, Outcome::Lost(fault));
        Vec::new()
    }
}

impl<'t> Open<'t> {
    /// Whether it is the type of an option.
    fn is_record(&self) -> bool {
        let mut words = self.tokens.iter().map(|token| token.text);
        words.next().is_some_and(|word| word.eq_ignore_ascii_case("option")) && words.any(|word| word == "=")
    }

    fn close(self, text: &'t str, end: usize) -> Statement<'t> {
        let Self { head, tokens, origin, number, comment, remark, mut statements } = self;
        // Most blocks are those of hosts, with two or three statements.
        statements.shrink_to_fit();
        let text = text.get(head.range.start..end).unwrap_or_default();
        let block = Some(statements);
        Statement { tokens, text, origin, number, comment, remark, verbatim: false, block }
    }
}
