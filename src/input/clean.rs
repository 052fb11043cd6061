//! Marks that other programs put around cells, removed in one place for every field: `="00123"` and
//! `'00123` keep a spreadsheet from reading a text as a number, an apostrophe keeps a text from running as
//! a formula, `;;` is left by a program with another delimiter, `123.0` is how databases write 123, and
//! copied text contains invisible characters.

use std::borrow::Cow;

use ::csv::ByteRecord;

use super::RowWarning;
use super::cells::bare_address;
use super::columns::{Field, Mapping};
use super::words::bytes_among;
use crate::domain::email::EmailAddress;

/// The first bytes, in UTF-8, of the characters of [`is_unseen`].
const UNSEEN_STARTS: [bool; 256] = bytes_among(&[0xc2, 0xd8, 0xe2, 0xef]);

/// Delimiters that a program may have left at the end of rows that are separated by another one.
const PADDING: [char; 3] = [',', ';', '|'];

/// Names: a soft hyphen or a zero-width space inside has no meaning there. In an address it could replace
/// anything.
const NAMES: [Field; 4] =
    [Field::FirstName, Field::MiddleName, Field::LastName, Field::DisplayName];

/// A row without the marks of other programs.
#[derive(Debug)]
pub(super) struct Cleaned {
    /// Its cells; those of passwords are blank.
    pub(super) record: ByteRecord,
    /// Marks that may have been a part of their cell.
    pub(super) warnings: Vec<RowWarning>,
}

/// Properties of a list that decide which marks are removed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    /// The list's own delimiter; `None` in a spreadsheet.
    pub(super) delimiter: Option<u8>,
    /// The delimiter at the end of the header, which is not the list's own: every row has it then.
    pub(super) padding: Option<char>,
}

impl Marks {
    /// Examines the last cell of a header.
    pub(super) fn of_header(cells: &[String], delimiter: Option<u8>) -> Self {
        let marks = Self { delimiter, padding: None };
        let padding = cells.last().and_then(|cell| cell.chars().next_back());
        Self { padding: padding.filter(|c| marks.pads(*c)), ..marks }
    }

    fn pads(self, c: char) -> bool {
        self.delimiter.is_some_and(|own| char::from(own) != c) && PADDING.contains(&c)
    }

    /// The cells of a header without their marks.
    pub(super) fn clean_header(self, cells: &mut [String]) {
        let last = cells.len().saturating_sub(1);
        for (at, cell) in cells.iter_mut().enumerate() {
            let bare = bare(cell);
            let bare = match self.padding.filter(|_| at == last) {
                Some(c) => bare.trim_end_matches(c).trim_end().to_owned(),
                None => bare.into_owned(),
            };
            *cell = bare;
        }
    }

    /// Whether `record` may have marks: examines only the ends of its cells.
    fn may_have(self, record: &ByteRecord, mapping: &Mapping) -> bool {
        let may_be_unseen = |byte: &u8| UNSEEN_STARTS[usize::from(*byte)];
        let starts_oddly = |cell: &[u8]| match cell.first() {
            Some(b'\'' | b'=') => true,
            Some(first) => {
                first.is_ascii_whitespace() && memchr::memchr2(b'\'', b'=', cell).is_some()
            }
            None => false,
        };
        let all = record.as_slice();
        let ends_oddly = || all.trim_ascii_end().last().is_some_and(|c| self.pads(char::from(*c)));
        let id = mapping.column(Field::Id).and_then(|at| record.get(at));
        record.iter().any(starts_oddly)
            || ends_oddly()
            || id.is_some_and(|id| memchr::memchr2(b'.', b',', id).is_some())
            || !all.is_ascii() && all.iter().any(may_be_unseen)
    }

    /// `record` without marks; `None` where it has none, as almost every row.
    pub(super) fn clean(self, record: &ByteRecord, mapping: &Mapping) -> Option<Cleaned> {
        if !self.may_have(record, mapping) {
            return None;
        }
        let mut cleaner =
            Cleaner { marks: self, mapping, record, is_guarded: false, warnings: Vec::new() };
        cleaner.find_guard();
        let cells: Vec<Cow<'_, [u8]>> = (0..record.len()).map(|at| cleaner.cell(at)).collect();
        let is_changed = cells.iter().any(|cell| matches!(cell, Cow::Owned(_)));
        is_changed.then(|| {
            let mut clean = ByteRecord::new();
            for (at, cell) in cells.iter().enumerate() {
                clean.push_field(if mapping.is_secret(at) { b"" } else { cell });
            }
            Cleaned { record: clean, warnings: cleaner.warnings }
        })
    }
}

