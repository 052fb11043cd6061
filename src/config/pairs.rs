//! Tables whose keys are names of their own: `[columns]` and `[provider.set]`.
//!
//! `"imap.host" = "x"` and `imap.host = "x"` are two things in TOML, and one to everybody else. Both
//! are read.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use toml::Spanned;

/// Keys with their values, in the order of the file. A number is taken as its digits.
#[derive(Debug, Default)]
pub(super) struct Pairs(pub(super) Vec<(Spanned<String>, Spanned<String>)>);

/// A value, or a table that dots in a key have made.
enum Entry {
    Value(String),
    Table(Pairs),
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let value: Spanned<Entry> = map.next_value()?;
            let span = value.span();
            match value.into_inner() {
                Entry::Value(text) => pairs.push((key, Spanned::new(span, text))),
                Entry::Table(Pairs(inner)) => {
                    pairs.extend(inner.into_iter().map(|(rest, value)| {
                        let name = format!("{}.{}", key.get_ref(), rest.get_ref());
                        (Spanned::new(key.span(), name), value)
                    }));
                }
            }
        }
        // TOML gives keys with dots out of their order
        pairs.sort_by_key(|(_, value)| value.span().start);
        Ok(Pairs(pairs))
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Entry, E> {
        Ok(Entry::Value(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Entry, E> {
        Ok(Entry::Value(number.to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
        PairsVisitor.visit_map(map).map(Entry::Table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Sample {
        set: Pairs,
    }

    #[test]
    fn a_dot_in_a_key_is_part_of_its_name_with_quotes_and_without() {
        let text = "[set]\n\"imap.host\" = \"a\"\nimap.port = 993\nemail = \"E\"\n";
        let sample: Sample = toml::from_str(text).unwrap();
        let found: Vec<(&str, &str, &str)> = sample
            .set
            .0
            .iter()
            .map(|(key, value)| {
                (key.get_ref().as_str(), value.get_ref().as_str(), &text[value.span()])
            })
            .collect();
        assert_eq!(
            found,
            [("imap.host", "a", "\"a\""), ("imap.port", "993", "993"), ("email", "E", "\"E\"")]
        );
    }
}
