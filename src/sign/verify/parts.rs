//! `SignedData` (RFC 5652 §5.1), read as strictly as it is written here: DER throughout, one signer,
//! and nothing that the signature does not cover has two possible values.

use openssl::stack::Stack;
use openssl::x509::{X509, X509Ref};
use time::OffsetDateTime;

use super::algorithm::{Digest, Identifier};
use super::attributes::{Attributes, sorted};
use super::chain;
use super::fault::{CmsField, Damage, SignatureFault};
use crate::sign::asn1::der;
use crate::sign::asn1::oid::OID_SIGNED_DATA;
use crate::sign::asn1::read::{Reader, Value};
use crate::sign::asn1::write::{CONTEXT_0, OCTET_STRING, SEQUENCE, SET};
use crate::sign::certificate::name;
use crate::sign::signed_data::{VERSION_1, issuer_and_serial_number};

/// The parts of a `SignedData` whose structure is sound; the signature itself is not judged yet.
pub(super) struct Parts<'a> {
    /// The value inside `eContent`; absent where the content is detached.
    pub(super) content: Option<Value<'a>>,
    /// Every certificate of the message, the signer's first, each followed by its issuer.
    pub(super) certificates: Vec<X509>,
    pub(super) digest: Digest,
    pub(super) signing_time: Option<OffsetDateTime>,
    pub(super) message_digest: &'a [u8],
    /// `signedAttrs`, whole.
    pub(super) signed_attributes: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Reads `bytes`, whose `eContentType` must be `content_type`.
    pub(super) fn read(bytes: &'a [u8], content_type: &[u8]) -> Result<Self, SignatureFault> {
        der::check(bytes)?;
        let mut signed_data = signed_data(bytes)?;
        version(&mut signed_data, CmsField::Version)?;
        let digest_algorithms = enter(&mut signed_data, SET, CmsField::DigestAlgorithms)?;
        let content = content(&mut signed_data, content_type)?;
        let certificates = certificates(&mut signed_data)?;
        if signed_data.peek() == Some(CONTEXT_0 + 1) {
            return Err(Damage::Unexpected(CmsField::Crls).into());
        }
        let mut signer_infos = enter(&mut signed_data, SET, CmsField::SignerInfos)?;
        ends(signed_data, CmsField::SignerInfos)?;
        let mut signer_info = enter(&mut signer_infos, SEQUENCE, CmsField::SignerInfo)?;
        ends(signer_infos, CmsField::SignerInfos)?;

        version(&mut signer_info, CmsField::SignerVersion)?;
        let identifier = expect(&mut signer_info, SEQUENCE, CmsField::SignerIdentifier)?.whole;
        let digest = digest(&mut signer_info, digest_algorithms)?;
        let signed_attributes = expect(&mut signer_info, CONTEXT_0, CmsField::SignedAttributes)?;
        let attributes = Attributes::read(signed_attributes.body)?;
        if attributes.content_type != content_type {
            return Err(Damage::Value(CmsField::ContentTypeAttribute, "eContentType").into());
        }
        let algorithm = Identifier::read(&mut signer_info, CmsField::SignatureAlgorithm)?;
        let signature = expect(&mut signer_info, OCTET_STRING, CmsField::Signature)?.body;
        if signer_info.peek() == Some(CONTEXT_0 + 1) {
            return Err(Damage::Unexpected(CmsField::UnsignedAttributes).into());
        }
        ends(signer_info, CmsField::Signature)?;

        let certificates = chain::ordered(named(certificates, identifier)?)?;
        algorithm.fits(&*certificates[0].public_key()?, digest)?;
        Ok(Self {
            content,
            certificates,
            digest,
            signing_time: attributes.signing_time,
            message_digest: attributes.message_digest,
            signed_attributes: signed_attributes.whole,
            signature,
        })
    }

    /// The signer's certificate: the one whose issuer and serial number are, byte for byte, those
    /// that the signature names.
    pub(super) fn signer(&self) -> &X509Ref {
        &self.certificates[0]
    }

    pub(super) fn signer_name(&self) -> String {
        name(self.signer().subject_name())
    }

    /// For OpenSSL, with its own search switched off: it compares names less strictly, and would let
    /// another certificate in the same message make the signature that this one is judged by.
    pub(super) fn only_signer(&self) -> Result<Stack<X509>, SignatureFault> {
        let mut stack = Stack::new()?;
        stack.push(self.signer().to_owned())?;
        Ok(stack)
    }
}

/// The content inside a signed message, without judging anything else.
pub(super) fn unjudged_content(bytes: &[u8]) -> Result<&[u8], Damage> {
    let mut signed_data = signed_data(bytes)?;
    for field in [CmsField::Version, CmsField::DigestAlgorithms] {
        signed_data.any().map_err(Damage::missing(field))?;
    }
    let mut encapsulated = enter(&mut signed_data, SEQUENCE, CmsField::EncapsulatedContentInfo)?;
    encapsulated.any().map_err(Damage::missing(CmsField::EncapsulatedContentType))?;
    let mut content = enter(&mut encapsulated, CONTEXT_0, CmsField::EncapsulatedContent)?;
    Ok(expect(&mut content, OCTET_STRING, CmsField::EncapsulatedContent)?.body)
}

