//! The `test` of a client class, evaluated for a client.

use std::borrow::Cow;

use super::super::clients::Asker;

/// How deep brackets may be nested.
const DEEPEST: usize = 32;

/// A test.
#[derive(Clone, Debug)]
pub(super) struct Test<'t> {
    /// Its tokens; none if it has a fault.
    tokens: Option<Vec<Token<'t>>>,
}

impl<'t> Test<'t> {
    /// Reads a test.
    pub(super) fn new(text: &'t str) -> Self {
        Self { tokens: tokens(text) }
    }

    /// Evaluates it; none if its result depends on something that the kind of a client does not tell. `member` tells
    /// whether the client is in a class.
    pub(super) fn evaluate(&self, asker: &Asker, member: &dyn Fn(&str) -> Option<bool>) -> Option<bool> {
        self.evaluate_with(&|name| option(asker, name), member)
    }

    /// The same for a client whose options `sends` tells: the outer `None` for one that its kind does not tell.
    pub(super) fn evaluate_with(
        &self,
        sends: &dyn Fn(&str) -> Option<Option<Vec<u8>>>,
        member: &dyn Fn(&str) -> Option<bool>,
    ) -> Option<bool> {
        let mut reader = Reader { tokens: self.tokens.as_ref()?, sends, member, depth: 0 };
        let result = reader.or()?;
        reader.tokens.is_empty().then_some(result?)
    }
}

/// A part of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name, a number, or a mark.
    Word(&'t str),
    /// The bytes of a text or of a number in hex.
    Bytes(Vec<u8>),
}

/// The tokens of a test; `None` if it has a fault.
pub(super) fn tokens(test: &str) -> Option<Vec<Token<'_>>> {
    let mut all = Vec::new();
    let mut rest = test.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => {
                let text = rest.get(1..)?.split_once('\'')?.0;
                all.push(Token::Bytes(text.as_bytes().to_vec()));
                text.len() + 2
            }
            '=' if rest.starts_with("==") => {
                all.push(Token::Word("=="));
                2
            }
            c if c.is_ascii_alphanumeric() || c == '_' => {
                let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
                let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
                let word = rest.get(..end)?;
                all.push(match word.strip_prefix("0x") {
                    Some(digits) => Token::Bytes(bytes(digits)?),
                    None => Token::Word(word),
                });
                end
            }
            c => {
                all.push(Token::Word(rest.get(..c.len_utf8())?));
                c.len_utf8()
            }
        };
        rest = rest.get(length..)?.trim_start();
    }
    Some(all)
}

/// The bytes of digits; an odd number of them has a zero in front.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let whole = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits.to_owned() };
    (0..whole.len() / 2).map(|at| u8::from_str_radix(whole.get(2 * at..2 * at + 2)?, 16).ok()).collect()
}

struct Reader<'t, 'a> {
    tokens: &'a [Token<'t>],
    sends: &'a dyn Fn(&str) -> Option<Option<Vec<u8>>>,
    member: &'a dyn Fn(&str) -> Option<bool>,
    depth: usize,
}

impl<'t, 'a> Reader<'t, 'a> {
    fn next_is(&self, word: &str) -> bool {
        matches!(self.tokens.first(), Some(Token::Word(known)) if *known == word)
    }

    fn take(&mut self) -> Option<&'a Token<'t>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn expect(&mut self, word: &str) -> Option<()> {
        matches!(self.take()?, Token::Word(known) if *known == word).then_some(())
    }

