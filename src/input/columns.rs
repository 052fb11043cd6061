//! Which column holds what. The wrong column would send one person's settings to another, so only
//! whole, known headers count, and the mapping is shown before anything is written.

use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::diagnostic::{Diagnostic, Listed, Shown, nearest};

/// What a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The mailbox: the one field every list must have.
    Email,
    /// The given name.
    FirstName,
    /// The family name.
    LastName,
    /// The whole name.
    DisplayName,
    /// The user name for the mail server, where it is not the provider's default.
    Login,
    /// The mailbox's password. Never read.
    Password,
    /// A stable key from the admin's own system.
    Id,
}

impl Field {
    /// Every field, in the order the mapping is shown.
    pub const ALL: [Self; 7] = [
        Self::Email,
        Self::FirstName,
        Self::LastName,
        Self::DisplayName,
        Self::Login,
        Self::Password,
        Self::Id,
    ];

    /// The name in `--map` and in the mapping.
    pub fn id(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::DisplayName => "display_name",
            Self::Login => "login",
            Self::Password => "password",
            Self::Id => "id",
        }
    }

    fn aliases(self) -> &'static Aliases {
        match self {
            Self::Email => &ALIASES.email,
            Self::FirstName => &ALIASES.first_name,
            Self::LastName => &ALIASES.last_name,
            Self::DisplayName => &ALIASES.display_name,
            Self::Login => &ALIASES.login,
            Self::Password => &ALIASES.password,
            Self::Id => &ALIASES.id,
        }
    }
}

/// A column named by hand: `--map email=Address`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    /// The field.
    pub field: Field,
    /// The header as it was typed.
    pub header: String,
}

impl std::str::FromStr for Map {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (field, header) =
            text.split_once('=').ok_or("write it as field=Header, for example email=Address")?;
        let ids = Field::ALL.map(Field::id);
        let field = Field::ALL.into_iter().find(|f| f.id() == field.trim()).ok_or_else(|| {
            format!("there is no field `{}`; there are {}", Shown(field), Listed(&ids))
        })?;
        Ok(Self { field, header: header.trim().to_owned() })
    }
}

/// The header of one list, understood.
#[derive(Clone, Debug)]
pub struct Mapping {
    headers: Vec<String>,
    columns: [Option<usize>; Field::ALL.len()],
    informational: Vec<usize>,
}

impl Mapping {
    /// Maps `headers`. Columns named by hand in `maps` come first.
    pub fn of(headers: &[String], maps: &[Map]) -> Result<Self, ColumnError> {
        let folded: Vec<String> = headers.iter().map(|header| fold(header)).collect();
        let mut columns = [None; Field::ALL.len()];
        for (slot, field) in columns.iter_mut().zip(Field::ALL) {
            *slot = match maps.iter().find(|map| map.field == field) {
                Some(map) => Some(by_hand(map, headers, &folded)?),
                None => by_alias(field, headers, &folded)?,
            };
        }
        let informational = (0..folded.len())
            .filter(|at| !columns.contains(&Some(*at)))
            .filter(|at| ALIASES.login.informational.contains(&folded[*at]))
            .collect();
        for map in maps.iter().filter(|map| map.field != Field::Password) {
            let at = columns[map.field as usize];
            if at.is_some_and(|at| Field::Password.aliases().aliases.contains(&folded[at])) {
                return Err(ColumnError::MapToPassword { map: map.clone() });
            }
        }
        let mapping = Self { headers: headers.to_vec(), columns, informational };
        if mapping.column(Field::Email).is_none() {
            return Err(ColumnError::NoEmail { headers: headers.to_vec() });
        }
        Ok(mapping)
    }

    /// The number of cells a whole row has.
    pub fn width(&self) -> usize {
        self.headers.len()
    }

    /// The position of `field`'s column, from 0.
    pub fn column(&self, field: Field) -> Option<usize> {
        self.columns[field as usize]
    }

    /// The header of `field`'s column as the list writes it.
    pub fn header_of(&self, field: Field) -> Option<&str> {
        self.column(field).map(|at| self.headers[at].as_str())
    }

    /// Whether the list has a column of passwords.
    pub fn has_passwords(&self) -> bool {
        self.column(Field::Password).is_some()
    }

    /// Login columns of some other system: shown, not used.
    pub fn informational(&self) -> impl Iterator<Item = &str> {
        self.informational.iter().map(|at| self.headers[*at].as_str())
    }
}

impl fmt::Display for Mapping {
    /// ``email from `E-Mail`, last_name from `Name` ``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for field in Field::ALL {
            if let Some(header) = self.header_of(field) {
                write!(f, "{separator}{} from `{}`", field.id(), Shown(header))?;
                separator = ", ";
            }
        }
        Ok(())
    }
}

fn by_hand(map: &Map, headers: &[String], folded: &[String]) -> Result<usize, ColumnError> {
    let wanted = fold(&map.header);
    let exact = headers.iter().position(|header| *header == map.header);
    exact
        .or_else(|| folded.iter().position(|header| *header == wanted && !wanted.is_empty()))
        .ok_or_else(|| ColumnError::MapWithoutColumn {
            map: map.clone(),
            headers: headers.to_vec(),
        })
}

