//! Files that cannot be read.

use std::fmt;
use std::io;

/// That a file cannot be read, in words for the usual causes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CannotRead<'a>(pub &'a str, pub &'a io::Error);

impl fmt::Display for CannotRead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(file, error) = self;
        match error.kind() {
            io::ErrorKind::NotFound => write!(f, "there is no file `{file}`"),
            _ => write!(f, "`{file}` cannot be read: {}", WhyUnreadable(error)),
        }
    }
}

/// Why a file cannot be read, where the message names the file already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WhyUnreadable<'a>(pub &'a io::Error);

impl fmt::Display for WhyUnreadable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind() {
            io::ErrorKind::PermissionDenied => f.write_str("this user has no permission"),
            io::ErrorKind::InvalidFilename => f.write_str("the system allows no such name"),
            _ if is_held_open(self.0) => f.write_str("another program has it open"),
            _ => self.0.fmt(f),
        }
    }
}

impl CannotRead<'_> {
    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let Self(file, error) = self;
        Some(match error.kind() {
            io::ErrorKind::NotFound if *file == "-" => {
                "`-` is standard input only as the name of a list: save it to a file and name that"
                    .to_owned()
            }
            io::ErrorKind::NotFound => {
                "check the path: it begins in the folder that the command runs in".to_owned()
            }
            io::ErrorKind::PermissionDenied => {
                "run as the user to whom the file belongs, or let this one read it".to_owned()
            }
            io::ErrorKind::IsADirectory => "name a file inside it".to_owned(),
            // the shells of Windows leave wildcards to the program
            io::ErrorKind::InvalidFilename if file.contains(['*', '?']) => {
                "name one, without `*` and `?`".to_owned()
            }
            _ if is_held_open(error) => {
                "close it there (Excel, for example), then run again".to_owned()
            }
            _ => return None,
        })
    }
}

/// `ERROR_SHARING_VIOLATION`, `ERROR_LOCK_VIOLATION` and `ERROR_USER_MAPPED_FILE` (Windows, System Error Codes): another
/// program has the file open and shares it with no other.
pub(crate) const HELD_OPEN: [i32; 3] = [32, 33, 1224];

/// Whether `error` says that another program has the file open. Elsewhere than on Windows this does not happen.
pub(crate) fn is_held_open(error: &io::Error) -> bool {
    cfg!(windows) && error.raw_os_error().is_some_and(|code| HELD_OPEN.contains(&code))
}
