//! `mailmuster identity renew`

use std::path::{Path, PathBuf};

use clap::{Args, value_parser};
use time::OffsetDateTime;

use super::{CA_KEY, add_usage, identity_files};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::message::Console;
use crate::cli::passphrase::PassphraseSource;
use crate::diagnostic::{Lines, Notice};
use crate::domain::days::days_until;
use crate::output::write_new_folder;
use crate::sign::certificate::CertificateFacts;
use crate::sign::issue::{KeyChoice, RenewRequest, renew};

/// Issue a new certificate for a signer that `identity new` made
#[derive(Debug, Args)]
pub(super) struct RenewArgs {
    /// The folder that `identity new` made: cert.pem, key.pem, ca.pem and ca-key.pem
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The folder for the renewed identity: new or empty
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,
    /// The authority's private key [default: ca-key.pem in the old folder]
    #[arg(long, value_name = "FILE")]
    ca_key: Option<PathBuf>,
    /// Make a new private key too; devices may refuse to update what the old key signed
    #[arg(long)]
    new_key: bool,
    /// Days that the new certificate is valid; never longer than its authority
    #[arg(long, value_name = "N", default_value_t = 730, value_parser = value_parser!(u32).range(1..=3650))]
    days: u32,
    /// A file whose first line is the passphrase of the signer's key
    #[arg(long, value_name = "FILE", conflicts_with = "new_key")]
    passphrase_file: Option<PathBuf>,
    /// A file whose first line is the passphrase of the authority's key
    #[arg(long, value_name = "FILE")]
    ca_passphrase_file: Option<PathBuf>,
}

impl RenewArgs {
    pub(super) fn run(&self, now: OffsetDateTime, console: &Console) -> Result<Exit, Failure> {
        let Self { folder, out, ca_key, new_key, days, .. } = self;
        let ca_key = ca_key.clone().unwrap_or_else(|| folder.join(CA_KEY));
        let request = RenewRequest {
            certificate: folder.join("cert.pem"),
            ca: folder.join("ca.pem"),
            ca_key: ca_key.clone(),
            key: if *new_key { KeyChoice::New } else { KeyChoice::Same(folder.join("key.pem")) },
            days: *days,
            now,
        };
        let of_ca = PassphraseSource::of(self.ca_passphrase_file.as_ref(), None, None);
        let of_key = PassphraseSource::of(self.passphrase_file.as_ref(), None, None);
        let mut ask = |file: &Path| if file == ca_key { of_ca.get(file) } else { of_key.get(file) };
        let renewed = renew(&request, &mut ask)?;
        let files = [
            ("ca.pem", renewed.ca_pem.as_slice()),
            ("cert.pem", &renewed.certificate_pem),
            ("key.pem", renewed.key_pem.expose()),
        ];
        write_new_folder(out, &files)?;
        let CertificateFacts { subject, not_after, .. } = &renewed.facts;
        if days_until(*not_after, now) < i64::from(*days) {
            console.notice(&Notice::warning(
                "renewal-shortened",
                format_args!(
                    "the new certificate ends on {}, when its authority does",
                    not_after.date()
                ),
            ).with_hint("make a new authority with `mailmuster identity new` in good time, and make it trusted on the devices"));
        }
        if let KeyChoice::New = request.key {
            console.notice(&Notice::warning(
                "renewal-new-key",
                "the certificate has a new key: devices may refuse to update a profile that the old key signed",
            ).with_hint("remove the old profile from a device that refuses"));
        }
        let [cert, key, ca] = identity_files(out);
        let (until, folder) = (not_after.date(), folder.display());
        let mut lines = Lines::default();
        lines.line(format_args!(
            "renewed `{subject}`, valid to {until}: {cert}, {key} and {ca}; `{folder}` stays as it was"
        ));
        lines.blank();
        add_usage(out, &mut lines);
        console.print_lines(&lines);
        Ok(Exit::Done)
    }
}
