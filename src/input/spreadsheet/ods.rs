//! ODS: `OpenDocument` 1.3 part 3, section 9, as many programs write it.

use std::collections::HashSet;
use std::io::BufRead;

use super::fault::{Bound, DAMAGED, SheetFault};
use super::number::plain;
use super::package::Package;
use super::rows::{MOST_COLUMNS, Rows};
use super::texts::{LONGEST_TEXT, Place};
use super::xlsx::adds_up;
use super::xml::{Node, Tag, Xml};
use super::{Entries, Entry};

/// The most styles of sheets that are hidden.
const MOST_STYLES: usize = 1 << 16;

const CONTENT: &str = "content.xml";

/// The sheets of a file. A sheet's `part` is its number.
pub(super) fn list(package: &mut Package<'_>) -> Result<Entries, SheetFault> {
    let mut entries = Entries::default();
    let mut hidden: HashSet<String> = HashSet::new();
    let mut style = String::new();
    let mut xml = package.xml(package.find(CONTENT).ok_or(DAMAGED)?)?;
    loop {
        match xml.next()? {
            Node::Open(tag) => match tag.name() {
                "style" => style = tag.get("name")?.unwrap_or_default(),
                "table-properties"
                    if tag.get("display")?.is_some_and(|value| value == "false")
                        && hidden.len() < MOST_STYLES
                        && style.len() < 1024 =>
                {
                    hidden.insert(style.clone());
                }
                "table" => {
                    let name = tag.get("name")?.unwrap_or_default();
                    let style = tag.get("style-name")?.unwrap_or_default();
                    let entry = Entry {
                        name,
                        is_visible: !hidden.contains(&style),
                        part: Some(entries.list.len()),
                    };
                    entries.count(&entry)?;
                    entries.list.push(entry);
                    xml.skip()?;
                }
                "tracked-changes" => xml.skip()?,
                _ => {}
            },
            Node::End => return Ok(entries),
            _ => {}
        }
    }
}

/// Reads the first sheet that holds something of those whose numbers are `wanted`, and returns its number.
pub(super) fn read(
    package: &mut Package<'_>,
    wanted: &[usize],
    rows: &mut Rows,
) -> Result<Option<usize>, SheetFault> {
    package.start_again();
    let mut xml = package.xml(package.find(CONTENT).ok_or(DAMAGED)?)?;
    let mut number = 0;
    loop {
        match xml.next()? {
            Node::Open(tag) => match tag.name() {
                "table" => {
                    if wanted.binary_search(&number).is_ok() {
                        read_table(&mut xml, rows)?;
                        if !rows.is_empty() {
                            return Ok(Some(number));
                        }
                    } else {
                        xml.skip()?;
                    }
                    number += 1;
                }
                "tracked-changes" => xml.skip()?,
                _ => {}
            },
            Node::End => return Ok(None),
            _ => {}
        }
    }
}

fn read_table<R: BufRead>(xml: &mut Xml<R>, rows: &mut Rows) -> Result<(), SheetFault> {
    let mut row: u32 = 0;
    let mut cells = Vec::new();
    loop {
        match xml.next()? {
            Node::Open(tag) => match tag.name() {
                "table-row" => {
                    let times = repeats(&tag, "number-rows-repeated")?;
                    read_row(xml, row, rows, &mut cells)?;
                    // a blank row may be repeated a million times, and costs nothing
                    let own = if cells.is_empty() { 0 } else { times };
                    for row in row..row.saturating_add(own) {
                        for (column, text) in &cells {
                            put(rows, (row, *column), *text)?;
                        }
                    }
                    row = row.saturating_add(times);
                }
                "shapes" | "forms" | "table-columns" | "table-column" | "named-expressions"
                | "table" => xml.skip()?,
                _ => {}
            },
            Node::Close(tag) if tag.name() == "table" => return Ok(()),
            Node::End => return Err(DAMAGED),
            _ => {}
        }
    }
}

fn put(rows: &mut Rows, at: (u32, u32), text: Option<Place>) -> Result<(), SheetFault> {
    match text {
        Some(text) => rows.put(at, text),
        None => rows.add_uncalculated(at),
    }
}

/// Reads the cells of a row; those without text are left out, and those without value have none.
fn read_row<R: BufRead>(
    xml: &mut Xml<R>,
    row: u32,
    rows: &mut Rows,
    cells: &mut Vec<(u32, Option<Place>)>,
) -> Result<(), SheetFault> {
    cells.clear();
    let mut column: u32 = 0;
    loop {
        match xml.next()? {
            Node::Open(tag) => match tag.name() {
                "table-cell" | "covered-table-cell" => {
                    let mut cell = Cell::of(&tag)?;
                    cell.read_text(xml)?;
                    if cell.formula == Formula::Sum {
                        rows.add_sum(row);
                    }
                    rows.merge(row, row.saturating_add(cell.rows - 1), column)?;
                    let text = match cell.value() {
                        Some(text) => Some(rows.texts().keep(&text)?),
                        None => None,
                    };
                    if text.is_none_or(|text| !text.is_blank()) {
                        for column in column..column.saturating_add(cell.times) {
                            if cells.len() == MOST_COLUMNS as usize {
                                return Err(SheetFault::TooMuch(Bound::Kept));
                            }
                            cells.push((column, text));
                        }
                    }
                    column = column.saturating_add(cell.times);
                }
                _ => xml.skip()?,
            },
            Node::Close(tag) if tag.name() == "table-row" => return Ok(()),
            Node::End => return Err(DAMAGED),
            _ => {}
        }
    }
}