fn by_alias(
    field: Field,
    headers: &[String],
    folded: &[String],
) -> Result<Option<usize>, ColumnError> {
    let aliases = field.aliases();
    let found = |list: &[String]| -> Vec<usize> {
        (0..folded.len()).filter(|at| list.contains(&folded[*at])).collect()
    };
    match found(&aliases.aliases)[..] {
        [] => Ok(found(&aliases.fallback).first().copied()),
        [only] => Ok(Some(only)),
        [first, second, ..] => Err(ColumnError::TwoColumns {
            field,
            first: headers[first].clone(),
            second: headers[second].clone(),
        }),
    }
}

/// The form in which headers are compared: decomposed, without accents, lower case, letters and
/// digits only.
fn fold(header: &str) -> String {
    header
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect::<String>()
        .replace('ß', "ss")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AliasTable {
    email: Aliases,
    first_name: Aliases,
    last_name: Aliases,
    display_name: Aliases,
    login: Aliases,
    password: Aliases,
    id: Aliases,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Aliases {
    aliases: Vec<String>,
    #[serde(default)]
    fallback: Vec<String>,
    #[serde(default)]
    informational: Vec<String>,
}

/// The one list of headers, compiled in.
static ALIASES: LazyLock<AliasTable> = LazyLock::new(|| {
    toml::from_str(include_str!("../../templates/columns.toml"))
        .expect("templates/columns.toml is tested")
});

/// A header that cannot be mapped.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ColumnError {
    /// `--map` would put passwords where everybody sees them.
    #[error("--map {}={}: that column holds passwords", .map.field.id(), Shown(&.map.header))]
    MapToPassword {
        /// What was asked for.
        map: Map,
    },
    /// `--map` names a column that the list lacks.
    #[error("--map {}={}: the list has no column `{}`", .map.field.id(), Shown(&.map.header), Shown(&.map.header))]
    MapWithoutColumn {
        /// What was asked for.
        map: Map,
        /// What there is.
        headers: Vec<String>,
    },
    /// No column holds addresses.
    #[error("the list has no e-mail column; it has {}", Listed(.headers))]
    NoEmail {
        /// What there is.
        headers: Vec<String>,
    },
    /// Two columns claim one field.
    #[error("two columns could be {}: `{}` and `{}`", .field.id(), Shown(.first), Shown(.second))]
    TwoColumns {
        /// The field.
        field: Field,
        /// The header further left.
        first: String,
        /// The header further right.
        second: String,
    },
}

impl Diagnostic for ColumnError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::MapToPassword { .. } => "rename the column if it holds something else".to_owned(),
            Self::MapWithoutColumn { map, headers } => {
                match nearest(&map.header, headers.iter().map(String::as_str)) {
                    Some(header) => format!("did you mean --map '{}={header}'?", map.field.id()),
                    None => format!("it has {}", Listed(headers)),
                }
            }
            Self::NoEmail { headers } => {
                let example =
                    headers.iter().rev().find(|h| !h.is_empty()).map_or("Address", String::as_str);
                format!(
                    "name one column `email`, or say which it is: --map 'email={}'",
                    Shown(example)
                )
            }
            Self::TwoColumns { field, first, .. } => {
                format!("say which it is: --map '{}={}'", field.id(), Shown(first))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(headers: &[&str], maps: &[&str]) -> Result<Mapping, ColumnError> {
        let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
        let maps: Vec<Map> = maps.iter().map(|m| m.parse().unwrap()).collect();
        Mapping::of(&headers, &maps)
    }

    #[test]
    fn known_headers_are_found_in_any_spelling_and_order() {
        let found = mapping(&["Prénom", "Nachname", "E-Mail Adresse", "Passwort"], &[]).unwrap();
        assert_eq!(
            found.to_string(),
            "email from `E-Mail Adresse`, first_name from `Prénom`, last_name from `Nachname`, password from `Passwort`"
        );
    }

    #[test]
    fn a_part_of_a_header_is_no_match() {
        let headers = ["Recovery Email", "Manager Email", "Password Policy", "Name"];
        assert!(matches!(mapping(&headers, &[]), Err(ColumnError::NoEmail { .. })));
    }

    #[test]
    fn a_generic_login_is_shown_and_not_used() {
        let found = mapping(&["email", "Username", "login"], &[]).unwrap();
        assert_eq!(found.column(Field::Login), None);
        assert_eq!(found.informational().collect::<Vec<_>>(), ["Username", "login"]);
        let found = mapping(&["email", "Username"], &["login=username"]).unwrap();
        assert_eq!(found.column(Field::Login), Some(1));
        assert_eq!(found.informational().count(), 0);
    }

    #[test]
    fn two_columns_for_one_field_are_an_error_that_names_both() {
        let error = mapping(&["Email", "Name", "Mail"], &[]).unwrap_err();
        assert_eq!(error.to_string(), "two columns could be email: `Email` and `Mail`");
        assert!(mapping(&["Email", "Name", "Mail"], &["email=Mail"]).is_ok());
        assert_eq!(
            mapping(&["mail", "userPrincipalName"], &[]).unwrap().column(Field::Email),
            Some(0)
        );
    }

    #[test]
    fn no_header_names_two_fields() {
        let mut seen = std::collections::BTreeMap::new();
        for field in Field::ALL {
            let lists = field.aliases();
            for alias in lists.aliases.iter().chain(&lists.fallback).chain(&lists.informational) {
                assert_eq!(*alias, fold(alias), "not in folded form");
                assert_eq!(seen.insert(alias.clone(), field), None, "{alias}");
            }
        }
    }
}
