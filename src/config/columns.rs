//! `[columns]`: columns named by hand, and what to say where the list does not have them.

use super::read::File;
use crate::diagnostic::{Shown, nearest};
use crate::input::columns::{ColumnError, Map, Target, few};
use crate::strict_toml::TomlError;

use toml::Spanned;

/// Columns that a file names, each with its place there.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileMaps {
    file: String,
    maps: Vec<Placed>,
}

#[derive(Clone, Debug)]
struct Placed {
    map: Map,
    line: usize,
    column: usize,
}

impl FileMaps {
    /// For the file `file`.
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), maps: Vec::new() }
    }

    /// Whether `target` is named.
    pub(super) fn has(&self, target: Target) -> bool {
        self.maps.iter().any(|placed| placed.map.target == target)
    }

    pub(super) fn add(&mut self, map: Map, file: &File<'_>, at: &Spanned<String>) {
        let (line, column) = file.place(at);
        self.maps.push(Placed { map, line, column });
    }

    /// What is named.
    pub(crate) fn maps(&self) -> impl Iterator<Item = &Map> {
        self.maps.iter().map(|placed| &placed.map)
    }

    /// `error` with its place in the file, if it is about a column that the file names.
    pub(crate) fn fault(&self, error: &ColumnError) -> Option<TomlError> {
        let (map, what, hint) = match error {
            ColumnError::MapWithoutColumn { map, headers } => {
                let wanted = map.place.to_string();
                let near = nearest(&wanted, headers.iter().map(String::as_str));
                let hint = match near {
                    Some(near) => format!("did you mean \"{}\"?", Shown(near)),
                    // none is known: the row may be a person, with a password
                    None if headers.is_empty() => "give its number, for example \"#1\"".to_owned(),
                    None => format!("it has {}", few(headers)),
                };
                (map, format!("the list has no column `{}`", Shown(&wanted)), hint)
            }
            ColumnError::MapSameColumn { map, first } => (
                map,
                format!("column `{}` is {first} already", Shown(&map.place.to_string())),
                "a column holds one thing; leave one of them out".to_owned(),
            ),
            ColumnError::MapToPassword { map } => (
                map,
                format!("column `{}` holds passwords", Shown(&map.place.to_string())),
                "rename the column if it holds something else".to_owned(),
            ),
            _ => return None,
        };
        let Placed { line, column, .. } = *self.maps.iter().find(|placed| placed.map == *map)?;
        Some(TomlError::new(&self.file, (line, column), what, Some(hint)))
    }
}
