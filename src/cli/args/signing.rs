//! Who signs, as it was typed.

use std::path::PathBuf;

use clap::Args;

/// The options that name an identity or its passphrase.
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

/// Who signs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Signing")]
pub(in crate::cli) struct SigningArgs {
    /// Signing certificate, PEM; the file may also contain the key and the chain
    #[arg(long, value_name = "FILE", conflicts_with = "sign_p12")]
    pub(in crate::cli) sign_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "sign_cert")]
    pub(in crate::cli) sign_key: Option<PathBuf>,
    /// Intermediate certificates, PEM
    #[arg(long, value_name = "FILE", requires = "sign_cert")]
    pub(in crate::cli) sign_chain: Option<PathBuf>,
    /// Certificate, key and chain in one PKCS#12 file (.p12, .pfx)
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) sign_p12: Option<PathBuf>,
    /// Which identity of several in the PKCS#12 file: its friendly name, subject or SHA-256
    #[arg(long, value_name = "NAME", conflicts_with = "sign_cert")]
    pub(in crate::cli) sign_p12_name: Option<String>,
    /// A file whose first line is the passphrase
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sign_passphrase_env", "sign_passphrase_fd"])]
    pub(in crate::cli) sign_passphrase_file: Option<PathBuf>,
    /// An environment variable that holds the passphrase
    #[arg(long, value_name = "NAME", conflicts_with = "sign_passphrase_fd")]
    pub(in crate::cli) sign_passphrase_env: Option<String>,
    /// A file descriptor that the passphrase is read from
    #[arg(long, value_name = "N")]
    pub(in crate::cli) sign_passphrase_fd: Option<u16>,
    /// Another certificate for scripts, PEM
    #[arg(long, value_name = "FILE", conflicts_with = "script_p12")]
    pub(in crate::cli) script_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "script_cert")]
    pub(in crate::cli) script_key: Option<PathBuf>,
    /// Its intermediate certificates, PEM
    #[arg(long, value_name = "FILE", requires = "script_cert")]
    pub(in crate::cli) script_chain: Option<PathBuf>,
    /// Another identity for scripts in one PKCS#12 file
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) script_p12: Option<PathBuf>,
    /// Which identity of several in that file
    #[arg(long, value_name = "NAME", conflicts_with = "script_cert")]
    pub(in crate::cli) script_p12_name: Option<String>,
    /// A file whose first line is its passphrase
    #[arg(long, value_name = "FILE", conflicts_with_all = ["script_passphrase_env", "script_passphrase_fd"])]
    pub(in crate::cli) script_passphrase_file: Option<PathBuf>,
    /// An environment variable that holds its passphrase
    #[arg(long, value_name = "NAME", conflicts_with = "script_passphrase_fd")]
    pub(in crate::cli) script_passphrase_env: Option<String>,
    /// A file descriptor that its passphrase is read from
    #[arg(long, value_name = "N")]
    pub(in crate::cli) script_passphrase_fd: Option<u16>,
    /// Do not sign
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, conflicts_with_all = IDENTITY)]
    pub(in crate::cli) unsigned: Option<bool>,
    /// Refuse to run without an identity of your own: no development identity, and nothing
    /// unsigned
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, conflicts_with = "unsigned")]
    pub(in crate::cli) require_identity: Option<bool>,
    /// Do not verify each signature after it is made
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub(in crate::cli) no_self_check: Option<bool>,
}
