//! Writes spreadsheets as tests need them: well-formed, and asking for too much.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A zip file of these parts.
pub(super) fn zip<'a>(parts: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(&content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// An XLSX file with one sheet.
#[derive(Default)]
pub(super) struct Xlsx<'a> {
    /// `<row>` elements.
    pub(super) rows: String,
    /// Elements behind the rows.
    pub(super) after: &'a str,
    /// `<si>` elements.
    pub(super) shared: String,
    /// `<sheet>` elements instead of the usual one.
    pub(super) sheets: Option<String>,
    /// Elements of the workbook behind its sheets.
    pub(super) book: &'a str,
    /// Number formats, each the next style from 1 on.
    pub(super) formats: &'a [&'a str],
}

impl Xlsx<'_> {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let usual = || "<sheet name=\"Staff\" sheetId=\"1\" r:id=\"r1\"/>".to_owned();
        let sheets = self.sheets.clone().unwrap_or_else(usual);
        let book = format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONSHIPS}\"><sheets>{sheets}</sheets>{}</workbook>",
            self.book
        );
        let relation = |id: &str, kind: &str, target: &str| {
            format!(
                "<Relationship Id=\"{id}\" Type=\"{RELATIONSHIPS}/{kind}\" Target=\"{target}\"/>"
            )
        };
        let relations = [
            relation("r1", "worksheet", "worksheets/sheet1.xml"),
            relation("r2", "sharedStrings", "sharedStrings.xml"),
            relation("r3", "styles", "styles.xml"),
        ]
        .concat();
        let (mut codes, mut styles) = (String::new(), "<xf numFmtId=\"0\"/>".to_owned());
        for (id, code) in (164..).zip(self.formats) {
            codes += &format!("<numFmt numFmtId=\"{id}\" formatCode=\"{code}\"/>");
            styles += &format!("<xf numFmtId=\"{id}\"/>");
        }
        let text = |text: String| text.into_bytes();
        zip([
            ("xl/workbook.xml", text(book)),
            (
                "xl/_rels/workbook.xml.rels",
                text(format!("<Relationships>{relations}</Relationships>")),
            ),
            (
                "xl/styles.xml",
                text(format!(
                    "<styleSheet xmlns=\"{MAIN}\"><numFmts>{codes}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>"
                )),
            ),
            ("xl/sharedStrings.xml", text(format!("<sst xmlns=\"{MAIN}\">{}</sst>", self.shared))),
            (
                "xl/worksheets/sheet1.xml",
                text(format!(
                    "<worksheet xmlns=\"{MAIN}\"><sheetData>{}</sheetData>{}</worksheet>",
                    self.rows, self.after
                )),
            ),
        ])
    }
}

/// A row of texts and of cells that begin with `<`.
pub(super) fn row(cells: &[&str]) -> String {
    let cell = |cell: &&str| {
        if cell.starts_with('<') {
            (*cell).to_owned()
        } else {
            format!("<c t=\"inlineStr\"><is><t>{cell}</t></is></c>")
        }
    };
    format!("<row>{}</row>", cells.iter().map(cell).collect::<String>())
}

/// An ODS file with these elements in its table.
pub(super) fn ods(rows: &str) -> Vec<u8> {
    ods_of(&format!("<table:table table:name=\"Staff\">{rows}</table:table>"))
}

/// An ODS file with these tables.
pub(super) fn ods_of(tables: &str) -> Vec<u8> {
    let namespace = |prefix: &str, name: &str| {
        format!(" xmlns:{prefix}=\"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0\"")
    };
    let namespaces: String =
        ["office", "table", "text", "style"].map(|prefix| namespace(prefix, prefix)).concat();
    let content = format!(
        "<office:document-content{namespaces}><office:body><office:spreadsheet>{tables}\
         </office:spreadsheet></office:body></office:document-content>"
    );
    zip([
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
        ("content.xml", content.into_bytes()),
    ])
}

/// A cell of an ODS file.
pub(super) fn ods_cell(text: &str, attributes: &str) -> String {
    format!(
        "<table:table-cell office:value-type=\"string\" {attributes}><text:p>{text}</text:p></table:table-cell>"
    )
}

/// A row of an ODS file.
pub(super) fn ods_row(cells: &[String], attributes: &str) -> String {
    format!("<table:table-row {attributes}>{}</table:table-row>", cells.concat())
}

