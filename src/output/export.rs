//! The folder of an export, for an MDM or for hosting. Files are written in place: `export.json` is removed first and written last, so
//! that an export is whole, or nothing pushes it. What an earlier export wrote and this one does not is removed;
//! `state`, where the helpers keep their journal, is never touched.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::error::OutputError;
use super::layout::below;
use super::part::{Part, create_new, remove};
use super::place;
use super::sync::{flush_folder, flush_group};
use super::trust::Trust;
use crate::domain::text::hex;

/// Marks a folder as an export, and lists its files, one in a line: first its path while it is written, in the end
/// SHA-256 and path, as `sha256sum` has them.
pub(crate) const EXPORT_MARK: &str = ".mailmuster-export";

/// The first line of [`EXPORT_MARK`], before the id of the export: that of its MDM, or `hosting`.
pub(crate) const EXPORT_FIRST_LINE: &str = "mailmuster export 1 ";

/// Written last.
pub(crate) const EXPORT_INDEX: &str = "export.json";

/// The journal of the helpers.
pub(crate) const EXPORT_STATE: &str = "state";

/// The only hidden folder of an export (RFC 8615).
const WELL_KNOWN: &str = ".well-known";

/// The largest list of files that is read, in bytes: that of a million people.
pub(crate) const LARGEST_EXPORT_MARK: u64 = 512 << 20;

/// A folder that only this export writes into.
#[derive(Debug)]
pub(crate) struct ExportFolder {
    root: PathBuf,
    trust: Trust,
    id: &'static str,
    /// Locked until the end; grows by a line before each new file.
    mark: File,
    /// The files of earlier exports.
    earlier: HashSet<String>,
    written: BTreeMap<String, [u8; 32]>,
    folders: HashSet<String>,
}

/// A file that is written line by line.
#[derive(Debug)]
pub(crate) struct ExportLines {
    lines: BufWriter<File>,
    digest: Sha256,
    path: String,
    place: PathBuf,
}

impl ExportLines {
    /// Adds a line with its end.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        self.digest.update(bytes);
        self.lines.write_all(bytes).map_err(OutputError::at(&self.place))
    }
}

