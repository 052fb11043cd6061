//! `manifest.jsonl`: one JSON object per line, first the run, then its bundles. `manifest.jsonl.p7s`
//! signs it, and thereby every file of every bundle.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::OutputError;
use super::folder::{LineFile, OutputFolder};
use super::layout::{MANIFEST, MANIFEST_SIGNATURE};
use crate::domain::label::{Label, Labels};
use crate::domain::renames::Renames;

/// The version of the format. Programs must refuse other numbers.
pub(crate) const FORMAT: u32 = 1;

/// The state in the line of a removal package.
pub(crate) const REMOVAL: &str = "removal";

/// The longest line, in bytes.
const LONGEST_LINE: u64 = 64 << 10;

/// One line of the manifest. Programs rely on its fields.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum ManifestLine {
    /// The first line.
    Run(RunLine),
    Bundle(BundleLine),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunLine {
    pub(crate) format: u32,
    /// `mailmuster 0.1.0`.
    pub(crate) tool: String,
    /// The moment of the run (RFC 3339, UTC).
    pub(crate) made_at: String,
    /// As named by the user.
    pub(crate) list: String,
    /// The id, or `auto`.
    pub(crate) provider: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BundleLine {
    /// The first line of the person's row; absent for a person whom the run's list does not name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    /// In the order of the list.
    pub(crate) addresses: Vec<String>,
    /// The stable key.
    pub(crate) person: String,
    /// The address from which the key was made, for a person without id who has another one now: a ledger that is
    /// made from this file learns the rename from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) renamed_from: Option<String>,
    /// The path below the folder of the run.
    pub(crate) bundle: String,
    /// Hexadecimal.
    pub(crate) sha256: String,
    /// In bytes.
    pub(crate) size: u64,
    /// `left` or `retired` for a person who is no longer in the list, `removal` for the removal package of
    /// a person who was retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) department: Option<String>,
}

/// The run in the manifest of the folder `root`; `None` where that cannot be read.
pub(crate) fn run_in(root: &Path) -> Option<RunLine> {
    match lines_in(root).next()? {
        ManifestLine::Run(run) => Some(run),
        ManifestLine::Bundle(_) => None,
    }
}

impl BundleLine {
    /// What the list says about the person beyond the mailboxes.
    pub(crate) fn labels(&self) -> Labels {
        let label = |text: &Option<String>| text.as_deref().and_then(Label::of);
        Labels {
            client: label(&self.client),
            group: label(&self.group),
            department: label(&self.department),
        }
    }

    /// The line with these labels.
    #[must_use]
    pub(crate) fn with_labels(self, labels: &Labels) -> Self {
        let [client, group, department] = labels.texts().map(|text| text.map(str::to_owned));
        Self { client, group, department, ..self }
    }
}

/// The bundles in the manifest of the folder `root`. Ends early at a broken line, and is empty without
/// a manifest: reporting that is up to `verify`.
pub(crate) fn bundles_in(root: &Path) -> impl Iterator<Item = BundleLine> {
    lines_in(root).filter_map(|line| match line {
        ManifestLine::Bundle(bundle) => Some(bundle),
        ManifestLine::Run(_) => None,
    })
}

fn lines_in(root: &Path) -> impl Iterator<Item = ManifestLine> {
    let path = root.join(MANIFEST);
    // opening a FIFO could block
    let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let mut file = is_file.then(|| File::open(&path).ok()).flatten().map(BufReader::new);
    let mut line = Vec::new();
    std::iter::from_fn(move || {
        line.clear();
        file.as_mut()?.take(LONGEST_LINE).read_until(b'\n', &mut line).ok()?;
        serde_json::from_slice::<ManifestLine>(&line).ok()
    })
}

/// The manifest, written line by line.
#[derive(Debug)]
pub(crate) struct ManifestFile {
    lines: LineFile,
    line: Vec<u8>,
    digest: Sha256,
    /// Former addresses by the person's key.
    origins: HashMap<String, String>,
}

impl ManifestFile {
    pub(crate) fn start(
        folder: &OutputFolder,
        run: RunLine,
        renames: &Renames,
    ) -> Result<Self, OutputError> {
        let origins = renames.origins().into_iter();
        let mut file = Self {
            lines: folder.line_file(MANIFEST)?,
            line: Vec::new(),
            digest: Sha256::new(),
            origins: origins.map(|(key, address)| (key.to_string(), address)).collect(),
        };
        file.write(&ManifestLine::Run(run))?;
        Ok(file)
    }

    pub(crate) fn add(&mut self, mut bundle: BundleLine) -> Result<(), OutputError> {
        bundle.renamed_from = self.origins.get(&bundle.person).cloned();
        self.write(&ManifestLine::Bundle(bundle))
    }

    /// SHA-256 of all lines so far, for the signature.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest.clone().finalize().into()
    }

    /// Renames the manifest and its `signature` into their places. A run killed between the two renames
    /// leaves a signature over another manifest, or none, which `verify` reports. Without `signature` that
    /// of an earlier run is removed first.
    pub(crate) fn finish(
        self,
        folder: &OutputFolder,
        signature: Option<&[u8]>,
    ) -> Result<(), OutputError> {
        let Some(signature) = signature else {
            folder.remove(MANIFEST_SIGNATURE)?;
            return self.lines.finish();
        };
        self.lines.finish()?;
        folder.put(MANIFEST_SIGNATURE, signature)
    }

    fn write(&mut self, line: &ManifestLine) -> Result<(), OutputError> {
        self.line.clear();
        // these structs contain nothing that JSON cannot
        let written = serde_json::to_writer(&mut self.line, line).is_ok();
        debug_assert!(written);
        self.line.push(b'\n');
        self.digest.update(&self.line);
        self.lines.write(&self.line)
    }
}
