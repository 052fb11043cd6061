//! What a column can hold.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use thiserror::Error;

use crate::diagnostic::{Listed, Shown, nearest};
use crate::domain::setting::{SettingKey, SettingKind};

/// Declares each field once, in the order in which the mapping is shown: `ALL`, the names and the position
/// in `ALL` follow.
macro_rules! fields {
    ($($(#[doc = $doc:literal])* $field:ident = $id:literal,)+) => {
        /// What a column can hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field {
            $($(#[doc = $doc])* $field,)+
        }

        impl Field {
            /// Every field, in the order in which the mapping is shown.
            pub const ALL: [Self; [$($id),+].len()] = [$(Self::$field),+];

            /// Its name in `--map`, `--columns`, the mapping and `templates/columns.toml`.
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$field => $id,)+
                }
            }
        }
    };
}

fields! {
    /// The mailbox: the one field every list must have.
    Email = "email",
    /// The given name.
    FirstName = "first_name",
    /// A further given name. Shown in the mapping, written to no file.
    MiddleName = "middle_name",
    /// The family name.
    LastName = "last_name",
    /// The whole name.
    DisplayName = "display_name",
    /// The user name for the mail server, where it is not the provider's default.
    Login = "login",
    /// The user name for sending, where it differs.
    OutgoingLogin = "outgoing_login",
    /// The mailbox's password. Kept for signing in only; else only whether there is one.
    Password = "password",
    /// The password for sending. Kept for signing in only; else only whether it differs.
    OutgoingPassword = "outgoing_password",
    /// Hash algorithm; a hashed password counts as absent.
    PasswordHash = "password_hash",
    /// Whether the password must be changed; such a password counts as absent.
    MustChange = "must_change",
    /// A stable key from the admin's own system. Rows that share it are one person's mailboxes.
    Id = "id",
    /// The part after `@`, where the address column has only the part before it.
    Domain = "domain",
    /// Whether the person is still here.
    Status = "status",
    /// Whether the person is a guest.
    UserType = "user_type",
    /// The devices to make files for.
    Platform = "platform",
    /// The language of the sheet.
    Language = "language",
    /// The customer, for admins who serve several firms.
    Client = "client",
    /// A class, a team or an organizational unit.
    Group = "group",
    /// The department.
    Department = "department",
    /// A device's serial number. Used in exports for an MDM, written to no bundle.
    Serial = "serial",
    /// The user principal name in Entra or Active Directory, for exports.
    Upn = "upn",
    /// The user name in the MDM, for exports.
    DirectoryUser = "directory_user",
    /// The address that the directory has for the person, for exports.
    DirectoryEmail = "directory_email",
    /// The Entra group whose only member is the person, for exports.
    GroupId = "group_id",
}

impl Field {
    /// Whether the column holds secrets: its cells are never repeated.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::OutgoingPassword)
    }

    /// Whether several columns may hold it: any column of the status can exclude a person, and no column of
    /// passwords is used.
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
    type Err = FieldError;

    fn from_str(name: &str) -> Result<Self, FieldError> {
        let name = name.trim();
        Self::named(name).ok_or_else(|| FieldError::unknown(name))
    }
}

/// A text that names no field, or no column for it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FieldError {
    /// Not a field; `advice` names the nearest one, or all of them.
    #[error("there is no field `{}`; {advice}", Shown(.name))]
    Unknown {
        /// What was given.
        name: String,
        /// What to write instead.
        advice: String,
    },
    /// `--map` without a column.
    #[error("write it as field=Header, for example email=Address")]
    NoEqualsSign,
    /// A blank header.
    #[error("the header after `=` is blank")]
    BlankHeader,
    /// Two columns of `--columns` hold one field.
    #[error("`{0}` is there twice")]
    Twice(Target),
    /// `--columns` without `email`.
    #[error("one column must be `email`, for example email,-,display_name")]
    NoEmail,
}

