//! Which column holds what. The wrong column would send one person's settings to another, so only
//! whole, known headers count, and the mapping is shown before anything is written.

use std::borrow::Cow;
use std::fmt;

use ::csv::ByteRecord;

mod error;
mod field;
mod find;
mod header;
mod vocabulary;

pub use error::ColumnError;
pub(crate) use error::few;
pub use field::{ColumnList, Field, FieldError, Map, Place, Target};

use super::quoting::Quoting;
use crate::diagnostic::Shown;
use crate::domain::setting::SettingKey;
use header::Header;

pub(super) use header::fold;
pub(super) use vocabulary::{VOCABULARY, holds};

/// The columns of one list and their fields.
#[derive(Clone, Debug)]
pub struct Mapping {
    headers: Vec<Header>,
    /// What each column is for, in the order of the list.
    meanings: Vec<Meaning>,
    /// The first column of each field.
    columns: [Option<usize>; Field::ALL.len()],
    /// Columns that replace a blank address.
    fallbacks: Vec<usize>,
    /// Columns with the status of a person.
    statuses: Vec<StatusColumn>,
    /// Settings of single rows.
    settings: Vec<(SettingKey, usize)>,
    /// Columns of passwords.
    secrets: Vec<usize>,
    has_no_header: bool,
}

/// How certain a header of addresses must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sure {
    /// `Work email`, `UPN`.
    Yes,
    /// `User` and `Account` as well, which occur in rows too.
    No,
}

/// What "yes" means in a column with the status of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum YesMeans {
    /// `Active`.
    Here,
    /// `Block sign in`.
    Gone,
}

/// A column with the status of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StatusColumn {
    pub(super) at: usize,
    pub(super) yes: YesMeans,
}

/// What a column is for, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// `--map` or `--columns` gives it.
    ByHand(Target),
    /// Its header is known.
    Known(Target),
    /// Its header is known and means the opposite of the field: `Block sign in`.
    Inverted(Field),
    /// Used where another column is blank or missing.
    Fallback(Field),
    /// Used because there is no better column.
    LastResort(Field),
    /// Another column of the same field has priority.
    Outranked(Field),
    /// Similar to the field, but of another person or thing.
    Denied(Field),
    /// Perhaps the login of another system.
    Informational(Field),
    /// Its header is unknown.
    Unknown,
}

impl Meaning {
    /// What the column is used for; `None` where it is not used.
    pub fn target(self) -> Option<Target> {
        match self {
            Self::ByHand(target) | Self::Known(target) => Some(target),
            Self::Inverted(field) | Self::Fallback(field) | Self::LastResort(field) => {
                Some(Target::Field(field))
            }
            Self::Outranked(_) | Self::Denied(_) | Self::Informational(_) | Self::Unknown => None,
        }
    }
}

impl fmt::Display for Meaning {
    /// The rule, for `--explain-columns`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByHand(_) => f.write_str("given by --map or --columns"),
            Self::Known(_) => f.write_str("known header"),
            Self::Inverted(_) => f.write_str("known header, inverted: yes means gone"),
            Self::Fallback(_) => f.write_str("used where the other is blank or missing"),
            Self::LastResort(_) => f.write_str("there is no better column; cells need an `@`"),
            Self::Outranked(field) => write!(f, "another column has priority as {}", field.id()),
            Self::Denied(field) => {
                write!(f, "never {}: it is of another person or thing", field.id())
            }
            Self::Informational(field) => {
                write!(f, "perhaps the {} of another system", field.id())
            }
            Self::Unknown => f.write_str("unknown header"),
        }
    }
}

/// A column for `--explain-columns`.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Its number, from 1.
    pub(crate) number: usize,
    /// Its header as the list writes it.
    pub header: &'a str,
    /// What it is for.
    pub meaning: Meaning,
    /// Whether its cells are never repeated.
    pub is_secret: bool,
}

impl Mapping {
    /// Maps `headers`. Columns in `maps` have priority.
    pub fn of(headers: &[String], maps: &[Map]) -> Result<Self, ColumnError> {
        find::mapping(headers, maps)
    }

