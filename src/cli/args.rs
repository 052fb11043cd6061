//! What was typed. Nothing is opened, asked or decided here.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};

mod renew;
mod signing;

pub(crate) use renew::RenewArgs;
pub(crate) use signing::SigningArgs;

use super::exit::LARGEST_BASE;
use super::help::{after_help, after_list_help};
use crate::config::value;
use crate::domain::contact::Contact;
use crate::domain::identifier::ReverseDns;
use crate::domain::language::Language;
use crate::domain::server::IncomingProtocol;
use crate::input::columns::{ColumnList, Map};
use crate::input::encoding::Label;
use crate::provider::Override;
use crate::provider::own::NamedServer;
use crate::render::RENDERERS;
use crate::verify::SignerPin;

/// Turns a list of people and a mail provider into signed mail settings for every device.
#[derive(Debug, Parser)]
#[command(name = "mailmuster", version, propagate_version = true, max_term_width = 100, after_help = after_help())]
pub(crate) struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct GlobalArgs {
    /// Print one JSON object per line on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print one summary line, errors, and what must not stay silent: people left out,
    /// guesses, mail servers changed by a file, the development identity
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Add N to every exit code but 0, for agents that keep low numbers for themselves
    #[arg(long, global = true, value_name = "N", default_value_t = 0, value_parser = value_parser!(u32).range(0..=LARGEST_BASE))]
    pub(crate) exit_base: u32,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a signed bundle for every person in a list
    Generate(Box<GenerateArgs>),
    /// Report what is wrong with a list, without writing anything
    Check(Box<CheckArgs>),
    /// Ask a few questions and write mailmuster.toml, the config file of later runs
    Init(Box<InitArgs>),
    /// Verify what was written: signatures, chains, contents and agreement of all files
    Verify(VerifyArgs),
    /// Describe a profile, script, bundle or certificate in plain words
    Inspect(InspectArgs),
    /// Make, renew or show a signing identity
    #[command(subcommand)]
    Identity(IdentityCommand),
    /// List, show, check or import mail providers
    #[command(subcommand)]
    Provider(ProviderCommand),
}

/// `generate`
#[derive(Debug, Args)]
#[command(after_help = after_list_help())]
pub(crate) struct GenerateArgs {
    /// The list and how to read it.
    #[command(flatten)]
    pub(crate) list: ListArgs,
    /// Where mail is fetched and sent.
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
    /// What is made.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Who signs.
    #[command(flatten)]
    pub(crate) signing: SigningArgs,
    /// Time of the run, for reproducible output, e.g. 2026-11-23T09:00:00Z
    #[arg(long, value_name = "TIME", help_heading = "Files")]
    pub(crate) at: Option<String>,
    /// The config file.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// `check`
#[derive(Debug, Args)]
#[command(after_help = after_list_help())]
pub(crate) struct CheckArgs {
    /// The list and how to read it.
    #[command(flatten)]
    pub(crate) list: ListArgs,
    /// Where mail is fetched and sent.
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
    /// Explain what each column is used for, and why
    #[arg(long, help_heading = "Report")]
    pub(crate) explain_columns: bool,
    /// Copy the refused rows to a new CSV file, each with the reason, to correct and use as
    /// a list
    #[arg(long, help_heading = "Report", value_name = "FILE")]
    pub(crate) write_rejects: Option<PathBuf>,
    /// The config file.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// The config file.
#[derive(Debug, Args)]
#[command(next_help_heading = "Config file")]
pub(crate) struct ConfigArgs {
    /// Config file; a flag overrides it [default: mailmuster.toml next to the list]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(crate) config: Option<PathBuf>,
    /// Ignore the mailmuster.toml next to the list
    #[arg(long)]
    pub(crate) no_config: bool,
}

/// What is made.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct OutputArgs {
    /// Output folder: new, empty, or that of an earlier run
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Use the output folder even if another user owns it or everybody can write to it
    #[arg(long)]
    pub(crate) trust_folder: bool,
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
    /// Number of threads [default: one per core]
    #[arg(long, short, value_name = "N", value_parser = value_parser!(u16).range(1..=i64::from(value::MOST_JOBS)))]
    pub(crate) jobs: Option<u16>,
}

/// The list and how to read it.
#[derive(Debug, Args)]
#[command(next_help_heading = "List")]
pub(crate) struct ListArgs {
    /// The list: CSV, XLSX, XLS or ODS with a header and a row for each person; `-` is
    /// standard input
    #[arg(value_name = "LIST")]
    pub(crate) list: PathBuf,
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
    pub(crate) encoding: Option<Label>,
    /// Ignore lines that start with this character
    #[arg(long, value_name = "CHAR", value_parser = value::comment)]
    pub(crate) comment: Option<u8>,
}

/// Where mail is fetched and sent.
#[derive(Debug, Args)]
#[command(next_help_heading = "Provider")]
pub(crate) struct ProviderArgs {
    /// Built-in provider, provider file, or `auto` to choose by the domain of each address
    /// [default: centurylink]
    #[arg(long, value_name = "ID|FILE|auto")]
    pub(crate) provider: Option<String>,
    /// Protocol for receiving mail [default: imap]
    #[arg(long, value_enum)]
    pub(crate) protocol: Option<ProtocolArg>,
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

/// How mail is fetched.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ProtocolArg {
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

/// `init`
#[derive(Debug, Args)]
#[command(after_help = after_list_help())]
pub(crate) struct InitArgs {
    /// The list to configure; the config file is written next to it
    #[arg(value_name = "LIST")]
    pub(crate) list: Option<PathBuf>,
    /// Config file to write [default: mailmuster.toml next to the list]
    #[arg(long, value_name = "FILE")]
    pub(crate) out_file: Option<PathBuf>,
    /// Do not ask: use the flags, and defaults for the rest
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Print the JSON Schema of the config file
    #[arg(long)]
    pub(crate) schema: bool,
    /// Name a column by hand, for example email='Work address'
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
    pub(crate) encoding: Option<Label>,
    /// Built-in provider, provider file, or `auto` to choose by the domain of each address
    #[arg(long, value_name = "ID|FILE|auto")]
    pub(crate) provider: Option<String>,
    /// The incoming server of your own domain, for a provider file that is written beside
    /// the config file
    #[arg(
        long,
        value_name = "HOST[:PORT]",
        conflicts_with = "provider",
        requires = "outgoing_server"
    )]
    pub(crate) incoming_server: Option<NamedServer>,
    /// The outgoing server of your own domain
    #[arg(
        long,
        value_name = "HOST[:PORT]",
        conflicts_with = "provider",
        requires = "incoming_server"
    )]
    pub(crate) outgoing_server: Option<NamedServer>,
    /// Protocol for receiving mail
    #[arg(long, value_enum)]
    pub(crate) protocol: Option<ProtocolArg>,
    /// Name of your organization, shown on devices and on the sheet
    #[arg(long, value_name = "NAME", value_parser = value::organization)]
    pub(crate) organization: Option<String>,
    /// Your domain in reverse, the namespace of every identifier on devices
    #[arg(long, value_name = "REVERSE-DNS")]
    pub(crate) identifier: Option<ReverseDns>,
    /// Output folder of the runs
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Signing certificate, PEM; the file may also contain the key and the chain
    #[arg(long, value_name = "FILE", conflicts_with = "sign_p12")]
    pub(crate) sign_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "sign_cert")]
    pub(crate) sign_key: Option<PathBuf>,
    /// Intermediate certificates, PEM
    #[arg(long, value_name = "FILE", requires = "sign_cert")]
    pub(crate) sign_chain: Option<PathBuf>,
    /// Certificate, key and chain in one PKCS#12 file (.p12, .pfx)
    #[arg(long, value_name = "FILE")]
    pub(crate) sign_p12: Option<PathBuf>,
}

