//! Files that another program holds open: Excel a report, a virus scanner or a synchronizing program a new bundle. On Windows such a
//! file can be neither replaced nor removed. Elsewhere this does not happen.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::diagnostic::HELD_OPEN;

/// How many milliseconds to wait before each further attempt, 2.2 seconds in all: scanners let go of a new file within that time,
/// and a person who reads a report in Excel does not.
const PAUSES: [u64; 8] = [5, 15, 30, 50, 100, 300, 700, 1000];

/// `ERROR_ACCESS_DENIED`: what Windows also answers if the file to be replaced is open.
const DENIED: i32 = 5;

/// Does `action` on a file, and again while another program holds the file open.
pub(super) fn patiently<T>(mut action: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    if cfg!(windows) { again(action, std::thread::sleep) } else { action() }
}

fn again<T>(
    mut action: impl FnMut() -> io::Result<T>,
    mut wait: impl FnMut(Duration),
) -> io::Result<T> {
    for pause in PAUSES {
        match action() {
            Err(error) if may_be_held(&error) => wait(Duration::from_millis(pause)),
            done => return done,
        }
    }
    action()
}

fn may_be_held(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| code == DENIED || HELD_OPEN.contains(&code))
}

/// Whether `error` at `path` says that another program holds the file open.
pub(super) fn is_held(path: &Path, error: &io::Error) -> bool {
    cfg!(windows)
        && match error.raw_os_error() {
            Some(DENIED) => refuses_removal(path),
            Some(code) => HELD_OPEN.contains(&code),
            None => false,
        }
}

/// Whether someone who may remove the file cannot at this moment: opening it with the right to delete fails for another
/// reason than a missing right.
#[cfg(windows)]
fn refuses_removal(path: &Path) -> bool {
    use std::os::windows::fs::OpenOptionsExt;
    // DELETE (Windows, Standard Access Rights)
    const DELETE: u32 = 0x0001_0000;
    let opened = std::fs::OpenOptions::new().access_mode(DELETE).open(path);
    opened.is_err_and(|error| error.raw_os_error().is_some_and(|code| HELD_OPEN.contains(&code)))
}

#[cfg(not(windows))]
fn refuses_removal(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answers of an action that fails with `code` for `times` times, and how often it was asked to wait.
    fn attempts(code: i32, times: usize) -> (io::Result<()>, usize) {
        let (mut left, mut waits) = (times, 0);
        let action = || {
            if left == 0 {
                return Ok(());
            }
            left -= 1;
            Err(io::Error::from_raw_os_error(code))
        };
        let result = again(action, |_| waits += 1);
        (result, waits)
    }

    #[test]
    fn a_file_that_is_held_open_for_a_moment_is_tried_again() {
        for code in [5, 32, 33, 1224] {
            let (result, waits) = attempts(code, 3);
            assert!(result.is_ok() && waits == 3, "{code}: {result:?}, {waits}");
        }
    }

    #[test]
    fn a_file_that_stays_open_ends_the_attempts_with_its_error() {
        let (result, waits) = attempts(32, usize::MAX);
        assert_eq!(result.unwrap_err().raw_os_error(), Some(32));
        assert_eq!(waits, PAUSES.len());
    }

    #[test]
    fn another_error_is_not_tried_again() {
        // 112: ERROR_DISK_FULL
        let (result, waits) = attempts(112, 1);
        assert_eq!((result.unwrap_err().raw_os_error(), waits), (Some(112), 0));
    }
}
