//! A package back to its files. It may be hostile: nothing is unpacked without a limit, and only what
//! [`pack`](super::pack) writes is accepted, byte for byte.

use std::io::{Cursor, Read as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zip::ZipArchive;

use super::detection::Detection;
use super::write::wrap;
use super::{CONTENT, DETECTION, PackedFile};
use crate::sign::transport::{MAC, TransportFault};

/// The most bytes that are unpacked from one zip, all files together.
const LARGEST: u64 = 64 << 20;

/// The most files in a package of ours.
const MOST_FILES: usize = 16;

/// A package, decrypted and unpacked.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) setup_file: String,
    /// In the order of the inner zip.
    pub(crate) files: Vec<PackedFile>,
}

/// A file that is no package of ours.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum IntunewinFault {
    #[error("it is not a zip archive of Intune's form")]
    Archive,
    #[error("it has no {0}")]
    Missing(&'static str),
    #[error("it is larger than any package of mailmuster")]
    TooLarge,
    #[error("its Detection.xml cannot be read")]
    Detection,
    #[error(transparent)]
    Cipher(#[from] TransportFault),
    #[error("its Detection.xml has another MAC than its content")]
    OtherMac,
    #[error("its content has {found} bytes, and Detection.xml says {stated}")]
    Size { found: u64, stated: u64 },
    #[error("its content is not the one of the digest in Detection.xml")]
    Digest,
    #[error("its Detection.xml names a setup file that is not in it")]
    NoSetupFile,
    #[error("it is not, byte for byte, a package that this version of mailmuster writes")]
    Form,
}

/// Whether `bytes` look like a package. Nothing is judged.
pub(crate) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK")
        && ZipArchive::new(Cursor::new(bytes))
            .is_ok_and(|it| it.index_for_name(DETECTION).is_some())
}

/// Opens the package `bytes`.
pub(crate) fn open(bytes: &[u8]) -> Result<Opened, IntunewinFault> {
    let outer = unpacked(bytes)?;
    let find = |name: &'static str| {
        let found = outer.iter().find(|file| file.name == name);
        found.map(|file| &file.content[..]).ok_or(IntunewinFault::Missing(name))
    };
    let (content, xml) = (find(CONTENT)?, find(DETECTION)?);
    let xml = std::str::from_utf8(xml).map_err(|_| IntunewinFault::Detection)?;
    let detection: Detection =
        quick_xml::de::from_str(xml).map_err(|_| IntunewinFault::Detection)?;
    let Detection { unencrypted_content_size: stated, setup_file, encryption_info } = detection;
    let keys = encryption_info.keys().ok_or(IntunewinFault::Detection)?;
    let inner = keys.open(content)?;
    let is_text_of = |text: &str, bytes: &[u8]| STANDARD.decode(text).is_ok_and(|it| it == bytes);
    if !is_text_of(&encryption_info.mac, &content[..MAC]) {
        return Err(IntunewinFault::OtherMac);
    }
    if inner.len() as u64 != stated {
        return Err(IntunewinFault::Size { found: inner.len() as u64, stated });
    }
    if encryption_info.file_digest_algorithm != "SHA256"
        || !is_text_of(&encryption_info.file_digest, &Sha256::digest(&inner))
    {
        return Err(IntunewinFault::Digest);
    }
    let files = unpacked(&inner)?;
    if files.iter().all(|file| file.name != setup_file) {
        return Err(IntunewinFault::NoSetupFile);
    }
    // the rest of the headers and of the XML, which nothing above has looked at
    if wrap(&setup_file, &inner).ok().as_deref() != Some(bytes) {
        return Err(IntunewinFault::Form);
    }
    Ok(Opened { setup_file, files })
}

