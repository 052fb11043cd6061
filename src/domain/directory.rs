//! How the organization's directory and its device management know a person. Only exports for an MDM use it:
//! nothing of it is in a bundle, and none of it can refuse a row.

use std::fmt;

use uuid::Uuid;

use super::email::EmailAddress;
use super::name::{DisplayName, LoginName};
use super::text::first_unfit;

/// The longest serial number, in characters. Apple's have 10 to 17.
const LONGEST_SERIAL: usize = 64;

/// What the list says about a person in the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// The user principal name in Entra or Active Directory.
    pub upn: Entry<LoginName>,
    /// The user name in the MDM (Jamf: *Username*).
    pub user: Entry<DisplayName>,
    /// The address that the directory has, which need not be the mailbox that is set up.
    pub email: Entry<EmailAddress>,
    /// The Entra group whose only member is the person.
    pub group: Option<GroupId>,
    /// The person's devices.
    pub serials: Vec<SerialNumber>,
}

/// What the list has for one person in a column of the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Entry<T> {
    /// The list has no such column.
    #[default]
    NoColumn,
    /// The cell is blank, or says that there is nothing.
    Blank,
    /// The cell holds no such value.
    Unreadable,
    /// This value.
    Is(T),
}

impl<T> Entry<T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::NoColumn | Self::Blank | Self::Unreadable => None,
        }
    }
}

/// The object id of a group in Entra: a UUID in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupId(Uuid);

impl GroupId {
    /// `None` for a text that is not a UUID in its usual form, of 36 characters.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let uuid = Uuid::try_parse(text).ok().filter(|uuid| !uuid.is_nil());
        uuid.filter(|_| text.len() == 36).map(Self)
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A device's serial number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialNumber(Box<str>);

impl SerialNumber {
    /// `None` for a text that is not one word.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (1..=LONGEST_SERIAL).contains(&text.chars().count())
            && first_unfit(text).is_none()
            && !text.contains(char::is_whitespace);
        fits.then(|| Self(text.into()))
    }

    /// As the list has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_a_whole_uuid() {
        let group = GroupId::of(" 6F9619FF-8B86-D011-B42D-00CF4FC964FF ").unwrap();
        assert_eq!(group.to_string(), "6f9619ff-8b86-d011-b42d-00cf4fc964ff");
        for text in [
            "",
            "Sales",
            "6f9619ff8b86d011b42d00cf4fc964ff",
            "{6f9619ff-8b86-d011-b42d-00cf4fc964ff}",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert_eq!(GroupId::of(text), None, "{text}");
        }
    }

    #[test]
    fn a_serial_number_is_one_word() {
        assert_eq!(SerialNumber::of(" C02XK0GWJGH6 ").unwrap().as_str(), "C02XK0GWJGH6");
        for text in ["", " ", "C02 XK", "a\u{202e}b", &"9".repeat(65)] {
            assert_eq!(SerialNumber::of(text), None, "{text:?}");
        }
    }
}
