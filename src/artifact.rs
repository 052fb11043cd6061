//! What a renderer makes, and what it becomes once sealed.

use std::fmt;

/// How a file must be signed before it may be shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureFormat {
    /// A PowerShell script with an Authenticode signature block in comments at its end.
    AuthenticodeScript,
    /// CMS `SignedData` with the content inside (RFC 5652).
    CmsAttached,
    /// The platform has no signature for this file.
    Unsigned,
}

impl SignatureFormat {
    const ALL: [Self; 3] = [Self::AuthenticodeScript, Self::CmsAttached, Self::Unsigned];

    /// The signature that manifests name `id`.
    pub(crate) fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.id() == id)
    }

    /// The value in manifests.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::AuthenticodeScript => "authenticode",
            Self::CmsAttached => "cms",
            Self::Unsigned => "none",
        }
    }
}

/// A path inside a bundle: forward slashes, literal parts chosen by a renderer, never row data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileName(Box<str>);

impl FileName {
    /// A path made of `parts`. A character that some file system refuses becomes `-`.
    pub fn new<const N: usize>(parts: [&str; N]) -> Self {
        let safe = parts.map(|part| {
            let part: String = part.chars().map(|c| if is_safe(c) { c } else { '-' }).collect();
            part.trim_matches(['.', ' ']).to_owned()
        });
        Self(safe.join("/").into_boxed_str())
    }

    /// The name with this `path`, if it is one that [`FileName::new`] gives.
    pub(crate) fn from_path(path: &str) -> Option<Self> {
        Self::is_one(path).then(|| Self(path.into()))
    }

    /// Whether [`FileName::new`] could have made `path`.
    pub(crate) fn is_one(path: &str) -> bool {
        path.split('/').all(|part| {
            !part.is_empty() && part.chars().all(is_safe) && part == part.trim_matches(['.', ' '])
        })
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A rendered file, not yet signed. It cannot be bundled.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Where it goes inside the bundle.
    pub file_name: FileName,
    /// The bytes to be signed.
    pub content: FileBytes,
    /// The signature this file calls for.
    pub signature: SignatureFormat,
}

/// A file's bytes: a part that is the same in every bundle, and the rest.
///
/// Digests and compressed forms of the shared part are computed once for a whole run.
#[derive(Clone, Debug, Default)]
pub struct FileBytes {
    /// The bytes that the file starts with in every bundle; may be empty.
    pub(crate) shared: &'static [u8],
    /// The bytes after them.
    pub own: Vec<u8>,
}

impl FileBytes {
    /// All bytes, in order.
    pub fn to_vec(&self) -> Vec<u8> {
        [self.shared, &self.own].concat()
    }

    /// The size in bytes.
    pub(crate) fn len(&self) -> usize {
        self.shared.len() + self.own.len()
    }
}

impl From<Vec<u8>> for FileBytes {
    fn from(own: Vec<u8>) -> Self {
        Self { shared: &[], own }
    }
}

/// A file that may be shipped: signed as its draft asked, or declared unsigned.
#[derive(Clone, Debug)]
pub struct Artifact {
    file_name: FileName,
    content: FileBytes,
    signature: SignatureFormat,
}

impl Artifact {
    /// Only `sign::Sealer::seal` calls this, which `tests/architecture.rs` holds.
    pub(crate) fn sealed(
        file_name: FileName,
        content: FileBytes,
        signature: SignatureFormat,
    ) -> Self {
        Self { file_name, content, signature }
    }

    /// Where it goes inside the bundle.
    pub fn file_name(&self) -> &FileName {
        &self.file_name
    }

    /// The final bytes.
    pub fn content(&self) -> &FileBytes {
        &self.content
    }

    /// The signature it carries.
    pub(crate) fn signature(&self) -> SignatureFormat {
        self.signature
    }
}

fn is_safe(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-' | '&' | '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_file_name_leaves_its_folder() {
        assert_eq!(
            FileName::new(["apple", "A/B: Mail.mobileconfig"]).as_str(),
            "apple/A-B- Mail.mobileconfig"
        );
        assert_eq!(FileName::new(["apple", "../../x"]).as_str(), "apple/-..-x");
    }

    #[test]
    fn a_path_that_no_renderer_gives_is_known() {
        assert!(FileName::is_one("apple/AT&T Mail.mobileconfig"));
        for path in ["", "/a", "a/", "a//b", "..", "a/../b", "a\\b", "a\nb", "a.", " a", "C:a", "ä"]
        {
            assert!(!FileName::is_one(path), "{path}");
        }
    }
}
