//! Where a passphrase comes from: never from the command line itself, which everybody can read.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use super::args::SigningArgs;
use crate::domain::secret::Secret;
use crate::sign::IdentityError;

/// Where the passphrase of one identity comes from.
#[derive(Clone, Debug)]
pub(super) enum PassphraseSource {
    /// The first line of a file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// An open file descriptor.
    Descriptor(u16),
    /// Whoever sits at the terminal.
    Prompt,
}

impl PassphraseSource {
    pub(super) fn for_profiles(args: &SigningArgs) -> Self {
        Self::of(
            args.sign_passphrase_file.as_ref(),
            args.sign_passphrase_env.as_ref(),
            args.sign_passphrase_fd,
        )
    }

    pub(super) fn for_scripts(args: &SigningArgs) -> Self {
        Self::of(
            args.script_passphrase_file.as_ref(),
            args.script_passphrase_env.as_ref(),
            args.script_passphrase_fd,
        )
    }

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

    /// The passphrase for `file`; `None` where nobody can be asked.
    pub(super) fn get(&self, file: &Path) -> Result<Option<Secret>, IdentityError> {
        let unreadable =
            |from: String| move |error| IdentityError::PassphraseUnreadable { from, error };
        match self {
            Self::File(path) => {
                let from = format!("`{}`", path.display());
                fs::read(path).map(first_line).map(Some).map_err(unreadable(from))
            }
            Self::Environment(name) => {
                let from = format!("the environment variable `{name}`");
                #[expect(clippy::disallowed_methods, reason = "the admin named the variable")]
                std::env::var(name)
                    .map(|text| Some(Secret::new(text.into_bytes())))
                    .map_err(|_| unreadable(from)(io::Error::other("it is not set")))
            }
            Self::Descriptor(number) => {
                let from = format!("file descriptor {number}");
                read_descriptor(*number).map(first_line).map(Some).map_err(unreadable(from))
            }
            Self::Prompt if io::stdin().is_terminal() => {
                let prompt = format!("passphrase of {}: ", file.display());
                rpassword::prompt_password(prompt)
                    .map(|text| Some(Secret::new(text.into_bytes())))
                    .map_err(unreadable("the terminal".to_owned()))
            }
            Self::Prompt => Ok(None),
        }
    }
}

/// Unix lists a program's own descriptors as files.
#[cfg(unix)]
fn read_descriptor(number: u16) -> io::Result<Vec<u8>> {
    fs::read(format!("/dev/fd/{number}"))
}

#[cfg(not(unix))]
fn read_descriptor(_number: u16) -> io::Result<Vec<u8>> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "file descriptors cannot be passed on here; use a file",
    ))
}

fn first_line(bytes: Vec<u8>) -> Secret {
    let all = Secret::new(bytes);
    let end = all
        .expose()
        .iter()
        .position(|byte| matches!(byte, b'\n' | b'\r'))
        .unwrap_or(all.expose().len());
    Secret::new(all.expose()[..end].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_passphrase_is_the_first_line_without_its_end() {
        for (bytes, expected) in
            [("a b\n", "a b"), ("a b\r\nnext", "a b"), ("a b", "a b"), ("", "")]
        {
            assert_eq!(first_line(bytes.as_bytes().to_vec()).expose(), expected.as_bytes());
        }
    }
}
