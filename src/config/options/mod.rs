//! Options that are flags of commands and keys of the config file. Flags fill these structs through
//! clap, the file through [`super::read`].

mod signing;

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueEnum, value_parser};

use super::value;
use crate::domain::contact::Contact;
use crate::domain::host::Domain;
use crate::domain::identifier::ReverseDns;
use crate::domain::language::Language;
use crate::domain::server::IncomingProtocol;
use crate::input::ReadOptions;
use crate::input::columns::{ColumnList, Map};
use crate::input::encoding::EncodingName;
use crate::provider::Override;
use crate::render::RENDERERS;

pub(crate) use signing::{SignerOptions, SigningOptions};

/// `[list]` and `[columns]`
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "List")]
pub(crate) struct ListOptions {
    /// Column of a field, e.g. email='Work address', id='#3', or status=- for none
    #[arg(long, value_name = "FIELD=HEADER")]
    pub(crate) map: Vec<Map>,
    /// Fields of the columns of a list without a header, e.g. email,-,display_name
    #[arg(long, value_name = "FIELDS", conflicts_with = "map", allow_hyphen_values = true)]
    pub(crate) columns: Option<ColumnList>,
    /// Sheet of a spreadsheet, by name or number [default: the first that is not empty]
    #[arg(long, value_name = "NAME|N")]
    pub(crate) sheet: Option<String>,
    /// Delimiter between cells: one character, or `tab` [default: detected]
    #[arg(long, value_name = "CHAR", value_parser = value::delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// Character encoding, e.g. windows-1250 [default: detected]
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<EncodingName>,
    /// Ignore lines that start with this character
    #[arg(long, value_name = "CHAR", value_parser = value::comment)]
    pub(crate) comment: Option<u8>,
}

impl From<ListOptions> for ReadOptions {
    fn from(options: ListOptions) -> Self {
        let ListOptions { map: maps, columns, sheet, delimiter, encoding, comment } = options;
        Self { encoding, delimiter, comment, columns, sheet, maps, today: None }
    }
}

/// `[provider]`
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Provider")]
pub(crate) struct ProviderOptions {
    /// Built-in provider, provider file, or `auto` to choose by the domain of each address
    /// [default: centurylink]
    #[arg(long, value_name = "ID|FILE|auto")]
    pub(crate) provider: Option<String>,
    /// Protocol for receiving mail [default: imap]
    #[arg(long, value_enum)]
    pub(crate) protocol: Option<IncomingProtocol>,
    /// Override a provider setting, e.g. imap.host=mail.centurylink.net
    #[arg(long, value_name = "SETTING=VALUE")]
    pub(crate) set: Vec<Override>,
    /// Allow addresses outside the provider's domains
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub(crate) allow_other_domains: Option<bool>,
    /// Allow servers without TLS
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub(crate) allow_cleartext: Option<bool>,
}

/// `[output]`
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct OutputOptions {
    /// Output folder: new, empty, or that of an earlier run
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Write nothing if any row is at fault or the encoding is a guess
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub(crate) strict: Option<bool>,
    /// Formats to make [default: all]
    #[arg(long, value_name = "FORMAT", value_delimiter = ',',
          value_parser = PossibleValuesParser::new(RENDERERS.iter().map(|renderer| renderer.format().id)))]
    pub(crate) only: Vec<String>,
    /// Name of your organization, shown on devices and on the sheet
    #[arg(long, value_name = "NAME", value_parser = value::organization)]
    pub(crate) organization: Option<String>,
    /// Contact for help, e.g. `IT help desk, +1 555 0100`; shown on the sheet
    #[arg(long, value_name = "TEXT", value_parser = value::contact)]
    pub(crate) contact: Option<Contact>,
    /// Language of the sheet, by tag or name; a `language` column in the list wins
    /// [default: en]
    #[arg(long, value_name = "LANGUAGE", value_parser = value::language)]
    pub(crate) language: Option<Language>,
    /// Your domain in reverse, the namespace of every identifier on devices; never change
    /// it between runs [default: local.mailmuster]
    #[arg(long, value_name = "REVERSE-DNS")]
    pub(crate) identifier: Option<ReverseDns>,
    /// Also write what mail apps fetch from these domains of your own, into `hosting` of the output folder
    #[arg(long, value_name = "DOMAIN", value_delimiter = ',', value_parser = value::domain)]
    pub(crate) hosting: Vec<Domain>,
    /// Number of threads [default: one per core]
    #[arg(long, short, value_name = "N", value_parser = value_parser!(u16).range(1..=i64::from(value::MOST_JOBS)))]
    pub(crate) jobs: Option<u16>,
}

impl ValueEnum for IncomingProtocol {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Imap, Self::Pop]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.id()).help(match self {
            Self::Imap => "Mail stays on the server, the same on every device",
            Self::Pop => "Mail is downloaded",
        }))
    }
}

/// The flags of all options.
pub(super) fn flags() -> clap::Command {
    let command = ListOptions::augment_args(clap::Command::new(""));
    let command = ProviderOptions::augment_args(command);
    SigningOptions::augment_args(OutputOptions::augment_args(command))
}
