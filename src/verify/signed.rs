//! The signature of one file of a bundle.

use super::Judge;
use crate::artifact::SignatureFormat;
use crate::bundle::BundleManifest;
use crate::bundle::manifest::SignersEntry;
use crate::render::Renderer;
use crate::sign::certificate::Use;
use crate::sign::verify::{SignatureFault, Verified, open};

/// The file without its signature, and whether that holds; `None` after a fault that hides the
/// content.
pub(super) fn content<'a>(
    bytes: &'a [u8],
    place: &str,
    renderer: &dyn Renderer,
    manifest: &BundleManifest,
    judge: &mut Judge<'_>,
) -> Option<(&'a [u8], bool)> {
    let format = renderer.format();
    let Some(signers) = &manifest.signers else {
        if format.signature != SignatureFormat::Unsigned {
            judge.is_unsigned(place);
        }
        return Some((bytes, false));
    };
    let opened = open(format.signature, bytes, judge.criteria.trust);
    let holds = match opened.verdict {
        Ok(None) => false,
        Ok(Some(verified)) => signer_holds(&verified, place, signers, judge),
        Err(fault) => {
            let is_missing = matches!(fault, SignatureFault::Missing);
            judge.fault(place, fault);
            if is_missing {
                return None;
            }
            // what a broken chain signed is still compared
            false
        }
    };
    opened.content.map(|content| (content, holds))
}

/// Whether the right person signed, at the moment of the run.
fn signer_holds(
    verified: &Verified,
    place: &str,
    signers: &SignersEntry,
    judge: &mut Judge<'_>,
) -> bool {
    let named = match verified.purpose {
        Use::Scripts => &signers.scripts,
        Use::Profiles | Use::Manifest => &signers.profiles,
    };
    let holds = judge.signature_holds(place, verified);
    if verified.signer.fingerprint != named.sha256 || verified.signer.subject != named.subject {
        let signer = &verified.signer.subject;
        let why = format!("`{signer}` signed it, and the manifest names another certificate");
        judge.fault(place, why);
        return false;
    }
    if judge.moment.is_some() && verified.signing_time != judge.moment {
        judge.fault(place, "it was not signed at the moment that the manifest names");
        return false;
    }
    holds
}
