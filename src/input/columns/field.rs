//! What a column can hold.

use std::fmt;
use std::str::FromStr;

use crate::diagnostic::{Listed, Shown, nearest};
use crate::domain::setting::{SettingKey, SettingKind};

/// What a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The mailbox: the one field every list must have.
    Email,
    /// The given name.
    FirstName,
    /// A further given name. Shown in the mapping, part of no file.
    MiddleName,
    /// The family name.
    LastName,
    /// The whole name.
    DisplayName,
    /// The user name for the mail server, where it is not the provider's default.
    Login,
    /// The user name for sending, where it is another.
    OutgoingLogin,
    /// The mailbox's password. Never kept: only whether there is one.
    Password,
    /// The password for sending. Never kept: only whether it is another.
    OutgoingPassword,
    /// How a password was hashed: such a password is none.
    PasswordHash,
    /// Whether the password must be changed: such a password is none.
    MustChange,
    /// A stable key from the admin's own system. Rows that share it are one person's mailboxes.
    Id,
    /// The part behind `@`, where the address column has only the part before it.
    Domain,
    /// Whether the person is still here.
    Status,
    /// Whether the person is a guest.
    UserType,
    /// The devices to make files for.
    Platform,
    /// The language of the sheet.
    Language,
    /// Whose person it is, for admins who serve several firms.
    Client,
    /// A class, a team, an organizational unit.
    Group,
    /// The department.
    Department,
    /// A device's serial number. Shown in the mapping, part of no file.
    Serial,
}

impl Field {
    /// Every field, in the order the mapping is shown.
    pub const ALL: [Self; 21] = [
        Self::Email,
        Self::FirstName,
        Self::MiddleName,
        Self::LastName,
        Self::DisplayName,
        Self::Login,
        Self::OutgoingLogin,
        Self::Password,
        Self::OutgoingPassword,
        Self::PasswordHash,
        Self::MustChange,
        Self::Id,
        Self::Domain,
        Self::Status,
        Self::UserType,
        Self::Platform,
        Self::Language,
        Self::Client,
        Self::Group,
        Self::Department,
        Self::Serial,
    ];

    /// The name in `--map`, `--columns` and in the mapping.
    pub fn id(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::FirstName => "first_name",
            Self::MiddleName => "middle_name",
            Self::LastName => "last_name",
            Self::DisplayName => "display_name",
            Self::Login => "login",
            Self::OutgoingLogin => "outgoing_login",
            Self::Password => "password",
            Self::OutgoingPassword => "outgoing_password",
            Self::PasswordHash => "password_hash",
            Self::MustChange => "must_change",
            Self::Id => "id",
            Self::Domain => "domain",
            Self::Status => "status",
            Self::UserType => "user_type",
            Self::Platform => "platform",
            Self::Language => "language",
            Self::Client => "client",
            Self::Group => "group",
            Self::Department => "department",
            Self::Serial => "serial",
        }
    }

    /// Whether the column holds secrets: its cells are never repeated.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::OutgoingPassword)
    }

    /// Whether several columns may hold it: a person is gone if one of them says so, and whichever
    /// column a password stands in, it is not used.
    pub(super) fn may_repeat(self) -> bool {
        matches!(
            self,
            Self::Status
                | Self::Password
                | Self::OutgoingPassword
                | Self::PasswordHash
                | Self::MustChange
                | Self::MiddleName
                | Self::Serial
        )
    }
}

/// What a column is for: a field of the person, or a server of this row alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A field of the person.
    Field(Field),
    /// A setting, by the name that `--set` has for it.
    Setting(SettingKey),
}

