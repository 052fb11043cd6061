//! Single settings changed for one run: `--set imap.host=mail.centurylink.net`.

use std::num::NonZeroU16;
use std::str::FromStr;

use thiserror::Error;

use super::Server;
use super::pattern::{HostPattern, PatternError, UsernamePattern};
use crate::diagnostic::{Shown, nearest};
use crate::domain::server::Security;
use crate::domain::setting::{SettingKey, SettingKind};

/// One setting of one server, with its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    key: SettingKey,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Host(HostPattern),
    Port(NonZeroU16),
    Security(Security),
    Username(UsernamePattern),
}

/// A text that is not an override.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OverrideError {
    #[error("write it as setting=value, for example imap.host=mail.centurylink.net")]
    NoEqualsSign,
    #[error("there is no setting `{}`; {advice}", Shown(.name))]
    UnknownSetting { name: String, advice: String },
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("a port is a number from 1 to 65535")]
    Port,
    #[error("it is one of tls, starttls, none")]
    Security,
}

impl Override {
    pub(crate) fn new(key: SettingKey, value: &str) -> Result<Self, OverrideError> {
        let value = match key.kind {
            SettingKind::Host => Value::Host(HostPattern::try_from(value)?),
            SettingKind::Port => Value::Port(value.parse().map_err(|_| OverrideError::Port)?),
            SettingKind::Security => {
                Value::Security(Security::from_id(value).ok_or(OverrideError::Security)?)
            }
            SettingKind::Username => Value::Username(UsernamePattern::try_from(value)?),
        };
        Ok(Self { key, value })
    }

    pub(crate) fn key(&self) -> SettingKey {
        self.key
    }

    /// The new value, as [`Override::new`] reads it.
    pub(crate) fn value(&self) -> String {
        match &self.value {
            Value::Host(host) => host.to_string(),
            Value::Port(port) => port.to_string(),
            Value::Security(security) => security.id().to_owned(),
            Value::Username(username) => username.to_string(),
        }
    }

    /// Changes `server`. A host that the admin names is no longer disputed.
    pub(super) fn apply(&self, server: &mut Server) {
        match self.value.clone() {
            Value::Host(host) => {
                server.host = host;
                server.disputed = None;
            }
            Value::Port(port) => server.port = port,
            Value::Security(security) => server.security = security,
            Value::Username(username) => server.username = username,
        }
    }
}

impl OverrideError {
    /// The error about an unknown setting, with the nearest known one or all of them.
    pub(crate) fn unknown(name: &str) -> Self {
        let known: Vec<String> = SettingKey::all().map(|key| key.to_string()).collect();
        let advice = match nearest(name, known.iter().map(String::as_str)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("there are {}", known.join(", ")),
        };
        Self::UnknownSetting { name: name.to_owned(), advice }
    }
}

impl FromStr for Override {
    type Err = OverrideError;

    fn from_str(text: &str) -> Result<Self, OverrideError> {
        let (name, value) = text.split_once('=').ok_or(OverrideError::NoEqualsSign)?;
        let name = name.trim();
        let key = SettingKey::from_id(name).ok_or_else(|| OverrideError::unknown(name))?;
        Self::new(key, value.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_setting_gets_the_nearest_one_as_advice() {
        assert_eq!(
            "imap.hst=x".parse::<Override>().unwrap_err().to_string(),
            "there is no setting `imap.hst`; did you mean `imap.host`?"
        );
    }

    #[test]
    fn a_value_is_parsed_with_its_setting() {
        for (text, error) in [
            ("smtp", OverrideError::NoEqualsSign),
            ("imap.port=0", OverrideError::Port),
            ("imap.security=ssl", OverrideError::Security),
        ] {
            assert_eq!(text.parse::<Override>(), Err(error));
        }
        assert!(matches!("imap.host=x y".parse::<Override>(), Err(OverrideError::Pattern(_))));
        assert_eq!("smtp.port=465".parse::<Override>().unwrap().key().to_string(), "smtp.port");
    }
}
