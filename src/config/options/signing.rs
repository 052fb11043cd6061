//! `[signing]`

use std::path::PathBuf;

use clap::{Args, value_parser};

use crate::config::value;
use crate::domain::web_address::WebAddress;
use crate::sign::identity::IdentityFiles;

/// Options that name an identity or its passphrase.
const IDENTITY: [&str; 16] = [
    "sign_cert",
    "sign_key",
    "sign_chain",
    "sign_p12",
    "sign_p12_name",
    "sign_passphrase_file",
    "sign_passphrase_env",
    "sign_passphrase_fd",
    "script_cert",
    "script_key",
    "script_chain",
    "script_p12",
    "script_p12_name",
    "script_passphrase_file",
    "script_passphrase_env",
    "script_passphrase_fd",
];

/// The files of the identity that signs.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Signing")]
pub(crate) struct SignerOptions {
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
    /// Which identity of several in the PKCS#12 file: its friendly name, subject or SHA-256
    #[arg(long, value_name = "NAME", conflicts_with = "sign_cert")]
    pub(crate) sign_p12_name: Option<String>,
}

impl SignerOptions {
    pub(crate) fn files(&self) -> Option<IdentityFiles> {
        let Self { sign_cert, sign_key, sign_chain, sign_p12, sign_p12_name } = self.clone();
        files(sign_cert, sign_key, sign_chain, sign_p12, sign_p12_name)
    }
}

/// Everything about signatures.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Signing")]
pub(crate) struct SigningOptions {
    #[command(flatten)]
    pub(crate) signer: SignerOptions,
    /// A file whose first line is the passphrase
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sign_passphrase_env", "sign_passphrase_fd"])]
    pub(crate) sign_passphrase_file: Option<PathBuf>,
    /// An environment variable that holds the passphrase
    #[arg(long, value_name = "NAME", conflicts_with = "sign_passphrase_fd")]
    pub(crate) sign_passphrase_env: Option<String>,
    /// A file descriptor that the passphrase is read from
    #[arg(long, value_name = "N", value_parser = value::descriptor, hide = cfg!(windows))]
    pub(crate) sign_passphrase_fd: Option<u16>,
    /// Another certificate for scripts, PEM
    #[arg(long, value_name = "FILE", conflicts_with = "script_p12")]
    pub(crate) script_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "script_cert")]
    pub(crate) script_key: Option<PathBuf>,
    /// Its intermediate certificates, PEM
    #[arg(long, value_name = "FILE", requires = "script_cert")]
    pub(crate) script_chain: Option<PathBuf>,
    /// Another identity for scripts in one PKCS#12 file
    #[arg(long, value_name = "FILE")]
    pub(crate) script_p12: Option<PathBuf>,
    /// Which identity of several in that file
    #[arg(long, value_name = "NAME", conflicts_with = "script_cert")]
    pub(crate) script_p12_name: Option<String>,
    /// A file whose first line is its passphrase
    #[arg(long, value_name = "FILE", conflicts_with_all = ["script_passphrase_env", "script_passphrase_fd"])]
    pub(crate) script_passphrase_file: Option<PathBuf>,
    /// An environment variable that holds its passphrase
    #[arg(long, value_name = "NAME", conflicts_with = "script_passphrase_fd")]
    pub(crate) script_passphrase_env: Option<String>,
    /// A file descriptor that its passphrase is read from
    #[arg(long, value_name = "N", value_parser = value::descriptor, hide = cfg!(windows))]
    pub(crate) script_passphrase_fd: Option<u16>,
    /// Do not sign
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, conflicts_with_all = IDENTITY)]
    pub(crate) unsigned: Option<bool>,
    /// Refuse to run without an identity of your own: no development identity, and nothing
    /// unsigned
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, conflicts_with = "unsigned")]
    pub(crate) require_identity: Option<bool>,
    /// Do not verify each signature after it is made
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub(crate) no_self_check: Option<bool>,
    /// Time-stamp authority (RFC 3161) to ask for a time stamp of each script, so that it outlives the
    /// certificate; may be repeated: the next one is asked if one fails [default: none is asked]
    #[arg(long, value_name = "URL", conflicts_with = "unsigned")]
    pub(crate) timestamp_url: Vec<WebAddress>,
    /// Root certificates that time stamps must chain to, PEM or DER [default: not judged]
    #[arg(long, value_name = "FILE")]
    pub(crate) timestamp_ca: Option<PathBuf>,
    /// How long one answer of an authority may take [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u16).range(1..=i64::from(value::MOST_SECONDS)))]
    pub(crate) timestamp_timeout: Option<u16>,
}

impl SigningOptions {
    /// The files of the identity that signs scripts.
    pub(crate) fn script_files(&self) -> Option<IdentityFiles> {
        let Self { script_cert, script_key, script_chain, script_p12, script_p12_name, .. } =
            self.clone();
        files(script_cert, script_key, script_chain, script_p12, script_p12_name)
    }
}

fn files(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    chain: Option<PathBuf>,
    pkcs12: Option<PathBuf>,
    name: Option<String>,
) -> Option<IdentityFiles> {
    match (certificate, pkcs12) {
        (Some(certificate), _) => Some(IdentityFiles::Pem { certificate, key, chain }),
        (None, Some(file)) => Some(IdentityFiles::Pkcs12 { file, name }),
        (None, None) => None,
    }
}
