//! The signature of a run: `manifest.jsonl.p7s` over `manifest.jsonl`.

use std::io::{self, ErrorKind, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Judge, VerifyError, unreadable};
use crate::bounded::{self, Opened};
use crate::diagnostic::WhyUnreadable;
use crate::output::layout::{MANIFEST, MANIFEST_SIGNATURE};
use crate::sign::verify::{SignatureFault, Verified, detached};

/// The signature of a run, judged.
pub(super) struct RunSignature {
    /// SHA-256 of the manifest.
    pub(super) digest: [u8; 32],
    /// Who signed, if that holds.
    pub(super) signer: Option<Verified>,
}

/// Judges the signature of the run in the folder `root`, whose manifest is there.
pub(super) fn judge(root: &Path, judge: &mut Judge<'_>) -> Result<RunSignature, VerifyError> {
    let manifest = root.join(MANIFEST);
    let path = root.join(MANIFEST_SIGNATURE);
    let place = path.display().to_string();
    let digest = sha256_of(&manifest).map_err(unreadable(&manifest))?;
    let unsigned = |judge: &mut Judge<'_>, why: &dyn std::fmt::Display| {
        judge.fault(&place, why);
        Ok(RunSignature { digest, signer: None })
    };
    let signature = match read(&path) {
        Ok(signature) => signature,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return unsigned(
                judge,
                &"it is missing: the run is not signed, or it was stopped before its end; run mailmuster generate again",
            );
        }
        Err(error) => {
            return unsigned(judge, &format_args!("it cannot be read: {}", WhyUnreadable(&error)));
        }
    };
    match detached(&digest, &signature, judge.criteria.trust) {
        Ok(verified) => {
            let holds = judge.signature_holds(&place, &verified);
            Ok(RunSignature { digest, signer: holds.then_some(verified) })
        }
        Err(SignatureFault::Changed) => unsigned(
            judge,
            &format_args!(
                "it signs another {MANIFEST}: one of the two was changed, or a run was stopped before its end; run mailmuster generate again"
            ),
        ),
        Err(fault) => unsigned(judge, &fault),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !path.symlink_metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    bounded::read(path, bounded::SMALL)
}

/// SHA-256 of the file at `path`, however large it is.
fn sha256_of(path: &Path) -> io::Result<[u8; 32]> {
    let (Opened::File(mut file) | Opened::Stream(mut file)) = bounded::open(path)?;
    let mut digest = Sha256::new();
    let mut chunk = vec![0; 64 << 10];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(digest.finalize().into()),
            read => digest.update(&chunk[..read]),
        }
    }
}
