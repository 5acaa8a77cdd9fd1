//! Promises, one file for each: what must never happen.

/// `apply` says truly which files are in place.
mod apply_says_what_is;
/// A site that passes `check` is rendered.
mod check_renders;
/// A site cannot use a checker to write or read files.
mod checkers_are_confined;
/// No configuration that a checker refuses, or could not read, is put in place.
mod checkers_decide;
/// A site reads only variables that begin with `IPXEGEN_` or are allowed.
mod environment;
/// The exit code says what was found and done, whether or not anybody reads the output.
mod exit_codes;
/// For other tests: a site, and a folder that it must not read.
mod folders;
/// Hashes tell nothing of secrets.
mod hashes;
/// A pattern of `include` comes to an end, whatever links there are.
mod include_patterns;
/// What a site may ask for is limited, and each limit has a message.
mod limits;
/// No link of others leads our writing elsewhere.
mod links;
/// Users of the machine neither stop a run nor make it hang.
mod local_users;
/// Nothing in a site, a template or a file overflows the program's stack.
mod no_abort;
/// A program that hangs is killed, and holds no lock.
mod programs_are_limited;
/// A site reads only files below its folder or an allowed one.
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
/// Files staged for checkers are private, and are removed.
mod staged_files_are_private;
/// A file that is swapped for a link while it is read is not followed.
mod swapped_files;
