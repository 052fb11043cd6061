//! Who signs a run, as the ledger keeps it.

use crate::clock::rfc3339;
use crate::domain::text::hex;
use crate::ledger::{Ledger, LedgerError, SignerId, SignerRecord};
use crate::sign::{Signing, SigningIdentity};

/// SHA-256 of the certificates that sign profiles and scripts.
pub(super) fn signer_pair(signing: &Signing) -> Option<(String, String)> {
    let sha256 = |identity: &SigningIdentity| identity.facts().fingerprint.clone();
    signing.identities.as_ref().map(|it| (sha256(&it.profiles), sha256(&it.scripts)))
}

/// The numbers of the certificates that sign profiles and scripts; [`SignerId::UNKNOWN`] where the ledger does
/// not have one.
pub(super) fn find_signers(
    ledger: &Ledger,
    signing: &Signing,
) -> Result<Option<(SignerId, SignerId)>, LedgerError> {
    let Some(identities) = &signing.identities else { return Ok(None) };
    let id = |identity: &SigningIdentity| {
        ledger.find_signer(&signer(identity)).map(|id| id.unwrap_or(SignerId::UNKNOWN))
    };
    Ok(Some((id(&identities.profiles)?, id(&identities.scripts)?)))
}

/// What the ledger keeps of `identity`.
pub(super) fn signer(identity: &SigningIdentity) -> SignerRecord {
    let facts = identity.facts();
    SignerRecord {
        sha256: facts.fingerprint.clone(),
        chain_sha256: hex(&identity.chain_sha256()),
        key_sha256: hex(&facts.key_id),
        subject: facts.subject.clone(),
        not_after: rfc3339(facts.not_after),
    }
}
