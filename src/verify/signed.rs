//! The signature of one file of a bundle.

use super::Judge;
use crate::artifact::SignatureFormat;
use crate::bundle::BundleManifest;
use crate::bundle::manifest::SignerEntry;
use crate::render::Renderer;
use crate::sign::certificate::Use;
use crate::sign::verify::{self, SignatureFault, Verified};

/// The file without its signature, and whether that holds; `None` after a fault that hides the
/// content.
pub(super) fn content(
    bytes: &[u8],
    place: &str,
    renderer: &dyn Renderer,
    manifest: &BundleManifest,
    judge: &mut Judge<'_>,
) -> Option<(Vec<u8>, bool)> {
    type Verify = fn(&[u8], &verify::Trust) -> Result<Verified, SignatureFault>;
    let (verify, purpose): (Verify, Use) = match renderer.format().signature {
        SignatureFormat::Unsigned => return Some((bytes.to_vec(), false)),
        SignatureFormat::CmsAttached => (verify::profile, Use::Profiles),
        SignatureFormat::AuthenticodeScript => (verify::script, Use::Scripts),
    };
    let Some(signers) = &manifest.signers else {
        judge.is_unsigned(place);
        return Some((bytes.to_vec(), false));
    };
    let signer = if purpose == Use::Scripts { &signers.scripts } else { &signers.profiles };
    match verify(bytes, judge.trust) {
        Ok(verified) => {
            let holds = signer_holds(&verified, place, purpose, signer, judge);
            Some((verified.content, holds))
        }
        Err(fault) => {
            let has_content = !matches!(fault, SignatureFault::Missing);
            judge.fault(place, fault);
            // what a broken chain signed is still compared
            let content = match purpose {
                Use::Scripts => Some(verify::script_content(bytes)),
                Use::Profiles | Use::Manifest => verify::profile_content(bytes).ok(),
            };
            content.filter(|_| has_content).map(|content| (content, false))
        }
    }
}

/// Whether the right person signed, at the moment of the run.
fn signer_holds(
    verified: &Verified,
    place: &str,
    purpose: Use,
    named: &SignerEntry,
    judge: &mut Judge<'_>,
) -> bool {
    let holds = judge.signature_holds(place, verified, purpose);
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
