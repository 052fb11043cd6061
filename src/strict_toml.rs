//! TOML files read strictly: an unknown key is an error with its line and the key that was meant.

use serde::de::DeserializeOwned;
use thiserror::Error;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Listed, nearest};

/// A fault in a TOML file, with its place.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{file}` line {line}, column {column}: {what}")]
pub struct TomlError {
    /// The file as the user named it.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column in characters, from 1.
    pub(crate) column: usize,
    /// What is wrong.
    pub(crate) what: String,
    /// What was probably meant.
    pub(crate) hint: Option<String>,
    /// Whether a key is missing: there may be more that are.
    is_missing_key: bool,
}

impl TomlError {
    /// A fault in `text` of the file `file`, at byte `at`.
    pub(crate) fn at(
        at: usize,
        file: &str,
        text: &str,
        what: String,
        hint: Option<String>,
    ) -> Self {
        Self::new(file, place(text, at), what, hint)
    }

    /// A fault in the file `file`, at a line and column from 1.
    pub(crate) fn new(
        file: &str,
        (line, column): (usize, usize),
        what: String,
        hint: Option<String>,
    ) -> Self {
        Self { file: file.to_owned(), line, column, what, hint, is_missing_key: false }
    }
}

impl Diagnostic for TomlError {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// Reads `text` of the file `file` into `T`, whose structs say `deny_unknown_fields`.
pub(crate) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, TomlError> {
    parse_with(file, text, |_| None)
}

/// The same. `refusal` knows what is wrong with some of the unknown keys, and the cure.
pub(crate) fn parse_with<T: DeserializeOwned>(
    file: &str,
    text: &str,
    refusal: impl Fn(&str) -> Option<(String, String)>,
) -> Result<T, TomlError> {
    toml::from_str(text).map_err(|error| {
        let (line, column) = error.span().map_or((1, 1), |span| place(text, span.start));
        let message = error.message();
        let (what, hint) = if let Some((key, known)) = unknown_key(message) {
            let plain = || (format!("unknown key `{key}`"), meant_by(key, &known));
            let (what, cure) = refusal(key).unwrap_or_else(plain);
            (what, Some(cure))
        } else {
            let plain = || message.trim_end().replace('\n', ": ");
            let at = error.span().map_or(0, |span| span.start);
            let cure = is_after_backslash(text, at).then(|| BACKSLASHES.to_owned());
            (wrong_type(message).unwrap_or_else(plain), cure)
        };
        let is_missing_key = message.starts_with("missing field");
        TomlError { file: file.to_owned(), line, column, what, hint, is_missing_key }
    })
}

/// What to do about a path of Windows in quotes that read `\` as the begin of an escape (TOML 1.0, "String").
pub(crate) const BACKSLASHES: &str =
    "write paths of Windows in single quotes, 'C:\\Mail', or with slashes, \"C:/Mail\"";

/// Whether the fault at byte `at` is one of an escape such as `\M` or `\Users`.
fn is_after_backslash(text: &str, at: usize) -> bool {
    // the longest escape is `\U0001F511`
    let from = at.saturating_sub(10);
    let line = text.as_bytes().get(from..text.len().min(at + 1)).unwrap_or_default();
    line.rsplit(|byte| *byte == b'\n').next().is_some_and(|line| line.contains(&b'\\'))
}

/// Keys that a file must have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Required {
    /// Keys by the table they belong to; `""` is the file itself. Each `[[table]]` of an array must
    /// have the keys.
    pub(crate) keys: &'static [(&'static str, &'static [&'static str])],
    /// Where to see a whole file.
    pub(crate) hint: &'static str,
}

/// Reads `text` like [`parse`], and reports all missing keys at once.
pub(crate) fn parse_requiring<T: DeserializeOwned>(
    file: &str,
    text: &str,
    required: &Required,
) -> Result<T, TomlError> {
    parse(file, text).map_err(|error| {
        // serde stops at the first missing key
        let all = error.is_missing_key.then(|| missing_keys(file, text, required));
        all.flatten().unwrap_or(error)
    })
}

/// The error that names every missing key, at the place of the first table that lacks one.
fn missing_keys(file: &str, text: &str, required: &Required) -> Option<TomlError> {
    let document = DeTable::parse(text).ok()?;
    let mut lacking: Vec<(usize, &str, Vec<&str>)> = Vec::new();
    for (name, keys) in required.keys {
        let tables: Vec<(usize, &DeTable<'_>)> = match document.get_ref().get(*name) {
            _ if name.is_empty() => vec![(0, document.get_ref())],
            Some(value) => tables_in(value),
            None => Vec::new(),
        };
        for (at, table) in tables {
            let missing: Vec<&str> =
                keys.iter().copied().filter(|key| !table.contains_key(*key)).collect();
            if !missing.is_empty() {
                lacking.push((at, *name, missing));
            }
        }
    }
    lacking.sort_by_key(|(at, ..)| *at);
    // a key of the file itself that is a table
    let is_table = |key: &str| required.keys.iter().any(|(table, _)| *table == key);
    let named = |key: &str| if is_table(key) { format!("[[{key}]]") } else { key.to_owned() };
    let (line, column) = place(text, lacking.first()?.0);
    let parts: Vec<String> = lacking
        .iter()
        .map(|(at, table, keys)| match *table {
            "" => Listed(&keys.iter().map(|key| named(key)).collect::<Vec<_>>()).to_string(),
            table => format!("{} in [[{table}]] on line {}", Listed(keys), place(text, *at).0),
        })
        .collect();
    let what = match &lacking[..] {
        [(_, _, keys)] if keys.len() == 1 => "a key is missing",
        _ => "keys are missing",
    };
    Some(TomlError {
        file: file.to_owned(),
        line,
        column,
        what: format!("{what}: {}", parts.join("; ")),
        hint: Some(required.hint.to_owned()),
        is_missing_key: true,
    })
}

