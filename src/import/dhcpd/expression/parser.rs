//! The parser of expressions, which follows `parse_expression` and `parse_non_binary` of common/parse.c.

use super::{Expression, Kind, OptionName, OptionNames};
use crate::dialects::dhcpd::lexer::{Token, TokenKind};

/// How deep an expression may be nested. dhcpd recurses without a limit.
const DEEPEST: usize = 60;

type Parsed<T> = Result<T, String>;

/// Reads the whole of some tokens as one expression.
///
/// # Errors
/// The reason why it is not an expression, or the part that the import does not know.
pub fn expression(tokens: &[Token<'_>], definitions: &OptionNames, kind: Kind) -> Parsed<Expression> {
    let mut parser = Parser::new(tokens, definitions);
    let parsed = parser.expression(kind)?;
    match parser.peek() {
        None => Ok(parsed),
        Some(token) => Err(format!("`{}` is not expected in an expression", shown(token))),
    }
}

/// Reads expressions from tokens.
#[derive(Debug)]
pub struct Parser<'a, 't> {
    tokens: &'a [Token<'t>],
    at: usize,
    depth: usize,
    definitions: &'a OptionNames,
}

/// An operator between two expressions.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    And,
    Or,
    Compare(Comparison),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Matches { ignore_case: bool },
}

fn shown<'t>(token: &Token<'t>) -> &'t str {
    token.text.get(..40).unwrap_or(token.text)
}

