//! What a server's answer to a sign-in means: its codes first, known texts second. Pure.

use std::fmt;

use super::super::text::ServerText;
use super::repeated::repeats;
use crate::domain::secret::Secret;
use crate::domain::server::IncomingProtocol;
use crate::domain::setting::ServerRole;

/// In place of words that contain the password.
const REPEATED: &[u8] = b"words that repeat the password";

/// The answer of a server to a sign-in, or to what it was asked after it.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    role: ServerRole,
    is_ok: bool,
    /// Whether the sign-in itself was accepted.
    is_signed_in: bool,
    line: Vec<u8>,
    /// Printed in place of a line that has the password in it.
    cover: Option<&'static [u8]>,
}

impl Answer {
    pub(super) fn new(role: ServerRole, is_ok: bool, line: &[u8]) -> Self {
        Self { role, is_ok, is_signed_in: is_ok, line: line.to_vec(), cover: None }
    }

    /// Without what the server repeats of `secrets`: its words are printed.
    pub(super) fn without(self, secrets: &[Secret]) -> Self {
        let repeats = secrets.iter().any(|it| repeats(&self.line, it));
        Self { cover: repeats.then_some(REPEATED), ..self }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.is_ok
    }

    /// A refusal of something after the sign-in.
    pub(super) fn after_sign_in(self) -> Self {
        Self { is_signed_in: true, ..self }
    }
}

/// What a sign-in proved, with the server's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) meaning: Meaning,
    pub(crate) words: ServerText,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Accepted,
    /// Password or user name.
    WrongPassword,
    /// Sign-in by this protocol is switched off for the mailbox.
    SwitchedOff,
    Locked,
    /// The server names its administrator as the one to ask, and nothing else.
    ContactAdmin,
    /// An app password, or a sign-in in a browser.
    AppPassword,
    Expired,
    OverQuota,
    /// Signed in, and not allowed to send.
    SendingRefused,
    /// Greylisting, or a server that is busy.
    TryLater,
    /// The server points to another one, to which no password is sent.
    Referral,
    Unclear,
}

impl Meaning {
    /// For programs, stable.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::WrongPassword => "wrong-password",
            Self::SwitchedOff => "switched-off",
            Self::Locked => "locked",
            Self::ContactAdmin => "contact-admin",
            Self::AppPassword => "app-password",
            Self::Expired => "expired",
            Self::OverQuota => "over-quota",
            Self::SendingRefused => "sending-refused",
            Self::TryLater => "try-later",
            Self::Referral => "referral",
            Self::Unclear => "unclear",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::Accepted => return None,
            Self::WrongPassword => {
                "sign in to webmail with the same user name and password; if that works, wait a day before another attempt: several refusals may lock the mailbox"
            }
            Self::SwitchedOff => {
                "switch it on in webmail or the provider's admin pages, or use another protocol"
            }
            Self::Locked => {
                "wait, and unlock the mailbox in webmail: another attempt may prolong the lock"
            }
            Self::ContactAdmin => {
                "ask the people who run the server what keeps this mailbox from signing in"
            }
            Self::AppPassword => {
                "make an app password on the provider's pages; a sign-in in a browser is something that no file can carry"
            }
            Self::Expired => "change the password in webmail, then try again",
            Self::OverQuota => "make room in webmail",
            Self::SendingRefused => {
                "ask the provider whether the account is enabled for SMTP relay"
            }
            Self::TryLater => "try again in some minutes",
            Self::Referral => {
                "the mailbox is on another server: ask the provider which, and name it in the settings"
            }
            Self::Unclear => "read the server's words",
        })
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "the sign-in is accepted",
            Self::WrongPassword => "user name or password is refused",
            Self::SwitchedOff => "sign-in by this protocol is switched off for the mailbox",
            Self::Locked => "the mailbox is locked",
            Self::ContactAdmin => "the server refuses, and asks to contact its administrator",
            Self::AppPassword => "the server wants an app password, or a sign-in in a browser",
            Self::Expired => "the password has expired",
            Self::OverQuota => "the mailbox is full",
            Self::SendingRefused => "the sign-in is accepted, and sending is refused",
            Self::TryLater => "the server asks to try again later",
            Self::Referral => "the server points to another server, which gets no password",
            Self::Unclear => "the server refuses, and does not say why",
        })
    }
}

impl Verdict {
    pub(super) fn of(answer: &Answer) -> Self {
        let words = ServerText::from(answer.cover.unwrap_or(&answer.line));
        let text = String::from_utf8_lossy(&answer.line).to_lowercase();
        let meaning = if answer.is_ok {
            Meaning::Accepted
        } else if answer.is_signed_in {
            after_sign_in(&text)
        } else {
            let by_code = match answer.role {
                ServerRole::Incoming(IncomingProtocol::Imap) => imap_code(&text),
                ServerRole::Incoming(IncomingProtocol::Pop) => pop_code(&text),
                ServerRole::Outgoing => smtp_code(&text),
            };
            match (by_code, by_text(&text)) {
                (Some(Meaning::ContactAdmin), Some(Meaning::WrongPassword)) => {
                    Meaning::ContactAdmin
                }
                // servers use these two codes for other refusals, too, and say in words which it is: for an app
                // password, or as Dovecot does for a mailbox with `nologin`
                (Some(Meaning::WrongPassword | Meaning::ContactAdmin) | None, Some(known)) => known,
                (Some(meaning), _) => meaning,
                (None, None) => Meaning::Unclear,
            }
        };
        Self { meaning, words }
    }
}

