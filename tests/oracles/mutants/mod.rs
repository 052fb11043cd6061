//! Profiles that are almost right: what OpenSSL, NSS, `GnuTLS` or gpgsm refuses, we refuse, and say
//! which part is wrong. Each is signed anew where the signature covers the change.

mod algorithms;
mod attributes;
mod judges;
mod message;
mod structure;

use mailmuster::artifact::SignatureFormat;
use mailmuster::sign::certificate::read_all;
use mailmuster::sign::verify::{Trust, open};
use openssl::ec::{Asn1Flag, EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::x509::extension::KeyUsage;
use time::macros::datetime;

use judges::Judges;
use message::{Identity, Message};

const OID_SHA1: &[u8] = &[0x06, 5, 0x2b, 0x0e, 3, 2, 26];
const OID_EC_PUBLIC_KEY: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const OID_P256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
/// `id-smime-aa-contentHint` is an example of an unknown attribute.
const OID_OTHER: &[u8] = &[0x06, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 4];

/// What is changed, and what we must say of it; `None` where it is another right way.
type Case = (&'static str, Box<dyn Fn(&mut Message)>, Option<&'static str>);

fn case(
    name: &'static str,
    change: impl Fn(&mut Message) + 'static,
    expected: Option<&'static str>,
) -> Case {
    (name, Box::new(change), expected)
}

fn judge(identity: &Identity, cases: Vec<Case>) {
    let judges = Judges::new(&identity.root);
    let roots = read_all(&identity.root.to_der().unwrap()).unwrap();
    let trust = Trust::new(roots, datetime!(2026-11-29 00:00 UTC));
    let mut wrong = Vec::new();
    for (name, change, expected) in cases {
        let mut message = Message::new(identity);
        message.sort_attributes();
        change(&mut message);
        let bytes = message.build(identity);
        match (open(SignatureFormat::CmsAttached, &bytes, &trust).verdict, expected) {
            (Ok(_), None) => {
                for refusal in judges.that_refuse(&bytes) {
                    wrong.push(format!("{name}: we accept it, and another says: {refusal}"));
                }
            }
            (Err(fault), Some(expected)) if fault.to_string().contains(expected) => {}
            (Err(fault), _) => wrong.push(format!("{name}: we say: {fault}")),
            (Ok(_), Some(_)) => wrong.push(format!("{name}: we accept it")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_structure_is_refused_by_its_part() {
    let identity = Identity::rsa();
    let root = identity.root.to_der().unwrap();
    judge(&identity, structure::versions_and_digests());
    judge(&identity, structure::content_and_signers());
    judge(&identity, structure::certificates(root));
}

#[test]
fn wrong_attributes_are_refused_by_name() {
    judge(&Identity::rsa(), attributes::all());
    judge(&Identity::p256(), vec![case("nothing", |_| {}, None)]);
}

#[test]
fn only_the_signature_algorithm_s_own_form_is_taken() {
    judge(&Identity::rsa(), algorithms::of_rsa());
    judge(&Identity::p256(), algorithms::of_ecdsa());
}

#[test]
fn a_signer_that_strict_readers_refuse_is_refused() {
    let rsa = |bits| PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
    let mut group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    group.set_asn1_flag(Asn1Flag::EXPLICIT_CURVE);
    let explicit = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut signs = KeyUsage::new();
    signs.digital_signature();
    let mut encrypts = KeyUsage::new();
    encrypts.key_encipherment();
    let sha256 = MessageDigest::sha256();
    for (identity, expected) in [
        (Identity::with(rsa(1024), &signs, sha256), "EE certificate key too weak"),
        (
            Identity::with(rsa(2048), &signs, MessageDigest::sha1()),
            "CA signature digest algorithm too weak",
        ),
        (Identity::with(rsa(2048), &encrypts, sha256), "does not allow signatures"),
        (Identity::with(explicit, &signs, sha256), "an elliptic curve without a name"),
    ] {
        judge(&identity, vec![case("a certificate", |_| {}, Some(expected))]);
    }
}