fn signed_data(bytes: &[u8]) -> Result<Reader<'_>, Damage> {
    let mut whole = Reader::new(bytes);
    let mut content_info = enter(&mut whole, SEQUENCE, CmsField::ContentInfo)?;
    ends(whole, CmsField::ContentInfo)?;
    let content_type = content_info.any().map_err(Damage::missing(CmsField::ContentType))?;
    if content_type.whole != OID_SIGNED_DATA {
        return Err(Damage::Value(CmsField::ContentType, "signedData"));
    }
    let mut explicit = enter(&mut content_info, CONTEXT_0, CmsField::SignedData)?;
    ends(content_info, CmsField::SignedData)?;
    let signed_data = enter(&mut explicit, SEQUENCE, CmsField::SignedData)?;
    ends(explicit, CmsField::SignedData)?;
    Ok(signed_data)
}

/// Both versions are 1: of `SignedData` for `id-data` and in PKCS #7, which Authenticode uses; of
/// `SignerInfo` where the signer is named by issuer and serial number (RFC 5652 §5.1 and §5.3).
fn version(reader: &mut Reader<'_>, field: CmsField) -> Result<(), Damage> {
    let version = reader.any().map_err(Damage::missing(field))?;
    if version.whole == VERSION_1 { Ok(()) } else { Err(Damage::Value(field, "1")) }
}

fn content<'a>(
    signed_data: &mut Reader<'a>,
    content_type: &[u8],
) -> Result<Option<Value<'a>>, Damage> {
    let mut encapsulated = enter(signed_data, SEQUENCE, CmsField::EncapsulatedContentInfo)?;
    let found = encapsulated.any().map_err(Damage::missing(CmsField::EncapsulatedContentType))?;
    if found.whole != content_type {
        return Err(Damage::Value(
            CmsField::EncapsulatedContentType,
            "the one for this kind of file",
        ));
    }
    if encapsulated.is_empty() {
        return Ok(None);
    }
    let mut explicit = enter(&mut encapsulated, CONTEXT_0, CmsField::EncapsulatedContent)?;
    ends(encapsulated, CmsField::EncapsulatedContentInfo)?;
    let content = explicit.any().map_err(Damage::missing(CmsField::EncapsulatedContent))?;
    ends(explicit, CmsField::EncapsulatedContent)?;
    Ok(Some(content))
}

fn certificates(signed_data: &mut Reader<'_>) -> Result<Vec<X509>, Damage> {
    let set = expect(signed_data, CONTEXT_0, CmsField::Certificates)?;
    sorted(set.body, CmsField::Certificates)?
        .into_iter()
        .map(|element| X509::from_der(element.whole).map_err(|_| Damage::Certificate))
        .collect()
}

/// `certificates` with the one that `identifier` names in front.
fn named(mut certificates: Vec<X509>, identifier: &[u8]) -> Result<Vec<X509>, SignatureFault> {
    let mut found = Vec::new();
    for (at, certificate) in certificates.iter().enumerate() {
        let named =
            issuer_and_serial_number(&certificate.to_der()?).map_err(|_| Damage::Certificate)?;
        if named == identifier {
            found.push(at);
        }
    }
    let [only] = found[..] else { return Err(Damage::NoSigner.into()) };
    certificates.swap(0, only);
    Ok(certificates)
}

/// The signer's digest algorithm, which must be the only one of `digestAlgorithms`, in the same form.
fn digest(signer_info: &mut Reader<'_>, mut all: Reader<'_>) -> Result<Digest, Damage> {
    let mut again = *signer_info;
    let digest = Digest::read(signer_info, CmsField::DigestAlgorithm)?;
    let listed = all.any().map_err(Damage::missing(CmsField::DigestAlgorithms))?;
    ends(all, CmsField::DigestAlgorithms)?;
    let own = again.any().map_err(Damage::missing(CmsField::DigestAlgorithm))?;
    if listed.whole == own.whole {
        Ok(digest)
    } else {
        Err(Damage::Value(CmsField::DigestAlgorithms, "digestAlgorithm"))
    }
}

fn expect<'a>(reader: &mut Reader<'a>, tag: u8, field: CmsField) -> Result<Value<'a>, Damage> {
    reader.expect(tag).map_err(Damage::missing(field))
}

fn enter<'a>(reader: &mut Reader<'a>, tag: u8, field: CmsField) -> Result<Reader<'a>, Damage> {
    reader.enter(tag).map_err(Damage::missing(field))
}

fn ends(reader: Reader<'_>, field: CmsField) -> Result<(), Damage> {
    if reader.is_empty() { Ok(()) } else { Err(Damage::TooMuch(field)) }
}
