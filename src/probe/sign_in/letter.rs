//! The test message: sent from a mailbox to itself (RFC 5322).

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::super::channel::Channel;
use super::super::fault::StepFault;
use crate::domain::email::EmailAddress;

/// A message that can be found again.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    address: EmailAddress,
    sent: OffsetDateTime,
    id: String,
}

impl Letter {
    /// `now` in seconds since 1970. A mailbox gets at most one in a second from one process.
    pub(super) fn new(address: &EmailAddress, now: i64) -> Self {
        let sent = OffsetDateTime::from_unix_timestamp(now).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let domain = address.domain();
        let id = format!("{now}.{}.mailmuster@{domain}", std::process::id());
        Self { address: address.clone(), sent, id }
    }

    /// The `Message-ID`, without angle brackets.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Sends it after DATA was accepted.
    pub(super) fn send(&self, channel: &mut Channel) -> Result<(), StepFault> {
        channel.send(&self.lines().join("\r\n"))?;
        channel.send(".")
    }

    /// No line begins with a dot, and none is longer than 78 characters but for the address.
    fn lines(&self) -> Vec<String> {
        let Self { address, sent, id } = self;
        // every moment of this century can be written
        let date = sent.format(&Rfc2822).unwrap_or_default();
        vec![
            format!("Date: {date}"),
            format!("From: <{address}>"),
            format!("To: <{address}>"),
            "Subject: Test message of mailmuster".to_owned(),
            format!("Message-ID: <{id}>"),
            "Auto-Submitted: auto-generated".to_owned(),
            "MIME-Version: 1.0".to_owned(),
            "Content-Type: text/plain; charset=us-ascii".to_owned(),
            String::new(),
            "An administrator sent this message from this mailbox to itself, to see".to_owned(),
            "whether its settings work. It can be deleted.".to_owned(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_whole_and_no_line_ends_it_early() {
        let address = EmailAddress::try_from("ada@acme.test").unwrap();
        let letter = Letter::new(&address, 1_796_000_000);
        let lines = letter.lines();
        assert_eq!(lines[0], "Date: Mon, 30 Nov 2026 00:53:20 +0000");
        assert_eq!(lines[1], "From: <ada@acme.test>");
        assert!(lines.contains(&format!("Message-ID: <{}>", letter.id())));
        assert!(lines.iter().all(|line| !line.starts_with('.') && line.is_ascii()));
    }
}
