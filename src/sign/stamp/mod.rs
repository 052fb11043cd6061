//! Time stamps (RFC 3161): asking for one, and judging what an authority answers. Nothing here opens a connection.
//!
//! A time stamp says that a signature existed at a certain time. Windows then goes on accepting the script
//! after the signer's certificate has ended.

mod fault;
mod info;
mod request;
mod response;

use std::fmt;

use time::OffsetDateTime;

pub use fault::StampFault;
pub(crate) use fault::StampField;
pub(in crate::sign) use info::TstInfo;
pub use request::StampRequest;

use super::SignError;
use super::verify::Anchor;

/// What gives time stamps: the only part of signing that may need the network.
pub trait Stamper: fmt::Debug + Send + Sync {
    /// The `TimeStampToken` (DER) for a raw signature. It was judged by [`StampRequest::judge`].
    fn stamp(&self, signature: &[u8]) -> Result<Vec<u8>, SignError>;

    /// Says how many time stamps the run is going to need, before the first of them.
    fn expect(&self, stamps: u64);
}

/// A time stamp that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// When the signature existed, according to the authority.
    pub(crate) time: OffsetDateTime,
    /// Who says so: the subject of the certificate that signed the time stamp.
    pub(crate) authority: String,
    /// SHA-256 of that certificate, hexadecimal.
    pub(crate) sha256: String,
    /// The number that the authority gave it, hexadecimal.
    pub(crate) serial_number: String,
    /// The authority's policy: an object identifier, `1.2.3.4.1`.
    pub(crate) policy: String,
    /// Where the chain of the authority ends.
    pub(crate) anchor: Anchor,
}
