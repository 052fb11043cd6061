//! `mailmuster identity`

use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::args::{IdentityCommand, RenewArgs};
use super::check::give_up;
use super::exit::Exit;
use super::message::Console;
use super::passphrase::PassphraseSource;
use super::{core_dump, development};
use crate::clock::Clock;
use crate::diagnostic::{Lines, Notice, shell_word};
use crate::inspect::told_certificates;
use crate::output::{write_new_file, write_new_folder};
use crate::sign::IdentityError;
use crate::sign::certificate::{CertificateFacts, Use};
use crate::sign::identity::certificates_of;
use crate::sign::issue::{IssueRequest, KeyChoice, RenewRequest, issue, renew};

/// The authority's key, beside the files of the identity.
const CA_KEY: &str = "ca-key.pem";

pub(super) fn run(command: &IdentityCommand, console: &Console) -> Exit {
    let now = Clock::now_only();
    core_dump::forbid();
    match command {
        IdentityCommand::New { out, name, days, ca_key } => {
            let request = IssueRequest { common_name: name.clone(), days: *days, now };
            make(out, ca_key.as_deref(), &request, console)
        }
        IdentityCommand::Renew(args) => make_again(args, now, console),
        IdentityCommand::Show { file, passphrase_file } => {
            show(file, passphrase_file.as_ref(), now, console)
        }
    }
}

fn make(out: &Path, ca_key: Option<&Path>, request: &IssueRequest, console: &Console) -> Exit {
    let issued = match issue(request) {
        Ok(issued) => issued,
        Err(error) => return give_up(console, &IdentityError::from(error)),
    };
    let mut files = development::files(&issued).to_vec();
    if ca_key.is_none() {
        files.push((CA_KEY, issued.ca_key_pem.expose()));
    }
    if let Err(error) = write_new_folder(out, &files) {
        return give_up(console, &error);
    }
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
        return give_up(console, &error);
    }
    let ca_key = ca_key.map_or_else(|| out.join(CA_KEY), Path::to_owned);
    let name = |file| out.join(file).display().to_string();
    let [cert, key, ca] = ["cert.pem", "key.pem", "ca.pem"].map(name);
    let ca_key = ca_key.display();
    let mut lines = Lines::default();
    lines.line(format_args!("made {cert}, {key}, {ca} and {ca_key}"));
    lines.blank();
    usage(out, &mut lines);
    lines.line(format_args!("keep safe:        {key} (who has it can sign in your name)"));
    lines.line(format_args!(
        "keep offline:     {ca_key} (who has it can make signers that your devices trust); only `mailmuster identity renew` needs it"
    ));
    console.tell_lines(&lines);
    Exit::Done
}

/// How the identity in `folder` is used.
fn usage(folder: &Path, lines: &mut Lines) {
    let word = |file| shell_word(&folder.join(file).display().to_string());
    let [cert, key, ca] = ["cert.pem", "key.pem", "ca.pem"].map(word);
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

fn make_again(args: &RenewArgs, now: OffsetDateTime, console: &Console) -> Exit {
    let RenewArgs { folder, out, ca_key, new_key, days, .. } = args;
    let ca_key = ca_key.clone().unwrap_or_else(|| folder.join(CA_KEY));
    let request = RenewRequest {
        certificate: folder.join("cert.pem"),
        ca: folder.join("ca.pem"),
        ca_key: ca_key.clone(),
        key: if *new_key { KeyChoice::New } else { KeyChoice::Same(folder.join("key.pem")) },
        days: *days,
        now,
    };
    let of_ca = PassphraseSource::of(args.ca_passphrase_file.as_ref(), None, None);
    let of_key = PassphraseSource::of(args.passphrase_file.as_ref(), None, None);
    let mut ask = |file: &Path| if file == ca_key { of_ca.get(file) } else { of_key.get(file) };
    let renewed = match renew(&request, &mut ask) {
        Ok(renewed) => renewed,
        Err(error) => return give_up(console, &error),
    };
    let files = [
        ("ca.pem", renewed.ca_pem.as_slice()),
        ("cert.pem", &renewed.certificate_pem),
        ("key.pem", renewed.key_pem.expose()),
    ];
    if let Err(error) = write_new_folder(out, &files) {
        return give_up(console, &error);
    }
    let CertificateFacts { subject, not_after, .. } = &renewed.facts;
    if (*not_after - now).whole_days() < i64::from(*days) {
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
    let name = |file| out.join(file).display().to_string();
    let [cert, key, ca] = ["cert.pem", "key.pem", "ca.pem"].map(name);
    let (until, folder) = (not_after.date(), folder.display());
    let mut lines = Lines::default();
    lines.line(format_args!(
        "renewed `{subject}`, valid to {until}: {cert}, {key} and {ca}; `{folder}` stays as it was"
    ));
    lines.blank();
    usage(out, &mut lines);
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
    let certificates = match certificates_of(file, &mut |file| passphrase.get(file)) {
        Ok(certificates) => certificates,
        Err(error) => return give_up(console, &error),
    };
    console.tell_lines(&told_certificates(&certificates, now));
    if let Some(facts) = certificates.first().and_then(|leaf| CertificateFacts::of(leaf).ok()) {
        let says = |purpose| if facts.allows(purpose) { "yes" } else { "no" };
        let mut lines = Lines::default();
        lines.blank();
        lines.line(format_args!("may sign profiles: {}", says(Use::Profiles)));
        lines.line(format_args!("may sign scripts:  {}", says(Use::Scripts)));
        lines.line(
            "Devices show `Verified` only if they trust the issuer; that cannot be seen from here.",
        );
        console.tell_lines(&lines);
    }
    Exit::Done
}
