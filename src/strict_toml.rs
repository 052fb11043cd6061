//! TOML files read strictly: an unknown key is an error with its line and the key that was meant.

use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::diagnostic::{Diagnostic, nearest};

/// A fault in a TOML file, with its place.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{file}` line {line}, column {column}: {what}")]
pub struct TomlError {
    /// The file as the user named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What was probably meant.
    pub hint: Option<String>,
}

impl Diagnostic for TomlError {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// Reads `text` of the file `file` into `T`, whose structs say `deny_unknown_fields`.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, TomlError> {
    toml::from_str(text).map_err(|error| {
        let (line, column) = error.span().map_or((1, 1), |span| place(text, span.start));
        let message = error.message();
        let (what, hint) = match unknown_key(message) {
            Some((key, known)) => {
                let hint = match nearest(key, known.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("known here: {}", known.join(", ")),
                };
                (format!("unknown key `{key}`"), Some(hint))
            }
            None => (message.trim_end().replace('\n', ": "), None),
        };
        TomlError { file: file.to_owned(), line, column, what, hint }
    })
}

/// The key and the known ones in serde's words: ``unknown field `x`, expected one of `a`, `b` ``.
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let (key, expected) = message.strip_prefix("unknown field `")?.split_once('`')?;
    Some((key, expected.split('`').skip(1).step_by(2).collect()))
}

/// Line and column of byte `at`, both from 1.
pub fn place(text: &str, at: usize) -> (usize, usize) {
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
    fn a_wrong_value_is_found_with_its_place() {
        let error = parse::<Sample>("acme.toml", "security = \"tls\"\nport = 99999\n").unwrap_err();
        assert_eq!((error.line, error.column), (2, 8));
    }
}
