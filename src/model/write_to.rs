//! Writing values without `fmt::Display`, for files that contain a million of them.

use std::fmt;

/// A value that is written for each host. It is written straight into the output: [`fmt::Display`] would make a
/// dynamic call for each piece of the text.
pub trait WriteTo {
    /// Writes it.
    ///
    /// # Errors
    /// The errors of `out`; a [`String`] has none.
    fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result;

    /// The text of the value.
    fn text(&self) -> String {
        let mut text = String::new();
        let _ = self.write_to(&mut text);
        text
    }
}

impl WriteTo for str {
    fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        out.write_str(self)
    }
}

impl<T: WriteTo + ?Sized> WriteTo for &T {
    fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        (**self).write_to(out)
    }
}

impl WriteTo for u16 {
    fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        u64::from(*self).write_to(out)
    }
}

impl WriteTo for u64 {
    fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let mut digits = [0; 20];
        let mut from = digits.len();
        let mut rest = *self;
        while let Some(place) = from.checked_sub(1).and_then(|at| digits.get_mut(at)) {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
            from -= 1;
            if rest == 0 {
                break;
            }
        }
        out.write_str(
            digits.get(from..).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::WriteTo;

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 9, 10, 3260, u64::from(u32::MAX), u64::MAX] {
            let mut text = String::new();
            number.write_to(&mut text).unwrap();
            assert_eq!(text, number.to_string());
        }
    }
}