impl FieldError {
    fn unknown(name: &str) -> Self {
        let known: Vec<String> = Target::all().map(|target| target.to_string()).collect();
        let advice = match nearest(name, known.iter().map(String::as_str)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("there are {}", Listed(&known)),
        };
        Self::Unknown { name: name.to_owned(), advice }
    }
}

/// The column of a field, given by the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// By its header.
    Header(String),
    /// By its number from 1, written `#3`, unless that is a header.
    Number(NonZeroUsize),
    /// `-`: no column holds the field, whatever the headers are.
    Nowhere,
}

impl FromStr for Place {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let number = |text: &str| text.strip_prefix('#')?.parse().ok();
        match text.trim() {
            "-" => Ok(Self::Nowhere),
            "" => Err(FieldError::BlankHeader),
            text => Ok(number(text).map_or_else(|| Self::Header(text.to_owned()), Self::Number)),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(header) => f.write_str(header),
            Self::Number(number) => write!(f, "#{number}"),
            Self::Nowhere => f.write_str("-"),
        }
    }
}

/// A column given by the user: `--map email=Address`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    pub(crate) target: Target,
    pub(crate) place: Place,
}

impl Map {
    /// The number of the column, from 1, where it is given by number.
    pub(crate) fn number(&self) -> Option<usize> {
        match self.place {
            Place::Number(number) => Some(number.get()),
            Place::Header(_) | Place::Nowhere => None,
        }
    }
}

impl FromStr for Map {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let (target, place) = text.split_once('=').ok_or(FieldError::NoEqualsSign)?;
        Ok(Self { place: place.parse()?, target: target.parse()? })
    }
}

impl fmt::Display for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.target, Shown(&self.place.to_string()))
    }
}

/// The target of each column of a list without a header: `--columns email,-,display_name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnList(pub(super) Vec<Option<Target>>);

impl ColumnList {
    /// `None` for a column that is not used.
    pub(crate) fn new(columns: Vec<Option<Target>>) -> Result<Self, FieldError> {
        for (at, target) in columns.iter().enumerate() {
            if let Some(repeated) = target
                && columns[..at].contains(target)
            {
                return Err(FieldError::Twice(*repeated));
            }
        }
        if columns.contains(&Some(Target::Field(Field::Email))) {
            Ok(Self(columns))
        } else {
            Err(FieldError::NoEmail)
        }
    }

    /// Its columns as `--columns` takes them.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |target: &Option<Target>| {
            target.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
        };
        self.0.iter().map(name).collect()
    }
}

impl FromStr for ColumnList {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let target = |name: &str| match name.trim() {
            "-" | "" => Ok(None),
            name => name.parse().map(Some),
        };
        Self::new(text.split(',').map(target).collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_field_is_answered_with_the_near_one() {
        assert_eq!(
            "emial=Address".parse::<Map>().unwrap_err().to_string(),
            "there is no field `emial`; did you mean `email`?"
        );
        assert_eq!("imap.host=Server".parse::<Map>().unwrap().to_string(), "imap.host=Server");
        assert_eq!("status=-".parse::<Map>().unwrap().place, Place::Nowhere);
        assert_eq!("id=#3".parse::<Map>().unwrap().number(), Some(3));
        assert_eq!("id=#0".parse::<Map>().unwrap().place, Place::Header("#0".to_owned()));
        assert_eq!("email=".parse::<Map>(), Err(FieldError::BlankHeader));
        assert_eq!("email".parse::<Map>(), Err(FieldError::NoEqualsSign));
        assert!(matches!("imap.username=x".parse::<Map>(), Err(FieldError::Unknown { .. })));
    }

    #[test]
    fn a_list_without_a_header_has_a_target_for_each_column_and_one_address() {
        let list: ColumnList = "email, -,display_name,imap.port".parse().unwrap();
        assert_eq!(list.names(), ["email", "-", "display_name", "imap.port"]);
        assert_eq!("-,display_name".parse::<ColumnList>(), Err(FieldError::NoEmail));
        let twice = FieldError::Twice(Target::Field(Field::Email));
        assert_eq!("email,email".parse::<ColumnList>(), Err(twice));
    }
}
