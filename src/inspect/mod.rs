//! What is in a file, in human words. Nothing is judged beyond what the words need.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use openssl::x509::X509;
use thiserror::Error;
use time::OffsetDateTime;

use crate::bounded;
use crate::bundle::read::{UnpackError, Unpacked, unpack};
use crate::clock::rfc3339;
use crate::diagnostic::{Count, Diagnostic, Shown};
use crate::render::{RENDERERS, Stated, by_id};
use crate::sign::certificate::{CertificateFacts, read_all};
use crate::sign::verify::{self, Anchor, SignatureFault, Trust, Verified};

/// A file that cannot be told about.
#[derive(Debug, Error)]
pub enum InspectError {
    /// A zip file that is no bundle.
    #[error("`{}` is no bundle: {error}", .path.display())]
    Bundle {
        /// The path.
        path: PathBuf,
        /// Why.
        error: UnpackError,
    },
    /// The system says no.
    #[error("`{}` cannot be read: {error}", .path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// None of the kinds of file that are known here.
    #[error("`{}` is no bundle, profile, script or certificate", .path.display())]
    Unknown {
        /// The path.
        path: PathBuf,
    },
}

impl Diagnostic for InspectError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => {
                Some("name a file that mailmuster wrote, or a PEM or DER certificate".to_owned())
            }
            Self::Bundle { .. } | Self::Unreadable { .. } => None,
        }
    }
}

/// Tells what is in the file at `path`.
pub fn inspect(path: &Path, now: OffsetDateTime) -> Result<String, InspectError> {
    let bytes = bounded::read(path, bounded::BUNDLE)
        .map_err(|error| InspectError::Unreadable { path: path.to_owned(), error })?;
    let trust = Trust::new(Vec::new(), now);
    if bytes.starts_with(b"PK") {
        return match unpack(&bytes) {
            Ok(bundle) => Ok(told_bundle(&bundle, bytes.len(), &trust)),
            Err(error) => Err(InspectError::Bundle { path: path.to_owned(), error }),
        };
    }
    let told = match read_all(&bytes) {
        Ok(certificates) if !certificates.is_empty() => Some(told_certificates(&certificates, now)),
        _ => told_file(&bytes, &trust),
    };
    told.ok_or_else(|| InspectError::Unknown { path: path.to_owned() })
}

fn told_bundle(bundle: &Unpacked, size: usize, trust: &Trust) -> String {
    let manifest = &bundle.manifest;
    let shown = |text: &str| Shown(text).to_string();
    let addresses: Vec<_> = manifest.accounts.iter().map(|a| shown(&a.address)).collect();
    let mut providers: Vec<_> = manifest.accounts.iter().map(|a| shown(&a.provider)).collect();
    providers.dedup();
    let mut told = String::new();
    let _ = writeln!(told, "bundle for {}, {}", addresses.join(", "), Count(size as u64, "byte"));
    let _ =
        writeln!(told, "  made by      {} on {}", Shown(&manifest.tool), Shown(&manifest.made_at));
    let _ = writeln!(told, "  provider     {}", providers.join(", "));
    for (path, content) in &bundle.files {
        let _ = writeln!(told, "\n{} ({})", Shown(path), Count(content.len() as u64, "byte"));
        match told_file(content, trust) {
            Some(file) => told.push_str(&indent(&file)),
            None => told.push_str("  it says nothing about the account\n"),
        }
    }
    told
}

/// A profile, script, Autodiscover file or sheet.
fn told_file(bytes: &[u8], trust: &Trust) -> Option<String> {
    let (kind, verified, content) = if verify::is_cms(bytes) {
        ("apple-profile", Some(verify::profile(bytes, trust)), verify::profile_content(bytes).ok()?)
    } else {
        let script = verify::script_content(bytes);
        let kind = RENDERERS
            .iter()
            .find(|renderer| renderer.read(&script).is_ok_and(|stated| !stated.is_empty()))?;
        let verified = (kind.id() == "windows-script").then(|| verify::script(bytes, trust));
        (kind.id(), verified, script)
    };
    let renderer = by_id(kind)?;
    let mut told = format!("{}\n", renderer.doc_short());
    match verified {
        None if kind == "apple-profile" => told.push_str("  signature    none\n"),
        None => {}
        Some(verified) => told.push_str(&told_signature(&verified)),
    }
    match renderer.read(&content) {
        Ok(stated) => told.extend(stated.iter().map(told_account)),
        Err(error) => {
            let _ = writeln!(told, "  account      {error}");
        }
    }
    Some(told)
}

fn told_signature(verified: &Result<Verified, SignatureFault>) -> String {
    match verified {
        Err(fault) => format!("  signature    {fault}\n"),
        Ok(verified) => {
            let when = verified.signing_time.map_or_else(
                || "at an unknown time".to_owned(),
                |time| format!("on {}", rfc3339(time)),
            );
            let (Anchor::Given(anchor) | Anchor::Inside(anchor)) = &verified.anchor;
            format!(
                "  signature    holds; by {} ({}) {when}\n  issuer       {}\n  chain        up to {anchor}, as far as it is inside the file\n",
                verified.signer.subject, verified.signer.key, verified.signer.issuer
            )
        }
    }
}

fn told_account(stated: &Stated) -> String {
    format!(
        "  account      {} <{}>\n  incoming     {} {}\n  outgoing     SMTP {}\n  password     none: the device asks for it\n",
        Shown(&stated.display_name),
        Shown(&stated.address),
        stated.protocol,
        stated.incoming,
        stated.outgoing,
    )
}

/// Tells about each of `certificates`, the first being the signer's.
pub fn told_certificates(certificates: &[X509], now: OffsetDateTime) -> String {
    let mut told = String::new();
    for certificate in certificates {
        let Ok(facts) = CertificateFacts::of(certificate) else {
            told.push_str("a certificate that cannot be read\n");
            continue;
        };
        if !told.is_empty() {
            told.push('\n');
        }
        let _ = writeln!(told, "certificate of {}", Shown(&facts.subject));
        let _ = writeln!(
            told,
            "  issuer       {}",
            if facts.is_self_issued { "itself" } else { &facts.issuer }
        );
        let _ = writeln!(
            told,
            "  valid        {} to {}{}",
            facts.not_before.date(),
            facts.not_after.date(),
            validity(&facts, now)
        );
        let _ = writeln!(told, "  key          {}", facts.key);
        let _ = writeln!(
            told,
            "  usage        {}",
            if facts.usages.is_empty() {
                "not restricted".to_owned()
            } else {
                facts.usages.join(", ")
            }
        );
        let _ = writeln!(told, "  serial       {}", facts.serial_number);
        let _ = writeln!(told, "  SHA-256      {}", facts.fingerprint);
    }
    told
}

fn validity(facts: &CertificateFacts, now: OffsetDateTime) -> String {
    if now > facts.not_after {
        return " (expired)".to_owned();
    }
    if now < facts.not_before {
        return " (not yet valid)".to_owned();
    }
    format!(" ({} left)", Count((facts.not_after - now).whole_days().unsigned_abs(), "day"))
}

fn indent(text: &str) -> String {
    text.lines()
        .map(|line| if line.starts_with(' ') { format!("{line}\n") } else { format!("  {line}\n") })
        .collect()
}
