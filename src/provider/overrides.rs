//! Single settings changed for one run: `--set imap.host=mail.centurylink.net`.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use super::Server;
use super::error::ProviderError;
use super::pattern::{HostPattern, UsernamePattern};
use crate::diagnostic::{Shown, nearest};
use crate::domain::server::{IncomingProtocol, Security};

/// One setting of one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    target: Target,
    setting: Setting,
    value: String,
}

/// The server an override speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Incoming(IncomingProtocol),
    Outgoing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    Host,
    Port,
    Security,
    Username,
}

const TARGETS: [(&str, Target); 3] = [
    ("imap", Target::Incoming(IncomingProtocol::Imap)),
    ("pop", Target::Incoming(IncomingProtocol::Pop)),
    ("smtp", Target::Outgoing),
];

const SETTINGS: [(&str, Setting); 4] = [
    ("host", Setting::Host),
    ("port", Setting::Port),
    ("security", Setting::Security),
    ("username", Setting::Username),
];

impl Override {
    pub(super) fn target(&self) -> Target {
        self.target
    }

    /// The setting as it is typed: `imap.host`.
    pub(super) fn key(&self) -> String {
        let target = TARGETS.iter().find(|(_, target)| *target == self.target);
        let setting = SETTINGS.iter().find(|(_, setting)| *setting == self.setting);
        format!("{}.{}", target.map_or("", |(id, _)| id), setting.map_or("", |(id, _)| id))
    }

    /// Changes `server`. A changed host is the admin's own: nobody disputes it.
    pub(super) fn apply(&self, server: &mut Server) -> Result<(), ProviderError> {
        let value = self.value.as_str();
        match self.setting {
            Setting::Host => {
                server.host = HostPattern::try_from(value).map_err(|error| self.refuse(&error))?;
                server.disputed = None;
            }
            Setting::Port => {
                server.port = value
                    .parse::<NonZeroU16>()
                    .map_err(|_| self.refuse(&"a port is a number from 1 to 65535"))?;
            }
            Setting::Security => {
                server.security = Security::from_id(value)
                    .ok_or_else(|| self.refuse(&"it is one of tls, starttls, none"))?;
            }
            Setting::Username => {
                server.username =
                    UsernamePattern::try_from(value).map_err(|error| self.refuse(&error))?;
            }
        }
        Ok(())
    }

    fn refuse(&self, what: &dyn fmt::Display) -> ProviderError {
        ProviderError::Override {
            key: self.key(),
            value: self.value.clone(),
            what: what.to_string(),
        }
    }
}

impl FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text
            .split_once('=')
            .ok_or("write it as setting=value, for example imap.host=mail.centurylink.net")?;
        let known = || {
            TARGETS.iter().flat_map(|(t, _)| SETTINGS.iter().map(move |(s, _)| format!("{t}.{s}")))
        };
        let found = key.trim().split_once('.').and_then(|(target, setting)| {
            let target = TARGETS.iter().find(|(id, _)| *id == target)?.1;
            let setting = SETTINGS.iter().find(|(id, _)| *id == setting)?.1;
            Some((target, setting))
        });
        let Some((target, setting)) = found else {
            let known: Vec<String> = known().collect();
            let meant = nearest(key, known.iter().map(String::as_str));
            let advice = meant.map_or_else(
                || format!("there are {}", known.join(", ")),
                |m| format!("did you mean `{m}`?"),
            );
            return Err(format!("there is no setting `{}`; {advice}", Shown(key)));
        };
        Ok(Self { target, setting, value: value.trim().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_setting_is_answered_with_the_near_one() {
        assert_eq!(
            "imap.hst=x".parse::<Override>().unwrap_err(),
            "there is no setting `imap.hst`; did you mean `imap.host`?"
        );
        assert!("smtp".parse::<Override>().is_err());
    }

    #[test]
    fn the_key_is_said_back_as_typed() {
        assert_eq!("smtp.port=465".parse::<Override>().unwrap().key(), "smtp.port");
    }
}
