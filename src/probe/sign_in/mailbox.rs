//! Signing in with one mailbox at both of its servers.

use super::super::report::ServerReport;
use super::super::run::Probe;
use super::attempt::{Credentials, SignIn, sign_in};
use super::turns::{NoTurn, Said, Turns};
use super::verdict::Meaning;
use crate::domain::email::EmailAddress;
use crate::domain::name::LoginName;
use crate::domain::password::MailPassword;
use crate::domain::server::Endpoint;
use crate::domain::setting::ServerRole;

/// A mailbox to sign in with.
#[derive(Debug)]
pub(crate) struct Mailbox {
    pub(crate) address: EmailAddress,
    /// For receiving, then for sending.
    pub(crate) logins: [Login; 2],
}

/// How the settings sign in to one server.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) role: ServerRole,
    pub(crate) endpoint: Endpoint,
    pub(crate) username: LoginName,
    pub(crate) password: MailPassword,
}

/// Whether the other usual form of a user name is tried, if the one of the settings is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtherName {
    Tried,
    NotTried,
}

/// One attempt of a mailbox, and what came of it.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) login: &'a Login,
    pub(crate) username: LoginName,
    /// `None`: not made, because the same password would be refused a second time.
    pub(crate) result: Option<SignIn>,
}

/// What became of a mailbox.
#[derive(Debug)]
pub(crate) struct MailboxResult<'a, E> {
    pub(crate) attempts: Vec<Attempt<'a>>,
    /// At which host it ended early, and why.
    pub(crate) halt: Option<(&'a str, NoTurn<E>)>,
}

impl Attempt<'_> {
    pub(crate) fn is_accepted(&self) -> bool {
        self.meaning() == Some(Meaning::Accepted)
    }

    /// What the server meant; `None` if it did not answer to a password.
    pub(crate) fn meaning(&self) -> Option<Meaning> {
        match &self.result {
            Some(SignIn::Answered(verdict)) => Some(verdict.meaning),
            _ => None,
        }
    }
}

impl<'a, E> MailboxResult<'a, E> {
    /// Whether receiving and sending work with the settings as they are.
    pub(crate) fn is_whole(&self) -> bool {
        self.halt.is_none() && self.attempts.iter().all(Attempt::is_accepted)
    }

    /// The attempt with the form of the user name that works where that of the settings does not.
    pub(crate) fn other_name(&self) -> Option<&Attempt<'a>> {
        let other = |it: &&Attempt<'a>| it.is_accepted() && it.username != it.login.username;
        self.attempts.iter().find(other)
    }
}

impl Probe {
    /// Signs in with `mailbox`, once for each of its servers and each form of its user name. `reports` are those of its
    /// servers; to one that does not work no password is sent. `before_each` is called when its turn has come.
    pub(crate) fn sign_in_with<'a, E>(
        &self,
        mailbox: &'a Mailbox,
        reports: &[ServerReport],
        (other_name, turns): (OtherName, &Turns<'_, E>),
        before_each: &mut dyn FnMut() -> Result<(), E>,
    ) -> MailboxResult<'a, E> {
        let mut attempts: Vec<Attempt<'a>> = Vec::new();
        for login in &mailbox.logins {
            if attempts.iter().any(|it| it.login.has_password_of(login) && it.is_refused()) {
                let username = login.username.clone();
                attempts.push(Attempt { login, username, result: None });
                continue;
            }
            let mut names = vec![login.username.clone()];
            while let Some(username) = names.pop() {
                let with = (login, &username);
                let result = match self.attempt(mailbox, with, reports, turns, before_each) {
                    Ok(result) => Some(result),
                    Err(why) => {
                        let halt = Some((login.endpoint.host.as_str(), why));
                        return MailboxResult { attempts, halt };
                    }
                };
                attempts.push(Attempt { login, username, result });
                let is_wrong = attempts.last().and_then(Attempt::meaning);
                let is_first = attempts.iter().filter(|it| it.login.is(login)).count() == 1;
                if is_first
                    && is_wrong == Some(Meaning::WrongPassword)
                    && other_name == OtherName::Tried
                {
                    names.extend(mailbox.other_name(&login.username));
                }
            }
        }
        MailboxResult { attempts, halt: None }
    }

    fn attempt<E>(
        &self,
        mailbox: &Mailbox,
        (login, username): (&Login, &LoginName),
        reports: &[ServerReport],
        turns: &Turns<'_, E>,
        before: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<SignIn, NoTurn<E>> {
        let is_it = |it: &&ServerReport| {
            it.target.role == login.role && it.target.endpoint == login.endpoint
        };
        let report = reports.iter().find(is_it);
        let working = report.and_then(|report| Some((&report.target, report.working_path()?)));
        let Some((target, path)) = working else { return Ok(SignIn::of_failed(report)) };
        let credentials = Credentials {
            address: mailbox.address.clone(),
            username: username.clone(),
            password: login.password.clone(),
        };
        turns.take(login.endpoint.host.as_str(), before, || {
            let (authorities, patience) = (&self.authorities, self.patience);
            let result = sign_in(target, path.address, authorities, &credentials, patience);
            let said = result.said();
            (result, said)
        })
    }
}

impl Mailbox {
    /// The part before `@` in place of the address, and the other way round.
    fn other_name(&self, used: &LoginName) -> Option<LoginName> {
        let is_address = used.as_str() == self.address.as_str();
        let other = if is_address { self.address.local_part() } else { self.address.as_str() };
        LoginName::try_from(other).ok()
    }
}

impl Login {
    fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }

    fn has_password_of(&self, other: &Self) -> bool {
        self.password.expose() == other.password.expose()
    }
}

impl Attempt<'_> {
    fn is_refused(&self) -> bool {
        self.result.as_ref().is_some_and(|result| result.said() == Said::Refused)
    }
}
