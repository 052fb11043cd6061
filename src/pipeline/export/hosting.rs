//! Writes the files for hosting: an export like that for an MDM, without a list.

use std::path::Path;

use serde::Serialize;

use super::super::RunError;
use crate::domain::TOOL;
use crate::domain::hosted::HostedDomain;
use crate::hosting::{HostedFile, ID};
use crate::output::Trust;
use crate::output::export::ExportFolder;

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
    let index = Index {
        format: 1,
        hosting: domains.iter().map(|hosted| hosted.domain.as_str()).collect(),
        tool: TOOL,
        provider,
    };
    folder.finish(&super::writer::json_line(&index))?;
    Ok(())
}
