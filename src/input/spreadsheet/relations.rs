//! How the parts of an XLSX or XLSB file refer to one another (ECMA-376 part 2, 6.5).

use std::collections::HashMap;

use super::fault::{Bound, SheetFault};
use super::package::Package;
use super::xml::Node;

/// The most that all references of one part may take, in bytes.
const MOST_BYTES: usize = 32 << 20;

/// A file that another one refers to.
#[derive(Debug)]
pub(super) struct Relation {
    pub(super) kind: String,
    pub(super) target: String,
}

/// What the part `of` refers to, by id.
pub(super) fn relations(
    package: &mut Package<'_>,
    of: &str,
) -> Result<HashMap<String, Relation>, SheetFault> {
    let (folder, name) = of.rsplit_once('/').unwrap_or(("", of));
    let mut all = HashMap::new();
    let Some(part) = package.find(&format!("{folder}/_rels/{name}.rels")) else {
        return Ok(all);
    };
    let mut xml = package.xml(part)?;
    let mut size = 0;
    loop {
        match xml.next()? {
            Node::Open(tag) if tag.name() == "Relationship" => {
                let (mut id, mut kind, mut target) = (String::new(), String::new(), String::new());
                tag.each(|_, key, value| match key {
                    "Id" => value.clone_into(&mut id),
                    "Type" => {
                        value.rsplit('/').next().unwrap_or_default().clone_into(&mut kind);
                    }
                    "Target" => target = resolved(folder, value),
                    _ => {}
                })?;
                size += id.len() + kind.len() + target.len() + size_of::<(String, Relation)>();
                if size > MOST_BYTES {
                    return Err(SheetFault::TooMuch(Bound::Sheets));
                }
                all.insert(id, Relation { kind, target });
            }
            Node::End => return Ok(all),
            _ => {}
        }
    }
}

/// The part with the cells of a sheet; a chart or a dialog has none. One that the file lacks gets a
/// number that no part has, so that reading it fails.
pub(super) fn part_of(package: &Package<'_>, relation: Option<&Relation>) -> Option<usize> {
    match relation {
        Some(relation) if relation.kind != "worksheet" => None,
        Some(relation) => Some(package.find(&relation.target).unwrap_or(usize::MAX)),
        None => Some(usize::MAX),
    }
}

/// `target`, seen from `folder`, as a path from the root of the package.
pub(super) fn resolved(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut parts: Vec<&str> =
        if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}