/// `verify`
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The folder of a run, a bundle (.zip), a profile or a script
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Certificate of the authority to trust, PEM or DER [default: the last certificate
    /// inside each signature, which proves nothing about who signed]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Certificate that must have signed, by its SHA-256, or with --ca by its subject; may
    /// be repeated
    #[arg(long, value_name = "SHA256|SUBJECT")]
    pub(crate) signer: Vec<SignerPin>,
}

/// `inspect`
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Profiles, scripts, bundles, sheets or certificates
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// `identity`
#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// Make a small certificate authority and a signer, RSA 2048
    New {
        /// The folder for cert.pem, key.pem, ca.pem and ca-key.pem: new or empty
        #[arg(long, short, value_name = "DIR")]
        out: PathBuf,
        /// The signer's name, as devices show it
        #[arg(long, value_name = "NAME", default_value = "mailmuster", value_parser = super::values::common_name)]
        name: String,
        /// How many days the signer is valid
        #[arg(long, value_name = "N", default_value_t = 730, value_parser = value_parser!(u32).range(1..=3650))]
        days: u32,
        /// A file for the authority's private key, on a USB stick for example [default:
        /// DIR/ca-key.pem]
        #[arg(long, value_name = "FILE")]
        ca_key: Option<PathBuf>,
    },
    /// Issue a new certificate for a signer that `identity new` made
    Renew(RenewArgs),
    /// Show a certificate and what it may sign
    Show {
        /// A certificate, PEM or DER, or a PKCS#12 file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// A file whose first line is the passphrase
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
}

/// `provider`
#[derive(Debug, Subcommand)]
pub(crate) enum ProviderCommand {
    /// List the built-in providers
    List,
    /// Print a provider's file
    Show {
        /// Built-in provider, or provider file
        #[arg(value_name = "ID|FILE")]
        provider: String,
    },
    /// Report errors and doubtful settings of a provider
    Check {
        /// Built-in provider, or provider file
        #[arg(value_name = "ID|FILE")]
        provider: String,
    },
    /// Print a provider file made from Mozilla's autoconfig format (config-v1.1.xml)
    Import {
        /// The autoconfig file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The provider's id [default: made from the file]
        #[arg(long, value_name = "ID")]
        id: Option<String>,
    },
}
