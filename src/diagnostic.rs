//! Messages for people: what is wrong, and what to do about it.

use std::fmt;

mod lines;
mod unreadable;

pub(crate) use crate::domain::text::Shown;
pub use lines::Lines;
pub(crate) use lines::one_line;
pub(crate) use unreadable::{CannotRead, HELD_OPEN, WhyUnreadable, is_held_open};

/// An error with a hint.
///
/// `Display` says what is wrong, in lower case, with the user's words in backticks and no full stop.
/// The command line prints it with the hint.
pub trait Diagnostic: std::error::Error {
    /// What the user can do.
    fn hint(&self) -> Option<String>;
}

/// A note or warning that does not stop the run: a line on standard error and, with `--json`, an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) weight: Weight,
    /// For programs, stable, e.g. `development-identity`.
    pub(crate) code: &'static str,
    /// In lower case, foreign values in backticks, no full stop.
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// Further values for programs, by name.
    pub(crate) facts: Vec<(&'static str, Fact)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    Text(String),
    List(Vec<String>),
}

/// How much a [`Notice`] matters. `--json` always reports all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Good to know; `--quiet` hides it.
    Note,
    /// The result may not be what the user wants; `--quiet` hides it.
    Warning,
    /// A warning that is printed even with `--quiet`: it decides who gets which settings, or whether
    /// devices trust them.
    Important,
}

impl Notice {
    pub(crate) fn note(code: &'static str, message: impl fmt::Display) -> Self {
        Self {
            weight: Weight::Note,
            code,
            message: message.to_string(),
            hint: None,
            facts: Vec::new(),
        }
    }

    pub(crate) fn warning(code: &'static str, message: impl fmt::Display) -> Self {
        Self { weight: Weight::Warning, ..Self::note(code, message) }
    }

    /// A warning that `--quiet` does not hide.
    pub(crate) fn important(code: &'static str, message: impl fmt::Display) -> Self {
        Self { weight: Weight::Important, ..Self::note(code, message) }
    }

    #[must_use]
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    #[must_use]
    pub(crate) fn with_fact(mut self, name: &'static str, fact: Fact) -> Self {
        self.facts.push((name, fact));
        self
    }
}

/// A number with its noun: `1 row`, `2 rows`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count(pub u64, pub &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.1 == "person" && self.0 != 1 {
            return write!(f, "{} people", Grouped(self.0));
        }
        let plural = match self.0 {
            1 => "",
            _ if self.1.ends_with(['s', 'x']) => "es",
            _ => "s",
        };
        write!(f, "{} {}{plural}", Grouped(self.0), self.1)
    }
}

/// A number with thousands separators: `1,000,000`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// A list in words: "`a`, `b` and `c`".
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed<'a, T>(pub &'a [T]);

impl<T: AsRef<str>> fmt::Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.0.len().saturating_sub(1);
        for (at, item) in self.0.iter().enumerate() {
            let before = match at {
                0 => "",
                _ if at == last => " and ",
                _ => ", ",
            };
            write!(f, "{before}`{}`", Shown(item.as_ref()))?;
        }
        Ok(())
    }
}

/// The first few of `items`, in quotes, and how many more there are.
pub(crate) struct FirstOf<'a, T>(pub &'a [T]);

/// How many items [`FirstOf`] names.
const MOST_ITEMS: usize = 3;

impl<T: AsRef<str>> fmt::Display for FirstOf<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // "and 1 more" is no shorter than its name
        let Some((first, rest)) =
            self.0.split_at_checked(MOST_ITEMS).filter(|(_, rest)| rest.len() > 1)
        else {
            return Listed(self.0).fmt(f);
        };
        for item in first {
            write!(f, "`{}`, ", Shown(item.as_ref()))?;
        }
        write!(f, "and {} more", Grouped(rest.len() as u64))
    }
}

/// The candidate most similar to `word`, if it is similar enough to be meant.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::osa_distance(&word, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, candidate)| *distance <= 1.max(candidate.chars().count() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Quotes `text` as one word for the shells of this system.
pub(crate) fn shell_word(text: &str) -> String {
    if cfg!(windows) { windows_word(text) } else { posix_word(text) }
}

/// For cmd and PowerShell. Only PowerShell knows single quotes; between double quotes it replaces `$` and backticks.
fn windows_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || r"\/._-+:".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else if text.contains(['$', '`']) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\"{text}\"")
    }
}

fn posix_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@%".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_a_command_is_quoted_for_the_shell() {
        assert_eq!(posix_word("keys/key.pem"), "keys/key.pem");
        assert_eq!(posix_word("my keys/it's.pem"), "'my keys/it'\\''s.pem'");
        assert_eq!(posix_word("-x"), "'-x'");
        assert_eq!(windows_word(r"C:\keys\key.pem"), r"C:\keys\key.pem");
        assert_eq!(windows_word(r"my keys\it's.pem"), r#""my keys\it's.pem""#);
        assert_eq!(windows_word(r"$keys\it's.pem"), r"'$keys\it''s.pem'");
    }

    #[test]
    fn counts_agree_with_their_noun() {
        assert_eq!(Count(0, "row").to_string(), "0 rows");
        assert_eq!(Count(1, "row").to_string(), "1 row");
        assert_eq!(Count(2, "address").to_string(), "2 addresses");
        assert_eq!(Count(2, "mailbox").to_string(), "2 mailboxes");
        assert_eq!(Count(1_234_567, "row").to_string(), "1,234,567 rows");
    }

    #[test]
    fn lists_are_joined_with_and() {
        assert_eq!(Listed(&["a"]).to_string(), "`a`");
        assert_eq!(Listed(&["a", "b"]).to_string(), "`a` and `b`");
        assert_eq!(Listed(&["a", "b", "c"]).to_string(), "`a`, `b` and `c`");
    }

    #[test]
    fn of_many_items_the_first_are_named() {
        assert_eq!(FirstOf(&["a"]).to_string(), "`a`");
        assert_eq!(FirstOf(&["a", "b", "c", "d"]).to_string(), "`a`, `b`, `c` and `d`");
        assert_eq!(FirstOf(&["a", "b", "c", "d", "e"]).to_string(), "`a`, `b`, `c`, and 2 more");
    }

    #[test]
    fn only_a_similar_word_is_suggested() {
        assert_eq!(nearest("centurylnk", ["centurylink", "fastmail"]), Some("centurylink"));
        assert_eq!(nearest("gmail", ["centurylink", "zoho"]), None);
    }
}
