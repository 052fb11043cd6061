//! Labels of people for reports only: client, group, department.

use super::text::{is_unprintable, is_visible};

/// The longest label, in characters.
const LONGEST: usize = 200;

/// One line of text for reports. Unprintable characters are removed and long text is cut: a label is
/// never a reason to refuse a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label(Box<str>);

impl Label {
    /// `None` if nothing is visible.
    pub fn of(text: &str) -> Option<Self> {
        let printable: String =
            text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect();
        let one_line = printable.split_whitespace().collect::<Vec<_>>().join(" ");
        let cut: String = one_line.chars().take(LONGEST).collect();
        is_visible(&cut).then(|| Self(cut.into_boxed_str()))
    }

    /// One printable line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// All labels of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// The client, for admins of several companies.
    pub client: Option<Label>,
    /// A class, a team, an organizational unit.
    pub group: Option<Label>,
    /// A department.
    pub department: Option<Label>,
}

impl Labels {
    /// Client, group and department.
    pub(crate) fn texts(&self) -> [Option<&str>; 3] {
        [&self.client, &self.group, &self.department].map(|label| label.as_ref().map(Label::as_str))
    }

    /// These labels, completed from `other`.
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
