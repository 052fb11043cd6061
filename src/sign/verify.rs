//! Judging what was signed: the bytes, the signature and the chain. OpenSSL judges; only the
//! signing time and the script's own digest are read by our code.

use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkcs7::{Pkcs7, Pkcs7Flags};
use openssl::sign::Verifier;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;
use openssl::x509::{X509, X509PurposeId, X509Ref, X509StoreContext, X509VerifyResult};
use thiserror::Error;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::asn1::oid::{OID_DATA, OID_MESSAGE_DIGEST, OID_SIGNING_TIME, OID_SPC_INDIRECT_DATA};
use super::asn1::read::{Malformed, Reader};
use super::asn1::write::{CONTEXT_0, OCTET_STRING, SEQUENCE, SET, UTC_TIME};
use super::authenticode;
use super::certificate::{CertificateFacts, is_issued_by};
use super::signed_data::issuer_and_serial_number;

/// What a signature is measured against.
#[derive(Debug)]
pub struct Trust {
    roots: Vec<X509>,
    now: OffsetDateTime,
}

/// A signature that holds.
#[derive(Debug)]
pub struct Verified {
    /// What was signed: the profile's property list, the script's text. Empty for a detached
    /// signature, whose content the caller has.
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

    /// Whether the admin named an authority.
    pub fn has_roots(&self) -> bool {
        !self.roots.is_empty()
    }

    /// Judges the chain from `leaf` through `inside`.
    pub(super) fn judge(&self, leaf: &X509Ref, inside: &[X509]) -> Result<Anchor, SignatureFault> {
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
    if parts.content_type != OID_DATA {
        return Err(SignatureFault::Damaged);
    }
    let mut cms = CmsContentInfo::from_der(bytes)?;
    let mut content = Vec::new();
    let options = CMSOptions::BINARY | CMSOptions::NO_SIGNER_CERT_VERIFY | CMSOptions::NOINTERN;
    let signer = parts.only_signer()?;
    cms.verify(Some(&signer), None, None, Some(&mut content), options)
        .map_err(|_| SignatureFault::Changed)?;
    finish(content, &parts, trust)
}

/// Judges a signed script.
pub fn script(bytes: &[u8], trust: &Trust) -> Result<Verified, SignatureFault> {
    let begins = bytes.windows(b"# SIG # Begin".len()).any(|window| window == b"# SIG # Begin");
    let Some((text, block)) = authenticode::split(bytes) else {
        return Err(if begins { SignatureFault::Damaged } else { SignatureFault::Missing });
    };
    let parts = Parts::read(&block)?;
    let indirect_data = authenticode::indirect_data_of(text);
    if parts.content_type != OID_SPC_INDIRECT_DATA {
        return Err(SignatureFault::Damaged);
    }
    if parts.content != Some(&indirect_data) {
        return Err(SignatureFault::Changed);
    }
    let pkcs7 = Pkcs7::from_der(&block)?;
    let store = X509StoreBuilder::new()?.build();
    let signer = parts.only_signer()?;
    let flags = Pkcs7Flags::NOVERIFY | Pkcs7Flags::BINARY | Pkcs7Flags::NOINTERN;
    pkcs7
        .verify(&signer, &store, Some(&indirect_data), None, flags)
        .map_err(|_| SignatureFault::Changed)?;
    finish(text.to_vec(), &parts, trust)
}

/// Judges a detached signature (DER) over a file whose SHA-256 digest is `digest`.
pub fn detached(
    digest: &[u8; 32],
    signature: &[u8],
    trust: &Trust,
) -> Result<Verified, SignatureFault> {
    let parts = Parts::read(signature)?;
    if parts.content_type != OID_DATA || parts.content.is_some() {
        return Err(SignatureFault::Damaged);
    }
    if parts.message_digest != digest {
        return Err(SignatureFault::Changed);
    }
    parts.verify_signed_attributes()?;
    finish(Vec::new(), &parts, trust)
}

/// What stands inside a signed profile, without judging the signature.
pub fn profile_content(bytes: &[u8]) -> Result<Vec<u8>, SignatureFault> {
    if !is_cms(bytes) {
        return Ok(bytes.to_vec());
    }
    let parts = Parts::read(bytes)?;
    Ok(parts.content.ok_or(SignatureFault::Damaged)?.to_vec())
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
    /// `eContentType`, whole.
    content_type: &'a [u8],
    /// The value inside `eContent`, without tag and length; absent where the content is detached.
    content: Option<&'a [u8]>,
    certificates: Vec<X509>,
    /// `IssuerAndSerialNumber`, whole.
    issuer_and_serial_number: &'a [u8],
    /// `signedAttrs`, whole.
    signed_attributes: &'a [u8],
    signing_time: Option<OffsetDateTime>,
    message_digest: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, SignatureFault> {
        let mut whole = Reader::new(bytes);
        let mut content_info = whole.enter(SEQUENCE)?;
        if !whole.is_empty() {
            return Err(SignatureFault::Damaged);
        }
        content_info.any()?; // contentType
        let mut signed_data = content_info.enter(CONTEXT_0)?.enter(SEQUENCE)?;
        signed_data.any()?; // version
        signed_data.expect(SET)?; // digestAlgorithms
        let mut encapsulated = signed_data.enter(SEQUENCE)?;
        let content_type = encapsulated.any()?.whole;
        let content = match encapsulated.optional(CONTEXT_0)? {
            Some(value) => Some(Reader::new(value.body).any()?.body),
            None => None,
        };
        let mut certificates = Vec::new();
        let mut set = signed_data.enter(CONTEXT_0)?;
        while !set.is_empty() {
            certificates.push(X509::from_der(set.any()?.whole)?);
        }
        signed_data.optional(CONTEXT_0 + 1)?; // crls
        let mut signer_infos = signed_data.enter(SET)?;
        let mut signer_info = signer_infos.enter(SEQUENCE)?;
        if !signer_infos.is_empty() || !signed_data.is_empty() || !content_info.is_empty() {
            return Err(SignatureFault::Damaged);
        }
        signer_info.any()?; // version
        let issuer_and_serial_number = signer_info.expect(SEQUENCE)?.whole;
        signer_info.any()?; // digestAlgorithm
        let signed_attributes = signer_info.expect(CONTEXT_0)?;
        let signing_time = signing_time(Reader::new(signed_attributes.body))?;
        let message_digest = message_digest(Reader::new(signed_attributes.body))?;
        signer_info.any()?; // signatureAlgorithm
        let signature = signer_info.expect(OCTET_STRING)?.body;
        Ok(Self {
            content_type,
            content,
            certificates,
            issuer_and_serial_number,
            signed_attributes: signed_attributes.whole,
            signing_time,
            message_digest,
            signature,
        })
    }

    /// Whether the signer's key made the signature of the signed attributes.
    fn verify_signed_attributes(&self) -> Result<(), SignatureFault> {
        let key = self.signer()?.public_key()?;
        let mut verifier = Verifier::new(MessageDigest::sha256(), &key)?;
        // RFC 5652 §5.4: signed with the tag SET OF, written with the tag [0]
        verifier.update(&[SET])?;
        verifier.update(&self.signed_attributes[1..])?;
        match verifier.verify(self.signature) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(SignatureFault::Changed),
        }
    }

