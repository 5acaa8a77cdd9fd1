//! The place in an imported file that a part of the draft comes from.

use std::fmt;
use std::rc::Rc;

use crate::model::{TakeText, WriteTo};
use crate::report::visible;

/// A line of an imported file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The path of the file, as the user gave it.
    pub file: Rc<str>,
    /// The line, from 1.
    pub line: u32,
}

impl WriteTo for Origin {
    fn write_to(&self, out: &mut impl TakeText) -> fmt::Result {
        // A file's name may hold a line break, which would end the comment that it is printed in.
        out.write_str(&visible(&self.file))?;
        out.write_char(':')?;
        u64::from(self.line).write_to(out)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

/// Finds the lines of bytes in a text; each step takes the time of the distance to the last one.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    file: Rc<str>,
    text: &'t str,
    byte: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    /// The lines of the text of a file.
    #[must_use]
    pub fn new(file: &str, text: &'t str) -> Self {
        Self { file: file.into(), text, byte: 0, line: 1 }
    }

    /// The line of a byte.
    pub fn at(&mut self, byte: usize) -> Origin {
        let between = self.text.as_bytes().get(self.byte.min(byte)..self.byte.max(byte)).unwrap_or_default();
        let ends = between.iter().filter(|byte| **byte == b'\n').count();
        let ends = u32::try_from(ends).unwrap_or(u32::MAX);
        self.line = if byte < self.byte {
            self.line.saturating_sub(ends).max(1)
        } else {
            self.line.saturating_add(ends)
        };
        self.byte = byte;
        Origin { file: Rc::clone(&self.file), line: self.line }
    }
}
