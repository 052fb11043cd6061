//! Parts of an autoconfig file that a provider file cannot hold.

use std::collections::BTreeMap;
use std::fmt;

use crate::diagnostic::Shown;

/// The most line numbers in a message.
const MOST: usize = 5;

/// Parts that were skipped for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// The first line of each part, from 1.
    pub(crate) lines: Vec<usize>,
    pub(crate) what: SkippedPart,
    pub(crate) why: &'static str,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.lines.iter().take(MOST).map(ToString::to_string).collect();
        let plural = if self.lines.len() == 1 { "" } else { "s" };
        let more = if self.lines.len() > MOST { " and more" } else { "" };
        let Self { what, why, .. } = self;
        write!(f, "line{plural} {}{more}: {what} is skipped ({why})", lines.join(", "))
    }
}

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

    /// `; left out: …` with the reasons for elements called `name`; empty without any.
    pub(super) fn reasons(&self, name: &str) -> String {
        let of = self.0.iter().filter(|((what, _), _)| what.is_element(name));
        let mut lines: Vec<(usize, &str)> =
            of.flat_map(|((_, why), lines)| lines.iter().map(|line| (*line, *why))).collect();
        lines.sort_unstable();
        let reasons: Vec<String> =
            lines.iter().take(MOST).map(|(line, why)| format!("line {line} ({why})")).collect();
        if reasons.is_empty() {
            String::new()
        } else {
            format!("; left out: {}", reasons.join(", "))
        }
    }

    /// In the order of the first lines.
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
    fn parts_of_one_kind_are_reported_together_and_in_order() {
        let mut skips = Skips::default();
        for line in [9, 2, 3, 4, 5, 6] {
            skips.add(line, SkippedPart::Element("a".to_owned()), "b");
        }
        skips.add(1, SkippedPart::Element("c".to_owned()), "d");
        assert_eq!(skips.reasons("c"), "; left out: line 1 (d)");
        assert_eq!(skips.reasons("b"), "");
        let messages: Vec<String> = skips.into_list().iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            ["line 1: `c` is skipped (d)", "lines 2, 3, 4, 5, 6 and more: `a` is skipped (b)"]
        );
    }
}
