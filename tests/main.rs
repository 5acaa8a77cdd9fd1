//! The test suite, one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

/// A machine's files and daemons, changed and brought back.
mod apply;
/// Input that is no site, and places that cannot be written.
mod bad_input;
/// The scripts that build iPXE and Windows PE.
mod build_scripts;
/// `check` and `explain`, the server's files and the daemons' checkers.
mod check;
/// What is rendered, read by the daemons' own checkers.
mod checkers;
/// The command line.
mod cli;
/// What goes with the program: for Ansible, for Salt, for pipelines, for Debian.
mod contrib;
/// A tree on its way to the machine.
mod copying;
/// What the daemons' checkers say, and the places in the site.
mod daemon_places;
/// The languages that we write, held to the real programs that read them.
mod dialects;
/// What would change, in the site's words and line by line.
mod diff;
/// Our reading of YAML against another reader's.
mod differential;
/// DHCP servers of others, and what they are told.
mod external_dhcp;
/// Every finding, with all its words.
mod findings;
/// Text that must not get out of its place.
mod hostile_text;
/// Installers, their answers and their secrets.
mod installers;
/// Ctrl-C in the middle of a render.
mod interrupt;
/// Targets: a real tgtd, and initiators that should get in and that should not.
mod iscsi;
/// Exports and mounts, as systemd's generator reads them.
mod nfs;
/// The names of DHCP options, compared with dhcpd's.
mod option_names;
/// Hosts that are read side by side.
mod parts;
/// What a run is at, on a terminal.
mod progress;
/// Sites made at random, and the real dhcpd.
mod property;
/// README.md and docs, held to the program.
mod readme;
/// The rooms of `src/`: who may use whom.
mod rooms;
/// The line scanner in front of the YAML parser, held to the parser.
mod scanner;
/// The JSON Schema of site.yaml, held to another validator.
mod schema;
/// The daemons besides dhcpd.
mod services;
mod support;
/// What may never happen, whatever somebody writes into a site: one file a promise.
mod trust;
/// The web servers' site files, asked by a client.
mod web;
/// A real dhcpd, asked on the wire by every kind of client.
mod wire;
/// The same over IPv6.
mod wire6;
