//! argv to exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mailmuster::cli::hide_panic_messages();
    mailmuster::cli::run(std::env::args_os())
}