impl<'a, 't> Parser<'a, 't> {
    /// A parser of these tokens.
    #[must_use]
    pub const fn new(tokens: &'a [Token<'t>], definitions: &'a OptionNames) -> Self {
        Self { tokens, at: 0, depth: 0, definitions }
    }

    /// How many tokens were read.
    #[must_use]
    pub const fn read(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<&'a Token<'t>> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Parsed<&'a Token<'t>> {
        let token = self.peek().ok_or("an expression ends early")?;
        self.at += 1;
        Ok(token)
    }

    fn is_mark(&self, ahead: usize, mark: &str) -> bool {
        let token = self.tokens.get(self.at + ahead);
        token.is_some_and(|token| token.kind == TokenKind::Mark && token.text == mark)
    }

    fn mark(&mut self, mark: &str) -> Parsed<()> {
        if self.is_mark(0, mark) {
            self.at += 1;
            return Ok(());
        }
        let found = self.peek().map_or("the end", shown);
        Err(format!("`{mark}` is expected in an expression, not `{found}`"))
    }

    fn operator(&mut self) -> Option<Operator> {
        let token = self.peek()?;
        let (operator, length) = match (token.kind, token.text) {
            (TokenKind::Word, word) if word.eq_ignore_ascii_case("and") => (Operator::And, 1),
            (TokenKind::Word, word) if word.eq_ignore_ascii_case("or") => (Operator::Or, 1),
            (TokenKind::Mark, "=") => (Operator::Compare(Comparison::Equal), 1),
            (TokenKind::Mark, "!") if self.is_mark(1, "=") => (Operator::Compare(Comparison::NotEqual), 2),
            (TokenKind::Mark, "~") if self.is_mark(1, "=") => {
                (Operator::Compare(Comparison::Matches { ignore_case: false }), 2)
            }
            (TokenKind::Mark, "~") if self.is_mark(1, "~") => {
                (Operator::Compare(Comparison::Matches { ignore_case: true }), 2)
            }
            _ => return None,
        };
        self.at += length;
        Some(operator)
    }

    /// An expression; `kind` decides what a bare number is.
    ///
    /// # Errors
    /// The reason why it is not one.
    pub fn expression(&mut self, kind: Kind) -> Parsed<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("an expression is nested more than {DEEPEST} levels deep"));
        }
        let parsed = self.operands(kind);
        self.depth -= 1;
        parsed
    }

    fn operands(&mut self, kind: Kind) -> Parsed<Expression> {
        // Left sides that wait for what follows a comparison.
        let mut waiting: Vec<(Expression, Operator)> = Vec::new();
        let (mut current, _) = self.operand(kind)?;
        let (mut alternations, mut last) = (0, None);
        while let Some(operator) = self.operator() {
            if let Operator::Compare(_) = operator {
                return Err("a comparison is compared".into());
            }
            alternations += usize::from(last.replace(operator) != Some(operator));
            if alternations + self.depth > DEEPEST {
                return Err(format!("`and` and `or` alternate more than {DEEPEST} times"));
            }
            let (next, compares) = self.operand(Kind::Boolean)?;
            if compares {
                waiting.push((std::mem::replace(&mut current, next), operator));
            } else {
                current = joined(vec![current, next], operator)?;
            }
        }
        // Equal operators one after the other are one list.
        while let Some((left, operator)) = waiting.pop() {
            let mut parts = vec![current, left];
            while let Some((left, _)) = waiting.pop_if(|(_, other)| *other == operator) {
                parts.push(left);
            }
            parts.reverse();
            current = joined(parts, operator)?;
        }
        Ok(current)
    }

    /// A term, or a comparison of two; whether it is a comparison.
    fn operand(&mut self, kind: Kind) -> Parsed<(Expression, bool)> {
        let left = self.term(kind)?;
        let start = self.at;
        match self.operator() {
            Some(Operator::Compare(comparison)) => {
                let right = self.term(left.kind())?;
                let differ = |one: Kind, other: Kind| one != other && one != Kind::Any && other != Kind::Any;
                if differ(left.kind(), right.kind()) {
                    return Err("an expression compares different types".into());
                }
                if left.kind() == Kind::Boolean {
                    return Err("a condition is compared".into());
                }
                let (left, right) = (Box::new(left), Box::new(right));
                let compared = match comparison {
                    Comparison::Equal => Expression::Equal(left, right),
                    Comparison::NotEqual => Expression::NotEqual(left, right),
                    Comparison::Matches { ignore_case } => Expression::Matches(left, right, ignore_case),
                };
                Ok((compared, true))
            }
            _ => {
                self.at = start;
                if let Some(token) = self.peek()
                    && token.kind == TokenKind::Mark
                    && matches!(token.text, "+" | "-" | "*" | "/" | "%" | "&" | "|" | "^")
                {
                    return Err("the import does not calculate".into());
                }
                Ok((left, false))
            }
        }
    }

    fn term(&mut self, kind: Kind) -> Parsed<Expression> {
        let token = self.next()?;
        match token.kind {
            TokenKind::Text => Ok(Expression::Data(token.decoded())),
            TokenKind::Mark if token.text == "(" => {
                let inside = self.expression(kind)?;
                self.mark(")")?;
                Ok(inside)
            }
            TokenKind::Word => self.word(token.text, kind),
            _ => Err(format!("`{}` begins no expression", shown(token))),
        }
    }

    fn word(&mut self, word: &str, kind: Kind) -> Parsed<Expression> {
        let boxed = Box::new;
        Ok(match word.to_ascii_lowercase().as_str() {
            "option" => Expression::Option(self.option()?),
            "config-option" => Expression::ConfigOption(self.option()?),
            "exists" => Expression::Exists(self.option()?),
            "known" => Expression::Known,
            "static" => Expression::Static,
            "hardware" => Expression::Hardware,
            "not" => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(format!("an expression is nested more than {DEEPEST} levels deep"));
                }
                let inside = self.term(Kind::Boolean)?;
                self.depth -= 1;
                if !matches!(inside.kind(), Kind::Boolean | Kind::Any) {
                    return Err("`not` needs a condition in parentheses".into());
                }
                Expression::Not(boxed(inside))
            }
            "substring" => {
                let [text, from, length] = self.three()?;
                Expression::Substring(boxed(text), boxed(from), boxed(length))
            }
            "suffix" => {
                self.mark("(")?;
                let text = self.argument(Kind::Data, ",")?;
                Expression::Suffix(boxed(text), boxed(self.argument(Kind::Numeric, ")")?))
            }
            "lcase" => {
                self.mark("(")?;
                Expression::Lower(boxed(self.argument(Kind::Data, ")")?))
            }
            "ucase" => {
                self.mark("(")?;
                Expression::Upper(boxed(self.argument(Kind::Data, ")")?))
            }
            "concat" => Expression::Concat(self.list()?),
            "pick-first-value" | "pick" => Expression::PickFirst(self.list()?),
            "packet" => {
                self.mark("(")?;
                let from = self.argument(Kind::Numeric, ",")?;
                Expression::Packet(boxed(from), boxed(self.argument(Kind::Numeric, ")")?))
            }
            "reverse" => {
                self.mark("(")?;
                let width = self.argument(Kind::Numeric, ",")?;
                Expression::Reverse(boxed(width), boxed(self.argument(Kind::Data, ")")?))
            }
            "binary-to-ascii" => {
                self.mark("(")?;
                let base = self.argument(Kind::Numeric, ",")?;
                let width = self.argument(Kind::Numeric, ",")?;
                let separator = self.argument(Kind::Data, ",")?;
                let bytes = self.argument(Kind::Data, ")")?;
                Expression::BinaryToAscii(Box::new([base, width, separator, bytes]))
            }
            "extract-int" => {
                self.mark("(")?;
                let text = self.argument(Kind::Data, ",")?;
                Expression::ExtractInt(boxed(text), self.bits()?)
            }
            "encode-int" => {
                self.mark("(")?;
                let number = self.argument(Kind::Numeric, ",")?;
                Expression::EncodeInt(boxed(number), self.bits()?)
            }
            "defined" => {
                self.mark("(")?;
                let name = self.next()?.text.to_owned();
                self.mark(")")?;
                Expression::Defined(name)
            }
            "leased-address" => Expression::Daemon("the address that the client gets"),
            "lease-time" => Expression::Daemon("the lease time"),
            "host-decl-name" => Expression::Daemon("the name of the host"),
            "client-state" => Expression::Daemon("the state of the client"),
            "filename" => Expression::Daemon("the file name that the client sends"),
            "server-name" => Expression::Daemon("the server name that the client sends"),
            "null" => Expression::Daemon("null"),
            "check" | "gethostname" | "gethostbyname" | "v6relay" | "ns-update" | "add" | "delete" => {
                return Err(format!("the import does not evaluate `{word}`"));
            }
            lower => return self.number_or_variable(word, lower, kind),
        })
    }

    /// A number, bytes in hex, or the name of a variable.
    fn number_or_variable(&mut self, word: &str, lower: &str, kind: Kind) -> Parsed<Expression> {
        if kind == Kind::Numeric && word.bytes().all(|byte| byte.is_ascii_digit()) {
            return number(word).map(Expression::Number);
        }
        // common/conflex.c: a word that begins with hex digits only, and may be bytes.
        if let Some(first) = byte(lower) {
            let mut bytes = vec![first];
            while self.is_mark(0, ":") {
                self.at += 1;
                let token = self.next()?;
                let next = byte(&token.text.to_ascii_lowercase());
                bytes.push(next.ok_or_else(|| format!("`{}` is not a byte in hex", shown(token)))?);
            }
            return Ok(Expression::Data(bytes));
        }
        if word.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(format!("`{word}` is neither a number nor bytes in hex"));
        }
        if self.is_mark(0, "(") {
            return Err(format!("the import does not evaluate the function `{word}`"));
        }
        Ok(Expression::Variable(word.to_owned()))
    }

    fn option(&mut self) -> Parsed<OptionName> {
        let first = self.next()?;
        if self.is_mark(0, ".") {
            self.at += 1;
            let second = self.next()?;
            let found = self.definitions.option(first.text, second.text);
            return found.ok_or_else(|| format!("no option is called `{}.{}`", shown(first), shown(second)));
        }
        let found = self.definitions.option("", first.text);
        found.ok_or_else(|| format!("no option is called `{}`", shown(first)))
    }

    fn argument(&mut self, kind: Kind, end: &str) -> Parsed<Expression> {
        let argument = self.expression(kind)?;
        if argument.kind() != kind && argument.kind() != Kind::Any {
            let is = if kind == Kind::Data { "a text" } else { "a number" };
            return Err(format!("an argument of a function is not {is}"));
        }
        self.mark(end)?;
        Ok(argument)
    }

    fn three(&mut self) -> Parsed<[Expression; 3]> {
        self.mark("(")?;
        Ok([
            self.argument(Kind::Data, ",")?,
            self.argument(Kind::Numeric, ",")?,
            self.argument(Kind::Numeric, ")")?,
        ])
    }

    fn list(&mut self) -> Parsed<Vec<Expression>> {
        self.mark("(")?;
        let mut all = Vec::new();
        loop {
            all.push(self.expression(Kind::Data)?);
            if self.is_mark(0, ")") {
                self.at += 1;
                return Ok(all);
            }
            self.mark(",")?;
        }
    }

    fn bits(&mut self) -> Parsed<u32> {
        let token = self.next()?;
        let bits = token.text.parse().ok().filter(|bits| matches!(bits, 8 | 16 | 32));
        self.mark(")")?;
        bits.ok_or_else(|| format!("`{}` is not 8, 16 or 32 bits", shown(token)))
    }
}

/// Joins conditions.
fn joined(parts: Vec<Expression>, operator: Operator) -> Parsed<Expression> {
    if parts.iter().any(|part| !matches!(part.kind(), Kind::Boolean | Kind::Any)) {
        return Err("`and` and `or` need conditions".into());
    }
    let mut all = Vec::with_capacity(parts.len());
    for (at, part) in parts.into_iter().enumerate() {
        match (part, operator) {
            // A list of the same operator; for the truth it does not matter how it is nested.
            (Expression::And(inside), Operator::And) | (Expression::Or(inside), Operator::Or) => {
                if at == 0 {
                    all = inside;
                } else {
                    all.extend(inside);
                }
            }
            (part, _) => all.push(part),
        }
    }
    Ok(if operator == Operator::And { Expression::And(all) } else { Expression::Or(all) })
}

/// A byte as one or two hex digits in lower case.
fn byte(word: &str) -> Option<u8> {
    let digits = (1..=2).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    u8::from_str_radix(word, 16).ok().filter(|_| digits)
}

/// A decimal number.
fn number(word: &str) -> Parsed<i64> {
    word.parse().map_err(|_| format!("`{word}` is not a number that fits"))
}
