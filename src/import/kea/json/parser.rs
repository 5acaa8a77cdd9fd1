//! The values that the tokens of a file make.
//!
//! Kea stops at the first fault of a file. The import goes on behind it, and says for each fault what it did: it reads on
//! as if a missing mark were there, or leaves something out.

use super::super::super::origin::Origin;
use super::super::super::source_file::SourceFile;
use super::faults::Faults;
use super::lexer::{Kind, Token};
use super::{Json, Node};

/// How deep values may be nested.
const DEEPEST: usize = 64;

/// The value of a file.
pub(super) fn parse(file: &SourceFile, mut tokens: Vec<Token>, faults: &mut Faults) -> Option<Node> {
    tokens.reverse();
    let last_line = u32::try_from(file.text.trim_end().lines().count()).unwrap_or(u32::MAX);
    let end = Origin { file: file.path.as_str().into(), line: last_line.max(1) };
    let mut parser = Parser { tokens, faults, end, open: Vec::new(), reported: None };
    if parser.tokens.is_empty() {
        parser.faults.lost(parser.end, "the whole file", "it has no value: Kea expects `{`");
        return None;
    }
    let value = parser.value();
    if let Some(token) = parser.tokens.pop() {
        let text = "Kea expects the end of the file here: a bracket before it closes too much";
        let shown = format!("{} and everything behind it", token.kind.shown());
        parser.faults.lost(token.origin, shown, text);
    }
    value
}

struct Parser<'f> {
    /// The tokens, the next one last.
    tokens: Vec<Token>,
    faults: &'f mut Faults,
    /// The end of the file.
    end: Origin,
    /// The brackets around the next token, with their places.
    open: Vec<(u8, Origin)>,
    /// How many tokens were left when a missing bracket was reported. One mark may close several brackets.
    reported: Option<usize>,
}

