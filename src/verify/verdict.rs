//! What was judged, and what the answer rests on.

use std::collections::{BTreeMap, BTreeSet};

use crate::render::Form;
use crate::sign::certificate::Use;
use crate::sign::verify::{Anchor, Judged, Verified};

/// How many different signers and authorities are remembered.
const MOST_NAMES: usize = 100;

/// What was judged, and what the answer rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Bundles opened.
    pub(crate) bundles: u64,
    /// Files judged, in bundles or alone.
    pub(crate) files: u64,
    /// Signatures that hold.
    pub(crate) signatures: u64,
    /// Faults found.
    pub faults: u64,
    /// Profiles and scripts without signature; each is a fault.
    pub(crate) unsigned: u64,
    /// Who signed, by the SHA-256 of the certificate.
    pub(crate) signers: BTreeMap<String, SeenSigner>,
    /// The authorities that were given and end a chain.
    pub(crate) authorities: BTreeSet<String>,
    /// Where chains ended inside the files themselves, because no authority was given.
    pub(crate) own_anchors: BTreeSet<String>,
    /// Who made the time stamps that hold, by the SHA-256 of the certificate.
    pub(crate) stamps: BTreeMap<String, SeenStamps>,
    /// Signatures that hold by their time stamp alone: the certificate has ended.
    pub(crate) ended: u64,
    /// How many files nothing vouches for, by their path in a bundle or in the folder.
    pub(crate) unvouched: BTreeMap<String, u64>,
    /// Exports with signed scripts beside files that are not signed.
    pub(crate) transport: BTreeSet<String>,
    /// Bundles of other versions, whose files were not made again: only their settings were compared.
    pub(crate) other_versions: BTreeMap<String, u64>,
    /// What the form of a single file shows whose format has no signature.
    pub(crate) form: Option<Form>,
}

/// A signer whose signatures hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeenSigner {
    /// The subject of the certificate.
    pub(crate) subject: String,
    /// What was signed, in the words of [`words`].
    pub(crate) signed: BTreeSet<&'static str>,
}

/// The time stamps of one authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeenStamps {
    /// The subject of the certificate that signed them.
    pub(crate) authority: String,
    /// Where its chain ends.
    pub(crate) anchor: Anchor,
    pub(crate) count: u64,
}

/// What a signature is for, in a word.
fn words(purpose: Use) -> &'static str {
    match purpose {
        Use::Profiles => "profiles",
        Use::Scripts => "scripts",
        Use::Manifest => "manifest.jsonl",
    }
}

impl Verdict {
    /// Counts a signature that holds, and remembers who made it.
    pub(super) fn note_signature(&mut self, verified: &Verified) {
        self.signatures += 1;
        let signer = &verified.signer;
        if self.signers.len() < MOST_NAMES || self.signers.contains_key(&signer.fingerprint) {
            let entry = self.signers.entry(signer.fingerprint.clone()).or_insert_with(|| {
                SeenSigner { subject: signer.subject.clone(), signed: BTreeSet::new() }
            });
            entry.signed.insert(words(verified.purpose));
        }
        self.ended += u64::from(verified.judged == Judged::AtStamp);
        if let Some(stamp) = &verified.stamp
            && (self.stamps.len() < MOST_NAMES || self.stamps.contains_key(&stamp.sha256))
        {
            let entry = self.stamps.entry(stamp.sha256.clone()).or_insert_with(|| SeenStamps {
                authority: stamp.authority.clone(),
                anchor: stamp.anchor.clone(),
                count: 0,
            });
            entry.count += 1;
        }
        let (anchors, name) = match &verified.anchor {
            Anchor::Given(name) => (&mut self.authorities, name),
            Anchor::Inside(name) => (&mut self.own_anchors, name),
        };
        if anchors.len() < MOST_NAMES && !anchors.contains(name) {
            anchors.insert(name.clone());
        }
    }

    pub(super) fn note_unvouched(&mut self, path: &str) {
        *self.unvouched.entry(path.to_owned()).or_default() += 1;
    }

    pub(super) fn note_transport(&mut self, export: &str) {
        self.transport.insert(export.to_owned());
    }

    pub(super) fn note_other_version(&mut self, tool: &str) {
        if self.other_versions.len() < MOST_NAMES || self.other_versions.contains_key(tool) {
            *self.other_versions.entry(tool.to_owned()).or_default() += 1;
        }
    }
}
