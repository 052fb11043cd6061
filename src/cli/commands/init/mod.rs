//! `mailmuster init`: the few questions, and the file that holds the answers.

mod choices;
mod list;
mod own;
mod toml;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::args::ProtocolArg;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::help::after_list_help;
use crate::cli::message::Console;
use crate::cli::questions::Questions;
use crate::config::write::SCHEMA;
use crate::config::{FILE_NAME, path_beside, value};
use crate::diagnostic::Lines;
use crate::domain::identifier::ReverseDns;
use crate::input::columns::{ColumnList, Map};
use crate::input::encoding::EncodingName;
use crate::output::{OutputError, write_new_file};
use crate::provider::own::NamedServer;
use choices::Choices;

/// Ask a few questions and write mailmuster.toml, the config file of later runs
#[derive(Debug, Args)]
#[command(after_help = after_list_help())]
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
    /// Name a column by hand, for example email='Work address'
    #[arg(long, value_name = "FIELD=HEADER")]
    map: Vec<Map>,
    /// Fields of the columns of a list without a header, e.g. email,-,display_name
    #[arg(long, value_name = "FIELDS", conflicts_with = "map", allow_hyphen_values = true)]
    columns: Option<ColumnList>,
    /// Sheet of a spreadsheet, by name or number [default: the first that is not empty]
    #[arg(long, value_name = "NAME|N")]
    sheet: Option<String>,
    /// Delimiter between cells: one character, or `tab` [default: detected]
    #[arg(long, value_name = "CHAR", value_parser = value::delimiter)]
    delimiter: Option<u8>,
    /// Character encoding, e.g. windows-1250 [default: detected]
    #[arg(long, value_name = "NAME")]
    encoding: Option<EncodingName>,
    /// Built-in provider, provider file, or `auto` to choose by the domain of each address
    #[arg(long, value_name = "ID|FILE|auto")]
    provider: Option<String>,
    /// The incoming server of your own domain, for a provider file that is written beside
    /// the config file
    #[arg(
        long,
        value_name = "HOST[:PORT]",
        conflicts_with = "provider",
        requires = "outgoing_server"
    )]
    incoming_server: Option<NamedServer>,
    /// The outgoing server of your own domain
    #[arg(
        long,
        value_name = "HOST[:PORT]",
        conflicts_with = "provider",
        requires = "incoming_server"
    )]
    outgoing_server: Option<NamedServer>,
    /// Protocol for receiving mail
    #[arg(long, value_enum)]
    protocol: Option<ProtocolArg>,
    /// Name of your organization, shown on devices and on the sheet
    #[arg(long, value_name = "NAME", value_parser = value::organization)]
    organization: Option<String>,
    /// Your domain in reverse, the namespace of every identifier on devices
    #[arg(long, value_name = "REVERSE-DNS")]
    identifier: Option<ReverseDns>,
    /// Output folder of the runs
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Signing certificate, PEM; the file may also contain the key and the chain
    #[arg(long, value_name = "FILE", conflicts_with = "sign_p12")]
    sign_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "sign_cert")]
    sign_key: Option<PathBuf>,
    /// Intermediate certificates, PEM
    #[arg(long, value_name = "FILE", requires = "sign_cert")]
    sign_chain: Option<PathBuf>,
    /// Certificate, key and chain in one PKCS#12 file (.p12, .pfx)
    #[arg(long, value_name = "FILE")]
    sign_p12: Option<PathBuf>,
}

impl InitArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        if self.schema {
            console.answer_lines(&Lines::document(SCHEMA));
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
        let list = list.map_or_else(|| "LIST".to_owned(), |list| list.display().to_string());
        let config = if path == path_beside(Path::new(&list)) {
            String::new()
        } else {
            format!(" --config {}", path.display())
        };
        console.print(&format_args!(
            "{} is written; next: mailmuster check {list}{config}",
            path.display()
        ));
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
