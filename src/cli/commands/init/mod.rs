//! `mailmuster init`: the few questions, and the file that holds the answers.

mod choices;
mod list;
mod next;
mod own;
mod toml;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::message::Console;
use crate::cli::questions::Questions;
use crate::config::options::{ListOptions, OutputOptions, ProviderOptions, SignerOptions};
use crate::config::{FILE_NAME, path_beside, schema};
use crate::diagnostic::Lines;
use crate::output::{OutputError, write_new_file};
use crate::provider::own::NamedServer;
use choices::Choices;
use next::Next;

/// Ask a few questions and write mailmuster.toml, the config file of later runs
#[derive(Debug, Args)]
pub(in crate::cli) struct InitArgs {
    /// The list to configure; the config file is written next to it
    #[arg(value_name = "LIST")]
    list: Option<PathBuf>,
    /// Config file to write [default: mailmuster.toml next to the list]
    #[arg(long, value_name = "FILE")]
    out_file: Option<PathBuf>,
    /// Do not ask: use the flags, and defaults for the rest
    #[arg(long, short)]
    yes: bool,
    /// Print the JSON Schema of the config file
    #[arg(long)]
    schema: bool,
    #[command(flatten)]
    read: ListOptions,
    #[command(flatten)]
    provider: ProviderOptions,
    /// Server for receiving mail of your own domain, for a provider file that is written
    /// next to the config file
    #[arg(
        long,
        help_heading = "Provider",
        value_name = "HOST[:PORT]",
        conflicts_with = "provider",
        requires = "outgoing_server"
    )]
    incoming_server: Option<NamedServer>,
    /// Server for sending mail of your own domain
    #[arg(
        long,
        help_heading = "Provider",
        value_name = "HOST[:PORT]",
        conflicts_with = "provider",
        requires = "incoming_server"
    )]
    outgoing_server: Option<NamedServer>,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    signer: SignerOptions,
}

impl InitArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        if self.schema {
            console.print_lines(&Lines::document(&schema::text()));
            return Ok(Exit::Done);
        }
        let input = io::stdin();
        let mut questions =
            (!self.yes && input.is_terminal()).then(|| Questions::new(input.lock(), console));
        let mut list = self.list.clone();
        if let (Some(questions), None) = (&mut questions, &list) {
            list = questions.file("the list of people", &list::proposal())?;
        }
        let path = self.target(list.as_deref());
        if path.symlink_metadata().is_ok() {
            return Err(OutputError::Exists { path }.into());
        }
        let choices = Choices::make(self, list.as_deref(), &path, questions.as_mut(), console)?;
        if let Some(own) = choices.own_provider() {
            write_new_file(&own.path, own.text.as_bytes())?;
            console.line(&format_args!(
                "{} is written: compare its ports and security with what your mail host says",
                own.path.display()
            ));
        }
        write_new_file(&path, choices.to_toml(folder_of(&path)).as_bytes())?;
        let next = Next::new(list.as_deref(), &path);
        console.print(&format_args!("{} is written; next: {next}", path.display()));
        #[cfg(feature = "probe")]
        if let (Some(questions), Ok(_)) = (&mut questions, choices.resolver()) {
            return next.offer(questions, console);
        }
        Ok(Exit::Done)
    }

    /// The file to write: beside the list, where the next run looks for it.
    fn target(&self, list: Option<&Path>) -> PathBuf {
        self.out_file
            .clone()
            .unwrap_or_else(|| list.map_or_else(|| PathBuf::from(FILE_NAME), path_beside))
    }
}

/// The folder that paths in the file start from.
fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}
