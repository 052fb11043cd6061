//! The command line: arguments, settings, messages and exit codes.

mod args;
mod authorities;
mod changes;
mod commands;
mod core_dump;
mod development;
mod exit;
mod export;
mod export_error;
mod failure;
mod first_pass;
mod fleet_people;
mod fleet_scripts;
mod folder;
mod handover;
mod help;
mod hosting;
mod job;
mod known_folder;
mod leavers;
mod message;
mod misfits;
mod panic;
mod passphrase;
mod person;
mod probe_results;
mod progress;
mod questions;
mod reporter;
mod run;
mod settings;
mod signer_change;
mod stamps;
mod summaries;
mod wildcards;

use std::ffi::OsString;

use clap::{FromArgMatches, Parser};

use args::GlobalArgs;
use commands::Command;
use exit::Exit;
use failure::Failure;
use message::{Console, exit_after_writing};

pub use panic::hide_panic_messages;

/// Turns a list of people and a mail provider into signed mail settings for every device.
#[derive(Debug, Parser)]
#[command(name = "mailmuster", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// Runs the program with the words of the command line, the first being its own name. Returns the exit code,
/// which fits in eight bits but on Windows, whose agents may ask for larger ones by `--exit-base`.
pub fn run(words: impl IntoIterator<Item = OsString>) -> i32 {
    let words: Vec<OsString> = words.into_iter().collect();
    let parsed = help::command().try_get_matches_from(&words);
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            // help and version are answers, not errors
            let printed = error.print();
            let exit = if error.use_stderr() {
                Exit::NothingAttempted
            } else {
                exit_after_writing(Exit::Done, printed.err().map(|error| error.kind()))
            };
            return exit.code(exit::base_among(&words));
        }
    };
    let console = Console::new(&cli.global);
    let exit = cli.command.run(&console).unwrap_or_else(|Failure { exit, error }| {
        console.error(&*error);
        exit
    });
    console.exit(exit).code(cli.global.exit_base)
}
