//! The steps of a mail program on its way to a mailbox: one table of their names and of what to do where one fails, for
//! `probe`, for `TestConnection` of the Windows script and for START-HERE.html. Tests compare the last two with it.

use std::fmt;

/// In the order in which they are taken with TLS from the first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Name,
    Connection,
    Tls,
    Greeting,
    StartTls,
    SignIn,
}

impl Step {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 6] =
        [Self::Name, Self::Connection, Self::Tls, Self::Greeting, Self::StartTls, Self::SignIn];

    /// For programs.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Connection => "connection",
            Self::Tls => "tls",
            Self::Greeting => "greeting",
            Self::StartTls => "starttls",
            Self::SignIn => "sign-in",
        }
    }

    /// What to do where it fails and nothing more is known.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Name => {
                "compare the name with the provider's own page, letter by letter; if it is right, see whether this computer is online"
            }
            Self::Connection => {
                "a firewall, an antivirus program or the provider of the line may block this port, or nothing listens there: try another network, then compare the port with the provider's own page"
            }
            Self::Tls => {
                "mail programs refuse such a certificate, and must not be made to accept it: compare the host with the provider's own page, check this computer's clock, and ask the provider; an antivirus program that reads mail causes it, too"
            }
            Self::Greeting => {
                "the server refuses, or it is a server of another kind: compare host and port with the provider's own page, and try later"
            }
            Self::StartTls => {
                "the port may want another kind of encryption, or a proxy removes STARTTLS: compare port and security with the provider's own page, and try another network"
            }
            Self::SignIn => {
                "the provider may want a sign-in in a browser (OAuth2), which no file can carry: ask it whether it has app passwords, and whether the account may use this server"
            }
        }
    }
}

/// For people.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tls => "TLS",
            Self::StartTls => "STARTTLS",
            Self::Name | Self::Connection | Self::Greeting | Self::SignIn => self.id(),
        })
    }
}
