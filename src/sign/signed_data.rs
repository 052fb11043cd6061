//! `SignedData` with one signer (RFC 5652 §5.1), assembled around one raw signature.
//!
//! By hand, because the openssl crate cannot set a content type or a signing time, which
//! Authenticode and repeatable runs need, and because OpenSSL's own way costs 10 to 60 % more.

use super::SignError;
use super::asn1::oid::{
    OID_CONTENT_TYPE, OID_ECDSA_WITH_SHA256, OID_MESSAGE_DIGEST, OID_RSA_ENCRYPTION, OID_SHA256,
    OID_SIGNED_DATA, OID_SIGNING_TIME,
};
use super::asn1::read::{Malformed, Reader};
use super::asn1::write::{
    CONTEXT_0, INTEGER, NULL, OCTET_STRING, SEQUENCE, SET, UTC_TIME, head, set_of, size, value,
};
use super::identity::{KeyKind, SigningIdentity};
use super::raw_signer::RawSigner;

/// `CMSVersion` 1, for a signer named by issuer and serial number (RFC 5652 §5.3).
pub(super) const VERSION_1: &[u8] = &[INTEGER, 1, 1];

/// The parts that are the same in every signature of one identity.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// `certificates [0] IMPLICIT CertificateSet`, whole.
    certificates: Vec<u8>,
    /// `IssuerAndSerialNumber`, whole.
    issuer_and_serial_number: Vec<u8>,
    /// The signature's `AlgorithmIdentifier`, whole.
    signature_algorithm: Vec<u8>,
    /// SHA-256's `AlgorithmIdentifier`, whole.
    digest_algorithm: Vec<u8>,
}

/// Whether SHA-256's identifier carries the parameter `NULL`. RFC 5754 §2 recommends leaving it out, as
/// Apple's own profiles do; Authenticode's tools write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DigestParameters {
    Absent,
    Null,
}

/// Whether the content travels inside the signature.
#[derive(Clone, Copy, Debug)]
pub(super) enum Encapsulated<'a> {
    /// The value inside `eContent [0] EXPLICIT`, in parts.
    Inside(&'a [&'a [u8]]),
    /// `eContent` is absent: the content is a file of its own.
    Detached,
}

fn length_of(parts: &[&[u8]]) -> usize {
    parts.iter().map(|part| part.len()).sum()
}

impl Frame {
    /// Leaf and intermediates go in; the root stays out, for a device trusts only its own copy.
    pub(super) fn new(
        identity: &SigningIdentity,
        parameters: DigestParameters,
    ) -> Result<Self, SignError> {
        let leaf = identity.leaf().to_der()?;
        let mut certificates = vec![leaf.clone()];
        for intermediate in identity.intermediates() {
            certificates.push(intermediate.to_der()?);
        }
        let signature_algorithm = match identity.key_kind() {
            KeyKind::Rsa(_) => value(SEQUENCE, &[OID_RSA_ENCRYPTION, NULL]),
            KeyKind::P256 | KeyKind::P384 => value(SEQUENCE, &[OID_ECDSA_WITH_SHA256]),
        };
        Ok(Self {
            certificates: set_of(CONTEXT_0, certificates),
            issuer_and_serial_number: issuer_and_serial_number(&leaf)?,
            signature_algorithm,
            digest_algorithm: match parameters {
                DigestParameters::Absent => value(SEQUENCE, &[OID_SHA256]),
                DigestParameters::Null => value(SEQUENCE, &[OID_SHA256, NULL]),
            },
        })
    }