    /// The mapping of a list without a header.
    pub(crate) fn listed(list: &ColumnList) -> Result<Self, ColumnError> {
        let headers: Vec<String> =
            (1..=list.0.len()).map(|number| format!("column {number}")).collect();
        let maps: Vec<Map> = headers
            .iter()
            .zip(&list.0)
            .filter_map(|(header, target)| {
                Some(Map { target: (*target)?, place: Place::Header(header.clone()) })
            })
            .collect();
        let mapping = find::mapping(&headers, &maps)?;
        // a column without a target may hold passwords
        let unnamed = list.0.iter().enumerate().filter(|(_, target)| target.is_none());
        let mut secrets = mapping.secrets.clone();
        secrets.extend(unnamed.map(|(at, _)| at));
        Ok(Self { has_no_header: true, secrets, ..mapping })
    }

    /// Whether `map` names one of `headers`.
    pub(super) fn has_column(headers: &[String], map: &Map) -> bool {
        find::has_column(headers, map)
    }

    /// Whether `record`, the first below this header, is a header too: it has no address, and outside the
    /// address column a certain header of addresses, or its cells are mostly known headers.
    pub(super) fn is_header_too(&self, record: &ByteRecord) -> bool {
        if record.as_slice().contains(&b'@') {
            return false;
        }
        let email = self.column(Field::Email);
        let headers: Vec<(usize, Header)> = record
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.trim_ascii().is_empty() && cell.len() < 100)
            .filter_map(|(at, cell)| Some((at, Header::new(std::str::from_utf8(cell).ok()?))))
            .take(64)
            .collect();
        let is_sure = |header: &Header| find::is_address(header, Sure::Yes);
        let known = headers.iter().filter(|(_, header)| find::is_known(header)).count();
        let elsewhere = headers.iter().any(|(at, header)| is_sure(header) && Some(*at) != email);
        // words of headers occur in rows too: `Active`, `Service`, `Team`
        let mostly = known > 1 && 2 * known > headers.len();
        elsewhere || mostly && headers.iter().any(|(_, header)| is_sure(header))
    }

    /// Whether any header of `headers` is one of addresses.
    pub(super) fn knows_an_address(headers: &[String], sure: Sure) -> bool {
        headers.iter().any(|header| find::is_address(&Header::new(header), sure))
    }

    /// How many of `headers` are known.
    pub(super) fn count_known(headers: &[String]) -> usize {
        headers.iter().filter(|header| find::is_known(&Header::new(header))).count()
    }

    /// The number of cells a whole row has.
    pub fn width(&self) -> usize {
        self.headers.len()
    }

    /// The position of `field`'s first column, from 0.
    pub fn column(&self, field: Field) -> Option<usize> {
        self.columns[field as usize]
    }

    /// The column of the address that the directory has. Beside user names of the directory, the column of the
    /// mailbox is one of the same export, unless the user chose it.
    pub(super) fn directory_email(&self) -> Option<usize> {
        let own = self.column(Field::DirectoryEmail);
        own.or_else(|| {
            let names = [Field::Upn, Field::DirectoryUser].map(|field| self.column(field));
            let email = self.column(Field::Email)?;
            let is_known = matches!(self.meanings[email], Meaning::Known(_));
            (is_known && names.iter().any(Option::is_some)).then_some(email)
        })
    }

    /// The header of `field`'s column as the list writes it.
    pub fn header_of(&self, field: Field) -> Option<&str> {
        self.column(field).map(|at| self.header_at(at))
    }

    /// The header of the column at `at`, from 0.
    pub(super) fn header_at(&self, at: usize) -> &str {
        self.headers.get(at).map_or("", |header| header.text.as_str())
    }

    /// Every header as the list writes it.
    pub(super) fn headers(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().map(|header| header.text.as_str())
    }

    /// Every header for a copy of the list; in a list without header the field's name.
    pub fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.headers.iter().zip(&self.meanings).map(|(header, meaning)| match meaning {
            Meaning::ByHand(target) if self.has_no_header => Cow::Owned(target.to_string()),
            _ => Cow::Borrowed(header.text.as_str()),
        })
    }

    /// Whether there is an unknown column.
    pub(super) fn has_unknown(&self) -> bool {
        self.meanings.contains(&Meaning::Unknown)
    }

    /// Whether the list has a column of passwords.
    pub(super) fn has_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// Whether messages may repeat cells of the list.
    pub(crate) fn quoting(&self) -> Quoting {
        if self.has_secrets() { Quoting::Forbidden } else { Quoting::Allowed }
    }

    /// Columns of passwords that are known as such.
    pub(crate) fn passwords(&self) -> impl Iterator<Item = &str> {
        self.explain().filter(|column| column.is_secret).map(|column| column.header)
    }

    /// Login columns of some other system: shown, not used.
    pub fn informational(&self) -> impl Iterator<Item = &str> {
        self.explain()
            .filter(|column| matches!(column.meaning, Meaning::Informational(_)))
            .map(|column| column.header)
    }

    /// Whether the column at `at` is used for anything.
    pub(super) fn is_used(&self, at: usize) -> bool {
        self.meanings.get(at).is_some_and(|meaning| meaning.target().is_some())
    }

    /// Whether the column at `at` holds secrets.
    pub(super) fn is_secret(&self, at: usize) -> bool {
        self.secrets.contains(&at)
    }

    /// Headers of columns that are not used for anything, passwords left out. None where the list has
    /// no header: `column 3` would not help.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &str> {
        let named = !self.has_no_header;
        self.explain()
            .filter(move |column| named && column.meaning.target().is_none() && !column.is_secret)
            .map(|column| column.header)
            .filter(|header| !header.is_empty())
    }

    /// Whether addresses are from a column of user names.
    pub(crate) fn email_is_last_resort(&self) -> bool {
        self.column(Field::Email)
            .is_some_and(|at| matches!(self.meanings[at], Meaning::LastResort(_)))
    }

    pub(super) fn fallbacks(&self) -> &[usize] {
        &self.fallbacks
    }

    pub(super) fn statuses(&self) -> &[StatusColumn] {
        &self.statuses
    }

    pub(super) fn settings(&self) -> &[(SettingKey, usize)] {
        &self.settings
    }

    /// Every column in the order of the list.
    pub fn explain(&self) -> impl Iterator<Item = Column<'_>> {
        self.headers.iter().zip(&self.meanings).zip(1..).map(|((header, meaning), number)| Column {
            number,
            header: &header.text,
            meaning: *meaning,
            is_secret: header.looks_secret()
                || matches!(meaning.target(), Some(Target::Field(field)) if field.is_secret()),
        })
    }
}

impl fmt::Display for Mapping {
    /// ``email from `mail` or else `UPN`, last_name from `Name` ``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.settings.iter().map(|(key, _)| Target::Setting(*key));
        let mut separator = "";
        for target in Field::ALL.into_iter().map(Target::Field).chain(settings) {
            let columns = self.explain().filter(|column| column.meaning.target() == Some(target));
            // fallbacks follow the column they back up
            let (fallbacks, mut columns): (Vec<_>, Vec<_>) =
                columns.partition(|column| matches!(column.meaning, Meaning::Fallback(_)));
            columns.extend(fallbacks);
            for (at, column) in columns.iter().enumerate() {
                match (at, column.meaning) {
                    (0, _) => write!(f, "{separator}{target} from")?,
                    (_, Meaning::Fallback(_)) => f.write_str(" or else")?,
                    _ => f.write_str(" and")?,
                }
                separator = ", ";
                write!(f, " `{}`", Shown(column.header))?;
                let inverted = |status: &StatusColumn| {
                    status.yes == YesMeans::Gone && status.at + 1 == column.number
                };
                if self.statuses.iter().any(inverted) {
                    f.write_str(" (inverted)")?;
                }
            }
        }
        Ok(())
    }
}
