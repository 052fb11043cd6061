//! What an export is made of.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::fleet::Targets;
use crate::domain::text::hex;

/// A file below the folder of the export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExportedFile {
    /// With forward slashes.
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
}

/// A line of one of the files that [`super::Mdm::tables`] begins.
#[derive(Debug)]
pub(crate) struct Line {
    /// The position of the file.
    pub(crate) table: usize,
    /// With its end.
    pub(crate) text: Vec<u8>,
}

/// What is made of one profile, or of one person's scripts.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) files: Vec<ExportedFile>,
    pub(crate) objects: Vec<Object>,
    pub(crate) lines: Vec<Line>,
}

impl Made {
    /// Adds what `other` has.
    pub(crate) fn append(&mut self, other: Self) {
        self.files.extend(other.files);
        self.objects.extend(other.objects);
        self.lines.extend(other.lines);
    }

    /// Adds the object that the file `body` creates.
    pub(crate) fn add(&mut self, id: &str, name: String, body: Body) {
        let Body { platform, kind, file, own } = body;
        self.objects.push(Object {
            id: id.to_owned(),
            platform,
            kind,
            name,
            file: file.path.clone(),
            sha256: hex(&Sha256::digest(&file.content)),
            own,
        });
        self.files.push(file);
    }
}

/// A body of a request, and what it creates.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) platform: &'static str,
    /// The collection in the MDM's API.
    pub(crate) kind: &'static str,
    pub(crate) file: ExportedFile,
    pub(crate) own: Own,
}

/// A line of `objects.jsonl`: an object to create in the MDM.
#[derive(Debug, Serialize)]
pub(crate) struct Object {
    id: String,
    platform: &'static str,
    kind: &'static str,
    name: String,
    file: String,
    sha256: String,
    #[serde(flatten)]
    own: Own,
}

/// What only the objects of one MDM have.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Own {
    Jamf {
        /// The profile inside the body, as a loose file.
        profile: String,
    },
    Intune {
        /// The version of Graph.
        api: &'static str,
        /// The body of the assignment.
        assignment: Option<String>,
    },
    Fleet {
        /// The devices that get the profile; absent from a label.
        #[serde(skip_serializing_if = "Option::is_none")]
        labels: Option<Targets>,
    },
}

/// A line of `retire.jsonl`: an object to delete, if it is there.
#[derive(Debug, Serialize)]
pub(crate) struct Name {
    pub(crate) id: String,
    pub(crate) platform: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
}
