//! Judging the certificate of a TLS server.

use openssl::error::ErrorStack;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::{X509CheckFlags, X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509PurposeId, X509Ref, X509StoreContext, X509VerifyResult};
use thiserror::Error;
use time::{Date, OffsetDateTime};

use super::certificate::{Certificate, CertificateFacts};
use crate::diagnostic::{Diagnostic, Listed};
use crate::domain::host::HostName;

/// OpenSSL's security level 2: 112 bits. RSA from 2048 bits on, no SHA-1, no MD5.
const AUTH_LEVEL: i32 = 2;

/// The authorities that server certificates are judged by.
pub(crate) struct Authorities {
    roots: X509Store,
    count: usize,
    now: OffsetDateTime,
}

/// OpenSSL cannot hold the authorities.
#[derive(Debug, Error)]
#[error("the certificate authorities of this computer cannot be used: {0}")]
pub(crate) struct AuthoritiesError(#[from] ErrorStack);

impl Diagnostic for AuthoritiesError {
    fn hint(&self) -> Option<String> {
        None
    }
}

/// The certificate of a server, and what is wrong with it.
#[derive(Clone, Debug)]
pub(crate) struct ServerCertificate {
    pub(crate) facts: CertificateFacts,
    pub(crate) faults: Vec<CertificateFault>,
}

/// Why programs refuse a server's certificate.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum CertificateFault {
    #[error("it expired on {0}")]
    Expired(Date),
    #[error("it is not yet valid: it begins on {0}")]
    NotYetValid(Date),
    #[error("it is for {}", names(.0))]
    OtherName(Vec<String>),
    #[error("the server made it itself")]
    SelfSigned,
    /// Either nobody knows the issuer, or the server sends no intermediate certificate.
    #[error("its issuer `{issuer}` is not known here")]
    UnknownIssuer { issuer: String },
    #[error("OpenSSL refuses it: {0}")]
    Chain(&'static str),
}

fn names(names: &[String]) -> String {
    if names.is_empty() { "no host at all".to_owned() } else { Listed(names).to_string() }
}

impl Authorities {
    /// Trusts `roots`, given as DER; those that OpenSSL cannot read are left out.
    pub(crate) fn new<'a>(
        roots: impl IntoIterator<Item = &'a [u8]>,
        more: &[Certificate],
        now: OffsetDateTime,
    ) -> Result<Self, AuthoritiesError> {
        let mut store = X509StoreBuilder::new()?;
        let mut count = 0;
        let read = roots.into_iter().filter_map(|der| X509::from_der(der).ok());
        for root in read.chain(more.iter().map(|root| root.0.clone())) {
            store.add_cert(root)?;
            count += 1;
        }
        store.set_purpose(X509PurposeId::SSL_SERVER)?;
        // the leaf's own period is judged first, so that an expired certificate is not also called untrusted
        store.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
        let mut param = X509VerifyParam::new()?;
        param.set_auth_level(AUTH_LEVEL);
        param.set_time(now.unix_timestamp());
        store.set_param(&param)?;
        Ok(Self { roots: store.build(), count, now })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Judges the certificates that the server `host` sent, its own first; `None` without any that can be read.
    pub(crate) fn judge(&self, sent: &[Certificate], host: &HostName) -> Option<ServerCertificate> {
        let (leaf, rest) = sent.split_first()?;
        let facts = leaf.facts().ok()?;
        let mut faults = Vec::new();
        if self.now > facts.not_after {
            faults.push(CertificateFault::Expired(facts.not_after.date()));
        } else if self.now < facts.not_before {
            faults.push(CertificateFault::NotYetValid(facts.not_before.date()));
        }
        if !is_for(&leaf.0, host).unwrap_or(false) {
            faults.push(CertificateFault::OtherName(names_in(&leaf.0)));
        }
        match self.judge_chain(&leaf.0, rest) {
            Ok(X509VerifyResult::OK) => {}
            Ok(result) => faults.extend(chain_fault(result, &facts, &faults)),
            Err(_) => faults.push(CertificateFault::Chain("it cannot be judged")),
        }
        Some(ServerCertificate { facts, faults })
    }

    fn judge_chain(
        &self,
        leaf: &X509Ref,
        rest: &[Certificate],
    ) -> Result<X509VerifyResult, ErrorStack> {
        let mut chain = Stack::new()?;
        for certificate in rest {
            chain.push(certificate.0.clone())?;
        }
        result_of(&self.roots, leaf, &chain)
    }
}

/// `None` for what is reported already.
fn chain_fault(
    result: X509VerifyResult,
    facts: &CertificateFacts,
    known: &[CertificateFault],
) -> Option<CertificateFault> {
    let is_ended = known.iter().any(|fault| {
        matches!(fault, CertificateFault::Expired(_) | CertificateFault::NotYetValid(_))
    });
    match result.as_raw() {
        // X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
        9 | 10 if is_ended => None,
        // X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
        18 => Some(CertificateFault::SelfSigned),
        // X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, …_SELF_SIGNED_CERT_IN_CHAIN, …_ISSUER_CERT_LOCALLY,
        // …_UNABLE_TO_VERIFY_LEAF_SIGNATURE
        2 | 19..=21 => Some(CertificateFault::UnknownIssuer { issuer: facts.issuer.clone() }),
        _ => Some(CertificateFault::Chain(result.error_string())),
    }
}

/// Whether `leaf` names `host` (RFC 9525), regardless of issuer and time.
fn is_for(leaf: &X509Ref, host: &HostName) -> Result<bool, ErrorStack> {
    let mut store = X509StoreBuilder::new()?;
    store.add_cert(leaf.to_owned())?;
    store.set_purpose(X509PurposeId::ANY)?;
    store.set_flags(X509VerifyFlags::PARTIAL_CHAIN | X509VerifyFlags::NO_CHECK_TIME)?;
    let mut names = X509VerifyParam::new()?;
    names.set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
    names.set_host(host.as_str())?;
    store.set_param(&names)?;
    let store = store.build();
    let stack = Stack::new()?;
    Ok(result_of(&store, leaf, &stack)? == X509VerifyResult::OK)
}

fn result_of(
    store: &X509Store,
    leaf: &X509Ref,
    chain: &Stack<X509>,
) -> Result<X509VerifyResult, ErrorStack> {
    X509StoreContext::new()?.init(store, leaf, chain, |context| {
        let holds = context.verify_cert()?;
        Ok(if holds { X509VerifyResult::OK } else { context.error() })
    })
}

fn names_in(leaf: &X509Ref) -> Vec<String> {
    let alternative = leaf.subject_alt_names().into_iter().flatten();
    alternative.filter_map(|name| name.dnsname().map(str::to_owned)).collect()
}
