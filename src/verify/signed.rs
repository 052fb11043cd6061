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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{RENDERERS, by_id};
    use crate::verify::SignerPin;
    use crate::verify::testing::{NOW, Signed, judged, judged_by, manifest};
    use time::Duration;

    const PROFILE: &[u8] = b"<?xml version=\"1.0\"?><plist/>";

    fn judge_profile(
        signed: &Signed,
        bytes: &[u8],
        judge: &mut Judge<'_>,
    ) -> Option<(Vec<u8>, bool)> {
        let manifest = BundleManifest { signers: Some(signed.signers.clone()), ..manifest() };
        let renderer = by_id(RENDERERS, "apple-profile").unwrap();
        let found = content(bytes, "x", renderer, &manifest, judge);
        found.map(|(content, holds)| (content.to_vec(), holds))
    }

    #[test]
    fn a_signature_by_the_named_signer_at_the_moment_of_the_run_holds() {
        let signed = Signed::new();
        let profile = signed.profile(PROFILE);
        let (faults, verdict) = judged_by(signed.roots.clone(), &[], |judge| {
            judge.moment = Some(NOW);
            let found = judge_profile(&signed, &profile, judge);
            assert_eq!(found, Some((PROFILE.to_vec(), true)));
        });
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!((verdict.signatures, verdict.signers.len()), (1, 1));
    }

    #[test]
    fn a_signature_by_another_signer_than_the_manifest_names_does_not_hold() {
        let (signed, other) = (Signed::new(), Signed::new());
        let profile = other.profile(PROFILE);
        let (faults, _) = judged(|judge| {
            assert_eq!(judge_profile(&signed, &profile, judge), Some((PROFILE.to_vec(), false)));
        });
        assert_eq!(faults, ["x: `CN=Test` signed it, and the manifest names another certificate"]);
    }

    #[test]
    fn a_signature_from_another_moment_does_not_hold() {
        let signed = Signed::new();
        let profile = signed.profile(PROFILE);
        let (faults, _) = judged(|judge| {
            judge.moment = Some(NOW + Duration::SECOND);
            assert_eq!(judge_profile(&signed, &profile, judge), Some((PROFILE.to_vec(), false)));
        });
        assert_eq!(faults, ["x: it was not signed at the moment that the manifest names"]);
    }

    #[test]
    fn a_signer_that_the_user_did_not_name_does_not_hold() {
        let signed = Signed::new();
        let profile = signed.profile(PROFILE);
        let pins = [SignerPin::Subject("CN=Other".to_owned())];
        let (faults, _) = judged_by(signed.roots.clone(), &pins, |judge| {
            assert_eq!(judge_profile(&signed, &profile, judge), Some((PROFILE.to_vec(), false)));
        });
        assert_eq!(faults, ["x: `CN=Test` signed it, whom --signer does not name"]);
    }

    #[test]
    fn a_profile_without_the_signature_that_its_manifest_names_is_not_read() {
        let signed = Signed::new();
        let (faults, _) = judged(|judge| {
            assert_eq!(judge_profile(&signed, PROFILE, judge), None);
        });
        assert_eq!(faults, ["x: it is not signed"]);
    }

    #[test]
    fn what_a_broken_chain_signed_is_still_read() {
        let (signed, stranger) = (Signed::new(), Signed::new());
        let profile = signed.profile(PROFILE);
        let (faults, _) = judged_by(stranger.roots, &[], |judge| {
            assert_eq!(judge_profile(&signed, &profile, judge), Some((PROFILE.to_vec(), false)));
        });
        assert_eq!(
            faults,
            ["x: the chain of `CN=Test` does not hold: unable to get local issuer certificate"]
        );
    }
}
