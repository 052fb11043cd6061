//! Why a signature does not hold: which part, and what is wrong with it.

use std::fmt;

use openssl::error::ErrorStack;
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::sign::asn1::der::NotDer;
use crate::sign::asn1::read::Malformed;
use crate::sign::stamp::StampFault;

/// A signature that does not hold.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SignatureFault {
    /// The chain does not end at a trusted certificate, or a certificate in it is out of date.
    #[error("the chain of `{subject}` does not hold: {why}")]
    Chain {
        /// Who signed.
        subject: String,
        /// OpenSSL's words.
        why: &'static str,
    },
    /// The chain did not hold at the signing time, which strict readers go by.
    #[error("the chain of `{subject}` did not hold at the signing time {}: {why}", rfc3339(.at))]
    ChainAtSigning {
        /// Who signed.
        subject: String,
        /// The signing time.
        at: OffsetDateTime,
        /// OpenSSL's words.
        why: &'static str,
    },
    /// The certificate has ended, and its chain did not hold at the time of the time stamp either.
    #[error(
        "the chain of `{subject}` did not hold at the time of its time stamp, {}: {why}",
        rfc3339(.at)
    )]
    ChainAtStamp {
        /// Who signed.
        subject: String,
        /// The time that the authority states.
        at: OffsetDateTime,
        /// OpenSSL's words.
        why: &'static str,
    },
    /// The signer's key usage does not include signing (RFC 5280 §4.2.1.3).
    #[error(
        "the certificate of `{subject}` does not allow signatures: key usage lacks digital signature"
    )]
    KeyUsage {
        /// Who signed.
        subject: String,
    },
    /// The bytes are not those that were signed.
    #[error("the content was changed after it was signed")]
    Changed,
    /// The signature over the attributes was not made by the signer's key.
    #[error("the signature does not match the key of `{subject}`")]
    NotBySigner {
        /// The certificate that the signature names.
        subject: String,
    },
    /// Not the structure it should be.
    #[error("the signature is damaged: {0}")]
    Damaged(#[from] Damage),
    /// The file has no signature.
    #[error("it is not signed")]
    Missing,
    /// The time stamp of the signature.
    #[error("its time stamp does not hold: {0}")]
    Stamp(#[from] Box<StampFault>),
}

impl From<ErrorStack> for SignatureFault {
    fn from(_: ErrorStack) -> Self {
        Self::Damaged(Damage::OpenSsl)
    }
}

impl From<NotDer> for SignatureFault {
    fn from(fault: NotDer) -> Self {
        Self::Damaged(Damage::NotDer(fault))
    }
}

pub(in crate::sign) fn rfc3339(moment: &OffsetDateTime) -> String {
    // fails for years past 9999 only, which no signature has
    moment.format(&Rfc3339).unwrap_or_default()
}

/// A part of `SignedData` by its name in RFC 5652.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CmsField {
    /// The whole message.
    ContentInfo,
    /// `ContentInfo.contentType`
    ContentType,
    /// `ContentInfo.content`
    SignedData,
    /// `SignedData.version`
    Version,
    /// `SignedData.digestAlgorithms`
    DigestAlgorithms,
    /// `SignedData.encapContentInfo`
    EncapsulatedContentInfo,
    /// `EncapsulatedContentInfo.eContentType`
    EncapsulatedContentType,
    /// `EncapsulatedContentInfo.eContent`
    EncapsulatedContent,
    /// `SignedData.certificates`
    Certificates,
    /// `SignedData.crls`
    Crls,
    /// `SignedData.signerInfos`
    SignerInfos,
    /// The only `SignerInfo`.
    SignerInfo,
    /// `SignerInfo.version`
    SignerVersion,
    /// `SignerInfo.sid`
    SignerIdentifier,
    /// `SignerInfo.digestAlgorithm`
    DigestAlgorithm,
    /// `SignerInfo.signedAttrs`
    SignedAttributes,
    /// `SignerInfo.signatureAlgorithm`
    SignatureAlgorithm,
    /// `SignerInfo.signature`
    Signature,
    /// `SignerInfo.unsignedAttrs`
    UnsignedAttributes,
    /// The signed attribute `content-type`.
    ContentTypeAttribute,
    /// The signed attribute `message-digest`.
    MessageDigestAttribute,
    /// The signed attribute `signing-time`.
    SigningTimeAttribute,
    /// The signed attribute `signing-certificate` of a time stamp, in either version.
    SigningCertificateAttribute,
}

