//! The texts that describe a site, and where things stand in them.
//!
//! Every text that a run reads is kept once, in [`Sources`]; values borrow from it, and a place
//! is a [`Span`]: a pair of byte offsets into the concatenation of all texts. Line and column
//! are counted only when a finding is printed.

mod texts;

pub use texts::{Location, SourceFile, Sources, Span};
