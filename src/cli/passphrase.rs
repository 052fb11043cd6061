//! Where a passphrase comes from: never from the command line itself, which everybody can read.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use crate::bounded;
use crate::config::PassphrasePlace;
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

    /// The passphrase for `file`; `None` where nobody can be asked.
    pub(super) fn get(&self, file: &Path) -> Result<Option<Secret>, IdentityError> {
        let unreadable =
            |from: String| move |error| IdentityError::PassphraseUnreadable { from, error };
        match self {
            Self::File(path) => {
                let from = format!("`{}`", path.display());
                bounded::read(path, bounded::SMALL)
                    .map(first_line)
                    .map(Some)
                    .map_err(unreadable(from))
            }
            Self::Environment(name) => {
                let from = format!("the environment variable `{name}`");
                #[expect(clippy::disallowed_methods, reason = "the admin named the variable")]
                let value = std::env::var_os(name).ok_or_else(|| io::Error::other("it is not set"));
                let text = value.and_then(|value| {
                    value.into_string().map_err(|_| io::Error::other("it is not UTF-8"))
                });
                text.map(|text| Some(first_line(text.into_bytes()))).map_err(unreadable(from))
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
    bounded::read(Path::new(&format!("/dev/fd/{number}")), bounded::SMALL)
}

#[cfg(not(unix))]
fn read_descriptor(_number: u16) -> io::Result<Vec<u8>> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "file descriptors cannot be passed on here; use a file",
    ))
}

/// The first line, without the byte order mark that Notepad puts before it. PowerShell's `>` writes
/// UTF-16, which becomes UTF-8.
fn first_line(bytes: Vec<u8>) -> Secret {
    let all = Secret::new(bytes);
    let wide = all.expose().strip_prefix(b"\xff\xfe").map(|text| {
        let units: Vec<u16> =
            text.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        Secret::new(String::from_utf16_lossy(&units).into_bytes())
    });
    let text = wide.as_ref().unwrap_or(&all).expose();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len());
    Secret::new(text[..end].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_passphrase_is_the_first_line_without_its_end() {
        for (bytes, expected) in [
            ("a b\n", "a b"),
            ("a b\r\nnext", "a b"),
            ("a b", "a b"),
            ("", ""),
            ("\u{feff}a b\r\n", "a b"),
        ] {
            assert_eq!(first_line(bytes.as_bytes().to_vec()).expose(), expected.as_bytes());
        }
    }

    #[test]
    fn what_powershell_writes_is_read() {
        let wide: Vec<u8> = "\u{feff}a b\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(first_line(wide).expose(), b"a b");
    }
}
