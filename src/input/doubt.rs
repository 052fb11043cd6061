//! What is odd about a row and no reason to refuse it: told with its line, so that somebody looks.

use std::fmt;

use ::csv::ByteRecord;

use super::columns::{Field, Mapping};
use super::{Shape, mojibake};
use crate::diagnostic::{Diagnostic, Grouped, Shown, Weight};
use crate::domain::language::Language;

/// One thing that is odd about a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// The row begins like a comment.
    Comment,
    /// The address column is blank, and another one stood in.
    StandIn {
        /// The header of the column that was taken.
        column: String,
    },
    /// UTF-8 that was read as another encoding and saved again: `Ã¼`.
    Mojibake {
        /// The column.
        column: String,
        /// The word; absent where it must not be repeated.
        word: Option<String>,
    },
    /// Letters that the exporting program could not write: `M?ller`.
    LostLetter {
        /// The column.
        column: String,
        /// The word; absent where it must not be repeated.
        word: Option<String>,
    },
    /// U+FFFD.
    Replacement {
        /// The column.
        column: String,
    },
    /// An apostrophe in front of an address, with which a program guards every text.
    Apostrophe {
        /// The column.
        column: String,
        /// The cell; absent where it must not be repeated.
        word: Option<String>,
    },
    /// Another program's delimiters at the end of the row: `Lovelace;;`.
    Padding {
        /// The column.
        column: String,
        /// The cell; absent where it must not be repeated.
        word: Option<String>,
        /// The delimiter.
        padding: char,
    },
    /// Soft hyphens, zero-width spaces or direction marks inside a name.
    Unseen {
        /// The column.
        column: String,
        /// The cell; absent where it must not be repeated.
        word: Option<String>,
    },
    /// Lines with an address in them, inside one cell.
    SwallowedLines {
        /// How many lines the row takes.
        lines: u64,
    },
    /// A day of leaving that is to come.
    LeavesLater {
        /// The column.
        column: String,
        /// Its cell; absent where it must not be repeated.
        value: Option<String>,
    },
    /// A day of leaving that is past or to come, by how it is read.
    UnclearDay {
        /// The column.
        column: String,
        /// Its cell; absent where it must not be repeated.
        value: Option<String>,
    },
    /// A word that says neither that the person is here nor that they are gone.
    UnknownStatus {
        /// The column.
        column: String,
        /// Its cell; absent where it must not be repeated.
        value: Option<String>,
    },
    /// A language that the sheet is not written in.
    UnknownLanguage {
        /// The column.
        column: String,
        /// Its cell; absent where it must not be repeated.
        value: Option<String>,
    },
}

impl Doubt {
    /// A stable name for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::StandIn { .. } => "stand-in-address",
            Self::Mojibake { .. } => "mojibake",
            Self::LostLetter { .. } => "lost-letter",
            Self::Replacement { .. } => "replacement-character",
            Self::Apostrophe { .. } => "guarding-apostrophe",
            Self::Padding { .. } => "trailing-delimiter",
            Self::Unseen { .. } => "invisible-character",
            Self::SwallowedLines { .. } => "swallowed-lines",
            Self::LeavesLater { .. } => "leaves-later",
            Self::UnclearDay { .. } => "unclear-day",
            Self::UnknownStatus { .. } => "unknown-status",
            Self::UnknownLanguage { .. } => "unknown-language",
        }
    }

    /// Important is what decides who gets settings.
    pub(crate) fn weight(&self) -> Weight {
        match self {
            Self::StandIn { .. }
            | Self::SwallowedLines { .. }
            | Self::LeavesLater { .. }
            | Self::UnclearDay { .. }
            | Self::UnknownStatus { .. } => Weight::Important,
            Self::Apostrophe { .. }
            | Self::Comment
            | Self::LostLetter { .. }
            | Self::Mojibake { .. }
            | Self::Padding { .. }
            | Self::Replacement { .. }
            | Self::Unseen { .. }
            | Self::UnknownLanguage { .. } => Weight::Warning,
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment => f.write_str("the row begins with `#` and is read like any other"),
            Self::StandIn { column } => write!(f, "the address comes from `{}`", Shown(column)),
            Self::Mojibake { column, word } => {
                write!(f, "{} was saved in the wrong encoding", Word(column, word.as_deref()))
            }
            Self::LostLetter { column, word } => {
                write!(f, "{} has lost a letter", Word(column, word.as_deref()))
            }
            Self::Replacement { column } => {
                write!(f, "{} has lost a letter (U+FFFD)", Word(column, None))
            }
            Self::Apostrophe { column, word } => {
                write!(f, "{} is read without its apostrophe", Word(column, word.as_deref()))
            }
            Self::Padding { column, word, padding } => write!(
                f,
                "{} is read without the `{padding}` at its end",
                Word(column, word.as_deref())
            ),
            Self::Unseen { column, word } => write!(
                f,
                "{} holds a character that nobody sees, which is left out",
                Word(column, word.as_deref())
            ),
            Self::SwallowedLines { lines } => write!(
                f,
                "one cell holds what may be another row; this one runs over {} lines",
                Grouped(*lines)
            ),
            Self::LeavesLater { column, value } => write!(
                f,
                "{} is in the future: the person is still here",
                Word(column, value.as_deref())
            ),
            Self::UnclearDay { column, value } => write!(
                f,
                "{} may be past or in the future; the person counts as still here",
                Word(column, value.as_deref())
            ),
            Self::UnknownStatus { column, value } => write!(
                f,
                "{} is taken for somebody who is still here",
                Word(column, value.as_deref())
            ),
            Self::UnknownLanguage { column, value } => write!(
                f,
                "{} is not a language of the sheet; the default is used",
                Word(column, value.as_deref())
            ),
        }
    }
}

