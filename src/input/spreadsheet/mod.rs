//! Rows of a spreadsheet: XLSX, XLSB, XLS and ODS.
//!
//! The readers are our own. They keep nothing but the texts of one sheet, with a bound, and they see what a
//! list depends on: formulas that were never calculated, number formats, merged cells.

use std::io::Read;

use super::error::{InputError, InputErrorKind};
use super::source::Source;
use crate::diagnostic::{Grouped, Listed, Shown};
use fault::{Bound, NO_SHEETS, SheetFault};
use package::Package;
use rows::Rows;
use texts::Texts;

mod bounds;
mod compound;
mod fault;
mod number;
mod ods;
mod package;
mod records;
mod relations;
mod rows;
mod texts;
mod xls;
mod xlsb;
mod xlsx;
mod xml;

pub(super) use fault::Bound as SheetBound;
pub(super) use records::SheetRecords;
pub(super) use texts::UNCALCULATED;

/// The largest spreadsheet that is taken, in bytes: it is read in memory.
const LARGEST_FILE: u64 = 100 << 20;

/// The sheet that was chosen, in memory.
pub(super) struct Sheet {
    pub(super) name: String,
    /// Other visible sheets.
    pub(super) others: Vec<String>,
    rows: Rows,
    /// The size of the file, in bytes.
    size: u64,
}

impl Sheet {
    /// The rows of the sheet from the first on.
    pub(super) fn records(&self) -> SheetRecords<'_> {
        SheetRecords::new(&self.rows, self.size)
    }
}

/// Whether `start` is that of a spreadsheet or of a zip file that may be one.
pub(super) fn is_spreadsheet(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || start.starts_with(b"\xd0\xcf\x11\xe0")
}

/// How many sheets are named one by one.
const MOST_NAMED: usize = 10;

/// A sheet by its name, or several.
pub(super) fn named(sheets: &[String]) -> String {
    let word = if sheets.len() == 1 { "sheet" } else { "sheets" };
    match sheets.split_at_checked(MOST_NAMED) {
        Some((first, more @ [_, ..])) => {
            let names: Vec<String> =
                first.iter().map(|name| format!("`{}`", Shown(name))).collect();
            format!("{word} {} and {} more", names.join(", "), Grouped(more.len() as u64))
        }
        _ => format!("{word} {}", Listed(sheets)),
    }
}

/// Reads the sheet with the name or number `wanted`, else the first visible one that holds something.
pub(super) fn read(
    source: &Source,
    reader: impl Read,
    wanted: Option<&str>,
) -> Result<Sheet, InputError> {
    let mut bytes = Vec::new();
    reader
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| source.unreadable(error))?;
    let size = bytes.len() as u64;
    if size > LARGEST_FILE {
        return Err(source.error(InputErrorKind::SheetTooLarge));
    }
    let broken = |fault: SheetFault| match fault {
        SheetFault::Unfit(why) => source.error(InputErrorKind::NotASheet(why)),
        SheetFault::TooMuch(bound) => source.error(InputErrorKind::SheetTooMuch(bound)),
    };
    let mut texts = Texts::default();
    let mut book = Book::open(&bytes, &mut texts).map_err(broken)?;
    let entries = &book.entries().list;
    let (numbers, mut others): (Vec<usize>, Vec<usize>) = match wanted {
        Some(wanted) => (vec![chosen(entries, wanted, source)?], visible(entries)),
        None => (visible(entries), visible(entries)),
    };
    let mut rows = Rows::with(texts);
    let read = book.read(&numbers, &mut rows).map_err(broken)?;
    rows.finish().map_err(broken)?;
    let entries = &book.entries().list;
    let Some(number) = read else {
        return Err(source.error(InputErrorKind::Empty));
    };
    let name = entries[number].name.clone();
    if rows.has_no_values() {
        return Err(source.error(InputErrorKind::Uncalculated { sheet: name }));
    }
    others.retain(|other| *other != number);
    let others = others.iter().map(|other| entries[*other].name.clone()).collect();
    Ok(Sheet { name, others, rows, size })
}

/// A sheet as the file lists it.
#[derive(Debug)]
struct Entry {
    name: String,
    is_visible: bool,
    /// Where its cells are; a chart has none.
    part: Option<usize>,
}

impl Default for Entry {
    fn default() -> Self {
        Self { name: String::new(), is_visible: true, part: None }
    }
}

