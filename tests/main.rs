//! The test suite, one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

/// `check` and `explain`, the server's files and the daemons' checkers.
mod check;
/// The languages that we write, held to the real programs that read them.
mod dialects;
/// Sites made at random, and the real dhcpd.
mod property;
/// The rooms of `src/`: who may use whom.
mod rooms;
/// The JSON Schema of site.yaml, held to another validator.
mod schema;
mod support;
/// A real dhcpd, asked on the wire by every kind of client.
mod wire;
