//! The seal on a quoted literal, from its filter to the guard.
//!
//! Tera's own mark for finished text ("safe") is not enough: in Tera 2.4 `(x | q)[1:-1]`,
//! `x | q | trim(pat="\"")` and `x | q | replace(…)` take the quotes away and are still safe, hence
//! printed. So a quoting filter gives text that is *not* safe and carries a keyed checksum; the
//! guard checks it and takes it off. Whatever happens in between breaks it. The key is random and
//! the program's own, so that no text of the user's can look sealed; it never reaches the output.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use tera::Value;

/// Begins a sealed text. No value of a template may contain it.
const MARK: char = '\u{1}';
const DIGITS: usize = 16;

static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

pub(super) fn seal(literal: &str) -> Value {
    let mut sealed = String::with_capacity(literal.len() + DIGITS + 1);
    sealed.push(MARK);
    sealed.extend(digits(literal).map(char::from));
    sealed.push_str(literal);
    Value::from(sealed)
}

/// The literal, if `text` is exactly what [`seal`] gave.
pub(super) fn open(text: &str) -> Option<&str> {
    let (sum, literal) = text.strip_prefix(MARK)?.split_at_checked(DIGITS)?;
    (sum.as_bytes() == digits(literal)).then_some(literal)
}

/// The checksum in letters: sixteen times four bits. By hand, as each host has several.
fn digits(literal: &str) -> [u8; DIGITS] {
    let sum = KEY.hash_one(literal).to_le_bytes();
    let mut digits = [b'a'; DIGITS];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(sum) {
        if let [low, high] = pair {
            *low += byte & 15;
            *high += byte >> 4;
        }
    }
    digits
}

/// Whether `text` was sealed, whole or in part.
pub(super) fn is_touched(text: &str) -> bool {
    text.contains(MARK)
}

/// A text with broken seals, as a message shows it.
pub(super) fn without_seals(text: &str) -> String {
    let mut pieces = text.split(MARK);
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        shown.push_str(piece.get(DIGITS..).unwrap_or_default());
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{MARK, is_touched, open, seal, without_seals};

    #[test]
    fn only_the_whole_opens() {
        let value = seal("\"a b\"");
        let sealed = value.as_str().unwrap();
        assert_eq!(open(sealed), Some("\"a b\""));
        assert_eq!(open(&sealed.to_uppercase()), None);
        assert_eq!(open(&format!("{sealed} ")), None);
        assert_eq!(open(&sealed[1..]), None);
        assert_eq!(open(&format!("{MARK}aaaaaaaaaaaaaaaax")), None);
        assert!(is_touched(&format!("x{sealed}")));
        assert_eq!(without_seals(&format!("x{sealed}y")), "x\"a b\"y");
    }
}