    /// The outer `Option` is the syntax, the inner one the result.
    fn or(&mut self) -> Option<Option<bool>> {
        let mut result = self.and()?;
        while self.next_is("or") {
            self.take();
            let other = self.and()?;
            result = match (result, other) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        Some(result)
    }

    fn and(&mut self) -> Option<Option<bool>> {
        let mut result = self.not()?;
        while self.next_is("and") {
            self.take();
            let other = self.not()?;
            result = match (result, other) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        Some(result)
    }

    fn not(&mut self) -> Option<Option<bool>> {
        let mut negated = false;
        while self.next_is("not") {
            self.take();
            negated = !negated;
        }
        let result = self.primary()?;
        Some(result.map(|result| result != negated))
    }

    fn primary(&mut self) -> Option<Option<bool>> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let result = self.primary_within();
        self.depth -= 1;
        result
    }

    fn primary_within(&mut self) -> Option<Option<bool>> {
        if self.next_is("(") {
            self.take();
            let result = self.or()?;
            self.expect(")")?;
            return Some(result);
        }
        if self.next_is("member") {
            self.take();
            self.expect("(")?;
            let Token::Bytes(name) = self.take()? else { return None };
            self.expect(")")?;
            return Some((self.member)(std::str::from_utf8(name).ok()?));
        }
        let (left, exists) = self.operand()?;
        if let Some(exists) = exists {
            return Some(exists);
        }
        self.expect("==")?;
        let (right, _) = self.operand()?;
        Some(left.zip(right).map(|(left, right)| left == right))
    }

    /// The bytes of an operand, if they are known; or whether an option exists.
    #[expect(clippy::type_complexity, reason = "two results, each of which may be unknown")]
    fn operand(&mut self) -> Option<(Option<Cow<'a, [u8]>>, Option<Option<bool>>)> {
        match self.take()? {
            Token::Bytes(bytes) => Some((Some(Cow::Borrowed(bytes)), None)),
            Token::Word("substring") => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return None;
                }
                self.expect("(")?;
                let (bytes, _) = self.operand()?;
                self.expect(",")?;
                let start = self.number()?;
                self.expect(",")?;
                let length = self.number();
                if length.is_none() {
                    self.expect("all")?;
                }
                self.expect(")")?;
                self.depth -= 1;
                let part = bytes.map(|bytes| {
                    bytes.iter().copied().skip(start).take(length.unwrap_or(usize::MAX)).collect()
                });
                Some((part, None))
            }
            Token::Word("option") => {
                self.expect("[")?;
                let Token::Word(name) = self.take()? else { return None };
                self.expect("]")?;
                self.expect(".")?;
                let Token::Word(form) = self.take()? else { return None };
                let value = (self.sends)(name);
                match (*form, value) {
                    ("hex" | "text", value) => {
                        Some((value.map(|value| Cow::Owned(value.unwrap_or_default())), None))
                    }
                    ("exists", value) => Some((None, Some(value.map(|value| value.is_some())))),
                    _ => None,
                }
            }
            // A number has four bytes.
            Token::Word(word) if word.parse::<u32>().is_ok() => {
                let number = word.parse::<u32>().ok();
                Some((number.map(|number| Cow::Owned(number.to_be_bytes().to_vec())), None))
            }
            // `pkt4.mac`, `relay4[1].hex` and the like, which a kind of client does not tell.
            Token::Word(_) => {
                while self.next_is(".") || self.next_is("[") {
                    let closes = self.next_is("[");
                    self.take();
                    self.take()?;
                    if closes {
                        self.expect("]")?;
                    }
                }
                Some((None, None))
            }
        }
    }

    fn number(&mut self) -> Option<usize> {
        match self.tokens.first()? {
            Token::Word(word) => {
                let number = word.parse().ok()?;
                self.take();
                Some(number)
            }
            Token::Bytes(_) => None,
        }
    }
}

/// A client's value of an option; the outer `None` if its kind does not tell.
fn option(asker: &Asker, name: &str) -> Option<Option<Vec<u8>>> {
    let client = &asker.client;
    let value = match name {
        "60" | "vendor-class-identifier" => client.vendor_class.as_bytes().to_vec(),
        "77" | "user-class" => client.user_class.clone(),
        "93" | "client-system" => client.arch.iter().flat_map(|arch| arch.to_be_bytes()).collect(),
        "97" | "uuid-guid" => client.uuid.clone(),
        // iPXE's own options.
        "175" => client.features.bytes(),
        _ => return None,
    };
    Some(Some(value).filter(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::super::super::clients::ASKERS;
    use super::Test;

    fn kinds(test: &str) -> String {
        let askers = &*ASKERS;
        let test = Test::new(test);
        let holds = askers.iter().filter(|asker| !asker.known && asker.client.arch.len() == 1);
        let holds = holds.filter(|asker| test.evaluate(asker, &|name| Some(name == "KNOWN")) == Some(true));
        holds.map(|asker| asker.name.replace(' ', "-")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn tests_of_classes_are_evaluated() {
        let tftp = "iPXE/7-with-TFTP-alone";
        assert_eq!(kinds("option[93].hex == 0x0007"), format!("efi_x64/7 iPXE/7 iPXE,-RFC-3004 {tftp}"));
        assert_eq!(
            kinds("option[client-system].hex == 0x0006 or option[93].hex==0x000B"),
            "efi_ia32/6 efi_arm64/11 iPXE/6 iPXE/11"
        );
        assert_eq!(
            kinds("option[77].hex == 'iPXE' and not (option[93].hex == 0x0000)"),
            format!("iPXE/6 iPXE/7 iPXE/11 {tftp}")
        );
        assert_eq!(
            kinds("substring(option[60].hex,0,10) == 'HTTPClient' and not option[77].exists"),
            "http_ia32/15 http_x64/16 http_arm32/18 http_arm64/19 http_riscv64/28 http_loongarch64/40"
        );
        assert_eq!(
            kinds("member('KNOWN') and option[175].exists and option[93].hex == 0x0000"),
            "iPXE/0 iPXE/0-with-TFTP-alone"
        );
        assert_eq!(kinds("substring(pkt4.mac,0,3) == 0x525400"), "");
        // Kea compares four bytes with two, so this never matches.
        assert_eq!(kinds("option[93].hex == 7"), "");
        assert_eq!(Test::new("not (pkt4.mac == 0x00)").evaluate(&ASKERS[0], &|_| None), None);
        assert_eq!(kinds(&"substring(".repeat(1_000_000)), "");
    }
}
