//! Rows with their accounts, each on its own.

use super::outcome::{Fault, SkipReason};
use super::{Job, PasswordUse};
use crate::domain::account::MailAccount;
use crate::domain::email::EmailAddress;
use crate::domain::host::Domain;
use crate::domain::label::Labels;
use crate::domain::password::{MailPasswords, PasswordFault};
use crate::domain::person::{Person, PersonId};
use crate::input::{
    Field, InputError, Location, Mapping, Password, Row, RowContent, RowFault, RowReader,
    RowWarning,
};
use crate::provider::AccountFault;

#[derive(Debug)]
pub(super) struct ReadRow {
    pub(super) location: Location,
    /// The mailbox of a skipped or refused row, as in the list; empty if unreadable.
    left_out: String,
    /// The mailbox of a row that was refused for something else.
    refused_address: Option<EmailAddress>,
    /// The labels of a row that was refused because of other rows.
    left_labels: Labels,
    /// The domain of a refused address, possibly mistyped.
    pub(super) refused_domain: Option<Domain>,
    pub(super) id: Option<PersonId>,
    pub(super) missing_cells: usize,
    pub(super) warnings: Vec<RowWarning>,
    pub(super) password: Password,
    pub(super) state: RowState,
    /// The Windows user in the columns of the directory, whatever becomes of the row; read only if
    /// [`Job::windows_users`] is set.
    pub(super) windows_user: String,
    /// Read only for [`PasswordUse::SignIn`], where the row has any that could be used.
    pub(super) passwords: Option<Box<Result<MailPasswords, PasswordFault>>>,
    /// The unchanged row, if [`Job::keep_cells`].
    pub(super) cells: Option<Vec<Vec<u8>>>,
}

#[derive(Debug)]
pub(super) enum RowState {
    Sound(Box<Person>, Box<MailAccount>),
    Skipped(SkipReason),
    Refused(Vec<Fault>),
}

impl ReadRow {
    /// The mailbox as in the list; empty if unreadable.
    pub(super) fn address(&self) -> String {
        match &self.state {
            RowState::Sound(person, _) => person.address.to_string(),
            RowState::Skipped(_) | RowState::Refused(_) => self.left_out.clone(),
        }
    }

    /// The mailbox of a refused row, as far as it can be read.
    pub(super) fn refused_address(&self) -> Option<EmailAddress> {
        let quoted = || EmailAddress::try_from(self.left_out.as_str()).ok();
        self.refused_address.clone().or_else(quoted)
    }

    /// Refuses a valid row.
    pub(super) fn refuse(&mut self, problem: Fault) {
        self.leave_out(RowState::Refused(vec![problem]));
    }

    /// Excludes a valid row.
    pub(super) fn leave_out(&mut self, state: RowState) {
        self.left_out = self.address();
        self.left_labels = self.labels();
        self.state = state;
    }

    pub(super) fn person(&self) -> Option<&Person> {
        match &self.state {
            RowState::Sound(person, _) => Some(person),
            RowState::Skipped(_) | RowState::Refused(_) => None,
        }
    }

    /// Whether the row gives no bundle although its person is in the list.
    pub(super) fn is_still_listed(&self) -> bool {
        matches!(
            self.state,
            RowState::Refused(_)
                | RowState::Skipped(SkipReason::NothingToMake | SkipReason::NotSignedIn(_))
        )
    }

    /// What reports repeat about the person.
    pub(super) fn labels(&self) -> Labels {
        self.person().map_or_else(|| self.left_labels.clone(), |person| person.labels.clone())
    }
}

pub(super) fn next(job: &Job, reader: &mut RowReader<'_>) -> Result<Option<ReadRow>, InputError> {
    let Some(row) = reader.next_row()? else {
        return Ok(None);
    };
    let windows_user = match job.windows_users {
        Some(_) => named_user(&job.list.mapping, reader),
        None => String::new(),
    };
    let passwords = match job.passwords {
        PasswordUse::Unread => None,
        PasswordUse::SignIn => reader.passwords().map(Box::new),
    };
    let cells = job.keep_cells.then(|| reader.cells().map(<[u8]>::to_vec).collect());
    let Row { location, id, content, missing_cells, warnings, password, labels } = row;
    let (mut refused_domain, mut refused_address) = (None, None);
    let mut left_labels = labels;
    let (left_out, state) = match content {
        RowContent::Person(person) => match job.resolver.resolve(&person) {
            Ok(mut account) => {
                if person.id.is_none()
                    && let Some(key) = job.renames.get(&person.address)
                {
                    account.key = key.clone();
                }
                (String::new(), RowState::Sound(person, Box::new(account)))
            }
            Err(refusal) => {
                refused_domain = Some(person.address.domain().clone());
                left_labels = person.labels.clone();
                let problem = refused(refusal, &job.list.mapping, &warnings);
                (person.address.to_string(), RowState::Refused(vec![problem]))
            }
        },
        RowContent::Skipped(skip) => {
            (skip.address.clone(), RowState::Skipped(SkipReason::ByList(skip)))
        }
        RowContent::Refused(error) => {
            refused_address = error.address;
            (
                address_in(&error.faults, &job.list.mapping),
                RowState::Refused(error.faults.into_iter().map(Fault::from).collect()),
            )
        }
    };
    Ok(Some(ReadRow {
        location,
        left_out,
        refused_address,
        left_labels,
        refused_domain,
        id,
        missing_cells,
        warnings,
        password,
        state,
        windows_user,
        passwords,
        cells,
    }))
}

/// Who the current row says that the person is in Windows; blank if it does not say.
fn named_user(mapping: &Mapping, reader: &RowReader<'_>) -> String {
    let cell = |field| {
        let text =
            String::from_utf8_lossy(reader.cells().nth(mapping.column(field)?)?).into_owned();
        (!text.trim().is_empty()).then_some(text)
    };
    cell(Field::DirectoryUser).or_else(|| cell(Field::Upn)).unwrap_or_default()
}

fn refused(fault: AccountFault, mapping: &Mapping, warnings: &[RowWarning]) -> Fault {
    let field = match fault {
        // the login for receiving is also used for sending, unless the row has another
        AccountFault::LoginNotAddress { outgoing_only: true, .. }
            if mapping.column(Field::OutgoingLogin).is_some() =>
        {
            Some(Field::OutgoingLogin)
        }
        AccountFault::LoginNotAddress { .. } => Some(Field::Login),
        AccountFault::PortAndSecurity { .. }
        | AccountFault::Cleartext { .. }
        | AccountFault::OtherPort { .. } => None,
        AccountFault::Host { .. }
        | AccountFault::NoProvider { .. }
        | AccountFault::OtherDomain { .. }
        | AccountFault::Unusable { .. }
        | AccountFault::Username { .. } => Some(Field::Email),
    };
    let fallback = warnings.iter().find_map(|warning| match warning {
        RowWarning::FallbackAddress { column } if field == Some(Field::Email) => {
            Some(column.clone())
        }
        _ => None,
    });
    let column =
        fallback.or_else(|| field.and_then(|field| mapping.header_of(field)).map(str::to_owned));
    Fault::Account { fault, column }
}

/// The address, as far as a fault quotes it.
fn address_in(faults: &[RowFault], mapping: &Mapping) -> String {
    let email = mapping.header_of(Field::Email);
    faults
        .iter()
        .find_map(|fault| match fault {
            RowFault::Cell { column, value, .. } if Some(column.as_str()) == email => value.clone(),
            _ => None,
        })
        .unwrap_or_default()
}
