//! The time stamp of a script's signature: a signed message of its own, judged as strictly as the ones that are made
//! here, as far as authorities allow.

use openssl::hash::{MessageDigest, hash};
use openssl::x509::X509Ref;

use super::algorithm::Digest;
use super::chain::Authorities;
use super::fault::{CmsField, Damage, SignatureFault};
use super::parts::{Message, Parts};
use crate::sign::asn1::read::{Malformed, Reader, Value};
use crate::sign::asn1::write::{INTEGER, OCTET_STRING, SEQUENCE, value};
use crate::sign::certificate::{
    CertificateFacts, is_for_time_stamps, is_issued_by, is_self_issued, may_sign,
};
use crate::sign::signed_data::issuer_and_serial_number;
use crate::sign::stamp::{Stamp, StampFault, StampField, TstInfo};

/// `directoryName` of `GeneralName` (RFC 5280 §4.2.1.6).
const DIRECTORY_NAME: u8 = 0xa4;

impl Stamp {
    /// Judges `token`, the time stamp of the raw `signature`.
    pub(super) fn judge(
        token: &[u8],
        signature: &[u8],
        authorities: &Authorities,
    ) -> Result<Self, StampFault> {
        Self::judge_with(token, signature, authorities, |_| Ok(()))
    }

    /// The same, with a further condition.
    pub(in crate::sign) fn judge_with(
        token: &[u8],
        signature: &[u8],
        authorities: &Authorities,
        also: impl Fn(&TstInfo<'_>) -> Result<(), StampFault>,
    ) -> Result<Self, StampFault> {
        let parts = Parts::read(token, Message::Stamp)?;
        let content = parts
            .content
            .filter(|content| content.tag == OCTET_STRING)
            .ok_or(Damage::Missing(CmsField::EncapsulatedContent))
            .map_err(SignatureFault::from)?
            .body;
        parts.covers(content)?;
        parts.is_by_signer()?;
        let info = TstInfo::read(content).map_err(StampFault::Field)?;
        if *hash(info.digest.openssl(), signature)? != *info.imprint {
            return Err(StampFault::Imprint);
        }
        also(&info)?;
        let signer = parts.signer();
        names_signer(&parts, signer)?;
        let subject = parts.signer_name();
        if !is_for_time_stamps(signer) || !may_sign(signer) {
            return Err(StampFault::Usage { subject });
        }
        let [_, issuers @ ..] = &parts.certificates[..] else {
            return Err(SignatureFault::from(Damage::NoSigner).into());
        };
        // no chain is built through the signature of a root, so that a bit of it could change unnoticed
        if let Some(top) = parts.certificates.last()
            && is_self_issued(top)
            && !is_issued_by(top, top)
        {
            return Err(SignatureFault::from(Damage::Certificate).into());
        }
        let at = info.time;
        let anchor = authorities.judge(signer, issuers, at)?.map_err(|why| StampFault::Chain {
            subject: subject.clone(),
            at,
            why,
        })?;
        Ok(Self {
            time: info.time,
            authority: subject,
            sha256: CertificateFacts::of(signer)?.fingerprint,
            serial_number: info.serial_number,
            policy: info.policy,
            anchor,
        })
    }
}

/// Whether the signed attribute `signing-certificate` names `signer` (RFC 3161 §2.4.1, RFC 5816 §2.2.1): without it another
/// certificate of the same key could be put in. An authority may write both versions.
fn names_signer(parts: &Parts<'_>, signer: &X509Ref) -> Result<(), StampFault> {
    let damaged = |Malformed| StampFault::Field(StampField::SigningCertificate);
    let [first, second] = parts.signing_certificate;
    let ids = [
        first.map(|value| EssId::read(value, MessageDigest::sha1())),
        second.map(|value| EssId::read(value, MessageDigest::sha256())),
    ];
    if ids.iter().all(Option::is_none) {
        return Err(StampFault::Field(StampField::SigningCertificate));
    }
    let der = signer.to_der()?;
    let issuer_and_serial = issuer_and_serial_number(&der).map_err(damaged)?;
    for id in ids.into_iter().flatten() {
        let id = id.map_err(damaged)?;
        let is_named = id.issuer_and_serial.is_none_or(|named| named == issuer_and_serial);
        if !is_named || *hash(id.digest, &der)? != *id.hash {
            return Err(StampFault::OtherCertificate { subject: parts.signer_name() });
        }
    }
    Ok(())
}

/// The first `ESSCertID` (RFC 2634 §5.4.1) or `ESSCertIDv2` (RFC 5035 §4) of the attribute: that of the signer.
struct EssId<'a> {
    digest: MessageDigest,
    hash: &'a [u8],
    /// As a signature names its signer.
    issuer_and_serial: Option<Vec<u8>>,
}

impl<'a> EssId<'a> {
    /// Reads `SigningCertificate` or `SigningCertificateV2`; without `hashAlgorithm` the digest is `default`.
    fn read(attribute: Value<'a>, default: MessageDigest) -> Result<Self, Malformed> {
        let mut attribute = Reader::new(attribute.whole).enter(SEQUENCE)?;
        let mut ids = attribute.enter(SEQUENCE)?;
        attribute.optional(SEQUENCE)?; // policies
        let mut id = ids.enter(SEQUENCE)?;
        let digest = match id.optional(SEQUENCE)? {
            // the first version is SHA-1's
            Some(_) if default == MessageDigest::sha1() => return Err(Malformed),
            Some(algorithm) => Digest::of(&mut Reader::new(algorithm.whole))?.openssl(),
            None => default,
        };
        let hash = id.expect(OCTET_STRING)?.body;
        let issuer_and_serial = id.optional(SEQUENCE)?.map(issuer_and_serial).transpose()?;
        let is_whole = attribute.is_empty() && id.is_empty();
        if is_whole { Ok(Self { digest, hash, issuer_and_serial }) } else { Err(Malformed) }
    }
}

/// `IssuerSerial` (RFC 2634 §5.4.1), written as `IssuerAndSerialNumber`.
fn issuer_and_serial(value_read: Value<'_>) -> Result<Vec<u8>, Malformed> {
    let mut parts = Reader::new(value_read.body);
    let mut names = parts.enter(SEQUENCE)?;
    let mut name = names.enter(DIRECTORY_NAME)?;
    let issuer = name.expect(SEQUENCE)?;
    let serial = parts.expect(INTEGER)?;
    let is_whole = parts.is_empty() && names.is_empty() && name.is_empty();
    if is_whole { Ok(value(SEQUENCE, &[issuer.whole, serial.whole])) } else { Err(Malformed) }
}
