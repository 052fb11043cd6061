//! What is in a file, in human words. Nothing is judged beyond what the words need.

use std::path::{Path, PathBuf};

use openssl::x509::X509;
use thiserror::Error;
use time::OffsetDateTime;

use crate::bounded;
use crate::bundle::read::{UnpackError, Unpacked, unpack};
use crate::clock::rfc3339;
use crate::diagnostic::{Count, Diagnostic, Lines, Shown};
use crate::render::{RENDERERS, Stated, by_id};
use crate::sign::certificate::{CertificateFacts, read_all};
use crate::sign::verify::{self, Anchor, SignatureFault, Trust, Verified};

/// A file that cannot be told about.
#[derive(Debug, Error)]
pub(crate) enum InspectError {
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
pub(crate) fn inspect(path: &Path, now: OffsetDateTime) -> Result<Lines, InspectError> {
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

fn told_bundle(bundle: &Unpacked, size: usize, trust: &Trust) -> Lines {
    let manifest = &bundle.manifest;
    let shown = |text: &str| Shown(text).to_string();
    let addresses: Vec<_> = manifest.accounts.iter().map(|a| shown(&a.address)).collect();
    let mut providers: Vec<_> = manifest.accounts.iter().map(|a| shown(&a.provider)).collect();
    providers.dedup();
    let mut lines = Lines::default();
    lines.line(format_args!("bundle for {}, {}", addresses.join(", "), Count(size as u64, "byte")));
    let (tool, moment) = (Shown(&manifest.tool), Shown(&manifest.made_at));
    lines.line(format_args!("  made by      {tool} on {moment}"));
    lines.line(format_args!("  provider     {}", providers.join(", ")));
    for (path, content) in &bundle.files {
        lines.blank();
        lines.line(format_args!("{} ({})", Shown(path), Count(content.len() as u64, "byte")));
        match told_file(content, trust) {
            Some(file) => lines.append_indented(file),
            None => lines.line("  it says nothing about the account"),
        }
    }
    lines
}

/// A profile, script, Autodiscover file or sheet.
fn told_file(bytes: &[u8], trust: &Trust) -> Option<Lines> {
    let (kind, verified, content) = if verify::is_cms(bytes) {
        ("apple-profile", Some(verify::profile(bytes, trust)), verify::profile_content(bytes).ok()?)
    } else {
        let script = verify::script_content(bytes);
        let kind = RENDERERS
            .iter()
            .copied()
            .find(|renderer| renderer.read(&script).is_ok_and(|stated| !stated.is_empty()))
            // of a profile by somebody else it is said what is foreign in it
            .or_else(|| is_property_list(&script).then(|| by_id("apple-profile")).flatten())?;
        let verified = (kind.format().id == "windows-script").then(|| verify::script(bytes, trust));
        (kind.format().id, verified, script)
    };
    let renderer = by_id(kind)?;
    let mut lines = Lines::default();
    lines.line(renderer.format().about);
    match verified {
        None if kind == "apple-profile" => lines.line("  signature    none"),
        None => {}
        Some(verified) => told_signature(&verified, &mut lines),
    }
    match renderer.read(&content) {
        Ok(stated) => {
            for stated in &stated {
                told_account(stated, &mut lines);
            }
            if let Err(error) = renderer.check_form(&content) {
                lines.line(format_args!("  warning      {error}"));
            }
        }
        Err(error) => lines.line(format_args!("  account      {error}")),
    }
    Some(lines)
}

/// Whether `bytes` are a property list in XML, as an unsigned profile is.
fn is_property_list(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(500)];
    bytes.starts_with(b"<?xml") && head.windows(6).any(|window| window == b"<plist")
}

fn told_signature(verified: &Result<Verified, SignatureFault>, lines: &mut Lines) {
    match verified {
        Err(fault) => lines.line(format_args!("  signature    {fault}")),
        Ok(verified) => {
            let when = verified.signing_time.map_or_else(
                || "at an unknown time".to_owned(),
                |time| format!("on {}", rfc3339(time)),
            );
            let (Anchor::Given(anchor) | Anchor::Inside(anchor)) = &verified.anchor;
            let signer = &verified.signer;
            lines.line(format_args!(
                "  signature    holds; by {} ({}) {when}",
                signer.subject, signer.key
            ));
            lines.line(format_args!("  issuer       {}", signer.issuer));
            lines.line(format_args!(
                "  chain        up to {anchor}, as far as it is inside the file"
            ));
        }
    }
}

fn told_account(stated: &Stated, lines: &mut Lines) {
    let (name, address) = (Shown(&stated.display_name), Shown(&stated.address));
    lines.line(format_args!("  account      {name} <{address}>"));
    lines.line(format_args!("  incoming     {} {}", stated.protocol, stated.incoming));
    lines.line(format_args!("  outgoing     SMTP {}", stated.outgoing));
    lines.line("  password     none: the device asks for it");
}

/// Tells about each of `certificates`, the first being the signer's.
pub(crate) fn told_certificates(certificates: &[X509], now: OffsetDateTime) -> Lines {
    let mut lines = Lines::default();
    for certificate in certificates {
        let Ok(facts) = CertificateFacts::of(certificate) else {
            lines.line("a certificate that cannot be read");
            continue;
        };
        if !lines.is_empty() {
            lines.blank();
        }
        lines.line(format_args!("certificate of {}", facts.subject));
        let issuer = if facts.is_self_issued { "itself" } else { &facts.issuer };
        lines.line(format_args!("  issuer       {issuer}"));
        lines.line(format_args!(
            "  valid        {} to {}{}",
            facts.not_before.date(),
            facts.not_after.date(),
            validity(&facts, now)
        ));
        lines.line(format_args!("  key          {}", facts.key));
        let usages = facts.usages.join(", ");
        let usages = if usages.is_empty() { "not restricted" } else { &usages };
        lines.line(format_args!("  usage        {usages}"));
        lines.line(format_args!("  serial       {}", facts.serial_number));
        lines.line(format_args!("  SHA-256      {}", facts.fingerprint));
    }
    lines
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
