//! The languages of the sheet. Each has a line here and a file in `templates/sheet`.

use std::fmt;
use std::sync::LazyLock;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// BCP 47 tag and texts of every language; the first is the default.
const LANGUAGES: &[(&str, &str)] = &[
    ("en", include_str!("../../templates/sheet/en.toml")),
    ("es", include_str!("../../templates/sheet/es.toml")),
    ("de", include_str!("../../templates/sheet/de.toml")),
    ("fr", include_str!("../../templates/sheet/fr.toml")),
];

/// The names of each language in lists: `names` in its file.
static NAMES: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let names = |(_, texts): &(&str, &str)| {
        let file: toml::Table = texts.parse().expect("templates/sheet is tested");
        let names = file["names"].as_array().expect("a list of names").iter();
        names.map(|name| name.as_str().expect("a name").to_owned()).collect()
    };
    LANGUAGES.iter().map(names).collect()
});

/// A language of the instruction sheet.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Language(usize);

/// A language without a sheet.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("it is not one of {}", Language::tags().collect::<Vec<_>>().join(", "))]
pub struct UnknownLanguage;

impl Language {
    /// All languages, the default first.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        (0..LANGUAGES.len()).map(Self)
    }

    /// The BCP 47 tags, that of the default first.
    pub fn tags() -> impl Iterator<Item = &'static str> {
        LANGUAGES.iter().map(|(tag, _)| *tag)
    }

    /// The BCP 47 tag.
    pub(crate) fn tag(self) -> &'static str {
        LANGUAGES[self.0].0
    }

    /// Position in [`Language::all`].
    pub(crate) fn index(self) -> usize {
        self.0
    }

    /// The texts of the sheet, TOML.
    pub(crate) fn texts(self) -> &'static str {
        LANGUAGES[self.0].1
    }
}

impl TryFrom<&str> for Language {
    type Error = UnknownLanguage;

    /// Accepts a tag with or without region (`de`, `de-AT`, `de_CH.UTF-8`), or a name in one of the
    /// languages with or without a remark (`German`, `Deutsch (Schweiz)`, `German - Germany`).
    fn try_from(text: &str) -> Result<Self, UnknownLanguage> {
        let text: String = text.trim().nfc().flat_map(char::to_lowercase).collect();
        // a list of languages begins with the preferred one
        let first = text.split([',', ';']).next().unwrap_or_default().trim();
        let primary = first.split(['-', '_', '.', '@']).next().unwrap_or_default();
        let word = first.split([' ', '-', '/', '(']).next().unwrap_or_default();
        let is_meant = |language: &Self| {
            let names = &NAMES[language.0];
            language.tag() == primary || names.iter().any(|name| name == first || name == word)
        };
        Self::all().find(is_meant).ok_or(UnknownLanguage)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_language_is_found_by_tag_and_by_name() {
        for (text, tag) in [
            ("de", "de"),
            ("DE-at", "de"),
            ("de_CH.UTF-8", "de"),
            ("de-DE,de;q=0.9,en;q=0.8", "de"),
            (" German ", "de"),
            ("Deutsch (Schweiz)", "de"),
            ("German - Germany", "de"),
            ("fran\u{e7}ais", "fr"),
            ("franc\u{327}ais", "fr"),
            ("Español", "es"),
            ("ESPANOL", "es"),
            ("Spanish/Latin American", "es"),
            ("English (United States)", "en"),
            ("eng", "en"),
        ] {
            assert_eq!(Language::try_from(text).map(Language::tag), Ok(tag), "{text}");
        }
    }

    #[test]
    fn other_words_are_refused() {
        for text in ["", "ja-JP", "Klingon", "en attente", "de la Cruz", "d", "frz", "yes", "0407"]
        {
            assert_eq!(Language::try_from(text), Err(UnknownLanguage), "{text}");
        }
        assert!(UnknownLanguage.to_string().starts_with("it is not one of en, es, de, fr"));
    }

    #[test]
    fn names_of_languages_are_unique_and_in_the_compared_form() {
        let mut seen = BTreeSet::new();
        for (language, names) in Language::all().zip(NAMES.iter()) {
            assert!(!names.is_empty(), "{language}");
            for name in names {
                let folded: String = name.nfc().flat_map(char::to_lowercase).collect();
                assert_eq!(*name, folded, "{language}");
                assert!(seen.insert(name.clone()), "{name}");
                assert_eq!(Language::try_from(name.as_str()), Ok(language), "{name}");
            }
        }
        assert_eq!(Language::default().tag(), "en");
    }
}
