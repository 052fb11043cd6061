//! What a provider file has no place for.

use std::collections::BTreeMap;
use std::fmt;

use crate::diagnostic::Shown;

/// How many lines a message names.
const MOST: usize = 5;

/// Parts of a file that were not taken over, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// The lines they begin on, from 1.
    pub(crate) lines: Vec<usize>,
    pub(crate) what: SkippedPart,
    /// Why they were left out.
    pub(crate) why: &'static str,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.lines.iter().take(MOST).map(ToString::to_string).collect();
        let plural = if self.lines.len() == 1 { "" } else { "s" };
        let more = if self.lines.len() > MOST { " and more" } else { "" };
        let Self { what, why, .. } = self;
        write!(f, "line{plural} {}{more}: {what} is not taken over ({why})", lines.join(", "))
    }
}

/// A part of a file that has no place in a provider file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SkippedPart {
    Comment,
    Element(String),
    /// An element and the value of its attribute `type`.
    ElementOfType(String, String),
    /// A way to sign in, by its name.
    SignIn(String),
}

impl SkippedPart {
    fn is_element(&self, name: &str) -> bool {
        matches!(self, Self::Element(it) | Self::ElementOfType(it, _) if it == name)
    }
}

impl fmt::Display for SkippedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment => f.write_str("a comment"),
            Self::Element(name) => write!(f, "`{}`", Shown(name)),
            Self::ElementOfType(name, kind) => {
                write!(f, "`{}` of type `{}`", Shown(name), Shown(kind))
            }
            Self::SignIn(name) => write!(f, "`authentication` by `{}`", Shown(name)),
        }
    }
}

/// All skipped parts of one file: the lines by part and reason.
#[derive(Debug, Default)]
pub(super) struct Skips(BTreeMap<(SkippedPart, &'static str), Vec<usize>>);

impl Skips {
    pub(super) fn add(&mut self, line: usize, what: SkippedPart, why: &'static str) {
        self.0.entry((what, why)).or_default().push(line);
    }

    /// Why parts called `name` were left out, to go on with a sentence.
    pub(super) fn reasons(&self, name: &str) -> String {
        let of = self.0.iter().filter(|((what, _), _)| what.is_element(name));
        let mut lines: Vec<(usize, &str)> =
            of.flat_map(|((_, why), lines)| lines.iter().map(|line| (*line, *why))).collect();
        lines.sort_unstable();
        let told: Vec<String> =
            lines.iter().take(MOST).map(|(line, why)| format!("line {line} ({why})")).collect();
        if told.is_empty() { String::new() } else { format!("; left out: {}", told.join(", ")) }
    }

    /// All of them, in the order of their first lines.
    pub(super) fn into_list(self) -> Vec<Skipped> {
        let parts = self.0.into_iter().map(|((what, why), mut lines)| {
            lines.sort_unstable();
            lines.dedup();
            Skipped { lines, what, why }
        });
        let mut list: Vec<Skipped> = parts.collect();
        list.sort_by_cached_key(|skipped| (skipped.lines.clone(), skipped.what.to_string()));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_kind_are_told_together_and_in_order() {
        let mut skips = Skips::default();
        for line in [9, 2, 3, 4, 5, 6] {
            skips.add(line, SkippedPart::Element("a".to_owned()), "b");
        }
        skips.add(1, SkippedPart::Element("c".to_owned()), "d");
        assert_eq!(skips.reasons("c"), "; left out: line 1 (d)");
        assert_eq!(skips.reasons("b"), "");
        let told: Vec<String> = skips.into_list().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "line 1: `c` is not taken over (d)",
                "lines 2, 3, 4, 5, 6 and more: `a` is not taken over (b)"
            ]
        );
    }
}
