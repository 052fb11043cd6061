//! The codes in START-HERE.html, printed by a browser and seen by a scanner.

use std::collections::BTreeMap;
use std::path::Path;

use super::people::{IMAP, Row, bundle, made, people};
use super::qr::{Pictures, pictures};
use super::readers::{Found, Readers};
use crate::support::{Folder, project};
use crate::tool::{Tool, runs, tool};

/// The papers that `picture.mjs` prints on.
const PAPERS: [&str; 2] = ["a4", "letter"];

/// The width of a code on paper, with its border, in millimetres.
const LEAST: f64 = 40.0;

/// The width of the smallest module on paper, in millimetres.
const SMALLEST_MODULE: f64 = 0.38;

/// The white border on both sides, in modules.
const BORDER: f64 = 8.0;

/// What scanners see, and what is left of it in a copy: dots to the inch.
const DOTS: [u32; 2] = [300, 150];

/// The browser, and what turns its pages into pictures.
struct Printer {
    node: Tool,
    pdftoppm: Tool,
    script: String,
}

impl Printer {
    fn new(folder: &Path) -> Option<Self> {
        let script = project("tests/oracles/data/sheet/picture.mjs").display().to_string();
        let node = tool("node", folder, |tool| match tool.says(&[&script, "--probe"]) {
            (true, _) => Ok(()),
            (false, why) => Err(format!("{why} (npm ci in tests/oracles/data/sheet)")),
        })?;
        let pdftoppm = tool("pdftoppm", folder, runs(&["-v"]))?;
        Some(Self { node, pdftoppm, script })
    }

    /// Prints each page to `PAGE.PAPER.pdf`.
    fn print(&self, pages: &[String]) {
        self.pictures(pages, &PAPERS, "pdf");
    }

