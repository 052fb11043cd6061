//! A signed profile put together from parts that a test may replace.

use mailmuster::sign::asn1::oid::{
    OID_CONTENT_TYPE, OID_DATA, OID_ECDSA_WITH_SHA256, OID_MESSAGE_DIGEST, OID_RSA_ENCRYPTION,
    OID_SHA256, OID_SIGNED_DATA, OID_SIGNING_TIME,
};
use mailmuster::sign::asn1::write::{
    CONTEXT_0, INTEGER, NULL, OCTET_STRING, SEQUENCE, SET, UTC_TIME, value,
};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::{MessageDigest, hash};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use openssl::x509::{X509, X509NameBuilder, X509NameRef};
use time::macros::datetime;

pub(super) const CONTENT: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><plist/>";
const TIME: &[u8] = b"261123090000Z";

pub(super) type Key = PKey<Private>;

fn name(common_name: &str) -> openssl::x509::X509Name {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", common_name).unwrap();
    name.build()
}

pub(super) fn certificate(subject: &str, key: &Key, issuer: Option<(&X509NameRef, &Key)>) -> X509 {
    let mut usage = KeyUsage::new();
    usage.critical().digital_signature();
    certificate_for(&usage, MessageDigest::sha256(), subject, key, issuer)
}

pub(super) fn certificate_for(
    usage: &KeyUsage,
    digest: MessageDigest,
    subject: &str,
    key: &Key,
    issuer: Option<(&X509NameRef, &Key)>,
) -> X509 {
    let subject = name(subject);
    let (issuer, signer) = issuer.unwrap_or((&subject, key));
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let serial = BigNum::from_u32(u32::from(std::ptr::eq(signer, key)) + 5).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(issuer).unwrap();
    let moment =
        |moment: time::OffsetDateTime| Asn1Time::from_unix(moment.unix_timestamp()).unwrap();
    builder.set_not_before(&moment(datetime!(2026-01-01 00:00 UTC))).unwrap();
    builder.set_not_after(&moment(datetime!(2035-01-01 00:00 UTC))).unwrap();
    builder.set_pubkey(key).unwrap();
    let extensions = if std::ptr::eq(signer, key) {
        vec![
            BasicConstraints::new().critical().ca().build().unwrap(),
            KeyUsage::new().critical().key_cert_sign().build().unwrap(),
        ]
    } else {
        vec![usage.build().unwrap(), ExtendedKeyUsage::new().email_protection().build().unwrap()]
    };
    for extension in extensions {
        builder.append_extension(extension).unwrap();
    }
    builder.sign(signer, digest).unwrap();
    builder.build()
}

/// A signer and its authority.
pub(super) struct Identity {
    pub(super) root: X509,
    pub(super) leaf: X509,
    pub(super) key: Key,
}

impl Identity {
    pub(super) fn new(key: Key) -> Self {
        let mut usage = KeyUsage::new();
        usage.critical().digital_signature();
        Self::with(key, &usage, MessageDigest::sha256())
    }

    /// With a signer's certificate for `usage`, signed over `digest`.
    pub(super) fn with(key: Key, usage: &KeyUsage, digest: MessageDigest) -> Self {
        let root_key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let root = certificate("Mutant CA", &root_key, None);
        let issuer = Some((root.subject_name(), &root_key));
        let leaf = certificate_for(usage, digest, "Mutant", &key, issuer);
        Self { root, leaf, key }
    }

    pub(super) fn rsa() -> Self {
        Self::new(PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap())
    }

    pub(super) fn p256() -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        Self::new(PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap())
    }
}

pub(super) fn algorithm(parts: &[&[u8]]) -> Vec<u8> {
    value(SEQUENCE, parts)
}

pub(super) fn attribute(oid: &[u8], values: &[&[u8]]) -> Vec<u8> {
    value(SEQUENCE, &[oid, &value(SET, values)])
}

pub(super) fn signing_time(tag: u8, text: &[u8]) -> Vec<u8> {
    attribute(OID_SIGNING_TIME, &[&value(tag, &[text])])
}