fn repeats(tag: &Tag<'_>, name: &str) -> Result<u32, SheetFault> {
    Ok(tag.get(name)?.and_then(|text| text.parse().ok()).unwrap_or(1).max(1))
}

/// One cell as the file has it.
#[derive(Debug, Default)]
struct Cell {
    kind: String,
    value: Option<String>,
    text: String,
    formula: Formula,
    is_error: bool,
    /// How many columns it is repeated in.
    times: u32,
    /// How many rows it covers.
    rows: u32,
}

/// How a cell is calculated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Formula {
    #[default]
    None,
    /// A total below a column is no person's.
    Sum,
    Other,
}

impl Cell {
    fn of(tag: &Tag<'_>) -> Result<Self, SheetFault> {
        let mut cell = Self { times: 1, rows: 1, ..Self::default() };
        let count = |value: &str| value.parse().unwrap_or(1).max(1);
        tag.each(|prefix, key, value| match key {
            // LibreOffice repeats the type in a namespace of its own, where it knows errors
            "value-type" if prefix == "calcext" => cell.is_error = value == "error",
            "value-type" => value.clone_into(&mut cell.kind),
            "value" | "date-value" | "time-value" | "boolean-value" | "string-value" => {
                cell.value = Some(value.to_owned());
            }
            "formula" => {
                cell.formula = if adds_up(value) { Formula::Sum } else { Formula::Other };
            }
            "number-columns-repeated" => cell.times = count(value),
            "number-rows-spanned" => cell.rows = count(value),
            _ => {}
        })?;
        Ok(cell)
    }

    /// Reads the paragraphs up to the end of the cell. Notes and pictures are left out.
    fn read_text<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), SheetFault> {
        let mut paragraphs = 0;
        loop {
            match xml.next()? {
                Node::Open(tag) if matches!(tag.name(), "p" | "h") => {
                    if paragraphs > 0 {
                        self.push("\n");
                    }
                    paragraphs += 1;
                    self.read_paragraph(xml)?;
                }
                Node::Open(_) => xml.skip()?,
                Node::Close(_) => return Ok(()),
                Node::End => return Err(DAMAGED),
                Node::Text(_) => {}
            }
        }
    }

    fn read_paragraph<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), SheetFault> {
        let mut depth = 1;
        while depth > 0 {
            match xml.next()? {
                Node::Open(tag) => {
                    match tag.name() {
                        "s" => {
                            let count = repeats(&tag, "c")? as usize;
                            self.push(&" ".repeat(count.min(LONGEST_TEXT)));
                        }
                        "tab" => self.push("\t"),
                        "line-break" => self.push("\n"),
                        "annotation" | "ruby-text" | "frame" | "custom-shape" => {
                            xml.skip()?;
                            continue;
                        }
                        _ => {}
                    }
                    depth += 1;
                }
                Node::Text(text) => self.push(&text),
                Node::Close(_) => depth -= 1,
                Node::End => return Err(DAMAGED),
            }
        }
        Ok(())
    }

    fn push(&mut self, text: &str) {
        if self.text.len() + text.len() <= LONGEST_TEXT {
            self.text.push_str(text);
        }
    }

    /// The text of the cell; `None` for a formula without value.
    fn value(&self) -> Option<String> {
        let shown = self.text.trim();
        if self.is_error {
            return Some(shown.to_owned());
        }
        let value = self.value.as_deref().unwrap_or_default();
        Some(match self.kind.as_str() {
            "" if self.formula != Formula::None && shown.is_empty() => return None,
            "boolean" if value == "true" => "TRUE".to_owned(),
            "boolean" => "FALSE".to_owned(),
            "date" => value.to_owned(),
            "float" | "percentage" | "currency" => match value.parse::<f64>() {
                Ok(number) if !is_padded(shown, number) => {
                    let mut text = String::new();
                    plain(number, &mut text);
                    text
                }
                _ => shown.to_owned(),
            },
            // blank space at the ends is collapsed when a file is shown, and kept by some writers
            _ if self.text.is_empty() => value.to_owned(),
            _ => self.text.clone(),
        })
    }
}

/// Whether `shown` is the whole number `value` with leading zeros or hyphens: `00123`, `012-34-5678`.
fn is_padded(shown: &str, value: f64) -> bool {
    let is_written = shown.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let has_more =
        shown.starts_with('0') && shown.len() > 1 || shown.trim_start_matches('-').contains('-');
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    is_written
        && has_more
        && !shown.starts_with('-')
        && value < 1e15
        && digits.parse::<f64>() == Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_and_hyphens_that_are_shown_are_kept() {
        for (shown, value) in [("00123", 123.0), ("012-34-5678", 12_345_678.0), ("1-2", 12.0)] {
            assert!(is_padded(shown, value), "{shown}");
        }
        for (shown, value) in
            [("123", 123.0), ("1 234", 1234.0), ("-5", -5.0), ("0", 0.0), ("01", 2.0)]
        {
            assert!(!is_padded(shown, value), "{shown}");
        }
    }
}