/// A compound file (version 3) whose only stream is the workbook.
#[cfg(target_os = "linux")]
pub(super) fn xls(stream: &[u8]) -> Vec<u8> {
    const END: u32 = 0xffff_fffe;
    let mut stream = stream.to_vec();
    // below 4,096 bytes it would be a small stream
    stream.resize(stream.len().max(4096).next_multiple_of(512), 0);
    let content = stream.len() / 512;
    let tables = (content + 1).div_ceil(127);
    assert!(tables <= 109, "the header has room for 109 tables of sectors");
    let number = |number: usize| u32::try_from(number).unwrap();
    let mut next: Vec<u32> = vec![0xffff_fffd; tables];
    next.push(END);
    next.extend((0..content).map(
        |at| {
            if at + 1 == content { END } else { number(tables + at + 2) }
        },
    ));
    next.resize(tables * 128, u32::MAX);
    let mut head = vec![0; 512];
    head[..8].copy_from_slice(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    for (at, value) in [(24, 0x3e_u16), (26, 3), (28, 0xfffe), (30, 9), (32, 6)] {
        head[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    for (at, value) in
        [(44, number(tables)), (48, number(tables)), (56, 4096), (60, END), (68, END)]
    {
        head[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    for table in 0..109 {
        let value = if table < tables { number(table) } else { u32::MAX };
        head[76 + 4 * table..80 + 4 * table].copy_from_slice(&value.to_le_bytes());
    }
    let entry = |name: &str, kind: u8, start: u32, size: u32| {
        let mut entry = vec![0; 128];
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry[..units.len()].copy_from_slice(&units);
        entry[64] = u8::try_from(units.len() + 2).unwrap();
        entry[66] = kind;
        for at in [68, 72, 76] {
            entry[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        }
        entry[116..120].copy_from_slice(&start.to_le_bytes());
        entry[120..124].copy_from_slice(&size.to_le_bytes());
        entry
    };
    let mut root = entry("Root Entry", 5, END, 0);
    root[76..80].copy_from_slice(&1_u32.to_le_bytes());
    let book = entry("Workbook", 2, number(tables + 1), number(stream.len()));
    let folder = [root, book, vec![0; 256]].concat();
    let next: Vec<u8> = next.into_iter().flat_map(u32::to_le_bytes).collect();
    [head, next, folder, stream].concat()
}

/// A record of an XLS file.
#[cfg(target_os = "linux")]
pub(super) fn biff(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [&kind.to_le_bytes(), &length.to_le_bytes(), data].concat()
}

/// A record of an XLSB file.
pub(super) fn biff12(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    let mut varied = |mut number: usize, least: usize| {
        let mut count = 0;
        loop {
            count += 1;
            let byte = u8::try_from(number & 0x7f).unwrap();
            number >>= 7;
            let is_last = number == 0 && count >= least;
            record.push(if is_last { byte } else { byte | 0x80 });
            if is_last {
                break;
            }
        }
    };
    varied(kind.into(), if kind < 128 { 1 } else { 2 });
    varied(data.len(), 1);
    record.extend_from_slice(data);
    record
}

/// A text of an XLSB file.
pub(super) fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut bytes = u32::try_from(units.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend(units.into_iter().flat_map(u16::to_le_bytes));
    bytes
}

/// An XLSB file with the records of one sheet.
pub(super) fn xlsb(sheet: &[u8], shared: &[u8]) -> Vec<u8> {
    let bundle = [vec![0; 4], 1_u32.to_le_bytes().to_vec(), wide("r1"), wide("Staff")].concat();
    let format = [164_u16.to_le_bytes().to_vec(), wide("00000")].concat();
    let style = |format: u16| biff12(47, &[&[0, 0], &format.to_le_bytes()[..], &[0; 12]].concat());
    let styles = [
        biff12(44, &format),
        biff12(617, &[3, 0, 0, 0]),
        style(0),
        style(164),
        style(14),
        biff12(618, &[]),
    ];
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{RELATIONSHIPS}/{kind}\" Target=\"{target}\"/>")
    };
    let relations = format!(
        "<Relationships>{}{}{}</Relationships>",
        relation("r1", "worksheet", "worksheets/sheet1.bin"),
        relation("r2", "sharedStrings", "sharedStrings.bin"),
        relation("r3", "styles", "styles.bin")
    );
    let main = format!(
        "<Relationships>{}</Relationships>",
        relation("r1", "officeDocument", "xl/workbook.bin")
    );
    zip([
        ("_rels/.rels", main.into_bytes()),
        ("xl/workbook.bin", biff12(156, &bundle)),
        ("xl/_rels/workbook.bin.rels", relations.into_bytes()),
        ("xl/styles.bin", styles.concat()),
        ("xl/sharedStrings.bin", shared.to_vec()),
        ("xl/worksheets/sheet1.bin", sheet.to_vec()),
    ])
}
