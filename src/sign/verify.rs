//! Judging what was signed: the bytes, the signature and the chain. OpenSSL judges; only the
//! signing time and the script's own digest are read by our code.

use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::error::ErrorStack;
use openssl::pkcs7::{Pkcs7, Pkcs7Flags};
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;
use openssl::x509::{X509, X509PurposeId, X509Ref, X509StoreContext, X509VerifyResult};
use thiserror::Error;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::asn1::oid::OID_SIGNING_TIME;
use super::asn1::read::{Malformed, Reader};
use super::asn1::write::{CONTEXT_0, SEQUENCE, SET, UTC_TIME};
use super::authenticode;
use super::certificate::{CertificateFacts, is_issued_by};

/// What a signature is measured against.
#[derive(Debug)]
pub struct Trust {
    roots: Vec<X509>,
    now: OffsetDateTime,
}

/// A signature that holds.
#[derive(Debug)]
pub struct Verified {
    /// What was signed: the profile's property list, the script's text.
    pub content: Vec<u8>,
    /// Who signed.
    pub signer: CertificateFacts,
    /// When, as the signer says.
    pub signing_time: Option<OffsetDateTime>,
    /// The certificate that was trusted at the end of the chain.
    pub anchor: Anchor,
}

/// Where trust ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At a certificate the admin gave.
    Given(String),
    /// At the last certificate inside the message: it fits, and nobody vouches for it here.
    Inside(String),
}

/// A signature that does not hold.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SignatureFault {
    /// The chain does not end at a trusted certificate, or a certificate in it is out of date.
    #[error("the chain of `{subject}` does not hold: {why}")]
    Chain {
        /// Who signed.
        subject: String,
        /// OpenSSL's words.
        why: String,
    },
    /// The bytes are not those that were signed.
    #[error("the content was changed after it was signed")]
    Changed,
    /// Not the structure it should be.
    #[error("the signature is damaged")]
    Damaged,
    /// There is none.
    #[error("it is not signed")]
    Missing,
}

impl From<ErrorStack> for SignatureFault {
    fn from(_: ErrorStack) -> Self {
        Self::Damaged
    }
}

impl From<Malformed> for SignatureFault {
    fn from(_: Malformed) -> Self {
        Self::Damaged
    }
}

impl Trust {
    /// Trusts `roots`; where there are none, the last certificate inside each message.
    pub fn new(roots: Vec<X509>, now: OffsetDateTime) -> Self {
        Self { roots, now }
    }

    /// Judges the chain from `leaf` through `inside`.
    fn judge(&self, leaf: &X509Ref, inside: &[X509]) -> Result<Anchor, SignatureFault> {
        let anchors =
            if self.roots.is_empty() { vec![top_of(leaf, inside)] } else { self.roots.clone() };
        let store = store_of(&anchors, self.now)?;
        let mut chain = Stack::new()?;
        for certificate in inside {
            chain.push(certificate.clone())?;
        }
        let mut context = X509StoreContext::new()?;
        let (result, anchor) = context.init(&store, leaf, &chain, |context| {
            let holds = context.verify_cert()?;
            let result = if holds { X509VerifyResult::OK } else { context.error() };
            let anchor = context.chain().and_then(|chain| {
                chain.iter().last().map(|c| super::certificate::name(c.subject_name()))
            });
            Ok((result, anchor.unwrap_or_default()))
        })?;
        if result != X509VerifyResult::OK {
            let subject = super::certificate::name(leaf.subject_name());
            return Err(SignatureFault::Chain { subject, why: result.error_string().to_owned() });
        }
        Ok(if self.roots.is_empty() { Anchor::Inside(anchor) } else { Anchor::Given(anchor) })
    }
}

/// Whether `bytes` look like a signed profile: a DER `SEQUENCE`.
pub fn is_cms(bytes: &[u8]) -> bool {
    bytes.first() == Some(&SEQUENCE)
}

/// Judges a signed configuration profile.
pub fn profile(bytes: &[u8], trust: &Trust) -> Result<Verified, SignatureFault> {
    if !is_cms(bytes) {
        return Err(SignatureFault::Missing);
    }
    let parts = Parts::read(bytes)?;
    let mut cms = CmsContentInfo::from_der(bytes)?;
    let mut content = Vec::new();
    let options = CMSOptions::BINARY | CMSOptions::NO_SIGNER_CERT_VERIFY;
    cms.verify(None, None, None, Some(&mut content), options)
        .map_err(|_| SignatureFault::Changed)?;
    finish(content, &parts, trust)
}

/// Judges a signed script.
pub fn script(bytes: &[u8], trust: &Trust) -> Result<Verified, SignatureFault> {
    let begins = bytes.windows(b"# SIG # Begin".len()).any(|window| window == b"# SIG # Begin");
    let Some((text, signed)) = authenticode::split(bytes) else {
        return Err(if begins { SignatureFault::Damaged } else { SignatureFault::Missing });
    };
    let parts = Parts::read(&signed)?;
    let indirect_data = authenticode::indirect_data_of(text);
    if parts.content != indirect_data {
        return Err(SignatureFault::Changed);
    }
    let pkcs7 = Pkcs7::from_der(&signed)?;
    let store = X509StoreBuilder::new()?.build();
    let flags = Pkcs7Flags::NOVERIFY | Pkcs7Flags::BINARY;
    let no_others = Stack::new()?;
    pkcs7
        .verify(&no_others, &store, Some(&indirect_data), None, flags)
        .map_err(|_| SignatureFault::Changed)?;
    finish(text.to_vec(), &parts, trust)
}

