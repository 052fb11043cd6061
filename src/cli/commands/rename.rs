//! `mailmuster rename`: a person without id has another address and keeps the account on their devices.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use thiserror::Error;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::folder::open_ledger;
use crate::cli::message::Console;
use crate::cli::person::address;
use crate::clock::{Clock, rfc3339};
use crate::diagnostic::Diagnostic;
use crate::domain::account::AccountKey;
use crate::domain::email::EmailAddress;
use crate::domain::renames::Renames;
use crate::ledger::{Access, Command, Ledger, LedgerError, NewRun, PersonKey};
use crate::output::Trust;
use crate::output::folder::OutputFolder;

/// Record that a person has another address, so that devices keep the account
#[derive(Debug, Args)]
pub(in crate::cli) struct RenameArgs {
    /// Address that the folder knows
    #[arg(value_name = "OLD")]
    old: String,
    /// Address in the next list
    #[arg(value_name = "NEW")]
    new: String,
    /// Output folder of earlier runs
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,
    /// Use the output folder even if another user owns it or everybody can write to it
    #[arg(long)]
    trust_folder: bool,
}

/// A rename that is refused.
#[derive(Debug, Error)]
enum RenameError {
    #[error("the ledger knows nobody with the address `{0}`")]
    Unknown(EmailAddress),
    #[error("the person at `{0}` has an id")]
    HasId(EmailAddress),
    #[error("`{0}` is one of several mailboxes of a person with an id")]
    OneOfSeveral(EmailAddress),
    #[error("the person at `{0}` was renamed to `{1}` already, which no list has had yet")]
    Pending(EmailAddress, String),
    #[error("`{0}` is the address of another person whom the folder knows")]
    Taken(EmailAddress),
    #[error("`{0}` and `{1}` are one address")]
    Same(EmailAddress, EmailAddress),
}

impl Diagnostic for RenameError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown(_) => "name the address that the folder has files for; the view `people` in ledger.db lists them".to_owned(),
            Self::HasId(_) => "nothing has to be done: a person with an id and one mailbox keeps the account under any address".to_owned(),
            Self::OneOfSeveral(_) => "with another address it is another mailbox for devices, and no rename changes that: run `generate` with the list that has the new address, and changes.csv says what the person has to do".to_owned(),
            Self::Pending(_, now) => format!(
                "run `generate` with the list that has `{now}`, or, if that address is wrong, name it as OLD"
            ),
            Self::Taken(address) => format!(
                "rename people before the first run with the new address; now `{address}` has files of its own, and devices that use them have a second account"
            ),
            Self::Same(..) => "name the old address and the new one".to_owned(),
        })
    }
}

impl RenameArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let Self { old, new, out, trust_folder } = self;
        let (old, new) = (&address(old)?, &address(new)?);
        if old == new {
            return Err(RenameError::Same(old.clone(), new.clone()).into());
        }
        // before the folder is touched: there must be a ledger, and it must know the person
        let ledger = open_ledger(out)?;
        let identifier = ledger.identifier()?;
        find(&ledger, old, new)??;
        drop(ledger);
        let clock = Clock::for_run(None)?;
        let trust = if *trust_folder { Trust::Any } else { Trust::Own };
        let folder = OutputFolder::open(out, trust)?;
        let mut ledger = Ledger::open(&folder.ledger()?, Access::Write, &identifier)?;
        let key = find(&ledger, old, new)??;
        let run = ledger.begin(&NewRun {
            command: Command::Rename,
            started_at: rfc3339(clock.run()),
            list: None,
            provider: None,
            signers: None,
        })?;
        ledger.move_key(&key, old, new)?;
        ledger.end(run, &rfc3339(clock.run()))?;
        console.answer(&format_args!(
            "`{new}` is now the address of the person at `{old}`; the next `generate` makes the new files"
        ));
        console.event(&RenameEvent {
            event: "rename",
            person: key.as_str(),
            old: old.as_str(),
            new: new.as_str(),
        });
        Ok(Exit::Done)
    }
}

/// The key of the person at `old`, or why they cannot get the address `new`.
fn find(
    ledger: &Ledger,
    old: &EmailAddress,
    new: &EmailAddress,
) -> Result<Result<AccountKey, RenameError>, LedgerError> {
    let renames = ledger.renames()?;
    // a run that was killed may have recorded it: recording it again changes nothing
    if let Some(key) = renames.get(new)
        && *key == AccountKey::of_address(old)
        && let Some(person) = ledger.person(PersonKey::from(key))?
        && person.record.addresses.iter().any(|address| address.eq_ignore_ascii_case(old.as_str()))
    {
        return Ok(Ok(key.clone()));
    }
    let key = renames.key_of(old);
    if ledger.person(PersonKey::from(&key))?.is_none() {
        let people = ledger.people_with(old.as_str())?;
        let moved = people.iter().find_map(|person| {
            renames.moved_to(&AccountKey::from_hex(&person.record.key.to_string())?, old)
        });
        return Ok(Err(match moved {
            Some(now) => RenameError::Pending(old.clone(), now.to_owned()),
            None if people.is_empty() => RenameError::Unknown(old.clone()),
            None if people.iter().any(|person| person.record.addresses.len() > 1) => {
                RenameError::OneOfSeveral(old.clone())
            }
            None => RenameError::HasId(old.clone()),
        }));
    }
    let is_taken = is_taken(ledger, &renames, new, &key)?;
    Ok(if is_taken { Err(RenameError::Taken(new.clone())) } else { Ok(key) })
}

/// Whether `address` is that of a person with another key than `key`.
fn is_taken(
    ledger: &Ledger,
    renames: &Renames,
    address: &EmailAddress,
    key: &AccountKey,
) -> Result<bool, LedgerError> {
    let own = renames.key_of(address);
    if own != *key && ledger.person(PersonKey::from(&own))?.is_some() {
        return Ok(true);
    }
    let others = ledger.people_with(address.as_str())?;
    Ok(others.iter().any(|other| {
        AccountKey::from_hex(&other.record.key.to_string())
            .is_some_and(|other| other != *key && renames.moved_to(&other, address).is_none())
    }))
}

#[derive(Serialize)]
struct RenameEvent<'a> {
    event: &'static str,
    person: &'a str,
    old: &'a str,
    new: &'a str,
}
