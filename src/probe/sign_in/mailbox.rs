//! Signing in with one mailbox at both of its servers.

use std::net::SocketAddr;
use std::thread;
use std::time::Instant;

use super::super::report::ServerReport;
use super::super::run::Probe;
use super::super::target::Target;
use super::arrival::{self, Arrival, look};
use super::attempt::{Credentials, SignIn, sign_in};
use super::letter::Letter;
use super::pace::{Next, Server};
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

/// Whether a message is sent from the mailbox to itself, and waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TestMessage {
    Sent,
    NotSent,
}

/// One attempt of a mailbox, and what came of it.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) login: &'a Login,
    pub(crate) username: LoginName,
    /// `None`: not made, after a refusal of the same password, or of the user name in another row.
    pub(crate) result: Option<SignIn>,
}

/// What became of a mailbox.
#[derive(Debug)]
pub(crate) struct MailboxResult<'a, E> {
    pub(crate) attempts: Vec<Attempt<'a>>,
    /// Of the test message, if one was sent.
    pub(crate) arrival: Option<Arrival>,
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
    /// Whether receiving and sending work with the settings as they are, and a test message arrived.
    pub(crate) fn is_whole(&self) -> bool {
        let is_lost = self.arrival.as_ref().is_some_and(|it| !matches!(it, Arrival::Seen(_)));
        self.halt.is_none() && !is_lost && self.attempts.iter().all(Attempt::is_accepted)
    }

    /// The attempt with the form of the user name that works where that of the settings does not.
    pub(crate) fn other_name(&self) -> Option<&Attempt<'a>> {
        let other = |it: &&Attempt<'a>| it.is_accepted() && it.username != it.login.username;
        self.attempts.iter().find(other)
    }
}

/// Signs in with mailboxes, one after the other or on several threads.
pub(crate) struct SigningIn<'r, E> {
    pub(crate) probe: &'r Probe,
    /// Of the servers of all mailboxes. To one that does not work no password is sent.
    pub(crate) reports: &'r [ServerReport],
    pub(crate) turns: &'r Turns<'r, E>,
    pub(crate) other_name: OtherName,
    pub(crate) test_message: TestMessage,
}