/// A word of a column.
struct Word<'a>(&'a str, Option<&'a str>);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(word) => write!(f, "`{}` in `{}`", Shown(word), Shown(self.0)),
            None => write!(f, "a word in `{}`", Shown(self.0)),
        }
    }
}

impl std::error::Error for Doubt {}

impl Diagnostic for Doubt {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Comment => "if it is a comment, say --comment '#'",
                Self::StandIn { .. } => {
                    "make sure that it is the mailbox; --map 'email=...' takes one column only"
                }
                Self::Mojibake { .. } | Self::Replacement { .. } => {
                    "export the list again as UTF-8; in Excel: File > Save As > `CSV UTF-8 (Comma delimited)`"
                }
                Self::LostLetter { .. } => {
                    "export the list again with its letters; in Windows PowerShell: Export-Csv -Encoding UTF8"
                }
                Self::Apostrophe { .. } | Self::Padding { .. } => {
                    "if that is right, nothing needs to be done; else correct the cell"
                }
                Self::Unseen { .. } => "type the cell again by hand: it was probably pasted",
                Self::SwallowedLines { .. } => {
                    "look for a quote that is opened in this row and closed in a later one"
                }
                Self::LeavesLater { .. } => "run again after that day: the person is skipped then",
                Self::UnclearDay { .. } => "write the day as 2026-01-31, or delete the row",
                Self::UnknownStatus { .. } => {
                    "delete the rows of people who are gone, or write `inactive` there; --map status=- looks away"
                }
                Self::UnknownLanguage { .. } => {
                    let known: Vec<&str> = Language::tags().collect();
                    return Some(format!(
                        "there are {}; --language sets the default, --map language=- ignores the column",
                        known.join(", ")
                    ));
                }
            }
            .to_owned(),
        )
    }
}

/// Columns whose letters people see.
pub(super) const SEEN: [Field; 7] = [
    Field::FirstName,
    Field::MiddleName,
    Field::LastName,
    Field::DisplayName,
    Field::Client,
    Field::Group,
    Field::Department,
];

/// Adds what is odd about how `record` was saved to `doubts`. One word is repeated at most, and none
/// in a list of passwords: in a row whose cells have moved it may be one.
pub(super) fn look(record: &ByteRecord, mapping: &Mapping, shape: Shape, doubts: &mut Vec<Doubt>) {
    let all = record.as_slice();
    if shape.lines > 1 && record.iter().any(|cell| has_rows(cell, mapping.width(), shape)) {
        doubts.push(Doubt::SwallowedLines { lines: shape.lines });
    }
    if all.first() == Some(&b'#') {
        doubts.push(Doubt::Comment);
    }
    // most rows are done here: they are plain ASCII without a question mark
    if all.is_ascii() && memchr::memchr(b'?', all).is_none() {
        return;
    }
    for field in SEEN {
        let Some(at) = mapping.column(field) else {
            continue;
        };
        let Ok(text) = std::str::from_utf8(record.get(at).unwrap_or_default()) else {
            continue;
        };
        let column = || mapping.header_at(at).to_owned();
        let shown = |word: &str| mapping.quoting().text(word);
        if text.contains('\u{fffd}') {
            doubts.push(Doubt::Replacement { column: column() });
            return;
        }
        if let Some(word) = mojibake::find(text) {
            doubts.push(Doubt::Mojibake { column: column(), word: shown(word) });
            return;
        }
        for word in text.split_whitespace().filter(|word| word.len() <= 80) {
            if has_lost_letter(word, field.into()) {
                doubts.push(Doubt::LostLetter { column: column(), word: shown(word) });
                return;
            }
        }
    }
}

