//! New identities: a small certificate authority and one signer, for trying things out and for
//! fleets whose devices are configured to trust it.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{HasPublic, PKey, PKeyRef, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Name, X509NameBuilder, X509NameRef};
use time::{Duration, OffsetDateTime};

use crate::domain::secret::Secret;

mod renew;

pub(crate) use renew::{KeyChoice, RenewRequest, renew};

/// The size of new keys, in bits.
const KEY_BITS: u32 = 2048;

/// Validity is counted from an hour ago: another machine's clock may be behind.
const BACKDATED: Duration = Duration::hours(1);

/// How many days an authority lasts at least: devices that trust it should not have to be configured again
/// whenever a signer is renewed.
const AUTHORITY_DAYS: u32 = 3650;

/// What a new identity is to be called and how long it lasts.
#[derive(Clone, Debug)]
pub struct IssueRequest {
    /// The signer's name, as devices show it.
    pub common_name: String,
    /// How many days the signer's certificate is valid. The authority's lasts twice as long, and ten
    /// years at least.
    pub days: u32,
    /// Now.
    pub now: OffsetDateTime,
}

/// A new identity as PEM files.
#[derive(Debug)]
pub struct IssuedIdentity {
    /// The authority's certificate: what devices must trust.
    pub ca_pem: Vec<u8>,
    /// The authority's private key, PKCS#8, not encrypted. Only a renewal needs it.
    pub ca_key_pem: Secret,
    /// The signer's certificate.
    pub certificate_pem: Vec<u8>,
    /// The signer's private key, PKCS#8, not encrypted.
    pub key_pem: Secret,
}

/// Makes an authority and a signer: RSA 2048, for code signing and e-mail protection.
pub fn issue(request: &IssueRequest) -> Result<IssuedIdentity, ErrorStack> {
    let IssueRequest { common_name, days, now } = request;
    let authority =
        Authority::new(common_name, *now, *now + until((days * 2).max(AUTHORITY_DAYS)))?;
    let key = new_key()?;
    let subject = name(common_name)?;
    let leaf = authority.sign(&subject, &key, *now, *now + until(*days))?;
    Ok(IssuedIdentity {
        ca_pem: authority.certificate.to_pem()?,
        ca_key_pem: Secret::new(authority.key.private_key_to_pem_pkcs8()?),
        certificate_pem: leaf.to_pem()?,
        key_pem: Secret::new(key.private_key_to_pem_pkcs8()?),
    })
}

/// A certificate authority with its key.
struct Authority {
    certificate: X509,
    key: PKey<Private>,
}

impl Authority {
    fn new(
        common_name: &str,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Self, ErrorStack> {
        let key = new_key()?;
        let name = name(&format!("{common_name} CA"))?;
        let mut ca = begin(&name, &name, &key, now, until)?;
        ca.append_extension(BasicConstraints::new().critical().ca().pathlen(0).build()?)?;
        ca.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build()?)?;
        let key_identifier = SubjectKeyIdentifier::new().build(&ca.x509v3_context(None, None))?;
        ca.append_extension(key_identifier)?;
        ca.sign(&key, MessageDigest::sha256())?;
        Ok(Self { certificate: ca.build(), key })
    }

    /// A certificate for a signer.
    fn sign<T: HasPublic>(
        &self,
        subject: &X509NameRef,
        key: &PKeyRef<T>,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<X509, ErrorStack> {
        let mut leaf = begin(subject, self.certificate.subject_name(), key, now, until)?;
        leaf.append_extension(BasicConstraints::new().critical().build()?)?;
        leaf.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
        leaf.append_extension(ExtendedKeyUsage::new().code_signing().email_protection().build()?)?;
        let context = leaf.x509v3_context(Some(&self.certificate), None);
        let key_identifier = SubjectKeyIdentifier::new().build(&context)?;
        let authority = AuthorityKeyIdentifier::new().keyid(true).build(&context)?;
        leaf.append_extension(key_identifier)?;
        leaf.append_extension(authority)?;
        leaf.sign(&self.key, MessageDigest::sha256())?;
        Ok(leaf.build())
    }
}

fn new_key() -> Result<PKey<Private>, ErrorStack> {
    PKey::from_rsa(Rsa::generate(KEY_BITS)?)
}

fn until(days: u32) -> Duration {
    Duration::days(days.into())
}

fn name(common_name: &str) -> Result<X509Name, ErrorStack> {
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_text("CN", common_name)?;
    Ok(name.build())
}

fn begin<T: HasPublic>(
    subject: &X509NameRef,
    issuer: &X509NameRef,
    key: &PKeyRef<T>,
    now: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<X509Builder, ErrorStack> {
    let from = now - BACKDATED;
    let mut serial_number = BigNum::new()?;
    // RFC 5280 §4.1.2.2: positive, at most 20 octets
    serial_number.rand(127, MsbOption::ONE, false)?;
    let mut certificate = X509::builder()?;
    certificate.set_version(2)?;
    let serial_number = serial_number.to_asn1_integer()?;
    certificate.set_serial_number(&serial_number)?;
    certificate.set_subject_name(subject)?;
    certificate.set_issuer_name(issuer)?;
    certificate.set_pubkey(key)?;
    let from = Asn1Time::from_unix(from.unix_timestamp())?;
    let until = Asn1Time::from_unix(until.unix_timestamp())?;
    certificate.set_not_before(&from)?;
    certificate.set_not_after(&until)?;
    Ok(certificate)
}
