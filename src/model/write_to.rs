//! Writing what there is a million times.

use std::fmt;

/// What is written for each host: straight into what takes it, where [`fmt::Display`] asks anew for each
/// piece of a text whom to hand it to.
pub trait WriteTo {
    /// Writes it.
    ///
    /// # Errors
    /// Those of `out`; a [`String`] has none.
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
        write!(out, "{self}")
    }
}
