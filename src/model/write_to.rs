//! Writing values without `fmt::Display`, for files that contain a million of them.

use std::fmt;

/// A value that is written for each host. It is written straight into the output: [`fmt::Display`] would make a
/// dynamic call for each piece of the text.
pub trait WriteTo {
    /// Writes it.
    ///
    /// # Errors
    /// The errors of `out`; a [`String`] and a [`TextBytes`] have none.
    fn write_to(&self, out: &mut impl TakeText) -> fmt::Result;

    /// The text of the value.
    fn text(&self) -> String {
        // Enough for nearly all values. A text that grows asks `malloc` again for each step, and threads wait for each other there.
        let mut text = String::with_capacity(64);
        let _ = self.write_to(&mut text);
        text
    }
}

/// Takes text piece by piece.
pub trait TakeText: fmt::Write {
    /// Takes ASCII.
    ///
    /// # Errors
    /// Those of [`fmt::Write::write_str`].
    fn write_ascii(&mut self, ascii: &[u8]) -> fmt::Result {
        self.write_str(std::str::from_utf8(ascii).unwrap_or_default())
    }
}

impl TakeText for String {}
impl TakeText for fmt::Formatter<'_> {}

/// Text of a file as bytes. A [`String`] has to check that digits are UTF-8, which for the addresses of a million hosts
/// takes as long as writing them.
#[derive(Debug, Default)]
pub struct TextBytes(pub Vec<u8>);

impl fmt::Write for TextBytes {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

impl TakeText for TextBytes {
    fn write_ascii(&mut self, ascii: &[u8]) -> fmt::Result {
        self.0.extend_from_slice(ascii);
        Ok(())
    }
}

impl WriteTo for str {
    fn write_to(&self, out: &mut impl TakeText) -> fmt::Result {
        out.write_str(self)
    }
}

impl<T: WriteTo + ?Sized> WriteTo for &T {
    fn write_to(&self, out: &mut impl TakeText) -> fmt::Result {
        (**self).write_to(out)
    }
}

impl WriteTo for u16 {
    fn write_to(&self, out: &mut impl TakeText) -> fmt::Result {
        u64::from(*self).write_to(out)
    }
}

impl WriteTo for u64 {
    fn write_to(&self, out: &mut impl TakeText) -> fmt::Result {
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
        out.write_ascii(digits.get(from..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Dotted, Mac};
    use super::{TextBytes, WriteTo};

    #[test]
    fn bytes_are_those_of_the_text() {
        let (ip, mac) = (Dotted([10, 0, 0, 200].into()), Mac::parse("52:54:00:00:00:0a").unwrap());
        let mut bytes = TextBytes::default();
        ip.write_to(&mut bytes).unwrap();
        mac.write_to(&mut bytes).unwrap();
        3260_u64.write_to(&mut bytes).unwrap();
        assert_eq!(String::from_utf8(bytes.0).unwrap(), format!("{ip}{mac}3260"));
    }

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 9, 10, 3260, u64::from(u32::MAX), u64::MAX] {
            let mut text = String::new();
            number.write_to(&mut text).unwrap();
            assert_eq!(text, number.to_string());
        }
    }
}
