//! Finds the header of a list below titles and lines about the export.

use ::csv::ByteRecord;

use super::cells::bare_address;
use super::columns::{Map, Mapping, Sure};
use super::error::{InputError, InputErrorKind};
use super::format::Records;
use super::source::Source;
use super::spreadsheet::UNCALCULATED;
use super::{Location, MOST_TITLES, ReadOptions};
use crate::domain::email::EmailAddress;

/// The largest number of columns. Apple School Manager writes a thousand.
const MOST_COLUMNS: usize = 4096;

/// The header of a list.
#[derive(Debug)]
pub(super) struct HeaderRow {
    pub(super) cells: Vec<String>,
    pub(super) location: Location,
    /// Lines above it that are ignored.
    pub(super) titles: Vec<Location>,
    /// Whether the whole line is one quoted cell with the cells inside.
    pub(super) is_quoted_line: bool,
}

/// A line that may be the header.
struct Candidate {
    location: Location,
    cells: Vec<String>,
    likeness: Likeness,
}

/// How much a line looks like a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// No cell is a known header.
    None,
    /// Some cells are known headers, none of an address.
    Known,
    /// One cell may be the header of addresses or a word in a row.
    Perhaps,
    /// The only cell is a header of addresses: perhaps a title.
    Alone,
    /// A header of addresses beside other cells.
    Sure,
    /// It has a column that `--map` names.
    Mapped,
}

impl Likeness {
    fn of(cells: &[String], options: &ReadOptions) -> Self {
        let named = |map: &Map| map.number().is_none() && Mapping::has_column(cells, map);
        if options.maps.iter().any(named) {
            Self::Mapped
        } else if Mapping::knows_an_address(cells, Sure::Yes) {
            if filled(cells) > 1 || cells.len() == 1 { Self::Sure } else { Self::Alone }
        } else if Mapping::knows_an_address(cells, Sure::No) {
            Self::Perhaps
        } else if Mapping::count_known(cells) > 1 {
            Self::Known
        } else {
            Self::None
        }
    }
}

/// Finds the header. Rows below it may have been read too.
pub(super) fn find(
    source: &Source,
    records: &mut Records<'_>,
    options: &ReadOptions,
) -> Result<HeaderRow, InputError> {
    let mut seen: Vec<Candidate> = Vec::new();
    let mut people = None;
    let mut unwrapped = Vec::new();
    while let Some(location) = records.advance_to_filled()? {
        if records.unwrap_line(|cells| is_header(cells, options)) {
            unwrapped.push(location);
        }
        let cells = match texts(source, records.record(), location) {
            Ok(cells) => cells,
            Err(error) if seen.is_empty() => return Err(error),
            // the fault of a single row is reported later
            Err(_) => break,
        };
        if address_in(&cells).is_some() {
            // the first line may name the author of the list; after any other line the people start
            if !seen.is_empty() {
                break;
            }
            people = Some((location, columns_like(&cells)));
        }
        let mut likeness = Likeness::of(&cells, options);
        if people.is_some() && (seen.is_empty() || Mapping::count_known(&cells) < 2) {
            likeness = Likeness::None;
        }
        seen.push(Candidate { location, cells, likeness });
        // known headers without addresses are a header too: what it lacks is reported
        if likeness >= Likeness::Sure || likeness == Likeness::Known || seen.len() > MOST_TITLES {
            break;
        }
    }
    let best = seen.iter().map(|line| line.likeness).max().unwrap_or(Likeness::None);
    if let (Some((location, columns)), Likeness::None) = (people, best) {
        return Err(source.error(InputErrorKind::NoHeader { columns }).at(location));
    }
    let needed = options.maps.iter().filter_map(Map::number).max().unwrap_or(1);
    let at = match best {
        // `--map` gives a number, or the error is about the line that looks most like a header
        Likeness::None if options.maps.iter().any(|map| map.number().is_some()) => {
            let is_wide = |line: &Candidate| line.cells.len() >= needed;
            let several = seen.iter().position(|line| is_wide(line) && filled(&line.cells) > 1);
            several.or_else(|| seen.iter().position(is_wide))
        }
        Likeness::None => seen.iter().position(|line| filled(&line.cells) > 1),
        best => seen.iter().position(|line| line.likeness == best),
    };
    let at = at.unwrap_or_default();
    let titles = seen.iter().take(at).map(|line| line.location).collect();
    let Candidate { location, cells, .. } =
        seen.into_iter().nth(at).ok_or_else(|| source.error(InputErrorKind::Empty))?;
    let is_quoted_line = unwrapped.contains(&location);
    Ok(HeaderRow { cells, location, titles, is_quoted_line })
}

