//! `TimeStampReq` (RFC 3161 §2.4.1): a digest and a number, and nothing about whose script it is.

use openssl::rand::rand_bytes;
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::response::token_of;
use super::{Stamp, StampFault, TstInfo};
use crate::sign::asn1::oid::OID_SHA256;
use crate::sign::asn1::write::{BOOLEAN, INTEGER, NULL, OCTET_STRING, SEQUENCE, value};
use crate::sign::verify::{Authorities, Digest as Algorithm};

/// How far an authority's clock may be from this one. The nonce proves that the answer is fresh (RFC 3161 §2.4.2); the
/// clock of an admin's PC is not worth more than this.
const CLOCK_TOLERANCE: Duration = Duration::DAY;

/// A request for a time stamp over one raw signature.
#[derive(Clone, Debug)]
pub struct StampRequest<'a> {
    signature: &'a [u8],
    /// An `INTEGER`, whole.
    nonce: Vec<u8>,
}

impl<'a> StampRequest<'a> {
    /// A request with a nonce that nobody can guess.
    pub fn new(signature: &'a [u8]) -> Result<Self, StampFault> {
        let mut nonce = [0; 16];
        rand_bytes(&mut nonce)?;
        // a positive number in its shortest form
        nonce[0] = nonce[0] & 0x3f | 0x40;
        Ok(Self { signature, nonce: value(INTEGER, &[&nonce]) })
    }

    /// The bytes to send as `application/timestamp-query`.
    pub fn to_der(&self) -> Vec<u8> {
        let algorithm = value(SEQUENCE, &[OID_SHA256, NULL]);
        let digest = value(OCTET_STRING, &[&Sha256::digest(self.signature)]);
        let imprint = value(SEQUENCE, &[&algorithm, &digest]);
        let wants_certificates = value(BOOLEAN, &[&[0xff]]);
        let version = value(INTEGER, &[&[1]]);
        value(SEQUENCE, &[&version, &imprint, &self.nonce, &wants_certificates])
    }

    /// The `TimeStampToken` (DER) in the answer `response`, which must be one to this request, made at about `now`.
    pub fn judge(
        &self,
        response: &[u8],
        authorities: &Authorities,
        now: OffsetDateTime,
    ) -> Result<Vec<u8>, StampFault> {
        let token = token_of(response)?;
        Stamp::judge_with(token, self.signature, authorities, |info: &TstInfo<'_>| {
            if info.nonce != Some(&*self.nonce) {
                return Err(StampFault::Nonce);
            }
            if info.digest != Algorithm::Sha256 {
                return Err(StampFault::Imprint);
            }
            if (info.time - now).abs() > CLOCK_TOLERANCE {
                return Err(StampFault::Time { stated: info.time, now });
            }
            Ok(())
        })?;
        Ok(token.to_vec())
    }
}
