//! Arguments that commands share. `config::options` has those that are keys of the config file too.

use std::path::PathBuf;

use clap::{Args, value_parser};

use super::exit::LARGEST_BASE;

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct GlobalArgs {
    /// Print one JSON object per line on standard output
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Print one summary line, errors, and what must not stay silent: people left out,
    /// guesses, mail servers changed by a file, the development identity
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// Add N to every exit code but 0, for agents that keep low numbers for themselves
    #[arg(long, global = true, value_name = "N", default_value_t = 0, value_parser = value_parser!(i32).range(0..=LARGEST_BASE))]
    pub(super) exit_base: i32,
}

/// The config file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Config file")]
pub(super) struct ConfigArgs {
    /// Config file; a flag overrides it [default: mailmuster.toml next to the list]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,
    /// Ignore the mailmuster.toml next to the list
    #[arg(long)]
    pub(super) no_config: bool,
}

/// The list.
#[derive(Debug, Args)]
pub(super) struct ListArg {
    /// The list: CSV, XLSX, XLS or ODS with a header and a row for each person; `-` is
    /// standard input
    #[arg(value_name = "LIST")]
    pub(super) path: PathBuf,
}
