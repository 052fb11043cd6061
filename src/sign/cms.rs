//! CMS (RFC 5652) with SHA-256 and signed attributes: attached for configuration profiles, detached
//! for a run's manifest.

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::asn1::oid::OID_DATA;
use super::asn1::write::{OCTET_STRING, head};
use super::identity::SigningIdentity;
use super::raw_signer::RawSigner;
use super::signed_data::{DigestParameters, Encapsulated, Frame, SignedAttributes};
use super::{SelfCheck, SignError};

/// Signs any number of profiles and manifests with one identity.
pub(super) struct CmsSigner {
    frame: Frame,
    signer: RawSigner,
}

impl CmsSigner {
    pub(super) fn new(
        identity: &SigningIdentity,
        self_check: SelfCheck,
    ) -> Result<Self, SignError> {
        Ok(Self {
            frame: Frame::new(identity, DigestParameters::Absent)?,
            signer: RawSigner::new(identity, self_check)?,
        })
    }

    /// `content` inside a signed message.
    pub(super) fn sign(
        &mut self,
        content: &[u8],
        time: OffsetDateTime,
    ) -> Result<Vec<u8>, SignError> {
        let digest = Sha256::digest(content);
        let attributes = SignedAttributes::new(OID_DATA, &digest, time.into(), &[]);
        let signature = attributes.sign(&mut self.signer)?;
        let mut octet_string = Vec::with_capacity(6);
        head(&mut octet_string, OCTET_STRING, content.len());
        let content = Encapsulated::Inside(&[&octet_string, content]);
        Ok(self.frame.assemble(OID_DATA, content, &attributes, (&signature, &[])))
    }

    /// A detached signature over a file with the SHA-256 digest `digest`. The caller hashes while it
    /// writes, so a file of any size needs no memory here.
    pub(super) fn sign_detached(
        &mut self,
        digest: &[u8; 32],
        time: OffsetDateTime,
    ) -> Result<Vec<u8>, SignError> {
        let attributes = SignedAttributes::new(OID_DATA, digest, time.into(), &[]);
        let signature = attributes.sign(&mut self.signer)?;
        Ok(self.frame.assemble(OID_DATA, Encapsulated::Detached, &attributes, (&signature, &[])))
    }
}
