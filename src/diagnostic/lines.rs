//! Output of several lines. Only the program breaks lines, so that a foreign value cannot fake one.

use std::fmt::{self, Display, Write as _};

use crate::domain::text::is_unprintable;

/// Lines of text, each safe to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines(Vec<String>);

impl Lines {
    /// The lines of a text file.
    pub(crate) fn document(text: &str) -> Self {
        Self(text.lines().map(|line| one_line(&line)).collect())
    }

    /// Adds a line; line breaks in `text` are escaped.
    pub(crate) fn line(&mut self, text: impl Display) {
        self.0.push(one_line(&text));
    }

    pub(crate) fn blank(&mut self) {
        self.0.push(String::new());
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Adds the lines of `other`. Lines without indentation get two spaces.
    pub(crate) fn append_indented(&mut self, other: Self) {
        let indent = |line: String| if line.starts_with(' ') { line } else { format!("  {line}") };
        self.0.extend(other.0.into_iter().map(indent));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// Escapes everything in `text` that a terminal would act on, including line breaks.
pub(crate) fn one_line(text: &dyn Display) -> String {
    let text = text.to_string();
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unprintable(c) {
            // writing to a string cannot fail
            let _ = write!(line, "{}", c.escape_unicode());
        } else {
            line.push(c);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(one_line(&"a\u{1b}[31m\r\nb\u{202e}"), "a\\u{1b}[31m\\u{d}\\u{a}b\\u{202e}");
    }

    #[test]
    fn a_line_break_in_a_value_does_not_start_a_line() {
        let mut lines = Lines::default();
        lines.line(format_args!("account {}", "Eve\n1 bundle verified: all hold\u{2028}x"));
        let mut outer = Lines::default();
        outer.append_indented(lines);
        outer.append(Lines::document("a\r\n\n b\u{1b}"));
        let lines = outer.0;
        let first = "  account Eve\\u{a}1 bundle verified: all hold\\u{2028}x";
        assert_eq!(lines, [first, "a", "", " b\\u{1b}"]);
    }
}
