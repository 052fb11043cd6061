//! One bundle: its files taken out of their signatures, and signed again.

use std::io;
use std::path::Path;

use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::artifact::{Draft, FileName, SignatureFormat};
use crate::bounded;
use crate::bundle::manifest::{FileEntry, SignersEntry, sha256};
use crate::bundle::read::{UnpackError, unpack};
use crate::bundle::{BundleError, Entry, Packer};
use crate::clock::rfc3339;
use crate::diagnostic::WhyUnreadable;
use crate::domain::text::{Shown, hex};
use crate::ledger::{PersonRecord, StoredPerson};
use crate::output::layout::{below, is_bundle_path};
use crate::pipeline::maker::signers_entry;
use crate::render::{RENDERERS, by_id};
use crate::sign::verify::{SignatureFault, Trust, open};
use crate::sign::{Sealer, SignError, Signing};

/// Why a bundle was not signed again. It is as it was.
#[derive(Debug, Error)]
pub(crate) enum Skip {
    #[error("it is missing")]
    Missing,
    #[error("it cannot be read: {}", WhyUnreadable(.0))]
    Unreadable(io::Error),
    /// Someone has changed it: a signature would vouch for the change.
    #[error("it is not the bundle that was made: its size or digest is not the one in the ledger")]
    Different,
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// What the manifest says of a file cannot be.
    #[error("its file `{}` is not as its manifest says", Shown(.0))]
    Entry(String),
    #[error("the signature of its file `{}` does not hold: {fault}", Shown(.path))]
    Signature { path: String, fault: SignatureFault },
    /// Someone has changed the ledger too.
    #[error("its file `{}` is signed by another certificate than the ledger names", Shown(.0))]
    Stranger(String),
    #[error(transparent)]
    Pack(#[from] BundleError),
}

/// A bundle that was not signed again, or a signature that could not be made.
pub(super) enum ResignError {
    Skip(Skip),
    Sign(SignError),
}

impl<E: Into<Skip>> From<E> for ResignError {
    fn from(error: E) -> Self {
        Self::Skip(error.into())
    }
}

/// Signs bundles again. Each thread has its own.
pub(super) struct Resigner {
    sealer: Sealer,
    packer: Packer,
    signers: Option<SignersEntry>,
    time: OffsetDateTime,
}

impl Resigner {
    pub(super) fn new(signing: &Signing) -> Result<Self, SignError> {
        Ok(Self {
            sealer: Sealer::new(signing)?,
            packer: Packer::new(),
            signers: signers_entry(signing),
            time: signing.time,
        })
    }

    /// The bundle of `person` in the folder `root` with the same files under new signatures.
    pub(super) fn bundle(
        &mut self,
        root: &Path,
        person: &StoredPerson,
    ) -> Result<Vec<u8>, ResignError> {
        let unpacked = unpack(&read(root, &person.record)?)?;
        let mut manifest = unpacked.manifest;
        let moment = OffsetDateTime::parse(&manifest.made_at, &Rfc3339);
        // the old certificate may have ended since
        let trust = Trust::new(Vec::new(), moment.unwrap_or(self.time));
        let mut entries = Vec::with_capacity(manifest.files.len());
        for file in &manifest.files {
            let bytes = unpacked.files.get(&file.path);
            let bytes = bytes.ok_or_else(|| Skip::Entry(file.path.clone()))?;
            let (format, draft) = draft(file, bytes, person.signers.as_ref(), &trust)?;
            let artifact = self.sealer.seal(draft).map_err(ResignError::Sign)?;
            entries.push(Entry { format, artifact });
        }
        if entries.len() != unpacked.files.len() {
            return Err(Skip::Entry(crate::bundle::MANIFEST.to_owned()).into());
        }
        manifest.files =
            entries.iter().map(|entry| self.packer.describe(entry)).collect::<Result<_, _>>()?;
        manifest.signers.clone_from(&self.signers);
        manifest.made_at = rfc3339(self.time);
        Ok(self.packer.pack(&entries, &manifest, self.time)?)
    }
}

/// The bytes of the bundle that the ledger knows of `person`.
fn read(root: &Path, person: &PersonRecord) -> Result<Vec<u8>, Skip> {
    if !is_bundle_path(&person.bundle) {
        return Err(Skip::Missing);
    }
    let path = below(root, &person.bundle);
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Skip::Missing,
        _ => Skip::Unreadable(error),
    };
    if !path.symlink_metadata().map_err(unreadable)?.is_file() {
        return Err(Skip::Different);
    }
    let bytes = bounded::read(&path, bounded::BUNDLE).map_err(unreadable)?;
    if bytes.len() as u64 != person.size || sha256(&bytes) != hex(&person.sha256) {
        return Err(Skip::Different);
    }
    Ok(bytes)
}

/// The file `bytes` without its signature, which must hold and be by one of `signers`, those of profiles and
/// scripts in the ledger: they were announced as the old ones.
fn draft(
    file: &FileEntry,
    bytes: &[u8],
    signers: Option<&(String, String)>,
    trust: &Trust,
) -> Result<(&'static str, Draft), Skip> {
    let wrong = || Skip::Entry(file.path.clone());
    let signature = SignatureFormat::from_id(&file.signature).ok_or_else(wrong)?;
    let renderer = by_id(RENDERERS, &file.format).ok_or_else(wrong)?;
    let file_name = FileName::from_path(&file.path).ok_or_else(wrong)?;
    if sha256(bytes) != file.sha256 || renderer.format().signature != signature {
        return Err(wrong());
    }
    let opened = open(signature, bytes, trust);
    let verified =
        opened.verdict.map_err(|fault| Skip::Signature { path: file.path.clone(), fault })?;
    let signer = signers.map(|(profiles, scripts)| match signature {
        SignatureFormat::AuthenticodeScript => scripts,
        SignatureFormat::CmsAttached | SignatureFormat::Unsigned => profiles,
    });
    if verified.is_some_and(|verified| Some(&verified.signer.fingerprint) != signer) {
        return Err(Skip::Stranger(file.path.clone()));
    }
    let content = opened.content.ok_or_else(wrong)?.to_vec().into();
    Ok((renderer.format().id, Draft { file_name, content, signature }))
}
