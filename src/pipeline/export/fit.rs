//! Whether the profile of everybody is right for a person.

use crate::domain::account::MailAccount;
use crate::domain::directory::Entry;
use crate::domain::shared::{Placeholders, SharedAccount, SharedLogin};
use crate::mdm::{ManagedPerson, Request};

/// Whether the profile of everybody is right for a person.
pub(super) enum Fit {
    Yes,
    No(String),
    /// No, and no value in the MDM would make it right.
    Alone(String),
    /// The list does not say what the variable holds for the person.
    Unknown,
}

pub(super) fn fit(shared: &SharedAccount, person: &ManagedPerson<'_>, request: &Request) -> Fit {
    let accounts = person.accounts;
    let first = &accounts.first;
    if !accounts.more.is_empty() {
        let count = accounts.more.len() + 1;
        return Fit::Alone(format!(
            "the person has {count} mailboxes, and the profile sets up one"
        ));
    }
    if let Some(what) = other_server(shared, first) {
        return Fit::Alone(what);
    }
    let text = &request.variable.text;
    let value = match request.variable.value(person, request.user_names) {
        Entry::Is(value) => value,
        Entry::NoColumn => return Fit::Unknown,
        Entry::Blank | Entry::Unreadable => {
            return Fit::No(format!("{text} is blank, and the mailbox is `{}`", first.address));
        }
    };
    if !value.eq_ignore_ascii_case(first.address.as_str()) {
        return Fit::No(format!("{text} holds `{value}`, and the mailbox is `{}`", first.address));
    }
    Fit::Yes
}

/// The user name that a device gets where the variable holds the mailbox of `account`.
fn filled(username: &str, placeholders: &Placeholders, account: &MailAccount) -> String {
    let Placeholders { address, local_part, .. } = placeholders;
    // the name of one variable may begin with that of another
    let username = match local_part {
        Some(variable) => username.replace(variable, account.address.local_part()),
        None => username.to_owned(),
    };
    username.replace(address, account.address.as_str())
}

/// A server or user name of `account` that the profile of everybody does not have.
fn other_server(shared: &SharedAccount, account: &MailAccount) -> Option<String> {
    let placeholders = &shared.placeholders;
    for (what, shared, own) in [
        ("receiving", &shared.incoming, &account.incoming),
        ("sending", &shared.outgoing, &account.outgoing),
    ] {
        let SharedLogin { endpoint, username } = shared;
        if *endpoint != own.endpoint {
            let own = &own.endpoint;
            return Some(format!("the server for {what} is {own}, and the profile has {endpoint}"));
        }
        let expected = filled(username, placeholders, account);
        if expected != own.username.as_str() {
            return Some(format!(
                "the user name for {what} is `{}`, and the profile gives `{expected}`",
                own.username
            ));
        }
    }
    None
}
