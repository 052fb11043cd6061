//! Sources of a passphrase: never the command line itself, which every user of the system can read.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use crate::bounded;
use crate::config::PassphrasePlace;
use crate::domain::passphrase::Passphrase;
use crate::domain::secret::Secret;
use crate::sign::IdentityError;
use crate::sign::identity::{IdentityWarning, open_to_others};

/// Where the passphrase of one identity comes from.
#[derive(Clone, Debug)]
pub(super) enum PassphraseSource {
    /// The first line of a file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// An open file descriptor.
    Descriptor(u16),
    /// The user at the terminal.
    Prompt,
}

impl From<PassphrasePlace> for PassphraseSource {
    fn from(place: PassphrasePlace) -> Self {
        match place {
            PassphrasePlace::File(path) => Self::File(path),
            PassphrasePlace::Environment(name) => Self::Environment(name),
        }
    }
}

impl PassphraseSource {
    pub(super) fn of(
        file: Option<&PathBuf>,
        environment: Option<&String>,
        descriptor: Option<u16>,
    ) -> Self {
        match (file, environment, descriptor) {
            (Some(file), _, _) => Self::File(file.clone()),
            (_, Some(name), _) => Self::Environment(name.clone()),
            (_, _, Some(number)) => Self::Descriptor(number),
            (None, None, None) => Self::Prompt,
        }
    }

    /// A warning about the source.
    pub(super) fn warning(&self) -> Option<IdentityWarning> {
        let Self::File(path) = self else { return None };
        let mode = open_to_others(path)?;
        Some(IdentityWarning::ReadableByOthers { file: path.display().to_string(), mode })
    }

    /// The passphrase for `file`; `None` where nobody can be asked.
    pub(super) fn get(&self, file: &Path) -> Result<Option<Passphrase>, IdentityError> {
        let (from, bytes) = match self {
            Self::File(path) => {
                (format!("`{}`", path.display()), bounded::read(path, bounded::SMALL))
            }
            Self::Environment(name) => {
                #[expect(clippy::disallowed_methods, reason = "the admin named the variable")]
                let value = std::env::var_os(name).ok_or_else(|| io::Error::other("it is not set"));
                let from = format!("the environment variable `{name}`");
                (from, value.map(OsString::into_encoded_bytes))
            }
            Self::Descriptor(number) => {
                (format!("file descriptor {number}"), read_descriptor(*number))
            }
            Self::Prompt if io::stdin().is_terminal() => {
                let prompt = format!("passphrase of {}: ", file.display());
                let typed = rpassword::prompt_password(prompt).map(String::into_bytes);
                ("the terminal".to_owned(), typed)
            }
            Self::Prompt => return Ok(None),
        };
        let secret = match bytes {
            Ok(bytes) => Secret::new(bytes),
            Err(error) => return Err(IdentityError::PassphraseUnreadable { from, error }),
        };
        Passphrase::first_line(&secret)
            .map(Some)
            .map_err(|fault| IdentityError::PassphraseUnusable { from, fault })
    }
}

/// Unix lists a program's own descriptors as files.
#[cfg(unix)]
fn read_descriptor(number: u16) -> io::Result<Vec<u8>> {
    bounded::read(Path::new(&format!("/dev/fd/{number}")), bounded::SMALL)
}

/// The option that names one is refused there.
#[cfg(not(unix))]
fn read_descriptor(_number: u16) -> io::Result<Vec<u8>> {
    Err(io::ErrorKind::Unsupported.into())
}
