//! Authorities and signers for one test. All moments are fixed and decades apart: valid ones last
//! from 2023 to 2046, expired ones ended in 2024.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use openssl::x509::{X509, X509NameBuilder};

pub(super) const START: i64 = 1_700_000_000;
pub(super) const EXPIRED: i64 = 1_710_000_000;
pub(super) const VALID: i64 = 2_400_000_000;

/// A name and a key.
pub(super) struct Party {
    pub(super) name: &'static str,
    pub(super) key: PKey<Private>,
}

/// What a certificate is for.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Authority,
    Signer,
    WebServer,
}

impl Party {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, key: PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap() }
    }

    /// A certificate of this party by `issuer`, valid until `until`.
    pub(super) fn certificate(&self, issuer: &Self, kind: Kind, until: i64) -> X509 {
        let name = |text: &str| {
            let mut name = X509NameBuilder::new().unwrap();
            name.append_entry_by_text("CN", text).unwrap();
            name.build()
        };
        let mut serial = BigNum::new().unwrap();
        serial.rand(100, MsbOption::ONE, false).unwrap();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&name(self.name)).unwrap();
        builder.set_issuer_name(&name(issuer.name)).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(START).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(until).unwrap()).unwrap();
        builder.set_pubkey(&self.key).unwrap();
        let mut constraints = BasicConstraints::new();
        let mut usage = KeyUsage::new();
        constraints.critical();
        usage.critical();
        match kind {
            Kind::Authority => {
                constraints.ca();
                usage.key_cert_sign();
            }
            Kind::Signer | Kind::WebServer => {
                usage.digital_signature();
            }
        }
        builder.append_extension(constraints.build().unwrap()).unwrap();
        builder.append_extension(usage.build().unwrap()).unwrap();
        let extended = match kind {
            Kind::Authority => None,
            Kind::Signer => Some(ExtendedKeyUsage::new().code_signing().email_protection().build()),
            Kind::WebServer => Some(ExtendedKeyUsage::new().server_auth().build()),
        };
        if let Some(extended) = extended {
            builder.append_extension(extended.unwrap()).unwrap();
        }
        builder.sign(&issuer.key, MessageDigest::sha256()).unwrap();
        builder.build()
    }

    /// The private key, PKCS#8 in PEM.
    pub(super) fn key_pem(&self) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8().unwrap()
    }
}

/// `certificates` in one PEM text.
pub(super) fn pem(certificates: &[&X509]) -> Vec<u8> {
    certificates.iter().flat_map(|certificate| certificate.to_pem().unwrap()).collect()
}

/// Whether `bytes` contain `certificate`.
pub(super) fn contain(bytes: &[u8], certificate: &X509) -> bool {
    let der = certificate.to_der().unwrap();
    bytes.windows(der.len()).any(|window| window == der)
}