/// The sheets of a file, in its order.
#[derive(Debug, Default)]
struct Entries {
    list: Vec<Entry>,
    count: usize,
    /// Bytes of all names.
    size: usize,
}

impl Entries {
    /// The most sheets, and the most bytes of all their names.
    const MOST: usize = 65_535;
    const MOST_BYTES: usize = 4 << 20;

    /// Counts a sheet before it is kept.
    fn count(&mut self, entry: &Entry) -> Result<(), SheetFault> {
        self.count += 1;
        self.size += entry.name.len();
        if self.count > Self::MOST || self.size > Self::MOST_BYTES {
            return Err(SheetFault::TooMuch(Bound::Sheets));
        }
        Ok(())
    }
}

fn visible(entries: &[Entry]) -> Vec<usize> {
    (0..entries.len()).filter(|number| entries[*number].is_visible).collect()
}

/// The sheet called `wanted`, or with that number from 1.
fn chosen(entries: &[Entry], wanted: &str, source: &Source) -> Result<usize, InputError> {
    let numbered = || wanted.parse::<usize>().ok()?.checked_sub(1).filter(|n| *n < entries.len());
    entries.iter().position(|entry| entry.name == wanted).or_else(numbered).ok_or_else(|| {
        source.error(InputErrorKind::NoSuchSheet {
            sheet: wanted.to_owned(),
            sheets: entries.iter().map(|entry| entry.name.clone()).collect(),
        })
    })
}

/// A file, opened as what it is.
enum Book<'a> {
    Xlsx(Package<'a>, xlsx::Workbook),
    Xlsb(Package<'a>, xlsb::Workbook),
    Xls(xls::Workbook),
    Ods(Package<'a>, Entries),
}

impl<'a> Book<'a> {
    fn open(bytes: &'a [u8], texts: &mut Texts) -> Result<Self, SheetFault> {
        let book = Self::of(bytes, texts)?;
        if book.entries().list.is_empty() { Err(NO_SHEETS) } else { Ok(book) }
    }

    fn of(bytes: &'a [u8], texts: &mut Texts) -> Result<Self, SheetFault> {
        if !bytes.starts_with(b"PK") {
            return Ok(Self::Xls(xls::Workbook::open(bytes, texts)?));
        }
        let mut package = Package::open(bytes)?;
        if package.is_ods()? {
            let entries = ods::list(&mut package)?;
            return Ok(Self::Ods(package, entries));
        }
        let name = package.main_part()?;
        if name.ends_with(".bin") {
            let book = xlsb::Workbook::open(&mut package, &name, texts)?;
            Ok(Self::Xlsb(package, book))
        } else {
            let book = xlsx::Workbook::open(&mut package, &name, texts)?;
            Ok(Self::Xlsx(package, book))
        }
    }

    fn entries(&self) -> &Entries {
        match self {
            Self::Xlsx(_, book) => &book.entries,
            Self::Xlsb(_, book) => &book.entries,
            Self::Xls(book) => &book.entries,
            Self::Ods(_, entries) => entries,
        }
    }

    /// Reads the first sheet that holds something of those with these numbers, and returns its number.
    fn read(&mut self, numbers: &[usize], rows: &mut Rows) -> Result<Option<usize>, SheetFault> {
        if let Self::Ods(package, _) = self {
            return ods::read(package, numbers, rows);
        }
        for number in numbers {
            let Some(part) = self.entries().list[*number].part else {
                continue;
            };
            match self {
                Self::Xlsx(package, book) => book.read(package, part, rows)?,
                Self::Xlsb(package, book) => book.read(package, part, rows)?,
                Self::Xls(book) => book.read(part, rows)?,
                Self::Ods(..) => {}
            }
            if !rows.is_empty() {
                return Ok(Some(*number));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_sheets_are_counted_and_not_all_named() {
        let sheets: Vec<String> = (1..=1200).map(|number| format!("S{number}")).collect();
        assert_eq!(named(&sheets[..1]), "sheet `S1`");
        assert_eq!(named(&sheets[..3]), "sheets `S1`, `S2` and `S3`");
        assert!(named(&sheets[..10]).ends_with("`S9` and `S10`"));
        assert!(named(&sheets).ends_with("`S9`, `S10` and 1,190 more"), "{}", named(&sheets));
    }
}
