//! `mailmuster identity`

mod renew;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, value_parser};
use serde::Serialize;
use thiserror::Error;
use time::OffsetDateTime;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::message::Console;
use crate::cli::passphrase::PassphraseSource;
use crate::cli::{core_dump, development};
use crate::clock::Clock;
use crate::diagnostic::{Lines, Notice, shell_word};
use crate::domain::name::{DisplayName, NameError};
use crate::inspect::{
    CertificateDescription, PROFILES, SCRIPTS, certificate_lines, describe_certificates,
};
use crate::output::{write_new_file, write_new_folder};
use crate::sign::IdentityError;
use crate::sign::identity::certificates_of;
use crate::sign::issue::{IssueRequest, issue};

/// The authority's key in the folder of the identity.
const CA_KEY: &str = "ca-key.pem";

/// RFC 5280 allows 64 characters (`ub-common-name`), and the authority's name has ` CA` added.
const LONGEST_COMMON_NAME: usize = 60;

/// Make, renew or show a signing identity
#[derive(Debug, Args)]
pub(in crate::cli) struct IdentityArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    New(NewArgs),
    Renew(renew::RenewArgs),
    Show(ShowArgs),
}

/// Make a small certificate authority and a signer, RSA 2048
#[derive(Debug, Args)]
struct NewArgs {
    /// The folder for cert.pem, key.pem, ca.pem and ca-key.pem: new or empty
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,
    /// The signer's name, as devices show it
    #[arg(long, value_name = "NAME", default_value = "mailmuster", value_parser = common_name)]
    name: String,
    /// How many days the signer is valid
    #[arg(long, value_name = "N", default_value_t = 730, value_parser = value_parser!(u32).range(1..=3650))]
    days: u32,
    /// A file for the authority's private key, on a USB stick for example [default:
    /// DIR/ca-key.pem]
    #[arg(long, value_name = "FILE")]
    ca_key: Option<PathBuf>,
}

/// Show a certificate and what it may sign
#[derive(Debug, Args)]
struct ShowArgs {
    /// A certificate, PEM or DER, or a PKCS#12 file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A file whose first line is the passphrase
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl IdentityArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let now = Clock::now_only();
        core_dump::forbid();
        match &self.action {
            Action::New(args) => args.run(now, console),
            Action::Renew(args) => args.run(now, console),
            Action::Show(args) => args.run(now, console),
        }
    }
}

#[derive(Debug, Error)]
enum CommonNameError {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("a certificate's name has at most {LONGEST_COMMON_NAME} characters")]
    TooLong,
}

fn common_name(text: &str) -> Result<String, CommonNameError> {
    let name = DisplayName::try_from(text)?.to_string();
    if name.chars().count() > LONGEST_COMMON_NAME {
        return Err(CommonNameError::TooLong);
    }
    Ok(name)
}

impl NewArgs {
    fn run(&self, now: OffsetDateTime, console: &Console) -> Result<Exit, Failure> {
        let Self { out, name, days, ca_key } = self;
        let request = IssueRequest { common_name: name.clone(), days: *days, now };
        let issued = issue(&request).map_err(IdentityError::from)?;
        let mut files = development::files(&issued).to_vec();
        if ca_key.is_none() {
            files.push((CA_KEY, issued.ca_key_pem.expose()));
        }
        write_new_folder(out, &files)?;
        if let Some(path) = ca_key
            && let Err(error) = write_new_file(path, issued.ca_key_pem.expose())
        {
            console.notice(&Notice::important(
                "authority-key-lost",
                format_args!(
                    "the identity in `{}` is complete, but the key of its authority is not stored: it can never be renewed",
                    out.display()
                ),
            ).with_hint("delete the folder, and make the identity again"));
            return Err(error.into());
        }
        let ca_key = ca_key.clone().unwrap_or_else(|| out.join(CA_KEY));
        let [cert, key, ca] = identity_files(out);
        let ca_key = ca_key.display();
        let mut lines = Lines::default();
        lines.line(format_args!("made {cert}, {key}, {ca} and {ca_key}"));
        lines.blank();
        add_usage(out, &mut lines);
        lines.line(format_args!("keep safe:        {key} (who has it can sign in your name)"));
        lines.line(format_args!(
            "keep offline:     {ca_key} (who has it can make signers that your devices trust); only `mailmuster identity renew` needs it"
        ));
        console.print_lines(&lines);
        Ok(Exit::Done)
    }
}

/// Certificate, key and authority of the identity in `folder`.
fn identity_files(folder: &Path) -> [String; 3] {
    ["cert.pem", "key.pem", "ca.pem"].map(|file| folder.join(file).display().to_string())
}

/// Adds how to use the identity in `folder`.
fn add_usage(folder: &Path, lines: &mut Lines) {
    let [cert, key, ca] = identity_files(folder).map(|file| shell_word(&file));
    lines.line(format_args!(
        "sign with it:     mailmuster generate staff.csv --out out --sign-cert {cert} --sign-key {key} --sign-chain {ca}"
    ));
    lines.line(format_args!("make it trusted:  install {ca} on the devices, by hand or by MDM"));
    lines.line(format_args!(
        "on Windows:       where the execution policy is AllSigned, {cert} belongs in Trusted Publishers and"
    ));
    lines.line(format_args!(
        "                  {ca} in Trusted Root Certification Authorities, by Group Policy or as administrator:"
    ));
    for (file, store) in [(&cert, "TrustedPublisher"), (&ca, "Root")] {
        lines.line(format_args!(
            "                  Import-Certificate -FilePath {file} -CertStoreLocation Cert:\\LocalMachine\\{store}"
        ));
    }
}

impl ShowArgs {
    fn run(&self, now: OffsetDateTime, console: &Console) -> Result<Exit, Failure> {
        let passphrase = PassphraseSource::of(self.passphrase_file.as_ref(), None, None);
        let certificates = certificates_of(&self.file, &mut |file| passphrase.get(file))?;
        let certificates = describe_certificates(&certificates, now);
        let mut lines = certificate_lines(&certificates);
        if let Some(Some(leaf)) = certificates.first() {
            lines.blank();
            lines.line(format_args!("may sign profiles: {}", leaf.answer(PROFILES)));
            lines.line(format_args!("may sign scripts:  {}", leaf.answer(SCRIPTS)));
            lines.line(
                "Devices show `Verified` only if they trust the issuer; that cannot be seen from here.",
            );
        }
        console.answer_lines(&lines);
        console.event(&IdentityEvent {
            event: "identity",
            file: self.file.display().to_string(),
            certificates,
        });
        Ok(Exit::Done)
    }
}

#[derive(Serialize)]
struct IdentityEvent {
    event: &'static str,
    file: String,
    /// The signer's first.
    certificates: Vec<Option<CertificateDescription>>,
}
