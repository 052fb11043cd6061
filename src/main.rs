//! argv to exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mailmuster::cli::run(std::env::args_os())
}
