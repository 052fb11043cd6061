//! The mailboxes of a list, with their passwords.

use super::super::rows::RowState;
use super::super::{Checked, Job, RunError, Stop};
use super::each_person;
use crate::domain::account::MailAccount;
use crate::domain::password::{MailPasswords, PasswordFault};
use crate::input::Location;

/// A mailbox of a valid row.
#[derive(Debug)]
pub(crate) struct ListedMailbox<'a> {
    pub(crate) location: Location,
    pub(crate) account: &'a MailAccount,
    /// `None` if the row has none that could be used.
    pub(crate) passwords: Option<&'a Result<MailPasswords, PasswordFault>>,
}

/// Calls `act` for each mailbox of the list, in its order.
pub(crate) fn each_mailbox(
    job: &Job,
    checked: &Checked,
    stop: &Stop,
    act: &mut dyn FnMut(ListedMailbox<'_>),
) -> Result<(), RunError> {
    each_person(job, checked, stop, &mut |person| {
        for row in &person.rows {
            if let RowState::Sound(_, account) = &row.state {
                act(ListedMailbox {
                    location: row.location,
                    account,
                    passwords: row.passwords.as_deref(),
                });
            }
        }
        Ok(())
    })
}
