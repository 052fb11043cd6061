//! What must hold for any bytes whatever. Each target takes bytes that a stranger wrote and panics where
//! a promise is broken; that there is no other panic is one of them.
//!
//! `cargo fuzz` runs them by `fuzz_targets/`, and every test run by `tests/fuzz_targets.rs`.

use std::io::{Cursor, Write};

use mailmuster::artifact::SignatureFormat;
use mailmuster::bundle::read::unpack;
use mailmuster::input::columns::Map;
use mailmuster::input::{Field, InputError, List, Mapping, ReadOptions, RowContent, Source};
use mailmuster::provider::Provider;
use mailmuster::provider::import::autoconfig;
use mailmuster::render::RENDERERS;
use mailmuster::sign::verify::{Envelope, Trust, open};
use time::macros::{date, datetime};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 9] = [
    ("csv_reader", csv_reader),
    ("csv_options", csv_options),
    ("spreadsheet", spreadsheet),
    ("sheet_xml", sheet_xml),
    ("header_resolver", header_resolver),
    ("provider_file", provider_file),
    ("autoconfig_import", autoconfig_import),
    ("signature_block", signature_block),
    ("bundle", bundle),
];

/// A list, its dialect found.
pub fn csv_reader(bytes: &[u8]) {
    let first = read(bytes, &ReadOptions::default());
    assert_eq!(first, read(bytes, &ReadOptions::default()), "two passes see the same");
}

/// A list whose dialect is given: the first byte selects it.
pub fn csv_options(bytes: &[u8]) {
    let Some((how, bytes)) = bytes.split_first() else { return };
    let pick = |shift: u32| (how >> shift) & 0b11;
    let options = ReadOptions {
        encoding: ["utf-8", "utf-16le", "windows-1252"]
            .get(usize::from(pick(0)))
            .map(|label| label.parse().expect("an encoding")),
        delimiter: [b';', b'\t', b'"'].get(usize::from(pick(2))).copied(),
        comment: [b'#', b'"', b'\n'].get(usize::from(pick(4))).copied(),
        columns: (pick(6) == 1).then(|| "email,display_name,-".parse().expect("columns")),
        sheet: None,
        maps: match pick(6) {
            2 => ["email=#1", "display_name=name", "status=-"].map(map).to_vec(),
            _ => Vec::new(),
        },
        today: None,
    };
    read(bytes, &options);
}

/// A spreadsheet. Bytes that do not begin as one are made to.
pub fn spreadsheet(bytes: &[u8]) {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        read(bytes, &ReadOptions::default());
    } else {
        read(&[b"PK\x03\x04", bytes].concat(), &ReadOptions::default());
    }
}

/// The sheet inside an XLSX file, whose other files are sound.
pub fn sheet_xml(bytes: &[u8]) {
    const FILES: [(&str, &str); 4] = [
        (
            "[Content_Types].xml",
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#,
        ),
        (
            "xl/workbook.xml",
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#,
        ),
        (
            "xl/sharedStrings.xml",
            r#"<sst uniqueCount="3"><si><t>email</t></si><si><t>name</t></si><si><t>ada@centurylink.net</t></si></sst>"#,
        ),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let files = FILES.map(|(name, content)| (name, content.as_bytes()));
    for (name, content) in files.into_iter().chain([("xl/worksheets/sheet1.xml", bytes)]) {
        archive.start_file(name, options).expect("a file");
        archive.write_all(content).expect("its content");
    }
    read(&archive.finish().expect("a zip").into_inner(), &ReadOptions::default());
}

/// A header: its cells are separated by line breaks.
pub fn header_resolver(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let headers: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for maps in [vec![], vec![map("email=#1")], vec![map("email=mail"), map("id=-")]] {
        let Ok(mapping) = Mapping::of(&headers, &maps) else { continue };
        assert_eq!(mapping.width(), headers.len());
        assert_eq!(mapping.explain().count(), headers.len());
        assert!(mapping.column(Field::Email).is_some(), "a list needs an address");
        for field in Field::ALL {
            let Some(at) = mapping.column(field) else { continue };
            let column = mapping.explain().nth(at).expect("a column of the list");
            assert!(
                !column.is_secret || field.is_secret(),
                "`{}` is shown as {}",
                column.header,
                field.id()
            );
        }
        let _ = mapping.to_string();
    }
}

/// A provider file.
pub fn provider_file(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Provider::parse("fuzz.toml", text) {
        Ok(provider) => {
            assert_eq!(Some(provider), Provider::parse("fuzz.toml", text).ok());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Mozilla's autoconfig.
pub fn autoconfig_import(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(imported) = autoconfig("fuzz.xml", text, None, date!(2026 - 11 - 23)) {
        let again = Provider::parse("fuzz.toml", &imported.text).expect("what is written is read");
        assert_eq!(imported.provider, again);
    }
}

/// A script with a signature block, a signed profile, and what either says.
pub fn signature_block(bytes: &[u8]) {
    let trust = Trust::new(Vec::new(), datetime!(2026-11-23 09:00 UTC));
    let envelope = Envelope::of(bytes);
    assert!(envelope.content.is_none_or(|content| content.len() <= bytes.len()));
    for format in [SignatureFormat::CmsAttached, SignatureFormat::AuthenticodeScript] {
        let opened = open(format, bytes, &trust);
        assert_eq!(opened.content, envelope.content);
        assert!(opened.verdict.is_err() || envelope.signature == format);
    }
    for renderer in RENDERERS {
        let _ = envelope.content.map(|content| renderer.read(content));
    }
}

/// A bundle.
pub fn bundle(bytes: &[u8]) {
    if let Ok(bundle) = unpack(bytes) {
        for content in bundle.files.values() {
            signature_block(content);
        }
    }
}

fn map(text: &str) -> Map {
    text.parse().expect("a map")
}

/// Reads a list to its end: how it was read, and every row in words.
fn read(bytes: &[u8], options: &ReadOptions) -> Vec<String> {
    let source = Source::spool(bytes).expect("it is in memory");
    let list = match List::open(source, options) {
        Ok(list) => list,
        Err(error) => return vec![error_text(&error)],
    };
    let mut rows = match list.rows() {
        Ok(rows) => rows,
        Err(error) => return vec![error_text(&error)],
    };
    let mut seen = vec![list.about(), list.mapping.to_string()];
    let mut before = 0;
    loop {
        match rows.next_row() {
            Ok(Some(row)) => {
                assert!(row.location.number > before, "rows come in their order");
                before = row.location.number;
                match &row.content {
                    RowContent::Person(person) => {
                        assert!(person.address.as_str().contains('@'));
                        assert!(!person.display_name.as_str().contains(['\n', '\r', '\0']));
                    }
                    RowContent::Refused(error) => assert!(!error.faults.is_empty()),
                    RowContent::Skipped(_) => {}
                }
                seen.push(format!("{}: {:?}", row.location, row.content));
            }
            Ok(None) => break,
            Err(error) => {
                seen.push(error_text(&error));
                break;
            }
        }
    }
    // UTF-8 takes up to three bytes for one of another encoding
    assert!(rows.bytes_read() <= 4 * bytes.len() as u64 + 64, "more was read than there is");
    seen
}

fn error_text(error: &InputError) -> String {
    use mailmuster::diagnostic::Diagnostic;
    format!("{error} {}", error.hint().unwrap_or_default())
}
