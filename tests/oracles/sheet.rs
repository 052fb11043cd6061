//! The sheet is well-formed and asks nothing of the network.

use super::tool::{runs, tool};
use super::unpacked;

#[test]
fn the_sheet_is_well_formed() {
    let (folder, files) = unpacked("START-HERE.html");
    let Some(xmllint) = tool("xmllint", folder.path(), runs(&["--version"])) else { return };
    for file in &files {
        xmllint.accepts(&["--noout", "--nonet", file]);
    }
    folder.file("bad.html", folder.text(&files[0]).replace("</table>", ""));
    xmllint.refuses(&["--noout", "--nonet", "bad.html"]);
}

#[test]
fn the_sheet_needs_nothing_from_elsewhere() {
    let (folder, files) = unpacked("START-HERE.html");
    for file in &files {
        let text = folder.text(file);
        for part in ["src=", "<script", "<link", "url(", "@import", "<iframe", "<img"] {
            assert!(!text.contains(part), "{file}: {part}");
        }
    }
}
