//! An opened list: its header understood, its rows to come.

use std::fmt;

use ::csv::ByteRecord;

use super::columns::{ColumnError, Field, Mapping};
use super::error::InputError;
use super::records::{Opened, Records};
use super::source::Source;
use super::{Content, Location, MOST_TITLES, ReadOptions, Row, cells, doubt};
use crate::domain::email::EmailAddress;

/// The most columns that are taken. Apple School Manager writes a thousand.
const MOST_COLUMNS: usize = 4096;

/// An opened list, its header understood.
pub struct Table {
    /// What kind of file the list is, for the admin.
    pub about: String,
    /// What else to know before the first row.
    pub notes: Vec<String>,
    /// What is doubtful about the list as a whole.
    pub warnings: Vec<String>,
    /// Which column holds what.
    pub mapping: Mapping,
    records: Records,
    /// Whether the next row is the first below the header.
    at_start: bool,
    file: String,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("about", &self.about).finish_non_exhaustive()
    }
}

impl Table {
    /// Opens `source`, finds out what it is and maps its header.
    pub fn open(source: &Source, options: &ReadOptions) -> Result<Self, InputError> {
        let Opened { mut records, about, mut notes, warnings, other_sheets } =
            Records::open(source, options)?;
        let mapping = if let Some(columns) = &options.columns {
            Mapping::listed(columns)?
        } else {
            let header = header(source, &mut records, options, &mut notes)?;
            Mapping::of(&header, &options.maps).map_err(|error| match error {
                ColumnError::NoEmail { .. } if !other_sheets.is_empty() => {
                    let about = about.clone();
                    InputError::OtherSheet { file: source.name(), about, other_sheets }
                }
                error => error.into(),
            })?
        };
        Ok(Self { about, notes, warnings, mapping, records, at_start: true, file: source.name() })
    }

    /// The next row, blank ones left out; `None` at the end.
    ///
    /// An error here ends the list: what follows cannot be told apart into rows.
    pub fn next_row(&mut self) -> Result<Option<Row>, InputError> {
        while let Some(location) = self.records.advance()? {
            let record = self.records.record();
            if is_blank(record) {
                continue;
            }
            let is_first = std::mem::take(&mut self.at_start);
            if is_first && Mapping::knows_several(record) {
                return Err(InputError::TwoHeaders { file: self.file.clone(), location });
            }
            let shape = self.records.shape();
            let mut row = match example(record, &self.mapping).filter(|_| is_first) {
                Some(at) => cells::example(location, &self.mapping, at),
                None => cells::to_row(record, &self.mapping, shape, location),
            };
            if !self.records.are_whole() {
                row.missing_cells = 0;
            }
            if matches!(row.content, Content::Person(_)) {
                doubt::look(record, &self.mapping, shape, &mut row.doubts);
            }
            return Ok(Some(row));
        }
        Ok(None)
    }

    /// The cells of the row that was read last, as the list has them.
    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        self.records.record().iter()
    }

    /// How many bytes of the list have been read: for a progress bar.
    pub fn bytes_read(&self) -> u64 {
        self.records.bytes_read()
    }
}

