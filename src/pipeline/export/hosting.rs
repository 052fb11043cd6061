//! Writes the files for hosting: an export like that for an MDM, without a list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::super::RunError;
use crate::bounded;
use crate::domain::TOOL;
use crate::domain::hosted::HostedDomain;
use crate::hosting::{HostedFile, ID};
use crate::output::Trust;
use crate::output::export::{
    EXPORT_INDEX, EXPORT_MARK, ExportFolder, LARGEST_EXPORT_MARK, export_line, is_export_path,
};
use crate::output::layout::below;

/// `export.json`.
#[derive(Serialize)]
struct Index<'a> {
    format: u8,
    hosting: Vec<&'a str>,
    tool: &'a str,
    provider: &'a str,
}

/// Writes `files` for `domains` into the folder, and removes what an earlier export had for others.
pub(crate) fn write_hosting(
    (out, trust): (&Path, Trust),
    provider: &str,
    domains: &[HostedDomain],
    files: &[HostedFile],
) -> Result<(), RunError> {
    let mut folder = ExportFolder::open(out, trust, ID).map_err(RunError::Folder)?;
    for HostedFile { path, content } in files {
        folder.write(path, content)?;
    }
    folder.finish(&index(provider, domains))?;
    Ok(())
}

fn index(provider: &str, domains: &[HostedDomain]) -> Vec<u8> {
    super::writer::json_line(&Index {
        format: 1,
        hosting: domains.iter().map(|hosted| hosted.domain.as_str()).collect(),
        tool: TOOL,
        provider,
    })
}

/// What [`write_hosting`] would change in the folder of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HostingGaps {
    /// Paths of files that are missing or have other content.
    pub(crate) written: Vec<String>,
    /// Paths of files that an earlier export wrote, and that would go.
    pub(crate) removed: Vec<String>,
}

impl HostingGaps {
    /// Compares every byte: there are few files, and they are small.
    pub(crate) fn find(
        out: &Path,
        provider: &str,
        domains: &[HostedDomain],
        files: &[HostedFile],
    ) -> Self {
        let index = index(provider, domains);
        let files = files.iter().map(|file| (file.path.as_str(), &file.content[..]));
        let files: BTreeMap<&str, &[u8]> = files.chain([(EXPORT_INDEX, &index[..])]).collect();
        let has = |path: &str, content: &[u8]| {
            let place = below(out, path);
            // a run replaces a link
            place.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
                && bounded::read(&place, bounded::BUNDLE).is_ok_and(|found| found == content)
        };
        let mark = bounded::read_to_string(&out.join(EXPORT_MARK), LARGEST_EXPORT_MARK);
        let mark = mark.unwrap_or_default();
        let listed: BTreeSet<&str> = mark.lines().skip(1).map(|line| export_line(line).1).collect();
        let is_there = |path: &&str| below(out, path).symlink_metadata().is_ok();
        Self {
            written: files
                .iter()
                .filter(|(path, content)| !listed.contains(*path) || !has(path, content))
                .map(|(path, _)| (*path).to_owned())
                .collect(),
            removed: listed
                .iter()
                .copied()
                .filter(|path| !files.contains_key(path) && is_export_path(path))
                .filter(is_there)
                .map(str::to_owned)
                .collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
