//! The `ipxegen` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ipxegen::commands::run(std::env::args_os())
}