    /// The whole `ContentInfo`, with the raw signature and `unsignedAttrs`, which may be empty.
    pub(super) fn assemble(
        &self,
        content_type: &[u8],
        content: Encapsulated<'_>,
        attributes: &SignedAttributes,
        (signature, unsigned): (&[u8], &[u8]),
    ) -> Vec<u8> {
        let encapsulated = content_type.len()
            + match content {
                Encapsulated::Inside(parts) => size(length_of(parts)),
                Encapsulated::Detached => 0,
            };
        let signer_info = VERSION_1.len()
            + self.issuer_and_serial_number.len()
            + self.digest_algorithm.len()
            + attributes.0.len()
            + self.signature_algorithm.len()
            + size(signature.len())
            + unsigned.len();
        let signer_infos = size(signer_info);
        let signed_data = VERSION_1.len()
            + size(self.digest_algorithm.len())
            + size(encapsulated)
            + self.certificates.len()
            + size(signer_infos);
        let content_info = OID_SIGNED_DATA.len() + size(size(signed_data));

        let mut out = Vec::with_capacity(size(content_info));
        head(&mut out, SEQUENCE, content_info);
        out.extend_from_slice(OID_SIGNED_DATA);
        head(&mut out, CONTEXT_0, size(signed_data));
        head(&mut out, SEQUENCE, signed_data);
        out.extend_from_slice(VERSION_1);
        head(&mut out, SET, self.digest_algorithm.len());
        out.extend_from_slice(&self.digest_algorithm);
        head(&mut out, SEQUENCE, encapsulated);
        out.extend_from_slice(content_type);
        if let Encapsulated::Inside(parts) = content {
            head(&mut out, CONTEXT_0, length_of(parts));
            for part in parts {
                out.extend_from_slice(part);
            }
        }
        out.extend_from_slice(&self.certificates);
        head(&mut out, SET, signer_infos);
        head(&mut out, SEQUENCE, signer_info);
        out.extend_from_slice(VERSION_1);
        out.extend_from_slice(&self.issuer_and_serial_number);
        out.extend_from_slice(&self.digest_algorithm);
        // RFC 5652 §5.4: signed with the tag SET OF, written with the tag [0]
        out.push(CONTEXT_0);
        out.extend_from_slice(&attributes.0[1..]);
        out.extend_from_slice(&self.signature_algorithm);
        head(&mut out, OCTET_STRING, signature.len());
        out.extend_from_slice(signature);
        out.extend_from_slice(unsigned);
        out
    }
}

/// `SignedAttributes` with the tag `SET OF`, as they are signed.
#[derive(Clone, Debug)]
pub(super) struct SignedAttributes(Vec<u8>);

impl SignedAttributes {
    /// Content type, signing time and message digest, which every signature has, and `others`.
    ///
    /// Sorted, as DER asks: Apple's verifier encodes them again in the order it received them and
    /// trusts that order (`libsecurity_smime`).
    pub(super) fn new(
        content_type: &[u8],
        digest: &[u8],
        time: UtcTime,
        others: &[Vec<u8>],
    ) -> Self {
        let mut attributes = vec![
            attribute(OID_CONTENT_TYPE, content_type),
            attribute(OID_SIGNING_TIME, &value(UTC_TIME, &[&time.0])),
            attribute(OID_MESSAGE_DIGEST, &value(OCTET_STRING, &[digest])),
        ];
        attributes.extend_from_slice(others);
        Self(set_of(SET, attributes))
    }

    pub(super) fn sign(&self, signer: &mut RawSigner) -> Result<Vec<u8>, SignError> {
        signer.sign(&self.0)
    }
}

/// One `Attribute` with one value.
pub(super) fn attribute(oid: &[u8], content: &[u8]) -> Vec<u8> {
    value(SEQUENCE, &[oid, &value(SET, &[content])])
}

/// `YYMMDDHHMMSSZ`, for the years 1950 to 2049 (RFC 5652 §11.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct UtcTime([u8; 13]);

impl From<time::OffsetDateTime> for UtcTime {
    fn from(moment: time::OffsetDateTime) -> Self {
        let two = |number: u8| [b'0' + number / 10 % 10, b'0' + number % 10];
        let year = u8::try_from(moment.year().rem_euclid(100)).unwrap_or_default();
        let fields = [
            year,
            moment.month().into(),
            moment.day(),
            moment.hour(),
            moment.minute(),
            moment.second(),
        ]
        .map(two);
        let mut text = [b'Z'; 13];
        text[..12].copy_from_slice(fields.as_flattened());
        Self(text)
    }
}

/// `IssuerAndSerialNumber` from a certificate's own bytes (RFC 5280 §4.1), so that nothing is
/// encoded anew.
pub(super) fn issuer_and_serial_number(certificate: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut tbs = Reader::new(certificate).enter(SEQUENCE)?.enter(SEQUENCE)?;
    tbs.optional(CONTEXT_0)?; // version
    let serial_number = tbs.expect(INTEGER)?;
    tbs.expect(SEQUENCE)?; // signature
    let issuer = tbs.expect(SEQUENCE)?;
    Ok(value(SEQUENCE, &[issuer.whole, serial_number.whole]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_thirteen_characters() {
        let moment = time::macros::datetime!(2026-11-03 09:05:07 UTC);
        assert_eq!(&UtcTime::from(moment).0, b"261103090507Z");
    }
}