    /// Makes `PAGE.KIND.EXTENSION` of each page.
    fn pictures(&self, pages: &[String], kinds: &[&str], extension: &str) {
        let mut args = vec![self.script.clone()];
        for (page, kind) in pages.iter().flat_map(|page| kinds.iter().map(move |it| (page, it))) {
            args.extend([(*kind).to_owned(), page.clone(), picture(page, kind, extension)]);
        }
        self.node.accepts(&args.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// The pages of a PDF as pictures with so many dots to the inch.
    fn scanned(&self, folder: &Folder, pdf: &str, dots: u32) -> Vec<String> {
        let stem = format!("{pdf}.{dots}");
        self.pdftoppm.accepts(&["-r", &dots.to_string(), "-gray", "-png", pdf, &stem]);
        let is_page = |name: &String| name.starts_with(&stem) && name.ends_with(".png");
        folder.files("").into_iter().filter(is_page).collect()
    }
}

/// `PAGE.KIND.EXTENSION`, without the selector of the kind.
fn picture(page: &str, kind: &str, extension: &str) -> String {
    let kind = kind.split(':').next().unwrap_or(kind);
    format!("{page}.{kind}.{extension}")
}

/// The sheets of `people` as files.
fn sheets(folder: &Folder, people: &[Vec<Row>]) -> Vec<String> {
    let sheet = |(at, person): (usize, &Vec<Row>)| {
        let name = format!("{at}.html");
        folder.file(&name, folder.in_bundle(&bundle(folder, person), "START-HERE.html"));
        name
    };
    people.iter().enumerate().map(sheet).collect()
}

/// How many modules each code has across, without the border, by its payload.
fn modules(folder: &Folder, all: &Pictures) -> BTreeMap<String, f64> {
    let count = |svg: &String| {
        let text = folder.text(svg);
        let (_, rest) = text.split_once("viewBox=\"0 0 ").unwrap();
        rest.split(' ').next().unwrap().parse::<f64>().unwrap() - BORDER
    };
    all.payloads.iter().cloned().zip(all.svg.iter().map(count)).collect()
}

/// One person's page, and what must be read from it.
struct Page {
    name: String,
    payloads: Vec<String>,
}

/// The people whose sheets or codes are the longest.
fn on_paper() -> (Folder, Vec<Vec<Row>>) {
    let wanted = ["long", "arabic", "quotes", "two", "nine", "largest"];
    let people: Vec<_> =
        people().into_iter().filter(|it| wanted.contains(&it[0].id.as_str())).collect();
    assert_eq!(people.len(), wanted.len());
    (made(&people, &IMAP, &["sheet", "android-qr-svg", "android-qr-png"]), people)
}

fn pages(sheets: &[String], all: &Pictures) -> Vec<Page> {
    let mut payloads = all.payloads.iter().cloned();
    let page = |(name, count): (&String, &usize)| {
        let mut payloads: Vec<String> = payloads.by_ref().take(*count).collect();
        payloads.sort_unstable();
        Page { name: name.clone(), payloads }
    };
    sheets.iter().zip(&all.counts).map(page).collect()
}

/// Both readers find exactly the codes of the page in these pictures.
fn read(readers: &Readers, page: &Page, pictures: &[String]) -> Result<Vec<Found>, String> {
    let mut by_zbar = readers.zbar(pictures);
    by_zbar.sort_unstable();
    if by_zbar != page.payloads {
        return Err(format!("zbar: {pictures:?}: {by_zbar:#?}"));
    }
    let found = readers.zxing(pictures);
    let mut by_zxing: Vec<&str> = found.iter().map(|code| code.text.as_str()).collect();
    by_zxing.sort_unstable();
    if by_zxing != page.payloads {
        return Err(format!("zxing: {pictures:?}: {by_zxing:#?}"));
    }
    Ok(found)
}

/// The codes are read, and are as wide as they should be.
fn judged(
    readers: &Readers,
    page: &Page,
    pictures: &[String],
    dots: u32,
    modules: &BTreeMap<String, f64>,
) -> Result<(), String> {
    for code in read(readers, page, pictures)? {
        let across = modules[&code.text] + BORDER;
        let width = code.width / f64::from(dots) * 25.4 * across / (across - BORDER);
        // a reader sees a corner to a pixel or two
        if width < LEAST - 0.5 || width / across < SMALLEST_MODULE - 0.005 {
            return Err(format!("{pictures:?}: {across} modules in {width:.1} mm"));
        }
    }
    Ok(())
}

#[test]
fn a_printed_sheet_is_read_from_paper() {
    let (folder, people) = on_paper();
    let Some(readers) = Readers::new(folder.path()) else { return };
    let Some(printer) = Printer::new(folder.path()) else { return };
    let all = pictures(&folder, &people);
    let modules = modules(&folder, &all);
    let sheets = sheets(&folder, &people);
    printer.print(&sheets);
    for page in pages(&sheets, &all) {
        for (paper, dots) in PAPERS.into_iter().flat_map(|paper| DOTS.map(|dots| (paper, dots))) {
            let scanned = printer.scanned(&folder, &format!("{}.{paper}.pdf", page.name), dots);
            judged(&readers, &page, &scanned, dots, &modules).unwrap();
        }
    }
}

#[test]
fn a_code_that_is_small_or_blurred_on_paper_is_refused() {
    let (folder, people) = on_paper();
    let Some(readers) = Readers::new(folder.path()) else { return };
    let Some(printer) = Printer::new(folder.path()) else { return };
    let people = &people[..1];
    let all = pictures(&folder, people);
    let modules = modules(&folder, &all);
    let sheets = sheets(&folder, people);
    let page = &pages(&sheets, &all)[0];
    let sound = folder.text(&sheets[0]);
    for (style, why) in [("width: 34mm !important", "mm"), ("filter: blur(3px)", "zbar")] {
        let changed = sound.replacen("</style>", &format!(".codes svg {{ {style} }}</style>"), 1);
        assert_ne!(changed, sound);
        folder.file(&sheets[0], changed);
        printer.print(&sheets);
        let scanned = printer.scanned(&folder, &format!("{}.a4.pdf", page.name), 300);
        let fault = judged(&readers, page, &scanned, 300, &modules).unwrap_err();
        assert!(fault.contains(why), "{style}: {fault}");
    }
}

#[test]
fn a_sheet_on_a_screen_is_read_in_light_and_dark() {
    let (folder, people) = on_paper();
    let Some(readers) = Readers::new(folder.path()) else { return };
    let Some(printer) = Printer::new(folder.path()) else { return };
    let all = pictures(&folder, &people);
    let sheets = sheets(&folder, &people);
    let kinds = ["phone:.codes", "dark:.codes"];
    printer.pictures(&sheets, &kinds, "png");
    for page in pages(&sheets, &all) {
        for kind in kinds {
            read(&readers, &page, &[picture(&page.name, kind, "png")]).unwrap();
        }
    }
    // without its white ground the code is black on the page's dark grey
    let sound = folder.text(&sheets[0]);
    let changed = sound.replace("<path fill=\"#fff\"", "<path fill=\"none\"");
    assert_ne!(changed, sound);
    folder.file(&sheets[0], changed);
    printer.pictures(&sheets[..1], &kinds, "png");
    let page = &pages(&sheets, &all)[0];
    read(&readers, page, &[picture(&page.name, kinds[0], "png")]).unwrap();
    read(&readers, page, &[picture(&page.name, kinds[1], "png")]).unwrap_err();
}
