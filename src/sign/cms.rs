//! CMS for configuration profiles: attached, SHA-256, with signed attributes (RFC 5652).

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::SignError;
use super::asn1::oid::OID_DATA;
use super::asn1::write::{OCTET_STRING, head};
use super::identity::SigningIdentity;
use super::signed_data::{DigestParameters, Frame, SignedAttributes};
use super::signer::Signer;

/// Signs one profile after the other.
pub(super) struct CmsSigner {
    frame: Frame,
    signer: Signer,
}

impl CmsSigner {
    pub(super) fn new(identity: &SigningIdentity, self_check: bool) -> Result<Self, SignError> {
        Ok(Self {
            frame: Frame::new(identity, DigestParameters::Absent)?,
            signer: Signer::new(identity, self_check)?,
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
        Ok(self.frame.assemble(OID_DATA, &[&octet_string, content], &attributes, &signature))
    }
}
