//! XLSX: ECMA-376 part 1 (`SpreadsheetML`), as many programs write it.

use std::collections::HashMap;
use std::io::BufRead;

use super::fault::{Bound, DAMAGED, SheetFault};
use super::number::{Epoch, NumberFormat, plain};
use super::package::Package;
use super::relations::{Relation, part_of, relations, resolved};
use super::texts::{Place, Texts};
use super::xml::{Node, Xml};
use super::{Entries, Entry};
use cells::unescaped;

mod cells;

pub(super) use cells::adds_up;

/// A workbook, its sheets listed.
pub(super) struct Workbook {
    pub(super) entries: Entries,
    styles: Styles,
    shared: Vec<Place>,
    /// Formulas were written by a program that does not calculate, and are to be calculated by the next
    /// one that does.
    calculates_on_load: bool,
}

/// What cells look like.
#[derive(Debug, Default)]
pub(super) struct Styles {
    /// The format of each style.
    pub(super) formats: Vec<NumberFormat>,
    pub(super) epoch: Epoch,
}

impl Styles {
    pub(super) fn write(&self, style: usize, value: f64, text: &mut String) {
        match self.formats.get(style) {
            Some(format) => format.write(value, self.epoch, text),
            None => plain(value, text),
        }
    }
}

/// The most styles; Excel takes 65,490 cell formats.
pub(super) const MOST_STYLES: usize = 1 << 17;

impl Workbook {
    /// Reads everything but the sheets; shared texts go to `texts`.
    pub(super) fn open(
        package: &mut Package<'_>,
        name: &str,
        texts: &mut Texts,
    ) -> Result<Self, SheetFault> {
        let relations = relations(package, name)?;
        let mut book = Self {
            entries: Entries::default(),
            styles: Styles::default(),
            shared: Vec::new(),
            calculates_on_load: false,
        };
        book.list(package, name, &relations)?;
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let of_kind = |kind: &str, usual: &str| {
            let found = relations.values().find(|relation| relation.kind == kind);
            let usual = || resolved(folder, usual);
            package.find(&found.map_or_else(usual, |relation| relation.target.clone()))
        };
        let (styles, shared) =
            (of_kind("styles", "styles.xml"), of_kind("sharedStrings", "sharedStrings.xml"));
        if let Some(part) = styles {
            book.styles.formats = formats(&mut package.xml(part)?)?;
        }
        if let Some(part) = shared {
            book.shared = shared_texts(&mut package.xml(part)?, texts)?;
        }
        Ok(book)
    }

    fn list(
        &mut self,
        package: &mut Package<'_>,
        name: &str,
        relations: &HashMap<String, Relation>,
    ) -> Result<(), SheetFault> {
        let part = package.find(name).ok_or(DAMAGED)?;
        let mut sheets = Vec::new();
        let mut xml = package.xml(part)?;
        loop {
            match xml.next()? {
                Node::Open(tag) => match tag.name() {
                    "sheet" => {
                        let (mut sheet, mut id) = (Entry::default(), String::new());
                        tag.each(|prefix, key, value| match key {
                            "name" => value.clone_into(&mut sheet.name),
                            "state" => sheet.is_visible = value == "visible",
                            "id" if !prefix.is_empty() => value.clone_into(&mut id),
                            _ => {}
                        })?;
                        self.entries.count(&sheet)?;
                        sheets.push((sheet, id));
                    }
                    "workbookPr" if tag.get("date1904")?.is_some_and(|value| is_true(&value)) => {
                        self.styles.epoch = Epoch::From1904;
                    }
                    "calcPr" => {
                        self.calculates_on_load =
                            tag.get("fullCalcOnLoad")?.is_some_and(|value| is_true(&value));
                    }
                    _ => {}
                },
                Node::End => break,
                _ => {}
            }
        }
        drop(xml);
        for (mut sheet, id) in sheets {
            sheet.part = part_of(package, relations.get(&id));
            self.entries.list.push(sheet);
        }
        Ok(())
    }
}

/// The texts that cells share.
fn shared_texts<R: BufRead>(xml: &mut Xml<R>, texts: &mut Texts) -> Result<Vec<Place>, SheetFault> {
    let mut all = Vec::new();
    let mut text = String::new();
    let mut is_text = false;
    loop {
        match xml.next()? {
            Node::Open(tag) => match tag.name() {
                "si" => text.clear(),
                "t" => is_text = true,
                "rPh" => xml.skip()?,
                _ => {}
            },
            Node::Text(more) if is_text => {
                // many pieces of formatted text make one
                if text.len() > 1 << 20 {
                    return Err(SheetFault::TooMuch(Bound::Markup));
                }
                text.push_str(&more);
            }
            Node::Close(tag) => match tag.name() {
                "t" => is_text = false,
                "si" => {
                    // twice: a growing vector
                    texts.count(2 * size_of::<Place>())?;
                    all.push(texts.keep(&unescaped(&text))?);
                }
                _ => {}
            },
            Node::End => return Ok(all),
            Node::Text(_) => {}
        }
    }
}

/// The number format of each style of cells.
fn formats<R: BufRead>(xml: &mut Xml<R>) -> Result<Vec<NumberFormat>, SheetFault> {
    let mut codes: HashMap<u32, NumberFormat> = HashMap::new();
    let mut all = Vec::new();
    let mut is_cell = false;
    loop {
        match xml.next()? {
            Node::Open(tag) => match tag.name() {
                "numFmt" if codes.len() < MOST_STYLES => {
                    let id = tag.get("numFmtId")?.and_then(|id| id.parse().ok());
                    // Excel's longest format has 255 characters
                    let code = tag.get("formatCode")?.filter(|code| code.len() < 1024);
                    if let (Some(id), Some(code)) = (id, code) {
                        codes.insert(id, NumberFormat::of(&code));
                    }
                }
                "cellXfs" => is_cell = true,
                "xf" if is_cell && all.len() < MOST_STYLES => {
                    let id = tag.get("numFmtId")?.and_then(|id| id.parse().ok()).unwrap_or(0);
                    let known = codes.get(&id).cloned();
                    all.push(known.unwrap_or_else(|| NumberFormat::built_in(id)));
                }
                _ => {}
            },
            Node::Close(tag) if tag.name() == "cellXfs" => is_cell = false,
            Node::End => return Ok(all),
            _ => {}
        }
    }
}

fn is_true(value: &str) -> bool {
    matches!(value, "1" | "true" | "on")
}
