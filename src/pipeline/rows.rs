//! Rows with their accounts: what both passes read.

use super::Job;
use super::outcome::RowProblem;
use crate::domain::account::MailAccount;
use crate::domain::person::Person;
use crate::input::{Field, InputError, Location, Row, RowFault, Table};
use crate::provider::Refusal;

/// A row, understood as far as it can be on its own.
#[derive(Debug)]
pub(super) struct ReadRow {
    pub(super) location: Location,
    /// The mailbox as the list writes it; empty where it cannot be read.
    pub(super) address: String,
    pub(super) missing_cells: usize,
    pub(super) account: Result<(Person, MailAccount), Vec<RowProblem>>,
}

/// The next row of `table`; `None` at the end.
pub(super) fn next(job: &Job, table: &mut Table) -> Result<Option<ReadRow>, InputError> {
    let Some(Row { location, person, missing_cells }) = table.next_row()? else {
        return Ok(None);
    };
    let (address, account) = match person {
        Ok(person) => (person.address.to_string(), resolve(job, table, person)),
        Err(error) => (
            address_in(&error.faults, table),
            Err(error.faults.into_iter().map(RowProblem::from).collect()),
        ),
    };
    Ok(Some(ReadRow { location, address, missing_cells, account }))
}

fn resolve(
    job: &Job,
    table: &Table,
    person: Person,
) -> Result<(Person, MailAccount), Vec<RowProblem>> {
    match job.resolver.resolve(&person) {
        Ok(account) => Ok((person, account)),
        Err(refusal) => {
            let field = match refusal {
                Refusal::LoginNotAddress { .. } => Field::Login,
                Refusal::Host { .. } | Refusal::OtherDomain { .. } | Refusal::Username { .. } => {
                    Field::Email
                }
            };
            let column = table.mapping.header_of(field).map(str::to_owned);
            Err(vec![RowProblem::Refusal { refusal, column }])
        }
    }
}

/// What the row has in its address column, as far as a fault repeats it.
fn address_in(faults: &[RowFault], table: &Table) -> String {
    let email = table.mapping.header_of(Field::Email);
    faults
        .iter()
        .find_map(|fault| match fault {
            RowFault::Cell { column, value, .. } if Some(column.as_str()) == email => value.clone(),
            _ => None,
        })
        .unwrap_or_default()
}
