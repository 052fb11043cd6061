//! From the signer's certificate to one that is trusted.

use openssl::error::ErrorStack;
use openssl::pkey::Id;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509PurposeId, X509Ref, X509StoreContext, X509VerifyResult};
use time::OffsetDateTime;

use super::fault::{Damage, SignatureFault};
use crate::sign::asn1::read::{Malformed, Reader};
use crate::sign::asn1::write::{CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, SEQUENCE};
use crate::sign::certificate::{Certificate, is_issued_by, name};

/// OpenSSL's security level 2: 112 bits. RSA and its certificates from 2048 bits on, no SHA-1, no MD5.
const AUTH_LEVEL: i32 = 2;

/// Certificates that chains must end at; without any, the last certificate inside each message.
#[derive(Clone, Debug, Default)]
pub struct Authorities(Vec<X509>);

/// What a signature is measured against.
#[derive(Debug)]
pub struct Trust {
    roots: Authorities,
    stamps: Authorities,
    now: OffsetDateTime,
}

/// Where trust ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At a certificate the admin gave.
    Given(String),
    /// At the last certificate inside the message: it fits, and nobody vouches for it here.
    Inside(String),
}

impl Trust {
    /// Trusts `roots`; without any, the last certificate inside each message.
    pub fn new(roots: Vec<Certificate>, now: OffsetDateTime) -> Self {
        Self { roots: roots.into(), stamps: Authorities::default(), now }
    }

    /// The same, with `stamps` as the authorities of time stamps.
    #[must_use]
    pub fn with_stamps(self, stamps: Vec<Certificate>) -> Self {
        Self { stamps: stamps.into(), ..self }
    }

    /// Whether the admin named an authority.
    pub(crate) fn has_roots(&self) -> bool {
        !self.roots.0.is_empty()
    }

    /// Whose time stamps count.
    pub(super) fn stamps(&self) -> &Authorities {
        &self.stamps
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// Judges the chain from `leaf` through `inside` now.
    pub(in crate::sign) fn judge(
        &self,
        leaf: &X509Ref,
        inside: &[X509],
    ) -> Result<Anchor, SignatureFault> {
        self.roots.judge(leaf, inside, self.now)?.map_err(|why| {
            let subject = name(leaf.subject_name());
            SignatureFault::Chain { subject, why }
        })
    }

    /// Judges the chain at the time `at` of the signature's time stamp.
    pub(super) fn judge_at_stamp(
        &self,
        leaf: &X509Ref,
        inside: &[X509],
        at: OffsetDateTime,
    ) -> Result<Anchor, SignatureFault> {
        self.roots.judge(leaf, inside, at)?.map_err(|why| {
            let subject = name(leaf.subject_name());
            SignatureFault::ChainAtStamp { subject, at, why }
        })
    }

    /// Judges the chain at the signing time `at`: NSS, and whatever is built on it, goes by that.
    pub(super) fn judge_at_signing(
        &self,
        leaf: &X509Ref,
        inside: &[X509],
        at: OffsetDateTime,
    ) -> Result<(), SignatureFault> {
        self.roots.judge(leaf, inside, at)?.map(|_| ()).map_err(|why| {
            let subject = name(leaf.subject_name());
            SignatureFault::ChainAtSigning { subject, at, why }
        })
    }
}

impl From<Vec<Certificate>> for Authorities {
    fn from(certificates: Vec<Certificate>) -> Self {
        Self(certificates.into_iter().map(|certificate| certificate.0).collect())
    }
}

impl Authorities {
    /// Where the chain from `leaf` through `inside` ends at `moment`, or why it does not hold, in OpenSSL's words.
    pub(in crate::sign) fn judge(
        &self,
        leaf: &X509Ref,
        inside: &[X509],
        moment: OffsetDateTime,
    ) -> Result<Result<Anchor, &'static str>, ErrorStack> {
        let store = if self.0.is_empty() {
            store_of(&[top_of(leaf, inside)], moment, X509VerifyFlags::CHECK_SS_SIGNATURE)?
        } else {
            store_of(&self.0, moment, X509VerifyFlags::empty())?
        };
        let mut chain = Stack::new()?;
        for certificate in inside {
            chain.push(certificate.clone())?;
        }
        X509StoreContext::new()?.init(&store, leaf, &chain, |context| {
            let holds = context.verify_cert()?;
            let result = if holds { X509VerifyResult::OK } else { context.error() };
            if result != X509VerifyResult::OK {
                return Ok(Err(result.error_string()));
            }
            let last = context
                .chain()
                .and_then(|chain| chain.iter().last().map(|last| name(last.subject_name())));
            let anchor = if self.0.is_empty() { Anchor::Inside } else { Anchor::Given };
            Ok(Ok(anchor(last.unwrap_or_default())))
        })
    }
}

/// `certificates`, whose first is the signer's, as its chain: each followed by its issuer. Others do
/// not belong into a message: nothing would keep them from being exchanged.
pub(super) fn ordered(mut certificates: Vec<X509>) -> Result<Vec<X509>, Damage> {
    for certificate in &certificates {
        if has_nameless_curve(certificate).map_err(|_| Damage::Certificate)? {
            let subject = name(certificate.subject_name());
            return Err(Damage::ExplicitCurve { subject });
        }
    }
    for last in 0..certificates.len() - 1 {
        let next = (last + 1..certificates.len())
            .find(|at| is_issued_by(&certificates[last], &certificates[*at]));
        let Some(at) = next else {
            let subject = name(certificates[last + 1].subject_name());
            return Err(Damage::Stranger { subject });
        };
        certificates.swap(last + 1, at);
    }
    Ok(certificates)
}

/// Whether the key is on a curve that is spelled out instead of named (RFC 5480 §2.1.1): `GnuTLS`, NSS
/// and Windows refuse it.
fn has_nameless_curve(certificate: &X509Ref) -> Result<bool, ErrorStack> {
    let parameters_tag = |der: &[u8]| -> Result<Option<u8>, Malformed> {
        let mut tbs = Reader::new(der).enter(SEQUENCE)?.enter(SEQUENCE)?;
        tbs.optional(CONTEXT_0)?; // version
        tbs.expect(INTEGER)?; // serialNumber
        for _ in ["signature", "issuer", "validity", "subject"] {
            tbs.expect(SEQUENCE)?;
        }
        let mut algorithm = tbs.enter(SEQUENCE)?.enter(SEQUENCE)?;
        algorithm.any()?;
        Ok(algorithm.peek())
    };
    Ok(certificate.public_key()?.id() == Id::EC
        && parameters_tag(&certificate.to_der()?) != Ok(Some(OBJECT_IDENTIFIER)))
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

fn store_of(
    anchors: &[X509],
    moment: OffsetDateTime,
    more: X509VerifyFlags,
) -> Result<X509Store, ErrorStack> {
    let mut store = X509StoreBuilder::new()?;
    for anchor in anchors {
        store.add_cert(anchor.clone())?;
    }
    // what a certificate may be used for is the caller's question: devices take TLS certificates too
    store.set_purpose(X509PurposeId::ANY)?;
    store.set_flags(X509VerifyFlags::PARTIAL_CHAIN | more)?;
    let mut param = X509VerifyParam::new()?;
    param.set_time(moment.unix_timestamp());
    param.set_auth_level(AUTH_LEVEL);
    store.set_param(&param)?;
    Ok(store.build())
}