    /// The signer's certificate: the one whose issuer and serial number are, byte for byte, those
    /// that the signature names.
    fn signer(&self) -> Result<&X509, SignatureFault> {
        let mut found = Vec::new();
        for certificate in &self.certificates {
            if issuer_and_serial_number(&certificate.to_der()?)? == self.issuer_and_serial_number {
                found.push(certificate);
            }
        }
        match found[..] {
            [only] => Ok(only),
            _ => Err(SignatureFault::Damaged),
        }
    }

    /// For OpenSSL, with its own search switched off: it compares names less strictly, and would let
    /// another certificate in the same message make the signature that this one is judged by.
    fn only_signer(&self) -> Result<Stack<X509>, SignatureFault> {
        let mut stack = Stack::new()?;
        stack.push(self.signer()?.clone())?;
        Ok(stack)
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

fn message_digest(mut attributes: Reader<'_>) -> Result<&[u8], Malformed> {
    while !attributes.is_empty() {
        let mut attribute = attributes.enter(SEQUENCE)?;
        if attribute.any()?.whole == OID_MESSAGE_DIGEST {
            return Ok(attribute.enter(SET)?.expect(OCTET_STRING)?.body);
        }
    }
    Err(Malformed)
}

#[cfg(test)]
mod tests {
    use openssl::asn1::Asn1Time;
    use openssl::bn::BigNum;
    use openssl::pkey::{PKey, Private};
    use openssl::rsa::Rsa;
    use openssl::x509::{X509Name, X509NameBuilder};

    use super::*;

    fn name(text: &str) -> X509Name {
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", text).unwrap();
        name.build()
    }

    fn certificate(issuer: &str, key: &PKey<Private>, signer: &PKey<Private>) -> X509 {
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder
            .set_serial_number(&BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap())
            .unwrap();
        builder.set_subject_name(&name("Signer")).unwrap();
        builder.set_issuer_name(&name(issuer)).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(1_700_000_000).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(2_000_000_000).unwrap()).unwrap();
        builder.set_pubkey(key).unwrap();
        builder.sign(signer, MessageDigest::sha256()).unwrap();
        builder.build()
    }

    /// Found by an attack on the finished program. OpenSSL compares issuers without regard to case, so
    /// a stranger's certificate of the same serial number would make the signature, and the real one,
    /// which is in the message too, would be judged.
    #[test]
    fn a_stranger_s_certificate_cannot_stand_in_for_the_signer_s() {
        let key = || PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let (authority, real_key, stranger_key) = (key(), key(), key());
        let real = certificate("Acme CA", &real_key, &authority);
        let stranger = certificate("ACME CA", &stranger_key, &stranger_key);
        let mut others = Stack::new().unwrap();
        others.push(real.clone()).unwrap();
        let options = CMSOptions::BINARY;
        let forged = CmsContentInfo::sign(
            Some(&stranger),
            Some(&stranger_key),
            Some(&others),
            Some(b"evil"),
            options,
        );
        let mut forged = forged.unwrap().to_der().unwrap();
        // the signer's identifier comes last: it is made to name the real certificate
        let at = forged.windows(7).rposition(|window| window == b"ACME CA").unwrap();
        forged[at..at + 7].copy_from_slice(b"Acme CA");
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        assert_eq!(
            profile(&forged, &Trust::new(vec![real], now)).unwrap_err(),
            SignatureFault::Changed
        );
    }
}
