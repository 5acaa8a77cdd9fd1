//! Promises: what may never happen, one file for each.

/// A site reads the environment variables that are meant for it, and no others.
mod environment;
/// A site, and a folder that it must not read.
mod folders;
/// A pattern of `include` comes to an end, whatever links there are.
mod include_patterns;
/// A site reads the files below its folder, and no others.
mod reading_below_the_root;
/// No output shows a secret.
mod secrets;
/// Pipes, devices and huge files are findings: no run waits for them, or fills the memory with them.
mod special_files;
/// A file that is exchanged for a link while it is read gives nothing away.
mod swapped_files;
