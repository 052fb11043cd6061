//! `identity renew`, as it was typed.

use std::path::PathBuf;

use clap::{Args, value_parser};

/// `identity renew`
#[derive(Debug, Args)]
pub(crate) struct RenewArgs {
    /// The folder that `identity new` made: cert.pem, key.pem, ca.pem and ca-key.pem
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The folder for the renewed identity: new or empty
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The authority's private key [default: ca-key.pem in the old folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_key: Option<PathBuf>,
    /// Make a new private key too; devices may refuse to update what the old key signed
    #[arg(long)]
    pub(crate) new_key: bool,
    /// Days that the new certificate is valid; never longer than its authority
    #[arg(long, value_name = "N", default_value_t = 730, value_parser = value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
    /// A file whose first line is the passphrase of the signer's key
    #[arg(long, value_name = "FILE", conflicts_with = "new_key")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// A file whose first line is the passphrase of the authority's key
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_passphrase_file: Option<PathBuf>,
}
