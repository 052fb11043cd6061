//! Describes a file in human words, and verifies only what the description needs.

use std::path::{Path, PathBuf};

use thiserror::Error;
use time::OffsetDateTime;

use crate::bounded;
use crate::bundle::read::{UnpackError, Unpacked, unpack};
use crate::clock::rfc3339;
use crate::diagnostic::{Count, Diagnostic, Lines, Shown};
use crate::render::{Renderers, Stated, recognize};
use crate::sign::certificate::{Certificate, CertificateFacts, read_all};
use crate::sign::verify::{Anchor, Envelope, SignatureFault, Trust, Verified, open};

/// A file that cannot be described.
#[derive(Debug, Error)]
pub enum InspectError {
    /// A zip file that is not a bundle.
    #[error("`{}` is not a bundle: {error}", .path.display())]
    Bundle {
        /// The path.
        path: PathBuf,
        /// Why.
        error: UnpackError,
    },
    /// An I/O error.
    #[error("`{}` cannot be read: {error}", .path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Neither a file that mailmuster writes nor a certificate.
    #[error("`{}` is not a bundle, profile, script or certificate", .path.display())]
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

/// Describes the file at `path`.
pub fn inspect(
    path: &Path,
    renderers: &Renderers,
    now: OffsetDateTime,
) -> Result<Lines, InspectError> {
    let bytes = bounded::read(path, bounded::BUNDLE)
        .map_err(|error| InspectError::Unreadable { path: path.to_owned(), error })?;
    let trust = Trust::new(Vec::new(), now);
    if bytes.starts_with(b"PK") {
        return match unpack(&bytes) {
            Ok(bundle) => Ok(describe_bundle(&bundle, bytes.len(), renderers, &trust)),
            Err(error) => Err(InspectError::Bundle { path: path.to_owned(), error }),
        };
    }
    let lines = match read_all(&bytes) {
        Ok(certificates) if !certificates.is_empty() => {
            Some(describe_certificates(&certificates, now))
        }
        _ => describe_file(&bytes, renderers, &trust),
    };
    lines.ok_or_else(|| InspectError::Unknown { path: path.to_owned() })
}

fn describe_bundle(bundle: &Unpacked, size: usize, renderers: &Renderers, trust: &Trust) -> Lines {
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
        match describe_file(content, renderers, trust) {
            Some(file) => lines.append_indented(file),
            None => lines.line("  not a file that mailmuster writes"),
        }
    }
    lines
}

/// A file of one of the formats.
fn describe_file(bytes: &[u8], renderers: &Renderers, trust: &Trust) -> Option<Lines> {
    let envelope = Envelope::of(bytes);
    let renderer = recognize(renderers, envelope.signature, envelope.content)?;
    let format = renderer.format();
    let opened = open(format.signature, bytes, trust);
    let mut lines = Lines::default();
    lines.line(format.about);
    describe_signature(&opened.verdict, &mut lines);
    let content = opened.content?;
    match renderer.read(content) {
        Ok(stated) => {
            if stated.is_empty() {
                lines.line("  account      none");
            }
            for stated in &stated {
                describe_account(stated, &mut lines);
            }
            if let Err(error) = renderer.check_form(content) {
                lines.line(format_args!("  warning      {error}"));
            }
        }
        Err(error) => lines.line(format_args!("  account      {error}")),
    }
    Some(lines)
}

fn describe_signature(verdict: &Result<Option<Verified>, SignatureFault>, lines: &mut Lines) {
    match verdict {
        Ok(None) => {}
        Err(SignatureFault::Missing) => lines.line("  signature    none"),
        Err(fault) => lines.line(format_args!("  signature    {fault}")),
        Ok(Some(verified)) => {
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

fn describe_account(stated: &Stated, lines: &mut Lines) {
    let (name, address) = (Shown(&stated.display_name), Shown(&stated.address));
    lines.line(format_args!("  account      {name} <{address}>"));
    lines.line(format_args!("  incoming     {} {}", stated.protocol, stated.incoming));
    lines.line(format_args!("  outgoing     SMTP {}", stated.outgoing));
    lines.line("  password     none: the device asks for it");
}

/// Describes each of `certificates`, the first being the signer's.
pub(crate) fn describe_certificates(certificates: &[Certificate], now: OffsetDateTime) -> Lines {
    let mut lines = Lines::default();
    for certificate in certificates {
        let Ok(facts) = certificate.facts() else {
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