/// The response code in brackets.
fn bracketed(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('[')?;
    let (code, _) = rest.split_once(']')?;
    code.split_whitespace().next()
}

/// RFC 5530, RFC 2221, and Google's WEBALERT.
fn imap_code(text: &str) -> Option<Meaning> {
    Some(match bracketed(text)? {
        "authenticationfailed" => Meaning::WrongPassword,
        "authorizationfailed" | "noperm" => Meaning::SwitchedOff,
        "expired" => Meaning::Expired,
        "unavailable" | "limit" | "inuse" | "serverbug" => Meaning::TryLater,
        "contactadmin" => Meaning::ContactAdmin,
        "overquota" => Meaning::OverQuota,
        "webalert" => Meaning::AppPassword,
        "referral" => Meaning::Referral,
        _ => return None,
    })
}

/// RFC 2449 §8, RFC 3206.
fn pop_code(text: &str) -> Option<Meaning> {
    Some(match bracketed(text)? {
        "auth" => Meaning::WrongPassword,
        "sys/temp" | "login-delay" | "in-use" => Meaning::TryLater,
        "sys/perm" => Meaning::SwitchedOff,
        _ => return None,
    })
}

/// RFC 4954 §6 and RFC 3463, of the answer to AUTH.
fn smtp_code(text: &str) -> Option<Meaning> {
    let (code, enhanced) = codes(text);
    Some(match (code, enhanced) {
        (534, "5.7.9") => Meaning::AppPassword,
        // Exchange Online: SmtpClientAuthentication is disabled
        (535, "5.7.139") => Meaning::SwitchedOff,
        (432, _) => Meaning::Expired,
        (535, _) => Meaning::WrongPassword,
        (421 | 450..=454, _) => Meaning::TryLater,
        _ => return None,
    })
}

/// Of the answer to MAIL FROM and RCPT TO.
fn after_sign_in(text: &str) -> Meaning {
    match codes(text) {
        (_, "4.2.2" | "5.2.2") => Meaning::OverQuota,
        // without the second code it may be the mailbox; with another one it is the server or the message
        (452 | 552, other) if !is_enhanced(other) => Meaning::OverQuota,
        (400..500, _) => Meaning::TryLater,
        _ => Meaning::SendingRefused,
    }
}

/// `535 5.7.8` as a number and a text.
fn codes(text: &str) -> (u16, &str) {
    let mut words = text.split([' ', '-']);
    let code = words.next().and_then(|word| word.parse().ok()).unwrap_or_default();
    (code, words.next().unwrap_or_default())
}

/// Whether `word` is a code of RFC 3463 and not the beginning of a sentence.
fn is_enhanced(word: &str) -> bool {
    word.split('.').count() == 3
        && word
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit()))
}

