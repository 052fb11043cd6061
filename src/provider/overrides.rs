//! Single settings changed for one run: `--set imap.host=mail.centurylink.net`.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use super::Server;
use super::error::ProviderError;
use super::pattern::{HostPattern, UsernamePattern};
use crate::diagnostic::{Shown, nearest};
use crate::domain::server::Security;
use crate::domain::setting::{SettingKey, SettingKind};

/// One setting of one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    key: SettingKey,
    value: String,
}

impl Override {
    /// The setting.
    pub(crate) fn key(&self) -> SettingKey {
        self.key
    }

    /// What is wrong with the value, if anything is.
    pub(crate) fn fault(&self) -> Option<String> {
        self.change().err()
    }

    /// Changes `server`. A changed host is the admin's own: nobody disputes it.
    pub(super) fn apply(&self, server: &mut Server) -> Result<(), ProviderError> {
        match self.change().map_err(|what| self.refuse(&what))? {
            Change::Host(host) => {
                server.host = host;
                server.disputed = None;
            }
            Change::Port(port) => server.port = port,
            Change::Security(security) => server.security = security,
            Change::Username(username) => server.username = username,
        }
        Ok(())
    }

    /// The value as its setting takes it.
    fn change(&self) -> Result<Change, String> {
        let value = self.value.as_str();
        Ok(match self.key.kind {
            SettingKind::Host => {
                Change::Host(HostPattern::try_from(value).map_err(|error| error.to_string())?)
            }
            SettingKind::Port => Change::Port(
                value
                    .parse::<NonZeroU16>()
                    .map_err(|_| "a port is a number from 1 to 65535".to_owned())?,
            ),
            SettingKind::Security => Change::Security(
                Security::from_id(value)
                    .ok_or_else(|| "it is one of tls, starttls, none".to_owned())?,
            ),
            SettingKind::Username => Change::Username(
                UsernamePattern::try_from(value).map_err(|error| error.to_string())?,
            ),
        })
    }

    fn refuse(&self, what: &dyn fmt::Display) -> ProviderError {
        ProviderError::Override {
            key: self.key.to_string(),
            value: self.value.clone(),
            what: what.to_string(),
        }
    }
}

/// What becomes of a server.
enum Change {
    Host(HostPattern),
    Port(NonZeroU16),
    Security(Security),
    Username(UsernamePattern),
}

impl FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text
            .split_once('=')
            .ok_or("write it as setting=value, for example imap.host=mail.centurylink.net")?;
        let key = key.trim();
        let Some(found) = SettingKey::from_id(key) else {
            let known: Vec<String> = SettingKey::all().map(|key| key.to_string()).collect();
            let meant = nearest(key, known.iter().map(String::as_str));
            let advice = meant.map_or_else(
                || format!("there are {}", known.join(", ")),
                |m| format!("did you mean `{m}`?"),
            );
            return Err(format!("there is no setting `{}`; {advice}", Shown(key)));
        };
        Ok(Self { key: found, value: value.trim().to_owned() })
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
        assert_eq!("smtp.port=465".parse::<Override>().unwrap().key().to_string(), "smtp.port");
    }
}
