//! The parts of a person that a row has, before it is known whether they are enough.

use crate::domain::directory::Directory;
use crate::domain::email::EmailAddress;
use crate::domain::label::Labels;
use crate::domain::language::Language;
use crate::domain::name::{DisplayName, LoginName};
use crate::domain::person::{Person, PersonId};
use crate::domain::platform::Platforms;
use crate::domain::setting::Setting;
use crate::input::fault::RowFault;

pub(super) struct PersonParts {
    pub(super) address: Option<EmailAddress>,
    pub(super) first: Option<DisplayName>,
    pub(super) last: Option<DisplayName>,
    pub(super) display: Option<DisplayName>,
    pub(super) id: Option<PersonId>,
    pub(super) rest: Rest,
}

/// The parts that become those of the person as they are.
pub(super) struct Rest {
    pub(super) login: Option<LoginName>,
    pub(super) outgoing_login: Option<LoginName>,
    pub(super) own_outgoing_password: bool,
    pub(super) settings: Vec<Setting>,
    pub(super) platforms: Platforms,
    pub(super) language: Option<Language>,
    pub(super) labels: Labels,
    pub(super) directory: Option<Box<Directory>>,
}

impl PersonParts {
    /// The person; an error without a fault where the address is missing, which is reported already.
    pub(super) fn finish(self) -> Result<Person, Option<RowFault>> {
        let whole = match (&self.first, &self.last) {
            (Some(first), Some(last)) => Some(
                DisplayName::try_from(format!("{first} {last}").as_str())
                    .map_err(|_| Some(RowFault::NameTooLong))?,
            ),
            _ => None,
        };
        let address = self.address.ok_or(None)?;
        let called = called(self.first.as_ref(), self.last.as_ref(), self.display.as_ref());
        let shown = self.display.or(whole).or(self.first).or(self.last);
        Ok(Person {
            display_name: shown.unwrap_or_else(|| DisplayName::from(&address)),
            called,
            address,
            login: self.rest.login,
            outgoing_login: self.rest.outgoing_login,
            own_outgoing_password: self.rest.own_outgoing_password,
            id: self.id,
            settings: self.rest.settings,
            platforms: self.rest.platforms,
            language: self.rest.language,
            labels: self.rest.labels,
            directory: self.rest.directory,
        })
    }
}

/// The name that distinguishes two people: first and last name where both are there, else the whole name
/// with the other parts. Many people share a first or a last name. A shared mailbox may have a display name
/// of its own.
fn called(
    first: Option<&DisplayName>,
    last: Option<&DisplayName>,
    display: Option<&DisplayName>,
) -> Option<String> {
    let parts: Vec<&DisplayName> = match (first, last) {
        (Some(first), Some(last)) => vec![first, last],
        (first, last) => [Some(display?), first, last].into_iter().flatten().collect(),
    };
    let parts: Vec<String> = parts.iter().map(|name| name.as_str().to_lowercase()).collect();
    Some(parts.join(" "))
}
