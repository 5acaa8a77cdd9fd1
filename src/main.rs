//! The `ipxegen` program.

fn main() {}