/// The files of a zip, in its order.
fn unpacked(bytes: &[u8]) -> Result<Vec<PackedFile>, IntunewinFault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| IntunewinFault::Archive)?;
    if archive.len() > MOST_FILES {
        return Err(IntunewinFault::TooLarge);
    }
    let mut room = LARGEST;
    let mut files = Vec::with_capacity(archive.len());
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|_| IntunewinFault::Archive)?;
        let name = file.name().map_err(|_| IntunewinFault::Archive)?.into_owned();
        let mut content = Vec::new();
        let mut limited = file.take(room + 1);
        limited.read_to_end(&mut content).map_err(|_| IntunewinFault::Archive)?;
        room = room.checked_sub(content.len() as u64).ok_or(IntunewinFault::TooLarge)?;
        files.push(PackedFile { name, content });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::super::pack;
    use super::*;

    fn files() -> Vec<PackedFile> {
        let file = |name: &str, content: &str| PackedFile {
            name: name.to_owned(),
            content: content.as_bytes().to_vec(),
        };
        vec![
            file("Install-Mail-1-of-1.ps1", "exit 0\r\n"),
            file("Detect-Mail-1-of-1.ps1", "exit 1\r\n"),
        ]
    }

    fn package() -> Vec<u8> {
        pack("Install-Mail-1-of-1.ps1", &files()).unwrap()
    }

    #[test]
    fn what_is_packed_is_opened_and_packing_again_gives_the_same_bytes() {
        let opened = open(&package()).unwrap();
        assert_eq!(
            (opened.setup_file.as_str(), opened.files),
            ("Install-Mail-1-of-1.ps1", files())
        );
        assert_eq!(package(), package());
        assert!(is_one(&package()) && !is_one(b"PK\x03\x04") && !is_one(b""));
    }

    #[test]
    fn a_flipped_bit_anywhere_and_every_cut_are_refused() {
        let package = package();
        for at in 0..package.len() {
            for bit in 0..8 {
                let mut changed = package.clone();
                changed[at] ^= 1 << bit;
                assert!(open(&changed).is_err(), "bit {bit} of byte {at}");
            }
            assert!(open(&package[..at]).is_err(), "cut at {at}");
        }
        assert!(open(&[&package[..], b"x"].concat()).is_err());
    }

    /// A package whose `Detection.xml` was changed by a program that writes valid zips.
    fn with_xml(change: impl Fn(&str) -> String) -> Vec<u8> {
        use std::io::Write as _;
        let mut outer = unpacked(&package()).unwrap();
        let xml = String::from_utf8(outer[1].content.clone()).unwrap();
        outer[1].content = change(&xml).into_bytes();
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for file in outer {
            archive.start_file(file.name, options).unwrap();
            archive.write_all(&file.content).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn a_valid_zip_with_another_detection_xml_is_refused_by_what_is_wrong() {
        let first = |xml: &str, tag: &str, with: char| {
            let at = xml.find(tag).unwrap() + tag.len();
            let with = if xml[at..].starts_with(with) { 'z' } else { with };
            format!("{}{with}{}", &xml[..at], &xml[at + 1..])
        };
        let cases: [(&str, IntunewinFault); 5] = [
            ("<Mac>", IntunewinFault::OtherMac),
            ("<MacKey>", TransportFault::Mac.into()),
            ("<InitializationVector>", TransportFault::Vector.into()),
            ("<FileDigest>", IntunewinFault::Digest),
            ("<SetupFile>", IntunewinFault::NoSetupFile),
        ];
        for (tag, fault) in cases {
            assert_eq!(open(&with_xml(|xml| first(xml, tag, 'Q'))).unwrap_err(), fault, "{tag}");
        }
        let size = with_xml(|xml| first(xml, "<UnencryptedContentSize>", '9'));
        assert!(matches!(open(&size), Err(IntunewinFault::Size { .. })));
        let key = open(&with_xml(|xml| first(xml, "<EncryptionKey>", 'Q'))).unwrap_err();
        // by chance the padding may fit
        assert!(
            matches!(
                key,
                IntunewinFault::Cipher(TransportFault::Key) | IntunewinFault::Size { .. }
            ),
            "{key}"
        );
        let other = with_xml(|xml| xml.replace("<Name>Install", "<Name>Remove"));
        assert_eq!(open(&other).unwrap_err(), IntunewinFault::Form);
        let comment = with_xml(|xml| format!("{xml}<!-- -->"));
        assert!(open(&comment).is_err());
    }
}