/// The header's cells, blank rows and titles above it passed over.
fn header(
    source: &Source,
    records: &mut Records,
    options: &ReadOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<String>, InputError> {
    let mut titles: Vec<(Location, Vec<String>)> = Vec::new();
    while let Some(location) = next_filled(records)? {
        let cells = texts(source, records.record(), location)?;
        let address = address_in(&cells);
        if address.is_some() && titles.is_empty() {
            let columns = columns_like(&cells);
            return Err(InputError::NoHeader { file: source.name(), location, columns });
        }
        // below other lines one known word is no proof: it may stand in a row
        let is_sure = titles.is_empty() || filled(&cells) == 1 || Mapping::count_known(&cells) > 1;
        let known = is_sure && Mapping::knows_an_address(&cells);
        if known || options.maps.iter().any(|map| Mapping::has_column(&cells, map)) {
            for (location, _) in titles {
                notes.push(format!("{location} is a title and was passed over"));
            }
            return Ok(cells);
        }
        // lines above the header: a title, or what the export was made for
        let is_above = address.is_none() && titles.len() < MOST_TITLES;
        titles.push((location, cells));
        if !is_above {
            break;
        }
    }
    // no header is known: the fault is told of the row that looks most like one
    let is_header =
        |(_, cells): &(Location, Vec<String>)| filled(cells) > 1 && address_in(cells).is_none();
    let is_known = |(_, cells): &(Location, Vec<String>)| Mapping::count_known(cells) > 0;
    let header = titles.iter().position(is_known);
    let header = header.or_else(|| titles.iter().position(is_header)).unwrap_or_default();
    let header = titles.into_iter().nth(header);
    header.map(|(_, cells)| cells).ok_or_else(|| InputError::Empty { file: source.name() })
}

fn next_filled(records: &mut Records) -> Result<Option<Location>, InputError> {
    while let Some(location) = records.advance()? {
        if !is_blank(records.record()) {
            return Ok(Some(location));
        }
    }
    Ok(None)
}

fn texts(
    source: &Source,
    record: &ByteRecord,
    location: Location,
) -> Result<Vec<String>, InputError> {
    if record.len() > MOST_COLUMNS {
        return Err(InputError::TooManyColumns { file: source.name(), found: record.len() });
    }
    record
        .iter()
        .map(|cell| {
            std::str::from_utf8(cell)
                .map(|text| text.trim().to_owned())
                .map_err(|_| InputError::HeaderNotUtf8 { file: source.name(), location })
        })
        .collect()
}

fn is_blank(record: &ByteRecord) -> bool {
    record.as_slice().trim_ascii().is_empty()
        || record.iter().all(|cell| match std::str::from_utf8(cell) {
            Ok(text) => text.trim().is_empty(),
            Err(_) => false,
        })
}

fn filled(cells: &[String]) -> usize {
    cells.iter().filter(|cell| !cell.is_empty()).count()
}

/// The column with the example that Microsoft Entra's template has below its header (`Example: Chris
/// Green`). It stands in the name or the address, never in a note.
fn example(record: &ByteRecord, mapping: &Mapping) -> Option<usize> {
    [Field::DisplayName, Field::FirstName, Field::Email].into_iter().find_map(|field| {
        let at = mapping.column(field)?;
        let start = record.get(at)?.get(..8)?;
        start.eq_ignore_ascii_case(b"example:").then_some(at)
    })
}

/// A cell that no header would be.
fn address_in(cells: &[String]) -> Option<&str> {
    cells.iter().map(String::as_str).find(|cell| is_address(cell))
}

/// Whether `cell` is meant for an address, be it a mistyped one.
fn is_address(cell: &str) -> bool {
    let bare = cells::bare_address(cell);
    EmailAddress::try_from(bare).is_ok()
        || bare.contains('@') && !bare.contains(' ') && bare.len() > 2
}

/// What `--columns` would be for a row like this: the address is known, the rest is left out.
fn columns_like(cells: &[String]) -> String {
    let mut seen = false;
    let names = cells.iter().map(|cell| {
        if !seen && is_address(cell) {
            seen = true;
            "email"
        } else {
            "-"
        }
    });
    names.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_of(text: &str) -> Result<(Vec<String>, Vec<String>), InputError> {
        let source = Source::spool(text.as_bytes()).unwrap();
        let options = ReadOptions::default();
        let mut records = Records::open(&source, &options)?.records;
        let mut notes = Vec::new();
        Ok((header(&source, &mut records, &options, &mut notes)?, notes))
    }

    #[test]
    fn titles_above_the_header_are_passed_over() {
        let (cells, notes) = header_of("Staff list 2026,,\n,,\nMay,,\nName,Email,Id\nx").unwrap();
        assert_eq!(cells, ["Name", "Email", "Id"]);
        assert_eq!(
            notes,
            ["line 1 is a title and was passed over", "line 3 is a title and was passed over"]
        );
    }

    #[test]
    fn a_strange_header_of_one_column_stays_the_header() {
        assert_eq!(header_of("Adres\nada@q.com\n").unwrap().0, ["Adres"]);
        assert_eq!(header_of("Staff\n").unwrap().0, ["Staff"]);
        assert_eq!(header_of("email\nada@q.com").unwrap().0, ["email"]);
    }

    #[test]
    fn a_list_without_header_is_told_what_to_say() {
        match header_of("ada@q.com, Password, 10\n").unwrap_err() {
            InputError::NoHeader { columns, .. } => assert_eq!(columns, "email,-,-"),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_title_is_told_from_a_header_that_nobody_knows() {
        assert_eq!(header_of("Staff,,\nOrt,Platz,Nr\nBonn,x,1").unwrap().0, ["Ort", "Platz", "Nr"]);
        assert_eq!(header_of("Adres\nx,ada@q.com\n").unwrap().0, ["Adres"]);
        let error = header_of("Ada <ada@q.com>,secret\n").unwrap_err();
        assert!(matches!(error, InputError::NoHeader { columns, .. } if columns == "email,-"));
    }
}
