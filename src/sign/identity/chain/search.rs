//! The paths through unordered certificates.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use openssl::error::ErrorStack;
use openssl::x509::X509;
use time::OffsetDateTime;

use super::Chain;
use super::candidate::{Candidate, CertificateFault};
use crate::sign::certificate::is_issued_by;

/// Real chains have up to four certificates; a longer one is a circle of cross-signing.
const LONGEST: usize = 10;

/// How many steps the search takes at most: cross-signed certificates can form any number of
/// paths.
const MOST_STEPS: usize = 10_000;

/// How many left out certificates are named.
const MOST_NAMED: usize = 3;

/// A path by the numbers of its certificates.
#[derive(Clone, Default)]
pub(super) struct Path {
    intermediates: Vec<usize>,
    pub(super) root: Option<usize>,
}

pub(super) struct Search {
    candidates: Vec<Candidate>,
    /// Who issued the leaf.
    first: Vec<usize>,
    /// Who issued each candidate.
    issuers: Vec<Vec<usize>>,
}

impl Search {
    pub(super) fn new(
        leaf: &X509,
        others: Vec<X509>,
        now: OffsetDateTime,
    ) -> Result<Self, ErrorStack> {
        let leaf_key = leaf.public_key()?;
        let mut sorted = BTreeMap::new();
        for certificate in others {
            // older and newer certificates of the signer itself are no part of its path
            if !certificate.public_key().is_ok_and(|key| key.public_eq(&leaf_key)) {
                sorted.insert(certificate.to_der()?, certificate);
            }
        }
        let mut candidates = Vec::new();
        for (der, certificate) in sorted {
            candidates.push(Candidate::new(certificate, der, now)?);
        }
        let issuers_of = |certificate: &X509| -> Vec<usize> {
            let is_issuer = |at: &usize| is_issued_by(certificate, &candidates[*at].certificate);
            (0..candidates.len()).filter(is_issuer).collect()
        };
        let first = issuers_of(leaf);
        let issuers =
            candidates
                .iter()
                .map(|candidate| {
                    if candidate.is_root { Vec::new() } else { issuers_of(&candidate.certificate) }
                })
                .collect();
        Ok(Self { candidates, first, issuers })
    }

    /// The paths worth a judgement, best first: those with a root, or else the longest.
    pub(super) fn paths(&self) -> Vec<Path> {
        let mut found = Vec::new();
        let mut steps = 0;
        self.walk(&Path::default(), &mut steps, &mut found);
        if found.iter().any(|path| path.root.is_some()) {
            found.retain(|path| path.root.is_some());
        }
        found.sort_by_cached_key(|path| {
            let length = path.intermediates.len();
            let lasts = path.all().map(|at| self.candidates[at].facts.not_after).min();
            let ders: Vec<_> = path.all().map(|at| self.candidates[at].der.clone()).collect();
            // with a root a detour over a cross-signed certificate only adds to the message;
            // without one every certificate more may be the one a device needs
            let detour = if path.root.is_some() { length } else { LONGEST - length };
            (detour, Reverse(lasts), ders)
        });
        found
    }

    fn walk(&self, path: &Path, steps: &mut usize, found: &mut Vec<Path>) {
        *steps += 1;
        let next = match path.intermediates.last() {
            Some(last) => &self.issuers[*last],
            None => &self.first,
        };
        let mut ends_here = true;
        for at in next {
            let candidate = &self.candidates[*at];
            let is_new = |known: &usize| {
                let known = &self.candidates[*known].facts;
                // one authority twice is a circle
                known.subject != candidate.facts.subject || known.key_id != candidate.facts.key_id
            };
            if candidate.fault.is_some() || !path.intermediates.iter().all(is_new) {
                continue;
            }
            let mut longer = path.clone();
            if candidate.is_root {
                longer.root = Some(*at);
                found.push(longer);
                ends_here = false;
            } else if path.intermediates.len() < LONGEST && *steps < MOST_STEPS {
                longer.intermediates.push(*at);
                self.walk(&longer, steps, found);
                ends_here = false;
            }
        }
        if ends_here {
            found.push(path.clone());
        }
    }

    /// Who issued the signer's certificate, if all that did are at fault: the one that lasts longest.
    pub(super) fn unusable_issuer(&self) -> Option<(String, CertificateFault)> {
        let mut latest: Vec<&Candidate> =
            self.first.iter().map(|at| &self.candidates[*at]).collect();
        latest.sort_by_key(|candidate| Reverse(candidate.facts.not_after));
        let [candidate, ..] = latest[..] else { return None };
        Some((candidate.facts.subject.clone(), candidate.fault?))
    }

    /// The chain of `path`, and a remark on the rest.
    pub(super) fn chain(&self, path: &Path) -> Chain {
        let certificate = |at: usize| self.candidates[at].certificate.clone();
        let reachable = self.reachable();
        let used: Vec<usize> = path.all().collect();
        let mut left_out: Vec<String> = reachable
            .iter()
            .filter(|at| !used.contains(at))
            .map(|at| self.candidates[*at].why_left_out(path))
            .collect();
        if left_out.len() > MOST_NAMED {
            let more = left_out.len() - MOST_NAMED;
            left_out.truncate(MOST_NAMED);
            left_out.push(format!("{more} more"));
        }
        Chain {
            intermediates: path.intermediates.iter().map(|at| certificate(*at)).collect(),
            root: path.root.map(certificate),
            left_out,
            strangers: self.candidates.len() - reachable.len(),
        }
    }

    /// Every certificate that some path from the leaf leads to.
    fn reachable(&self) -> Vec<usize> {
        let mut reachable = self.first.clone();
        let mut at = 0;
        while let Some(next) = reachable.get(at).copied() {
            for issuer in &self.issuers[next] {
                if !reachable.contains(issuer) {
                    reachable.push(*issuer);
                }
            }
            at += 1;
        }
        reachable
    }
}

impl Path {
    pub(super) fn all(&self) -> impl Iterator<Item = usize> + '_ {
        self.intermediates.iter().copied().chain(self.root)
    }
}
