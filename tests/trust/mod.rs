//! The promises of docs/security.md, one file for each.

/// The last message of `apply` says which files are in place.
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
/// No hash reveals a secret.
mod hashes;
/// A pattern of `include` ends, also where links lead in a circle.
mod include_patterns;
/// Every resource that a site can ask for has a limit with a message.
mod limits;
/// ipxegen writes through no link that another user can set.
mod links;
/// Other users of the machine cannot stop a run or make it hang.
mod local_users;
/// Nothing in a site, a template or a file overflows the program's stack.
mod no_abort;
/// A program that hangs is killed, and holds no lock.
mod programs_are_limited;
/// A site reads only files below its folder or an allowed one.
mod reading_below_the_root;
/// For other tests: a machine whose daemons are reloaded by a stand-in.
mod reloads;
/// Restored files have their old owner, mode, ACLs and attributes.
mod rights;
/// No output shows a secret.
mod secrets;
/// `apply` does not install the files of another server by mistake.
mod servers_are_not_mixed_up;
/// Printed text does not act on a terminal or in another program.
mod shown_text;
/// Pipes, devices and huge files are findings: no run waits for them, or fills the memory with them.
mod special_files;
/// Files staged for checkers are private, and are removed.
mod staged_files_are_private;
/// A file that is swapped for a link while it is read is not followed.
mod swapped_files;
