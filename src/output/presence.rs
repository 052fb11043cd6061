//! The files of people in a folder, with their sizes: listed folder by folder on a thread of its own, while the
//! ledger and the list are read. One call by path for each of 20,000 people takes twice as long.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use super::layout::{BUNDLES, RETIRED, Spread, below, in_retired, is_bundle_path};
use super::lock::spread_in;
use super::part::is_part;
use crate::domain::slug::Slug;

/// A path below the folder, in 64 bits. Two of a million paths are the same with a probability of 10^-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PathHash(u64);

impl PathHash {
    /// Of a path with forward slashes, or of a name.
    pub(crate) fn of(path: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// The files of people that a folder had at the start of a run.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    /// Plain files with their sizes in bytes, by path.
    files: Vec<(PathHash, u64)>,
    /// Whether these are all, and nothing is to be tidied: no part of a killed run.
    is_tidy: bool,
}

impl Presence {
    /// Whether the plain file `path` was there with `size` bytes. `false` is no proof of the opposite.
    pub(crate) fn has(&self, path: &str, size: u64) -> bool {
        let path = PathHash::of(path);
        let at = self.files.binary_search_by_key(&path, |(other, _)| *other);
        at.is_ok_and(|at| self.files[at].1 == size)
    }

    /// Whether every file of a person that was there satisfies `is_expected`, and there was no other.
    pub(crate) fn has_only(&self, is_expected: impl Fn(PathHash) -> bool) -> bool {
        self.is_tidy && self.files.iter().all(|(path, _)| is_expected(*path))
    }

    fn of(root: &Path) -> Self {
        let mut found = Self { files: Vec::new(), is_tidy: true };
        let mut folders = vec![BUNDLES.to_owned(), RETIRED.to_owned()];
        while let Some(folder) = folders.pop() {
            if found.add(root, &folder, &mut folders).is_err() {
                found.is_tidy = false;
            }
        }
        found.files.sort_unstable();
        found
    }

    fn add(&mut self, root: &Path, folder: &str, folders: &mut Vec<String>) -> io::Result<()> {
        let entries = match fs::read_dir(below(root, folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        let mut path = String::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            path.clear();
            path.push_str(folder);
            path.push('/');
            path.push_str(&name.to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push(path.clone());
            } else if is_bundle_path(&path) || in_retired(&path).is_some() {
                let metadata = entry.metadata()?;
                if metadata.is_file() {
                    self.files.push((PathHash::of(&path), metadata.len()));
                } else {
                    self.is_tidy = false;
                }
            } else if is_part(&name.to_string_lossy()) {
                self.is_tidy = false;
            }
        }
        Ok(())
    }
}

/// The bundles of a folder that is only read.
#[derive(Debug)]
pub(crate) struct Bundles<'a> {
    root: &'a Path,
    spread: Option<Spread>,
    presence: Presence,
}

impl<'a> Bundles<'a> {
    /// Those of the folder `root`, which has been listed as `presence`.
    pub(crate) fn of(root: &'a Path, presence: Presence) -> Self {
        Self { root, spread: spread_in(root), presence }
    }

    /// Whether the bundle of the person with this slug is there and has `size` bytes.
    pub(crate) fn has(&self, slug: &Slug, size: u64) -> bool {
        Spread::ALL.iter().filter(|spread| self.spread.is_none_or(|it| it == **spread)).any(
            |spread| {
                let path = spread.bundle(slug);
                self.presence.has(&path, size) || has_size(&below(self.root, &path), size)
            },
        )
    }
}

fn has_size(place: &Path, size: u64) -> bool {
    let metadata = place.symlink_metadata();
    metadata.is_ok_and(|metadata| metadata.is_file() && metadata.len() == size)
}

/// A folder that is being listed.
#[derive(Debug)]
pub(crate) struct Scan(Option<JoinHandle<Presence>>);

impl Scan {
    /// Lists the folder `root` of a run.
    pub(crate) fn start(root: &Path) -> Self {
        let root: PathBuf = root.to_owned();
        Self(thread::Builder::new().spawn(move || Presence::of(&root)).ok())
    }

    /// Waits for the end. Blank where the system has no thread to spare.
    pub(crate) fn finish(self) -> Presence {
        self.0.and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a bundle of 3 bytes.
    #[expect(clippy::disallowed_methods, reason = "a folder of an earlier run")]
    fn folder() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for folder in ["bundles/df", "retired"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        write(root.path(), "bundles/df/ada_q.com.zip");
        root
    }

    #[expect(clippy::disallowed_methods, reason = "a file of an earlier run")]
    fn write(root: &Path, path: &str) {
        fs::write(below(root, path), "abc").unwrap();
    }

    fn presence(root: &Path) -> Presence {
        Scan::start(root).finish()
    }

    #[test]
    fn a_file_is_there_with_its_size() {
        let root = folder();
        write(root.path(), "retired/bob_q.com.0f3c5a7e.removal.zip");
        let found = presence(root.path());
        assert!(found.has("bundles/df/ada_q.com.zip", 3));
        assert!(found.has("retired/bob_q.com.0f3c5a7e.removal.zip", 3));
        assert!(!found.has("bundles/df/ada_q.com.zip", 4));
        assert!(!found.has("bundles/ada_q.com.zip", 3));
        assert!(!Presence::default().has("bundles/df/ada_q.com.zip", 3));
    }

    #[test]
    fn only_what_is_expected_is_there() {
        let root = folder();
        let ada = PathHash::of("bundles/df/ada_q.com.zip");
        assert!(presence(root.path()).has_only(|path| path == ada));
        assert!(!presence(root.path()).has_only(|_| false));
        assert!(!Presence::default().has_only(|_| true), "nothing was listed");
        assert!(presence(&root.path().join("nowhere")).has_only(|_| false));
    }

    #[test]
    fn what_a_killed_run_left_is_noticed() {
        for path in ["bundles/df/.ada_q.com.zip.part", "retired/.x.zip.part"] {
            let root = folder();
            write(root.path(), path);
            assert!(!presence(root.path()).has_only(|_| true), "{path}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_link_is_no_bundle() {
        let root = folder();
        let link = root.path().join("bundles/df/bob_q.com.zip");
        std::os::unix::fs::symlink("ada_q.com.zip", link).unwrap();
        let found = presence(root.path());
        assert!(!found.has("bundles/df/bob_q.com.zip", 3));
        assert!(!found.has_only(|_| true));
    }
}
