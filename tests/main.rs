//! The test suite, one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

/// What goes with the program: for Ansible, for Salt, for pipelines, for Debian.
mod contrib;
/// The languages that we write, held to the real programs that read them.
mod dialects;
/// The rooms of `src/`: who may use whom.
mod rooms;
mod support;
/// A real dhcpd, asked on the wire by every kind of client.
mod wire;
