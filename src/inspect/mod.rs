//! Describes a file, and verifies only what the description needs.

mod description;
mod words;

use std::path::{Path, PathBuf};

use thiserror::Error;
use time::OffsetDateTime;

use crate::bounded;
use crate::bundle::read::{UnpackError, Unpacked, unpack};
use crate::diagnostic::{CannotRead, Diagnostic};
use crate::intunewin;
use crate::render::{Form, Renderers, has_password, recognize};
use crate::sign::certificate::{Certificate, read_all};
use crate::sign::verify::{Envelope, SignatureFault, Trust, open};

pub use description::Description;
pub(crate) use description::{CertificateDescription, PROFILES, SCRIPTS};
pub(crate) use words::certificate_lines;

use description::{
    AccountDescription, BundleDescription, BundleFile, FileDescription, FormFault,
    PackageDescription, PasswordIn, SignatureDescription,
};

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
    /// A package for Intune that mailmuster did not make.
    #[error("`{}` is not a package of mailmuster for Intune: {error}", .path.display())]
    Package {
        /// The path.
        path: PathBuf,
        /// Why.
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An I/O error.
    #[error("{}", CannotRead(&.path.display().to_string(), .error))]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Neither a file that mailmuster writes nor a certificate.
    #[error("`{}` is not a bundle, profile, script, page or certificate", .path.display())]
    Unknown {
        /// The path.
        path: PathBuf,
    },
}

impl Diagnostic for InspectError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => {
                Some("name one of these; report.csv and the other lists of a folder are judged by `verify FOLDER`".to_owned())
            }
            Self::Unreadable { path, error } => CannotRead(&path.display().to_string(), error).hint(),
            Self::Bundle { .. } | Self::Package { .. } => None,
        }
    }
}

/// Describes the file at `path`.
pub fn inspect(
    path: &Path,
    renderers: &Renderers,
    now: OffsetDateTime,
) -> Result<Description, InspectError> {
    let bytes = bounded::read(path, bounded::BUNDLE)
        .map_err(|error| InspectError::Unreadable { path: path.to_owned(), error })?;
    let trust = Trust::new(Vec::new(), now);
    if intunewin::is_one(&bytes) {
        let opened = intunewin::open(&bytes).map_err(|error| InspectError::Package {
            path: path.to_owned(),
            error: error.into(),
        })?;
        return Ok(Description::Package(describe_package(
            opened,
            bytes.len() as u64,
            renderers,
            &trust,
        )));
    }
    if bytes.starts_with(b"PK") {
        return match unpack(&bytes) {
            Ok(bundle) => Ok(Description::Bundle(describe_bundle(
                bundle,
                bytes.len() as u64,
                renderers,
                &trust,
            ))),
            Err(error) => Err(InspectError::Bundle { path: path.to_owned(), error }),
        };
    }
    let found = match read_all(&bytes) {
        Ok(certificates) if !certificates.is_empty() => Some(Description::Certificates {
            certificates: describe_certificates(&certificates, now),
        }),
        _ => describe_file(&bytes, renderers, &trust).map(Description::File),
    };
    found.ok_or_else(|| InspectError::Unknown { path: path.to_owned() })
}

/// Describes each of `certificates`, the first being the signer's; `None` for one that cannot be read.
pub(crate) fn describe_certificates(
    certificates: &[Certificate],
    now: OffsetDateTime,
) -> Vec<Option<CertificateDescription>> {
    certificates.iter().map(|it| CertificateDescription::of(it, now)).collect()
}

fn describe_bundle(
    bundle: Unpacked,
    size: u64,
    renderers: &Renderers,
    trust: &Trust,
) -> BundleDescription {
    let manifest = bundle.manifest;
    let mut providers: Vec<_> = manifest.accounts.iter().map(|it| it.provider.clone()).collect();
    providers.dedup();
    let file = |(path, content): (String, Vec<u8>)| BundleFile {
        path,
        size: content.len() as u64,
        content: describe_file(&content, renderers, trust),
    };
    BundleDescription {
        size,
        addresses: manifest.accounts.into_iter().map(|account| account.address).collect(),
        providers,
        tool: manifest.tool,
        made_at: manifest.made_at,
        files: bundle.files.into_iter().map(file).collect(),
    }
}

fn describe_package(
    opened: intunewin::Opened,
    size: u64,
    renderers: &Renderers,
    trust: &Trust,
) -> PackageDescription {
    let files = opened.files.into_iter().map(|file| BundleFile {
        path: file.name,
        size: file.content.len() as u64,
        content: describe_file(&file.content, renderers, trust),
    });
    PackageDescription { size, setup_file: opened.setup_file, files: files.collect() }
}

/// A file of one of the formats.
fn describe_file(bytes: &[u8], renderers: &Renderers, trust: &Trust) -> Option<FileDescription> {
    let envelope = Envelope::of(bytes);
    let renderer = recognize(renderers, envelope.signature, envelope.content)?;
    let format = renderer.format();
    let opened = open(format.signature, bytes, trust);
    let content = opened.content?;
    let (accounts, form) = match renderer.read(content) {
        Ok(stated) => {
            let form = renderer.check_form(content);
            (stated, form.map_err(|error| FormFault::Form(error.to_string())))
        }
        Err(error) => (Vec::new(), Err(FormFault::Accounts(error.to_string()))),
    };
    let is_whole = form == Ok(Form::Whole);
    let fault = form.err();
    let is_unsigned = matches!(opened.verdict, Err(SignatureFault::Missing));
    let may_be_managed = is_unsigned && fault.is_some();
    let managed_for = if may_be_managed { renderer.managed_for(content) } else { None };
    // it has another form than the file of a bundle
    let fault = fault.filter(|_| managed_for.is_none());
    let is_ours = (is_whole || managed_for.is_some()) && !accounts.is_empty();
    let password = if is_ours {
        Some(PasswordIn::None)
    } else {
        has_password(content).then_some(PasswordIn::Contained)
    };
    Some(FileDescription {
        managed_for,
        format: format.id,
        about: format.about,
        signature: SignatureDescription::of(&opened.verdict),
        accounts: accounts.into_iter().map(AccountDescription::from).collect(),
        password,
        fault,
    })
}
