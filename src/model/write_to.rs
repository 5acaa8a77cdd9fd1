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
        let (mut at, mut left) = (digits.len(), *self);
        for place in digits.iter_mut().rev() {
            *place = b'0' + (left % 10) as u8;
            (at, left) = (at - 1, left / 10);
            if left == 0 {
                break;
            }
        }
        out.write_str(digits.get(at..).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::WriteTo as _;

    #[test]
    fn a_number_is_written_as_display_writes_it() {
        for number in [0, 7, 10, 99, 3260, 65_535, 1_000_000, u64::MAX] {
            let mut out = String::new();
            number.write_to(&mut out).unwrap();
            assert_eq!(out, number.to_string());
        }
    }
}
