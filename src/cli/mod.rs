//! The command line: what was typed, what will be done, and everything that is printed.

pub(crate) mod args;
mod causes;
mod check;
mod core_dump;
mod development;
mod exit;
mod explain;
mod generate;
mod help;
mod identity;
mod init;
mod inspect;
mod job;
mod message;
mod panic;
mod passphrase;
mod progress;
mod provider;
mod questions;
mod settings;
mod values;
mod verify;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use exit::Exit;
use message::Console;

pub use panic::hide_panic_messages;

/// Runs the program with the words of the command line, the first being its own name.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(error) => {
            // help and version are answers, not errors
            let exit = if error.use_stderr() { Exit::NothingAttempted } else { Exit::Done };
            let _ = error.print();
            return exit.code(exit::base_among(&words));
        }
    };
    let base = cli.global.exit_base;
    let console = Console::new(&cli.global);
    let exit = match cli.command {
        Command::Generate(args) => generate::run(&args, &console),
        Command::Check(args) => check::run(&args, &console),
        Command::Init(args) => init::run(&args, &console),
        Command::Verify(args) => verify::run(&args, &console),
        Command::Inspect(args) => inspect::run(&args, &console),
        Command::Identity(command) => identity::run(&command, &console),
        Command::Provider(command) => provider::run(&command, &console),
    };
    console.exit(exit).code(base)
}
