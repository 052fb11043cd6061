//! The variables of an MDM that can hold a person's address.

use std::borrow::Cow;

use thiserror::Error;

use super::{About, ManagedPerson, UserNames};
use crate::diagnostic::{Diagnostic, Listed, Shown};
use crate::domain::directory::{Directory, Entry};

/// A variable, as the MDM writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Ends in `<number>` where the user chooses a number.
    pub(crate) text: Cow<'static, str>,
    pub(crate) holds: Holds,
    /// The variable of the part before `@`.
    pub(crate) local_part: Option<&'static str>,
}

/// What a variable holds for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// The address that the directory has.
    Email,
    /// The user principal name.
    Upn,
    /// The user name in the MDM.
    User,
    /// What an import puts there: the export has the file for it.
    Attribute(u32),
}

/// The end of a variable with a number of the user's own.
const NUMBER: &str = "<number>";

/// A text that is no variable for addresses.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{mdm} has no variable `{}` that holds an address", Shown(.text))]
pub(crate) struct VariableError {
    mdm: &'static str,
    text: String,
    known: Vec<String>,
}

impl Diagnostic for VariableError {
    fn hint(&self) -> Option<String> {
        Some(format!("there are {}", Listed(&self.known)))
    }
}

impl Variable {
    /// The variable `text`, or the MDM's usual one.
    pub(crate) fn of(about: &About, text: Option<&str>) -> Result<Self, VariableError> {
        let Some(text) = text else { return Ok(about.variables[0].clone()) };
        let number = |variable: &Self| {
            let number = text.strip_prefix(variable.text.strip_suffix(NUMBER)?)?;
            let is_plain =
                !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
            number.parse().ok().filter(|number| is_plain && *number > 0)
        };
        let found = about.variables.iter().find_map(|variable| {
            if variable.text == text {
                return Some(variable.clone()).filter(|_| !text.ends_with(NUMBER));
            }
            let holds = Holds::Attribute(number(variable)?);
            Some(Self { text: Cow::Owned(text.to_owned()), holds, ..variable.clone() })
        });
        found.ok_or_else(|| VariableError {
            mdm: about.name,
            text: text.to_owned(),
            known: about.variables.iter().map(|variable| variable.text.to_string()).collect(),
        })
    }

    /// What it holds for `person`, as far as the list says.
    pub(crate) fn value<'a>(&self, person: &ManagedPerson<'a>, names: UserNames) -> Entry<&'a str> {
        fn text<T>(entry: &Entry<T>, text: impl Fn(&T) -> &str) -> Entry<&str> {
            match entry {
                Entry::NoColumn => Entry::NoColumn,
                Entry::Blank => Entry::Blank,
                Entry::Unreadable => Entry::Unreadable,
                Entry::Is(value) => Entry::Is(text(value)),
            }
        }
        let directory: &'a Directory = person.directory;
        match self.holds {
            Holds::Email => text(&directory.email, |email| email.as_str()),
            Holds::Upn => text(&directory.upn, |upn| upn.as_str()),
            Holds::User => text(&directory.user, |user| user.as_str()),
            // what the table of the export puts there
            Holds::Attribute(_) => {
                person.user(names).map_or(Entry::NoColumn, |_| Entry::Is(person.address()))
            }
        }
    }
}
