//! `manifest.jsonl`: what a run made, a JSON object a line. The first line is the run, each other
//! line a bundle. `manifest.jsonl.p7s` signs it, and so every file of every bundle.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::OutputError;
use super::folder::{LineFile, OutputFolder};
use super::layout::{MANIFEST, MANIFEST_SIGNATURE};

/// The form of the manifest; a program that reads another number must not guess.
pub(crate) const FORMAT: u32 = 1;

/// The longest line that is read, in bytes.
const LONGEST_LINE: u64 = 64 << 10;

/// One line of the manifest. Its fields are a promise to programs that read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum ManifestLine {
    /// The run: always the first line, and only there.
    Run(RunLine),
    /// A bundle.
    Bundle(BundleLine),
}

/// What all bundles of a run share.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunLine {
    /// The form of this manifest: 1.
    pub(crate) format: u32,
    /// `mailmuster 0.1.0`.
    pub(crate) tool: String,
    /// The moment of the run (RFC 3339, UTC).
    pub(crate) made_at: String,
    /// The list, as the admin named it.
    pub(crate) list: String,
    /// The provider's id, or `auto`.
    pub(crate) provider: String,
}

/// One bundle.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BundleLine {
    /// The line of the list that the person's row starts on.
    pub(crate) line: u64,
    /// The person's mailboxes, in the order of the list.
    pub(crate) addresses: Vec<String>,
    /// The person's stable key.
    pub(crate) person: String,
    /// The bundle's path in the folder of the run.
    pub(crate) bundle: String,
    /// SHA-256 of the bundle, hexadecimal.
    pub(crate) sha256: String,
    /// The bundle's size in bytes.
    pub(crate) size: u64,
    /// Whose person it is, if the list says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client: Option<String>,
    /// A class, a team, an organizational unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    /// The department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) department: Option<String>,
}

/// The bundles that the manifest in the folder `root` describes. It ends early where a line is broken, and
/// there are none without a manifest: `verify` says what is wrong with one.
pub(crate) fn bundles_in(root: &Path) -> impl Iterator<Item = BundleLine> {
    let path = root.join(MANIFEST);
    // opening a FIFO would wait
    let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let mut file = is_file.then(|| File::open(&path).ok()).flatten().map(BufReader::new);
    let mut line = Vec::new();
    let lines = std::iter::from_fn(move || {
        line.clear();
        file.as_mut()?.take(LONGEST_LINE).read_until(b'\n', &mut line).ok()?;
        serde_json::from_slice::<ManifestLine>(&line).ok()
    });
    lines.filter_map(|line| match line {
        ManifestLine::Bundle(bundle) => Some(bundle),
        ManifestLine::Run(_) => None,
    })
}

/// The manifest, growing.
#[derive(Debug)]
pub(crate) struct ManifestFile {
    lines: LineFile,
    digest: Sha256,
}

impl ManifestFile {
    /// Starts the manifest of a run in `folder`.
    pub(crate) fn start(folder: &OutputFolder, run: RunLine) -> Result<Self, OutputError> {
        let mut file = Self { lines: folder.line_file(MANIFEST)?, digest: Sha256::new() };
        file.write(&ManifestLine::Run(run))?;
        Ok(file)
    }

    /// Adds a bundle.
    pub(crate) fn add(&mut self, bundle: BundleLine) -> Result<(), OutputError> {
        self.write(&ManifestLine::Bundle(bundle))
    }

    /// SHA-256 of all lines so far: what the signature is made over.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest.clone().finalize().into()
    }

    /// Puts the manifest and its `signature` into their places. There are two renames, and no order of
    /// them makes one: a run that is killed in between leaves a signature over another manifest, or
    /// none, which `verify` reports. Without `signature` an earlier run's goes first.
    pub(crate) fn finish(
        self,
        folder: &OutputFolder,
        signature: Option<&[u8]>,
    ) -> Result<(), OutputError> {
        let Some(signature) = signature else {
            folder.remove(MANIFEST_SIGNATURE)?;
            return self.lines.finish();
        };
        let staged = folder.stage(MANIFEST_SIGNATURE, signature)?;
        self.lines.finish()?;
        folder.commit(vec![staged])
    }

    fn write(&mut self, line: &ManifestLine) -> Result<(), OutputError> {
        // these structs hold nothing that JSON cannot
        let mut json = serde_json::to_vec(line).unwrap_or_default();
        json.push(b'\n');
        self.digest.update(&json);
        self.lines.write(&json)
    }
}
