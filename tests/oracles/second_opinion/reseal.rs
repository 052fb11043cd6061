//! Runs that were changed by an attacker who has the key, and so can cover the change with new digests and
//! a new signature.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use mailmuster::sign::identity::IdentityFiles;
use mailmuster::sign::{Identities, SelfCheck, Signing, SigningIdentity};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::macros::datetime;

use super::{ADA, good};
use crate::support::Folder;

/// The moment of the run.
const AT: time::OffsetDateTime = datetime!(2026-11-23 09:00 UTC);

/// Names and contents, in the order of the bundle.
pub(super) type Files = Vec<(String, Vec<u8>)>;

pub(super) fn profile_of(files: &mut Files) -> &mut (String, Vec<u8>) {
    files.iter_mut().find(|(name, _)| name.ends_with(".mobileconfig")).unwrap()
}

/// Whether `manifest.json` gets the digests of changed files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    Anew,
    AsBefore,
}

/// A run whose first bundle and line were changed, with new digests and a new signature.
pub(super) fn resealed(change: impl Fn(&mut Files), change_line: impl Fn(&mut Value)) -> Folder {
    resealed_with(change, Listing::Anew, change_line)
}

pub(super) fn resealed_with(
    change: impl Fn(&mut Files),
    listing: Listing,
    change_line: impl Fn(&mut Value),
) -> Folder {
    let folder = good();
    let archive = zip::ZipArchive::new(std::io::Cursor::new(folder.read(ADA))).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut files: Files =
        names.into_iter().map(|name| (name.clone(), folder.in_bundle(ADA, &name))).collect();
    let (_, json) = files.pop().unwrap();
    let mut text = String::from_utf8(json).unwrap();
    let before = files.clone();
    change(&mut files);
    if listing == Listing::Anew {
        for ((_, old), (_, new)) in before.iter().zip(&files) {
            text = text.replace(&hex(old), &hex(new));
            let (old, new) = (old.len(), new.len());
            text = text.replace(&format!("\"size\": {old},"), &format!("\"size\": {new},"));
        }
    }
    files.push(("manifest.json".to_owned(), text.into_bytes()));
    let stamp = folder.read(ADA)[10..14].to_vec();
    drop(archive);
    folder.file(ADA, pack(&files, &stamp));
    reseal(&folder, change_line);
    folder
}

pub(super) fn resealed_zip(change: impl Fn(&mut Vec<u8>)) -> Folder {
    let folder = good();
    let mut bytes = folder.read(ADA);
    change(&mut bytes);
    folder.file(ADA, bytes);
    reseal(&folder, |_| {});
    folder
}

/// Gives the first bundle's line its digest, changes the line, and signs the manifest again.
fn reseal(folder: &Folder, change_line: impl Fn(&mut Value)) {
    let text = folder.text("out/manifest.jsonl");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut line: Value = serde_json::from_str(&lines[1]).unwrap();
    let bundle = folder.read(ADA);
    line["sha256"] = json!(hex(&bundle));
    line["size"] = json!(bundle.len());
    change_line(&mut line);
    lines[1] = line.to_string();
    let manifest = lines.join("\n") + "\n";
    folder.file("out/manifest.jsonl", &manifest);
    let id = |name: &str| folder.path().join("id").join(name);
    let files = IdentityFiles::Pem {
        certificate: id("cert.pem"),
        key: Some(id("key.pem")),
        chain: Some(id("ca.pem")),
    };
    let identity = SigningIdentity::load(&files, &mut |_: &Path| Ok(None), [AT; 2]).unwrap();
    let identity = Arc::new(identity);
    let identities = Identities { profiles: Arc::clone(&identity), scripts: identity };
    let signing = Signing {
        identities: Some(identities),
        time: AT,
        self_check: SelfCheck::On,
        stamper: None,
    };
    let signature = signing.detached(&Sha256::digest(&manifest).into()).unwrap().unwrap();
    folder.file("out/manifest.jsonl.p7s", signature);
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A zip archive in the form of a bundle, by another writer.
fn pack(files: &Files, stamp: &[u8]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        let stream = encoder.finish().unwrap();
        let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let common = [
            &[20, 0, 0, 8, 8, 0][..],
            stamp,
            &crc32fast::hash(content).to_le_bytes(),
            &number(stream.len()),
            &number(content.len()),
            &length,
            &[0, 0],
        ]
        .concat();
        let offset = number(bytes.len());
        directory
            .extend([b"PK\x01\x02\x14\x03", &common[..], &[0; 6], &[0, 0, 0x80, 0x81]].concat());
        directory.extend([&offset[..], name.as_bytes()].concat());
        bytes.extend([b"PK\x03\x04", &common[..], name.as_bytes(), &stream].concat());
    }
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let sizes =
        [directory.len(), bytes.len()].map(|size| u32::try_from(size).unwrap().to_le_bytes());
    bytes.extend(directory);
    bytes.extend(
        [b"PK\x05\x06\0\0\0\0", &count[..], &count, &sizes[0], &sizes[1], &[0, 0]].concat(),
    );
    bytes
}
