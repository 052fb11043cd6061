//! Versions, digests, content, certificates and signers.

use mailmuster::sign::asn1::oid::{OID_SHA256, OID_SHA512, OID_SIGNED_DATA};
use mailmuster::sign::asn1::write::{CONTEXT_0, INTEGER, NULL, OCTET_STRING, SET, value};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;

use super::message::{CONTENT, algorithm, attribute, certificate};
use super::{Case, OID_OTHER, OID_SHA1, case};

pub(super) fn versions_and_digests() -> Vec<Case> {
    vec![
        case("nothing", |_| {}, None),
        case(
            "version 3",
            |m| m.version = vec![INTEGER, 1, 3],
            Some("the version of SignedData has another value than 1"),
        ),
        case(
            "version in two octets",
            |m| m.version = vec![INTEGER, 2, 0, 1],
            Some("not DER at byte 23: a value is not in its canonical form"),
        ),
        case(
            "signer's version 3",
            |m| m.signer_version = vec![INTEGER, 1, 3],
            Some("the version of SignerInfo has another value than 1"),
        ),
        case(
            "no digest listed",
            |m| m.digest_algorithms = value(SET, &[]),
            Some("digestAlgorithms is missing or has another type"),
        ),
        case(
            "another digest listed",
            |m| m.digest_algorithms = value(SET, &[&algorithm(&[OID_SHA512])]),
            Some("digestAlgorithms has another value than digestAlgorithm"),
        ),
        case(
            "two digests listed",
            |m| {
                let both = [algorithm(&[OID_SHA256]), algorithm(&[OID_SHA512])].concat();
                m.digest_algorithms = value(SET, &[&both]);
            },
            Some("digestAlgorithms has more than one element or is followed by something"),
        ),
        case(
            "NULL in one of two places",
            |m| m.digest_algorithms = value(SET, &[&algorithm(&[OID_SHA256, NULL])]),
            Some("digestAlgorithms has another value than digestAlgorithm"),
        ),
        case(
            "NULL in both places",
            |m| {
                m.digest_algorithm = algorithm(&[OID_SHA256, NULL]);
                m.digest_algorithms = value(SET, &[&m.digest_algorithm]);
            },
            None,
        ),
        case(
            "parameters for a digest",
            |m| {
                m.digest_algorithm = algorithm(&[OID_SHA256, &[OCTET_STRING, 0]]);
                m.digest_algorithms = value(SET, &[&m.digest_algorithm]);
            },
            Some("the parameters of digestAlgorithm must be absent or NULL"),
        ),
        case(
            "SHA-1",
            |m| {
                m.sign_with(MessageDigest::sha1(), OID_SHA1);
                m.sort_attributes();
            },
            Some("digestAlgorithm is not SHA-256, SHA-384 or SHA-512"),
        ),
    ]
}

pub(super) fn content_and_signers() -> Vec<Case> {
    vec![
        case(
            "content of another type",
            |m| m.content_type = OID_SIGNED_DATA.to_vec(),
            Some("eContentType has another value than the one for this kind of file"),
        ),
        case(
            "content that is detached",
            |m| m.content = Vec::new(),
            Some("eContent is missing or has another type"),
        ),
        case(
            "content in pieces",
            |m| {
                let piece = value(OCTET_STRING, &[CONTENT]);
                m.content = value(CONTEXT_0, &[&value(0x24, &[&piece])]);
            },
            Some("not DER at byte 56: a tag is not allowed"),
        ),
        case(
            "revocation lists",
            |m| m.crls = value(CONTEXT_0 + 1, &[]),
            Some("crls must be absent"),
        ),
        case(
            "a signer named by its key",
            |m| m.signer = value(0x80, &[&[7; 20]]),
            Some("sid is missing or has another type"),
        ),
        case(
            "two signers",
            |m| m.signer_infos = 2,
            Some("signerInfos has more than one element or is followed by something"),
        ),
        case(
            "no signer",
            |m| m.signer_infos = 0,
            Some("SignerInfo is missing or has another type"),
        ),
        case(
            "an unsigned attribute",
            |m| {
                let note = attribute(OID_OTHER, &[&value(OCTET_STRING, &[b"a note"])]);
                m.unsigned = value(CONTEXT_0 + 1, &[&note]);
            },
            Some("unsignedAttrs must be absent"),
        ),
        case(
            "something behind the signature",
            |m| m.unsigned = NULL.to_vec(),
            Some("signature has more than one element or is followed by something"),
        ),
        case(
            "bytes at the end",
            |m| m.trailer = NULL.to_vec(),
            Some("ContentInfo has more than one element or is followed by something"),
        ),
    ]
}

pub(super) fn certificates(root: Vec<u8>) -> Vec<Case> {
    let again = root.clone();
    vec![
        case(
            "no certificate",
            |m| m.certificates.clear(),
            Some("sid does not name exactly one certificate of the message"),
        ),
        case(
            "the root too",
            move |m| {
                m.certificates.push(again.clone());
                m.certificates.sort();
            },
            None,
        ),
        case(
            "certificates in another order",
            move |m| {
                m.certificates.push(root.clone());
                m.certificates.sort();
                m.certificates.reverse();
            },
            Some("certificates is not sorted as DER demands, or repeats an element"),
        ),
        case(
            "a certificate twice",
            |m| m.certificates.push(m.certificates[0].clone()),
            Some("certificates is not sorted as DER demands, or repeats an element"),
        ),
        case(
            "a stranger's certificate",
            |m| {
                let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
                m.certificates.push(certificate("Stranger", &key, None).to_der().unwrap());
                m.certificates.sort();
            },
            Some("the certificate of `CN=Stranger` is not part of the signer's chain"),
        ),
        case(
            "something that is no certificate",
            |m| m.certificates.push(value(CONTEXT_0 + 2, &[NULL])),
            Some("a certificate cannot be read"),
        ),
    ]
}