/// Every part of a signed profile, as bytes that a test may replace.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) version: Vec<u8>,
    pub(super) digest_algorithms: Vec<u8>,
    pub(super) content_type: Vec<u8>,
    /// `eContent`, whole.
    pub(super) content: Vec<u8>,
    /// The bodies of `certificates`, in this order.
    pub(super) certificates: Vec<Vec<u8>>,
    /// Follows `certificates`.
    pub(super) crls: Vec<u8>,
    pub(super) signer_version: Vec<u8>,
    pub(super) signer: Vec<u8>,
    pub(super) digest_algorithm: Vec<u8>,
    /// In this order.
    pub(super) attributes: Vec<Vec<u8>>,
    pub(super) signature_algorithm: Vec<u8>,
    /// With which digest the attributes are signed.
    pub(super) digest: MessageDigest,
    /// Follows the signature.
    pub(super) unsigned: Vec<u8>,
    pub(super) signer_infos: usize,
    /// Follows the whole message.
    pub(super) trailer: Vec<u8>,
    pub(super) change_signature: fn(Vec<u8>) -> Vec<u8>,
}

impl Message {
    pub(super) fn new(identity: &Identity) -> Self {
        let signature_algorithm = if identity.key.rsa().is_ok() {
            algorithm(&[OID_RSA_ENCRYPTION, NULL])
        } else {
            algorithm(&[OID_ECDSA_WITH_SHA256])
        };
        let leaf = identity.leaf.to_der().unwrap();
        let issuer = identity.leaf.issuer_name().to_der().unwrap();
        let mut message = Self {
            version: vec![INTEGER, 1, 1],
            digest_algorithms: value(SET, &[&algorithm(&[OID_SHA256])]),
            content_type: OID_DATA.to_vec(),
            content: value(CONTEXT_0, &[&value(OCTET_STRING, &[CONTENT])]),
            certificates: vec![leaf],
            crls: Vec::new(),
            signer_version: vec![INTEGER, 1, 1],
            signer: value(SEQUENCE, &[&issuer, &[INTEGER, 1, 5]]),
            digest_algorithm: algorithm(&[OID_SHA256]),
            attributes: Vec::new(),
            signature_algorithm,
            digest: MessageDigest::sha256(),
            unsigned: Vec::new(),
            signer_infos: 1,
            trailer: Vec::new(),
            change_signature: |signature| signature,
        };
        message.sign_with(MessageDigest::sha256(), OID_SHA256);
        message
    }

    /// Uses one digest throughout.
    pub(super) fn sign_with(&mut self, digest: MessageDigest, oid: &[u8]) {
        self.digest = digest;
        self.digest_algorithm = algorithm(&[oid]);
        self.digest_algorithms = value(SET, &[&self.digest_algorithm]);
        let of_content = hash(digest, CONTENT).unwrap();
        self.attributes = vec![
            attribute(OID_CONTENT_TYPE, &[OID_DATA]),
            signing_time(UTC_TIME, TIME),
            attribute(OID_MESSAGE_DIGEST, &[&value(OCTET_STRING, &[&of_content])]),
        ];
    }

    pub(super) fn sort_attributes(&mut self) {
        self.attributes.sort();
    }

    pub(super) fn build(&self, identity: &Identity) -> Vec<u8> {
        let attributes = self.attributes.concat();
        let mut signer = Signer::new(self.digest, &identity.key).unwrap();
        signer.update(&value(SET, &[&attributes])).unwrap();
        let signature = (self.change_signature)(signer.sign_to_vec().unwrap());
        let signer_info = value(
            SEQUENCE,
            &[
                &self.signer_version,
                &self.signer,
                &self.digest_algorithm,
                &value(CONTEXT_0, &[&attributes]),
                &self.signature_algorithm,
                &value(OCTET_STRING, &[&signature]),
                &self.unsigned,
            ],
        );
        let signed_data = value(
            SEQUENCE,
            &[
                &self.version,
                &self.digest_algorithms,
                &value(SEQUENCE, &[&self.content_type, &self.content]),
                &value(CONTEXT_0, &[&self.certificates.concat()]),
                &self.crls,
                &value(SET, &[&signer_info.repeat(self.signer_infos)]),
            ],
        );
        let mut all = value(SEQUENCE, &[OID_SIGNED_DATA, &value(CONTEXT_0, &[&signed_data])]);
        all.extend_from_slice(&self.trailer);
        all
    }
}