impl<E> SigningIn<'_, E> {
    /// Signs in with `mailbox`, once for each of its servers and each form of its user name. `before` is called when its
    /// turn has come, each time.
    pub(crate) fn with<'a>(
        &self,
        mailbox: &'a Mailbox,
        before: &mut dyn FnMut() -> Result<(), E>,
    ) -> MailboxResult<'a, E> {
        let mut result = MailboxResult { attempts: Vec::new(), arrival: None, halt: None };
        let letter = match self.test_message {
            TestMessage::Sent => Some(Letter::new(&mailbox.address, self.turns.now())),
            TestMessage::NotSent => None,
        };
        // the password for receiving proves nothing if the one for sending cannot be sent
        for login in &mailbox.logins {
            if let Next::Refusals { seconds } = self.turns.next(Server::from(&login.endpoint)) {
                let host = login.endpoint.host.as_str();
                return MailboxResult {
                    halt: Some((host, NoTurn::Refusals { seconds })),
                    ..result
                };
            }
        }
        for login in &mailbox.logins {
            let is_refused = |it: &Attempt<'_>| it.login.has_password_of(login) && it.is_refused();
            let server = Server::from(&login.endpoint);
            if result.attempts.iter().any(is_refused)
                || self.turns.has_refused(server, login.username.as_str())
            {
                let username = login.username.clone();
                result.attempts.push(Attempt { login, username, result: None });
                continue;
            }
            let other = match self.other_name {
                OtherName::Tried => mailbox.other_name(&login.username),
                OtherName::NotTried => None,
            };
            for username in [Some(login.username.clone()), other].into_iter().flatten() {
                let credentials = mailbox.credentials(login, &username);
                match self.attempt(login, (&credentials, letter.as_ref()), before) {
                    Ok(made) => {
                        result.attempts.push(Attempt {
                            login,
                            username: username.clone(),
                            result: Some(made),
                        });
                    }
                    Err(why) => {
                        result.halt = Some((login.endpoint.host.as_str(), why));
                        return result;
                    }
                }
                let meaning = result.attempts.last().and_then(Attempt::meaning);
                if matches!(meaning, Some(Meaning::WrongPassword | Meaning::Locked)) {
                    self.turns.note_refused(server, username.as_str());
                }
                if meaning != Some(Meaning::WrongPassword) {
                    break;
                }
            }
        }
        if let Some(letter) = letter.filter(|_| result.is_whole()) {
            self.wait_for(&letter, mailbox, before, &mut result);
        }
        result
    }

    /// The server of `login`, and the address at which it works.
    fn working(&self, login: &Login) -> Result<(&Target, SocketAddr), SignIn> {
        let is_it = |it: &&ServerReport| {
            it.target.role == login.role && it.target.endpoint == login.endpoint
        };
        let report = self.reports.iter().find(is_it);
        let working = report.and_then(|it| Some((&it.target, it.working_path()?.address)));
        working.ok_or_else(|| SignIn::of_failed(report))
    }

    fn attempt(
        &self,
        login: &Login,
        with: (&Credentials, Option<&Letter>),
        before: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<SignIn, NoTurn<E>> {
        let (target, address) = match self.working(login) {
            Ok(working) => working,
            Err(failed) => return Ok(failed),
        };
        self.turns.take(Server::from(&login.endpoint), before, || {
            let Probe { authorities, patience, .. } = self.probe;
            let result = sign_in(target, address, authorities, with, *patience);
            let said = result.said();
            (result, said)
        })
    }

    /// Looks for the message at the server for receiving until it is there, or a minute has passed.
    fn wait_for<'a>(
        &self,
        letter: &Letter,
        mailbox: &'a Mailbox,
        before: &mut dyn FnMut() -> Result<(), E>,
        result: &mut MailboxResult<'a, E>,
    ) {
        let login = &mailbox.logins[0];
        let credentials = mailbox.credentials(login, &login.username);
        let (target, address) = match self.working(login) {
            Ok(working) => working,
            Err(failed) => {
                result.arrival = Some(Arrival::NoLook(failed));
                return;
            }
        };
        let begin = Instant::now();
        let end = begin + arrival::LONGEST;
        thread::sleep(arrival::FIRST_PAUSE);
        loop {
            let looked = self.turns.take(Server::from(&login.endpoint), before, || {
                let authorities = &self.probe.authorities;
                let looked = look(target, address, authorities, (&credentials, letter), end);
                let said = looked.as_ref().err().map_or(Said::NotRefused, SignIn::said);
                (looked, said)
            });
            result.arrival = match looked {
                Ok(Ok(true)) => Some(Arrival::Seen(begin.elapsed())),
                Ok(Err(failed)) => Some(Arrival::NoLook(failed)),
                Ok(Ok(false)) if Instant::now() + arrival::BETWEEN_LOOKS < end => {
                    thread::sleep(arrival::BETWEEN_LOOKS);
                    continue;
                }
                Ok(Ok(false)) => Some(Arrival::NotSeen),
                Err(why) => {
                    result.halt = Some((login.endpoint.host.as_str(), why));
                    None
                }
            };
            return;
        }
    }
}

impl Mailbox {
    fn credentials(&self, login: &Login, username: &LoginName) -> Credentials {
        Credentials {
            address: self.address.clone(),
            username: username.clone(),
            password: login.password.clone(),
        }
    }

    /// The part before `@` in place of the address, and the other way round.
    fn other_name(&self, used: &LoginName) -> Option<LoginName> {
        let is_address = used.as_str() == self.address.as_str();
        let other = if is_address { self.address.local_part() } else { self.address.as_str() };
        LoginName::try_from(other).ok()
    }
}

impl Login {
    fn has_password_of(&self, other: &Self) -> bool {
        self.password.expose() == other.password.expose()
    }
}

impl Attempt<'_> {
    fn is_refused(&self) -> bool {
        self.result.as_ref().is_some_and(|result| result.said() == Said::Refused)
    }
}