/// What stands inside a signed profile, without judging the signature.
pub fn profile_content(bytes: &[u8]) -> Result<Vec<u8>, SignatureFault> {
    if !is_cms(bytes) {
        return Ok(bytes.to_vec());
    }
    let parts = Parts::read(bytes)?;
    Ok(parts.content.to_vec())
}

/// The text of a script without its signature block.
pub fn script_content(bytes: &[u8]) -> Vec<u8> {
    authenticode::split(bytes).map_or_else(|| bytes.to_vec(), |(text, _)| text.to_vec())
}

fn finish(content: Vec<u8>, parts: &Parts<'_>, trust: &Trust) -> Result<Verified, SignatureFault> {
    let leaf = parts.signer()?;
    let anchor = trust.judge(leaf, &parts.certificates)?;
    Ok(Verified {
        content,
        signer: CertificateFacts::of(leaf)?,
        signing_time: parts.signing_time,
        anchor,
    })
}

/// The last certificate of the chain that starts at `leaf` and stays `inside`.
fn top_of(leaf: &X509Ref, inside: &[X509]) -> X509 {
    let mut top = leaf.to_owned();
    // each step uses one certificate: more steps than certificates would be a circle
    for _ in inside {
        match inside.iter().find(|candidate| is_issued_by(&top, candidate)) {
            Some(issuer) => top = issuer.clone(),
            None => break,
        }
    }
    top
}

fn store_of(anchors: &[X509], now: OffsetDateTime) -> Result<X509Store, ErrorStack> {
    let mut store = X509StoreBuilder::new()?;
    for anchor in anchors {
        store.add_cert(anchor.clone())?;
    }
    // what a certificate may be used for is judged where it is loaded; devices take TLS certificates too
    store.set_purpose(X509PurposeId::ANY)?;
    store.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
    let mut param = openssl::x509::verify::X509VerifyParam::new()?;
    param.set_time(now.unix_timestamp());
    store.set_param(&param)?;
    Ok(store.build())
}

/// The parts of a `SignedData` that OpenSSL's crate does not hand out.
struct Parts<'a> {
    /// The value inside `eContent`, without tag and length.
    content: &'a [u8],
    certificates: Vec<X509>,
    issuer: &'a [u8],
    serial_number: &'a [u8],
    signing_time: Option<OffsetDateTime>,
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, SignatureFault> {
        let mut content_info = Reader::new(bytes).enter(SEQUENCE)?;
        content_info.any()?; // contentType
        let mut signed_data = content_info.enter(CONTEXT_0)?.enter(SEQUENCE)?;
        signed_data.any()?; // version
        signed_data.expect(SET)?; // digestAlgorithms
        let mut encapsulated = signed_data.enter(SEQUENCE)?;
        encapsulated.any()?; // eContentType
        let content = encapsulated.enter(CONTEXT_0)?.any()?.body;
        let mut certificates = Vec::new();
        let mut set = signed_data.enter(CONTEXT_0)?;
        while !set.is_empty() {
            certificates.push(X509::from_der(set.any()?.whole)?);
        }
        signed_data.optional(CONTEXT_0 + 1)?; // crls
        let mut signer_info = signed_data.enter(SET)?.enter(SEQUENCE)?;
        signer_info.any()?; // version
        let mut sid = signer_info.enter(SEQUENCE)?;
        let (issuer, serial_number) = (sid.any()?.whole, sid.any()?.body);
        signer_info.any()?; // digestAlgorithm
        let signing_time = match signer_info.optional(CONTEXT_0)? {
            Some(attributes) => signing_time(Reader::new(attributes.body))?,
            None => None,
        };
        Ok(Self { content, certificates, issuer, serial_number, signing_time })
    }

    /// The signer's certificate.
    fn signer(&self) -> Result<&X509, SignatureFault> {
        for certificate in &self.certificates {
            let serial_number = certificate.serial_number().to_bn()?.to_vec();
            let same_number = trim_zeros(self.serial_number) == trim_zeros(&serial_number);
            if same_number && certificate.issuer_name().to_der()? == self.issuer {
                return Ok(certificate);
            }
        }
        Err(SignatureFault::Damaged)
    }
}

fn signing_time(mut attributes: Reader<'_>) -> Result<Option<OffsetDateTime>, Malformed> {
    let format = time::macros::format_description!("[year][month][day][hour][minute][second]Z");
    while !attributes.is_empty() {
        let mut attribute = attributes.enter(SEQUENCE)?;
        if attribute.any()?.whole != OID_SIGNING_TIME {
            continue;
        }
        let time = attribute.enter(SET)?.expect(UTC_TIME)?;
        let text = std::str::from_utf8(time.body).map_err(|_| Malformed)?;
        // RFC 5652 §11.3: two digits of the year, 50 and more are of the last century
        let century = if text < "50" { "20" } else { "19" };
        let moment =
            PrimitiveDateTime::parse(&format!("{century}{text}"), format).map_err(|_| Malformed)?;
        return Ok(Some(moment.assume_utc()));
    }
    Ok(None)
}

fn trim_zeros(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    &number[start..]
}
