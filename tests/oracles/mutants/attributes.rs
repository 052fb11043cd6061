//! Signed attributes.

use mailmuster::sign::asn1::oid::{
    OID_CONTENT_TYPE, OID_DATA, OID_MESSAGE_DIGEST, OID_SHA384, OID_SIGNED_DATA, OID_SIGNING_TIME,
};
use mailmuster::sign::asn1::write::{
    GENERALIZED_TIME, OCTET_STRING, SEQUENCE, SET, UTC_TIME, value,
};
use openssl::hash::{MessageDigest, hash};

use super::message::{CONTENT, attribute, signing_time};
use super::{Case, OID_OTHER, case};

pub(super) fn all() -> Vec<Case> {
    let mut cases = forms();
    cases.extend(times());
    cases
}

fn forms() -> Vec<Case> {
    vec![
        case(
            "SHA-384",
            |m| {
                m.sign_with(MessageDigest::sha384(), OID_SHA384);
                m.sort_attributes();
            },
            None,
        ),
        case(
            "attributes in another order, signed so",
            |m| m.attributes.reverse(),
            Some("signedAttrs is not sorted as DER demands, or repeats an element"),
        ),
        case(
            "an attribute twice",
            |m| {
                m.attributes.insert(1, signing_time(UTC_TIME, b"261123090001Z"));
                m.sort_attributes();
            },
            Some("signedAttrs is not sorted as DER demands, or repeats an element"),
        ),
        case(
            "two values",
            |m| {
                let digest = value(OCTET_STRING, &[&hash(m.digest, CONTENT).unwrap()]);
                m.attributes[2] = attribute(OID_MESSAGE_DIGEST, &[&digest, &digest]);
                m.sort_attributes();
            },
            Some(
                "the attribute message-digest has more than one element or is followed by something",
            ),
        ),
        case(
            "no value",
            |m| {
                m.attributes[1] = attribute(OID_SIGNING_TIME, &[]);
                m.sort_attributes();
            },
            Some("signedAttrs is missing or has another type"),
        ),
        case(
            "no content type",
            |m| drop(m.attributes.remove(0)),
            Some("the attribute content-type is missing or has another type"),
        ),
        case(
            "another content type",
            |m| {
                m.attributes[0] = attribute(OID_CONTENT_TYPE, &[OID_SIGNED_DATA]);
                m.sort_attributes();
            },
            Some("the attribute content-type has another value than eContentType"),
        ),
        case(
            "no digest",
            |m| drop(m.attributes.pop()),
            Some("the attribute message-digest is missing or has another type"),
        ),
        case(
            "half a digest",
            |m| {
                let digest = value(OCTET_STRING, &[&hash(m.digest, CONTENT).unwrap()[..16]]);
                m.attributes[2] = attribute(OID_MESSAGE_DIGEST, &[&digest]);
                m.sort_attributes();
            },
            Some("the content was changed after it was signed"),
        ),
    ]
}

fn times() -> Vec<Case> {
    vec![
        case("no time", |m| drop(m.attributes.remove(1)), None),
        case(
            "a further attribute",
            |m| {
                let note = value(OCTET_STRING, &[b"a note"]);
                m.attributes.push(attribute(OID_OTHER, &[&note]));
                m.sort_attributes();
            },
            None,
        ),
        case(
            "a time without seconds",
            |m| {
                m.attributes[1] = signing_time(UTC_TIME, b"2611230900Z");
                m.sort_attributes();
            },
            Some("the attribute signing-time has another value than YYMMDDHHMMSSZ"),
        ),
        case(
            "a thirteenth month",
            |m| {
                m.attributes[1] = signing_time(UTC_TIME, b"261323090000Z");
                m.sort_attributes();
            },
            Some("the attribute signing-time has another value than YYMMDDHHMMSSZ"),
        ),
        case(
            "a long year before 2050",
            |m| {
                m.attributes[1] = signing_time(GENERALIZED_TIME, b"20261123090000Z");
                m.sort_attributes();
            },
            Some("the attribute signing-time has another value than YYMMDDHHMMSSZ"),
        ),
        case(
            "a time before the certificates'",
            |m| {
                m.attributes[1] = signing_time(UTC_TIME, b"251231235959Z");
                m.sort_attributes();
            },
            Some(
                "did not hold at the signing time 2025-12-31T23:59:59Z: certificate is not yet valid",
            ),
        ),
        case(
            "a time after the certificates'",
            |m| {
                m.attributes[1] = signing_time(GENERALIZED_TIME, b"20510101000000Z");
                m.sort_attributes();
            },
            Some("did not hold at the signing time 2051-01-01T00:00:00Z: certificate has expired"),
        ),
        case(
            "a length in its long form, signed so",
            |m| {
                let long = [&[SET, 0x81, 11][..], OID_DATA].concat();
                m.attributes[0] = value(SEQUENCE, &[OID_CONTENT_TYPE, &long]);
                m.sort_attributes();
            },
            Some("a length is not in its shortest form"),
        ),
    ]
}
