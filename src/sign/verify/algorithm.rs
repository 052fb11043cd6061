//! Which algorithms a signature may name, and how: RFC 5754 and RFC 3370, without the leeway that
//! lets one signature be written in several ways.

use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKeyRef, Public};

use super::fault::{CmsField, Damage};
use crate::sign::asn1::oid::{
    OID_ECDSA_WITH_SHA256, OID_ECDSA_WITH_SHA384, OID_ECDSA_WITH_SHA512, OID_RSA_ENCRYPTION,
    OID_RSA_WITH_SHA256, OID_RSA_WITH_SHA384, OID_RSA_WITH_SHA512, OID_SHA256, OID_SHA384,
    OID_SHA512,
};
use crate::sign::asn1::read::{Malformed, Reader};
use crate::sign::asn1::write::{NULL, SEQUENCE};

/// A digest that still proves something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sign) enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Reads an `AlgorithmIdentifier` whose parameters are absent or `NULL` (RFC 5754 §2).
    pub(super) fn read(reader: &mut Reader<'_>, field: CmsField) -> Result<Self, Damage> {
        let identifier = Identifier::read(reader, field)?;
        let digest = Self::ALL
            .into_iter()
            .find(|digest| digest.oid() == identifier.oid)
            .ok_or(Damage::Digest(field))?;
        match identifier.parameters {
            None | Some(NULL) => Ok(digest),
            Some(_) => Err(Damage::Parameters(field, "absent or NULL")),
        }
    }

    /// The same in a time stamp, whose reader names the part.
    pub(in crate::sign) fn of(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Self::read(reader, CmsField::DigestAlgorithm).map_err(|_| Malformed)
    }

    pub(in crate::sign) fn openssl(self) -> MessageDigest {
        match self {
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }

    fn oid(self) -> &'static [u8] {
        match self {
            Self::Sha256 => OID_SHA256,
            Self::Sha384 => OID_SHA384,
            Self::Sha512 => OID_SHA512,
        }
    }

    fn with_rsa(self) -> &'static [u8] {
        match self {
            Self::Sha256 => OID_RSA_WITH_SHA256,
            Self::Sha384 => OID_RSA_WITH_SHA384,
            Self::Sha512 => OID_RSA_WITH_SHA512,
        }
    }

    fn with_ecdsa(self) -> &'static [u8] {
        match self {
            Self::Sha256 => OID_ECDSA_WITH_SHA256,
            Self::Sha384 => OID_ECDSA_WITH_SHA384,
            Self::Sha512 => OID_ECDSA_WITH_SHA512,
        }
    }
}

/// An `AlgorithmIdentifier`, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identifier<'a> {
    oid: &'a [u8],
    parameters: Option<&'a [u8]>,
}

impl<'a> Identifier<'a> {
    pub(super) fn read(reader: &mut Reader<'a>, field: CmsField) -> Result<Self, Damage> {
        let read = |reader: &mut Reader<'a>| -> Result<(Self, bool), Malformed> {
            let mut identifier = reader.enter(SEQUENCE)?;
            let oid = identifier.any()?.whole;
            let parameters =
                if identifier.is_empty() { None } else { Some(identifier.any()?.whole) };
            Ok((Self { oid, parameters }, identifier.is_empty()))
        };
        match read(reader) {
            Ok((identifier, true)) => Ok(identifier),
            Ok((_, false)) => Err(Damage::TooMuch(field)),
            Err(Malformed) => Err(Damage::Missing(field)),
        }
    }

    /// Whether this names a signature by `key` over `digest`: RSA with `NULL` (RFC 3370 §3.2, RFC 5754
    /// §3.2), ECDSA without parameters (RFC 5754 §3.3).
    pub(super) fn fits(self, key: &PKeyRef<Public>, digest: Digest) -> Result<(), Damage> {
        let field = CmsField::SignatureAlgorithm;
        let (name, known, parameters, wanted) = match key.id() {
            Id::RSA => ("an RSA key", [OID_RSA_ENCRYPTION, digest.with_rsa()], Some(NULL), "NULL"),
            Id::EC => ("an EC key", [digest.with_ecdsa(); 2], None, "absent"),
            _ => return Err(Damage::SignatureAlgorithm { key: "an RSA or EC key" }),
        };
        if !known.contains(&self.oid) {
            return Err(Damage::SignatureAlgorithm { key: name });
        }
        if self.parameters == parameters { Ok(()) } else { Err(Damage::Parameters(field, wanted)) }
    }
}
