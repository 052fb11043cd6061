//! New identities: a small certificate authority and one signer, for trying things out and for
//! fleets whose devices are told to trust it.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Name, X509NameBuilder, X509NameRef};
use time::{Duration, OffsetDateTime};

use crate::domain::secret::Secret;

/// The size of new keys, in bits.
const KEY_BITS: u32 = 2048;

/// Validity is counted from an hour ago: another machine's clock may be behind.
const BACKDATED: Duration = Duration::hours(1);

/// What a new identity is to be called and how long it lasts.
#[derive(Clone, Debug)]
pub struct IssueRequest {
    /// The signer's name, as devices show it.
    pub common_name: String,
    /// How many days the signer's certificate is valid; the authority's lasts twice as long.
    pub days: u32,
    /// Now.
    pub now: OffsetDateTime,
}

/// A new identity as PEM files. The authority's key is not among them: it is forgotten once it has
/// signed, so that nobody can ever issue a second signer in its name.
#[derive(Debug)]
pub struct IssuedIdentity {
    /// The authority's certificate: what devices must trust.
    pub ca_pem: Vec<u8>,
    /// The signer's certificate.
    pub certificate_pem: Vec<u8>,
    /// The signer's private key, PKCS#8, not encrypted.
    pub key_pem: Secret,
}

/// Makes an authority and a signer: RSA 2048, for code signing and e-mail protection.
pub fn issue(request: &IssueRequest) -> Result<IssuedIdentity, ErrorStack> {
    let ca_key = new_key()?;
    let ca_name = name(&format!("{} CA", request.common_name))?;
    let mut ca = begin(&ca_name, &ca_name, &ca_key, request, request.days * 2)?;
    ca.append_extension(BasicConstraints::new().critical().ca().pathlen(0).build()?)?;
    ca.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build()?)?;
    let key_identifier = SubjectKeyIdentifier::new().build(&ca.x509v3_context(None, None))?;
    ca.append_extension(key_identifier)?;
    ca.sign(&ca_key, MessageDigest::sha256())?;
    let ca = ca.build();

    let key = new_key()?;
    let leaf_name = name(&request.common_name)?;
    let mut leaf = begin(&leaf_name, ca.subject_name(), &key, request, request.days)?;
    leaf.append_extension(BasicConstraints::new().critical().build()?)?;
    leaf.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
    leaf.append_extension(ExtendedKeyUsage::new().code_signing().email_protection().build()?)?;
    let context = leaf.x509v3_context(Some(&ca), None);
    let key_identifier = SubjectKeyIdentifier::new().build(&context)?;
    let authority = AuthorityKeyIdentifier::new().keyid(true).build(&context)?;
    leaf.append_extension(key_identifier)?;
    leaf.append_extension(authority)?;
    leaf.sign(&ca_key, MessageDigest::sha256())?;

    Ok(IssuedIdentity {
        ca_pem: ca.to_pem()?,
        certificate_pem: leaf.build().to_pem()?,
        key_pem: Secret::new(key.private_key_to_pem_pkcs8()?),
    })
}

fn new_key() -> Result<PKey<Private>, ErrorStack> {
    PKey::from_rsa(Rsa::generate(KEY_BITS)?)
}

fn name(common_name: &str) -> Result<X509Name, ErrorStack> {
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_text("CN", common_name)?;
    Ok(name.build())
}

fn begin(
    subject: &X509NameRef,
    issuer: &X509NameRef,
    key: &PKey<Private>,
    request: &IssueRequest,
    days: u32,
) -> Result<X509Builder, ErrorStack> {
    let from = request.now - BACKDATED;
    let until = request.now + Duration::days(days.into());
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