/// The table itself, or each table of an array, with the byte that it begins at.
fn tables_in<'a, 'i>(value: &'a Spanned<DeValue<'i>>) -> Vec<(usize, &'a DeTable<'i>)> {
    match value.get_ref() {
        DeValue::Table(table) => vec![(value.span().start, table)],
        DeValue::Array(tables) => tables.iter().flat_map(tables_in).collect(),
        _ => Vec::new(),
    }
}

/// What to write instead of the unknown `key`.
fn meant_by(key: &str, known: &[&str]) -> String {
    match nearest(key, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// In words that need no programmer: ``invalid type: string "4", expected u16``.
fn wrong_type(message: &str) -> Option<String> {
    let (found, expected) = message.strip_prefix("invalid type: ")?.rsplit_once(", expected ")?;
    let found = match found.split_once(' ') {
        Some(("string" | "integer" | "boolean", value)) => format!("`{}`", value.trim_matches('`')),
        _ => match found {
            "sequence" => "a list".to_owned(),
            "map" => "a table".to_owned(),
            other => other.to_owned(),
        },
    };
    let expected = match expected.trim_end() {
        "a string" => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list in brackets",
        "u8" | "u16" | "u32" | "u64" | "i64" => "a whole number",
        other => other,
    };
    Some(format!("{found} is not {expected}"))
}

/// The key and the known ones in serde's words: ``unknown field `x`, expected one of `a`, `b` ``.
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let (key, expected) = message.strip_prefix("unknown field `")?.split_once('`')?;
    Some((key, expected.split('`').skip(1).step_by(2).collect()))
}

/// Line and column of byte `at`, both from 1.
pub(crate) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only its name matters")]
        security: String,
        #[expect(dead_code, reason = "only its name matters")]
        port: Option<u16>,
    }

    #[test]
    fn a_typo_in_a_key_is_found_with_its_place() {
        let error = parse::<Sample>("acme.toml", "# acme\n  secuirty = \"tls\"\n").unwrap_err();
        assert_eq!(error.to_string(), "`acme.toml` line 2, column 3: unknown key `secuirty`");
        assert_eq!(error.hint().unwrap(), "did you mean `security`?");
    }

    #[test]
    fn a_key_far_from_all_is_answered_with_the_list() {
        let error = parse::<Sample>("acme.toml", "colour = 1\n").unwrap_err();
        assert_eq!(error.hint().unwrap(), "known here: security, port");
    }

    #[test]
    fn a_key_may_be_refused_with_words_of_its_own() {
        let refusal = |key: &str| (key == "pin").then(|| ("no pins".to_owned(), "stop".to_owned()));
        let error = parse_with::<Sample>("acme.toml", "pin = 1\n", refusal).unwrap_err();
        assert_eq!(error.to_string(), "`acme.toml` line 1, column 1: no pins");
        assert_eq!(error.hint().unwrap(), "stop");
    }

    #[test]
    fn a_wrong_type_is_reported_in_plain_words() {
        for (text, what) in [
            ("security = 4", "`4` is not text in quotes"),
            ("security = [4]", "a list is not text in quotes"),
            ("port = \"4\"", "`\"4\"` is not a whole number"),
            ("port = true", "`true` is not a whole number"),
        ] {
            assert_eq!(parse::<Sample>("acme.toml", text).unwrap_err().what, what);
        }
    }

    #[test]
    fn a_path_of_windows_in_double_quotes_gets_a_hint() {
        for path in [r"C:\Mail", r"D:\Users\ada", r"C:\users\ada", r"\\server\x", r"C:\"] {
            let error =
                parse::<Sample>("acme.toml", &format!("security = \"{path}\"\n")).unwrap_err();
            assert_eq!(error.hint().as_deref(), Some(BACKSLASHES), "{path}: {error}");
            assert_eq!(error.line, 1, "{path}");
        }
        for text in ["security = \"a\nport = 1\n", "port = 99999\n", "port = x\n"] {
            let error = parse::<Sample>("acme.toml", text).unwrap_err();
            assert_eq!(error.hint(), None, "{error}");
        }
    }

    #[test]
    fn a_wrong_value_is_found_with_its_place() {
        let error = parse::<Sample>("acme.toml", "security = \"tls\"\nport = 99999\n").unwrap_err();
        assert_eq!((error.line, error.column), (2, 8));
    }
}
