//! `mailmuster identity`

use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::args::IdentityCommand;
use super::check::give_up;
use super::development;
use super::exit::Exit;
use super::message::Console;
use super::passphrase::PassphraseSource;
use crate::clock::Clock;
use crate::diagnostic::Lines;
use crate::inspect::told_certificates;
use crate::output::write_new_folder;
use crate::sign::IdentityError;
use crate::sign::certificate::{may_sign, may_sign_code};
use crate::sign::identity::{IdentityFiles, certificates_of};
use crate::sign::issue::{IssueRequest, issue};

pub(super) fn run(command: &IdentityCommand, console: &Console) -> Exit {
    let now = Clock::now_only();
    match command {
        IdentityCommand::New { out, name, days } => {
            let request = IssueRequest { common_name: name.clone(), days: *days, now };
            make(out, &request, console)
        }
        IdentityCommand::Show { file, passphrase_file } => {
            show(file, passphrase_file.as_ref(), now, console)
        }
    }
}

fn make(out: &Path, request: &IssueRequest, console: &Console) -> Exit {
    let issued = match issue(request) {
        Ok(issued) => issued,
        Err(error) => return give_up(console, &IdentityError::from(error)),
    };
    if let Err(error) = write_new_folder(out, &development::files(&issued)) {
        return give_up(console, &error);
    }
    let name = |file| out.join(file).display().to_string();
    let [certificate, key, ca] = ["cert.pem", "key.pem", "ca.pem"].map(name);
    let mut lines = Lines::default();
    lines.line(format_args!("made {certificate}, {key} and {ca}"));
    lines.blank();
    lines.line(format_args!("sign with it:     --sign-cert {certificate} --sign-key {key}"));
    lines.line(format_args!("make it trusted:  install {ca} on the devices, by hand or by MDM"));
    lines.line(format_args!("keep safe:        {key} (who has it can sign in your name)"));
    console.tell_lines(&lines);
    Exit::Done
}

fn show(
    file: &Path,
    passphrase_file: Option<&PathBuf>,
    now: OffsetDateTime,
    console: &Console,
) -> Exit {
    let passphrase = PassphraseSource::of(passphrase_file, None, None);
    let is_pkcs12 = file
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("p12") || e.eq_ignore_ascii_case("pfx"));
    let files = if is_pkcs12 {
        IdentityFiles::Pkcs12(file.to_owned())
    } else {
        IdentityFiles::Pem { certificate: file.to_owned(), key: None, chain: None }
    };
    let certificates = match certificates_of(&files, &mut |file| passphrase.get(file)) {
        Ok(certificates) => certificates,
        Err(error) => return give_up(console, &error),
    };
    console.tell_lines(&told_certificates(&certificates, now));
    if let Some(leaf) = certificates.first() {
        let says = |yes: bool| if yes { "yes" } else { "no" };
        let mut lines = Lines::default();
        lines.blank();
        lines.line(format_args!("may sign profiles: {}", says(may_sign(leaf))));
        let scripts = says(may_sign(leaf) && may_sign_code(leaf));
        lines.line(format_args!("may sign scripts:  {scripts}"));
        lines.line(
            "Devices show `Verified` only if they trust the issuer; that cannot be seen from here.",
        );
        console.tell_lines(&lines);
    }
    Exit::Done
}
