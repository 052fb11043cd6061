//! The contact for people who need help.

use std::fmt;

use super::name::{NameError, fit};

/// The longest contact line, in characters: enough for a name, a telephone number and an address.
const LONGEST: usize = 200;

/// One line with the contact for help, e.g. `IT help desk, +1 555 0100`. Printable, shown as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact(Box<str>);

impl Contact {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for Contact {
    type Error = NameError;

    fn try_from(text: &str) -> Result<Self, NameError> {
        let line = fit(text)?.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() > LONGEST {
            return Err(NameError::TooLong(LONGEST));
        }
        Ok(Self(line.into_boxed_str()))
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_one_printable_line_of_bounded_length() {
        let contact = |text: &str| Contact::try_from(text).map(|contact| contact.to_string());
        assert_eq!(
            contact("  IT  help desk, +1 555 0100 "),
            Ok("IT help desk, +1 555 0100".into())
        );
        assert!(contact("Ilona “Lona” <it@example.com>").is_ok());
        assert_eq!(contact(" "), Err(NameError::Blank));
        assert!(matches!(contact("a\nb"), Err(NameError::Unfit(_))));
        assert!(matches!(contact("call \u{202e}0010 555"), Err(NameError::Unfit(_))));
        assert_eq!(contact(&"é".repeat(200)).unwrap().chars().count(), 200);
        assert_eq!(contact(&"é".repeat(201)), Err(NameError::TooLong(200)));
    }
}
