//! What is wrong with a time stamp, or with the answer that should have brought one.

use std::fmt;

use openssl::error::ErrorStack;
use thiserror::Error;
use time::OffsetDateTime;

use crate::sign::verify::{SignatureFault, rfc3339};

/// A time stamp that does not hold, or an answer without one.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StampFault {
    /// The message that brings it: structure, signature or attributes.
    #[error("{0}")]
    Message(Box<SignatureFault>),
    /// A part that is missing, or not as RFC 3161 demands.
    #[error("{0} is missing or not as RFC 3161 demands")]
    Field(StampField),
    /// It is for other bytes.
    #[error("it is for another signature: messageImprint is not the digest of this one")]
    Imprint,
    /// The attribute `signing-certificate` is for another certificate.
    #[error(
        "the attribute signing-certificate does not name the certificate of `{subject}`, which signed it"
    )]
    OtherCertificate {
        /// Who signed.
        subject: String,
    },
    /// RFC 3161 §2.3.
    #[error(
        "the certificate of `{subject}` is not one of a time-stamp authority: its extended key usage must be critical and name time stamping alone"
    )]
    Usage {
        /// Who signed.
        subject: String,
    },
    /// The authority's chain at the time that it states.
    #[error("the chain of the authority `{subject}` does not hold at {}: {why}", rfc3339(.at))]
    Chain {
        /// Who signed.
        subject: String,
        /// The time that the authority states.
        at: OffsetDateTime,
        /// OpenSSL's words.
        why: &'static str,
    },
    /// The authority refuses.
    #[error("the authority gives none: {status}{}", Reasons(.reasons, .text))]
    Refused {
        /// `PKIStatus` in words.
        status: &'static str,
        /// `PKIFailureInfo` in words.
        reasons: Vec<&'static str>,
        /// The authority's own words.
        text: String,
    },
    /// The answer is to another request.
    #[error("the nonce is not the one of the request: it is the answer to another one")]
    Nonce,
    /// The authority's clock or this one is wrong.
    #[error("it says {}, and the clock of this machine {}", rfc3339(.stated), rfc3339(.now))]
    Time {
        /// The time of the stamp.
        stated: OffsetDateTime,
        /// The time here.
        now: OffsetDateTime,
    },
}

/// A part of a time stamp by its name in RFC 3161.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StampField {
    /// The whole answer.
    Response,
    /// `PKIStatusInfo`
    Status,
    /// The whole `TSTInfo`.
    Info,
    /// `TSTInfo.version`
    Version,
    /// `TSTInfo.policy`
    Policy,
    /// `TSTInfo.messageImprint`
    MessageImprint,
    /// `TSTInfo.serialNumber`
    SerialNumber,
    /// `TSTInfo.genTime`
    Time,
    /// `TSTInfo.extensions`
    Extensions,
    /// The signed attribute that binds the certificate.
    SigningCertificate,
}

impl fmt::Display for StampField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Response => "TimeStampResp",
            Self::Status => "PKIStatusInfo",
            Self::Info => "TSTInfo",
            Self::Version => "the version of TSTInfo",
            Self::Policy => "policy",
            Self::MessageImprint => "messageImprint",
            Self::SerialNumber => "serialNumber",
            Self::Time => "genTime",
            Self::Extensions => "extensions",
            Self::SigningCertificate => "the attribute signing-certificate",
        })
    }
}

impl From<SignatureFault> for StampFault {
    fn from(fault: SignatureFault) -> Self {
        Self::Message(Box::new(fault))
    }
}

impl From<ErrorStack> for StampFault {
    fn from(error: ErrorStack) -> Self {
        SignatureFault::from(error).into()
    }
}

/// ` (bad request; "no more today")`
struct Reasons<'a>(&'a [&'static str], &'a str);

impl fmt::Display for Reasons<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(reasons, text) = self;
        let mut parts: Vec<String> = reasons.iter().map(|&reason| reason.to_owned()).collect();
        if !text.is_empty() {
            parts.push(format!("`{text}`"));
        }
        if parts.is_empty() { Ok(()) } else { write!(f, " ({})", parts.join(", ")) }
    }
}
