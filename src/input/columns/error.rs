//! What can be wrong with a header.

use thiserror::Error;

use super::field::{Field, Map, Target};
use crate::diagnostic::{Diagnostic, Listed, Shown, nearest};
use crate::domain::setting::SettingKey;

/// How many headers a message names.
const MOST_NAMED: usize = 12;

/// A header that cannot be mapped.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[expect(missing_docs, reason = "the messages name the fields")]
pub enum ColumnError {
    /// `--map` names one column for two things.
    #[error("--map {map}: that column is {first} already")]
    MapSameColumn {
        map: Map,
        /// The target of an earlier `--map` of the column.
        first: Target,
    },
    /// `--map` would put passwords into names that everybody sees.
    #[error("--map {map}: that column holds passwords")]
    MapToPassword { map: Map },
    /// `--map` names one field twice.
    #[error("--map names {target} twice")]
    MapTwice { target: Target },
    /// `--map` names a column that the list lacks.
    #[error("--map {map}: there is no such column")]
    MapWithoutColumn {
        map: Map,
        /// The headers of the list.
        headers: Vec<String>,
    },
    /// No column holds addresses. The message is the predicate of a sentence about the list.
    #[error("has no e-mail column; {}", there_is(.headers, *.columns))]
    NoEmail {
        columns: usize,
        /// Their headers; empty where none is known: the row may be a person, with a password.
        headers: Vec<String>,
        /// Headers that might be meant.
        candidates: Vec<String>,
    },
    /// Two columns claim one field.
    #[error("two columns could be {}: `{}` and `{}`", .field.id(), Shown(.first), Shown(.second))]
    TwoColumns {
        field: Field,
        /// The number of the column further left, from 1.
        number: usize,
        /// The header further left.
        first: String,
        /// The header further right.
        second: String,
    },
    /// Two columns claim one setting.
    #[error("two columns could be {key}: `{}` and `{}`", Shown(.first), Shown(.second))]
    TwoSettings {
        key: SettingKey,
        /// The header further left.
        first: String,
        /// The header further right.
        second: String,
    },
}

impl Diagnostic for ColumnError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::MapSameColumn { .. } => {
                "a column holds one thing; leave one of them out".to_owned()
            }
            Self::MapToPassword { .. } => "rename the column if it holds something else".to_owned(),
            Self::MapTwice { target } => format!("use --map {target}=... once"),
            Self::MapWithoutColumn { map, headers } => {
                match nearest(&map.place.to_string(), headers.iter().map(String::as_str)) {
                    Some(header) => {
                        format!("did you mean --map '{}={}'?", map.target, Shown(header))
                    }
                    None if headers.is_empty() => {
                        format!("give its number: --map '{}=#1'", map.target)
                    }
                    None => format!("it has {}", few(headers)),
                }
            }
            Self::NoEmail { candidates, .. }
                if candidates.iter().any(|header| delimiter_in(header).is_some()) =>
            {
                format!(
                    "cells seem to be separated by another character: give it with --delimiter {}",
                    candidates.iter().find_map(|header| delimiter_in(header)).unwrap_or("';'")
                )
            }
            Self::NoEmail { columns, headers, .. } if headers.is_empty() => format!(
                "give its number: --map 'email=#1'; if the first row is a person already, name the field of each column: --columns {}",
                ["email"]
                    .into_iter()
                    .chain(vec!["-"; columns.saturating_sub(1).min(5)])
                    .collect::<Vec<_>>()
                    .join(",")
            ),
            Self::NoEmail { candidates, .. } => match likely(candidates) {
                Some(header) => format!(
                    "name one column `email`, or give its header: --map 'email={}'",
                    Shown(header)
                ),
                None => "name one column `email`, or give its number, for example --map 'email=#2'"
                    .to_owned(),
            },
            Self::TwoColumns { field, number, first, second } if first == second => {
                format!("give its number: --map '{}=#{number}'", field.id())
            }
            Self::TwoColumns { field, first, second, .. } => one_of(field.id(), first, second),
            Self::TwoSettings { key, first, second } => one_of(&key.to_string(), first, second),
        })
    }
}

/// Both choices: which one is meant cannot be seen.
fn one_of(target: &str, first: &str, second: &str) -> String {
    let (first, second) = (Shown(first), Shown(second));
    format!("choose one: --map '{target}={first}' or --map '{target}={second}'")
}

/// The headers of the list; only their number where none is known.
fn there_is(headers: &[String], columns: usize) -> String {
    match (headers.len(), columns) {
        (0, 1) => "its header is unknown".to_owned(),
        (0, columns) => format!("none of its {columns} headers is known"),
        _ => format!("it has {}", few(headers)),
    }
}

/// The value of `--delimiter` for the delimiter that a whole header line seems to have.
fn delimiter_in(header: &str) -> Option<&'static str> {
    const WORDS: [(char, &str); 4] = [(';', "';'"), ('\t', "tab"), ('|', "'|'"), (',', "','")];
    let found = WORDS.iter().find(|(delimiter, _)| header.contains(*delimiter));
    found.filter(|_| header.len() > 3).map(|(_, word)| *word)
}

/// The first of `headers`, and how many more there are.
pub(crate) fn few(headers: &[String]) -> String {
    let named: Vec<&String> = headers.iter().filter(|header| !header.is_empty()).collect();
    match named.len() {
        0 => "only blank headers".to_owned(),
        count if count > MOST_NAMED => {
            let first: Vec<String> =
                named[..MOST_NAMED].iter().map(|header| format!("`{}`", Shown(header))).collect();
            format!("{} and {} more", first.join(", "), count - MOST_NAMED)
        }
        _ => Listed(&named).to_string(),
    }
}

/// The header that looks most like one of addresses.
fn likely(candidates: &[String]) -> Option<&str> {
    const WORDS: [&str; 5] = ["mail", "address", "adres", "correo", "post"];
    WORDS.iter().find_map(|word| {
        let found = candidates.iter().find(|header| header.to_lowercase().contains(word))?;
        Some(found.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_names_the_likely_column_and_a_long_header_is_cut() {
        let headers: Vec<String> = (1..=20).map(|n| format!("c{n}")).collect();
        assert!(few(&headers).ends_with("`c12` and 8 more"));
        let candidates = ["Ort", "Adresse", "Mail (Büro)"].map(str::to_owned);
        assert_eq!(likely(&candidates), Some("Mail (Büro)"));
        assert_eq!(likely(&[]), None);
    }
}
