//! Bundles: the unpackers that people have take them whole.

use super::support::Folder;
use super::tool::{Tool, tool};
use super::{BUNDLES, example};

fn is_installed(tool: &Tool) -> Result<(), String> {
    tool.output(&[]).map(|_| ()).map_err(|error| error.to_string())
}

fn judge(program: &str, args: &[&str]) {
    let folder = Folder::new();
    let Some(tool) = tool(program, folder.path(), is_installed) else { return };
    for bundle in BUNDLES {
        folder.file("a.zip", example().read(bundle));
        tool.accepts(&[args, &["a.zip"]].concat());
        // one byte of the compressed profile, in the middle
        let mut bytes = example().read(bundle);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        folder.file("b.zip", bytes);
        tool.refuses(&[args, &["b.zip"]].concat());
    }
}

#[test]
fn unzip_takes_the_bundle() {
    judge("unzip", &["-tqq"]);
}

#[test]
fn seven_zip_takes_the_bundle() {
    judge("7z", &["t"]);
}

#[test]
fn python_takes_the_bundle() {
    judge(
        "python3",
        &[
            "-c",
            "import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip() is not None)",
        ],
    );
}
