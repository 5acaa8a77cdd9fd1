//! ipxegen: one `site.yaml` in, every configuration file of a netboot server out.
//!
//! The road, in one direction; each stage takes the value of the one before and returns a value:
//!
//! ```text
//! site.yaml ──source──▶ text + where things stand in it
//!           ──schema──▶ what was written
//!           ──resolve─▶ what is meant            (model: valid by construction)   ┐
//!           ──rules───▶ what is still wrong      (reads the model only)           ├─▶ report
//!           ──plan────▶ which files, per server  (path, mode, template, view)     │
//!           ──render──▶ the trees                (one engine per dialect)         │
//!           ──checks──▶ what dhcpd -t, testparm … say of the trees                │
//!           ──files───▶ what of the site is on the server's disk                  ┘
//!           ──tree────▶ written whole, or not at all
//! ```
//!
//! Beside it: `checks` asks the daemons' own checkers, `diff` says what is between two renders, and
//! `apply` puts a machine's files in place, with its generations and its daemons. `progress` counts what
//! a run has done, for terminals; `parallel` divides what is long among processors. `process` runs other
//! programs with a time limit, `signals` notes a Ctrl-C while there is something to clean up, and `nofollow` opens
//! files without following a link.
//!
//! `dhcp` is the site as DHCP sees it: the policy that every DHCP server's file says in its own language, and what
//! it answers one client.
//!
//! `boot` holds the kinds of boot entry and `outputs` the daemons' files, one file each; `dialects`
//! knows how each language is quoted. Who may use whom is held by `tests/rooms.rs`.

pub mod apply;
pub mod boot;
pub mod checks;
pub mod commands;
pub mod dhcp;
pub mod dialects;
pub mod diff;
pub mod files;
pub mod invalid_value;
pub mod limits;
pub mod model;
pub mod nofollow;
pub mod outputs;
pub mod parallel;
pub mod plan;
pub mod process;
pub mod progress;
pub mod render;
pub mod report;
pub mod resolve;
pub mod rules;
pub mod schema;
pub mod signals;
pub mod source;
pub mod tree;