impl fmt::Display for CmsField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContentInfo => "ContentInfo",
            Self::ContentType => "contentType",
            Self::SignedData => "SignedData",
            Self::Version => "the version of SignedData",
            Self::DigestAlgorithms => "digestAlgorithms",
            Self::EncapsulatedContentInfo => "encapContentInfo",
            Self::EncapsulatedContentType => "eContentType",
            Self::EncapsulatedContent => "eContent",
            Self::Certificates => "certificates",
            Self::Crls => "crls",
            Self::SignerInfos => "signerInfos",
            Self::SignerInfo => "SignerInfo",
            Self::SignerVersion => "the version of SignerInfo",
            Self::SignerIdentifier => "sid",
            Self::DigestAlgorithm => "digestAlgorithm",
            Self::SignedAttributes => "signedAttrs",
            Self::SignatureAlgorithm => "signatureAlgorithm",
            Self::Signature => "signature",
            Self::UnsignedAttributes => "unsignedAttrs",
            Self::ContentTypeAttribute => "the attribute content-type",
            Self::MessageDigestAttribute => "the attribute message-digest",
            Self::SigningTimeAttribute => "the attribute signing-time",
            Self::SigningCertificateAttribute => "the attribute signing-certificate",
        })
    }
}

/// What is wrong with the structure of a signature.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Damage {
    /// BER, or no ASN.1 at all.
    #[error("{0}")]
    NotDer(NotDer),
    /// The comments of a script's signature block.
    #[error(
        "the signature block is not the one that Windows reads: lines `# ` and base64 between its two marks, at the end of the file"
    )]
    Block,
    /// A part that is absent, or has another type.
    #[error("{0} is missing or has another type")]
    Missing(CmsField),
    /// A part that is not used here. Unsigned attributes could be changed by anyone; a script's time stamp is the
    /// only one that is read.
    #[error("{0} must be absent")]
    Unexpected(CmsField),
    /// More in a part than belongs there.
    #[error("{0} has more than one element or is followed by something")]
    TooMuch(CmsField),
    /// A part whose only possible value is another one.
    #[error("{0} has another value than {1}")]
    Value(CmsField, &'static str),
    /// `SET OF` in any other order than DER's, or with one element twice.
    #[error("{0} is not sorted as DER demands, or repeats an element")]
    NotSorted(CmsField),
    /// A digest that is broken or unknown.
    #[error("{0} is not SHA-256, SHA-384 or SHA-512")]
    Digest(CmsField),
    /// Parameters of an algorithm (RFC 5754 §2 and §3, RFC 3370 §3.2).
    #[error("the parameters of {0} must be {1}")]
    Parameters(CmsField, &'static str),
    /// Neither RSA (PKCS#1 v1.5) nor ECDSA, or with another digest or key.
    #[error("signatureAlgorithm is not one for {key} with the digest of digestAlgorithm")]
    SignatureAlgorithm {
        /// The kind of the signer's key.
        key: &'static str,
    },
    /// No certificate, or two, by the name in `sid`.
    #[error("sid does not name exactly one certificate of the message")]
    NoSigner,
    /// A certificate that OpenSSL cannot read.
    #[error("a certificate cannot be read")]
    Certificate,
    /// Curve parameters in place of the curve's name (RFC 5480 §2.1.1).
    #[error("the certificate of `{subject}` has an elliptic curve without a name")]
    ExplicitCurve {
        /// Whose certificate.
        subject: String,
    },
    /// A certificate that is not part of the signer's chain.
    #[error("the certificate of `{subject}` is not part of the signer's chain")]
    Stranger {
        /// Whose certificate.
        subject: String,
    },
    /// OpenSSL rejects the structure without a reason.
    #[error("OpenSSL cannot read it")]
    OpenSsl,
}

impl Damage {
    /// For [`Malformed`], which does not know what was being read.
    pub(super) fn missing(field: CmsField) -> impl Fn(Malformed) -> Self {
        move |Malformed| Self::Missing(field)
    }
}
