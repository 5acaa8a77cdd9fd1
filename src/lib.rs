//! ipxegen reads one `site.yaml` and writes every configuration file of a network boot server.
//!
//! A site passes through these stages in one direction. Each stage takes the result of the stage before and returns a
//! new value:
//!
//! ```text
//! site.yaml ──source──▶ texts, and nodes of YAML with their places
//!           ──schema──▶ the site as written
//!           ──resolve─▶ the model: defaults, inheritance, references      ┐
//!           ──rules───▶ conflicts between correct values                  ├─▶ report
//!           ──plan────▶ the files of each server                          │
//!           ──render──▶ their content, one template engine per language   │
//!           ──checks──▶ the messages of dhcpd -t, testparm …              │
//!           ──files───▶ the site's files on the server's disk             ┘
//!           ──tree────▶ the files on the disk, all of them or none
//! ```
//!
//! `checks` runs the daemons' own checkers, `diff` compares two renders, and `apply` installs a machine's files, keeps
//! their generations and reloads its daemons. `progress` shows progress on a terminal, `parallel` divides work among
//! processors, `process` runs other programs with a time limit, `signals` delays a Ctrl-C while something has to be
//! cleaned up, and `nofollow` opens files without following a link.
//!
//! `trial` starts the DHCP server with new files in a network of its own before they are put in place.
//!
//! `dhcp` is the DHCP policy of the site, independent of the DHCP server: the outputs write it in the language of each
//! server, and `answer` computes what one client gets.
//!
//! `boot` has one file for each kind of boot entry, `outputs` one for each daemon or script, and `dialects` one for each
//! language and its quoting. `tests/rooms.rs` lists which room may use which. docs/architecture.md describes all rooms.

pub mod apply;
pub mod boot;
pub mod checks;
pub mod commands;
pub mod dhcp;
pub mod dialects;
pub mod diff;
pub mod files;
pub mod import;
pub mod invalid_value;
pub mod limits;
pub mod model;
pub mod nofollow;
pub mod outputs;
pub mod parallel;
pub mod plan;
pub mod probe;
pub mod process;
pub mod progress;
pub mod render;
pub mod report;
pub mod resolve;
pub mod rules;
pub mod schema;
pub mod signals;
pub mod source;
pub mod trace;
pub mod tree;
pub mod trial;
pub mod wire;
