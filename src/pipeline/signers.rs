//! Who signs a run, as the ledger keeps it.

use crate::clock::rfc3339;
use crate::domain::text::hex;
use crate::ledger::{Ledger, LedgerError, SignerId, SignerRecord};
use crate::sign::{Signing, SigningIdentity};

/// How the signers of a person's files differ from those of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignerStep {
    Same,
    /// Certificates for the same keys and names: devices take them for the same signer.
    Renewed,
    Other,
}

/// Who signs a run.
#[derive(Clone, Debug)]
pub(super) struct RunSigners(Option<[RunSigner; 2]>);

/// The certificate that signs profiles or scripts.
#[derive(Clone, Debug)]
struct RunSigner {
    /// SHA-256 of the certificate, hexadecimal.
    sha256: String,
    /// The same of the certificates that it renews.
    renews: Vec<String>,
}

impl RunSigners {
    /// The signers of a run with `signing` in the folder of `ledger`.
    pub(super) fn of(ledger: Option<&Ledger>, signing: &Signing) -> Result<Self, LedgerError> {
        let earlier = ledger.map(Ledger::signers).transpose()?.unwrap_or_default();
        let pair = signing.identities.as_ref();
        let pair = pair.map(|it| [signer(&it.profiles), signer(&it.scripts)]);
        Ok(Self::among(&earlier, pair))
    }

    /// The signers with the numbers `pair` in `ledger`.
    pub(super) fn numbered(
        ledger: &Ledger,
        (profiles, scripts): (SignerId, SignerId),
    ) -> Result<Self, LedgerError> {
        let all = ledger.signers()?;
        let find = |id| all.iter().find(|(other, _)| *other == id).map(|(_, it)| it.clone());
        let pair = find(profiles).zip(find(scripts)).map(|(one, other)| [one, other]);
        Ok(Self::among(&all, pair))
    }

    fn among(earlier: &[(SignerId, SignerRecord)], pair: Option<[SignerRecord; 2]>) -> Self {
        let with_renewed = |new: SignerRecord| {
            let renewed = earlier.iter().filter(|(_, old)| new.renews(old));
            RunSigner {
                renews: renewed.map(|(_, old)| old.sha256.clone()).collect(),
                sha256: new.sha256,
            }
        };
        Self(pair.map(|pair| pair.map(with_renewed)))
    }

    /// What these signers are to files that `old` signed, by the SHA-256 of the certificates for profiles
    /// and scripts.
    pub(super) fn since(&self, old: Option<&(String, String)>) -> SignerStep {
        let (new, old) = match (&self.0, old) {
            (None, None) => return SignerStep::Same,
            (Some(new), Some((profiles, scripts))) => (new, [profiles, scripts]),
            (Some(_), None) | (None, Some(_)) => return SignerStep::Other,
        };
        let pairs = || new.iter().zip(old);
        if pairs().all(|(new, old)| new.sha256 == *old) {
            SignerStep::Same
        } else if pairs().all(|(new, old)| new.sha256 == *old || new.renews.contains(old)) {
            SignerStep::Renewed
        } else {
            SignerStep::Other
        }
    }
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
