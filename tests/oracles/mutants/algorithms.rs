//! Signature algorithms.

use mailmuster::sign::asn1::oid::{
    OID_ECDSA_WITH_SHA256, OID_ECDSA_WITH_SHA384, OID_RSA_ENCRYPTION, OID_RSA_WITH_SHA256,
    OID_RSA_WITH_SHA512,
};
use mailmuster::sign::asn1::write::{NULL, SEQUENCE};

use super::message::algorithm;
use super::{Case, OID_EC_PUBLIC_KEY, OID_P256, case};

pub(super) fn of_rsa() -> Vec<Case> {
    vec![
        case(
            "rsaEncryption without NULL",
            |m| m.signature_algorithm = algorithm(&[OID_RSA_ENCRYPTION]),
            Some("the parameters of signatureAlgorithm must be NULL"),
        ),
        case(
            "sha256WithRSAEncryption",
            |m| m.signature_algorithm = algorithm(&[OID_RSA_WITH_SHA256, NULL]),
            None,
        ),
        case(
            "sha256WithRSAEncryption without NULL",
            |m| m.signature_algorithm = algorithm(&[OID_RSA_WITH_SHA256]),
            Some("the parameters of signatureAlgorithm must be NULL"),
        ),
        case(
            "sha512WithRSAEncryption over a SHA-256 digest",
            |m| m.signature_algorithm = algorithm(&[OID_RSA_WITH_SHA512, NULL]),
            Some("signatureAlgorithm is not one for an RSA key with the digest of digestAlgorithm"),
        ),
        case(
            "ecdsa-with-SHA256",
            |m| m.signature_algorithm = algorithm(&[OID_ECDSA_WITH_SHA256]),
            Some("signatureAlgorithm is not one for an RSA key with the digest of digestAlgorithm"),
        ),
        case(
            "three elements",
            |m| m.signature_algorithm = algorithm(&[OID_RSA_ENCRYPTION, NULL, NULL]),
            Some("signatureAlgorithm has more than one element or is followed by something"),
        ),
        case(
            "a zero before the signature",
            |m| m.change_signature = |signature| [&[0][..], &signature].concat(),
            Some("the signature does not match the key of `CN=Mutant`"),
        ),
    ]
}

pub(super) fn of_ecdsa() -> Vec<Case> {
    vec![
        case(
            "ecdsa-with-SHA256 and NULL",
            |m| m.signature_algorithm = algorithm(&[OID_ECDSA_WITH_SHA256, NULL]),
            Some("the parameters of signatureAlgorithm must be absent"),
        ),
        case(
            "ecdsa-with-SHA256 and a curve",
            |m| m.signature_algorithm = algorithm(&[OID_ECDSA_WITH_SHA256, OID_P256]),
            Some("the parameters of signatureAlgorithm must be absent"),
        ),
        case(
            "ecdsa-with-SHA384 over a SHA-256 digest",
            |m| m.signature_algorithm = algorithm(&[OID_ECDSA_WITH_SHA384]),
            Some("signatureAlgorithm is not one for an EC key with the digest of digestAlgorithm"),
        ),
        case(
            "id-ecPublicKey",
            |m| m.signature_algorithm = algorithm(&[OID_EC_PUBLIC_KEY]),
            Some("signatureAlgorithm is not one for an EC key with the digest of digestAlgorithm"),
        ),
        case(
            "a signature in BER",
            |m| {
                m.change_signature = |signature| {
                    let body = &signature[2..];
                    [&[SEQUENCE, 0x81, u8::try_from(body.len()).unwrap()][..], body].concat()
                };
            },
            Some("the signature does not match the key of `CN=Mutant`"),
        ),
    ]
}
