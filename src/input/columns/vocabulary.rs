//! templates/columns.toml: the one list of headers and words, compiled in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::field::Field;
use super::header::fold;

pub(in crate::input) static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../../../templates/columns.toml"))
        .expect("templates/columns.toml is tested");
    Vocabulary::from(file)
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    remarks: Vec<String>,
    user_principal_names: Vec<String>,
    fields: BTreeMap<String, Aliases>,
    settings: BTreeMap<String, Vec<String>>,
    others: Vec<String>,
    secrets: Secrets,
    words: Words,
}

/// Headers and words in the folded form in which they are compared.
pub(in crate::input) struct Vocabulary {
    pub(super) remarks: Vec<String>,
    /// Columns that replace a blank address, and are what an MDM calls people.
    pub(super) user_principal_names: Vec<String>,
    fields: [Aliases; Field::ALL.len()],
    /// Setting to headers.
    pub(super) settings: BTreeMap<String, Vec<String>>,
    /// Parts of headers that belong to another person.
    pub(super) others: Vec<String>,
    pub(super) secrets: Secrets,
    pub(in crate::input) words: Words,
}

impl From<File> for Vocabulary {
    fn from(mut file: File) -> Self {
        let fields = Field::ALL.map(|field| {
            file.fields.remove(field.id()).expect("templates/columns.toml has every field")
        });
        assert!(file.fields.is_empty(), "templates/columns.toml has an unknown field");
        // the file has these unfolded
        let secrets = &mut file.secrets;
        for words in [&mut secrets.parts, &mut secrets.whole, &mut secrets.about] {
            for word in words.iter_mut() {
                *word = fold(word);
            }
        }
        let File { remarks, user_principal_names, settings, others, secrets, words, .. } = file;
        Self { remarks, user_principal_names, fields, settings, others, secrets, words }
    }
}

/// Words by which a header of secrets is recognized.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secrets {
    pub(super) parts: Vec<String>,
    pub(super) whole: Vec<String>,
    pub(super) about: Vec<String>,
}

/// The headers of one field.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Aliases {
    /// Groups of headers; an earlier group wins.
    pub(super) tiers: Vec<Vec<String>>,
    /// Used row by row where the column of a tier is blank.
    #[serde(default)]
    pub(super) fallback: Vec<String>,
    /// Used where there is no other column.
    #[serde(default)]
    pub(super) last_resort: Vec<String>,
    /// Similar, but of another person or thing.
    #[serde(default)]
    pub(super) never: Vec<String>,
    /// Perhaps the field in another system: shown, not used.
    #[serde(default)]
    pub(super) informational: Vec<String>,
    /// A header of first names, and the header that is this field beside it.
    #[serde(default)]
    pub(super) beside_first_name: Vec<[String; 2]>,
    /// Not this field, if there is a column of serial numbers.
    #[serde(default)]
    pub(super) not_beside_serial: Vec<String>,
    /// The field with yes and no exchanged.
    #[serde(default)]
    pub(super) inverted: Vec<String>,
}

/// Words in cells.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::input) struct Words {
    pub(in crate::input) gone: Vec<String>,
    pub(in crate::input) here: Vec<String>,
    pub(in crate::input) yes: Vec<String>,
    pub(in crate::input) no: Vec<String>,
    pub(in crate::input) guest: Vec<String>,
    pub(in crate::input) no_id: Vec<String>,
    pub(in crate::input) apple: Vec<String>,
    pub(in crate::input) android: Vec<String>,
    pub(in crate::input) windows: Vec<String>,
    pub(in crate::input) every_platform: Vec<String>,
    /// The first cell of a row of totals.
    pub(in crate::input) totals: Vec<String>,
    /// The names of each month.
    pub(in crate::input) months: [Vec<String>; 12],
    /// Words in dates that say nothing more: days of the week, prepositions.
    pub(in crate::input) beside_days: Vec<String>,
}

impl Vocabulary {
    pub(super) fn aliases(&self, field: Field) -> &Aliases {
        &self.fields[field as usize]
    }
}

impl Aliases {
    /// Whether `name` has anything to do with the field.
    pub(super) fn know(&self, name: &str) -> bool {
        self.tiers.iter().any(|tier| holds(tier, name))
            || [&self.fallback, &self.last_resort, &self.never, &self.inverted]
                .into_iter()
                .any(|list| holds(list, name))
    }
}

/// Whether `text` has one of `list` in it.
pub(super) fn holds_part(list: &[String], text: &str) -> bool {
    list.iter().any(|part| text.contains(part.as_str()))
}

/// Whether `list` holds `word`.
pub(in crate::input) fn holds(list: &[String], word: &str) -> bool {
    list.iter().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::field::Target;
    use super::*;

    #[test]
    fn no_header_names_two_fields() {
        let mut seen = BTreeMap::new();
        for field in Field::ALL {
            let lists = VOCABULARY.aliases(field);
            let all = lists.tiers.iter().flatten().chain(&lists.fallback).chain(&lists.never);
            for alias in all.chain(&lists.inverted) {
                assert_eq!(*alias, fold(alias), "not in folded form");
                assert_eq!(seen.insert(alias.clone(), field.id()), None, "{alias}");
            }
        }
        for (key, headers) in &VOCABULARY.settings {
            assert!(Target::settings().any(|known| known.to_string() == *key), "{key}");
            for alias in headers {
                assert_eq!(*alias, fold(alias), "not in folded form");
                assert_eq!(seen.insert(alias.clone(), "setting"), None, "{alias}");
            }
        }
    }

    #[test]
    fn a_generic_login_is_never_the_mail_login() {
        for alias in &VOCABULARY.aliases(Field::Email).last_resort {
            let login = VOCABULARY.aliases(Field::Login);
            assert!(!login.tiers.iter().flatten().any(|login| login == alias), "{alias}");
        }
    }

    #[test]
    fn no_word_has_two_meanings() {
        let words = &VOCABULARY.words;
        let mut seen = BTreeSet::new();
        let status = [&words.gone, &words.here, &words.yes, &words.no];
        let platform = [&words.apple, &words.android, &words.windows, &words.every_platform];
        for (kind, lists) in [("status", status), ("platform", platform)] {
            for word in lists.into_iter().flatten() {
                assert_eq!(*word, fold(word), "not in folded form");
                assert!(seen.insert((kind, word)), "{word}");
            }
        }
    }
}
