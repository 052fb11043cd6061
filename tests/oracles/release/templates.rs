//! A dry run of `scripts/fill-templates`: Ruby, and schemas of winget and Scoop, judge what it fills.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::super::support::{Folder, project};
use super::super::tool::{runs, tool};
use super::{by_schemas, error_of, python};

const VERSION: &str = env!("CARGO_PKG_VERSION");

const TARGETS: [&str; 5] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-unknown-linux-musl",
    "x86_64-pc-windows-msvc",
];

/// Each filled file with its schema, and a change that the schema must refuse.
const JUDGED: [(&str, &str, &str, &str); 4] = [
    ("winget/acme.mailmuster.yaml", "winget-version", "DefaultLocale", "Locale"),
    (
        "winget/acme.mailmuster.installer.yaml",
        "winget-installer",
        "InstallerSha256: \"",
        "InstallerSha256: \"x",
    ),
    ("winget/acme.mailmuster.locale.en-US.yaml", "winget-locale", "License: \"", "Licence: \""),
    ("mailmuster.json", "scoop", "\"hash\": \"", "\"hash\": \"md5:"),
];

fn name(target: &str) -> String {
    let extension = if target.contains("windows") { "zip" } else { "tar.gz" };
    format!("mailmuster-{VERSION}-{target}.{extension}")
}

/// An archive that contains one file.
fn archive(target: &str, path: &str) -> Vec<u8> {
    let data = target.as_bytes();
    if target.contains("windows") {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(data).unwrap();
        return zip.finish().unwrap().into_inner();
    }
    // a header of ustar: name, mode, owner, group, size, time, check sum, kind
    let mut header = [0_u8; 512];
    header[..path.len()].copy_from_slice(path.as_bytes());
    for (at, field) in [
        (100, "0000755\0"),
        (108, "0000000\0"),
        (116, "0000000\0"),
        (124, &format!("{:011o}\0", data.len())),
        (136, "00000000000\0"),
        (148, "        "),
        (156, "0"),
        (257, "ustar\x0000"),
    ] {
        header[at..at + field.len()].copy_from_slice(field.as_bytes());
    }
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut tar = GzEncoder::new(Vec::new(), Compression::fast());
    tar.write_all(&header).unwrap();
    tar.write_all(data).unwrap();
    tar.write_all(&vec![0; 2 * 512 - data.len() % 512 + 512]).unwrap();
    tar.finish().unwrap()
}

/// A folder with an archive of each target in `archives`.
fn archives() -> Folder {
    let folder = Folder::new();
    for target in TARGETS {
        let program = if target.contains("windows") { "mailmuster.exe" } else { "mailmuster" };
        let bytes = archive(target, &format!("mailmuster-{VERSION}-{target}/{program}"));
        folder.file(&format!("archives/{}", name(target)), bytes);
    }
    folder
}

fn fill(folder: &Folder, repository: &str) -> std::process::Output {
    python(&project("scripts/fill-templates"), &[repository, "archives", "filled"], folder)
}

/// A folder with everything filled in `filled`.
fn filled() -> Folder {
    let folder = archives();
    let output = fill(&folder, "acme/mailmuster");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

#[test]
fn every_archive_is_named_with_its_digest() {
    let folder = filled();
    let mut texts = String::new();
    for file in ["mailmuster.rb", "mailmuster.json", "winget/acme.mailmuster.installer.yaml"] {
        let text = folder.text(&format!("filled/{file}"));
        assert!(!text.contains("{{") && !text.contains("}}"), "{file}:\n{text}");
        texts.push_str(&text);
    }
    for target in TARGETS {
        let bytes = fs::read(folder.path().join("archives").join(name(target))).unwrap();
        let digest: String =
            Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let url = format!(
            "https://github.com/acme/mailmuster/releases/download/v{VERSION}/{}\"",
            name(target)
        );
        let places: Vec<_> = texts.match_indices(&url).collect();
        let wanted = if target.contains("windows") { 2 } else { 1 };
        assert_eq!(places.len(), wanted, "{url}");
        for (at, _) in places {
            // the digest is in the line after the address
            let line = texts[at..].lines().nth(1).unwrap();
            assert!(line.contains(&digest), "{target}: {line}");
        }
    }
}

#[test]
fn ruby_accepts_the_formula_without_a_warning() {
    let folder = filled();
    let Some(ruby) = tool("ruby", folder.path(), runs(&["--version"])) else { return };
    assert_eq!(ruby.accepts(&["-wc", "filled/mailmuster.rb"]).trim(), "Syntax OK");
    let text = folder.text("filled/mailmuster.rb");
    folder.file("filled/mailmuster.rb", text.replacen("    end\n", "", 1));
    ruby.refuses(&["-wc", "filled/mailmuster.rb"]);
}

#[test]
fn the_manifests_of_winget_and_scoop_fit_their_schemas_and_changed_ones_do_not() {
    let folder = filled();
    let path = |schema: &str| project(&format!("tests/oracles/data/release/{schema}.schema.json"));
    let paths = JUDGED.map(|(file, schema, ..)| (path(schema), format!("filled/{file}")));
    let pairs = paths.each_ref().map(|(schema, file)| (schema.to_str().unwrap(), file.as_str()));
    let Some((yes, printed)) = by_schemas(&folder, &pairs) else { return };
    assert!(yes, "{printed}");
    for (file, _, from, to) in JUDGED {
        let file = format!("filled/{file}");
        let text = folder.text(&file);
        assert!(text.contains(from), "{file}: {from}");
        folder.file(&file, text.replacen(from, to, 1));
    }
    let (_, printed) = by_schemas(&folder, &pairs).unwrap();
    assert_eq!(printed.matches(": does not fit").count(), JUDGED.len(), "{printed}");
}

#[test]
fn nothing_is_filled_from_archives_that_do_not_fit() {
    let folder = archives();
    let output = error_of(&fill(&folder, "acme"));
    assert!(output.contains("`acme` is not a repository on GitHub"), "{output}");

    let windows = format!("archives/{}", name("x86_64-pc-windows-msvc"));
    folder.file(&windows, archive("x86_64-pc-windows-msvc", "mailmuster.exe"));
    let output = error_of(&fill(&folder, "acme/mailmuster"));
    assert!(output.contains("does not contain") && output.contains("hint: "), "{output}");

    folder.file(&windows, "not a zip");
    let output = error_of(&fill(&folder, "acme/mailmuster"));
    assert!(output.contains("cannot be read: ") && !output.contains("Traceback"), "{output}");

    fs::remove_file(folder.path().join(windows)).unwrap();
    let output = error_of(&fill(&folder, "acme/mailmuster"));
    assert!(
        output.contains(&format!("{} is not in archives", name("x86_64-pc-windows-msvc"))),
        "{output}"
    );
    assert!(!folder.path().join("filled").exists());
}