struct Cleaner<'a> {
    marks: Marks,
    mapping: &'a Mapping,
    record: &'a ByteRecord,
    /// Whether an address of the row starts with an apostrophe: then the program that wrote the list put
    /// one before every text.
    is_guarded: bool,
    warnings: Vec<RowWarning>,
}

impl<'a> Cleaner<'a> {
    /// Looks for an address that starts with an apostrophe.
    fn find_guard(&mut self) {
        let email = self.mapping.column(Field::Email);
        let columns = email.iter().chain(self.mapping.fallbacks());
        let has_domain = self.mapping.column(Field::Domain).is_some();
        let guarded = columns.copied().find_map(|at| {
            let text = self.text(at)?;
            let rest = text.strip_prefix('\'')?;
            let is_local_part = has_domain && !rest.is_empty() && !rest.contains(['@', '\'']);
            let is_address = EmailAddress::try_from(bare_address(rest)).is_ok();
            (is_address || is_local_part).then(|| (at, text.to_owned()))
        });
        if let Some((at, text)) = guarded {
            let word = self.mapping.quoting().text(&text);
            self.warnings.push(RowWarning::Apostrophe { column: self.header(at), word });
            self.is_guarded = true;
        }
    }

    /// The cell at `at`; borrowed where it is unchanged.
    fn cell(&mut self, at: usize) -> Cow<'a, [u8]> {
        let raw = self.record.get(at).unwrap_or_default();
        let Some(text) = self.text(at).filter(|_| !self.mapping.is_secret(at)) else {
            return Cow::Borrowed(raw);
        };
        let mut clean = bare(text);
        if let Some(rest) = clean.strip_prefix('\'') {
            let is_guard = rest.starts_with(|c: char| "=+-@".contains(c) || c.is_ascii_digit());
            if self.is_guarded || is_guard {
                clean = Cow::Owned(rest.to_owned());
            }
        }
        if at + 1 == self.record.len() && clean.ends_with(|c| self.marks.pads(c)) {
            self.without_padding(at, &mut clean);
        }
        if NAMES.iter().any(|name| self.mapping.column(*name) == Some(at))
            && clean.contains(is_soft)
        {
            let word = self.mapping.quoting().text(&clean);
            self.warnings.push(RowWarning::Unseen { column: self.header(at), word });
            clean = Cow::Owned(clean.chars().filter(|c| !is_soft(*c)).collect());
        }
        if Some(at) == self.mapping.column(Field::Id)
            && let Some(whole) = whole_number(&clean)
        {
            clean = Cow::Owned(whole.to_owned());
        }
        // white space at the ends is removed where the cell is read
        if *clean == *text.trim() {
            Cow::Borrowed(raw)
        } else {
            Cow::Owned(clean.into_owned().into_bytes())
        }
    }

    fn without_padding(&mut self, at: usize, clean: &mut Cow<'a, str>) {
        let Some(padding) = clean.chars().next_back() else {
            return;
        };
        let rest = clean.trim_end_matches(padding).trim_end().to_owned();
        let is_used = self.mapping.is_used(at);
        if self.marks.padding != Some(padding) && is_used && !rest.is_empty() {
            let word = self.mapping.quoting().text(clean);
            self.warnings.push(RowWarning::Padding { column: self.header(at), word, padding });
        }
        *clean = Cow::Owned(rest);
    }

    fn text(&self, at: usize) -> Option<&'a str> {
        std::str::from_utf8(self.record.get(at)?).ok()
    }

    fn header(&self, at: usize) -> String {
        self.mapping.header_at(at).to_owned()
    }
}

/// `text` without white space, invisible characters and `="…"` around it.
fn bare(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_unseen(c));
    let Some(inner) = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) else {
        return Cow::Borrowed(text);
    };
    // a quote inside is doubled: one that is not belongs to a formula, `="a"&"b"`
    let is_text = inner.split("\"\"").all(|part| !part.contains('"'));
    if is_text { Cow::Owned(inner.trim().replace("\"\"", "\"")) } else { Cow::Borrowed(text) }
}

/// Byte order marks, zero-width spaces and direction marks, with which text is copied from web pages
/// and address books. Those that reverse text (U+202D, U+202E) are not among them.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202c}'
            | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

