//! The test suite, one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

/// `apply`, `rollback`, `history` and `recover` on a server with daemons.
mod apply;
/// `apply --probe`.
mod apply_probe;
/// Input that is not a site, and folders that cannot be written.
mod bad_input;
/// Ranges for BOOTP clients, asked on the wire.
mod bootp;
/// The scripts that build iPXE and Windows PE.
mod build_scripts;
/// `check` and `explain`, the server's files and the daemons' checkers.
mod check;
/// The daemons' own checkers on the expected files of the cases.
mod checkers;
/// The command line.
mod cli;
/// docs/compatibility.md and the list of boots in the lab.
mod compatibility;
/// Names that a shell completes.
mod completion;
/// The Ansible collection, the Salt formula, the pipelines and the Debian package.
mod contrib;
/// Copying rendered files by hand, as docs/using.md says.
mod copying;
/// Names that are chosen so that they meet in a table.
mod crafted_names;
/// The places in the site of messages from the daemons' checkers.
mod daemon_places;
/// Our quoting, read back by the real programs.
mod dialects;
/// `ipxegen diff`.
mod diff;
/// Our YAML reader compared with another one.
mod differential;
/// Other files that dnsmasq reads beside that of the site.
mod dnsmasq_files;
/// The files for DHCP servers that ipxegen does not manage.
mod external_dhcp;
/// Every finding has a case, and the examples have no finding.
mod findings;
/// The words of other tools, compared with the schema.
mod foreign_words;
/// Hostile text in every field of a site.
mod hostile_text;
/// `ipxegen hosts`.
mod hosts;
/// `ipxegen import`.
mod import;
/// `ipxegen import` of DHCPv6.
mod import6;
/// `ipxegen import` of files that somebody else wrote.
mod import_hostile;
/// Statements of imported files, each in the account once.
mod import_property;
/// `import --prove`.
mod import_prove;
/// Installers: answer files, kernel arguments, secrets.
mod installers;
/// Ctrl-C in the middle of a render.
mod interrupt;
/// Targets: a real tgtd, and initiators that should get in and that should not.
mod iscsi;
/// Kea with the rendered files, beyond its offers.
mod json_output;
mod kea;
mod layers;
mod log_facility;
/// The examples with another DHCP server.
mod moved_examples;
/// Exports and mount units, read by systemd's generator.
mod nfs;
/// The names of DHCP options, compared with dhcpd's.
mod option_names;
/// Templates of the user's own.
mod own_templates;
/// Hosts that are read and resolved in parallel.
mod parts;
/// `ipxegen probe`.
mod probe;
/// The progress line on a terminal.
mod progress;
/// Random sites, rendered and checked by the real dhcpd.
mod property;
/// README.md and docs/.
mod readme;
/// Devices as docs/recipes.md has them, and real DHCP servers.
mod recipes;
/// The rooms of `src/`: who may use whom.
mod reference;
mod rooms;
/// The line scanner compared with the YAML parser.
mod scanner;
/// The JSON Schema of site.yaml, used by an independent validator.
mod schema;
/// tftpd, smbd and the other daemons besides dhcpd.
mod services;
mod support;
/// What each built-in template sees, in docs/templates.md.
mod template_values;
/// The faults of docs/troubleshooting.md, and `ipxegen probe`.
mod ten_boots;
/// `ipxegen trace`.
mod trace;
/// The promises of docs/security.md, one file for each.
mod trust;
/// nginx and Apache with the rendered sites, asked by a client.
mod web;
/// A real dhcpd, asked over the network by every kind of client.
mod wire;
/// The same over IPv6.
mod wire6;
/// Every client of every site: the policy's answer, and the real servers'.
mod wire_policy;
mod wire_proxy;
