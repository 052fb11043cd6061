//! The cells of an XLSX sheet.

use std::borrow::Cow;
use std::io::BufRead;

use super::{Workbook, is_true};
use crate::input::spreadsheet::fault::{DAMAGED, SheetFault};
use crate::input::spreadsheet::package::Package;
use crate::input::spreadsheet::rows::Rows;
use crate::input::spreadsheet::xml::{Node, Tag, Xml};

impl Workbook {
    /// Reads the sheet in `part`.
    pub(in crate::input::spreadsheet) fn read(
        &self,
        package: &mut Package<'_>,
        part: usize,
        rows: &mut Rows,
    ) -> Result<(), SheetFault> {
        let mut xml = package.xml(part)?;
        let mut sheet =
            Sheet { book: self, rows, row: 0, next_row: 0, column: 0, cell: Cell::default() };
        loop {
            match xml.next()? {
                Node::Open(tag) => match tag.name() {
                    "row" => sheet.start_row(&tag)?,
                    "c" => {
                        sheet.start_cell(&tag)?;
                        sheet.read_cell(&mut xml)?;
                    }
                    "mergeCell" => {
                        let range = tag.get("ref")?.unwrap_or_default();
                        if let Some((top, bottom, column)) = tall(&range) {
                            sheet.rows.merge(top, bottom, column)?;
                        }
                    }
                    // rules and pictures have cells of their own
                    "extLst" | "conditionalFormatting" | "dataValidations" | "sheetViews" => {
                        xml.skip()?;
                    }
                    _ => {}
                },
                Node::End => return Ok(()),
                _ => {}
            }
        }
    }
}

struct Sheet<'a> {
    book: &'a Workbook,
    rows: &'a mut Rows,
    /// The row that is being read, from 0, the one behind it, and the next column.
    row: u32,
    next_row: u32,
    column: u32,
    cell: Cell,
}

/// One cell as the file has it.
#[derive(Debug, Default)]
struct Cell {
    kind: String,
    style: usize,
    value: String,
    inline: String,
    formula: String,
    has_formula: bool,
    has_inline: bool,
}

