//! `man`: the man pages.

use std::path::PathBuf;

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::help;
use crate::cli::message::Console;
use crate::diagnostic::Count;
use crate::output::write_shared_files;

/// Write a man page for the program and for each command
#[derive(Debug, Args)]
pub(in crate::cli) struct ManArgs {
    /// The folder; pages that an earlier version wrote there are replaced
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl ManArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let pages = help::pages();
        write_shared_files(&self.folder, &pages).map_err(|error| match error.written {
            0 => error.into(),
            _ => Failure::midway(error),
        })?;
        let count = Count(pages.len() as u64, "man page");
        console.print(&format_args!("{count} in {}", self.folder.display()));
        Ok(Exit::Done)
    }
}
