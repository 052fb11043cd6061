//! `SignedData` (RFC 5652 §5.1), read as strictly as it is written here: DER throughout, one signer,
//! and nothing that the signature does not cover has two possible values.

use openssl::stack::Stack;
use openssl::x509::{X509, X509Ref};
use time::OffsetDateTime;

use super::algorithm::{Digest, Identifier};
use super::attributes::{self, Attributes, sorted};
use super::chain;
use super::fault::{CmsField, Damage, SignatureFault};
use crate::sign::asn1::der;
use crate::sign::asn1::oid::{
    OID_DATA, OID_RFC3161_STAMP, OID_SIGNED_DATA, OID_SPC_INDIRECT_DATA, OID_TST_INFO,
};
use crate::sign::asn1::read::{Reader, Value};
use crate::sign::asn1::write::{CONTEXT_0, CONTEXT_1, INTEGER, OCTET_STRING, SEQUENCE, SET};
use crate::sign::certificate::name;
use crate::sign::signed_data::{VERSION_1, issuer_and_serial_number};

/// What is signed, which decides the form of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sign) enum Message {
    /// A configuration profile, or the manifest of a run.
    Data,
    /// A script (Authenticode).
    Script,
    /// A time stamp: other programs make it, so that more forms are allowed.
    Stamp,
}

impl Message {
    fn content_type(self) -> &'static [u8] {
        match self {
            Self::Data => OID_DATA,
            Self::Script => OID_SPC_INDIRECT_DATA,
            Self::Stamp => OID_TST_INFO,
        }
    }

    /// 1 for `id-data` and in PKCS #7, which Authenticode uses; 3 for other content (RFC 5652 §5.1).
    fn version(self) -> (&'static [u8], &'static str) {
        match self {
            Self::Data | Self::Script => (VERSION_1, "1"),
            Self::Stamp => (&[INTEGER, 1, 3], "3"),
        }
    }
}

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
    /// The attributes `signing-certificate`, of a time stamp.
    pub(super) signing_certificate: [Option<Value<'a>>; 2],
    /// The time stamp of a script's signature, whole.
    pub(super) stamp: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    /// Reads `bytes`, which must be a message of this form.
    pub(super) fn read(bytes: &'a [u8], message: Message) -> Result<Self, SignatureFault> {
        der::check(bytes)?;
        let content_type = message.content_type();
        let mut signed_data = signed_data(bytes)?;
        version(&mut signed_data, CmsField::Version, message.version())?;
        let digest_algorithms = enter(&mut signed_data, SET, CmsField::DigestAlgorithms)?;
        let content = content(&mut signed_data, content_type)?;
        let certificates = certificates(&mut signed_data, message)?;
        if signed_data.peek() == Some(CONTEXT_1) {
            return Err(Damage::Unexpected(CmsField::Crls).into());
        }
        let mut signer_infos = enter(&mut signed_data, SET, CmsField::SignerInfos)?;
        ends(signed_data, CmsField::SignerInfos)?;
        let mut signer_info = enter(&mut signer_infos, SEQUENCE, CmsField::SignerInfo)?;
        ends(signer_infos, CmsField::SignerInfos)?;

        version(&mut signer_info, CmsField::SignerVersion, (VERSION_1, "1"))?;
        let identifier = expect(&mut signer_info, SEQUENCE, CmsField::SignerIdentifier)?.whole;
        let digest = digest(&mut signer_info, digest_algorithms)?;
        let signed_attributes = expect(&mut signer_info, CONTEXT_0, CmsField::SignedAttributes)?;
        let attributes = Attributes::read(signed_attributes.body)?;
        if attributes.content_type != content_type {
            return Err(Damage::Value(CmsField::ContentTypeAttribute, "eContentType").into());
        }
        let algorithm = Identifier::read(&mut signer_info, CmsField::SignatureAlgorithm)?;
        let signature = expect(&mut signer_info, OCTET_STRING, CmsField::Signature)?.body;
        let stamp = stamp(&mut signer_info, message)?;
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
            signing_certificate: attributes.signing_certificate,
            stamp,
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

/// That of `SignerInfo` is 1 where the signer is named by issuer and serial number (RFC 5652 §5.3).
fn version(
    reader: &mut Reader<'_>,
    field: CmsField,
    (wanted, number): (&[u8], &'static str),
) -> Result<(), Damage> {
    let version = reader.any().map_err(Damage::missing(field))?;
    if version.whole == wanted { Ok(()) } else { Err(Damage::Value(field, number)) }
}

/// The unsigned attributes, of which one alone is allowed: the time stamp of a script's signature.
fn stamp<'a>(signer_info: &mut Reader<'a>, message: Message) -> Result<Option<&'a [u8]>, Damage> {
    let field = CmsField::UnsignedAttributes;
    let unsigned = signer_info.optional(CONTEXT_1).map_err(Damage::missing(field))?;
    let Some(unsigned) = unsigned else { return Ok(None) };
    if message != Message::Script {
        return Err(Damage::Unexpected(field));
    }
    let attribute = attributes::only(unsigned.body, field)?;
    let (kind, values) = attributes::read(attribute).map_err(Damage::missing(field))?;
    if kind != OID_RFC3161_STAMP {
        return Err(Damage::Value(field, "a time stamp of RFC 3161"));
    }
    Ok(Some(attributes::only(values, field)?.whole))
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

/// Authorities write them in the order of the chain, not sorted as DER demands (`DigiCert` in 2025), and osslsigncode 2.9
/// writes one twice: no signature covers their order and number, which change nothing.
fn certificates(signed_data: &mut Reader<'_>, message: Message) -> Result<Vec<X509>, Damage> {
    let set = expect(signed_data, CONTEXT_0, CmsField::Certificates)?;
    let elements = match message {
        Message::Data | Message::Script => sorted(set.body, CmsField::Certificates)?,
        Message::Stamp => attributes::distinct(set.body, CmsField::Certificates)?,
    };
    // attribute certificates ([1] and [2]) certify the time source of Microsoft's authorities: nothing here reads one
    let is_other = |it: &Value<'_>| message == Message::Stamp && matches!(it.tag, 0xa1 | 0xa2);
    elements
        .into_iter()
        .filter(|element| !is_other(element))
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