impl Parser<'_> {
    fn next(&self) -> Option<&Kind> {
        self.tokens.last().map(|token| &token.kind)
    }

    fn next_is(&self, mark: u8) -> bool {
        self.next() == Some(&Kind::Mark(mark))
    }

    /// Whether a name and its `:` follow.
    fn name_follows(&self) -> bool {
        let mut next = self.tokens.iter().rev().map(|token| &token.kind);
        matches!(next.next(), Some(Kind::Text(_) | Kind::Bare(_))) && next.next() == Some(&Kind::Mark(b':'))
    }

    /// Whether a bracket is open around the innermost one.
    fn is_around(&self, mark: u8) -> bool {
        self.open.iter().rev().skip(1).any(|(open, _)| *open == mark)
    }

    fn value(&mut self) -> Option<Node> {
        let Token { origin, kind } = self.tokens.pop()?;
        let json = match kind {
            Kind::Text(text) => Json::Text(text),
            Kind::Bare(text) if is_value(&text) => Json::Bare(text),
            Kind::Bare(text) => {
                let why = "Kea expects a text in quotes, a number, `true`, `false` or `null`";
                self.faults.lost(origin, text, why);
                return None;
            }
            Kind::Mark(mark @ (b'{' | b'[')) if self.open.len() <= DEEPEST => {
                self.open.push((mark, origin.clone()));
                let json = if mark == b'{' { Json::Object(self.members()) } else { Json::List(self.items()) };
                self.open.pop();
                json
            }
            Kind::Mark(b'{' | b'[') => {
                let shown = format!("{} and everything behind it", kind.shown());
                self.faults.lost(origin, shown, format!("values are nested more than {DEEPEST} levels deep"));
                self.tokens.clear();
                self.reported = Some(0);
                return None;
            }
            Kind::Mark(_) => {
                self.faults.lost(origin, kind.shown(), "Kea expects a value here");
                return None;
            }
            // The lexer has told why the file is missing.
            Kind::Missing => return None,
        };
        Some(Node { origin, json })
    }

    fn items(&mut self) -> Vec<Node> {
        let mut items = Vec::new();
        let mut needs_comma = false;
        loop {
            match self.next() {
                Some(Kind::Mark(b']')) => {
                    self.tokens.pop();
                    break;
                }
                Some(Kind::Mark(b',')) => needs_comma = self.comma(needs_comma),
                Some(Kind::Mark(b'}')) if self.is_around(b'{') => {
                    self.not_closed();
                    break;
                }
                None => {
                    self.not_closed();
                    break;
                }
                // The object has lost its `{`.
                _ if self.name_follows() && !needs_comma && items.is_empty() => {
                    let Some(name) = self.tokens.last() else { break };
                    let origin = name.origin.clone();
                    self.faults
                        .mended(origin.clone(), format!("Kea expects `{{` before `{}`", name.kind.shown()));
                    if self.open.len() > DEEPEST {
                        break;
                    }
                    self.open.push((b'{', origin.clone()));
                    let json = Json::Object(self.members());
                    self.open.pop();
                    items.push(Node { origin, json });
                    needs_comma = true;
                }
                // The list has lost its `]`: names belong to the object around it.
                _ if self.name_follows() && self.is_around(b'{') => {
                    self.not_closed();
                    break;
                }
                Some(Kind::Mark(b'}' | b':')) => self.skip(),
                Some(_) => {
                    self.needed_comma(needs_comma);
                    items.extend(self.value());
                    needs_comma = true;
                }
            }
        }
        items
    }

    fn members(&mut self) -> Vec<(String, Node)> {
        let mut members = Vec::new();
        let mut needs_comma = false;
        loop {
            match self.next() {
                Some(Kind::Mark(b'}')) => {
                    self.tokens.pop();
                    break;
                }
                Some(Kind::Mark(b',')) => needs_comma = self.comma(needs_comma),
                Some(Kind::Mark(b']')) if self.is_around(b'[') => {
                    self.not_closed();
                    break;
                }
                // The object has lost its `}`, and the next item of the list around it follows.
                Some(Kind::Mark(b'{'))
                    if self.open.iter().rev().nth(1).is_some_and(|open| open.0 == b'[') =>
                {
                    self.not_closed();
                    break;
                }
                None => {
                    self.not_closed();
                    break;
                }
                Some(Kind::Missing) => {
                    self.tokens.pop();
                    needs_comma = true;
                }
                Some(Kind::Text(_)) => {
                    self.needed_comma(needs_comma);
                    members.extend(self.member());
                    needs_comma = true;
                }
                Some(Kind::Bare(_)) if self.name_follows() => {
                    self.needed_comma(needs_comma);
                    if let Some(token) = self.tokens.last() {
                        let text = format!("Kea expects `{}` in quotes", token.kind.text());
                        self.faults.mended(token.origin.clone(), text);
                    }
                    members.extend(self.member());
                    needs_comma = true;
                }
                Some(Kind::Mark(_) | Kind::Bare(_)) => self.skip(),
            }
        }
        members
    }

    /// A name with its value.
    fn member(&mut self) -> Option<(String, Node)> {
        let Token { origin, kind } = self.tokens.pop()?;
        let name = kind.text().to_owned();
        let has_colon = self.next_is(b':');
        if has_colon {
            self.tokens.pop();
        }
        let has_value = match self.next() {
            Some(Kind::Mark(mark)) => matches!(mark, b'{' | b'['),
            Some(Kind::Text(_) | Kind::Bare(_)) => !self.name_follows(),
            Some(Kind::Missing) => true,
            None => false,
        };
        if !has_value {
            let why = if has_colon { "it has no value" } else { "Kea expects `:` and a value behind it" };
            self.faults.lost(origin, format!("\"{name}\""), why);
            return None;
        }
        if !has_colon && let Some(token) = self.tokens.last() {
            let text = format!("Kea expects `:` behind `\"{name}\"`");
            self.faults.mended(token.origin.clone(), text);
        }
        let node = self.value()?;
        Some((name, Node { origin, ..node }))
    }

    /// Takes a comma. Kea's parser accepts one behind the last item, but no two, and none before the first.
    fn comma(&mut self, needed: bool) -> bool {
        if let Some(token) = self.tokens.pop()
            && !needed
        {
            self.faults.mended(token.origin, "Kea expects no `,` here");
        }
        false
    }

    /// Reports a missing comma before the next token.
    fn needed_comma(&mut self, needs_comma: bool) {
        if let Some(token) = self.tokens.last()
            && needs_comma
            && token.kind != Kind::Missing
            // The missing bracket before the token is the same fault.
            && self.reported != Some(self.tokens.len())
        {
            let text = format!("Kea expects `,` before `{}`", token.kind.shown());
            self.faults.mended(token.origin.clone(), text);
        }
    }

    /// Leaves out what belongs nowhere: tokens that begin no member or item, with the values that begin there.
    fn skip(&mut self) {
        let Some(token) = self.tokens.last() else { return };
        let (origin, shown) = (token.origin.clone(), token.kind.shown());
        let why = "it is no parameter: Kea expects a name in quotes, `,` or a closing bracket";
        let mut last = self.tokens.len() + 1;
        let mut skipped = 0;
        while self.tokens.len() < last {
            last = self.tokens.len();
            match self.next() {
                Some(Kind::Mark(b'{' | b'[')) => {
                    self.value();
                }
                Some(Kind::Mark(b':') | Kind::Bare(_)) if !self.name_follows() => {
                    self.tokens.pop();
                }
                Some(Kind::Mark(b'}' | b']')) if skipped == 0 => {
                    self.tokens.pop();
                }
                _ => {}
            }
            skipped += 1;
        }
        self.faults.lost(origin, shown, why);
    }

    /// Reports that the innermost bracket is not closed where the next token is.
    fn not_closed(&mut self) {
        let left = self.tokens.len();
        if self.reported.replace(left) == Some(left) {
            return;
        }
        let Some((mark, opened)) = self.open.last().cloned() else { return };
        let (open, close) = if mark == b'{' { ('{', '}') } else { ('[', ']') };
        let fault = format!("Kea expects `{close}` for the `{open}` of {}:{}", opened.file, opened.line);
        match self.tokens.last() {
            Some(token) => {
                let text = format!("{fault} before `{}`", token.kind.shown());
                self.faults.mended(token.origin.clone(), text);
            }
            // The file may be cut off, or what follows the bracket belongs somewhere else.
            None => self.faults.lost(self.end.clone(), "the end of the file", fault),
        }
    }
}