impl ExportFolder {
    /// Locks the folder `root`, creating it if it does not exist. A folder with other files is refused, and one for
    /// another export than `id`: the journal of another MDM must not be taken for that of this one.
    pub(crate) fn open(root: &Path, trust: Trust, id: &'static str) -> Result<Self, OutputError> {
        place::open_root(root, trust, EXPORT_MARK)?;
        let path = root.join(EXPORT_MARK);
        let (mut mark, earlier) = match path.symlink_metadata() {
            Err(_) => (create_new(&path).map_err(OutputError::at(&path))?, HashSet::new()),
            Ok(metadata) if !metadata.is_file() => return Err(not_ours(root)),
            Ok(metadata) => {
                trust.judge(&path, &metadata)?;
                let options = File::options().read(true).append(true).open(&path);
                let mut file = options.map_err(OutputError::at(&path))?;
                let earlier = files_in(&mut file, root, id)?;
                (file, earlier)
            }
        };
        match mark.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(OutputError::Locked { folder: root.to_owned() });
            }
            Err(fs::TryLockError::Error(error)) => return Err(OutputError::at(&path)(error)),
        }
        if mark.metadata().map_err(OutputError::at(&path))?.len() == 0 {
            writeln!(mark, "{EXPORT_FIRST_LINE}{id}").map_err(OutputError::at(&path))?;
        }
        let folder = Self {
            root: root.to_owned(),
            trust,
            id,
            mark,
            earlier,
            written: BTreeMap::new(),
            folders: HashSet::new(),
        };
        folder.remove(EXPORT_INDEX)?;
        flush_folder(root).map_err(OutputError::at(root))?;
        Ok(folder)
    }

    /// Writes the file `path`.
    pub(crate) fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), OutputError> {
        let (mut file, place) = self.create(path)?;
        self.written.insert(path.to_owned(), Sha256::digest(bytes).into());
        file.write_all(bytes).map_err(OutputError::at(&place))
    }

    /// Begins the file `path`.
    pub(crate) fn lines(&mut self, path: &str) -> Result<ExportLines, OutputError> {
        let (file, place) = self.create(path)?;
        let lines = BufWriter::with_capacity(1 << 16, file);
        Ok(ExportLines { lines, digest: Sha256::new(), path: path.to_owned(), place })
    }

    /// Ends a file of lines, and returns its SHA-256.
    pub(crate) fn close(&mut self, lines: ExportLines) -> Result<[u8; 32], OutputError> {
        let ExportLines { lines, digest, path, place } = lines;
        lines.into_inner().map_err(|error| OutputError::at(&place)(error.into_error()))?;
        let digest = digest.finalize().into();
        self.written.insert(path, digest);
        Ok(digest)
    }

    /// Removes what only earlier exports wrote, and makes the export whole.
    pub(crate) fn finish(self, index: &[u8]) -> Result<(), OutputError> {
        for path in self.earlier.iter().filter(|path| !self.written.contains_key(*path)) {
            self.remove(path)?;
            self.remove_empty_folders(path);
        }
        let at = || OutputError::at(&self.root);
        let written: Vec<PathBuf> =
            self.written.keys().map(|path| below(&self.root, path)).collect();
        let files = written.iter().map(PathBuf::as_path);
        flush_group(&self.root, files, &self.changed_folders()).map_err(at())?;
        self.put(EXPORT_INDEX, index)?;
        let mut mark = format!(
            "{EXPORT_FIRST_LINE}{}\n{}  {EXPORT_INDEX}\n",
            self.id,
            hex(&Sha256::digest(index))
        );
        for (path, digest) in &self.written {
            mark.push_str(&format!("{}  {path}\n", hex(digest)));
        }
        let place = self.root.join(EXPORT_MARK);
        let part = Part::create(&place).and_then(|mut part| {
            part.write_all(mark.as_bytes())?;
            part.file().sync_all()?;
            // Wine and older file systems of Windows replace no file that is open
            drop(self.mark);
            part.place()
        });
        part.map_err(OutputError::at(&place))?;
        flush_folder(&self.root).map_err(at())
    }

    /// Every folder that this export wrote into, with those above it up to the root.
    fn changed_folders(&self) -> BTreeSet<PathBuf> {
        let folders = self.folders.iter().flat_map(|folder| {
            let path = below(&self.root, folder);
            path.ancestors()
                .take_while(|path| path.starts_with(&self.root))
                .map(Path::to_owned)
                .collect::<Vec<_>>()
        });
        folders.chain([self.root.clone()]).collect()
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
        let place = self.root.join(name);
        let part = Part::create(&place).and_then(|mut part| {
            part.write_all(bytes)?;
            part.finish()
        });
        part.map_err(OutputError::at(&place))
    }

    /// A new file in the place of an earlier one; a link there is replaced, not followed.
    fn create(&mut self, path: &str) -> Result<(File, PathBuf), OutputError> {
        if !self.earlier.contains(path) {
            writeln!(self.mark, "{path}").map_err(OutputError::at(&self.root.join(EXPORT_MARK)))?;
        }
        if let Some((parent, _)) = path.rsplit_once('/')
            && !self.folders.contains(parent)
        {
            self.make(parent)?;
        }
        let place = below(&self.root, path);
        let file = match create_new(&place) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                remove(&place).and_then(|()| create_new(&place))
            }
            other => other,
        };
        let file = file.map_err(OutputError::at(&place))?;
        Ok((file, place))
    }

    fn make(&mut self, folder: &str) -> Result<(), OutputError> {
        let mut path = self.root.clone();
        for part in folder.split('/') {
            path.push(part);
            place::make(&path, self.trust)?;
        }
        self.folders.insert(folder.to_owned());
        Ok(())
    }

    /// Removes the folders of the removed file `path` that have become empty.
    fn remove_empty_folders(&self, path: &str) {
        let mut folder = path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            // a folder with anything in it is not removed
            if fs::remove_dir(below(&self.root, parent)).is_err() {
                return;
            }
            folder = parent;
        }
    }

    fn remove(&self, path: &str) -> Result<(), OutputError> {
        place::remove_if_there(&below(&self.root, path)).map(|_| ())
    }
}

/// The files that the mark lists. A line that a killed run cut off is no path of ours, or that of no file.
fn files_in(mark: &mut File, root: &Path, id: &str) -> Result<HashSet<String>, OutputError> {
    let mut text = String::new();
    mark.take(LARGEST_EXPORT_MARK).read_to_string(&mut text).map_err(|_| not_ours(root))?;
    let mut lines = text.lines();
    match lines.next().map(|first| first.strip_prefix(EXPORT_FIRST_LINE)) {
        None => Ok(HashSet::new()),
        Some(Some(own)) if own == id => {
            let paths = lines.map(|line| export_line(line).1);
            Ok(paths.filter(|path| is_export_path(path)).map(str::to_owned).collect())
        }
        Some(Some(other)) => {
            let (folder, other) = (root.to_owned(), other.to_owned());
            Err(OutputError::OtherMdm { folder, other })
        }
        Some(None) => Err(not_ours(root)),
    }
}