/// Those that may be inside a word without changing it.
fn is_soft(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// The digits of `123.0`. Leading zeros stay: `007` and `7` are two ids.
fn whole_number(text: &str) -> Option<&str> {
    let (digits, zeros) = text.split_once(['.', ','])?;
    let is_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_zero = !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0');
    (is_digits && is_zero).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(headers: &[&str], cells: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
        let marks = Marks::of_header(&headers, Some(b','));
        marks.clean_header(&mut headers);
        let mapping = Mapping::of(&headers, &[]).unwrap();
        let record = ByteRecord::from(cells.to_vec());
        let Some(cleaned) = marks.clean(&record, &mapping) else {
            return (cells.iter().map(|cell| (*cell).to_owned()).collect(), Vec::new());
        };
        let text = |cell: &[u8]| String::from_utf8(cell.to_vec()).unwrap();
        let warnings = cleaned.warnings.iter().map(ToString::to_string).collect();
        (cleaned.record.iter().map(text).collect(), warnings)
    }

    #[test]
    fn marks_that_keep_a_text_from_being_a_number_are_removed() {
        let headers = ["id", "name", "email"];
        for (id, meant) in [
            ("=\"00123\"", "00123"),
            ("'00123", "00123"),
            ("123.0", "123"),
            ("123,00", "123"),
            ("\u{feff}123", "123"),
            ("'=\"123\"", "=\"123\""),
            ("007.0", "007"),
            ("123.50", "123.50"),
            ("1.2.0", "1.2.0"),
            ("E-1.0", "E-1.0"),
            ("'E-1", "'E-1"),
            ("=\"1\"&\"2\"", "=\"1\"&\"2\""),
        ] {
            let (cells, warnings) = clean(&headers, &[id, "Ada", "ada@q.com"]);
            assert_eq!((cells[0].as_str(), warnings.len()), (meant, 0), "{id}");
        }
        let (cells, _) = clean(&headers, &["1", "=\"Ada \"\"A\"\" L\"", "=\"ada@q.com\""]);
        assert_eq!(cells, ["1", "Ada \"A\" L", "ada@q.com"]);
    }

    #[test]
    fn an_apostrophe_before_an_address_means_one_before_every_text() {
        let headers = ["name", "email", "department"];
        let (cells, warnings) = clean(&headers, &["''t Hart", "'ada@q.com", "'-"]);
        assert_eq!(cells, ["'t Hart", "ada@q.com", "-"]);
        assert_eq!(warnings, ["`'ada@q.com` in `email` is read without its apostrophe"]);
        let beside_domain = ["email", "domain"];
        assert_eq!(clean(&beside_domain, &["'ada", "q.com"]).0, ["ada", "q.com"]);
        let (cells, warnings) = clean(&headers, &["'t Hart", "o'brien@q.com", "'+1"]);
        assert_eq!(cells, ["'t Hart", "o'brien@q.com", "+1"]);
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_foreign_delimiter_at_the_end_is_removed_and_reported_unless_the_header_has_it() {
        let row = ["ada@q.com", "Lovelace;;"];
        let (cells, warnings) = clean(&["email", "Last Name;;"], &row);
        assert_eq!((cells[1].as_str(), warnings.len()), ("Lovelace", 0));
        let (cells, warnings) = clean(&["email", "Last Name"], &row);
        assert_eq!(cells[1], "Lovelace");
        assert_eq!(warnings, ["`Lovelace;;` in `Last Name` is read without the `;` at its end"]);
        let (cells, warnings) = clean(&["email", "Shoe size"], &row);
        assert_eq!((cells[1].as_str(), warnings.len()), ("Lovelace", 0));
        // its own delimiter was in quotes
        assert_eq!(clean(&["email", "Last Name"], &["a@q.com", "Lee,"]).0[1], "Lee,");
        assert_eq!(clean(&["Last Name", "email"], &["Lee;", "a@q.com"]).0[0], "Lee;");
    }

    #[test]
    fn invisible_characters_are_removed_at_the_ends_only() {
        let row = ["\u{feff}ada@q.com", "\u{202a}Ada\u{202c}\u{200b} "];
        assert_eq!(clean(&["email", "name"], &row).0, ["ada@q.com", "Ada"]);
        let row = ["a\u{200b}da@q.com", "\u{202e}Ada"];
        assert_eq!(clean(&["email", "name"], &row).0, row);
        let (cells, warnings) = clean(&["email", "name"], &["ada@q.com", "Mar\u{ad}kus \u{200e}B"]);
        assert_eq!(cells[1], "Markus B");
        assert_eq!(
            warnings,
            ["`Mar\\u{ad}kus \\u{200e}B` in `name` holds an invisible character, which is removed"]
        );
    }

    #[test]
    fn a_password_is_not_copied() {
        let headers = ["email", "password", "name"];
        let (cells, warnings) = clean(&headers, &["'ada@q.com", "'hunter2;", "Ada;"]);
        assert_eq!(cells, ["ada@q.com", "", "Ada"]);
        assert!(warnings.iter().all(|warning| warning.starts_with("a word in")), "{warnings:?}");
    }
}
