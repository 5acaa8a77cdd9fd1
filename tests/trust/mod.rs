//! Promises: what may never happen, one file for each.

/// What `apply` says of the files is so.
mod apply_says_what_is;
/// Whatever passes `check` is rendered.
mod check_renders;
/// A checker writes and reads nothing for the site.
mod checkers_are_confined;
/// No configuration that a checker refuses, or could not read, is put in place.
mod checkers_decide;
/// A site reads the environment variables that are meant for it, and no others.
mod environment;
/// The exit code says what was found and done, whether or not anybody reads the output.
mod exit_codes;
/// A site, and a folder that it must not read.
mod folders;
/// Hashes tell nothing of secrets.
mod hashes;
/// A pattern of `include` comes to an end, whatever links there are.
mod include_patterns;
/// What a site may ask for is limited, and each limit has a message.
mod limits;
/// No link of others leads our writing elsewhere.
mod links;
/// Nothing in a site, a template or a file takes the program's stack.
mod no_abort;
/// A program that hangs ends nothing and holds nothing.
mod programs_are_limited;
/// A site reads the files below its folder, and no others.
mod reading_below_the_root;
/// Files that come back have the rights that they had.
mod rights;
/// No output shows a secret.
mod secrets;
/// One server's files are not replaced by another's by mistake.
mod servers_are_not_mixed_up;
/// What is printed for another program or a terminal does nothing there.
mod shown_text;
/// Pipes, devices and huge files are findings: no run waits for them, or fills the memory with them.
mod special_files;
/// What is staged for checkers is private, and goes.
mod staged_files_are_private;
/// A file that is exchanged for a link while it is read gives nothing away.
mod swapped_files;
