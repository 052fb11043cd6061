//! Groups of arguments that commands share.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum, value_parser};

mod signing;

pub(super) use signing::SigningArgs;

use super::exit::LARGEST_BASE;
use crate::config::value;
use crate::domain::contact::Contact;
use crate::domain::identifier::ReverseDns;
use crate::domain::language::Language;
use crate::domain::server::IncomingProtocol;
use crate::input::columns::{ColumnList, Map};
use crate::input::encoding::EncodingName;
use crate::provider::Override;
use crate::render::RENDERERS;

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
    #[arg(long, global = true, value_name = "N", default_value_t = 0, value_parser = value_parser!(u32).range(0..=LARGEST_BASE))]
    pub(super) exit_base: u32,
}

/// The config file.
#[derive(Debug, Args)]
#[command(next_help_heading = "Config file")]
pub(super) struct ConfigArgs {
    /// Config file; a flag overrides it [default: mailmuster.toml next to the list]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,
    /// Ignore the mailmuster.toml next to the list
    #[arg(long)]
    pub(super) no_config: bool,
}

/// What is made.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Files")]
pub(super) struct OutputArgs {
    /// Output folder: new, empty, or that of an earlier run
    #[arg(long, short, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Use the output folder even if another user owns it or everybody can write to it
    #[arg(long)]
    pub(super) trust_folder: bool,
    /// Write nothing if any row is at fault or the encoding is a guess
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub(super) strict: Option<bool>,
    /// Formats to make [default: all]
    #[arg(long, value_name = "FORMAT", value_delimiter = ',',
          value_parser = PossibleValuesParser::new(RENDERERS.iter().map(|renderer| renderer.format().id)))]
    pub(super) only: Vec<String>,
    /// Name of your organization, shown on devices and on the sheet
    #[arg(long, value_name = "NAME", value_parser = value::organization)]
    pub(super) organization: Option<String>,
    /// Contact for help, e.g. `IT help desk, +1 555 0100`; shown on the sheet
    #[arg(long, value_name = "TEXT", value_parser = value::contact)]
    pub(super) contact: Option<Contact>,
    /// Language of the sheet, by tag or name; a `language` column in the list wins
    /// [default: en]
    #[arg(long, value_name = "LANGUAGE", value_parser = value::language)]
    pub(super) language: Option<Language>,
    /// Your domain in reverse, the namespace of every identifier on devices; never change
    /// it between runs [default: local.mailmuster]
    #[arg(long, value_name = "REVERSE-DNS")]
    pub(super) identifier: Option<ReverseDns>,
    /// Number of threads [default: one per core]
    #[arg(long, short, value_name = "N", value_parser = value_parser!(u16).range(1..=i64::from(value::MOST_JOBS)))]
    pub(super) jobs: Option<u16>,
}

/// The list and how to read it.
#[derive(Debug, Args)]
#[command(next_help_heading = "List")]
pub(super) struct ListArgs {
    /// The list: CSV, XLSX, XLS or ODS with a header and a row for each person; `-` is
    /// standard input
    #[arg(value_name = "LIST")]
    pub(super) list: PathBuf,
    /// Column of a field, e.g. email='Work address', id='#3', or status=- for none
    #[arg(long, value_name = "FIELD=HEADER")]
    pub(super) map: Vec<Map>,
    /// Fields of the columns of a list without a header, e.g. email,-,display_name
    #[arg(long, value_name = "FIELDS", conflicts_with = "map", allow_hyphen_values = true)]
    pub(super) columns: Option<ColumnList>,
    /// Sheet of a spreadsheet, by name or number [default: the first that is not empty]
    #[arg(long, value_name = "NAME|N")]
    pub(super) sheet: Option<String>,
    /// Delimiter between cells: one character, or `tab` [default: detected]
    #[arg(long, value_name = "CHAR", value_parser = value::delimiter)]
    pub(super) delimiter: Option<u8>,
    /// Character encoding, e.g. windows-1250 [default: detected]
    #[arg(long, value_name = "NAME")]
    pub(super) encoding: Option<EncodingName>,
    /// Ignore lines that start with this character
    #[arg(long, value_name = "CHAR", value_parser = value::comment)]
    pub(super) comment: Option<u8>,
}

/// Where mail is fetched and sent.
#[derive(Debug, Args)]
#[command(next_help_heading = "Provider")]
pub(super) struct ProviderArgs {
    /// Built-in provider, provider file, or `auto` to choose by the domain of each address
    /// [default: centurylink]
    #[arg(long, value_name = "ID|FILE|auto")]
    pub(super) provider: Option<String>,
    /// Protocol for receiving mail [default: imap]
    #[arg(long, value_enum)]
    pub(super) protocol: Option<ProtocolArg>,
    /// Override a provider setting, e.g. imap.host=mail.centurylink.net
    #[arg(long, value_name = "SETTING=VALUE")]
    pub(super) set: Vec<Override>,
    /// Allow addresses outside the provider's domains
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub(super) allow_other_domains: Option<bool>,
    /// Allow servers without TLS
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub(super) allow_cleartext: Option<bool>,
}

/// How mail is fetched.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ProtocolArg {
    /// Mail stays on the server, the same on every device
    Imap,
    /// Mail is downloaded
    Pop,
}

impl From<ProtocolArg> for IncomingProtocol {
    fn from(arg: ProtocolArg) -> Self {
        match arg {
            ProtocolArg::Imap => Self::Imap,
            ProtocolArg::Pop => Self::Pop,
        }
    }
}