impl Target {
    /// Every field, then every setting that a row may have of its own.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Field::ALL.into_iter().map(Self::Field).chain(Self::settings().map(Self::Setting))
    }

    /// The target with exactly this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let field = Field::ALL.into_iter().find(|field| field.id() == name);
        let setting = || SettingKey::from_id(name).filter(|key| key.kind != SettingKind::Username);
        field.map(Self::Field).or_else(|| setting().map(Self::Setting))
    }

    /// The settings that a row may have of its own. Its user name is the `login`.
    pub(super) fn settings() -> impl Iterator<Item = SettingKey> {
        SettingKey::all().filter(|key| key.kind != SettingKind::Username)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.id()),
            Self::Setting(key) => key.fmt(f),
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let name = name.trim();
        if let Some(target) = Self::named(name) {
            return Ok(target);
        }
        let known: Vec<String> = Self::all().map(|target| target.to_string()).collect();
        Err(match nearest(name, known.iter().map(String::as_str)) {
            Some(meant) => format!("there is no field `{}`; did you mean `{meant}`?", Shown(name)),
            None => format!("there is no field `{}`; there are {}", Shown(name), Listed(&known)),
        })
    }
}

/// Where a column named by hand is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// By its header, or by its number from 1 written `#3`.
    Header(String),
    /// `-`: no column holds the field, whatever the headers say.
    Nowhere,
}

/// A column named by hand: `--map email=Address`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    /// What the column is for.
    pub(crate) target: Target,
    /// Where it is.
    pub(crate) place: Place,
}

impl Map {
    /// The number of the column, from 1, where it is named so.
    pub(in crate::input) fn number(&self) -> Option<usize> {
        match &self.place {
            Place::Header(header) => header.strip_prefix('#')?.parse().ok(),
            Place::Nowhere => None,
        }
    }

    /// Whether the column is named by its number.
    pub(in crate::input) fn is_numbered(&self) -> bool {
        self.number().is_some()
    }
}

impl FromStr for Map {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (target, header) =
            text.split_once('=').ok_or("write it as field=Header, for example email=Address")?;
        let place = match header.trim() {
            "-" => Place::Nowhere,
            "" => return Err("no header stands behind the `=`".to_owned()),
            header => Place::Header(header.to_owned()),
        };
        Ok(Self { target: target.parse()?, place })
    }
}

impl fmt::Display for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Header(header) => write!(f, "{}={}", self.target, Shown(header)),
            Place::Nowhere => write!(f, "{}=-", self.target),
        }
    }
}

/// What each column of a list without header holds: `--columns email,-,display_name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnList(pub(super) Vec<Option<Target>>);

impl ColumnList {
    /// What each column holds, as `--columns` takes it.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |target: &Option<Target>| {
            target.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
        };
        self.0.iter().map(name).collect()
    }
}

impl FromStr for ColumnList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut columns: Vec<Option<Target>> = Vec::new();
        for name in text.split(',').map(str::trim) {
            let target = match name {
                "-" | "" => None,
                name => Some(name.parse::<Target>()?),
            };
            if target.is_some() && columns.contains(&target) {
                return Err(format!("`{name}` stands there twice"));
            }
            columns.push(target);
        }
        if columns.contains(&Some(Target::Field(Field::Email))) {
            Ok(Self(columns))
        } else {
            Err("one column must be `email`, for example email,-,display_name".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_fields_is_that_of_their_numbers() {
        for (at, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, at);
        }
    }

    #[test]
    fn a_mistyped_field_is_answered_with_the_near_one() {
        assert_eq!(
            "emial=Address".parse::<Map>().unwrap_err(),
            "there is no field `emial`; did you mean `email`?"
        );
        assert_eq!("imap.host=Server".parse::<Map>().unwrap().to_string(), "imap.host=Server");
        assert_eq!("status=-".parse::<Map>().unwrap().place, Place::Nowhere);
        assert!("email=".parse::<Map>().is_err());
        assert!("imap.username=x".parse::<Map>().is_err());
    }

    #[test]
    fn columns_are_told_one_by_one() {
        let list: ColumnList = "email, -,display_name,imap.port".parse().unwrap();
        assert_eq!(list.0.len(), 4);
        assert_eq!(list.0[1], None);
        assert!("-,display_name".parse::<ColumnList>().unwrap_err().contains("`email`"));
        assert!("email,email".parse::<ColumnList>().unwrap_err().contains("twice"));
    }
}