/// Whether one of the further lines of a cell looks like a row: with an address, or with as many
/// delimiters as a row has.
fn has_rows(cell: &[u8], width: usize, shape: Shape) -> bool {
    let further = cell.split(|byte| matches!(byte, b'\n' | b'\r')).skip(1);
    let delimiter = shape.delimiter.unwrap_or(b',');
    let most = width.saturating_sub(2).max(1);
    further
        .into_iter()
        .any(|line| line.contains(&b'@') || memchr::memchr_iter(delimiter, line).count() >= most)
}

/// Whether a `?` stands in `word` for a letter: `M?ller`, `?zge`, `????`; in a column of `names` at the
/// end of a word, too: `Andr?`.
fn has_lost_letter(word: &str, is_name: IsName) -> bool {
    if word.len() > 1 && word.bytes().all(|byte| byte == b'?') {
        return true;
    }
    let mut before = None;
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let is_behind_letter = before.is_none_or(char::is_alphabetic);
        if c == '?' && is_behind_letter && next.is_some_and(char::is_lowercase) {
            return true;
        }
        if c == '?' && next.is_none() && is_name == IsName::OnePart {
            return before.is_some_and(char::is_lowercase);
        }
        before = Some(c);
    }
    false
}

/// Whether a column holds one part of a name, which asks nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IsName {
    OnePart,
    Perhaps,
}

impl From<Field> for IsName {
    fn from(field: Field) -> Self {
        match field {
            Field::FirstName | Field::MiddleName | Field::LastName => Self::OnePart,
            _ => Self::Perhaps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubts(headers: &[&str], cells: &[&str]) -> Vec<String> {
        let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
        let mapping = Mapping::of(&headers, &[]).unwrap();
        let lines = cells.join("").matches('\n').count() as u64 + 1;
        let mut doubts = Vec::new();
        let shape = Shape { lines, ..Shape::default() };
        look(&ByteRecord::from(cells.to_vec()), &mapping, shape, &mut doubts);
        doubts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn broken_letters_are_told_from_sound_ones() {
        let name = |word| doubts(&["email", "name"], &["a@q.com", word]);
        for word in ["MÃ¼ller", "SeÃ±or", "GarcÃ\u{ad}a", "Oâ€™Brien", "Å\u{81}ukasz"] {
            let told = format!("`{}` in `name` was saved in the wrong encoding", Shown(word));
            assert_eq!(name(word), [told]);
        }
        for word in ["Müller", "São", "ÂNGELA", "Ärger", "Łukasz", "O’Brien", "Äpfel"] {
            assert_eq!(name(word), [""; 0], "{word}");
        }
        for word in ["M?ller", "?zge", "????"] {
            assert_eq!(name(word), [format!("`{word}` in `name` has lost a letter")]);
        }
        let first = |word| doubts(&["email", "first name"], &["a@q.com", word]);
        assert_eq!(first("Andr?"), ["`Andr?` in `first name` has lost a letter"]);
        assert_eq!(name("M\u{fffd}ller"), ["a word in `name` has lost a letter (U+FFFD)"]);
        for word in ["who?", "? a", "5?6", "x?Y", "?"] {
            assert_eq!(name(word), [""; 0], "{word}");
        }
    }

    #[test]
    fn no_word_is_repeated_from_a_list_of_passwords() {
        let headers = ["email", "name", "password"];
        assert_eq!(doubts(&headers, &["a@q.com", "Ada", "hun?er"]), [""; 0]);
        assert_eq!(
            doubts(&headers, &["a@q.com", "hun?er", "x"]),
            ["a word in `name` has lost a letter"]
        );
    }

    #[test]
    fn lines_with_an_address_inside_a_cell_are_told() {
        assert_eq!(doubts(&["email", "note"], &["a@q.com", "x\nb@q.com,y"]).len(), 1);
        assert_eq!(doubts(&["email", "note"], &["a@q.com", "x\ny"]).len(), 0);
        let headers = ["email", "name", "note", "city"];
        assert_eq!(doubts(&headers, &["a@q.com", "A", "x\nbob,Bob,y", "z"]).len(), 1);
        assert_eq!(doubts(&headers, &["a@q.com", "A", "12 Main St,\nTown", "z"]).len(), 0);
    }
}
