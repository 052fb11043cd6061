//! Who else can read a file that opens a key.

use std::path::Path;

/// The permissions of the regular file at `path`, where its group or everybody can read it.
///
/// Pipes and descriptors end with the run, so they do not count.
#[cfg(unix)]
pub(crate) fn open_to_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;

    /// Read permission of group and others (chmod(2)).
    const READ_BY_OTHERS: u32 = 0o044;

    let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & READ_BY_OTHERS != 0).then_some(mode)
}

/// Windows has access lists, which files inherit from their folder; nothing is claimed about them.
#[cfg(not(unix))]
pub(crate) fn open_to_others(_path: &Path) -> Option<u32> {
    None
}