/// What providers write, in lower case.
fn by_text(text: &str) -> Option<Meaning> {
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(&[
        "app password",
        "application-specific",
        "application specific",
        "web browser",
        "oauth",
    ]) {
        Some(Meaning::AppPassword)
    } else if has(&["locked", "too many", "suspended", "temporarily blocked"]) {
        Some(Meaning::Locked)
    } else if has(&["disabled", "not enabled", "not allowed to use"]) {
        Some(Meaning::SwitchedOff)
    } else if has(&["quota", "mailbox full", "mailbox is full"]) {
        Some(Meaning::OverQuota)
    } else if has(&["expired"]) {
        Some(Meaning::Expired)
    } else if has(&["authentication failed", "invalid credentials", "login failed", "password"]) {
        Some(Meaning::WrongPassword)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAP: ServerRole = ServerRole::Incoming(IncomingProtocol::Imap);
    const POP: ServerRole = ServerRole::Incoming(IncomingProtocol::Pop);
    const SMTP: ServerRole = ServerRole::Outgoing;

    fn meaning(role: ServerRole, line: &str) -> Meaning {
        Verdict::of(&Answer::new(role, false, line.as_bytes())).meaning
    }

    #[test]
    fn refusals_are_distinguished_by_code_and_by_known_texts() {
        for (role, line, expected) in [
            (IMAP, "a NO [AUTHENTICATIONFAILED] Authentication failed.", Meaning::WrongPassword),
            (IMAP, "a NO [ALERT] Application-specific password required", Meaning::AppPassword),
            (IMAP, "a NO [WEBALERT https://x.example] Web login required.", Meaning::AppPassword),
            (IMAP, "a NO [AUTHORIZATIONFAILED] IMAP is off", Meaning::SwitchedOff),
            (IMAP, "a NO [UNAVAILABLE] Temporary failure", Meaning::TryLater),
            (IMAP, "a NO [EXPIRED] change it", Meaning::Expired),
            (IMAP, "a NO [CONTACTADMIN] ask", Meaning::ContactAdmin),
            (IMAP, "a NO [CONTACTADMIN] Your password was stolen", Meaning::ContactAdmin),
            (IMAP, "a NO [CONTACTADMIN] Account locked", Meaning::Locked),
            // Dovecot 2.3.19, a mailbox with `nologin`
            (IMAP, "a NO [CONTACTADMIN] Login disabled for this user", Meaning::SwitchedOff),
            (POP, "-ERR [AUTH] Login disabled for this user", Meaning::SwitchedOff),
            (
                IMAP,
                "a NO [UNAVAILABLE] Temporary authentication failure. [vm:2026-11-30 00:15:00]",
                Meaning::TryLater,
            ),
            (IMAP, "a NO [REFERRAL imap://ada@other.example/] Try there", Meaning::Referral),
            (IMAP, "a NO account locked", Meaning::Locked),
            (IMAP, "a NO IMAP access is disabled for this user", Meaning::SwitchedOff),
            (IMAP, "a NO no", Meaning::Unclear),
            (POP, "-ERR [AUTH] Authentication failed.", Meaning::WrongPassword),
            (POP, "-ERR [SYS/TEMP] later", Meaning::TryLater),
            (POP, "-ERR [SYS/PERM] POP is off", Meaning::SwitchedOff),
            (POP, "-ERR Too many failed logins", Meaning::Locked),
            (SMTP, "535 5.7.8 Error: authentication failed", Meaning::WrongPassword),
            (SMTP, "534 5.7.9 Application-specific password required", Meaning::AppPassword),
            (SMTP, "535 5.7.139 SmtpClientAuthentication is disabled", Meaning::SwitchedOff),
            (SMTP, "454 4.7.0 Temporary authentication failure", Meaning::TryLater),
            (SMTP, "432 4.7.12 a password transition is needed", Meaning::Expired),
            (SMTP, "535 5.7.0 account locked", Meaning::Locked),
            (SMTP, "garbage", Meaning::Unclear),
        ] {
            assert_eq!(meaning(role, line), expected, "{line}");
        }
    }

    #[test]
    fn a_refusal_after_the_sign_in_is_not_one_of_the_password() {
        for (line, expected) in [
            ("554 5.7.1 <ada@acme.test>: Relay access denied", Meaning::SendingRefused),
            ("550 5.7.1 not allowed", Meaning::SendingRefused),
            ("451 4.7.1 Greylisting in action", Meaning::TryLater),
            ("452 4.2.2 Mailbox full", Meaning::OverQuota),
            ("552 Mailbox full", Meaning::OverQuota),
            // Dovecot's `quota-status` through Postfix 3.7.11
            (
                "552 5.2.2 <ada@acme.test>: Recipient address rejected: Mailbox is full",
                Meaning::OverQuota,
            ),
            // the disk of the server is full, in the words of Postfix
            ("452 4.3.1 Insufficient system storage", Meaning::TryLater),
            ("552 5.3.4 Message size exceeds fixed limit", Meaning::SendingRefused),
            ("452 4.5.3 Error: too many recipients", Meaning::TryLater),
            ("552 5.2.2 Quota exceeded", Meaning::OverQuota),
        ] {
            let answer = Answer::new(SMTP, false, line.as_bytes()).after_sign_in();
            assert_eq!(Verdict::of(&answer).meaning, expected, "{line}");
        }
    }

    #[test]
    fn words_that_repeat_the_password_in_any_form_are_not_shown_and_keep_their_meaning() {
        let secrets = [Secret::new(b"Canary\"Pa\\ss-W0rd1%".to_vec())];
        for repeated in [
            "Canary\"Pa\\ss-W0rd1%",
            "canary\"pa\\ss-w0rd1%",
            "Canary\\\"Pa\\\\ss-W0rd1%",
            "Canary%22Pa%5Css-W0rd1%25",
            "CANARYPASSW0RD1",
            "43616E6172792250615c73732d573072643125",
        ] {
            let line = format!("a NO [UNAVAILABLE] `{repeated}` is wrong");
            let verdict = Verdict::of(&Answer::new(IMAP, false, line.as_bytes()).without(&secrets));
            assert_eq!(verdict.words.to_string().as_bytes(), REPEATED, "{repeated}");
            assert_eq!(verdict.meaning, Meaning::TryLater, "{repeated}");
        }
        let other = Answer::new(IMAP, false, b"a NO 100% wrong: canary").without(&secrets);
        assert_eq!(Verdict::of(&other).words.to_string(), "a NO 100% wrong: canary");
    }

    #[test]
    fn the_words_of_the_server_are_made_harmless() {
        let verdict = Verdict::of(&Answer::new(IMAP, false, b"a NO \x1b[31m`id`"));
        assert_eq!(verdict.words.to_string(), "a NO \\u{1b}[31m\\u{60}id\\u{60}");
    }
}