/// Whether `cells`, which were inside one quoted cell, are certainly a header.
fn is_header(cells: &ByteRecord, options: &ReadOptions) -> bool {
    let cells: Vec<String> =
        cells.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect();
    Likeness::of(&cells, options) >= Likeness::Sure
}

fn texts(
    source: &Source,
    record: &ByteRecord,
    location: Location,
) -> Result<Vec<String>, InputError> {
    if record.len() > MOST_COLUMNS {
        return Err(source.error(InputErrorKind::TooManyColumns(record.len())));
    }
    record
        .iter()
        // a formula without a value is not a header
        .map(|cell| if cell == UNCALCULATED { b"" } else { cell })
        .map(|cell| {
            std::str::from_utf8(cell)
                .map(|text| text.trim().to_owned())
                .map_err(|_| source.error(InputErrorKind::HeaderNotUtf8).at(location))
        })
        .collect()
}

fn filled(cells: &[String]) -> usize {
    cells.iter().filter(|cell| !cell.is_empty()).count()
}

/// An address, which no header contains.
fn address_in(cells: &[String]) -> Option<&str> {
    cells.iter().map(String::as_str).find(|cell| is_address(cell))
}

/// Whether `cell` looks like an address, even a malformed one.
fn is_address(cell: &str) -> bool {
    let bare = bare_address(cell);
    EmailAddress::try_from(bare).is_ok()
        || bare.contains('@') && !bare.contains(' ') && bare.len() > 2
}

/// The value of `--columns` for a row like this one, of which only the address is known.
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
    use crate::input::format::Format;

    fn header_of(text: &str) -> Result<(Vec<String>, Vec<String>), InputError> {
        let source = Source::spool(text.as_bytes()).unwrap();
        let options = ReadOptions::default();
        let format = Format::detect(&source, &options)?;
        let top = find(&source, &mut format.records(&source)?, &options)?;
        let titles = top.titles.iter().map(|at| format!("{at} is a title and is ignored"));
        Ok((top.cells, titles.collect()))
    }

    #[test]
    fn a_row_with_invalid_bytes_ends_the_search() {
        let source = Source::spool(&b"Ort,Platz\nBonn,\x81\x81\xff,1\nKoln,x\n"[..]).unwrap();
        let utf8 = ReadOptions { encoding: "utf-8".parse().ok(), ..ReadOptions::default() };
        let format = Format::detect(&source, &utf8).unwrap();
        let top = find(&source, &mut format.records(&source).unwrap(), &utf8).unwrap();
        assert_eq!(top.cells, ["Ort", "Platz"]);
    }

    #[test]
    fn titles_above_the_header_are_ignored() {
        let (cells, notes) = header_of("Staff list 2026,,\n,,\nMay,,\nName,Email,Id\nx").unwrap();
        assert_eq!(cells, ["Name", "Email", "Id"]);
        assert_eq!(notes, ["line 1 is a title and is ignored", "line 3 is a title and is ignored"]);
    }

    #[test]
    fn an_unknown_header_of_one_column_is_still_the_header() {
        assert_eq!(header_of("Adres\nada@q.com\n").unwrap().0, ["Adres"]);
        assert_eq!(header_of("Staff\n").unwrap().0, ["Staff"]);
        assert_eq!(header_of("email\nada@q.com").unwrap().0, ["email"]);
    }

    #[test]
    fn the_error_about_a_missing_header_proposes_columns() {
        match header_of("ada@q.com, Password, 10\n").unwrap_err().kind {
            InputErrorKind::NoHeader { columns } => assert_eq!(columns, "email,-,-"),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_title_is_distinguished_from_an_unknown_header() {
        assert_eq!(header_of("Staff,,\nOrt,Platz,Nr\nBonn,x,1").unwrap().0, ["Ort", "Platz", "Nr"]);
        assert_eq!(header_of("Adres\nx,ada@q.com\n").unwrap().0, ["Adres"]);
        let error = header_of("Ada <ada@q.com>,secret\n").unwrap_err();
        assert!(matches!(error.kind, InputErrorKind::NoHeader { columns } if columns == "email,-"));
    }
}