impl Sheet<'_> {
    fn start_row(&mut self, tag: &Tag<'_>) -> Result<(), SheetFault> {
        // rows and cells need no number where they follow one another
        let number = tag.get("r")?.and_then(|text| text.parse::<u32>().ok());
        self.row = number.and_then(|number| number.checked_sub(1)).unwrap_or(self.next_row);
        self.next_row = self.row.saturating_add(1);
        self.column = 0;
        Ok(())
    }

    fn start_cell(&mut self, tag: &Tag<'_>) -> Result<(), SheetFault> {
        let Self { cell, row, column, .. } = self;
        cell.kind.clear();
        cell.style = 0;
        for text in [&mut cell.value, &mut cell.inline, &mut cell.formula] {
            text.clear();
        }
        (cell.has_formula, cell.has_inline) = (false, false);
        let mut is_placed = true;
        tag.each(|_, key, value| match key {
            "r" => match reference(value) {
                Some(at) => (*row, *column) = at,
                None => is_placed = false,
            },
            "t" => cell.kind.push_str(value),
            "s" => cell.style = value.parse().unwrap_or_default(),
            _ => {}
        })?;
        if is_placed { Ok(()) } else { Err(SheetFault::Unfit("it names a cell that no sheet has")) }
    }

    /// Reads up to the end of the cell that was begun.
    fn read_cell<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), SheetFault> {
        let cell = &mut self.cell;
        let mut into = Into::Nothing;
        loop {
            match xml.next()? {
                Node::Open(tag) => match tag.name() {
                    "v" => into = Into::Value,
                    "f" => {
                        cell.has_formula = true;
                        into = Into::Formula;
                    }
                    "t" => into = Into::Inline,
                    "is" => cell.has_inline = true,
                    // how a text is read aloud
                    "rPh" | "extLst" => xml.skip()?,
                    _ => {}
                },
                Node::Text(text) => match into {
                    Into::Nothing => {}
                    Into::Value => cell.value.push_str(&text),
                    Into::Inline => cell.inline.push_str(&text),
                    Into::Formula => cell.formula.push_str(&text),
                },
                Node::Close(tag) if tag.name() == "c" => break,
                Node::Close(_) => into = Into::Nothing,
                Node::End => return Err(DAMAGED),
            }
        }
        self.add_cell()
    }

    fn add_cell(&mut self) -> Result<(), SheetFault> {
        let Self { book, rows, row, column, cell, .. } = self;
        let at = (*row, *column);
        *column += 1;
        let value = cell.value.trim();
        if cell.has_formula {
            if adds_up(&cell.formula) {
                rows.add_sum(*row);
            }
            let is_zero = || value.parse() == Ok(0.0) && matches!(cell.kind.as_str(), "" | "n");
            // a formula that gives no text has a value of type `str`
            let is_missing = value.is_empty() && !matches!(cell.kind.as_str(), "str" | "inlineStr");
            if is_missing && !cell.has_inline || book.calculates_on_load && is_zero() {
                return rows.add_uncalculated(at);
            }
        }
        match cell.kind.as_str() {
            "s" => {
                if value.is_empty() {
                    return Ok(());
                }
                let number: usize = value.parse().map_err(|_| DAMAGED)?;
                let text = book.shared.get(number);
                rows.put(
                    at,
                    *text.ok_or(SheetFault::Unfit("it names a text that it does not have"))?,
                )
            }
            "inlineStr" | "str" => {
                let text = if cell.has_inline { &cell.inline } else { &cell.value };
                rows.add(at, &unescaped(text))
            }
            "b" => rows.add(at, if is_true(value) { "TRUE" } else { "FALSE" }),
            "" | "n" => {
                let mut text = String::new();
                match value.parse() {
                    Ok(number) => book.styles.write(cell.style, number, &mut text),
                    Err(_) => text.push_str(value),
                }
                rows.add(at, &text)
            }
            // `e`, `d`, and what is to come
            _ => rows.add(at, value),
        }
    }
}

/// Where the text of a cell goes.
#[derive(Clone, Copy)]
enum Into {
    Nothing,
    Value,
    Inline,
    Formula,
}

/// Whether a formula adds cells up.
pub(in crate::input::spreadsheet) fn adds_up(formula: &str) -> bool {
    ["SUM(", "SUBTOTAL(", "COUNTA(", "COUNT(", "AGGREGATE("]
        .iter()
        .any(|function| formula.contains(function))
}

/// Row and column of `B7`, from 0.
fn reference(text: &str) -> Option<(u32, u32)> {
    let text = text.as_bytes();
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    if !(1..=3).contains(&letters) || text.len() > letters + 7 {
        return None;
    }
    let mut column = 0;
    for letter in &text[..letters] {
        column = column * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1;
    }
    let mut row: u32 = 0;
    for digit in &text[letters..] {
        row = row * 10 + u32::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    Some((row.checked_sub(1)?, column - 1))
}

/// First and last row, and the first column, of `A2:B7`.
fn tall(range: &str) -> Option<(u32, u32, u32)> {
    let (from, to) = range.split_once(':')?;
    let ((top, column), (bottom, _)) = (reference(from)?, reference(to)?);
    Some((top, bottom, column))
}

/// `text` without the escapes of ECMA-376 part 1, 22.9.2.19: `_x000D_`.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find("_x") else {
        return text.into();
    };
    let (mut all, mut rest) = (text[..first].to_owned(), &text[first..]);
    while let Some(at) = rest.find("_x") {
        all.push_str(&rest[..at]);
        rest = &rest[at..];
        let escaped = rest
            .get(2..7)
            .and_then(|code| code.strip_suffix('_'))
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .and_then(char::from_u32);
        let length = if escaped.is_some() { 7 } else { 2 };
        match escaped {
            Some(character) => all.push(character),
            None => all.push_str("_x"),
        }
        rest = &rest[length..];
    }
    all.push_str(rest);
    all.into()
}
