//! The test suite, one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

/// A machine's files and daemons, changed and brought back.
mod apply;
/// The languages that we write, held to the real programs that read them.
mod dialects;
/// What would change, in the site's words and line by line.
mod diff;
/// The rooms of `src/`: who may use whom.
mod rooms;
mod support;
/// A real dhcpd, asked on the wire by every kind of client.
mod wire;
