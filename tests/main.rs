//! The test suite, one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

/// A tree on its way to the machine.
mod copying;
/// The languages that we write, held to the real programs that read them.
mod dialects;
/// The rooms of `src/`: who may use whom.
mod rooms;
/// The daemons besides dhcpd.
mod services;
mod support;
/// A real dhcpd, asked on the wire by every kind of client.
mod wire;