/// Whether Kea reads a word as a value: its lexer knows these words in lower case, integers, and floating-point numbers.
fn is_value(word: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word);
    let (number, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    matches!(word, "true" | "false" | "null")
        || number.len() > usize::from(number.contains('.'))
            && digits(whole)
            && digits(fraction)
            && !exponent.is_empty()
            && digits(exponent)
}

#[cfg(test)]
mod tests {
    use super::super::super::super::coverage::{Coverage, Outcome};
    use super::super::super::super::source_file::{FileKind, SourceFile};
    use super::super::{Faults, Node, parse};

    fn read(text: &str) -> (Option<Node>, Coverage) {
        let file =
            SourceFile { path: "kea.conf".into(), kind: FileKind::Kea, included: false, text: text.into() };
        let mut faults = Faults::default();
        let node = parse(&file, std::slice::from_ref(&file), &mut faults);
        let mut coverage = Coverage::default();
        faults.account(&mut coverage);
        (node, coverage)
    }

    #[test]
    fn what_kea_accepts_has_no_fault() {
        for text in ["{ \"a\": [ 1, -2.5e3, ], \"b\": { }, } // c", "[ true, null, { } ]\n", "\"a\"", "+5"] {
            let (node, coverage) = read(text);
            assert!(node.is_some(), "{text}");
            assert!(coverage.remarks.is_empty() && coverage.statements.is_empty(), "{text}: {coverage:?}");
        }
    }

    #[test]
    fn each_token_that_is_dropped_is_said() {
        let texts = [
            "",
            "{ \"a\" }",
            "{ \"a\": }",
            "{ \"a\": 1 } }",
            "{ \"a\": 1 } 2",
            "{ 1 }",
            "{ : }",
            "{ ] }",
            "{ [1] }",
            "[ } ]",
            "[ : ]",
            "[ x ]",
            "[ 1; ]",
            "[ 1 ] /*",
            "[ 1",
            "{ \"a\": 1 ] }",
            "}",
            "{ \"a\": \"b\": 1 }",
        ];
        for text in texts {
            let lost = read(text).1.count(|outcome| matches!(outcome, Outcome::Lost(_)));
            assert_eq!(lost, 1, "{text}");
        }
    }

    #[test]
    fn a_file_of_faults_is_said_in_few_lines() {
        for text in ["{ ;\n 1 \"a\": 2 ".repeat(3000), "[ 1 2 , , } ".repeat(3000), "[ \"a\": ".repeat(3000)]
        {
            let (_, coverage) = read(&text);
            let count = coverage.remarks.len() + coverage.statements.len();
            assert!((1..=51).contains(&count), "{count}");
        }
    }
}
