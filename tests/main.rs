//! The test suite, one binary.

mod dialects;
mod support;
