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

    /// It as a text of its own.
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
        write!(out, "{self}")
    }
}
