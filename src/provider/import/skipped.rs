//! What a provider file has no place for.

use std::collections::BTreeMap;
use std::fmt;

/// How many lines a message names.
const MOST: usize = 5;

/// Parts of a file that were not taken over, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// The lines they begin on, from 1.
    pub(crate) lines: Vec<usize>,
    /// What they are.
    pub(crate) what: String,
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

/// All of one file: the lines by what they are and why they were left out.
#[derive(Debug, Default)]
pub(super) struct Skips(BTreeMap<(String, &'static str), Vec<usize>>);

impl Skips {
    /// Adds one part.
    pub(super) fn add(&mut self, line: usize, what: &str, why: &'static str) {
        self.0.entry((what.to_owned(), why)).or_default().push(line);
    }

    /// Why parts called `name` were left out, to go on with a sentence.
    pub(super) fn reasons(&self, name: &str) -> String {
        let quoted = format!("`{name}`");
        let of = self.0.iter().filter(|((what, _), _)| what.starts_with(&quoted));
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
        list.sort_by(|a, b| a.lines.cmp(&b.lines));
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
            skips.add(line, "`a`", "b");
        }
        skips.add(1, "`c`", "d");
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
