//! Words that a list says about a person and that only reports repeat: client, group, department.

use super::text::{is_unprintable, is_visible};

/// The longest label, in characters.
const LONGEST: usize = 200;

/// One line of text that is carried along unread. What cannot be printed is left out, what is too
/// long is cut: a label is never a reason to refuse somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label(Box<str>);

impl Label {
    /// The label in `text`; `None` where there is nothing to see.
    pub fn of(text: &str) -> Option<Self> {
        let printable: String =
            text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect();
        let one_line = printable.split_whitespace().collect::<Vec<_>>().join(" ");
        let cut: String = one_line.chars().take(LONGEST).collect();
        is_visible(&cut).then(|| Self(cut.into_boxed_str()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Everything of that kind about one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Whose person it is, for admins who serve several firms.
    pub client: Option<Label>,
    /// A class, a team, an organizational unit.
    pub group: Option<Label>,
    /// The department.
    pub department: Option<Label>,
}

impl Labels {
    /// These, and what `other` knows beyond them.
    #[must_use]
    pub(crate) fn or(self, other: &Self) -> Self {
        Self {
            client: self.client.or_else(|| other.client.clone()),
            group: self.group.or_else(|| other.group.clone()),
            department: self.department.or_else(|| other.department.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_printable_line() {
        assert_eq!(Label::of(" a\n b\u{202e} ").unwrap().as_str(), "a b");
        assert_eq!(Label::of(" \u{200b} "), None);
        assert_eq!(Label::of(&"x".repeat(300)).unwrap().as_str().len(), 200);
    }
}
