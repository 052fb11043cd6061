//! A signature for trial, before a run: the check of an identity is then never weaker than `verify`.

use thiserror::Error;
use time::OffsetDateTime;

use super::cms::CmsSigner;
use super::identity::{IdentityError, SigningIdentity};
use super::verify::{SignatureFault, Trust, detached};
use super::{SelfCheck, SignError};

impl SigningIdentity {
    /// This identity, once a signature that it makes at the second of `moments` (the run's signing
    /// time) passes `verify` at the first (now). Which authority devices trust is not known here.
    pub(super) fn tried(self, moments: [OffsetDateTime; 2]) -> Result<Self, IdentityError> {
        let [now, at] = moments;
        let digest = [0; 32];
        let trial = || -> Result<(), TrialFault> {
            let signature = CmsSigner::new(&self, SelfCheck::On)?.sign_detached(&digest, at)?;
            detached(&digest, &signature, &Trust::new(Vec::new(), now))?;
            Ok(())
        };
        match trial() {
            Ok(()) => Ok(self),
            Err(fault) => {
                let subject = self.facts().subject.clone();
                Err(IdentityError::Unverifiable { subject, fault })
            }
        }
    }
}

/// Why a signature for trial does not pass.
#[derive(Debug, Error)]
pub enum TrialFault {
    /// It cannot be made.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// It does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureFault),
}

#[cfg(test)]
mod tests {
    use openssl::asn1::Asn1Time;
    use openssl::bn::BigNum;
    use openssl::hash::MessageDigest;
    use openssl::pkey::{PKey, Private};
    use openssl::rsa::Rsa;
    use openssl::x509::extension::BasicConstraints;
    use openssl::x509::{X509, X509NameBuilder};
    use time::macros::datetime;

    use super::*;
    use crate::sign::identity::IdentityFiles;

    const JANUARY: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);
    const JUNE: OffsetDateTime = datetime!(2026-06-01 00:00 UTC);
    const NOW: OffsetDateTime = datetime!(2026-11-23 00:00 UTC);

    fn certificate(
        subject: &str,
        key: &PKey<Private>,
        issuer: (&str, &PKey<Private>),
        from: OffsetDateTime,
    ) -> X509 {
        let name = |text: &str| {
            let mut name = X509NameBuilder::new().unwrap();
            name.append_entry_by_text("CN", text).unwrap();
            name.build()
        };
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        let serial = BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap();
        builder.set_serial_number(&serial).unwrap();
        builder.set_subject_name(&name(subject)).unwrap();
        builder.set_issuer_name(&name(issuer.0)).unwrap();
        let moment = |seconds| Asn1Time::from_unix(seconds).unwrap();
        builder.set_not_before(&moment(from.unix_timestamp())).unwrap();
        builder.set_not_after(&moment(from.unix_timestamp() + 300_000_000)).unwrap();
        builder.set_pubkey(key).unwrap();
        if subject != "Leaf" {
            let ca = BasicConstraints::new().critical().ca().build().unwrap();
            builder.append_extension(ca).unwrap();
        }
        builder.sign(issuer.1, MessageDigest::sha256()).unwrap();
        builder.build()
    }

    /// NSS judges a chain at the signing time: an intermediate that was issued later breaks it.
    #[test]
    fn a_chain_that_did_not_hold_at_the_signing_time_is_refused_before_the_run() {
        let key = || PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let (root, middle, leaf) = (key(), key(), key());
        let chain = [
            certificate("Leaf", &leaf, ("Middle", &middle), JANUARY),
            certificate("Middle", &middle, ("Root", &root), JUNE),
            certificate("Root", &root, ("Root", &root), JANUARY),
        ];
        let mut pem: Vec<u8> = chain.iter().flat_map(|one| one.to_pem().unwrap()).collect();
        pem.extend(leaf.private_key_to_pem_pkcs8().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("identity.pem");
        #[expect(clippy::disallowed_methods, reason = "a test writes its own fixture")]
        std::fs::write(&file, pem).unwrap();
        let files = IdentityFiles::Pem { certificate: file, key: None, chain: None };
        let load = |at| SigningIdentity::load(&files, &mut |_| Ok(None), [NOW, at]);
        assert!(load(NOW).is_ok());
        let refusal = load(datetime!(2026-03-01 00:00 UTC)).unwrap_err().to_string();
        assert!(refusal.contains("at the signing time 2026-03-01T00:00:00Z"), "{refusal}");
    }
}
