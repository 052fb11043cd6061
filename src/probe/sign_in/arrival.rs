//! Whether the test message arrives, over IMAP or POP.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::super::channel::Channel;
use super::super::dialog::{self, after};
use super::super::fault::StepFault;
use super::super::report::Step;
use super::super::target::Target;
use super::super::time_limit::{Deadline, Patience};
use super::super::walk::reach;
use super::attempt::{Credentials, SignIn};
use super::letter::Letter;
use super::verdict::{Answer, Verdict};
use super::{imap, pop};
use crate::domain::server::IncomingProtocol;
use crate::domain::setting::ServerRole;
use crate::sign::server::Authorities;

/// How long a message may take.
pub(super) const LONGEST: Duration = Duration::from_mins(1);

/// Before the first look: no server is faster than that.
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Between two looks over one connection of IMAP.
const PAUSE: Duration = Duration::from_secs(2);

/// Between two looks into a POP mailbox, each of which is a sign-in.
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_secs(15);

/// Messages at the end of a POP mailbox that are looked at.
const LAST_MESSAGES: u64 = 5;

/// What became of the test message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It was seen, so long after it was sent.
    Seen(Duration),
    /// Not within a minute.
    NotSeen,
    /// The server for receiving no longer let the mailbox in.
    NoLook(SignIn),
}

/// Looks for `letter`: over IMAP until `end`, over POP once, because a POP mailbox does not change while it is open.
pub(super) fn look(
    target: &Target,
    address: SocketAddr,
    authorities: &Authorities,
    (credentials, letter): (&Credentials, &Letter),
    end: Instant,
) -> Result<bool, SignIn> {
    let silence = Patience::default().silence;
    let deadline = Deadline::of(Patience { server: LONGEST + 2 * silence, silence });
    let failed = |(step, fault)| SignIn::NotTried { step, fault };
    let (mut channel, offer) = reach(target, address, authorities, deadline).map_err(failed)?;
    if !channel.is_secure() {
        return Err(failed((Step::Tls, StepFault::NotTls)));
    }
    let is_imap = target.role == ServerRole::Incoming(IncomingProtocol::Imap);
    let answered = if is_imap {
        imap::sign_in(&mut channel, &offer, credentials)
    } else {
        pop::sign_in(&mut channel, &offer, credentials)
    };
    let answer = answered.map_err(SignIn::Broken)?.without(&credentials.secrets());
    if !answer.is_ok() {
        return Err(SignIn::Answered(Verdict::of(&answer)));
    }
    let found = if is_imap {
        search(&mut channel, letter.id(), end)
    } else {
        read_last(&mut channel, letter.id())
    };
    dialog::leave(target.role, &mut channel);
    match found.map_err(SignIn::Broken)? {
        Looked::Found => Ok(true),
        Looked::NotYet => Ok(false),
        Looked::Refused(line) => {
            let answer = Answer::new(target.role, false, &line).without(&credentials.secrets());
            Err(SignIn::Answered(Verdict::of(&answer)))
        }
    }
}

/// What a look into the mailbox saw.
enum Looked {
    Found,
    NotYet,
    /// The server does not let it look, in these words.
    Refused(Vec<u8>),
}

/// Asks for the message again and again (RFC 9051 §6.4.4).
fn search(channel: &mut Channel, id: &str, end: Instant) -> Result<Looked, StepFault> {
    if let Err(line) = command(channel, "EXAMINE INBOX")? {
        return Ok(Looked::Refused(line));
    }
    loop {
        let search = format!("UID SEARCH HEADER Message-ID \"<{id}>\"");
        let lines = match command(channel, &search)? {
            Ok(lines) => lines,
            Err(line) => return Ok(Looked::Refused(line)),
        };
        let found = |line: &Vec<u8>| {
            after(line, "* SEARCH").is_some_and(|rest| rest.iter().any(u8::is_ascii_digit))
        };
        if lines.iter().any(found) {
            return Ok(Looked::Found);
        }
        if Instant::now() + PAUSE >= end {
            return Ok(Looked::NotYet);
        }
        thread::sleep(PAUSE);
        // the server tells what is new only after a command
        let _ = command(channel, "NOOP")?;
    }
}

/// The untagged lines of an answer; the inner error is the line that refuses.
fn command(channel: &mut Channel, text: &str) -> Result<Result<Vec<Vec<u8>>, Vec<u8>>, StepFault> {
    channel.send(&format!("b {text}"))?;
    let mut lines = Vec::new();
    loop {
        let line = channel.read_line()?;
        if let Some(rest) = after(&line, "b") {
            let is_ok = after(rest.trim_ascii_start(), "OK").is_some();
            return Ok(if is_ok { Ok(lines) } else { Err(line) });
        }
        lines.push(line);
    }
}

/// Reads the headers of the last messages (RFC 1939 §7, TOP).
///
/// Reading whole messages instead would mark them as read in some mailboxes.
fn read_last(channel: &mut Channel, id: &str) -> Result<Looked, StepFault> {
    channel.send("STAT")?;
    let line = channel.read_line()?;
    let count = after(&line, "+OK").map(|rest| String::from_utf8_lossy(rest).into_owned());
    let count = count.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    let count = count.unwrap_or(0);
    let (mut refused, mut can_read) = (None, false);
    for number in (count.saturating_sub(LAST_MESSAGES - 1).max(1)..=count).rev() {
        channel.send(&format!("TOP {number} 0"))?;
        let answer = channel.read_line()?;
        if after(&answer, "+OK").is_none() {
            refused = Some(answer);
            continue;
        }
        can_read = true;
        let mut is_it = false;
        loop {
            let line = channel.read_line()?;
            if line == b"." {
                break;
            }
            is_it |= memchr::memmem::find(&line, id.as_bytes()).is_some();
        }
        if is_it {
            return Ok(Looked::Found);
        }
    }
    // of one message: it may have been removed meanwhile
    Ok(refused.filter(|_| !can_read).map_or(Looked::NotYet, Looked::Refused))
}