/// A line of [`EXPORT_MARK`]: the SHA-256 of a file, once it is whole, and its path.
pub(crate) fn export_line(line: &str) -> (Option<&str>, &str) {
    match line.split_once("  ") {
        Some((digest, path)) if digest.len() == 64 => (Some(digest), path),
        _ => (None, line),
    }
}

/// Whether an export could have written the file `path`. Nothing else may be removed.
pub(crate) fn is_export_path(path: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty()
            && (!part.starts_with('.') || part == WELL_KNOWN)
            && part.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
            && !part.contains(['\\', ':'])
    };
    path.split('/').all(is_name) && path.split('/').next() != Some(EXPORT_STATE)
}

fn not_ours(root: &Path) -> OutputError {
    OutputError::NotAnExport { path: root.join(EXPORT_MARK) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::part::create_folder;

    fn export(root: &Path, files: &[(&str, &str)]) {
        let mut folder = ExportFolder::open(root, Trust::Own, "jamf").unwrap();
        for (path, text) in files {
            folder.write(path, text.as_bytes()).unwrap();
        }
        folder.finish(b"{}").unwrap();
    }

    fn text(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_second_export_replaces_the_first_and_keeps_the_state() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("jamf");
        export(&root, &[("ios/ada.xml", "1"), ("ios/bob.xml", "1")]);
        create_folder(&root.join(EXPORT_STATE)).unwrap();
        create_new(&root.join("state/pushed.jsonl")).unwrap();
        create_new(&root.join("notes.txt")).unwrap();
        export(&root, &[("ios/ada.xml", "2")]);
        assert_eq!(text(&root.join("ios/ada.xml")), "2");
        assert!(!root.join("ios/bob.xml").exists());
        export(&root, &[("macos/ada.xml", "1")]);
        assert!(!root.join("ios").exists(), "an empty folder is no part of an export");
        for kept in ["state/pushed.jsonl", "notes.txt", EXPORT_INDEX] {
            assert!(root.join(kept).exists(), "{kept}");
        }
    }

    #[test]
    fn an_export_that_was_stopped_has_no_index_and_is_cleared_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("jamf");
        export(&root, &[("ios/ada.xml", "1")]);
        let mut killed = ExportFolder::open(&root, Trust::Own, "jamf").unwrap();
        killed.write("ios/bob.xml", b"1").unwrap();
        assert!(!root.join(EXPORT_INDEX).exists());
        assert!(matches!(
            ExportFolder::open(&root, Trust::Own, "jamf"),
            Err(OutputError::Locked { .. })
        ));
        drop(killed);
        export(&root, &[("ios/ada.xml", "1")]);
        assert!(!root.join("ios/bob.xml").exists());
    }

    #[test]
    fn a_folder_for_another_mdm_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("mdm");
        export(&root, &[("ios/ada.xml", "1")]);
        let refused = ExportFolder::open(&root, Trust::Own, "fleet").unwrap_err();
        assert!(matches!(refused, OutputError::OtherMdm { other, .. } if other == "jamf"));
        assert!(root.join(EXPORT_INDEX).exists(), "the export is still whole");
    }

    #[test]
    fn other_files_are_neither_written_beside_nor_removed() {
        let folder = tempfile::tempdir().unwrap();
        create_new(&folder.path().join("mine.txt")).unwrap();
        assert!(matches!(
            ExportFolder::open(folder.path(), Trust::Own, "jamf"),
            Err(OutputError::Foreign { .. })
        ));
        for path in [
            "../mine.txt",
            "state/pushed.jsonl",
            "/etc/passwd",
            "a//b",
            ".x",
            "a\\b",
            "c:x",
            ".well-known-x",
        ] {
            assert!(!is_export_path(path), "{path}");
        }
        assert!(is_export_path("Device Configurations/ada_q.com.json"));
        assert!(is_export_path("acme.example/.well-known/autoconfig/mail/config-v1.1.xml"));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_is_replaced_and_a_linked_folder_refused() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("jamf");
        export(&root, &[("ios/ada.xml", "1")]);
        create_new(&folder.path().join("mine")).unwrap().write_all(b"precious").unwrap();
        remove(&root.join("ios/ada.xml")).unwrap();
        std::os::unix::fs::symlink("../../mine", root.join("ios/ada.xml")).unwrap();
        export(&root, &[("ios/ada.xml", "2")]);
        assert_eq!(text(&folder.path().join("mine")), "precious");
        std::os::unix::fs::symlink("..", root.join("macos")).unwrap();
        let mut export = ExportFolder::open(&root, Trust::Own, "jamf").unwrap();
        let refused = export.write("macos/mine", b"");
        assert!(matches!(refused, Err(OutputError::NotAFolder { .. })));
    }
}
